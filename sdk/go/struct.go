package caisson

import (
	"fmt"
	"reflect"
	"strings"

	"caisson.dev/sdk-go/internal/cbor"
)

// Struct is a value of a struct schema. A field is decoded when it is asked for, and one that was not changed is written as the bytes
// it came as.
type Struct struct {
	schema *Schema
	fields []structField
	batch  *recordBatch
	start  int
	end    int
}

type structField struct {
	at, end   int32
	read, set bool
	value     any
}

// New makes a struct of a struct schema; fields that are not named are unset. A DataError for a field that the schema does not
// have, or a value that it forbids.
func (s *Schema) New(values map[string]any) (*Struct, error) {
	if s.kind != StructType {
		return nil, Errorf(DataError, "Not a struct schema: %s", s)
	}
	made := &Struct{schema: s, fields: make([]structField, len(s.fields))}
	for i := range made.fields {
		made.fields[i].read, made.fields[i].set = true, true
	}
	for name, value := range values {
		if err := made.Set(name, value); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func readStruct(batch *recordBatch, pos int, schema *Schema) (value any, next int) {
	count, next := cbor.Count(batch.data, pos, cbor.Array)
	if count != len(schema.fields) {
		panic(&cbor.Malformed{What: fmt.Sprintf("a struct of %d fields has %d", len(schema.fields), count), At: pos})
	}
	made := &Struct{schema: schema, fields: make([]structField, count), batch: batch, start: pos}
	for i := range made.fields {
		end := cbor.Skip(batch.data, next)
		made.fields[i].at, made.fields[i].end = int32(next), int32(end)
		next = end
	}
	made.end = next
	return made, next
}

// Schema returns the struct's schema.
func (s *Struct) Schema() *Schema { return s.schema }

func (s *Struct) field(i int) any {
	field := &s.fields[i]
	if !field.read {
		field.value, _ = readValue(s.batch, int(field.at), s.schema.fields[i].Schema)
		field.read = true
	}
	return field.value
}

// Get returns the field's value, or its schema's default when it is unset; nil without such a field.
func (s *Struct) Get(name string) any {
	i, ok := s.schema.positions[name]
	if !ok {
		return nil
	}
	if value := s.field(i); value != nil {
		return value
	}
	return s.schema.fields[i].Schema.fallback
}

// Has reports whether the schema has that field.
func (s *Struct) Has(name string) bool {
	_, ok := s.schema.positions[name]
	return ok
}

// IsSet reports whether the field has a value of its own.
func (s *Struct) IsSet(name string) bool {
	i, ok := s.schema.positions[name]
	return ok && s.field(i) != nil
}

// Set changes a field; nil unsets it. A DataError when the schema has no such field or forbids the value.
func (s *Struct) Set(name string, value any) error {
	i, ok := s.schema.positions[name]
	if !ok {
		return Errorf(DataError, "%s is not a valid field name", name)
	}
	if value != nil {
		// Told where it is set, rather than when the record is written.
		check := valueWriter{schemas: &schemaTable{}}
		if err := check.write(value, s.schema.fields[i].Schema, fmt.Sprintf("field: %q", name)); err != nil {
			return err
		}
	}
	field := &s.fields[i]
	field.value, field.read, field.set = value, true, true
	return nil
}

// Names returns the names of the fields, in the order of the schema.
func (s *Struct) Names() []string {
	names := make([]string, len(s.schema.fields))
	for i, field := range s.schema.fields {
		names[i] = field.Name
	}
	return names
}

// Equal reports whether both have the same schema and values.
func (s *Struct) Equal(other *Struct) bool {
	if !s.schema.Equal(other.schema) {
		return false
	}
	for i := range s.fields {
		if !sameValue(s.field(i), other.field(i)) {
			return false
		}
	}
	return true
}

func sameValue(one, other any) bool {
	if nested, ok := one.(*Struct); ok {
		second, isStruct := other.(*Struct)
		return isStruct && nested.Equal(second)
	}
	return reflect.DeepEqual(one, other)
}

func (s *Struct) String() string {
	shown := make([]string, len(s.fields))
	for i := range s.fields {
		shown[i] = fmt.Sprintf("%s=%v", s.schema.fields[i].Name, s.field(i))
	}
	return "Struct{" + strings.Join(shown, ",") + "}"
}

func (s *Struct) changed() bool {
	if s.batch == nil {
		return true
	}
	for i := range s.fields {
		if s.fields[i].changed() {
			return true
		}
	}
	return false
}

func (f *structField) changed() bool { return f.set || f.read && !fixed(f.value) }

func (w *valueWriter) writeStruct(s *Struct) error {
	copies := s.batch != nil && s.batch == w.batch
	if copies && !s.changed() {
		w.out = append(w.out, s.batch.data[s.start:s.end]...)
		return nil
	}
	w.out = cbor.AppendHead(w.out, cbor.Array, uint64(len(s.fields)))
	for i := range s.fields {
		if field := &s.fields[i]; copies && !field.changed() {
			w.out = append(w.out, s.batch.data[field.at:field.end]...)
			continue
		}
		about := &s.schema.fields[i]
		if err := w.write(s.field(i), about.Schema, `field: "`+about.Name+`"`); err != nil {
			return err
		}
	}
	return nil
}
