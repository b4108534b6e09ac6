package caisson

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MarshalJSON writes the map as an object, in the order of its entries; a key that is no text is written as fmt writes it.
func (m *Map) MarshalJSON() ([]byte, error) {
	out := objectWriter{}
	for key, value := range m.All() {
		out.add(fmt.Sprint(key), value)
	}
	return out.finish()
}

// MarshalJSON writes the struct as an object, in the order of its schema.
func (s *Struct) MarshalJSON() ([]byte, error) {
	out := objectWriter{}
	for _, name := range s.Names() {
		out.add(name, s.Get(name))
	}
	return out.finish()
}

// MarshalJSON writes the number with all its digits.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// MarshalJSON writes the value alone.
func (t Typed) MarshalJSON() ([]byte, error) { return json.Marshal(t.Value) }

// objectWriter keeps the order of members, which Go's maps do not have.
type objectWriter struct {
	out bytes.Buffer
	err error
}

func (w *objectWriter) add(name string, value any) {
	separator := byte(',')
	if w.out.Len() == 0 {
		separator = '{'
	}
	w.out.WriteByte(separator)
	w.write(name)
	w.out.WriteByte(':')
	w.write(value)
}

func (w *objectWriter) write(value any) {
	text, err := json.Marshal(value)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.out.Write(text)
}

func (w *objectWriter) finish() ([]byte, error) {
	if w.out.Len() == 0 {
		w.out.WriteByte('{')
	}
	w.out.WriteByte('}')
	return w.out.Bytes(), w.err
}
