// A transformation that writes one field in capitals.
package main

import (
	"strings"

	"caisson.dev/sdk-go"
)

// MyPlugin writes one field in capitals.
type MyPlugin struct{ field string }

// Configure is called once, before any record.
func (p *MyPlugin) Configure(config caisson.Config) error {
	p.field = config.String("field")
	return nil
}

// Apply changes a record where it stands. A value is decoded when it is first looked at; a record that is not changed passes as the
// bytes it came as.
func (p *MyPlugin) Apply(record *caisson.Record) (*caisson.Record, error) {
	if fields, ok := record.Value().(caisson.Fields); ok {
		if text, ok := fields.Get(p.field).(string); ok {
			return record, fields.Set(p.field, strings.ToUpper(text))
		}
	}
	return record, nil
}

var myPlugin = caisson.Plugin{
	Class:         "com.example.MyPlugin",
	Documentation: "Writes one field in capitals.",
	Config: caisson.ConfigDef{
		{
			Name:          "field",
			Type:          caisson.String,
			Documentation: "The field to write in capitals.",
			Validators:    []caisson.Validator{caisson.NonEmpty},
		},
	},
	Transformation: func() caisson.Transformation { return &MyPlugin{} },
}

func init() { caisson.Export("0.1.0", myPlugin) }

// A component is called, it has no main; a Go program needs one.
func main() {}
