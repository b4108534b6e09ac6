package caisson

import (
	"bytes"
	"math"
	"math/big"
	"time"

	"caisson.dev/sdk-go/internal/cbor"
)

// Typed is a value with a schema of its own where its place has none or another; a [*Struct] needs none of this.
type Typed struct {
	Schema *Schema
	Value  any
}

// Fields is what a map and a struct have in common: values by name, decoded when they are asked for.
type Fields interface {
	// Get returns the value of that name, or nil. What an unset field of a struct has is its schema's default.
	Get(name string) any
	// Has reports whether there is such a field.
	Has(name string) bool
	// Set changes a value. A struct refuses a name that its schema does not have with a DataError.
	Set(name string, value any) error
	// Names returns the names, in order.
	Names() []string
}

// readValue decodes the value at pos; schema is nil for one without.
func readValue(batch *recordBatch, pos int, schema *Schema) (value any, next int) {
	data := batch.data
	switch head := cbor.First(data, pos); {
	case head == cbor.Null:
		return nil, pos + 1
	case head>>5 == cbor.Tagged:
		return readTagged(batch, pos, schema)
	case head == cbor.True, head == cbor.False:
		return head == cbor.True, pos + 1
	case head>>5 == cbor.Text:
		span, next := cbor.String(data, pos, cbor.Text)
		return string(span), next
	case head>>5 == cbor.Bytes:
		span, next := cbor.String(data, pos, cbor.Bytes)
		return bytes.Clone(span), next
	case head>>5 <= cbor.Negative:
		number, next := cbor.Int(data, pos)
		return narrowed(number, schema), next
	case head>>5 == cbor.Simple:
		number, narrow, next := cbor.Float(data, pos)
		if narrow {
			return float32(number), next
		}
		return number, next
	case head>>5 == cbor.Map:
		return readMap(batch, pos, schema)
	}
	if schema != nil && schema.kind == StructType {
		return readStruct(batch, pos, schema)
	}
	return readArray(batch, pos, schema.Items())
}

// narrowed is an integer in the width that its schema says; without one it is an int64.
func narrowed(number int64, schema *Schema) any {
	if schema == nil {
		return number
	}
	switch schema.kind {
	case Int8Type:
		return int8(number)
	case Int16Type:
		return int16(number)
	case Int32Type:
		return int32(number)
	}
	return number
}

func readArray(batch *recordBatch, pos int, items *Schema) (value any, next int) {
	count, pos := cbor.Count(batch.data, pos, cbor.Array)
	made := make([]any, count)
	for i := range made {
		made[i], pos = readValue(batch, pos, items)
	}
	return made, pos
}

func readTagged(batch *recordBatch, pos int, schema *Schema) (value any, next int) {
	data := batch.data
	_, tag, inner := cbor.Head(data, pos)
	switch tag {
	case cbor.TagEmbedded:
		span, next := cbor.String(data, inner, cbor.Bytes)
		value, _ := readValue(batch, next-len(span), schema)
		return value, next
	case cbor.TagDate:
		millis, next := cbor.Int(data, inner)
		name := timestampName
		if schema != nil {
			name = schema.Name()
		}
		return logicalValue(name, millis), next
	case cbor.TagInt8, cbor.TagInt16, cbor.TagInt32:
		number, next := cbor.Int(data, inner)
		switch tag {
		case cbor.TagInt8:
			return int8(number), next
		case cbor.TagInt16:
			return int16(number), next
		}
		return int32(number), next
	case cbor.TagBigUnsigned, cbor.TagBigNegative:
		return readBig(data, pos)
	case cbor.TagDecimal:
		_, at := cbor.Count(data, inner, cbor.Array)
		exponent, at := cbor.Int(data, at)
		mantissa, next := readBig(data, at)
		return Decimal{mantissa, int32(-exponent)}, next
	case cbor.TagTyped:
		return readTyped(batch, inner)
	}
	panic(&cbor.Malformed{What: "an unknown tag", At: pos})
}

func readTyped(batch *recordBatch, pos int) (value any, next int) {
	_, at := cbor.Count(batch.data, pos, cbor.Array)
	index, at := cbor.Int(batch.data, at)
	schema := batch.schema(index)
	value, next = readValue(batch, at, schema)
	if _, isStruct := value.(*Struct); isStruct {
		return value, next
	}
	return Typed{schema, value}, next
}

// readBig reads an integer of any size.
func readBig(data []byte, pos int) (number *big.Int, next int) {
	major, tag, inner := cbor.Head(data, pos)
	if major != cbor.Tagged {
		small, next := cbor.Int(data, pos)
		return big.NewInt(small), next
	}
	span, next := cbor.String(data, inner, cbor.Bytes)
	number = new(big.Int).SetBytes(span)
	if tag == cbor.TagBigNegative {
		number.Not(number)
	}
	return number, next
}

// fixed reports whether a value cannot have been changed by whoever was given it.
func fixed(value any) bool {
	switch value := value.(type) {
	case nil, bool, int8, int16, int32, int64, float32, float64, string, time.Time, time.Duration:
		return true
	case *Map:
		return !value.changed()
	case *Struct:
		return !value.changed()
	}
	return false
}

// valueWriter appends values; schemas has a number for each schema that a value may carry.
type valueWriter struct {
	out     []byte
	schemas *schemaTable
	// batch is where values come from whose bytes may be copied: those of others may name other schemas by the same number.
	batch *recordBatch
}

// write appends a value under a schema, or without one. The DataError names the place and what is wrong.
func (w *valueWriter) write(value any, schema *Schema, place string) error {
	if schema == nil {
		return w.writeFree(value)
	}
	if value == nil {
		if !schema.optional && !schema.hasDefault {
			return Errorf(DataError, "Invalid value: null used for required %s, schema type: %s", place, schema.kind)
		}
		w.out = append(w.out, cbor.Null)
		return nil
	}
	if typed, ok := value.(Typed); ok {
		if typed.Schema.Equal(schema) {
			return w.write(typed.Value, schema, place)
		}
		return w.writeTyped(typed.Schema, typed.Value)
	}
	if handled, err := w.writeLogical(value, schema, place); handled {
		return err
	}
	return w.writePlain(value, schema, place)
}

func (w *valueWriter) writeLogical(value any, schema *Schema, place string) (handled bool, err error) {
	if schema.name == nil {
		return false, nil
	}
	switch name := *schema.name; name {
	case decimalName:
		decimal, ok := value.(Decimal)
		if !ok {
			return true, mismatch(schema, value, place)
		}
		return true, w.writeDecimal(decimal, schema, place)
	case dateName, timeName, timestampName:
		millis, ok := logicalMillis(name, value)
		if !ok {
			return true, mismatch(schema, value, place)
		}
		w.tagged(cbor.TagDate, millis)
		return true, nil
	}
	return false, nil
}

func (w *valueWriter) writePlain(value any, schema *Schema, place string) error {
	switch schema.kind {
	case Int8Type, Int16Type, Int32Type, Int64Type:
		number, ok := wholeNumber(value)
		if bits := 8 << schema.kind; !ok || number>>(bits-1) != 0 && number>>(bits-1) != -1 {
			return mismatch(schema, value, place)
		}
		w.out = cbor.AppendInt(w.out, number)
	case Float32Type, Float64Type:
		number, ok := realNumber(value)
		if !ok {
			return mismatch(schema, value, place)
		}
		if schema.kind == Float32Type {
			w.out = cbor.AppendFloat32(w.out, float32(number))
		} else {
			w.out = cbor.AppendFloat64(w.out, number)
		}
	case BooleanType:
		truth, ok := value.(bool)
		if !ok {
			return mismatch(schema, value, place)
		}
		w.out = cbor.AppendBool(w.out, truth)
	case StringType:
		text, ok := value.(string)
		if !ok {
			return mismatch(schema, value, place)
		}
		w.out = cbor.AppendText(w.out, text)
	case BytesType:
		data, ok := value.([]byte)
		if !ok {
			return mismatch(schema, value, place)
		}
		w.out = cbor.AppendBytes(w.out, data)
	default:
		return w.writeContainer(value, schema, place)
	}
	return nil
}

func (w *valueWriter) writeContainer(value any, schema *Schema, place string) error {
	switch value := value.(type) {
	case []any:
		if schema.kind == ArrayType {
			return w.writeArray(value, schema.Items())
		}
	case *Map:
		if schema.kind == MapType {
			return w.writeMap(value, schema.Keys(), schema.Values())
		}
	case map[string]any:
		if schema.kind == MapType {
			return w.writeMap(MapFrom(value), schema.Keys(), schema.Values())
		}
	case *Struct:
		if schema.kind == StructType && value.schema.Equal(schema) {
			return w.writeStruct(value)
		}
	}
	return mismatch(schema, value, place)
}

// writeFree appends a value without a schema.
func (w *valueWriter) writeFree(value any) error {
	switch value := value.(type) {
	case nil:
		w.out = append(w.out, cbor.Null)
	case bool:
		w.out = cbor.AppendBool(w.out, value)
	case string:
		w.out = cbor.AppendText(w.out, value)
	case []byte:
		w.out = cbor.AppendBytes(w.out, value)
	case int64:
		w.out = cbor.AppendInt(w.out, value)
	case int:
		w.out = cbor.AppendInt(w.out, int64(value))
	case int8:
		w.tagged(cbor.TagInt8, int64(value))
	case int16:
		w.tagged(cbor.TagInt16, int64(value))
	case int32:
		w.tagged(cbor.TagInt32, int64(value))
	case float32:
		w.out = cbor.AppendFloat32(w.out, value)
	case float64:
		w.out = cbor.AppendFloat64(w.out, value)
	case time.Time:
		w.tagged(cbor.TagDate, value.UnixMilli())
	case *big.Int:
		w.out = cbor.AppendBig(w.out, value)
	case Decimal:
		return w.writeDecimal(value, nil, "")
	case []any:
		return w.writeArray(value, nil)
	case *Map:
		return w.writeMap(value, nil, nil)
	case map[string]any:
		return w.writeMap(MapFrom(value), nil, nil)
	case *Struct:
		return w.writeTyped(value.schema, value)
	case Typed:
		return w.writeTyped(value.Schema, value.Value)
	default:
		return Errorf(DataError, "%T is no type of Kafka Connect's: give nil, bool, int8 to int64, float32, float64, string, []byte, "+
			"time.Time, *big.Int, Decimal, []any, *Map or *Struct", value)
	}
	return nil
}

func (w *valueWriter) tagged(tag uint64, number int64) {
	w.out = cbor.AppendInt(cbor.AppendHead(w.out, cbor.Tagged, tag), number)
}

func (w *valueWriter) writeTyped(schema *Schema, value any) error {
	if w.schemas == nil {
		return Errorf(DataError, "a default, a source partition or an offset holds no value with a schema of its own")
	}
	w.out = cbor.AppendHead(w.out, cbor.Tagged, cbor.TagTyped)
	w.out = cbor.AppendHead(w.out, cbor.Array, 2)
	w.out = cbor.AppendInt(w.out, int64(w.schemas.number(schema)))
	return w.write(value, schema, "value")
}

func (w *valueWriter) writeDecimal(value Decimal, schema *Schema, place string) error {
	if value.Unscaled == nil {
		return Errorf(DataError, "a Decimal without its digits: make it with NewDecimal")
	}
	if scale, given := schema.scale(); given && scale != value.Scale {
		rescaled, exact := value.rescaled(scale)
		if !exact {
			return Errorf(DataError, "%s has more digits than the schema's scale %d for %s: round it first", value, scale, place)
		}
		value = rescaled
	}
	w.out = cbor.AppendHead(w.out, cbor.Tagged, cbor.TagDecimal)
	w.out = cbor.AppendHead(w.out, cbor.Array, 2)
	w.out = cbor.AppendInt(w.out, -int64(value.Scale))
	w.out = cbor.AppendMantissa(w.out, value.Unscaled)
	return nil
}

func (w *valueWriter) writeArray(values []any, items *Schema) error {
	w.out = cbor.AppendHead(w.out, cbor.Array, uint64(len(values)))
	for _, value := range values {
		if err := w.write(value, items, "element of array value"); err != nil {
			return err
		}
	}
	return nil
}

func mismatch(schema *Schema, value any, place string) *Error {
	name := ""
	if schema.name != nil {
		name = ` "` + *schema.name + `"`
	}
	return Errorf(DataError, "Invalid object for schema%s with type %s: %T %v for %s", name, schema.kind, value, value, place)
}

func wholeNumber(value any) (number int64, ok bool) {
	switch value := value.(type) {
	case int64:
		return value, true
	case int:
		return int64(value), true
	case int32:
		return int64(value), true
	case int16:
		return int64(value), true
	case int8:
		return int64(value), true
	}
	return 0, false
}

func realNumber(value any) (number float64, ok bool) {
	switch value := value.(type) {
	case float64:
		return value, true
	case float32:
		return float64(value), true
	}
	whole, ok := wholeNumber(value)
	if number = float64(whole); !ok || math.Abs(number) > 1<<53 {
		return 0, false
	}
	return number, true
}
