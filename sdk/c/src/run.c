/* Plugins as the worker calls them: bytes in and out. What the component and unit tests both run. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

const char *caisson_kind(const caisson_plugin *plugin) {
    if (plugin->source != NULL) return "source";
    if (plugin->sink != NULL) return "sink";
    if (plugin->transformation != NULL) return "transformation";
    if (plugin->predicate != NULL) return "predicate";
    return plugin->converter != NULL ? "converter" : "header_converter";
}

static bool is_named(const caisson_plugin *plugin, caisson_text name) {
    if (caisson_text_is(name, plugin->class_name)) return true;
    for (const char *const *alias = plugin->aliases; alias != NULL && *alias != NULL; alias++) {
        if (caisson_text_is(name, *alias)) return true;
    }
    return false;
}

const caisson_plugin *caisson_find(const char *kind, caisson_text class_name, caisson_error *error) {
    caisson_text known = {"", 0};
    for (size_t i = 0; i < caisson_exported.plugin_count; i++) {
        const caisson_plugin *plugin = caisson_exported.plugins[i];
        if (strcmp(caisson_kind(plugin), kind) == 0 && is_named(plugin, class_name)) return plugin;
        known = caisson_format("%s%s%s (%s)", known.ptr, i == 0 ? "" : ", ", plugin->class_name, caisson_kind(plugin));
    }
    caisson_fail(error, CAISSON_CONFIG_ERROR, "this component has no %s %.*s; it has %s", kind, (int)class_name.len,
                 class_name.ptr, known.ptr);
    return NULL;
}

/* ---- Stages ---- */

caisson_gate *caisson_gate_open(const caisson_predicate_spec *spec, caisson_error *error) {
    const caisson_plugin *plugin = caisson_find("predicate", spec->class_name, error);
    if (plugin == NULL) return NULL;
    caisson_config config = {plugin, spec->settings, spec->count};
    caisson_gate *made = calloc(1, sizeof *made);
    if (made == NULL) abort();
    *made = (caisson_gate){.predicate = plugin->predicate, .negate = spec->negate};
    bool well = caisson_config_check(&config, error) && made->predicate->configure(&made->self, &config, error);
    if (caisson_settle(well, error)) return made;
    caisson_gate_close(made);
    return NULL;
}

void caisson_gate_close(caisson_gate *gate) {
    if (gate == NULL) return;
    if (gate->self != NULL && gate->predicate->destroy != NULL) gate->predicate->destroy(gate->self);
    free(gate);
}

static bool admits(caisson_gate *gate, caisson_record *record, bool *admitted, caisson_error *error) {
    bool meant = false;
    bool well = gate->predicate->test(gate->self, record, &meant, error);
    *admitted = meant != gate->negate;
    return caisson_settle(well, error);
}

bool caisson_gate_apply(caisson_gate *gate, caisson_bytes data, bool **admitted, size_t *count, caisson_error *error) {
    caisson_batch batch;
    if (!caisson_batch_read(&batch, data, error)) return false;
    *count = batch.record_count;
    *admitted = caisson_alloc(batch.record_count);
    for (size_t i = 0; i < batch.record_count; i++) {
        if (!admits(gate, &batch.records[i], &(*admitted)[i], error)) return false;
    }
    return true;
}

static bool open_action(caisson_stage *stage, const caisson_stage_spec *spec, caisson_error *error) {
    const char *kind = "transformation";
    stage->inward = caisson_text_is(spec->kind, "to-connect");
    if (!caisson_text_is(spec->kind, "transform")) {
        bool known = stage->inward || caisson_text_is(spec->kind, "from-connect");
        stage->role = spec->role.len > 0 ? spec->role.ptr[0] : 0;
        if (!known || stage->role == 0 || strchr("kvh", stage->role) == NULL) {
            return caisson_fail(error, CAISSON_CONFIG_ERROR, "no stage is of kind \"%.*s\" and role \"%.*s\"", (int)spec->kind.len,
                                spec->kind.ptr, (int)spec->role.len, spec->role.ptr);
        }
        kind = stage->role == 'h' ? "header_converter" : "converter";
    }
    const caisson_plugin *plugin = caisson_find(kind, spec->class_name, error);
    if (plugin == NULL) return false;
    caisson_config config = {plugin, spec->settings, spec->count};
    if (!caisson_config_check(&config, error)) return false;
    stage->transformation = plugin->transformation;
    stage->converter = stage->role == 'h' ? plugin->header_converter : plugin->converter;
    return plugin->transformation != NULL ? plugin->transformation->configure(&stage->self, &config, error)
                                          : stage->converter->configure(&stage->self, &config, stage->role == 'k', error);
}

caisson_chain *caisson_chain_open(const caisson_stage_spec *specs, size_t count, caisson_error *error, size_t *stage) {
    caisson_chain *made = calloc(1, sizeof *made + count * sizeof made->stages[0]);
    if (made == NULL) abort();
    made->count = count;
    for (*stage = 0; *stage < count; ++*stage) {
        bool well = open_action(&made->stages[*stage], &specs[*stage], error);
        if (well && specs[*stage].predicate != NULL) {
            made->stages[*stage].gate = caisson_gate_open(specs[*stage].predicate, error);
            well = made->stages[*stage].gate != NULL;
        }
        if (!caisson_settle(well, error)) {
            caisson_chain_close(made);
            return NULL;
        }
    }
    return made;
}

void caisson_chain_close(caisson_chain *chain) {
    for (size_t i = 0; i < chain->count; i++) {
        caisson_stage *stage = &chain->stages[i];
        caisson_gate_close(stage->gate);
        if (stage->self == NULL) continue;
        void (*destroy)(void *) = stage->transformation != NULL ? stage->transformation->destroy : stage->converter->destroy;
        if (destroy != NULL) destroy(stage->self);
    }
    free(chain);
}

static const char *const role_names[] = {"the value", "the key", "a header"};

/* Converts one value, to bytes or from them. */
static bool convert(const caisson_stage *stage, caisson_text topic, const char *what, caisson_value *value,
                    const caisson_schema **schema, caisson_error *error) {
    caisson_bytes data = {NULL, 0};
    if (!stage->inward) {
        bool well = stage->converter->from_connect(stage->self, topic, *schema, value, &data, error);
        *schema = NULL;
        *value = data.ptr == NULL ? caisson_null() : caisson_bytes_value(data);
        return caisson_settle(well, error);
    }
    if (value->type == CAISSON_BYTES) {
        data = value->as.bytes;
    } else if (value->type != CAISSON_NULL) {
        return caisson_fail(error, CAISSON_DATA_ERROR, "a converter reads bytes, and %s is none", what);
    }
    *schema = NULL;
    *value = caisson_null();
    return caisson_settle(stage->converter->to_connect(stage->self, topic, data, schema, value, error), error);
}

static bool convert_record(const caisson_stage *stage, caisson_record *record, caisson_error *error) {
    caisson_text topic = caisson_record_topic(record);
    const caisson_schema *schema;
    if (stage->role == 'h') {
        for (size_t i = 0; i < caisson_record_header_count(record); i++) {
            caisson_value value = *caisson_record_header_value(record, i);
            schema = caisson_record_header_schema(record, i);
            if (!convert(stage, topic, role_names[2], &value, &schema, error)) return false;
            caisson_record_set_header(record, i, value, schema);
        }
        return true;
    }
    bool is_key = stage->role == 'k';
    caisson_value value = is_key ? *caisson_record_key(record) : *caisson_record_value(record);
    schema = is_key ? caisson_record_key_schema(record) : caisson_record_value_schema(record);
    if (!convert(stage, topic, role_names[is_key], &value, &schema, error)) return false;
    (is_key ? caisson_record_set_key : caisson_record_set_value)(record, value, schema);
    return true;
}

static caisson_verdict apply_stage(const caisson_stage *stage, caisson_record **record, caisson_error *error) {
    bool admitted = true;
    if (stage->gate != NULL && !admits(stage->gate, *record, &admitted, error)) return CAISSON_FAILED;
    if (!admitted) return CAISSON_KEEP;
    if (stage->transformation == NULL) return convert_record(stage, *record, error) ? CAISSON_KEEP : CAISSON_FAILED;
    caisson_verdict verdict = stage->transformation->apply(stage->self, record, error);
    return caisson_settle(verdict != CAISSON_FAILED, error) ? verdict : CAISSON_FAILED;
}

bool caisson_chain_apply(caisson_chain *chain, caisson_bytes data, caisson_outcome *outcome, caisson_error *error) {
    caisson_batch *batch = caisson_alloc(sizeof *batch);
    caisson_writer writer;
    if (!caisson_batch_read(batch, data, error)) return false;
    caisson_writer_start(&writer, batch);
    *outcome = (caisson_outcome){0};
    outcome->dropped = caisson_alloc(batch->record_count * sizeof *outcome->dropped);
    outcome->failed = caisson_alloc(batch->record_count * sizeof *outcome->failed);
    for (size_t i = 0; i < batch->record_count; i++) {
        caisson_record *record = &batch->records[i], *now = record;
        caisson_verdict verdict = CAISSON_KEEP;
        caisson_error failed = {0};
        size_t stage = 0;
        for (size_t next = 0; next < chain->count && verdict == CAISSON_KEEP; next++) {
            stage = next;
            verdict = apply_stage(&chain->stages[stage], &now, &failed);
        }
        if (verdict == CAISSON_KEEP && !caisson_writer_add(&writer, now, record, record->id, &failed)) verdict = CAISSON_FAILED;
        if (verdict == CAISSON_DROP) outcome->dropped[outcome->dropped_count++] = record->id;
        if (verdict == CAISSON_FAILED) {
            outcome->failed[outcome->failed_count++] = (caisson_failure){record->id, (uint32_t)stage, failed};
        }
    }
    outcome->batch = caisson_writer_finish(&writer);
    return true;
}

/* ---- Connectors and tasks ---- */

static bool write_offset_map(cbor_buffer *out, const caisson_value *offsets, caisson_error *error) {
    if (offsets == NULL || offsets->type == CAISSON_NULL) {
        cbor_append_byte(out, CBOR_NULL);
        return true;
    }
    if (offsets->type != CAISSON_MAP) {
        return caisson_fail(error, CAISSON_DATA_ERROR, "a source partition or offset is a map of names to plain values");
    }
    for (size_t i = 0; i < caisson_length(offsets); i++) {
        caisson_type type = caisson_item(offsets, i)->type;
        if (caisson_key(offsets, i).type != CAISSON_STRING || type == CAISSON_ARRAY || type == CAISSON_MAP || type == CAISSON_STRUCT) {
            return caisson_fail(error, CAISSON_DATA_ERROR, "a source partition or offset is a map of names to plain values");
        }
    }
    caisson_writer writer = {.out = *out};
    bool well = caisson_value_write(&writer, offsets, NULL, "offset", error);
    *out = writer.out;
    return well;
}

bool caisson_stored_offset(const caisson_value *source_partition, caisson_value *offset, caisson_error *error) {
    cbor_buffer partitions = {0};
    caisson_bytes found;
    *offset = caisson_null();
    cbor_append_head(&partitions, CBOR_ARRAY, 1);
    if (!write_offset_map(&partitions, source_partition, error)) return false;
    if (!caisson_host_offsets((caisson_bytes){partitions.data, partitions.size}, &found, error)) return false;
    caisson_batch *alone = caisson_alloc(sizeof *alone);
    alone->data = (cbor_span){found.ptr, found.len};
    size_t count, next, at = cbor_count(alone->data, 0, CBOR_ARRAY, &count);
    if (at != CBOR_FAILED && count == 1) *offset = caisson_value_read(alone, at, NULL, &next);
    return caisson_settle(true, error);
}

#define DEFAULT_WAIT_MS 500

void caisson_poll_start(caisson_poll *poll) {
    *poll = (caisson_poll){.wait_ms = DEFAULT_WAIT_MS};
    caisson_writer_start(&poll->writer, NULL);
}

/* The number of a source partition. */
static size_t partition_number(caisson_poll *poll, cbor_span encoded) {
    for (size_t i = 0; i < poll->partition_count; i++) {
        if (poll->known[i].size == encoded.size && memcmp(poll->known[i].data, encoded.data, encoded.size) == 0) return i;
    }
    if (poll->partition_count == poll->wanted_capacity) {
        poll->wanted_capacity = poll->wanted_capacity * 2 + 4;
        cbor_span *known = caisson_alloc(poll->wanted_capacity * sizeof *known);
        if (poll->partition_count > 0) memcpy(known, poll->known, poll->partition_count * sizeof *known);
        poll->known = known;
    }
    poll->known[poll->partition_count] = encoded;
    cbor_append(&poll->partitions, encoded.data, encoded.size);
    return poll->partition_count++;
}

bool caisson_poll_add(caisson_poll *poll, caisson_record *record, const caisson_value *source_partition,
                      const caisson_value *source_offset, caisson_error *error) {
    cbor_buffer partition = {0}, offset = {0};
    if (!write_offset_map(&partition, source_partition, error) || !write_offset_map(&offset, source_offset, error)) return false;
    if (!caisson_writer_add(&poll->writer, record, NULL, (uint32_t)poll->writer.record_count, error)) return false;
    size_t number = partition_number(poll, (cbor_span){partition.data, partition.size});
    cbor_append_head(&poll->positions, CBOR_ARRAY, 2);
    cbor_append_integer(&poll->positions, (int64_t)number);
    cbor_append(&poll->positions, offset.data, offset.size);
    return true;
}

void caisson_poll_wait(caisson_poll *poll, uint32_t milliseconds) { poll->wait_ms = milliseconds; }

void caisson_poll_finish(caisson_poll *poll, caisson_bytes *batch, caisson_bytes *origins) {
    *batch = *origins = (caisson_bytes){NULL, 0};
    if (poll->writer.record_count == 0) return;
    cbor_buffer out = {0};
    cbor_append_head(&out, CBOR_ARRAY, 2);
    cbor_append_head(&out, CBOR_ARRAY, poll->partition_count);
    cbor_append(&out, poll->partitions.data, poll->partitions.size);
    cbor_append_head(&out, CBOR_ARRAY, poll->writer.record_count);
    cbor_append(&out, poll->positions.data, poll->positions.size);
    *origins = (caisson_bytes){out.data, out.size};
    *batch = caisson_writer_finish(&poll->writer);
    poll->wait_ms = 0;
}

bool caisson_task_configs_make(const caisson_config *config, size_t most, caisson_task_configs *configs, caisson_error *error) {
    *configs = (caisson_task_configs){.config = config, .most = most};
    configs->settings = caisson_alloc((most + 1) * sizeof *configs->settings);
    configs->sizes = caisson_alloc((most + 1) * sizeof *configs->sizes);
    if (config->plugin->task_configs == NULL) {
        caisson_task_configs_add(configs, NULL, NULL, 0);
        return true;
    }
    return caisson_settle(config->plugin->task_configs(config, configs, error), error);
}

size_t caisson_task_configs_most(const caisson_task_configs *configs) { return configs->most; }

void caisson_task_configs_add(caisson_task_configs *configs, const char *const *names, const char *const *values, size_t count) {
    if (configs->count == configs->most) {
        if (!caisson_pending.set) {
            caisson_fail(&caisson_pending, CAISSON_CONNECT_ERROR, "%s made more than the %zu task configurations asked for",
                         configs->config->plugin->class_name, configs->most);
        }
        return;
    }
    caisson_setting *made = caisson_alloc((configs->config->count + count) * sizeof *made);
    size_t size = 0;
    for (size_t i = 0; i < configs->config->count; i++) {
        bool replaced = false;
        for (size_t k = 0; k < count; k++) replaced |= caisson_text_is(configs->config->settings[i].name, names[k]);
        if (!replaced) made[size++] = configs->config->settings[i];
    }
    for (size_t k = 0; k < count; k++) made[size++] = (caisson_setting){caisson_text_of(names[k]), caisson_text_of(values[k])};
    configs->settings[configs->count] = made;
    configs->sizes[configs->count++] = size;
}

/* ---- What a worker asks without a plugin that runs ---- */

void caisson_findings_add(caisson_findings *findings, const char *key, const char *format, ...) {
    if (findings->count == findings->capacity) {
        findings->capacity = findings->capacity * 2 + 4;
        caisson_setting *found = caisson_alloc(findings->capacity * sizeof *found);
        if (findings->count > 0) memcpy(found, findings->found, findings->count * sizeof *found);
        findings->found = found;
    }
    va_list arguments;
    va_start(arguments, format);
    caisson_text message = caisson_formatted(format, arguments);
    va_end(arguments);
    findings->found[findings->count++] = (caisson_setting){caisson_text_of(key), message};
}

void caisson_validate(const caisson_config *config, caisson_findings *findings) {
    *findings = (caisson_findings){0};
    if (config->plugin->validate == NULL) return;
    config->plugin->validate(config, findings);
    caisson_error error = {0};
    /* A key that the definition does not have: no other place than a key's errors is left to say so. */
    if (!caisson_settle(true, &error) && config->plugin->key_count > 0) {
        caisson_findings_add(findings, config->plugin->keys[0].name, "%s", error.message.ptr);
    }
}

bool caisson_alter_offsets(const caisson_config *config, caisson_bytes changes, bool *accepted, caisson_error *error) {
    *accepted = false;
    if (config->plugin->alter_offsets == NULL) return true;
    if (!caisson_config_check(config, error)) return false;
    caisson_batch *alone = caisson_alloc(sizeof *alone);
    alone->data = (cbor_span){changes.ptr, changes.len};
    size_t count = 0, pair = 0, at = cbor_count(alone->data, 0, CBOR_ARRAY, &count);
    if (at == CBOR_FAILED) caisson_malformed("offsets are a list");
    caisson_offset_change *made = caisson_alloc((count + 1) * sizeof *made);
    for (size_t i = 0; i < count && !caisson_pending.set; i++) {
        at = cbor_count(alone->data, at, CBOR_ARRAY, &pair);
        if (at == CBOR_FAILED || pair != 2) {
            caisson_malformed("a change of an offset has two members");
            break;
        }
        made[i].partition = caisson_value_read(alone, at, NULL, &at);
        made[i].offset = caisson_value_read(alone, at, NULL, &at);
    }
    if (!caisson_settle(true, error)) return false;
    return caisson_settle(config->plugin->alter_offsets(config, made, count, accepted, error), error);
}

/* ---- What plugins ask of the worker ---- */

bool caisson_can_define_transactions(void) { return caisson_host_can_define_transactions(); }
void caisson_commit_transaction(void) { caisson_host_end_transaction(true); }
void caisson_abort_transaction(void) { caisson_host_end_transaction(false); }
void caisson_rewind(const caisson_topic_partition_offset *offsets, size_t count) { caisson_host_rewind(offsets, count); }
void caisson_retry_after(uint64_t milliseconds) { caisson_host_timeout(milliseconds); }
bool caisson_pause(const caisson_topic_partition *partitions, size_t count, caisson_error *error) {
    return caisson_host_pause(true, partitions, count, error);
}
bool caisson_resume(const caisson_topic_partition *partitions, size_t count, caisson_error *error) {
    return caisson_host_pause(false, partitions, count, error);
}
void caisson_request_commit(void) { caisson_host_request_commit(); }
bool caisson_can_report(void) { return caisson_host_can_report(); }
bool caisson_report(caisson_record *record, caisson_error_kind kind, const char *message, caisson_error *error) {
    caisson_error reported = {true, kind, caisson_text_of(message)};
    return caisson_host_report(record->id, &reported, error);
}
void caisson_request_task_reconfiguration(void) { caisson_host_request_task_reconfiguration(); }
void caisson_raise_error(const char *message) { caisson_host_raise_error(caisson_text_of(message)); }
