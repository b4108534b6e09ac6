/* Every value of record.cddl, there and back. */
#include <math.h>
#include <string.h>

#include "caisson_testing.h"
#include "internal.h"

static caisson_error error;

static caisson_bytes batch_of(caisson_record *const *records, size_t count) {
    caisson_writer writer;
    caisson_writer_start(&writer, NULL);
    for (size_t i = 0; i < count; i++) {
        if (!caisson_writer_add(&writer, records[i], NULL, (uint32_t)i, &error)) return (caisson_bytes){NULL, 0};
    }
    return caisson_writer_finish(&writer);
}

static caisson_bytes passed(caisson_batch *batch) {
    caisson_writer writer;
    caisson_writer_start(&writer, batch);
    for (size_t i = 0; i < batch->record_count; i++) {
        if (!caisson_writer_add(&writer, &batch->records[i], &batch->records[i], 0, &error)) return (caisson_bytes){NULL, 0};
    }
    return caisson_writer_finish(&writer);
}

static caisson_record *record_of(caisson_value value, const caisson_schema *schema) {
    caisson_record *made = caisson_record_new(caisson_text_of("t"));
    caisson_record_set_value(made, value, schema);
    return made;
}

static caisson_record *there_and_back(caisson_value value, const caisson_schema *schema) {
    caisson_record *record = record_of(value, schema);
    caisson_batch *batch = caisson_alloc(sizeof *batch);
    caisson_bytes data = batch_of(&record, 1);
    return data.ptr != NULL && caisson_batch_read(batch, data, &error) ? &batch->records[0] : NULL;
}

static bool same_bytes(caisson_bytes one, caisson_bytes other) {
    return one.len == other.len && memcmp(one.ptr, other.ptr, one.len) == 0;
}

static bool same(caisson_value one, const caisson_value *other) {
    if (one.type != other->type) return false;
    switch (one.type) {
    case CAISSON_NULL:
        return true;
    case CAISSON_BOOLEAN:
        return one.as.boolean == other->as.boolean;
    case CAISSON_FLOAT32:
    case CAISSON_FLOAT64:
        return one.as.real == other->as.real || (isnan(one.as.real) && isnan(other->as.real));
    case CAISSON_STRING:
        return one.as.text.len == other->as.text.len && memcmp(one.as.text.ptr, other->as.text.ptr, one.as.text.len) == 0;
    case CAISSON_BYTES:
        return same_bytes(one.as.bytes, other->as.bytes);
    case CAISSON_DECIMAL:
    case CAISSON_BIG_INTEGER: {
        caisson_text digits = caisson_digits(&one), others = caisson_digits(other);
        return digits.len == others.len && memcmp(digits.ptr, others.ptr, digits.len) == 0;
    }
    default:
        return one.as.integer == other->as.integer;
    }
}

static void schemaless_values_keep_their_type(void) {
    static const uint8_t big[9] = {0x01}, low[10] = {0xfe, 0xff}, raw[2] = {0, 255};
    caisson_value values[] = {
        caisson_null(), caisson_boolean(true), caisson_int64(0), caisson_int64(23), caisson_int64(24), caisson_int64(256),
        caisson_int64((int64_t)1 << 32), caisson_int64(-1), caisson_int64(-25), caisson_int64(INT64_MAX), caisson_int64(INT64_MIN),
        caisson_int8(-128), caisson_int16(32767), caisson_int32(-5), caisson_float64(1.5), caisson_float64(NAN),
        caisson_float64(INFINITY), caisson_float32(0.1f), caisson_string(caisson_text_of("")),
        caisson_string(caisson_text_of("f\xc3\xbcnf")), caisson_bytes_value((caisson_bytes){raw, 2}),
        caisson_date(1600000000123), caisson_date(-1), caisson_decimal_value(-12345, 2), caisson_decimal_value(1, -2),
        {.type = CAISSON_BIG_INTEGER, .as.bytes = {big, 9}}, {.type = CAISSON_BIG_INTEGER, .as.bytes = {low, 10}},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        caisson_record *found = there_and_back(values[i], NULL);
        CAISSON_CHECK(found != NULL && same(values[i], caisson_record_value(found)));
    }
}

static void digits_are_written_in_full(void) {
    static const uint8_t big[9] = {0x01};
    struct {
        caisson_value value;
        const char *digits;
    } cases[] = {
        {caisson_decimal_value(-12345, 2), "-123.45"},
        {caisson_decimal_value(5, 3), "0.005"},
        {caisson_decimal_value(12, -2), "1200"},
        {caisson_decimal_value(0, 0), "0"},
        {{.type = CAISSON_BIG_INTEGER, .as.bytes = {big, 9}}, "18446744073709551616"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CAISSON_CHECK(caisson_text_is(caisson_digits(&cases[i].value), cases[i].digits));
    }
}

static const caisson_schema *person(void) {
    const caisson_field fields[] = {
        {"name", caisson_schema_of(CAISSON_STRING)},
        {"balance", caisson_schema_optional(caisson_schema_decimal(2))},
        {"born", caisson_schema_optional(caisson_schema_date())},
    };
    return caisson_schema_struct("com.example.Person", fields, 3);
}

static caisson_value ada(void) {
    caisson_value made = caisson_struct(person());
    caisson_set(&made, "name", caisson_string(caisson_text_of("Ada")));
    caisson_set(&made, "balance", caisson_decimal_value(1250, 2));
    return made;
}

static void values_keep_their_schema(void) {
    caisson_value numbers = caisson_array(), names = caisson_map();
    caisson_append(&numbers, caisson_null(), caisson_int64(-500));
    caisson_append(&names, caisson_int32(1), caisson_string(caisson_text_of("one")));
    const caisson_schema *map = caisson_schema_map(caisson_schema_of(CAISSON_INT32), caisson_schema_of(CAISSON_STRING));
    const caisson_schema *array = caisson_schema_array(caisson_schema_of(CAISSON_INT64));
    caisson_record *found = there_and_back(caisson_int8(5), caisson_schema_of(CAISSON_INT8));
    CAISSON_CHECK(found != NULL && same(caisson_int8(5), caisson_record_value(found)));
    found = there_and_back(caisson_date(86400000), caisson_schema_date());
    CAISSON_CHECK(found != NULL && caisson_record_value_schema(found) == caisson_schema_date());
    found = there_and_back(numbers, array);
    CAISSON_CHECK(found != NULL && caisson_item(caisson_record_value(found), 0)->as.integer == -500);
    found = there_and_back(names, map);
    CAISSON_CHECK(found != NULL && same(caisson_int32(1), &(caisson_value[]){caisson_key(caisson_record_value(found), 0)}[0]));
    found = there_and_back(ada(), NULL);
    CAISSON_CHECK(found != NULL && caisson_record_value_schema(found) == person());
    caisson_value *value = caisson_record_value(found);
    CAISSON_CHECK(caisson_text_is(caisson_digits(caisson_get(value, "balance")), "12.50"));
    CAISSON_CHECK(caisson_get(value, "born")->type == CAISSON_NULL && caisson_get(value, "nick") == NULL);
    CAISSON_CHECK(!caisson_set(value, "nick", caisson_null()));
}

static void values_may_carry_schemas_into_another_batch(void) {
    caisson_value outer = caisson_map(), typed = caisson_int8(1);
    typed.schema = caisson_schema_of(CAISSON_INT8);
    caisson_set(&outer, "who", ada());
    caisson_set(&outer, "n", typed);
    caisson_record *found = there_and_back(outer, NULL);
    CAISSON_CHECK(found != NULL);
    caisson_value *value = caisson_record_value(found);
    CAISSON_CHECK(caisson_get(value, "n")->schema == caisson_schema_of(CAISSON_INT8));
    caisson_record *records[] = {record_of(caisson_string(caisson_text_of("x")), caisson_schema_of(CAISSON_STRING)),
                                 record_of(*value, NULL)};
    caisson_batch *batch = caisson_alloc(sizeof *batch);
    CAISSON_CHECK(caisson_batch_read(batch, batch_of(records, 2), &error));
    caisson_value *who = caisson_get(caisson_record_value(&batch->records[1]), "who");
    CAISSON_CHECK(who != NULL && who->schema == person() && caisson_text_is(caisson_get(who, "name")->as.text, "Ada"));
}

static void what_a_schema_forbids_is_refused_by_name(void) {
    caisson_value wrong = ada();
    caisson_set(&wrong, "name", caisson_int64(5));
    CAISSON_CHECK(there_and_back(wrong, NULL) == NULL && error.kind == CAISSON_DATA_ERROR);
    CAISSON_CHECK(strstr(error.message.ptr, "type STRING: INT64 for field: \"name\"") != NULL);
    CAISSON_CHECK(there_and_back(caisson_struct(person()), NULL) == NULL);
    CAISSON_CHECK(strstr(error.message.ptr, "null used for required field: \"name\"") != NULL);
    CAISSON_CHECK(there_and_back(caisson_int64(128), caisson_schema_of(CAISSON_INT8)) == NULL);
    wrong = ada();
    caisson_set(&wrong, "balance", caisson_decimal_value(1234, 3));
    CAISSON_CHECK(there_and_back(wrong, NULL) == NULL && strstr(error.message.ptr, "scale 3 and the schema 2") != NULL);
}

static void what_is_not_changed_passes_as_it_came(void) {
    caisson_value value = caisson_map(), list = caisson_array();
    caisson_append(&list, caisson_null(), caisson_string(caisson_text_of("x")));
    caisson_set(&value, "a", caisson_float64(1.5));
    caisson_set(&value, "b", caisson_string(caisson_text_of("two")));
    caisson_set(&value, "f", list);
    caisson_record *record = record_of(value, NULL);
    caisson_record_set_key(record, caisson_string(caisson_text_of("k")), caisson_schema_of(CAISSON_STRING));
    caisson_record_add_header(record, caisson_text_of("h"), caisson_int64(1), NULL);
    caisson_bytes data = batch_of(&record, 1);
    caisson_batch batch;
    CAISSON_CHECK(caisson_batch_read(&batch, data, &error));
    CAISSON_CHECK(same_bytes(passed(&batch), data));
    caisson_value *found = caisson_record_value(&batch.records[0]);
    caisson_item(caisson_get(found, "f"), 0);
    caisson_record_header_count(&batch.records[0]);
    CAISSON_CHECK(same_bytes(passed(&batch), data));
    caisson_set(found, "b", caisson_string(caisson_text_of("zwei")));
    caisson_replace(caisson_get(found, "f"), 0, caisson_string(caisson_text_of("y")));
    caisson_record_set_topic(&batch.records[0], caisson_text_of("other"));
    caisson_batch after;
    CAISSON_CHECK(caisson_batch_read(&after, passed(&batch), &error));
    caisson_value *now = caisson_record_value(&after.records[0]);
    CAISSON_CHECK(caisson_text_is(caisson_json(now), "{\"a\":1.5,\"b\":\"zwei\",\"f\":[\"y\"]}"));
    CAISSON_CHECK(caisson_text_is(caisson_record_topic(&after.records[0]), "other"));
    CAISSON_CHECK(caisson_text_is(caisson_record_key(&after.records[0])->as.text, "k"));
}

static void batches_that_are_cut_off_are_refused(void) {
    caisson_value value = caisson_map();
    caisson_set(&value, "a", caisson_int64(1));
    caisson_record *record = record_of(value, NULL);
    caisson_bytes data = batch_of(&record, 1);
    for (size_t length = 0; length < data.len; length++) {
        caisson_batch batch;
        error = (caisson_error){0};
        CAISSON_CHECK(!caisson_batch_read(&batch, (caisson_bytes){data.ptr, length}, &error));
        CAISSON_CHECK(error.kind == CAISSON_DATA_ERROR && strstr(error.message.ptr, "malformed batch: ") != NULL);
    }
    static uint8_t deep[100000];
    memset(deep, 0x81, sizeof deep);
    memcpy(deep, "\x82\x80", 2);
    caisson_batch batch;
    CAISSON_CHECK(!caisson_batch_read(&batch, (caisson_bytes){deep, sizeof deep}, &error));
}

int main(void) {
    CAISSON_TEST(schemaless_values_keep_their_type);
    CAISSON_TEST(digits_are_written_in_full);
    CAISSON_TEST(values_keep_their_schema);
    CAISSON_TEST(values_may_carry_schemas_into_another_batch);
    CAISSON_TEST(what_a_schema_forbids_is_refused_by_name);
    CAISSON_TEST(what_is_not_changed_passes_as_it_came);
    CAISSON_TEST(batches_that_are_cut_off_are_refused);
    return caisson_test_result();
}
