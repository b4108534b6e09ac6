// A converter: maps and structs as a line of comma-separated values, and back as a map of texts.
package main

import (
	"bytes"
	"encoding/csv"
	"fmt"

	"caisson.dev/sdk-go"
)

var csvConverter = caisson.Plugin{
	Class:         "com.example.CsvConverter",
	Documentation: "Values as a line of CSV.",
	Config: caisson.ConfigDef{
		{Name: "columns", Type: caisson.List, Documentation: "The columns, in order.", Validators: []caisson.Validator{caisson.NonEmptyList}},
	},
	Converter: func() caisson.Converter { return &converter{} },
}

type converter struct{ columns []string }

func (c *converter) Configure(config caisson.Config, isKey bool) error {
	c.columns = config.List("columns")
	return nil
}

func (c *converter) FromConnect(topic string, schema *caisson.Schema, value any) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	fields, ok := value.(caisson.Fields)
	if !ok {
		return nil, caisson.Errorf(caisson.DataError, "CSV has columns, and %T has none", value)
	}
	cells := make([]string, len(c.columns))
	for i, column := range c.columns {
		if cell := fields.Get(column); cell != nil {
			cells[i] = fmt.Sprint(cell)
		}
	}
	var line bytes.Buffer
	writer := csv.NewWriter(&line)
	if err := writer.Write(cells); err != nil {
		return nil, err
	}
	writer.Flush()
	return bytes.TrimSuffix(line.Bytes(), []byte("\n")), writer.Error()
}

func (c *converter) ToConnect(topic string, data []byte) (*caisson.Schema, any, error) {
	if data == nil {
		return nil, nil, nil
	}
	cells, err := csv.NewReader(bytes.NewReader(data)).Read()
	if err != nil {
		return nil, nil, caisson.Errorf(caisson.DataError, "no line of CSV: %w", err)
	}
	if len(cells) != len(c.columns) {
		return nil, nil, caisson.Errorf(caisson.DataError, "%d columns are expected, and a line has %d", len(c.columns), len(cells))
	}
	value := caisson.NewMap()
	for i, column := range c.columns {
		value.Put(column, cells[i])
	}
	return nil, value, nil
}

func init() { caisson.Export("1.0.0", csvConverter) }

func main() {}
