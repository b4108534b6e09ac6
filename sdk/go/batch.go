package caisson

import (
	"maps"
	"slices"
	"sync"

	"caisson.dev/sdk-go/internal/cbor"
)

// A plugin meets few schemas; those that come again are the same objects then.
const knownSchemas = 1024

var (
	schemasByBytes = map[string]*Schema{}
	schemasLock    sync.Mutex
)

// recordBatch is batch of record.cddl.
type recordBatch struct {
	data    []byte
	schemas []*Schema
	// Where the schemas are: their head, and behind the last.
	schemasAt, schemasEnd int
	sources               []TopicPartition
	sourcesAt             int
	records               []Record
	lastTopic             string
}

// readBatch reads a batch. A DataError for one that breaks the grammar. The bytes must not be changed afterwards.
func readBatch(data []byte) (batch *recordBatch, err error) {
	err = guarded(func() error {
		batch = &recordBatch{data: data}
		batch.read()
		return nil
	})
	return batch, err
}

func (b *recordBatch) read() {
	members, pos := cbor.Count(b.data, 0, cbor.Array)
	if members != 2 && members != 3 {
		panic(&cbor.Malformed{What: "a batch has 2 or 3 members", At: 0})
	}
	b.schemasAt = pos
	count, pos := cbor.Count(b.data, pos, cbor.Array)
	b.schemas = make([]*Schema, count)
	for i := range b.schemas {
		end := cbor.Skip(b.data, pos)
		b.schemas[i] = knownSchema(b.data[pos:end])
		pos = end
	}
	b.schemasEnd = pos
	count, pos = cbor.Count(b.data, pos, cbor.Array)
	b.records = make([]Record, count)
	for i := range b.records {
		pos = b.records[i].locate(b, pos)
	}
	b.sourcesAt = pos
	if members == 3 {
		pos = b.readSources(pos)
	}
	if pos != len(b.data) {
		panic(&cbor.Malformed{What: "there is more behind the batch", At: pos})
	}
}

func knownSchema(encoded []byte) *Schema {
	schemasLock.Lock()
	defer schemasLock.Unlock()
	if known := schemasByBytes[string(encoded)]; known != nil {
		return known
	}
	if len(schemasByBytes) >= knownSchemas {
		clear(schemasByBytes)
	}
	schema, _ := readSchema(encoded, 0)
	schemasByBytes[string(encoded)] = schema
	return schema
}

func (b *recordBatch) readSources(pos int) int {
	count, pos := cbor.Count(b.data, pos, cbor.Array)
	b.sources = make([]TopicPartition, count)
	for i := range b.sources {
		_, pos = cbor.Count(b.data, pos, cbor.Array)
		var topic []byte
		var partition int64
		topic, pos = cbor.String(b.data, pos, cbor.Text)
		partition, pos = cbor.Int(b.data, pos)
		b.sources[i] = TopicPartition{string(topic), int32(partition)}
	}
	return pos
}

func (b *recordBatch) schema(index int64) *Schema {
	if index < 0 || index >= int64(len(b.schemas)) {
		panic(&cbor.Malformed{What: "no such schema"})
	}
	return b.schemas[index]
}

// topic is the text of a topic's name, which is mostly that of the record before.
func (b *recordBatch) topic(span []byte) string {
	if b.lastTopic != string(span) {
		b.lastTopic = string(span)
	}
	return b.lastTopic
}

// locate finds where the members of the record at pos are, and returns the position behind it.
func (r *Record) locate(batch *recordBatch, pos int) int {
	data := batch.data
	members, at := cbor.Count(data, pos, cbor.Array)
	if members != 7 && members != 8 {
		panic(&cbor.Malformed{What: "a record has 7 or 8 members", At: pos})
	}
	id, next := cbor.Int(data, at)
	r.batch, r.id, r.start = batch, uint32(id), int32(pos)
	places := [...]*int32{&r.partitionAt, &r.timestampAt, &r.keyAt, &r.valueAt, &r.headersAt, &r.coordinatesAt, &r.end}
	r.topicAt = int32(next)
	for _, place := range places[:members-1] {
		next = cbor.Skip(data, next)
		*place = int32(next)
	}
	if members == 7 {
		r.end = r.coordinatesAt
	}
	return next
}

// schemaTable has the numbers of a batch's schemas: those it came with, and those of values put in.
type schemaTable struct {
	schemas []*Schema
	came    int
}

func (t *schemaTable) number(schema *Schema) int {
	for i, known := range t.schemas {
		if known.Equal(schema) {
			return i
		}
	}
	t.schemas = append(t.schemas, schema)
	return len(t.schemas) - 1
}

// batchWriter writes a batch, record by record.
type batchWriter struct {
	values valueWriter
	from   *recordBatch
	count  int
}

// newBatchWriter writes records of that batch, which keep their schemas' numbers; nil: a batch of new records.
func newBatchWriter(from *recordBatch) *batchWriter {
	made := &batchWriter{from: from, values: valueWriter{schemas: &schemaTable{}, batch: from}}
	if from != nil {
		made.values.schemas.schemas = slices.Clip(from.schemas)
		made.values.schemas.came = len(from.schemas)
		made.values.out = make([]byte, 0, len(from.data)+len(from.data)/8)
	}
	return made
}

// add adds a record, in the place of the original if that is another. After an error nothing of it is left.
func (w *batchWriter) add(record, original *Record) error {
	mark := len(w.values.out)
	err := guarded(func() error {
		switch {
		case original == nil:
			return w.values.writeNew(record, uint32(w.count), nil)
		case record == original:
			return w.values.writeRecord(record)
		}
		coordinates := original.batch.data[original.coordinatesAt:original.end]
		return w.values.writeNew(record, original.id, coordinates)
	})
	if err != nil {
		w.values.out = w.values.out[:mark]
		return err
	}
	w.count++
	return nil
}

// finish returns the bytes of the batch.
func (w *batchWriter) finish() []byte {
	var sources []byte
	table := w.values.schemas
	out := make([]byte, 0, len(w.values.out)+w.headSize())
	if w.from != nil {
		sources = w.from.data[w.from.sourcesAt:]
	}
	if len(sources) > 0 {
		out = cbor.AppendHead(out, cbor.Array, 3)
	} else {
		out = cbor.AppendHead(out, cbor.Array, 2)
	}
	out = cbor.AppendHead(out, cbor.Array, uint64(len(table.schemas)))
	if table.came > 0 {
		_, start := cbor.Count(w.from.data, w.from.schemasAt, cbor.Array)
		out = append(out, w.from.data[start:w.from.schemasEnd]...)
	}
	for _, schema := range table.schemas[table.came:] {
		out = append(out, schema.encoded...)
	}
	out = cbor.AppendHead(out, cbor.Array, uint64(w.count))
	out = append(out, w.values.out...)
	return append(out, sources...)
}

// headSize is about what stands around the records.
func (w *batchWriter) headSize() int {
	size := 32
	for _, schema := range w.values.schemas.schemas {
		size += len(schema.encoded)
	}
	if w.from != nil {
		size += len(w.from.data) - w.from.sourcesAt
	}
	return size
}

// OffsetMap is a source partition or offset: names with plain values. Whole numbers come back as int64.
type OffsetMap = map[string]any

// appendOffsetMap appends offset-map. Names are sorted, so that the same partition is always the same bytes.
func appendOffsetMap(out []byte, offsets OffsetMap) ([]byte, error) {
	if offsets == nil {
		return append(out, cbor.Null), nil
	}
	writer := valueWriter{out: cbor.AppendHead(out, cbor.Map, uint64(len(offsets)))}
	for _, name := range slices.Sorted(maps.Keys(offsets)) {
		value := offsets[name]
		switch value.(type) {
		case []any, *Map, map[string]any, *Struct, Typed:
			return out, Errorf(DataError, "source partitions and offsets are names with plain values, not %q: %v", name, value)
		}
		writer.out = cbor.AppendText(writer.out, name)
		if err := writer.writeFree(value); err != nil {
			return out, err
		}
	}
	return writer.out, nil
}

// writeOffsetMaps writes offset-maps of record.cddl.
func writeOffsetMaps(all []OffsetMap) (out []byte, err error) {
	out = cbor.AppendHead(nil, cbor.Array, uint64(len(all)))
	for _, offsets := range all {
		if out, err = appendOffsetMap(out, offsets); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readOffsetMaps reads offset-maps of record.cddl.
func readOffsetMaps(data []byte) (all []OffsetMap, err error) {
	err = guarded(func() error {
		count, pos := cbor.Count(data, 0, cbor.Array)
		for range count {
			var offsets OffsetMap
			offsets, pos = readOffsetMap(data, pos)
			all = append(all, offsets)
		}
		return nil
	})
	return all, err
}

func readOffsetMap(data []byte, pos int) (offsets OffsetMap, next int) {
	value, next := readValue(&recordBatch{data: data}, pos, nil)
	entries, ok := value.(*Map)
	if !ok {
		return nil, next
	}
	offsets = OffsetMap{}
	for _, name := range entries.Names() {
		offsets[name] = entries.Get(name)
	}
	return offsets, next
}

// readOffsetChanges reads offset-changes of record.cddl.
func readOffsetChanges(data []byte) (changes []OffsetChange, err error) {
	err = guarded(func() error {
		count, pos := cbor.Count(data, 0, cbor.Array)
		for range count {
			var change OffsetChange
			_, pos = cbor.Count(data, pos, cbor.Array)
			change.Partition, pos = readOffsetMap(data, pos)
			change.Offset, pos = readOffsetMap(data, pos)
			changes = append(changes, change)
		}
		return nil
	})
	return changes, err
}

// originsWriter writes origins: the source partition and offset of each record.
type originsWriter struct {
	numbers    map[string]int
	partitions []byte
	positions  []byte
	count      int
	scratch    []byte
}

func (w *originsWriter) add(partition, offset OffsetMap) (err error) {
	if w.scratch, err = appendOffsetMap(w.scratch[:0], partition); err != nil {
		return err
	}
	number, known := w.numbers[string(w.scratch)]
	if !known {
		number = len(w.numbers)
		if w.numbers == nil {
			w.numbers = map[string]int{}
		}
		w.numbers[string(w.scratch)] = number
		w.partitions = append(w.partitions, w.scratch...)
	}
	out := cbor.AppendInt(cbor.AppendHead(w.positions, cbor.Array, 2), int64(number))
	if out, err = appendOffsetMap(out, offset); err != nil {
		return err
	}
	w.positions = out
	w.count++
	return nil
}

func (w *originsWriter) finish() []byte {
	out := cbor.AppendHead(nil, cbor.Array, 2)
	out = append(cbor.AppendHead(out, cbor.Array, uint64(len(w.numbers))), w.partitions...)
	return append(cbor.AppendHead(out, cbor.Array, uint64(w.count)), w.positions...)
}
