/* A host that keeps what plugins ask of it, and plugins in use without a component. */
#include "caisson_testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* ---- The host ---- */

typedef struct stored {
    caisson_bytes partition, offset;
    struct stored *next;
} stored;

static stored *offsets;
static char *last_line;
static caisson_test_server server;

void caisson_host_log(caisson_level level, caisson_text message) {
    (void)level;
    free(last_line);
    last_line = caisson_text_keep(message);
}

bool caisson_host_log_enabled(caisson_level level) {
    (void)level;
    return true;
}

caisson_text caisson_test_last_line(void) { return caisson_text_of(last_line); }

static caisson_bytes encoded(const caisson_value *value) {
    caisson_writer writer;
    caisson_error error = {0};
    caisson_writer_start(&writer, NULL);
    if (!caisson_value_write(&writer, value, NULL, "offset", &error)) abort();
    return (caisson_bytes){writer.out.data, writer.out.size};
}

static caisson_bytes kept(caisson_bytes bytes) {
    return (caisson_bytes){(const uint8_t *)caisson_text_keep((caisson_text){(const char *)bytes.ptr, bytes.len}), bytes.len};
}

void caisson_test_store_offset(const caisson_value *source_partition, const caisson_value *offset) {
    stored *made = calloc(1, sizeof *made);
    if (made == NULL) abort();
    *made = (stored){kept(encoded(source_partition)), kept(encoded(offset)), offsets};
    offsets = made;
}

bool caisson_host_offsets(caisson_bytes partitions, caisson_bytes *found, caisson_error *error) {
    (void)error;
    cbor_span in = {partitions.ptr, partitions.len};
    cbor_buffer out = {0};
    size_t count, pos = cbor_count(in, 0, CBOR_ARRAY, &count);
    cbor_append_head(&out, CBOR_ARRAY, count);
    for (size_t i = 0; i < count; i++) {
        size_t next = cbor_skip(in, pos);
        cbor_span partition = cbor_between(in, pos, next);
        const stored *known = offsets;
        while (known != NULL &&
               (known->partition.len != partition.size || memcmp(known->partition.ptr, partition.data, partition.size) != 0)) {
            known = known->next;
        }
        if (known == NULL) {
            cbor_append_byte(&out, CBOR_NULL);
        } else {
            cbor_append(&out, known->offset.ptr, known->offset.len);
        }
        pos = next;
    }
    *found = (caisson_bytes){out.data, out.size};
    return true;
}

bool caisson_host_can_define_transactions(void) { return false; }
void caisson_host_end_transaction(bool commit) { (void)commit; }
void caisson_host_rewind(const caisson_topic_partition_offset *to, size_t count) { (void)to, (void)count; }
void caisson_host_timeout(uint64_t milliseconds) { (void)milliseconds; }
bool caisson_host_pause(bool pause, const caisson_topic_partition *partitions, size_t count, caisson_error *error) {
    (void)pause, (void)partitions, (void)count, (void)error;
    return true;
}
void caisson_host_request_commit(void) {}
bool caisson_host_can_report(void) { return false; }
bool caisson_host_report(uint32_t id, const caisson_error *reported, caisson_error *error) {
    (void)id;
    *error = *reported;
    return false;
}
void caisson_host_request_task_reconfiguration(void) {}
void caisson_host_raise_error(caisson_text message) { caisson_host_log(CAISSON_ERROR, message); }

void caisson_test_serve(caisson_test_server answers) { server = answers; }

bool caisson_host_exchange(const caisson_http_request *request, const caisson_url *url, caisson_http_response *response,
                           caisson_error *error) {
    (void)url;
    if (server != NULL) return server(request, response, error);
    return caisson_http_fail(error, CAISSON_CONNECT_ERROR, request,
                             "requests leave a component only: a unit test answers them by caisson_test_serve");
}

static const char no_connection[] = "connections leave a component only";

caisson_connection *caisson_host_connect(const caisson_address *address, uint32_t timeout_ms, caisson_error *error) {
    (void)timeout_ms;
    caisson_fail(error, CAISSON_CONNECT_ERROR, "%.*s:%u: %s", (int)address->host.len, address->host.ptr, address->port, no_connection);
    return NULL;
}
bool caisson_tcp_read(caisson_connection *connection, void *buffer, size_t size, uint32_t timeout_ms, size_t *count,
                      caisson_error *error) {
    (void)connection, (void)buffer, (void)size, (void)timeout_ms, (void)count;
    return caisson_fail(error, CAISSON_CONNECT_ERROR, "%s", no_connection);
}
bool caisson_tcp_write(caisson_connection *connection, caisson_bytes data, uint32_t timeout_ms, caisson_error *error) {
    (void)connection, (void)data, (void)timeout_ms;
    return caisson_fail(error, CAISSON_CONNECT_ERROR, "%s", no_connection);
}
void caisson_tcp_close(caisson_connection *connection) { (void)connection; }

/* ---- Plugins in use ---- */

struct caisson_test {
    const caisson_plugin *plugin;
    void *self;
};

static const caisson_plugin *plugin_of(const char *class_name) {
    for (size_t i = 0; i < caisson_exported.plugin_count; i++) {
        if (strcmp(caisson_exported.plugins[i]->class_name, class_name) == 0) return caisson_exported.plugins[i];
    }
    return NULL;
}

static bool well(bool went, caisson_error *error, const char **told) {
    bool settled = caisson_settle(went, error);
    *told = settled ? NULL : caisson_format("%.*s", (int)error->message.len, error->message.ptr).ptr;
    return settled;
}

static bool start(caisson_test *test, caisson_config *config, caisson_error *error) {
    const caisson_plugin *plugin = test->plugin;
    if (!caisson_config_check(config, error)) return false;
    if (plugin->transformation != NULL) return plugin->transformation->configure(&test->self, config, error);
    if (plugin->predicate != NULL) return plugin->predicate->configure(&test->self, config, error);
    if (plugin->converter != NULL) return plugin->converter->configure(&test->self, config, false, error);
    if (plugin->header_converter != NULL) return plugin->header_converter->configure(&test->self, config, false, error);
    caisson_task_configs configs;
    if (!caisson_task_configs_make(config, 1, &configs, error)) return false;
    if (configs.count == 0) return caisson_fail(error, CAISSON_CONNECT_ERROR, "it configures no task");
    caisson_config first = {plugin, configs.settings[0], configs.sizes[0]};
    if (!caisson_config_check(&first, error)) return false;
    return plugin->source != NULL ? plugin->source->start(&test->self, &first, error) : plugin->sink->start(&test->self, &first, error);
}

/* The configuration of key, value, key, value, …, NULL, which belongs to the call. */
static caisson_config config_of(const caisson_plugin *plugin, const char *const *settings) {
    size_t count = 0;
    while (settings != NULL && settings[2 * count] != NULL) count++;
    caisson_setting *found = caisson_alloc((count + 1) * sizeof *found);
    for (size_t i = 0; i < count; i++) {
        found[i] = (caisson_setting){caisson_text_of(settings[2 * i]), caisson_text_of(settings[2 * i + 1])};
    }
    return (caisson_config){plugin, found, count};
}

caisson_test *caisson_test_open(const char *class_name, const char **told, const char *const *settings) {
    caisson_test *made = calloc(1, sizeof *made);
    if (made == NULL) abort();
    made->plugin = plugin_of(class_name);
    caisson_error error = {0};
    caisson_config config = config_of(made->plugin, settings);
    bool started = made->plugin != NULL ? start(made, &config, &error)
                                        : caisson_fail(&error, CAISSON_CONFIG_ERROR, "no plugin is called %s", class_name);
    if (well(started, &error, told)) return made;
    free(made);
    return NULL;
}

void caisson_test_end(caisson_test *test) {
    if (test != NULL) {
        const caisson_plugin *plugin = test->plugin;
        void (*end)(void *) = plugin->transformation != NULL     ? plugin->transformation->destroy
                              : plugin->predicate != NULL        ? plugin->predicate->destroy
                              : plugin->converter != NULL        ? plugin->converter->destroy
                              : plugin->header_converter != NULL ? plugin->header_converter->destroy
                              : plugin->source != NULL           ? plugin->source->stop
                                                                 : plugin->sink->stop;
        if (end != NULL && test->self != NULL) end(test->self);
        free(test);
    }
    while (offsets != NULL) {
        stored *next = offsets->next;
        free((void *)offsets->partition.ptr);
        free((void *)offsets->offset.ptr);
        free(offsets);
        offsets = next;
    }
    caisson_end_call();
}

caisson_record *caisson_test_apply(caisson_test *test, caisson_record *record, const char **told) {
    caisson_error error = {0};
    caisson_verdict verdict = test->plugin->transformation->apply(test->self, &record, &error);
    return well(verdict != CAISSON_FAILED, &error, told) && verdict == CAISSON_KEEP ? record : NULL;
}

bool caisson_test_admits(caisson_test *test, caisson_record *record, const char **told) {
    caisson_error error = {0};
    bool admitted = false;
    return well(test->plugin->predicate->test(test->self, record, &admitted, &error), &error, told) && admitted;
}

bool caisson_test_from_connect(caisson_test *test, const caisson_value *value, caisson_bytes *data, const char **told) {
    caisson_error error = {0};
    *data = (caisson_bytes){NULL, 0};
    caisson_text topic = caisson_text_of("test");
    return well(test->plugin->converter->from_connect(test->self, topic, value->schema, value, data, &error), &error, told);
}

bool caisson_test_to_connect(caisson_test *test, caisson_bytes data, caisson_value *value, const char **told) {
    caisson_error error = {0};
    const caisson_schema *schema = NULL;
    *value = caisson_null();
    caisson_text topic = caisson_text_of("test");
    return well(test->plugin->converter->to_connect(test->self, topic, data, &schema, value, &error), &error, told);
}

size_t caisson_test_poll(caisson_test *test, caisson_record *const **records, const char **told) {
    caisson_error error = {0};
    caisson_poll poll;
    caisson_bytes data, origins;
    caisson_poll_start(&poll);
    *records = NULL;
    if (!well(test->plugin->source->poll(test->self, &poll, &error), &error, told)) return 0;
    caisson_poll_finish(&poll, &data, &origins);
    if (data.len == 0) return 0;
    caisson_batch *batch = caisson_alloc(sizeof *batch);
    if (!well(caisson_batch_read(batch, data, &error), &error, told)) return 0;
    caisson_record **found = caisson_alloc(batch->record_count * sizeof *found);
    for (size_t i = 0; i < batch->record_count; i++) found[i] = &batch->records[i];
    *records = found;
    return batch->record_count;
}

bool caisson_test_commit_records(caisson_test *test, const caisson_settled *records, size_t count, const char **told) {
    caisson_error error = {0};
    return well(test->plugin->source->commit_records(test->self, records, count, &error), &error, told);
}

const char *caisson_test_validate(const char *class_name, const char *key, const char *const *settings) {
    const caisson_config config = config_of(plugin_of(class_name), settings);
    caisson_findings findings;
    caisson_validate(&config, &findings);
    for (size_t i = 0; i < findings.count; i++) {
        if (caisson_text_is(findings.found[i].name, key)) return findings.found[i].value.ptr;
    }
    return NULL;
}

bool caisson_test_alter_offsets(const char *class_name, const caisson_offset_change *changes, size_t count, const char **told,
                                const char *const *settings) {
    const caisson_config config = config_of(plugin_of(class_name), settings);
    caisson_error error = {0};
    cbor_buffer out = {0};
    bool accepted = false;
    cbor_append_head(&out, CBOR_ARRAY, count);
    for (size_t i = 0; i < count; i++) {
        caisson_bytes partition = encoded(&changes[i].partition), offset = encoded(&changes[i].offset);
        cbor_append_head(&out, CBOR_ARRAY, 2);
        cbor_append(&out, partition.ptr, partition.len);
        cbor_append(&out, offset.ptr, offset.len);
    }
    return well(caisson_alter_offsets(&config, (caisson_bytes){out.data, out.size}, &accepted, &error), &error, told) && accepted;
}

bool caisson_test_put(caisson_test *test, caisson_record *const *records, size_t count, const char **told) {
    caisson_error error = {0};
    return well(test->plugin->sink->put(test->self, records, count, &error), &error, told);
}

bool caisson_test_flush(caisson_test *test, const char **told) {
    caisson_error error = {0};
    return well(test->plugin->sink->flush(test->self, NULL, 0, &error), &error, told);
}

/* ---- Running tests ---- */

static int failures, tests;
static bool failed;

void caisson_test_run(const char *name, void (*function)(void)) {
    failed = false;
    function();
    caisson_test_end(NULL);
    tests++;
    failures += failed;
    printf("%-8s %s\n", failed ? "FAILED" : "ok", name);
}

void caisson_test_failed(const char *file, int line, const char *what) {
    failed = true;
    printf("%s:%d: %s\n", file, line, what);
}

int caisson_test_result(void) {
    printf("%d passed, %d failed\n", tests - failures, failures);
    return failures == 0 && tests > 0 ? 0 : 1;
}
