/* Schemas: made of their encoding, and kept for good, so that equal ones are the same. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { TYPE, OPTIONAL, NAME, VERSION, DOC, PARAMETERS, DEFAULT, PARTS, MEMBERS };

#define BUCKETS 64

static const caisson_schema *table[BUCKETS];

static const caisson_schema **bucket_of(cbor_span encoded) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < encoded.size; i++) hash = (hash ^ encoded.data[i]) * 16777619u;
    return &table[hash % BUCKETS];
}

static void *kept(size_t size) {
    void *made = calloc(1, size == 0 ? 1 : size);
    if (made == NULL) abort();
    return made;
}

static caisson_text kept_text(cbor_span in, size_t pos) {
    cbor_span found;
    if (cbor_first(in, pos) == CBOR_NULL || cbor_string(in, pos, CBOR_TEXT, &found) == CBOR_FAILED) return (caisson_text){0};
    return (caisson_text){(const char *)found.data, found.size};
}

static void read_parameters(caisson_schema *made) {
    cbor_span in = made->members[PARAMETERS];
    size_t count;
    if (cbor_first(in, 0) == CBOR_NULL) return;
    size_t pos = cbor_count(in, 0, CBOR_MAP, &count);
    for (size_t i = 0; i < count && pos != CBOR_FAILED; i++) {
        cbor_span name, value;
        pos = cbor_string(in, pos, CBOR_TEXT, &name);
        pos = cbor_string(in, pos, CBOR_TEXT, &value);
        if (name.size == 5 && memcmp(name.data, "scale", 5) == 0 && value.size < 12) {
            char digits[12] = {0};
            memcpy(digits, value.data, value.size);
            made->scale = (int32_t)strtol(digits, NULL, 10);
            made->has_scale = true;
        }
    }
}

static const caisson_schema *read_part(cbor_span in, size_t *pos) {
    size_t next = cbor_skip(in, *pos);
    cbor_span part = cbor_between(in, *pos, next);
    *pos = next;
    return cbor_first(part, 0) == CBOR_NULL || next == CBOR_FAILED ? NULL : caisson_schema_read(part);
}

static bool read_fields(caisson_schema *made) {
    cbor_span in = made->members[PARTS];
    size_t pos = cbor_count(in, 0, CBOR_ARRAY, &made->field_count);
    made->field_names = kept(made->field_count * sizeof *made->field_names);
    made->field_schemas = kept(made->field_count * sizeof *made->field_schemas);
    for (size_t i = 0; i < made->field_count; i++) {
        size_t pair;
        pos = cbor_count(in, pos, CBOR_ARRAY, &pair);
        made->field_names[i] = kept_text(in, pos);
        pos = cbor_skip(in, pos);
        made->field_schemas[i] = read_part(in, &pos);
        if (pos == CBOR_FAILED || pair != 2 || made->field_schemas[i] == NULL) return false;
    }
    return pos != CBOR_FAILED;
}

static bool read_parts(caisson_schema *made) {
    if (made->type == CAISSON_STRUCT) return read_fields(made);
    cbor_span in = made->members[PARTS];
    if (cbor_first(in, 0) == CBOR_NULL) return true;
    size_t count;
    size_t pos = cbor_count(in, 0, CBOR_ARRAY, &count);
    if (count > 0) made->first = read_part(in, &pos);
    if (count > 1) made->second = read_part(in, &pos);
    return pos != CBOR_FAILED;
}

static bool read_members(caisson_schema *made) {
    cbor_span in = {made->encoded.ptr, made->encoded.len};
    size_t count;
    size_t pos = cbor_count(in, 0, CBOR_ARRAY, &count);
    if (pos == CBOR_FAILED || count != MEMBERS) return false;
    for (size_t i = 0; i < MEMBERS; i++) {
        size_t next = cbor_skip(in, pos);
        made->members[i] = cbor_between(in, pos, next);
        pos = next;
    }
    int64_t type;
    if (pos == CBOR_FAILED || cbor_integer(made->members[TYPE], 0, &type) == CBOR_FAILED) return false;
    if (type < CAISSON_INT8 || type > CAISSON_STRUCT) return false;
    made->type = (caisson_type)type;
    made->optional = cbor_first(made->members[OPTIONAL], 0) == CBOR_TRUE;
    made->name = kept_text(made->members[NAME], 0);
    made->has_default = cbor_first(made->members[DEFAULT], 0) != CBOR_NULL;
    read_parameters(made);
    return read_parts(made);
}

const caisson_schema *caisson_schema_read(cbor_span encoded) {
    const caisson_schema **bucket = bucket_of(encoded);
    for (const caisson_schema *known = *bucket; known != NULL; known = known->next) {
        if (known->encoded.len == encoded.size && memcmp(known->encoded.ptr, encoded.data, encoded.size) == 0) return known;
    }
    caisson_schema *made = kept(sizeof *made);
    uint8_t *copy = kept(encoded.size);
    memcpy(copy, encoded.data, encoded.size);
    made->encoded = (caisson_bytes){copy, encoded.size};
    if (!read_members(made)) {
        /* What was kept of its parts stays: a plugin that is given such a batch is ended soon. */
        caisson_malformed("a schema is expected");
        free(copy);
        free(made);
        return NULL;
    }
    made->next = *bucket;
    *bucket = made;
    return made;
}

static const caisson_schema *interned(const cbor_buffer *encoded) {
    const caisson_schema *made = caisson_schema_read((cbor_span){encoded->data, encoded->size});
    if (made == NULL) abort();
    return made;
}

/* A schema with some members and the others null. */
static const caisson_schema *plain(caisson_type type, const char *name, const cbor_buffer *parts) {
    cbor_buffer out = {0};
    cbor_append_head(&out, CBOR_ARRAY, MEMBERS);
    cbor_append_integer(&out, type);
    cbor_append_byte(&out, CBOR_FALSE);
    if (name != NULL) {
        cbor_append_text(&out, name, strlen(name));
    } else {
        cbor_append_byte(&out, CBOR_NULL);
    }
    for (int i = VERSION; i < PARTS; i++) cbor_append_byte(&out, CBOR_NULL);
    if (parts != NULL) {
        cbor_append(&out, parts->data, parts->size);
    } else {
        cbor_append_byte(&out, CBOR_NULL);
    }
    return interned(&out);
}

/* The same with one member changed. */
static const caisson_schema *changed(const caisson_schema *schema, int member, const cbor_buffer *to) {
    cbor_buffer out = {0};
    cbor_append_head(&out, CBOR_ARRAY, MEMBERS);
    for (int i = 0; i < MEMBERS; i++) {
        if (i == member) {
            cbor_append(&out, to->data, to->size);
        } else {
            cbor_append(&out, schema->members[i].data, schema->members[i].size);
        }
    }
    return interned(&out);
}

const caisson_schema *caisson_schema_of(caisson_type type) {
    if (type > CAISSON_BYTES) abort();
    return plain(type, NULL, NULL);
}

const caisson_schema *caisson_schema_optional(const caisson_schema *schema) {
    cbor_buffer yes = {0};
    cbor_append_byte(&yes, CBOR_TRUE);
    return changed(schema, OPTIONAL, &yes);
}

const caisson_schema *caisson_schema_named(const caisson_schema *schema, const char *name, int32_t version) {
    cbor_buffer named = {0}, versioned = {0};
    cbor_append_text(&named, name, strlen(name));
    cbor_append_integer(&versioned, version);
    return changed(changed(schema, NAME, &named), VERSION, &versioned);
}

static void append_schema(cbor_buffer *out, const caisson_schema *schema) {
    if (schema == NULL) {
        cbor_append_byte(out, CBOR_NULL);
    } else {
        cbor_append(out, schema->encoded.ptr, schema->encoded.len);
    }
}

const caisson_schema *caisson_schema_array(const caisson_schema *items) {
    cbor_buffer parts = {0};
    cbor_append_head(&parts, CBOR_ARRAY, 1);
    append_schema(&parts, items);
    return plain(CAISSON_ARRAY, NULL, &parts);
}

const caisson_schema *caisson_schema_map(const caisson_schema *keys, const caisson_schema *values) {
    cbor_buffer parts = {0};
    cbor_append_head(&parts, CBOR_ARRAY, 2);
    append_schema(&parts, keys);
    append_schema(&parts, values);
    return plain(CAISSON_MAP, NULL, &parts);
}

const caisson_schema *caisson_schema_struct(const char *name, const caisson_field *fields, size_t count) {
    cbor_buffer parts = {0};
    cbor_append_head(&parts, CBOR_ARRAY, count);
    for (size_t i = 0; i < count; i++) {
        cbor_append_head(&parts, CBOR_ARRAY, 2);
        cbor_append_text(&parts, fields[i].name, strlen(fields[i].name));
        append_schema(&parts, fields[i].schema);
    }
    return plain(CAISSON_STRUCT, name, &parts);
}

const caisson_schema *caisson_schema_decimal(int32_t scale) {
    const caisson_schema *named =
        caisson_schema_named(caisson_schema_of(CAISSON_BYTES), "org.apache.kafka.connect.data.Decimal", 1);
    caisson_text digits = caisson_format("%ld", (long)scale);
    cbor_buffer parameters = {0};
    cbor_append_head(&parameters, CBOR_MAP, 1);
    cbor_append_text(&parameters, "scale", 5);
    cbor_append_text(&parameters, digits.ptr, digits.len);
    return changed(named, PARAMETERS, &parameters);
}

const caisson_schema *caisson_schema_date(void) {
    return caisson_schema_named(caisson_schema_of(CAISSON_INT32), "org.apache.kafka.connect.data.Date", 1);
}

const caisson_schema *caisson_schema_time(void) {
    return caisson_schema_named(caisson_schema_of(CAISSON_INT32), "org.apache.kafka.connect.data.Time", 1);
}

const caisson_schema *caisson_schema_timestamp(void) {
    return caisson_schema_named(caisson_schema_of(CAISSON_INT64), "org.apache.kafka.connect.data.Timestamp", 1);
}

caisson_type caisson_schema_type(const caisson_schema *schema) { return schema->type; }
bool caisson_schema_is_optional(const caisson_schema *schema) { return schema->optional; }
caisson_text caisson_schema_name(const caisson_schema *schema) { return schema->name; }
size_t caisson_schema_field_count(const caisson_schema *schema) { return schema->field_count; }
caisson_text caisson_schema_field_name(const caisson_schema *schema, size_t index) { return schema->field_names[index]; }
const caisson_schema *caisson_schema_field_schema(const caisson_schema *schema, size_t index) {
    return schema->field_schemas[index];
}

caisson_value caisson_schema_default(const caisson_schema *schema) {
    if (!schema->has_default) return caisson_null();
    caisson_batch *alone = caisson_alloc(sizeof *alone);
    alone->data = schema->members[DEFAULT];
    size_t next;
    return caisson_value_read(alone, 1, schema, &next);
}
