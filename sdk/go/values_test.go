package caisson

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	moment = time.UnixMilli(1_600_000_000_123).UTC()
	person = StructOf("com.example.Person",
		FieldOf("name", StringSchema),
		FieldOf("age", Int32Schema.WithDefault(1)),
		FieldOf("balance", DecimalSchema(2).Optional()),
		FieldOf("born", DateSchema.Optional()),
	).Versioned(2)
)

func batchOf(t *testing.T, records ...*Record) []byte {
	t.Helper()
	writer := newBatchWriter(nil)
	for _, record := range records {
		if err := writer.add(record, nil); err != nil {
			t.Fatal(err)
		}
	}
	return writer.finish()
}

func read(t *testing.T, data []byte) *recordBatch {
	t.Helper()
	batch, err := readBatch(data)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// passed writes the records of a batch as they are now.
func passed(t *testing.T, batch *recordBatch) []byte {
	t.Helper()
	writer := newBatchWriter(batch)
	for i := range batch.records {
		if err := writer.add(&batch.records[i], &batch.records[i]); err != nil {
			t.Fatal(err)
		}
	}
	return writer.finish()
}

func thereAndBack(t *testing.T, value any, schema *Schema) *Record {
	t.Helper()
	record := NewRecord("t", nil)
	record.SetValue(value, schema)
	return &read(t, batchOf(t, record)).records[0]
}

func TestSchemalessValuesKeepTheirType(t *testing.T) {
	big64 := new(big.Int).Lsh(big.NewInt(1), 64)
	for _, value := range []any{
		nil, true, false, int64(0), int64(23), int64(24), int64(256), int64(1 << 32), int64(-1), int64(-25), int64(math.MinInt64),
		int64(math.MaxInt64), int8(-128), int16(32767), int32(-5), 1.5, math.Inf(1), float32(0.5), "", "fünf 😀", strings.Repeat("long ", 100),
		[]byte{}, []byte{0, 255}, bytes.Repeat([]byte("x"), 300), NewDecimal(-12345, 2), NewDecimal(1, -2), big.NewInt(5), big64,
		new(big.Int).Neg(big64), moment, []any{}, []any{int64(1), []any{nil, "a"}},
	} {
		if found := thereAndBack(t, value, nil).Value(); !reflect.DeepEqual(found, value) {
			t.Errorf("%T %v came back as %T %v", value, value, found, found)
		}
	}
	if found := thereAndBack(t, math.NaN(), nil).Value().(float64); !math.IsNaN(found) {
		t.Errorf("NaN came back as %v", found)
	}
}

func TestMapsKeepOrderAndKeysOfAnyType(t *testing.T) {
	made := NewMap()
	made.Put(int64(1), "an int64")
	made.Put(int32(1), "an int32")
	made.Put("z", MapFrom(map[string]any{"b": int8(1)}))
	made.Put("a", nil)
	found := thereAndBack(t, made, nil).Value().(*Map)
	var keys []any
	for key := range found.All() {
		keys = append(keys, key)
	}
	if !reflect.DeepEqual(keys, []any{int64(1), int32(1), "z", "a"}) {
		t.Errorf("keys are %v", keys)
	}
	if inner := found.Get("z").(*Map).Get("b"); inner != int8(1) {
		t.Errorf("inner value is %T %v", inner, inner)
	}
}

func TestValuesKeepSchemaAndType(t *testing.T) {
	for _, each := range []struct {
		schema *Schema
		value  any
	}{
		{Int8Schema, int8(-128)}, {Int16Schema, int16(5)}, {Int32Schema, int32(1 << 30)}, {Int64Schema, int64(math.MinInt64)},
		{Float32Schema, float32(0.1)}, {Float64Schema, 0.1}, {BooleanSchema, true}, {StringSchema, "fünf"}, {BytesSchema, []byte{1}},
		{StringSchema.Optional(), nil}, {DecimalSchema(2), NewDecimal(150, 2)}, {DateSchema, time.UnixMilli(-86_400_000).UTC()},
		{TimeSchema, 90 * time.Minute}, {TimestampSchema, moment}, {ArrayOf(Int64Schema), []any{int64(1), int64(2)}},
		{ArrayOf(ArrayOf(StringSchema)), []any{[]any{"a"}, []any{}}},
	} {
		found := thereAndBack(t, each.value, each.schema)
		if !found.ValueSchema().Equal(each.schema) || !reflect.DeepEqual(found.Value(), each.value) {
			t.Errorf("%s %v came back as %s %T %v", each.schema, each.value, found.ValueSchema(), found.Value(), found.Value())
		}
	}
	numbers := NewMap()
	numbers.Put(int32(1), "a")
	numbers.Put(int32(2), nil)
	found := thereAndBack(t, numbers, MapOf(Int32Schema, StringSchema.Optional())).Value().(*Map)
	if found.key(0) != int32(1) || found.value(0) != "a" || found.value(1) != nil {
		t.Errorf("map came back as %v, %v, %v", found.key(0), found.value(0), found.value(1))
	}
}

func TestStructsHaveDefaultsAndAScale(t *testing.T) {
	ada, err := person.New(map[string]any{"name": "Ada", "balance": NewDecimal(125, 1), "born": time.Date(1815, 12, 10, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	record := thereAndBack(t, ada, nil)
	found := record.Value().(*Struct)
	if !record.ValueSchema().Equal(person) || found.Get("balance").(Decimal).String() != "12.50" {
		t.Errorf("%s %s", record.ValueSchema(), found)
	}
	if found.Get("age") != int32(1) || found.IsSet("age") {
		t.Errorf("age is %v", found.Get("age"))
	}
	outer := StructOf("Outer", FieldOf("inner", person), FieldOf("list", ArrayOf(person)))
	nested, err := outer.New(map[string]any{"inner": found, "list": []any{found}})
	if err != nil {
		t.Fatal(err)
	}
	back := thereAndBack(t, nested, nil).Value().(*Struct)
	if name := back.Get("list").([]any)[0].(*Struct).Get("name"); name != "Ada" {
		t.Errorf("name is %v", name)
	}
}

func TestValuesMayCarrySchemas(t *testing.T) {
	ada, err := person.New(map[string]any{"name": "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	found := thereAndBack(t, MapFrom(map[string]any{"who": ada, "n": Typed{Int8Schema, int8(1)}}), nil).Value().(*Map)
	if !found.Get("who").(*Struct).Equal(ada) || found.Get("n").(Typed).Value != int8(1) {
		t.Errorf("%v %v", found.Get("who"), found.Get("n"))
	}
	// In another batch the same schemas have other numbers.
	other := NewRecord("t", Typed{StringSchema, "first"})
	carried := NewRecord("t", nil)
	carried.SetValue(found, nil)
	again := read(t, batchOf(t, other, carried)).records[1].Value().(*Map)
	if !again.Get("who").(*Struct).Equal(ada) {
		t.Errorf("in another batch it is %v", again.Get("who"))
	}
}

func TestWhatASchemaForbidsIsRefusedByName(t *testing.T) {
	for _, each := range []struct {
		values map[string]any
		told   string
	}{
		{map[string]any{"name": 5}, `type STRING: int 5 for field: "name"`},
		{map[string]any{"name": "a", "age": int64(1 << 31)}, `type INT32: int64 2147483648 for field: "age"`},
		{map[string]any{"name": "a", "balance": NewDecimal(1234, 3)}, "more digits than the schema's scale 2"},
		{map[string]any{"name": "a", "born": moment}, `field: "born"`},
		{map[string]any{"nick": "a"}, "nick is not a valid field name"},
	} {
		if _, err := person.New(each.values); err == nil || !strings.Contains(err.Error(), each.told) {
			t.Errorf("%v: %v", each.values, err)
		}
	}
	unset, err := person.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for value, told := range map[any]string{
		unset:         `null used for required field: "name"`,
		struct{}{}:    "struct {} is no type of Kafka Connect's",
		time.Month(1): "time.Month is no type",
	} {
		if err := newBatchWriter(nil).add(NewRecord("t", value), nil); err == nil || !strings.Contains(err.Error(), told) {
			t.Errorf("%v: %v", value, err)
		}
	}
}

func TestASchemaWithABadDefaultCannotBeMade(t *testing.T) {
	err := guarded(func() error {
		Int8Schema.WithDefault("a")
		return nil
	})
	if err == nil || !strings.HasPrefix(err.Error(), "Invalid default value: ") {
		t.Error(err)
	}
}

func TestWhatIsNotChangedPassesAsItCame(t *testing.T) {
	value := MapFrom(map[string]any{"a": 1.5, "b": "two", "c": nil, "d": []byte("raw"), "e": int16(5), "f": []any{"x"}})
	record := NewRecord("t", value)
	record.SetKey("k", StringSchema)
	record.SetHeaders([]Header{{Name: "h", Value: int64(1)}})
	data := batchOf(t, record, NewRecord("t", nil))
	batch := read(t, data)
	first := &batch.records[0]
	if !bytes.Equal(passed(t, batch), data) {
		t.Error("an untouched batch has changed")
	}
	_, _, _ = first.Value().(*Map).Get("b"), first.Value().(*Map).Get("f"), first.Key()
	if !bytes.Equal(passed(t, batch), data) {
		t.Error("looking has changed the batch")
	}
	if err := first.Value().(Fields).Set("b", "zwei"); err != nil {
		t.Fatal(err)
	}
	first.Value().(*Map).Get("f").([]any)[0] = "y"
	first.SetTopic("other")
	found := &read(t, passed(t, batch)).records[0]
	fields := found.Value().(*Map)
	if found.Topic() != "other" || found.Key() != "k" || fields.Get("b") != "zwei" || fields.Get("f").([]any)[0] != "y" || fields.Get("e") != int16(5) {
		t.Errorf("%s %v %v", found.Topic(), found.Key(), fields.Names())
	}
}

func TestBatchesThatAreCutOffAreRefused(t *testing.T) {
	data := batchOf(t, NewRecord("t", MapFrom(map[string]any{"a": []any{int64(1)}})), NewRecord("t", "x"))
	for length := range data {
		if _, err := readBatch(data[:length]); err == nil || asError(err).Kind != DataError {
			t.Errorf("the first %d bytes: %v", length, err)
		}
	}
	deep := append(bytes.Repeat([]byte{0x81}, 100_000), 0)
	if _, err := readBatch(append([]byte{0x82, 0x80, 0x81}, deep...)); err == nil {
		t.Error("a batch nested without end is taken")
	}
}

func TestValuesAreWrittenAsJSONInTheirOrder(t *testing.T) {
	ada, err := person.New(map[string]any{"name": "Ada", "balance": NewDecimal(125, 1)})
	if err != nil {
		t.Fatal(err)
	}
	value := NewMap()
	value.Put("z", ada)
	value.Put(int64(1), []any{NewMap(), Typed{Int8Schema, int8(1)}, nil})
	text, err := json.Marshal(thereAndBack(t, value, nil).Value())
	expected := `{"z":{"name":"Ada","age":1,"balance":12.50,"born":null},"1":[{},1,null]}`
	if string(text) != expected || err != nil {
		t.Errorf("%s %v", text, err)
	}
	if text, err := json.Marshal(MapFrom(map[string]any{"a": math.NaN()})); err == nil {
		t.Errorf("NaN is written as %s", text)
	}
}
