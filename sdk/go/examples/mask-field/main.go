// A transformation: writes stars over one field.
package main

import (
	"strings"
	"unicode/utf8"

	"caisson.dev/sdk-go"
)

var maskField = caisson.Plugin{
	Class:         "com.example.MaskField",
	Documentation: "Writes stars over one field of a map or struct.",
	Config: caisson.ConfigDef{
		{Name: "field", Type: caisson.String, Documentation: "The field to mask.", Validators: []caisson.Validator{caisson.NonEmpty}},
	},
	Transformation: func() caisson.Transformation { return &masker{} },
}

type masker struct{ field string }

func (m *masker) Configure(config caisson.Config) error {
	m.field = config.String("field")
	return nil
}

func (m *masker) Apply(record *caisson.Record) (*caisson.Record, error) {
	if fields, ok := record.Value().(caisson.Fields); ok {
		if text, ok := fields.Get(m.field).(string); ok {
			return record, fields.Set(m.field, strings.Repeat("*", utf8.RuneCountInString(text)))
		}
	}
	return record, nil
}

func init() { caisson.Export("1.0.0", maskField) }

func main() {}
