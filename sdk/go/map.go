package caisson

import (
	"iter"
	"maps"
	"reflect"
	"slices"

	"caisson.dev/sdk-go/internal/cbor"
)

// Map is a map: entries in order, whose keys may be of any type. An entry is decoded when it is asked for, and one that was not
// changed is written as the bytes it came as.
type Map struct {
	entries []mapEntry
	// Where the undecoded entries are, and which schemas they have.
	batch        *recordBatch
	keys, values *Schema
	start, end   int
	reshaped     bool
}

// mapEntry has its bytes at keyAt, valueAt and up to end, or none and then a key and a value.
type mapEntry struct {
	keyAt, valueAt, end int32
	keyRead, valueRead  bool
	set                 bool
	key, value          any
}

// NewMap makes an empty map.
func NewMap() *Map { return &Map{reshaped: true} }

// MapFrom makes a map of one of Go's, in the order of its keys.
func MapFrom(values map[string]any) *Map {
	made := NewMap()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		made.add(name, values[name])
	}
	return made
}

func readMap(batch *recordBatch, pos int, schema *Schema) (value any, next int) {
	count, next := cbor.Count(batch.data, pos, cbor.Map)
	made := &Map{entries: make([]mapEntry, count), batch: batch, keys: schema.Keys(), values: schema.Values(), start: pos}
	for i := range made.entries {
		entry := &made.entries[i]
		valueAt := cbor.Skip(batch.data, next)
		end := cbor.Skip(batch.data, valueAt)
		entry.keyAt, entry.valueAt, entry.end = int32(next), int32(valueAt), int32(end)
		next = end
	}
	made.end = next
	return made, next
}

// Len returns the number of entries.
func (m *Map) Len() int { return len(m.entries) }

func (m *Map) find(name string) int {
	for i := range m.entries {
		entry := &m.entries[i]
		if entry.keyRead {
			if key, ok := entry.key.(string); ok && key == name {
				return i
			}
		} else if data := m.batch.data; data[entry.keyAt]>>5 == cbor.Text {
			if span, _ := cbor.String(data, int(entry.keyAt), cbor.Text); string(span) == name {
				return i
			}
		}
	}
	return -1
}

func (m *Map) key(i int) any {
	entry := &m.entries[i]
	if !entry.keyRead {
		entry.key, _ = readValue(m.batch, int(entry.keyAt), m.keys)
		entry.keyRead = true
	}
	return entry.key
}

func (m *Map) value(i int) any {
	entry := &m.entries[i]
	if !entry.valueRead {
		entry.value, _ = readValue(m.batch, int(entry.valueAt), m.values)
		entry.valueRead = true
	}
	return entry.value
}

// Get returns the value of a text key; nil without one.
func (m *Map) Get(name string) any {
	if i := m.find(name); i >= 0 {
		return m.value(i)
	}
	return nil
}

// Has reports whether there is that text key.
func (m *Map) Has(name string) bool { return m.find(name) >= 0 }

// Set changes the value of a text key, or adds one at the end. The error is always nil; see [Fields].
func (m *Map) Set(name string, value any) error {
	if i := m.find(name); i >= 0 {
		entry := &m.entries[i]
		entry.value, entry.valueRead, entry.set = value, true, true
		return nil
	}
	m.add(name, value)
	return nil
}

// Put changes the value of a key of any type, or adds one at the end. Keys are equal when they are deeply equal, types included.
func (m *Map) Put(key, value any) {
	for i := range m.entries {
		if reflect.DeepEqual(m.key(i), key) {
			entry := &m.entries[i]
			entry.value, entry.valueRead, entry.set = value, true, true
			return
		}
	}
	m.add(key, value)
}

func (m *Map) add(key, value any) {
	m.entries = append(m.entries, mapEntry{keyRead: true, valueRead: true, set: true, key: key, value: value})
	m.reshaped = true
}

// Delete removes a text key.
func (m *Map) Delete(name string) {
	if i := m.find(name); i >= 0 {
		m.entries = slices.Delete(m.entries, i, i+1)
		m.reshaped = true
	}
}

// Names returns the keys that are texts, in order.
func (m *Map) Names() []string {
	names := make([]string, 0, len(m.entries))
	for i := range m.entries {
		if name, ok := m.key(i).(string); ok {
			names = append(names, name)
		}
	}
	return names
}

// All returns keys and values, in order.
func (m *Map) All() iter.Seq2[any, any] {
	return func(yield func(any, any) bool) {
		for i := range m.entries {
			if !yield(m.key(i), m.value(i)) {
				return
			}
		}
	}
}

func (m *Map) changed() bool {
	if m.reshaped {
		return true
	}
	for i := range m.entries {
		if m.entries[i].changed() {
			return true
		}
	}
	return false
}

func (e *mapEntry) changed() bool { return e.set || e.valueRead && !fixed(e.value) }

// writeMap appends a map whose keys and values are to have these schemas.
func (w *valueWriter) writeMap(m *Map, keys, values *Schema) error {
	copies := m.batch != nil && m.batch == w.batch && m.keys.Equal(keys) && m.values.Equal(values)
	if copies && !m.changed() {
		w.out = append(w.out, m.batch.data[m.start:m.end]...)
		return nil
	}
	w.out = cbor.AppendHead(w.out, cbor.Map, uint64(len(m.entries)))
	for i := range m.entries {
		entry := &m.entries[i]
		cameHere := copies && entry.end > 0
		if cameHere && !entry.changed() {
			w.out = append(w.out, m.batch.data[entry.keyAt:entry.end]...)
			continue
		}
		if cameHere {
			w.out = append(w.out, m.batch.data[entry.keyAt:entry.valueAt]...)
		} else if err := w.write(m.key(i), keys, "key of map value"); err != nil {
			return err
		}
		if err := w.write(m.value(i), values, "value of map value"); err != nil {
			return err
		}
	}
	return nil
}
