package caisson

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"caisson.dev/sdk-go/internal/cbor"
)

// SchemaType is the type of a schema's values.
type SchemaType uint8

// The types of schemas, numbered as in wit/record.cddl.
const (
	Int8Type SchemaType = iota
	Int16Type
	Int32Type
	Int64Type
	Float32Type
	Float64Type
	BooleanType
	StringType
	BytesType
	ArrayType
	MapType
	StructType
)

var typeNames = [...]string{"INT8", "INT16", "INT32", "INT64", "FLOAT32", "FLOAT64", "BOOLEAN", "STRING", "BYTES", "ARRAY", "MAP", "STRUCT"}

func (t SchemaType) String() string { return typeNames[t] }

// Schema says what values there may be in a place: Kafka's ConnectSchema. It is made once and never changed.
type Schema struct {
	schemaMembers
	encoded   []byte
	positions map[string]int
}

// schemaMembers is what a schema is made of; parts are the items of an array, or the keys and values of a map.
type schemaMembers struct {
	kind       SchemaType
	optional   bool
	name       *string
	version    *int64
	doc        *string
	parameters map[string]string
	hasDefault bool
	fallback   any
	parts      []*Schema
	fields     []Field
}

// Field is a field of a struct.
type Field struct {
	Name   string
	Schema *Schema
}

// FieldOf makes a field for [StructOf].
func FieldOf(name string, schema *Schema) Field { return Field{Name: name, Schema: schema} }

// Schemas of primitive and of logical types. A Date is a [time.Time] at midnight UTC, a Time a [time.Duration] since midnight, a
// Timestamp a [time.Time].
var (
	Int8Schema      = primitive(Int8Type)
	Int16Schema     = primitive(Int16Type)
	Int32Schema     = primitive(Int32Type)
	Int64Schema     = primitive(Int64Type)
	Float32Schema   = primitive(Float32Type)
	Float64Schema   = primitive(Float64Type)
	BooleanSchema   = primitive(BooleanType)
	StringSchema    = primitive(StringType)
	BytesSchema     = primitive(BytesType)
	DateSchema      = Int32Schema.Named(dateName).Versioned(1)
	TimeSchema      = Int32Schema.Named(timeName).Versioned(1)
	TimestampSchema = Int64Schema.Named(timestampName).Versioned(1)
)

func primitive(kind SchemaType) *Schema { return newSchema(schemaMembers{kind: kind}) }

// DecimalSchema is the schema of decimals of a scale; values are [Decimal].
func DecimalSchema(scale int32) *Schema {
	parameters := map[string]string{"scale": strconv.Itoa(int(scale))}
	return BytesSchema.Named(decimalName).Versioned(1).WithParameters(parameters)
}

// ArrayOf is the schema of arrays; values are []any.
func ArrayOf(items *Schema) *Schema {
	return newSchema(schemaMembers{kind: ArrayType, parts: []*Schema{items}})
}

// MapOf is the schema of maps; values are [*Map].
func MapOf(keys, values *Schema) *Schema {
	return newSchema(schemaMembers{kind: MapType, parts: []*Schema{keys, values}})
}

// StructOf is the schema of structs; an empty name is none. Values are [*Struct].
func StructOf(name string, fields ...Field) *Schema {
	members := schemaMembers{kind: StructType, fields: fields}
	if name != "" {
		members.name = &name
	}
	return newSchema(members)
}

func newSchema(members schemaMembers) *Schema {
	made := &Schema{schemaMembers: members}
	if members.kind == StructType {
		made.positions = make(map[string]int, len(members.fields))
		for i, field := range members.fields {
			if _, twice := made.positions[field.Name]; twice {
				panic(schemaError("Cannot create field because of field name duplication %s", field.Name))
			}
			made.positions[field.Name] = i
		}
	}
	made.encoded = made.encode()
	return made
}

func schemaError(format string, arguments ...any) *Error {
	made := Errorf(DataError, format, arguments...)
	made.Class = "org.apache.kafka.connect.errors.SchemaBuilderException"
	return made
}

func (s *Schema) changed(change func(*schemaMembers)) *Schema {
	members := s.schemaMembers
	change(&members)
	return newSchema(members)
}

// Optional is the same schema, and nil is a value too.
func (s *Schema) Optional() *Schema { return s.changed(func(m *schemaMembers) { m.optional = true }) }

// WithDefault is the same schema with a default. It panics when that is no value of the schema.
func (s *Schema) WithDefault(value any) *Schema {
	return s.changed(func(m *schemaMembers) { m.hasDefault, m.fallback = true, value })
}

// Named is the same schema under a name.
func (s *Schema) Named(name string) *Schema {
	return s.changed(func(m *schemaMembers) { m.name = &name })
}

// Versioned is the same schema with a version.
func (s *Schema) Versioned(version int32) *Schema {
	wide := int64(version)
	return s.changed(func(m *schemaMembers) { m.version = &wide })
}

// Documented is the same schema with a description.
func (s *Schema) Documented(doc string) *Schema {
	return s.changed(func(m *schemaMembers) { m.doc = &doc })
}

// WithParameters is the same schema with these parameters.
func (s *Schema) WithParameters(parameters map[string]string) *Schema {
	return s.changed(func(m *schemaMembers) { m.parameters = maps.Clone(parameters) })
}

// Type returns the type of its values.
func (s *Schema) Type() SchemaType { return s.kind }

// IsOptional reports whether nil is a value.
func (s *Schema) IsOptional() bool { return s.optional }

// Name returns the name; empty without one.
func (s *Schema) Name() string { return orZero(s.name) }

// Version returns the version; 0 without one.
func (s *Schema) Version() int32 { return int32(orZero(s.version)) }

// Doc returns the description; empty without one.
func (s *Schema) Doc() string { return orZero(s.doc) }

// Parameters returns the parameters; they must not be changed.
func (s *Schema) Parameters() map[string]string { return s.parameters }

// Default returns the default, and whether there is one.
func (s *Schema) Default() (value any, ok bool) { return s.fallback, s.hasDefault }

// Fields returns the fields of a struct schema, in order; they must not be changed.
func (s *Schema) Fields() []Field { return s.fields }

// Field returns the field of a struct schema of that name.
func (s *Schema) Field(name string) (field Field, ok bool) {
	position, ok := s.positions[name]
	if !ok {
		return Field{}, false
	}
	return s.fields[position], true
}

// Items returns the schema of an array's items; nil when they have none.
func (s *Schema) Items() *Schema { return s.part(ArrayType, 0) }

// Keys returns the schema of a map's keys; nil when they have none.
func (s *Schema) Keys() *Schema { return s.part(MapType, 0) }

// Values returns the schema of a map's values; nil when they have none.
func (s *Schema) Values() *Schema { return s.part(MapType, 1) }

func (s *Schema) part(kind SchemaType, index int) *Schema {
	if s == nil || s.kind != kind || index >= len(s.parts) {
		return nil
	}
	return s.parts[index]
}

// Equal reports whether two schemas are the same in every member.
func (s *Schema) Equal(other *Schema) bool {
	return s == other || s != nil && other != nil && bytes.Equal(s.encoded, other.encoded)
}

func (s *Schema) String() string {
	if s == nil {
		return "no schema"
	}
	if s.name != nil {
		return fmt.Sprintf("%s %q", s.kind, *s.name)
	}
	return s.kind.String()
}

func orZero[T any](value *T) T {
	if value == nil {
		var zero T
		return zero
	}
	return *value
}

func (s *Schema) isLogical(name string) bool { return s.name != nil && *s.name == name }

// encode writes schema of record.cddl.
func (s *Schema) encode() []byte {
	out := cbor.AppendHead(nil, cbor.Array, 8)
	out = cbor.AppendInt(out, int64(s.kind))
	out = cbor.AppendBool(out, s.optional)
	out = appendTextOrNull(out, s.name)
	if s.version == nil {
		out = append(out, cbor.Null)
	} else {
		out = cbor.AppendInt(out, *s.version)
	}
	out = appendTextOrNull(out, s.doc)
	out = appendParameters(out, s.parameters)
	out = s.appendDefault(out)
	return s.appendParts(out)
}

func appendTextOrNull(out []byte, text *string) []byte {
	if text == nil {
		return append(out, cbor.Null)
	}
	return cbor.AppendText(out, *text)
}

func appendParameters(out []byte, parameters map[string]string) []byte {
	if parameters == nil {
		return append(out, cbor.Null)
	}
	out = cbor.AppendHead(out, cbor.Map, uint64(len(parameters)))
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		out = cbor.AppendText(cbor.AppendText(out, name), parameters[name])
	}
	return out
}

func (s *Schema) appendDefault(out []byte) []byte {
	if !s.hasDefault {
		return append(out, cbor.Null)
	}
	// A default stands outside a batch, where no value can carry a schema of its own.
	writer := valueWriter{out: cbor.AppendHead(out, cbor.Array, 1)}
	if err := writer.write(s.fallback, s, "default"); err != nil {
		panic(schemaError("Invalid default value: %w", err))
	}
	return writer.out
}

func (s *Schema) appendParts(out []byte) []byte {
	if s.kind == StructType {
		out = cbor.AppendHead(out, cbor.Array, uint64(len(s.fields)))
		for _, field := range s.fields {
			out = cbor.AppendText(cbor.AppendHead(out, cbor.Array, 2), field.Name)
			out = append(out, field.Schema.encoded...)
		}
		return out
	}
	if len(s.parts) == 0 || s.parts[0] == nil {
		return append(out, cbor.Null)
	}
	out = cbor.AppendHead(out, cbor.Array, uint64(len(s.parts)))
	for _, part := range s.parts {
		if part == nil {
			out = append(out, cbor.Null)
		} else {
			out = append(out, part.encoded...)
		}
	}
	return out
}

// readSchema reads schema of record.cddl.
func readSchema(data []byte, pos int) (schema *Schema, next int) {
	start := pos
	members, pos := cbor.Count(data, pos, cbor.Array)
	kind, pos := cbor.Int(data, pos)
	if members != 8 || kind < 0 || kind > int64(StructType) {
		panic(&cbor.Malformed{What: "a schema is expected", At: start})
	}
	made := schemaMembers{kind: SchemaType(kind)}
	made.optional, pos = cbor.First(data, pos) == cbor.True, cbor.Skip(data, pos)
	made.name, pos = readTextOrNull(data, pos)
	if cbor.First(data, pos) == cbor.Null {
		pos++
	} else {
		var version int64
		version, pos = cbor.Int(data, pos)
		made.version = &version
	}
	made.doc, pos = readTextOrNull(data, pos)
	made.parameters, pos = readParameters(data, pos)
	defaultAt := pos
	pos = cbor.Skip(data, pos)
	pos = readParts(&made, data, pos)
	schema = newSchema(made)
	if cbor.First(data, defaultAt) != cbor.Null {
		_, valueAt := cbor.Count(data, defaultAt, cbor.Array)
		value, _ := readValue(&recordBatch{data: data}, valueAt, schema)
		schema = schema.WithDefault(value)
	}
	return schema, pos
}

func readTextOrNull(data []byte, pos int) (text *string, next int) {
	if cbor.First(data, pos) == cbor.Null {
		return nil, pos + 1
	}
	span, next := cbor.String(data, pos, cbor.Text)
	made := string(span)
	return &made, next
}

func readParameters(data []byte, pos int) (parameters map[string]string, next int) {
	if cbor.First(data, pos) == cbor.Null {
		return nil, pos + 1
	}
	count, pos := cbor.Count(data, pos, cbor.Map)
	parameters = make(map[string]string, count)
	for range count {
		var name, value []byte
		name, pos = cbor.String(data, pos, cbor.Text)
		value, pos = cbor.String(data, pos, cbor.Text)
		parameters[string(name)] = string(value)
	}
	return parameters, pos
}

func readParts(into *schemaMembers, data []byte, pos int) (next int) {
	if cbor.First(data, pos) == cbor.Null {
		return pos + 1
	}
	count, pos := cbor.Count(data, pos, cbor.Array)
	for range count {
		var part *Schema
		switch {
		case into.kind == StructType:
			_, pos = cbor.Count(data, pos, cbor.Array)
			var name []byte
			name, pos = cbor.String(data, pos, cbor.Text)
			part, pos = readSchema(data, pos)
			into.fields = append(into.fields, Field{string(name), part})
			continue
		case cbor.First(data, pos) == cbor.Null:
			pos++
		default:
			part, pos = readSchema(data, pos)
		}
		into.parts = append(into.parts, part)
	}
	return pos
}

// scale is what a decimal schema says of it.
func (s *Schema) scale() (scale int32, ok bool) {
	if s == nil || !s.isLogical(decimalName) {
		return 0, false
	}
	number, err := strconv.ParseInt(s.parameters["scale"], 10, 32)
	return int32(number), err == nil
}
