/* What the parts of the SDK know of each other. */
#ifndef CAISSON_INTERNAL_H
#define CAISSON_INTERNAL_H

#include <stdarg.h>

#include "caisson.h"
#include "caisson_http.h"
#include "caisson_tcp.h"
#include "cbor.h"

/* ---- call.c: one call of the worker at a time ---- */

struct caisson_error {
    bool set;
    caisson_error_kind kind;
    caisson_text message;
};

/* What went wrong below the author's code: it fails the record or the call when the callback returns. */
extern caisson_error caisson_pending;

void caisson_malformed(const char *what);
caisson_text caisson_formatted(const char *format, va_list arguments);
/* Frees what belongs to the call. */
void caisson_end_call(void);
/* Whether a callback went well, what it met below it included. */
bool caisson_settle(bool well, caisson_error *error);

/* ---- schema.c ---- */

struct caisson_schema {
    caisson_bytes encoded;
    caisson_type type;
    bool optional, has_default;
    caisson_text name;
    int32_t scale; /* of a decimal */
    bool has_scale;
    cbor_span members[8];
    const caisson_schema *first, *second; /* items; keys and values */
    size_t field_count;
    caisson_text *field_names;
    const caisson_schema **field_schemas;
    const caisson_schema *next; /* in the table */
};

/* The schema of these bytes, NULL when they are none. */
const caisson_schema *caisson_schema_read(cbor_span encoded);
caisson_value caisson_schema_default(const caisson_schema *schema);

/* ---- value.c ---- */

/* Bytes that values are read from, and the schemas that they name by number. */
typedef struct caisson_batch {
    cbor_span data;
    const caisson_schema **schemas;
    size_t schema_count;
    cbor_span schema_bytes; /* without their head */
    size_t record_count;
    caisson_record *records;
    cbor_span sources; /* as they came */
} caisson_batch;

typedef struct caisson_entry {
    size_t key_at, value_at, end; /* end 0: it did not come from a batch */
    bool decoded, set;
    caisson_value key, value;
} caisson_entry;

struct caisson_container {
    const caisson_batch *batch; /* NULL: new */
    caisson_type type;
    const caisson_schema *schema; /* under which its items are read */
    size_t start, end;
    size_t count, capacity;
    caisson_entry *entries;
    bool reshaped;
};

caisson_value caisson_value_read(const caisson_batch *batch, size_t pos, const caisson_schema *schema, size_t *next);
bool caisson_value_changed(const caisson_value *value);

/* Writes a batch. */
typedef struct caisson_writer {
    cbor_buffer out;
    const caisson_batch *from; /* whose bytes may be copied; NULL: none */
    const caisson_schema **schemas;
    size_t schema_count, schema_capacity;
    size_t record_count;
} caisson_writer;

size_t caisson_writer_schema(caisson_writer *writer, const caisson_schema *schema);
/* Appends a value under a schema, or without one. False: the error says what is wrong, and where. */
bool caisson_value_write(caisson_writer *writer, const caisson_value *value, const caisson_schema *schema, const char *place,
                         caisson_error *error);

/* ---- record.c ---- */

typedef struct caisson_header {
    caisson_text name;
    const caisson_schema *schema;
    caisson_value value;
} caisson_header;

struct caisson_record {
    const caisson_batch *batch; /* NULL: new */
    uint32_t id;
    size_t start, topic_at, partition_at, timestamp_at, key_at, value_at, headers_at, coordinates_at, end;
    bool place_read, place_set, key_read, key_set, value_read, value_set, headers_read, headers_set;
    caisson_text topic;
    bool has_partition, has_timestamp;
    int32_t partition;
    int64_t timestamp;
    const caisson_schema *key_schema, *value_schema;
    caisson_value key, value;
    size_t header_count;
    caisson_header *headers;
};

bool caisson_batch_read(caisson_batch *batch, caisson_bytes data, caisson_error *error);
void caisson_writer_start(caisson_writer *writer, const caisson_batch *from);
/* Adds a record, in the place of the original if that is another, or under an id if there is no original. */
bool caisson_writer_add(caisson_writer *writer, caisson_record *record, const caisson_record *original, uint32_t id,
                        caisson_error *error);
caisson_bytes caisson_writer_finish(caisson_writer *writer);

/* ---- config.c ---- */

typedef struct caisson_setting {
    caisson_text name, value;
} caisson_setting;

struct caisson_config {
    const caisson_plugin *plugin;
    const caisson_setting *settings;
    size_t count;
};

bool caisson_config_check(const caisson_config *config, caisson_error *error);

/* ---- run.c: plugins as the worker calls them ---- */

typedef struct caisson_predicate_spec {
    caisson_text class_name;
    const caisson_setting *settings;
    size_t count;
    bool negate;
} caisson_predicate_spec;

typedef struct caisson_stage_spec {
    caisson_text kind, class_name, role;
    const caisson_setting *settings;
    size_t count;
    const caisson_predicate_spec *predicate;
} caisson_stage_spec;

typedef struct caisson_gate {
    const caisson_predicate *predicate;
    void *self;
    bool negate;
} caisson_gate;

typedef struct caisson_stage {
    const caisson_transformation *transformation;
    const caisson_converter *converter;
    bool inward;
    char role; /* 'k', 'v' or 'h' */
    void *self;
    caisson_gate *gate;
} caisson_stage;

typedef struct caisson_chain {
    size_t count;
    caisson_stage stages[];
} caisson_chain;

typedef struct caisson_failure {
    uint32_t id, stage;
    caisson_error error;
} caisson_failure;

typedef struct caisson_outcome {
    caisson_bytes batch;
    uint32_t *dropped;
    size_t dropped_count;
    caisson_failure *failed;
    size_t failed_count;
} caisson_outcome;

const caisson_plugin *caisson_find(const char *kind, caisson_text class_name, caisson_error *error);
const char *caisson_kind(const caisson_plugin *plugin);

caisson_gate *caisson_gate_open(const caisson_predicate_spec *spec, caisson_error *error);
bool caisson_gate_apply(caisson_gate *gate, caisson_bytes data, bool **admitted, size_t *count, caisson_error *error);
void caisson_gate_close(caisson_gate *gate);
/* An error has the index of its stage. */
caisson_chain *caisson_chain_open(const caisson_stage_spec *specs, size_t count, caisson_error *error, size_t *stage);
bool caisson_chain_apply(caisson_chain *chain, caisson_bytes data, caisson_outcome *outcome, caisson_error *error);
void caisson_chain_close(caisson_chain *chain);

struct caisson_poll {
    caisson_writer writer;
    cbor_buffer partitions, positions;
    size_t partition_count;
    uint32_t wait_ms;
    size_t wanted_capacity;
    cbor_span *known;
};

void caisson_poll_start(caisson_poll *poll);
void caisson_poll_finish(caisson_poll *poll, caisson_bytes *batch, caisson_bytes *origins);

struct caisson_task_configs {
    const caisson_config *config;
    size_t most, count;
    caisson_setting **settings;
    size_t *sizes;
};

/* The messages by key, which are the settings' names; they belong to the call. */
struct caisson_findings {
    size_t count, capacity;
    caisson_setting *found;
};

/* Runs a plugin's own validation, if it has one. */
void caisson_validate(const caisson_config *config, caisson_findings *findings);
/* Asks a connector about `offset-changes` of record.cddl. */
bool caisson_alter_offsets(const caisson_config *config, caisson_bytes changes, bool *accepted, caisson_error *error);

bool caisson_task_configs_make(const caisson_config *config, size_t most, caisson_task_configs *configs, caisson_error *error);

/* ---- http.c ---- */

typedef struct caisson_url {
    bool secure;
    caisson_text authority, path; /* with the query */
} caisson_url;

/* Returns false, as caisson_fail does; the message names the request. */
bool caisson_http_fail(caisson_error *error, caisson_error_kind kind, const caisson_http_request *request, const char *what);
bool caisson_http_too_long(caisson_error *error, const caisson_http_request *request);

/* ---- tcp.c ---- */

typedef struct caisson_address {
    caisson_text host; /* a name, or a number without brackets */
    uint16_t port;
} caisson_address;

/* ---- The host: component/ in a component, testing.c in a unit test ---- */

void caisson_host_log(caisson_level level, caisson_text message);
bool caisson_host_log_enabled(caisson_level level);
bool caisson_host_offsets(caisson_bytes partitions, caisson_bytes *offsets, caisson_error *error);
bool caisson_host_can_define_transactions(void);
void caisson_host_end_transaction(bool commit);
void caisson_host_rewind(const caisson_topic_partition_offset *offsets, size_t count);
void caisson_host_timeout(uint64_t milliseconds);
bool caisson_host_pause(bool pause, const caisson_topic_partition *partitions, size_t count, caisson_error *error);
void caisson_host_request_commit(void);
bool caisson_host_can_report(void);
bool caisson_host_report(uint32_t id, const caisson_error *reported, caisson_error *error);
void caisson_host_request_task_reconfiguration(void);
void caisson_host_raise_error(caisson_text message);
/* Of a request with a method and a limit. */
bool caisson_host_exchange(const caisson_http_request *request, const caisson_url *url, caisson_http_response *response,
                           caisson_error *error);
/* caisson_tcp_read, caisson_tcp_write and caisson_tcp_close are the host's too. */
caisson_connection *caisson_host_connect(const caisson_address *address, uint32_t timeout_ms, caisson_error *error);

const char *caisson_error_kind_name(caisson_error_kind kind);
const char *caisson_error_class(caisson_error_kind kind);

#endif
