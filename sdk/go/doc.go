// Package caisson is Caisson's SDK for Go: Kafka Connect plugins as WebAssembly components.
//
// A plugin is a type with the methods of its kind; [Export] names those of a component:
//
//	type UpperCase struct{ field string }
//
//	func (u *UpperCase) Configure(config caisson.Config) error {
//		u.field = config.String("field")
//		return nil
//	}
//
//	func (u *UpperCase) Apply(record *caisson.Record) (*caisson.Record, error) {
//		if fields, ok := record.Value().(caisson.Fields); ok {
//			if text, ok := fields.Get(u.field).(string); ok {
//				return record, fields.Set(u.field, strings.ToUpper(text))
//			}
//		}
//		return record, nil
//	}
//
//	func init() {
//		caisson.Export("1.0.0", caisson.Plugin{
//			Class:         "com.example.UpperCase",
//			Documentation: "Writes one field in capitals.",
//			Config: caisson.ConfigDef{
//				{Name: "field", Type: caisson.String, Documentation: "The field to write in capitals."},
//			},
//			Transformation: func() caisson.Transformation { return &UpperCase{} },
//		})
//	}
//
//	func main() {} // A component has no main; a Go program needs one.
//
// A value is one of Go's: nil, bool, int8 to int64, float32, float64, string, []byte, []any, [time.Time] and [*big.Int], or one of this
// package's: [*Map], [*Struct], [Decimal], [Typed]. It has a [*Schema] or none.
package caisson
