package caisson

import (
	"time"

	"caisson.dev/sdk-go/internal/cbor"
)

// Header is a header: its name, value, and the value's schema if it has one.
type Header struct {
	Name   string
	Value  any
	Schema *Schema
}

// TopicPartition is a partition of a topic.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// TimestampType says what a consumed record's timestamp is.
type TimestampType string

// The types of timestamps.
const (
	NoTimestampType TimestampType = "NoTimestampType"
	CreateTime      TimestampType = "CreateTime"
	LogAppendTime   TimestampType = "LogAppendTime"
)

var timestampTypes = [...]TimestampType{NoTimestampType, CreateTime, LogAppendTime}

// What of a record has been read or set: it may differ from the bytes it came as.
const (
	topicRead = 1 << iota
	partitionRead
	timestampRead
	keyRead
	keySet
	valueRead
	valueSet
	headersRead
	headersSet
	topicSet
	partitionSet
	timestampSet
)

// Record is a record on its way. Its members are decoded when they are asked for; what was not changed crosses as the bytes it came as.
type Record struct {
	id    uint32
	state uint16
	batch *recordBatch
	// Where the members begin: the record, its topic, partition, timestamp, key, value, headers, coordinates, and its end.
	start, topicAt, partitionAt, timestampAt, keyAt, valueAt, headersAt, coordinatesAt, end int32

	topic       string
	partition   *int32
	timestamp   *int64
	key, value  any
	keySchema   *Schema
	valueSchema *Schema
	headers     []Header
}

// NewRecord makes a record; a value that is a [*Struct] brings its schema.
func NewRecord(topic string, value any) *Record {
	made := &Record{topic: topic, state: topicRead | partitionRead | timestampRead | keyRead | headersRead}
	made.SetValue(value, nil)
	return made
}

// Topic returns the topic it goes to or comes from.
func (r *Record) Topic() string {
	if r.state&topicRead == 0 {
		span, _ := cbor.String(r.batch.data, int(r.topicAt), cbor.Text)
		r.topic = r.batch.topic(span)
		r.state |= topicRead
	}
	return r.topic
}

// SetTopic sends it to another topic.
func (r *Record) SetTopic(topic string) {
	r.topic = topic
	r.state |= topicRead | topicSet
}

// Partition returns its partition; nil lets the worker choose.
func (r *Record) Partition() *int32 {
	if r.state&partitionRead == 0 {
		if cbor.First(r.batch.data, int(r.partitionAt)) != cbor.Null {
			number, _ := cbor.Int(r.batch.data, int(r.partitionAt))
			narrow := int32(number)
			r.partition = &narrow
		}
		r.state |= partitionRead
	}
	return r.partition
}

// SetPartition sets its partition, or none.
func (r *Record) SetPartition(partition *int32) {
	r.partition = partition
	r.state |= partitionRead | partitionSet
}

// Timestamp returns milliseconds since the epoch, or nil.
func (r *Record) Timestamp() *int64 {
	if r.state&timestampRead == 0 {
		if cbor.First(r.batch.data, int(r.timestampAt)) != cbor.Null {
			number, _ := cbor.Int(r.batch.data, int(r.timestampAt))
			r.timestamp = &number
		}
		r.state |= timestampRead
	}
	return r.timestamp
}

// Time returns the timestamp; the zero time without one.
func (r *Record) Time() time.Time {
	if millis := r.Timestamp(); millis != nil {
		return time.UnixMilli(*millis).UTC()
	}
	return time.Time{}
}

// SetTimestamp sets milliseconds since the epoch, or none.
func (r *Record) SetTimestamp(millis *int64) {
	r.timestamp = millis
	r.state |= timestampRead | timestampSet
}

// Key returns the key.
func (r *Record) Key() any {
	if r.state&keyRead == 0 {
		r.keySchema, r.key, _ = readDatum(r.batch, int(r.keyAt))
		r.state |= keyRead
	}
	return r.key
}

// KeySchema returns the key's schema; nil for a key without one.
func (r *Record) KeySchema() *Schema {
	if r.state&keyRead == 0 {
		return datumSchema(r.batch, int(r.keyAt))
	}
	return r.keySchema
}

// SetKey sets the key and its schema, nil for none; that of a [*Struct] need not be given.
func (r *Record) SetKey(key any, schema *Schema) {
	r.key, r.keySchema = key, schemaFor(key, schema)
	r.state |= keyRead | keySet
}

// Value returns the value; nil is a tombstone. What is in a map, a struct or an array may be changed where it stands.
func (r *Record) Value() any {
	if r.state&valueRead == 0 {
		r.valueSchema, r.value, _ = readDatum(r.batch, int(r.valueAt))
		r.state |= valueRead
	}
	return r.value
}

// ValueSchema returns the value's schema; nil for a value without one.
func (r *Record) ValueSchema() *Schema {
	if r.state&valueRead == 0 {
		return datumSchema(r.batch, int(r.valueAt))
	}
	return r.valueSchema
}

// SetValue sets the value and its schema, nil for none; that of a [*Struct] need not be given.
func (r *Record) SetValue(value any, schema *Schema) {
	r.value, r.valueSchema = value, schemaFor(value, schema)
	r.state |= valueRead | valueSet
}

// Headers returns the headers, in order; names may come twice. Values may be changed where they stand.
func (r *Record) Headers() []Header {
	if r.state&headersRead == 0 {
		r.headers = readHeaders(r.batch, int(r.headersAt))
		r.state |= headersRead
	}
	return r.headers
}

// SetHeaders sets all headers.
func (r *Record) SetHeaders(headers []Header) {
	r.headers = headers
	r.state |= headersRead | headersSet
}

// Header returns the last header of that name; nil without one.
func (r *Record) Header(name string) *Header {
	headers := r.Headers()
	for i := len(headers) - 1; i >= 0; i-- {
		if headers[i].Name == name {
			return &headers[i]
		}
	}
	return nil
}

// Source returns topic and partition it was consumed from, before any transformation; ok is false in a source.
func (r *Record) Source() (source TopicPartition, ok bool) {
	if !r.consumed() {
		return TopicPartition{}, false
	}
	index, _ := cbor.Int(r.batch.data, int(r.coordinatesAt)+1)
	if index < 0 || index >= int64(len(r.batch.sources)) {
		panic(&cbor.Malformed{What: "no such source", At: int(r.coordinatesAt)})
	}
	return r.batch.sources[index], true
}

// Offset returns its offset there; -1 in a source.
func (r *Record) Offset() int64 {
	if !r.consumed() {
		return -1
	}
	offset, _ := cbor.Int(r.batch.data, cbor.Skip(r.batch.data, int(r.coordinatesAt)+1))
	return offset
}

// TimestampType returns what the timestamp is; NoTimestampType in a source.
func (r *Record) TimestampType() TimestampType {
	if !r.consumed() {
		return NoTimestampType
	}
	data := r.batch.data
	number, _ := cbor.Int(data, cbor.Skip(data, cbor.Skip(data, int(r.coordinatesAt)+1)))
	if number < 0 || number >= int64(len(timestampTypes)) {
		panic(&cbor.Malformed{What: "no such type of timestamp", At: int(r.coordinatesAt)})
	}
	return timestampTypes[number]
}

func (r *Record) consumed() bool { return r.batch != nil && r.coordinatesAt < r.end }

// Copy returns another record like it; key, value and headers are shared.
func (r *Record) Copy() *Record {
	made := NewRecord(r.Topic(), nil)
	made.partition, made.timestamp = r.Partition(), r.Timestamp()
	made.SetKey(r.Key(), r.KeySchema())
	made.SetValue(r.Value(), r.ValueSchema())
	made.headers = append([]Header(nil), r.Headers()...)
	return made
}

func schemaFor(value any, schema *Schema) *Schema {
	if structure, ok := value.(*Struct); ok && schema == nil {
		return structure.schema
	}
	return schema
}

// datumSchema is the schema of the key or value at pos.
func datumSchema(batch *recordBatch, pos int) *Schema {
	_, at := cbor.Count(batch.data, pos, cbor.Array)
	if cbor.First(batch.data, at) == cbor.Null {
		return nil
	}
	index, _ := cbor.Int(batch.data, at)
	return batch.schema(index)
}

// readDatum decodes a key or value.
func readDatum(batch *recordBatch, pos int) (schema *Schema, value any, next int) {
	schema = datumSchema(batch, pos)
	_, at := cbor.Count(batch.data, pos, cbor.Array)
	value, next = readValue(batch, cbor.Skip(batch.data, at), schema)
	return schema, value, next
}

func readHeaders(batch *recordBatch, pos int) []Header {
	count, pos := cbor.Count(batch.data, pos, cbor.Array)
	headers := make([]Header, count)
	for i := range headers {
		_, pos = cbor.Count(batch.data, pos, cbor.Array)
		var name []byte
		name, pos = cbor.String(batch.data, pos, cbor.Text)
		headers[i].Name = string(name)
		if cbor.First(batch.data, pos) != cbor.Null {
			var index int64
			index, _ = cbor.Int(batch.data, pos)
			headers[i].Schema = batch.schema(index)
		}
		headers[i].Value, pos = readValue(batch, cbor.Skip(batch.data, pos), headers[i].Schema)
	}
	return headers
}

func (r *Record) keyChanged() bool {
	return r.state&keySet != 0 || r.state&keyRead != 0 && !fixed(r.key)
}

func (r *Record) valueChanged() bool {
	return r.state&valueSet != 0 || r.state&valueRead != 0 && !fixed(r.value)
}

const placeSet = topicSet | partitionSet | timestampSet

// writeRecord appends a record of this batch: what was not changed as it came.
func (w *valueWriter) writeRecord(r *Record) error {
	data := r.batch.data
	keyChanged, valueChanged, headersChanged := r.keyChanged(), r.valueChanged(), r.state&headersRead != 0
	if r.state&placeSet == 0 && !keyChanged && !valueChanged && !headersChanged {
		w.out = append(w.out, data[r.start:r.end]...)
		return nil
	}
	w.out = append(w.out, data[r.start:r.topicAt]...)
	if r.state&placeSet == 0 {
		w.out = append(w.out, data[r.topicAt:r.keyAt]...)
	} else {
		w.writePlace(r)
	}
	if !keyChanged {
		w.out = append(w.out, data[r.keyAt:r.valueAt]...)
	} else if err := w.writeDatum(r.key, r.keySchema); err != nil {
		return err
	}
	if !valueChanged {
		w.out = append(w.out, data[r.valueAt:r.headersAt]...)
	} else if err := w.writeDatum(r.value, r.valueSchema); err != nil {
		return err
	}
	if !headersChanged {
		w.out = append(w.out, data[r.headersAt:r.coordinatesAt]...)
	} else if err := w.writeHeaders(r.headers); err != nil {
		return err
	}
	w.out = append(w.out, data[r.coordinatesAt:r.end]...)
	return nil
}

// writeNew appends a record under an id; coordinates are those of the record in whose place it stands, if any.
func (w *valueWriter) writeNew(r *Record, id uint32, coordinates []byte) error {
	members := uint64(7)
	if len(coordinates) > 0 {
		members = 8
	}
	w.out = cbor.AppendInt(cbor.AppendHead(w.out, cbor.Array, members), int64(id))
	w.writePlace(r)
	// Key first: asking for it decodes it with its schema.
	if err := w.writeDatum(r.Key(), r.KeySchema()); err != nil {
		return err
	}
	if err := w.writeDatum(r.Value(), r.ValueSchema()); err != nil {
		return err
	}
	if err := w.writeHeaders(r.Headers()); err != nil {
		return err
	}
	w.out = append(w.out, coordinates...)
	return nil
}

func (w *valueWriter) writePlace(r *Record) {
	w.out = cbor.AppendText(w.out, r.Topic())
	if partition := r.Partition(); partition == nil {
		w.out = append(w.out, cbor.Null)
	} else {
		w.out = cbor.AppendInt(w.out, int64(*partition))
	}
	if millis := r.Timestamp(); millis == nil {
		w.out = append(w.out, cbor.Null)
	} else {
		w.out = cbor.AppendInt(w.out, *millis)
	}
}

func (w *valueWriter) writeDatum(value any, schema *Schema) error {
	w.out = cbor.AppendHead(w.out, cbor.Array, 2)
	return w.writeWithSchema(value, schema, "value")
}

func (w *valueWriter) writeHeaders(headers []Header) error {
	w.out = cbor.AppendHead(w.out, cbor.Array, uint64(len(headers)))
	for _, header := range headers {
		w.out = cbor.AppendText(cbor.AppendHead(w.out, cbor.Array, 3), header.Name)
		if err := w.writeWithSchema(header.Value, schemaFor(header.Value, header.Schema), "header"); err != nil {
			return err
		}
	}
	return nil
}

// writeWithSchema appends the number of the schema, and the value; arrays, maps and structs are embedded.
func (w *valueWriter) writeWithSchema(value any, schema *Schema, place string) error {
	if schema == nil {
		w.out = append(w.out, cbor.Null)
	} else {
		w.out = cbor.AppendInt(w.out, int64(w.schemas.number(schema)))
	}
	start := len(w.out)
	if err := w.write(value, schema, place); err != nil {
		return err
	}
	switch value.(type) {
	case []any, *Map, map[string]any, *Struct:
		// A struct without its schema carries it, and is then no array or map at its place.
		if w.out[start]>>5 != cbor.Tagged {
			w.out = cbor.Embed(w.out, start)
		}
	}
	return nil
}
