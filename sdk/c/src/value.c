/* Values: read when they are asked for, and written as the bytes they came as unless they were changed. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* ---- Making values ---- */

caisson_value caisson_null(void) { return (caisson_value){.type = CAISSON_NULL}; }
caisson_value caisson_boolean(bool value) { return (caisson_value){.type = CAISSON_BOOLEAN, .as.boolean = value}; }
caisson_value caisson_int8(int8_t value) { return (caisson_value){.type = CAISSON_INT8, .as.integer = value}; }
caisson_value caisson_int16(int16_t value) { return (caisson_value){.type = CAISSON_INT16, .as.integer = value}; }
caisson_value caisson_int32(int32_t value) { return (caisson_value){.type = CAISSON_INT32, .as.integer = value}; }
caisson_value caisson_int64(int64_t value) { return (caisson_value){.type = CAISSON_INT64, .as.integer = value}; }
caisson_value caisson_float32(float value) { return (caisson_value){.type = CAISSON_FLOAT32, .as.real = value}; }
caisson_value caisson_float64(double value) { return (caisson_value){.type = CAISSON_FLOAT64, .as.real = value}; }
caisson_value caisson_string(caisson_text value) { return (caisson_value){.type = CAISSON_STRING, .as.text = value}; }
caisson_value caisson_bytes_value(caisson_bytes value) { return (caisson_value){.type = CAISSON_BYTES, .as.bytes = value}; }
caisson_value caisson_date(int64_t millis) { return (caisson_value){.type = CAISSON_DATE, .as.integer = millis}; }

caisson_value caisson_decimal_value(int64_t unscaled, int32_t scale) {
    uint8_t *bytes = caisson_alloc(8);
    for (int i = 7; i >= 0; i--, unscaled >>= 8) bytes[i] = (uint8_t)unscaled;
    return (caisson_value){.type = CAISSON_DECIMAL, .as.decimal = {{bytes, 8}, scale}};
}

static caisson_value container_of(caisson_type type, const caisson_schema *schema, size_t count) {
    caisson_container *made = caisson_alloc(sizeof *made);
    *made = (caisson_container){.type = type, .schema = schema, .count = count, .capacity = count};
    made->entries = caisson_alloc(count * sizeof *made->entries);
    return (caisson_value){.type = type, .as.container = made};
}

static caisson_value new_container(caisson_type type, const caisson_schema *schema, size_t count) {
    caisson_value made = container_of(type, schema, count);
    made.as.container->reshaped = true;
    for (size_t i = 0; i < count; i++) {
        made.as.container->entries[i] =
            (caisson_entry){.decoded = true, .set = true, .key = caisson_null(), .value = caisson_null()};
    }
    return made;
}

caisson_value caisson_array(void) { return new_container(CAISSON_ARRAY, NULL, 0); }
caisson_value caisson_map(void) { return new_container(CAISSON_MAP, NULL, 0); }

caisson_value caisson_struct(const caisson_schema *schema) {
    if (schema->type != CAISSON_STRUCT) abort();
    caisson_value made = new_container(CAISSON_STRUCT, schema, schema->field_count);
    made.schema = schema;
    return made;
}

/* ---- Reading values ---- */

static caisson_value malformed(const char *what, size_t *next) {
    caisson_malformed(what);
    *next = CBOR_FAILED;
    return caisson_null();
}

/* An integer as a bignum has it, in two's complement. */
static caisson_bytes complement(cbor_span magnitude, bool negative) {
    uint8_t *made = caisson_alloc(magnitude.size + 1);
    if (negative) made[0] = 0xff;
    for (size_t i = 0; i < magnitude.size; i++) {
        made[i + 1] = negative ? (uint8_t)~magnitude.data[i] : magnitude.data[i];
    }
    return (caisson_bytes){made, magnitude.size + 1};
}

static caisson_bytes read_big(cbor_span in, size_t pos, size_t *next) {
    uint8_t major;
    uint64_t tag;
    size_t inner = cbor_head(in, pos, &major, &tag);
    if (major != CBOR_TAG) {
        int64_t number;
        *next = cbor_integer(in, pos, &number);
        return caisson_decimal_value(number, 0).as.decimal.unscaled;
    }
    cbor_span magnitude;
    *next = cbor_string(in, inner, CBOR_BYTES, &magnitude);
    return complement(magnitude, tag == CBOR_TAG_BIG_NEGATIVE);
}

static caisson_value read_decimal(cbor_span in, size_t pos, size_t *next) {
    size_t count;
    int64_t exponent;
    pos = cbor_count(in, pos, CBOR_ARRAY, &count);
    pos = cbor_integer(in, pos, &exponent);
    caisson_bytes unscaled = read_big(in, pos, next);
    return (caisson_value){.type = CAISSON_DECIMAL, .as.decimal = {unscaled, (int32_t)-exponent}};
}

static caisson_value read_typed(const caisson_batch *batch, size_t pos, size_t *next) {
    size_t count;
    int64_t index;
    pos = cbor_count(batch->data, pos, CBOR_ARRAY, &count);
    pos = cbor_integer(batch->data, pos, &index);
    if (pos == CBOR_FAILED || index < 0 || (uint64_t)index >= batch->schema_count) return malformed("no such schema", next);
    caisson_value value = caisson_value_read(batch, pos, batch->schemas[index], next);
    value.schema = batch->schemas[index];
    return value;
}

static caisson_value read_tagged(const caisson_batch *batch, size_t pos, const caisson_schema *schema, size_t *next) {
    uint8_t major;
    uint64_t tag;
    int64_t number;
    cbor_span span;
    size_t inner = cbor_head(batch->data, pos, &major, &tag), ignored;
    switch (tag) {
    case CBOR_TAG_EMBEDDED:
        *next = cbor_string(batch->data, inner, CBOR_BYTES, &span);
        if (*next == CBOR_FAILED) return caisson_null();
        return caisson_value_read(batch, *next - span.size, schema, &ignored);
    case CBOR_TAG_INT8:
        *next = cbor_integer(batch->data, inner, &number);
        return caisson_int8((int8_t)number);
    case CBOR_TAG_INT16:
        *next = cbor_integer(batch->data, inner, &number);
        return caisson_int16((int16_t)number);
    case CBOR_TAG_INT32:
        *next = cbor_integer(batch->data, inner, &number);
        return caisson_int32((int32_t)number);
    case CBOR_TAG_DATE:
        *next = cbor_integer(batch->data, inner, &number);
        return caisson_date(number);
    case CBOR_TAG_BIG_UNSIGNED:
    case CBOR_TAG_BIG_NEGATIVE:
        return (caisson_value){.type = CAISSON_BIG_INTEGER, .as.bytes = read_big(batch->data, pos, next)};
    case CBOR_TAG_DECIMAL:
        return read_decimal(batch->data, inner, next);
    case CBOR_TAG_TYPED:
        return read_typed(batch, inner, next);
    }
    return malformed("an unknown tag", next);
}

static caisson_value read_container(const caisson_batch *batch, size_t pos, const caisson_schema *schema, size_t *next) {
    bool is_map = batch->data.data[pos] >> 5 == CBOR_MAP;
    bool is_struct = !is_map && schema != NULL && schema->type == CAISSON_STRUCT;
    size_t count, at = cbor_count(batch->data, pos, is_map ? CBOR_MAP : CBOR_ARRAY, &count);
    if (at == CBOR_FAILED) return malformed("it is cut off", next);
    if (is_struct && count != schema->field_count) return malformed("a struct has not as many fields as its schema", next);
    caisson_value made = container_of(is_map ? CAISSON_MAP : is_struct ? CAISSON_STRUCT : CAISSON_ARRAY, schema, count);
    caisson_container *container = made.as.container;
    container->batch = batch;
    container->start = pos;
    for (size_t i = 0; i < count; i++) {
        caisson_entry *entry = &container->entries[i];
        entry->key_at = at;
        if (is_map) at = cbor_skip(batch->data, at);
        entry->value_at = at;
        entry->end = at = cbor_skip(batch->data, at);
        if (at == CBOR_FAILED) return malformed("it is cut off", next);
    }
    container->end = *next = at;
    if (is_struct) made.schema = schema;
    return made;
}

caisson_value caisson_value_read(const caisson_batch *batch, size_t pos, const caisson_schema *schema, size_t *next) {
    cbor_span in = batch->data, span;
    if (pos == CBOR_FAILED || pos >= in.size) return malformed("it is cut off", next);
    uint8_t first = in.data[pos];
    if (first == CBOR_NULL) {
        *next = pos + 1;
        return caisson_null();
    }
    if (first == CBOR_TRUE || first == CBOR_FALSE) {
        *next = pos + 1;
        return caisson_boolean(first == CBOR_TRUE);
    }
    switch (first >> 5) {
    case CBOR_UNSIGNED:
    case CBOR_NEGATIVE: {
        caisson_value value = caisson_int64(0);
        *next = cbor_integer(in, pos, &value.as.integer);
        if (schema != NULL && schema->type < CAISSON_INT64) value.type = schema->type;
        return value;
    }
    case CBOR_TEXT:
        *next = cbor_string(in, pos, CBOR_TEXT, &span);
        return caisson_string((caisson_text){(const char *)span.data, span.size});
    case CBOR_BYTES:
        *next = cbor_string(in, pos, CBOR_BYTES, &span);
        return caisson_bytes_value((caisson_bytes){span.data, span.size});
    case CBOR_ARRAY:
    case CBOR_MAP:
        return read_container(batch, pos, schema, next);
    case CBOR_TAG:
        return read_tagged(batch, pos, schema, next);
    }
    double number;
    bool narrow;
    *next = cbor_real(in, pos, &number, &narrow);
    return (caisson_value){.type = narrow ? CAISSON_FLOAT32 : CAISSON_FLOAT64, .as.real = number};
}

/* ---- Looking into values ---- */

static bool is_container(const caisson_value *value) {
    return value != NULL && (value->type == CAISSON_ARRAY || value->type == CAISSON_MAP || value->type == CAISSON_STRUCT);
}

static const caisson_schema *key_schema(const caisson_container *container) {
    return container->type == CAISSON_MAP && container->schema != NULL ? container->schema->first : NULL;
}

static const caisson_schema *item_schema(const caisson_container *container, size_t index) {
    if (container->schema == NULL) return NULL;
    switch (container->type) {
    case CAISSON_STRUCT:
        return container->schema->field_schemas[index];
    case CAISSON_MAP:
        return container->schema->second;
    default:
        return container->schema->first;
    }
}

static caisson_value *decoded(caisson_container *container, size_t index) {
    caisson_entry *entry = &container->entries[index];
    if (!entry->decoded) {
        size_t next;
        entry->value = caisson_value_read(container->batch, entry->value_at, item_schema(container, index), &next);
        entry->decoded = true;
    }
    return &entry->value;
}

size_t caisson_length(const caisson_value *value) { return is_container(value) ? value->as.container->count : 0; }

caisson_value *caisson_item(const caisson_value *value, size_t index) {
    return index < caisson_length(value) ? decoded(value->as.container, index) : NULL;
}

static caisson_value key_at(const caisson_container *container, size_t index) {
    const caisson_entry *entry = &container->entries[index];
    size_t next;
    if (container->type == CAISSON_STRUCT) return caisson_string(container->schema->field_names[index]);
    if (container->type == CAISSON_ARRAY) return caisson_null();
    return entry->end == 0 ? entry->key : caisson_value_read(container->batch, entry->key_at, key_schema(container), &next);
}

caisson_value caisson_key(const caisson_value *value, size_t index) {
    return index < caisson_length(value) ? key_at(value->as.container, index) : caisson_null();
}

/* The place of a text key or field, or the length. */
static size_t place_of(const caisson_container *container, const char *name) {
    size_t size = strlen(name);
    for (size_t i = 0; i < container->count; i++) {
        const caisson_entry *entry = &container->entries[i];
        caisson_text found = {NULL, 0};
        cbor_span span;
        if (container->type == CAISSON_STRUCT) {
            found = container->schema->field_names[i];
        } else if (entry->end == 0) {
            if (entry->key.type == CAISSON_STRING) found = entry->key.as.text;
        } else if (container->batch->data.data[entry->key_at] >> 5 == CBOR_TEXT &&
                   cbor_string(container->batch->data, entry->key_at, CBOR_TEXT, &span) != CBOR_FAILED) {
            found = (caisson_text){(const char *)span.data, span.size};
        }
        if (found.ptr != NULL && found.len == size && memcmp(found.ptr, name, size) == 0) return i;
    }
    return container->count;
}

static bool has_names(const caisson_value *value) {
    return is_container(value) && value->type != CAISSON_ARRAY;
}

caisson_value *caisson_get(const caisson_value *fields, const char *name) {
    if (!has_names(fields)) return NULL;
    caisson_container *container = fields->as.container;
    size_t place = place_of(container, name);
    if (place == container->count) return NULL;
    caisson_value *value = decoded(container, place);
    if (container->type != CAISSON_STRUCT || value->type != CAISSON_NULL) return value;
    caisson_value *fallback = caisson_alloc(sizeof *fallback);
    *fallback = caisson_schema_default(container->schema->field_schemas[place]);
    return fallback;
}

void caisson_replace(caisson_value *value, size_t index, caisson_value item) {
    if (index >= caisson_length(value)) return;
    caisson_entry *entry = &value->as.container->entries[index];
    entry->value = item;
    entry->decoded = entry->set = true;
}

void caisson_append(caisson_value *value, caisson_value key, caisson_value item) {
    if (!is_container(value) || value->type == CAISSON_STRUCT) return;
    caisson_container *container = value->as.container;
    if (container->count == container->capacity) {
        size_t capacity = container->capacity < 4 ? 8 : container->capacity * 2;
        caisson_entry *entries = caisson_alloc(capacity * sizeof *entries);
        if (container->count > 0) memcpy(entries, container->entries, container->count * sizeof *entries);
        container->entries = entries;
        container->capacity = capacity;
    }
    container->entries[container->count++] = (caisson_entry){.decoded = true, .set = true, .key = key, .value = item};
    container->reshaped = true;
}

bool caisson_set(caisson_value *fields, const char *name, caisson_value value) {
    if (!has_names(fields)) return false;
    size_t place = place_of(fields->as.container, name);
    if (place < fields->as.container->count) {
        caisson_replace(fields, place, value);
        return true;
    }
    if (fields->type == CAISSON_STRUCT) return false;
    caisson_append(fields, caisson_string(caisson_text_of(name)), value);
    return true;
}

static bool entry_changed(const caisson_entry *entry) {
    return entry->set || (entry->decoded && caisson_value_changed(&entry->value));
}

bool caisson_value_changed(const caisson_value *value) {
    if (!is_container(value)) return false;
    const caisson_container *container = value->as.container;
    bool changed = container->reshaped;
    for (size_t i = 0; i < container->count && !changed; i++) changed = entry_changed(&container->entries[i]);
    return changed;
}

/* ---- Digits ---- */

/* Takes the last decimal digit off a number. */
static int take_digit(uint8_t *magnitude, size_t size) {
    int rest = 0;
    for (size_t i = 0; i < size; i++) {
        int here = rest * 256 + magnitude[i];
        magnitude[i] = (uint8_t)(here / 10);
        rest = here % 10;
    }
    return rest;
}

static bool is_zero(const uint8_t *magnitude, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (magnitude[i] != 0) return false;
    }
    return true;
}

caisson_text caisson_digits(const caisson_value *value) {
    bool is_decimal = value->type == CAISSON_DECIMAL;
    caisson_bytes number = is_decimal ? value->as.decimal.unscaled : value->as.bytes;
    long scale = is_decimal ? value->as.decimal.scale : 0;
    bool negative = number.len > 0 && number.ptr[0] >= 0x80;
    uint8_t *magnitude = caisson_alloc(number.len + 1);
    int carry = negative;
    for (size_t i = number.len; i > 0; i--) {
        int here = (negative ? (uint8_t)~number.ptr[i - 1] : number.ptr[i - 1]) + carry;
        magnitude[i] = (uint8_t)here;
        carry = here >> 8;
    }
    magnitude[0] = (uint8_t)carry;
    size_t zeros = scale < 0 ? (size_t)-scale : 0, places = scale > 0 ? (size_t)scale : 0;
    size_t size = number.len * 3 + zeros + places + 8;
    char *end = (char *)caisson_alloc(size) + size, *at = end;
    for (size_t i = 0; i < zeros; i++) *--at = '0';
    for (size_t digits = 0; digits <= places || !is_zero(magnitude, number.len + 1); digits++) {
        if (places > 0 && digits == places) *--at = '.';
        *--at = (char)('0' + take_digit(magnitude, number.len + 1));
    }
    if (negative) *--at = '-';
    return (caisson_text){at, (size_t)(end - at)};
}

/* ---- Writing values ---- */

static const char *const type_names[] = {"INT8",   "INT16", "INT32", "INT64", "FLOAT32", "FLOAT64", "BOOLEAN", "STRING",
                                         "BYTES",  "ARRAY", "MAP",   "STRUCT", "NULL",   "DATE",    "DECIMAL", "BIG_INTEGER"};

static bool mismatch(const caisson_value *value, const caisson_schema *schema, const char *place, caisson_error *error) {
    return caisson_fail(error, CAISSON_DATA_ERROR, "Invalid object for schema%s%.*s%s with type %s: %s for %s",
                        schema->name.ptr ? " \"" : "", (int)schema->name.len, schema->name.ptr ? schema->name.ptr : "",
                        schema->name.ptr ? "\"" : "", type_names[schema->type], type_names[value->type], place);
}

static void write_tagged(cbor_buffer *out, uint64_t tag, int64_t number) {
    cbor_append_head(out, CBOR_TAG, tag);
    cbor_append_integer(out, number);
}

static void write_big(cbor_buffer *out, caisson_bytes number, bool small_is_plain) {
    bool negative = number.len > 0 && number.ptr[0] >= 0x80;
    size_t start = 0;
    while (start < number.len && number.ptr[start] == (negative ? 0xff : 0)) start++;
    size_t size = number.len - start;
    if (small_is_plain && (size < 8 || (size == 8 && (number.ptr[start] >= 0x80) == negative))) {
        uint64_t bits = negative ? UINT64_MAX : 0;
        for (size_t i = start; i < number.len; i++) bits = bits << 8 | number.ptr[i];
        cbor_append_integer(out, (int64_t)bits);
        return;
    }
    uint8_t *magnitude = caisson_alloc(size);
    for (size_t i = 0; i < size; i++) magnitude[i] = negative ? (uint8_t)~number.ptr[start + i] : number.ptr[start + i];
    cbor_append_head(out, CBOR_TAG, negative ? CBOR_TAG_BIG_NEGATIVE : CBOR_TAG_BIG_UNSIGNED);
    cbor_append_bytes(out, magnitude, size);
}

static bool write_decimal(cbor_buffer *out, const caisson_value *value, const caisson_schema *schema, const char *place,
                          caisson_error *error) {
    caisson_decimal decimal = value->as.decimal;
    if (schema != NULL && schema->has_scale && schema->scale != decimal.scale) {
        return caisson_fail(error, CAISSON_DATA_ERROR, "a decimal has scale %ld and the schema %ld for %s", (long)decimal.scale,
                            (long)schema->scale, place);
    }
    cbor_append_head(out, CBOR_TAG, CBOR_TAG_DECIMAL);
    cbor_append_head(out, CBOR_ARRAY, 2);
    cbor_append_integer(out, -(int64_t)decimal.scale);
    write_big(out, decimal.unscaled, true);
    return true;
}

static bool write_entries(caisson_writer *writer, const caisson_value *value, const caisson_schema *schema, caisson_error *error) {
    caisson_container *container = value->as.container;
    cbor_buffer *out = &writer->out;
    bool is_map = container->type == CAISSON_MAP;
    /* Bytes of another batch may name other schemas by the same number, and those under another schema are other bytes. */
    bool copies = container->batch != NULL && container->batch == writer->from && container->schema == schema;
    if (copies && !caisson_value_changed(value)) {
        cbor_append(out, container->batch->data.data + container->start, container->end - container->start);
        return true;
    }
    cbor_append_head(out, is_map ? CBOR_MAP : CBOR_ARRAY, container->count);
    for (size_t i = 0; i < container->count; i++) {
        caisson_entry *entry = &container->entries[i];
        bool came = copies && entry->end > 0, whole = came && !entry_changed(entry);
        if (came) {
            size_t end = whole ? entry->end : entry->value_at;
            cbor_append(out, container->batch->data.data + entry->key_at, end - entry->key_at);
            if (whole) continue;
        } else if (is_map) {
            caisson_value key = key_at(container, i);
            if (!caisson_value_write(writer, &key, schema == NULL ? NULL : schema->first, "key of map value", error)) return false;
        }
        const caisson_schema *under = NULL;
        const char *place = is_map ? "value of map value" : "element of array value";
        if (schema != NULL && container->type == CAISSON_STRUCT) {
            caisson_text name = schema->field_names[i];
            under = schema->field_schemas[i];
            place = caisson_format("field: \"%.*s\"", (int)name.len, name.ptr).ptr;
        } else if (schema != NULL) {
            under = is_map ? schema->second : schema->first;
        }
        if (!caisson_value_write(writer, decoded(container, i), under, place, error)) return false;
    }
    return true;
}

static bool write_typed(caisson_writer *writer, const caisson_value *value, caisson_error *error) {
    caisson_value inner = *value;
    inner.schema = NULL;
    cbor_append_head(&writer->out, CBOR_TAG, CBOR_TAG_TYPED);
    cbor_append_head(&writer->out, CBOR_ARRAY, 2);
    cbor_append_integer(&writer->out, (int64_t)caisson_writer_schema(writer, value->schema));
    return caisson_value_write(writer, &inner, value->schema, "value", error);
}

static bool write_free(caisson_writer *writer, const caisson_value *value, caisson_error *error) {
    cbor_buffer *out = &writer->out;
    switch (value->type) {
    case CAISSON_NULL:
        cbor_append_byte(out, CBOR_NULL);
        return true;
    case CAISSON_BOOLEAN:
        cbor_append_byte(out, value->as.boolean ? CBOR_TRUE : CBOR_FALSE);
        return true;
    case CAISSON_INT8:
        write_tagged(out, CBOR_TAG_INT8, value->as.integer);
        return true;
    case CAISSON_INT16:
        write_tagged(out, CBOR_TAG_INT16, value->as.integer);
        return true;
    case CAISSON_INT32:
        write_tagged(out, CBOR_TAG_INT32, value->as.integer);
        return true;
    case CAISSON_INT64:
        cbor_append_integer(out, value->as.integer);
        return true;
    case CAISSON_FLOAT32:
    case CAISSON_FLOAT64:
        cbor_append_real(out, value->as.real, value->type == CAISSON_FLOAT32);
        return true;
    case CAISSON_STRING:
        cbor_append_text(out, value->as.text.ptr, value->as.text.len);
        return true;
    case CAISSON_BYTES:
        cbor_append_bytes(out, value->as.bytes.ptr, value->as.bytes.len);
        return true;
    case CAISSON_DATE:
        write_tagged(out, CBOR_TAG_DATE, value->as.integer);
        return true;
    case CAISSON_BIG_INTEGER:
        write_big(out, value->as.bytes, false);
        return true;
    case CAISSON_DECIMAL:
        return write_decimal(out, value, NULL, "", error);
    case CAISSON_STRUCT: /* carries its schema, and is written as typed */
    case CAISSON_ARRAY:
    case CAISSON_MAP:
        return write_entries(writer, value, NULL, error);
    }
    return caisson_fail(error, CAISSON_DATA_ERROR, "%d is no type of value", (int)value->type);
}

static bool fits(const caisson_value *value, const caisson_schema *schema) {
    bool whole = value->type <= CAISSON_INT64, real = value->type == CAISSON_FLOAT32 || value->type == CAISSON_FLOAT64;
    bool is_date = schema->name.ptr != NULL && (schema->type == CAISSON_INT32 || schema->type == CAISSON_INT64) &&
                   (caisson_text_is(schema->name, "org.apache.kafka.connect.data.Date") ||
                    caisson_text_is(schema->name, "org.apache.kafka.connect.data.Time") ||
                    caisson_text_is(schema->name, "org.apache.kafka.connect.data.Timestamp"));
    if (is_date) return value->type == CAISSON_DATE;
    if (caisson_text_is(schema->name, "org.apache.kafka.connect.data.Decimal")) return value->type == CAISSON_DECIMAL;
    if (schema->type <= CAISSON_INT64) {
        int bits = 8 << schema->type;
        int64_t rest = bits == 64 ? 0 : value->as.integer >> (bits - 1);
        return whole && (rest == 0 || rest == -1);
    }
    if (schema->type <= CAISSON_FLOAT64) return real || whole;
    if (schema->type == CAISSON_STRUCT) return value->type == CAISSON_STRUCT && value->as.container->schema == schema;
    return value->type == schema->type;
}

bool caisson_value_write(caisson_writer *writer, const caisson_value *value, const caisson_schema *schema, const char *place,
                         caisson_error *error) {
    if (value->schema != NULL && value->schema != schema) return write_typed(writer, value, error);
    if (schema == NULL) return write_free(writer, value, error);
    if (value->type == CAISSON_NULL) {
        if (!schema->optional && !schema->has_default) {
            return caisson_fail(error, CAISSON_DATA_ERROR, "Invalid value: null used for required %s, schema type: %s", place,
                                type_names[schema->type]);
        }
        cbor_append_byte(&writer->out, CBOR_NULL);
        return true;
    }
    if (!fits(value, schema)) return mismatch(value, schema, place, error);
    if (value->type == CAISSON_DECIMAL) return write_decimal(&writer->out, value, schema, place, error);
    if (value->type <= CAISSON_INT64 && schema->type <= CAISSON_INT64) {
        cbor_append_integer(&writer->out, value->as.integer);
        return true;
    }
    if (schema->type == CAISSON_FLOAT32 || schema->type == CAISSON_FLOAT64) {
        double number = value->type <= CAISSON_INT64 ? (double)value->as.integer : value->as.real;
        cbor_append_real(&writer->out, number, schema->type == CAISSON_FLOAT32);
        return true;
    }
    return is_container(value) ? write_entries(writer, value, schema, error) : write_free(writer, value, error);
}
