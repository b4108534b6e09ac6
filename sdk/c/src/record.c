/* Records and batches: what was not changed crosses as the bytes it came as. */
#include <string.h>

#include "internal.h"

/* ---- Reading ---- */

static size_t locate(caisson_batch *batch, caisson_record *record, size_t pos) {
    size_t members;
    int64_t id;
    size_t at = cbor_count(batch->data, pos, CBOR_ARRAY, &members);
    if (at != CBOR_FAILED && members != 7 && members != 8) {
        caisson_malformed("a record has 7 or 8 members");
        return CBOR_FAILED;
    }
    record->batch = batch;
    record->start = pos;
    record->topic_at = cbor_integer(batch->data, at, &id);
    record->id = (uint32_t)id;
    record->partition_at = cbor_skip(batch->data, record->topic_at);
    record->timestamp_at = cbor_skip(batch->data, record->partition_at);
    record->key_at = cbor_skip(batch->data, record->timestamp_at);
    record->value_at = cbor_skip(batch->data, record->key_at);
    record->headers_at = cbor_skip(batch->data, record->value_at);
    record->coordinates_at = cbor_skip(batch->data, record->headers_at);
    record->end = members == 8 ? cbor_skip(batch->data, record->coordinates_at) : record->coordinates_at;
    return record->end;
}

static bool batch_read(caisson_batch *batch) {
    size_t members;
    size_t pos = cbor_count(batch->data, 0, CBOR_ARRAY, &members);
    if (pos == CBOR_FAILED || members < 2 || members > 3) return false;
    pos = cbor_count(batch->data, pos, CBOR_ARRAY, &batch->schema_count);
    if (pos == CBOR_FAILED) return false;
    size_t schemas_at = pos;
    batch->schemas = caisson_alloc(batch->schema_count * sizeof *batch->schemas);
    for (size_t i = 0; i < batch->schema_count; i++) {
        size_t next = cbor_skip(batch->data, pos);
        if (next == CBOR_FAILED) return false;
        batch->schemas[i] = caisson_schema_read(cbor_between(batch->data, pos, next));
        if (batch->schemas[i] == NULL) return false;
        pos = next;
    }
    batch->schema_bytes = cbor_between(batch->data, schemas_at, pos);
    pos = cbor_count(batch->data, pos, CBOR_ARRAY, &batch->record_count);
    if (pos == CBOR_FAILED) return false;
    batch->records = caisson_alloc(batch->record_count * sizeof *batch->records);
    for (size_t i = 0; i < batch->record_count; i++) {
        pos = locate(batch, &batch->records[i], pos);
        if (pos == CBOR_FAILED) return false;
    }
    size_t sources_at = pos;
    if (members == 3) pos = cbor_skip(batch->data, pos);
    batch->sources = cbor_between(batch->data, sources_at, pos);
    return pos == batch->data.size;
}

bool caisson_batch_read(caisson_batch *batch, caisson_bytes data, caisson_error *error) {
    *batch = (caisson_batch){.data = {data.ptr, data.len}};
    if (!batch_read(batch)) caisson_malformed("it breaks the grammar");
    return caisson_settle(true, error);
}

static const caisson_schema *schema_at(const caisson_batch *batch, size_t pos) {
    int64_t index;
    if (cbor_first(batch->data, pos) == CBOR_NULL) return NULL;
    if (cbor_integer(batch->data, pos, &index) == CBOR_FAILED || index < 0 || (uint64_t)index >= batch->schema_count) {
        caisson_malformed("no such schema");
        return NULL;
    }
    return batch->schemas[index];
}

static const caisson_schema *datum_schema(const caisson_batch *batch, size_t pos) {
    size_t count;
    return schema_at(batch, cbor_count(batch->data, pos, CBOR_ARRAY, &count));
}

static caisson_value datum_value(const caisson_batch *batch, size_t pos, const caisson_schema *schema) {
    size_t count, next;
    size_t at = cbor_skip(batch->data, cbor_count(batch->data, pos, CBOR_ARRAY, &count));
    return caisson_value_read(batch, at, schema, &next);
}

caisson_record *caisson_record_new(caisson_text topic) {
    caisson_record *made = caisson_alloc(sizeof *made);
    *made = (caisson_record){.topic = topic, .key = caisson_null(), .value = caisson_null()};
    made->place_read = made->key_read = made->value_read = made->headers_read = true;
    return made;
}

static void read_place(caisson_record *record) {
    if (record->place_read) return;
    cbor_span in = record->batch->data, topic;
    int64_t number;
    record->place_read = true;
    cbor_string(in, record->topic_at, CBOR_TEXT, &topic);
    record->topic = (caisson_text){(const char *)topic.data, topic.size};
    record->has_partition = cbor_first(in, record->partition_at) != CBOR_NULL;
    if (record->has_partition) cbor_integer(in, record->partition_at, &number), record->partition = (int32_t)number;
    record->has_timestamp = cbor_first(in, record->timestamp_at) != CBOR_NULL;
    if (record->has_timestamp) cbor_integer(in, record->timestamp_at, &record->timestamp);
}

caisson_text caisson_record_topic(caisson_record *record) {
    read_place(record);
    return record->topic;
}

void caisson_record_set_topic(caisson_record *record, caisson_text topic) {
    read_place(record);
    record->topic = topic;
    record->place_set = true;
}

bool caisson_record_partition(caisson_record *record, int32_t *partition) {
    read_place(record);
    *partition = record->partition;
    return record->has_partition;
}

void caisson_record_set_partition(caisson_record *record, const int32_t *partition) {
    read_place(record);
    record->has_partition = partition != NULL;
    record->partition = partition == NULL ? 0 : *partition;
    record->place_set = true;
}

bool caisson_record_timestamp(caisson_record *record, int64_t *milliseconds) {
    read_place(record);
    *milliseconds = record->timestamp;
    return record->has_timestamp;
}

void caisson_record_set_timestamp(caisson_record *record, const int64_t *milliseconds) {
    read_place(record);
    record->has_timestamp = milliseconds != NULL;
    record->timestamp = milliseconds == NULL ? 0 : *milliseconds;
    record->place_set = true;
}

const caisson_schema *caisson_record_key_schema(caisson_record *record) {
    return record->key_read ? record->key_schema : datum_schema(record->batch, record->key_at);
}

caisson_value *caisson_record_key(caisson_record *record) {
    if (!record->key_read) {
        record->key_schema = datum_schema(record->batch, record->key_at);
        record->key = datum_value(record->batch, record->key_at, record->key_schema);
        record->key_read = true;
    }
    return &record->key;
}

const caisson_schema *caisson_record_value_schema(caisson_record *record) {
    return record->value_read ? record->value_schema : datum_schema(record->batch, record->value_at);
}

caisson_value *caisson_record_value(caisson_record *record) {
    if (!record->value_read) {
        record->value_schema = datum_schema(record->batch, record->value_at);
        record->value = datum_value(record->batch, record->value_at, record->value_schema);
        record->value_read = true;
    }
    return &record->value;
}

/* A struct brings its schema. */
static const caisson_schema *schema_for(const caisson_value *value, const caisson_schema *schema) {
    return schema == NULL && value->type == CAISSON_STRUCT ? value->schema : schema;
}

void caisson_record_set_key(caisson_record *record, caisson_value key, const caisson_schema *schema) {
    record->key = key;
    record->key_schema = schema_for(&key, schema);
    record->key_read = record->key_set = true;
}

void caisson_record_set_value(caisson_record *record, caisson_value value, const caisson_schema *schema) {
    record->value = value;
    record->value_schema = schema_for(&value, schema);
    record->value_read = record->value_set = true;
}

static void read_headers(caisson_record *record) {
    if (record->headers_read) return;
    const caisson_batch *batch = record->batch;
    size_t count, pair;
    size_t pos = cbor_count(batch->data, record->headers_at, CBOR_ARRAY, &count);
    record->headers = caisson_alloc(count * sizeof *record->headers);
    record->header_count = count;
    record->headers_read = true;
    for (size_t i = 0; i < count; i++) {
        caisson_header *header = &record->headers[i];
        cbor_span name;
        pos = cbor_string(batch->data, cbor_count(batch->data, pos, CBOR_ARRAY, &pair), CBOR_TEXT, &name);
        header->name = (caisson_text){(const char *)name.data, name.size};
        header->schema = pos == CBOR_FAILED ? NULL : schema_at(batch, pos);
        header->value = caisson_value_read(batch, cbor_skip(batch->data, pos), header->schema, &pos);
    }
}

size_t caisson_record_header_count(caisson_record *record) {
    read_headers(record);
    return record->header_count;
}

caisson_text caisson_record_header_name(caisson_record *record, size_t index) {
    return index < caisson_record_header_count(record) ? record->headers[index].name : (caisson_text){0};
}

caisson_value *caisson_record_header_value(caisson_record *record, size_t index) {
    return index < caisson_record_header_count(record) ? &record->headers[index].value : NULL;
}

const caisson_schema *caisson_record_header_schema(caisson_record *record, size_t index) {
    return index < caisson_record_header_count(record) ? record->headers[index].schema : NULL;
}

void caisson_record_add_header(caisson_record *record, caisson_text name, caisson_value value, const caisson_schema *schema) {
    size_t count = caisson_record_header_count(record);
    caisson_header *headers = caisson_alloc((count + 1) * sizeof *headers);
    if (count > 0) memcpy(headers, record->headers, count * sizeof *headers);
    headers[count] = (caisson_header){name, schema_for(&value, schema), value};
    record->headers = headers;
    record->header_count = count + 1;
    record->headers_set = true;
}

void caisson_record_set_header(caisson_record *record, size_t index, caisson_value value, const caisson_schema *schema) {
    if (index >= caisson_record_header_count(record)) return;
    record->headers[index].value = value;
    record->headers[index].schema = schema_for(&value, schema);
    record->headers_set = true;
}

bool caisson_record_source(caisson_record *record, caisson_topic_partition_offset *source) {
    *source = (caisson_topic_partition_offset){0};
    if (record->batch == NULL || record->coordinates_at == record->end) return false;
    const caisson_batch *batch = record->batch;
    size_t members, count, pair;
    int64_t index, partition;
    size_t pos = cbor_count(batch->data, record->coordinates_at, CBOR_ARRAY, &members);
    pos = cbor_integer(batch->data, pos, &index);
    cbor_integer(batch->data, pos, &source->offset);
    pos = cbor_count(batch->sources, 0, CBOR_ARRAY, &count);
    if (index < 0 || (uint64_t)index >= count) {
        caisson_malformed("no such source");
        return false;
    }
    for (int64_t i = 0; i < index; i++) pos = cbor_skip(batch->sources, pos);
    cbor_span topic;
    pos = cbor_string(batch->sources, cbor_count(batch->sources, pos, CBOR_ARRAY, &pair), CBOR_TEXT, &topic);
    source->topic = (caisson_text){(const char *)topic.data, topic.size};
    bool found = cbor_integer(batch->sources, pos, &partition) != CBOR_FAILED;
    source->partition = (int32_t)partition;
    return found;
}

/* ---- Writing ---- */

void caisson_writer_start(caisson_writer *writer, const caisson_batch *from) {
    *writer = (caisson_writer){.from = from};
    if (from != NULL) {
        writer->schemas = from->schemas;
        writer->schema_count = writer->schema_capacity = from->schema_count;
        writer->out.capacity = from->data.size + from->data.size / 8 + 64;
        writer->out.data = caisson_alloc(writer->out.capacity);
    }
}

size_t caisson_writer_schema(caisson_writer *writer, const caisson_schema *schema) {
    for (size_t i = 0; i < writer->schema_count; i++) {
        if (writer->schemas[i] == schema) return i;
    }
    if (writer->schema_count == writer->schema_capacity) {
        size_t capacity = writer->schema_capacity * 2 + 4;
        const caisson_schema **schemas = caisson_alloc(capacity * sizeof *schemas);
        if (writer->schema_count > 0) memcpy(schemas, writer->schemas, writer->schema_count * sizeof *schemas);
        writer->schemas = schemas;
        writer->schema_capacity = capacity;
    }
    writer->schemas[writer->schema_count] = schema;
    return writer->schema_count++;
}

static void copy(caisson_writer *writer, const caisson_record *record, size_t start, size_t end) {
    cbor_append(&writer->out, record->batch->data.data + start, end - start);
}

static bool write_with_schema(caisson_writer *writer, const caisson_value *value, const caisson_schema *schema, const char *place,
                              caisson_error *error) {
    if (schema == NULL) {
        cbor_append_byte(&writer->out, CBOR_NULL);
    } else {
        cbor_append_integer(&writer->out, (int64_t)caisson_writer_schema(writer, schema));
    }
    size_t start = writer->out.size;
    if (!caisson_value_write(writer, value, schema, place, error)) return false;
    uint8_t major = writer->out.data[start] >> 5;
    if (major == CBOR_ARRAY || major == CBOR_MAP) cbor_embed(&writer->out, start);
    return true;
}

static bool write_datum(caisson_writer *writer, const caisson_value *value, const caisson_schema *schema, caisson_error *error) {
    cbor_append_head(&writer->out, CBOR_ARRAY, 2);
    return write_with_schema(writer, value, schema, "value", error);
}

static void write_place(caisson_writer *writer, caisson_record *record) {
    read_place(record);
    cbor_append_text(&writer->out, record->topic.ptr, record->topic.len);
    if (record->has_partition) {
        cbor_append_integer(&writer->out, record->partition);
    } else {
        cbor_append_byte(&writer->out, CBOR_NULL);
    }
    if (record->has_timestamp) {
        cbor_append_integer(&writer->out, record->timestamp);
    } else {
        cbor_append_byte(&writer->out, CBOR_NULL);
    }
}

static bool write_headers(caisson_writer *writer, caisson_record *record, caisson_error *error) {
    cbor_append_head(&writer->out, CBOR_ARRAY, record->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        const caisson_header *header = &record->headers[i];
        cbor_append_head(&writer->out, CBOR_ARRAY, 3);
        cbor_append_text(&writer->out, header->name.ptr, header->name.len);
        if (!write_with_schema(writer, &header->value, header->schema, "header", error)) return false;
    }
    return true;
}

static bool headers_changed(const caisson_record *record) {
    bool changed = record->headers_set;
    for (size_t i = 0; record->headers_read && i < record->header_count && !changed; i++) {
        changed = caisson_value_changed(&record->headers[i].value);
    }
    return changed;
}

/* A record of the batch: what was not changed as it came. */
static bool write_changed(caisson_writer *writer, caisson_record *record, caisson_error *error) {
    bool key = record->key_set || (record->key_read && caisson_value_changed(&record->key));
    bool value = record->value_set || (record->value_read && caisson_value_changed(&record->value));
    bool headers = headers_changed(record);
    if (!record->place_set && !key && !value && !headers) {
        copy(writer, record, record->start, record->end);
        return true;
    }
    copy(writer, record, record->start, record->place_set ? record->topic_at : record->key_at);
    if (record->place_set) write_place(writer, record);
    if (!key) {
        copy(writer, record, record->key_at, record->value_at);
    } else if (!write_datum(writer, &record->key, record->key_schema, error)) {
        return false;
    }
    if (!value) {
        copy(writer, record, record->value_at, record->headers_at);
    } else if (!write_datum(writer, &record->value, record->value_schema, error)) {
        return false;
    }
    if (!headers) {
        copy(writer, record, record->headers_at, record->coordinates_at);
    } else if (!write_headers(writer, record, error)) {
        return false;
    }
    copy(writer, record, record->coordinates_at, record->end);
    return true;
}

static bool write_new(caisson_writer *writer, caisson_record *record, const caisson_record *original, uint32_t id,
                      caisson_error *error) {
    bool has_coordinates = original != NULL && original->coordinates_at < original->end;
    cbor_append_head(&writer->out, CBOR_ARRAY, has_coordinates ? 8 : 7);
    cbor_append_integer(&writer->out, id);
    write_place(writer, record);
    caisson_value *key = caisson_record_key(record), *value = caisson_record_value(record);
    read_headers(record);
    if (!write_datum(writer, key, record->key_schema, error)) return false;
    if (!write_datum(writer, value, record->value_schema, error)) return false;
    if (!write_headers(writer, record, error)) return false;
    if (has_coordinates) copy(writer, original, original->coordinates_at, original->end);
    return true;
}

bool caisson_writer_add(caisson_writer *writer, caisson_record *record, const caisson_record *original, uint32_t id,
                        caisson_error *error) {
    size_t mark = writer->out.size;
    bool whole = record == original ? write_changed(writer, record, error)
                                    : write_new(writer, record, original, original == NULL ? id : original->id, error);
    if (!caisson_settle(whole, error)) {
        writer->out.size = mark;
        return false;
    }
    writer->record_count++;
    return true;
}

caisson_bytes caisson_writer_finish(caisson_writer *writer) {
    cbor_buffer out = {0};
    size_t came = writer->from == NULL ? 0 : writer->from->schema_count;
    bool has_sources = writer->from != NULL && writer->from->sources.size > 0;
    out.capacity = writer->out.size + 1024 + (writer->from == NULL ? 0 : writer->from->schema_bytes.size);
    out.data = caisson_alloc(out.capacity);
    cbor_append_head(&out, CBOR_ARRAY, has_sources ? 3 : 2);
    cbor_append_head(&out, CBOR_ARRAY, writer->schema_count);
    if (came > 0) cbor_append(&out, writer->from->schema_bytes.data, writer->from->schema_bytes.size);
    for (size_t i = came; i < writer->schema_count; i++) {
        cbor_append(&out, writer->schemas[i]->encoded.ptr, writer->schemas[i]->encoded.len);
    }
    cbor_append_head(&out, CBOR_ARRAY, writer->record_count);
    cbor_append(&out, writer->out.data, writer->out.size);
    if (has_sources) cbor_append(&out, writer->from->sources.data, writer->from->sources.size);
    return (caisson_bytes){out.data, out.size};
}
