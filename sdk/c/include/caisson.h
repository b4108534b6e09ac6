/* Caisson's SDK for C: Kafka Connect plugins as WebAssembly components.
 *
 * A plugin is a caisson_plugin with the functions of its kind; CAISSON_EXPORT names those of a component. See examples/.
 *
 * Memory. What a callback is given, and what caisson_alloc gives, belongs to the call and is gone when it returns: a plugin frees
 * none of it, and copies what it keeps. Texts and bytes have a length; no zero byte ends them unless said so.
 *
 * Errors. A callback that fails fills its caisson_error by caisson_fail and returns false, or CAISSON_FAILED. What is read of a malformed
 * batch is null, and the record fails when the callback returns.
 */
#ifndef CAISSON_H
#define CAISSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAISSON_VERSION "0.1.0"

#if defined(__GNUC__)
#define CAISSON_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CAISSON_PRINTF(text, first)
#endif

/* ---- Memory, texts ---- */

/* Bytes that belong to the current call. Never NULL: without memory the call is ended. */
void *caisson_alloc(size_t size);

typedef struct caisson_text {
    const char *ptr; /* NULL: no text */
    size_t len;
} caisson_text;

typedef struct caisson_bytes {
    const uint8_t *ptr;
    size_t len;
} caisson_bytes;

caisson_text caisson_text_of(const char *zero_ended);
/* As printf; belongs to the call, and a zero byte ends it. */
caisson_text caisson_format(const char *format, ...) CAISSON_PRINTF(1, 2);
bool caisson_text_is(caisson_text text, const char *zero_ended);
/* A copy that a zero byte ends and that belongs to the plugin, which frees it with free. */
char *caisson_text_keep(caisson_text text);

/* ---- Errors ---- */

typedef enum caisson_error_kind {
    CAISSON_CONNECT_ERROR,   /* anything that is none of the others: the task fails */
    CAISSON_RETRIABLE_ERROR, /* the call may be made again later */
    CAISSON_DATA_ERROR,      /* this record is bad: errors.tolerance decides what becomes of it */
    CAISSON_CONFIG_ERROR     /* a setting is bad */
} caisson_error_kind;

typedef struct caisson_error caisson_error;

/* Fills the error; the message is as printf makes it. Returns false, so that a callback can return it. */
bool caisson_fail(caisson_error *error, caisson_error_kind kind, const char *format, ...) CAISSON_PRINTF(3, 4);

/* ---- Schemas ---- */

typedef enum caisson_type {
    CAISSON_INT8,
    CAISSON_INT16,
    CAISSON_INT32,
    CAISSON_INT64,
    CAISSON_FLOAT32,
    CAISSON_FLOAT64,
    CAISSON_BOOLEAN,
    CAISSON_STRING,
    CAISSON_BYTES,
    CAISSON_ARRAY,
    CAISSON_MAP,
    CAISSON_STRUCT,
    /* Types of values, but not of schemas. */
    CAISSON_NULL,
    CAISSON_DATE,       /* java.util.Date: milliseconds since the epoch; of logical types Date, Time and Timestamp too */
    CAISSON_DECIMAL,    /* java.math.BigDecimal */
    CAISSON_BIG_INTEGER /* java.math.BigInteger */
} caisson_type;

/* Made once and never changed or freed; equal schemas are the same pointer. */
typedef struct caisson_schema caisson_schema;

typedef struct caisson_field {
    const char *name;
    const caisson_schema *schema;
} caisson_field;

const caisson_schema *caisson_schema_of(caisson_type type); /* a primitive type */
const caisson_schema *caisson_schema_optional(const caisson_schema *schema);
const caisson_schema *caisson_schema_named(const caisson_schema *schema, const char *name, int32_t version);
const caisson_schema *caisson_schema_array(const caisson_schema *items);
const caisson_schema *caisson_schema_map(const caisson_schema *keys, const caisson_schema *values);
const caisson_schema *caisson_schema_struct(const char *name, const caisson_field *fields, size_t count);
const caisson_schema *caisson_schema_decimal(int32_t scale);
const caisson_schema *caisson_schema_date(void);
const caisson_schema *caisson_schema_time(void);
const caisson_schema *caisson_schema_timestamp(void);

caisson_type caisson_schema_type(const caisson_schema *schema);
bool caisson_schema_is_optional(const caisson_schema *schema);
caisson_text caisson_schema_name(const caisson_schema *schema); /* ptr is NULL without one */
size_t caisson_schema_field_count(const caisson_schema *schema);
caisson_text caisson_schema_field_name(const caisson_schema *schema, size_t index);
const caisson_schema *caisson_schema_field_schema(const caisson_schema *schema, size_t index);

/* ---- Values ---- */

typedef struct caisson_container caisson_container;

/* unscaled × 10^-scale; unscaled is in two's complement, the highest byte first. */
typedef struct caisson_decimal {
    caisson_bytes unscaled;
    int32_t scale;
} caisson_decimal;

typedef struct caisson_value {
    caisson_type type;
    /* The value's own schema, for a struct, and where its place has none or another. */
    const caisson_schema *schema;
    union {
        bool boolean;
        int64_t integer; /* INT8 to INT64, and milliseconds of a DATE */
        double real;     /* FLOAT32, FLOAT64 */
        caisson_text text;
        caisson_bytes bytes; /* BYTES; BIG_INTEGER in two's complement */
        caisson_decimal decimal;
        caisson_container *container; /* ARRAY, MAP, STRUCT */
    } as;
} caisson_value;

caisson_value caisson_null(void);
caisson_value caisson_boolean(bool value);
caisson_value caisson_int8(int8_t value);
caisson_value caisson_int16(int16_t value);
caisson_value caisson_int32(int32_t value);
caisson_value caisson_int64(int64_t value);
caisson_value caisson_float32(float value);
caisson_value caisson_float64(double value);
caisson_value caisson_string(caisson_text value);
caisson_value caisson_bytes_value(caisson_bytes value);
caisson_value caisson_date(int64_t milliseconds);
caisson_value caisson_decimal_value(int64_t unscaled, int32_t scale);
caisson_value caisson_array(void);
caisson_value caisson_map(void);
/* A struct with every field unset. The schema has to be a struct's. */
caisson_value caisson_struct(const caisson_schema *schema);

/* The digits of a decimal or big integer. */
caisson_text caisson_digits(const caisson_value *value);

/* The value as JSON: bytes as hexadecimal digits, decimals and big integers with all digits, dates as milliseconds. ptr is NULL when it has
 * no such form: NaN and the infinities have none. */
caisson_text caisson_json(const caisson_value *value);

/* Items of an array, entries of a map, fields of a struct. An item is decoded when it is asked for; the pointer is good until the call
 * ends. */
size_t caisson_length(const caisson_value *container);
caisson_value *caisson_item(const caisson_value *container, size_t index);
caisson_value caisson_key(const caisson_value *container, size_t index);
/* By name, of a map or struct; NULL when there is none, or the value is neither. An unset field of a struct has its default. */
caisson_value *caisson_get(const caisson_value *fields, const char *name);
/* Sets a field; a map may gain it. False: the value is neither map nor struct, or a struct without that field. */
bool caisson_set(caisson_value *fields, const char *name, caisson_value value);
/* Adds an entry to a map, whose key may be of any type, or an item to an array (with a null key). */
void caisson_append(caisson_value *container, caisson_value key, caisson_value value);
/* Changes an item, so that it is written anew: a value that caisson_item or caisson_get gave must not be assigned to. */
void caisson_replace(caisson_value *container, size_t index, caisson_value value);

/* ---- Records ---- */

typedef struct caisson_record caisson_record;

/* A new record, which belongs to the call. */
caisson_record *caisson_record_new(caisson_text topic);

caisson_text caisson_record_topic(caisson_record *record);
void caisson_record_set_topic(caisson_record *record, caisson_text topic);
bool caisson_record_partition(caisson_record *record, int32_t *partition); /* false: none */
void caisson_record_set_partition(caisson_record *record, const int32_t *partition);
bool caisson_record_timestamp(caisson_record *record, int64_t *milliseconds); /* false: none */
void caisson_record_set_timestamp(caisson_record *record, const int64_t *milliseconds);

/* What is in a map, struct or array may be changed where it stands. */
caisson_value *caisson_record_key(caisson_record *record);
caisson_value *caisson_record_value(caisson_record *record);
const caisson_schema *caisson_record_key_schema(caisson_record *record); /* NULL: none */
const caisson_schema *caisson_record_value_schema(caisson_record *record);
/* Schema NULL: none, or a struct's own. */
void caisson_record_set_key(caisson_record *record, caisson_value key, const caisson_schema *schema);
void caisson_record_set_value(caisson_record *record, caisson_value value, const caisson_schema *schema);

size_t caisson_record_header_count(caisson_record *record);
caisson_text caisson_record_header_name(caisson_record *record, size_t index);
caisson_value *caisson_record_header_value(caisson_record *record, size_t index);
const caisson_schema *caisson_record_header_schema(caisson_record *record, size_t index);
void caisson_record_add_header(caisson_record *record, caisson_text name, caisson_value value, const caisson_schema *schema);
void caisson_record_set_header(caisson_record *record, size_t index, caisson_value value, const caisson_schema *schema);

typedef struct caisson_topic_partition {
    caisson_text topic;
    int32_t partition;
} caisson_topic_partition;

typedef struct caisson_topic_partition_offset {
    caisson_text topic;
    int32_t partition;
    int64_t offset;
} caisson_topic_partition_offset;

/* Where it was consumed, before any transformation; false in a source. */
bool caisson_record_source(caisson_record *record, caisson_topic_partition_offset *source);

/* ---- Configurations ---- */

typedef enum caisson_config_type {
    CAISSON_CONFIG_STRING,
    CAISSON_CONFIG_BOOLEAN,
    CAISSON_CONFIG_INT,
    CAISSON_CONFIG_SHORT,
    CAISSON_CONFIG_LONG,
    CAISSON_CONFIG_DOUBLE,
    CAISSON_CONFIG_LIST,
    CAISSON_CONFIG_CLASS,
    CAISSON_CONFIG_PASSWORD
} caisson_config_type;

typedef enum caisson_importance { CAISSON_HIGH, CAISSON_MEDIUM, CAISSON_LOW } caisson_importance;

/* What a key names outside the sandbox: exactly what it names is granted. */
typedef enum caisson_access {
    CAISSON_NO_ACCESS,
    CAISSON_FILE_READ,
    CAISSON_FILE_WRITE,
    CAISSON_DIRECTORY_READ,
    CAISSON_DIRECTORY_WRITE,
    CAISSON_URL,
    CAISSON_ADDRESS
} caisson_access;

/* A check that the worker makes too: name and argument are those of wit/manifest.wit. */
typedef struct caisson_validator {
    const char *name;
    const char *argument;
} caisson_validator;

#define CAISSON_AT_LEAST(number) {"range-min", #number}
#define CAISSON_AT_MOST(number) {"range-max", #number}
#define CAISSON_ONE_OF(word) {"one-of", word}
#define CAISSON_NON_EMPTY {"non-empty", ""}
#define CAISSON_NON_NULL {"non-null", ""}
#define CAISSON_NON_EMPTY_LIST {"non-empty-list", ""}
#define CAISSON_MOST_VALIDATORS 8

typedef struct caisson_config_key {
    const char *name;
    caisson_config_type type;
    const char *documentation;
    const char *default_value; /* as a user would write it */
    bool optional;             /* may be left out, and has no value then; without this and a default the key is required */
    caisson_importance importance;
    caisson_access access;
    caisson_validator validators[CAISSON_MOST_VALIDATORS];
    const char *display_name; /* NULL: the key's own */
    const char *group;
    int32_t order; /* in the group */
} caisson_config_key;

typedef struct caisson_config caisson_config;

/* Values by key of the definition; of one that the definition does not have, the call fails with a config error when it returns. */
caisson_text caisson_config_text(const caisson_config *config, const char *name); /* STRING, CLASS, PASSWORD; ptr NULL: none */
int64_t caisson_config_int(const caisson_config *config, const char *name);       /* INT, SHORT, LONG */
double caisson_config_double(const caisson_config *config, const char *name);
bool caisson_config_boolean(const caisson_config *config, const char *name);
size_t caisson_config_list(const caisson_config *config, const char *name, const caisson_text **items);
/* What a user wrote, keys unknown to the definition too. */
size_t caisson_config_size(const caisson_config *config);
caisson_text caisson_config_name_at(const caisson_config *config, size_t index);
caisson_text caisson_config_value_at(const caisson_config *config, size_t index);

/* ---- Plugins ---- */

typedef enum caisson_verdict { CAISSON_KEEP, CAISSON_DROP, CAISSON_FAILED } caisson_verdict;

/* Every kind has `configure` or `start`, which makes the plugin's state and puts it into *self, and `destroy`, which frees it and may
 * be NULL. */

typedef struct caisson_transformation {
    bool (*configure)(void **self, const caisson_config *config, caisson_error *error);
    /* Changes the record where it stands, or puts another in its place: *record. */
    caisson_verdict (*apply)(void *self, caisson_record **record, caisson_error *error);
    void (*destroy)(void *self);
} caisson_transformation;

typedef struct caisson_predicate {
    bool (*configure)(void **self, const caisson_config *config, caisson_error *error);
    bool (*test)(void *self, caisson_record *record, bool *admitted, caisson_error *error);
    void (*destroy)(void *self);
} caisson_predicate;

typedef struct caisson_converter {
    bool (*configure)(void **self, const caisson_config *config, bool is_key, caisson_error *error);
    /* Puts the bytes of a value into *data; ptr NULL for a null. */
    bool (*from_connect)(void *self, caisson_text topic, const caisson_schema *schema, const caisson_value *value,
                         caisson_bytes *data, caisson_error *error);
    /* Puts into *schema and *value what the bytes stand for; data.ptr is NULL when the record has none there. */
    bool (*to_connect)(void *self, caisson_text topic, caisson_bytes data, const caisson_schema **schema, caisson_value *value,
                       caisson_error *error);
    void (*destroy)(void *self);
} caisson_converter;

/* The records of a poll, as they are added. */
typedef struct caisson_poll caisson_poll;

/* Adds a record, with where it came from: two maps of names to plain values, which come back after a restart. False: see the error. */
bool caisson_poll_add(caisson_poll *poll, caisson_record *record, const caisson_value *source_partition,
                      const caisson_value *source_offset, caisson_error *error);
/* After a poll without records: how long the worker waits; half a second otherwise. */
void caisson_poll_wait(caisson_poll *poll, uint32_t milliseconds);

/* A record that is settled: acknowledged by the broker, or dropped on its way. */
typedef struct caisson_settled {
    uint64_t poll; /* which poll it came from: 0 for the first that gave records, then counting up */
    uint32_t id;   /* its place in that poll */
    bool written;  /* false: it was dropped, and the rest is unset */
    caisson_text topic;
    int32_t partition;
    int64_t offset, timestamp;
} caisson_settled;

typedef struct caisson_source {
    bool (*start)(void **self, const caisson_config *config, caisson_error *error);
    /* Adds the records that are there now, without waiting for more. */
    bool (*poll)(void *self, caisson_poll *poll, caisson_error *error);
    bool (*commit)(void *self, caisson_error *error); /* may be NULL: offsets have been stored */
    void (*stop)(void *self);                         /* ends the task and frees its state; may be NULL */
    /* May be NULL. Told of every settled record, in the order of settling. */
    bool (*commit_records)(void *self, const caisson_settled *records, size_t count, caisson_error *error);
} caisson_source;

typedef struct caisson_sink {
    bool (*start)(void **self, const caisson_config *config, caisson_error *error);
    bool (*open)(void *self, const caisson_topic_partition *partitions, size_t count, caisson_error *error);  /* may be NULL */
    bool (*put)(void *self, caisson_record *const *records, size_t count, caisson_error *error);
    /* Returns when everything taken is in its place: the offsets are committed then, or what it lowered them to. */
    bool (*flush)(void *self, caisson_topic_partition_offset *offsets, size_t count, caisson_error *error);
    bool (*close)(void *self, const caisson_topic_partition *partitions, size_t count, caisson_error *error); /* may be NULL */
    void (*stop)(void *self);                                                                                 /* may be NULL */
} caisson_sink;

/* The configurations of a connector's tasks, as they are added. */
typedef struct caisson_task_configs caisson_task_configs;
/* Adds one: the connector's own, with these keys set. */
void caisson_task_configs_add(caisson_task_configs *configs, const char *const *names, const char *const *values, size_t count);
size_t caisson_task_configs_most(const caisson_task_configs *configs);

/* What a plugin's own validation finds. */
typedef struct caisson_findings caisson_findings;
/* Adds an error to a key; the message is as printf makes it. */
void caisson_findings_add(caisson_findings *findings, const char *key, const char *format, ...) CAISSON_PRINTF(3, 4);

/* An offset that a user wants to set; a null forgets what is stored. Of a sink the partition is {"kafka_topic", "kafka_partition"}, the
 * offset {"kafka_offset"}. */
typedef struct caisson_offset_change {
    caisson_value partition, offset;
} caisson_offset_change;

typedef struct caisson_plugin {
    const char *class_name; /* the full name that configurations ask for */
    const char *documentation;
    const char *version;        /* NULL: the component's */
    const char *const *aliases; /* other names, NULL behind the last; may be NULL */
    const caisson_config_key *keys;
    size_t key_count;
    const char *const *capabilities; /* clocks, random, network, files; NULL behind the last; may be NULL */
    /* Exactly one of these. */
    const caisson_transformation *transformation;
    const caisson_predicate *predicate;
    const caisson_converter *converter;
    const caisson_converter *header_converter;
    const caisson_source *source;
    const caisson_sink *sink;
    /* Divides the work of a source or sink; NULL: one task with the connector's own configuration. */
    bool (*task_configs)(const caisson_config *config, caisson_task_configs *configs, caisson_error *error);
    /* Checks what keys cannot say, after the worker has checked what they can; may be NULL. */
    void (*validate)(const caisson_config *config, caisson_findings *findings);
    /* Checks offsets that a user wants to set, of a source or sink; *accepted is false before: the connector does not say. May be NULL. */
    bool (*alter_offsets)(const caisson_config *config, const caisson_offset_change *changes, size_t count, bool *accepted,
                          caisson_error *error);
} caisson_plugin;

typedef struct caisson_component {
    const char *version;
    const caisson_plugin *const *plugins;
    size_t plugin_count;
} caisson_component;

/* Defined once, by CAISSON_EXPORT. */
extern const caisson_component caisson_exported;

/* Names the plugins of this component, and its version: CAISSON_EXPORT("1.0.0", &mask_field, &is_large); */
#define CAISSON_EXPORT(component_version, ...)                                                             \
    static const caisson_plugin *const caisson_exported_plugins[] = {__VA_ARGS__};                         \
    const caisson_component caisson_exported = {component_version, caisson_exported_plugins,               \
                                                sizeof caisson_exported_plugins / sizeof(caisson_plugin *)}

/* ---- The worker ---- */

typedef enum caisson_level { CAISSON_ERROR, CAISSON_WARN, CAISSON_INFO, CAISSON_DEBUG, CAISSON_TRACE } caisson_level;

/* A line in the worker's log, which carries connector and task. */
void caisson_log(caisson_level level, const char *format, ...) CAISSON_PRINTF(2, 3);
bool caisson_log_enabled(caisson_level level);

/* Source tasks: the stored offset of a source partition, null when nothing is stored. */
bool caisson_stored_offset(const caisson_value *source_partition, caisson_value *offset, caisson_error *error);
/* Source tasks (KIP-618): after the batch that poll is about to return. */
bool caisson_can_define_transactions(void);
void caisson_commit_transaction(void);
void caisson_abort_transaction(void);

/* Sink tasks. */
void caisson_rewind(const caisson_topic_partition_offset *offsets, size_t count);
void caisson_retry_after(uint64_t milliseconds);
bool caisson_pause(const caisson_topic_partition *partitions, size_t count, caisson_error *error);
bool caisson_resume(const caisson_topic_partition *partitions, size_t count, caisson_error *error);
void caisson_request_commit(void);
bool caisson_can_report(void);
/* Reports a record of the batch last put (KIP-610). False under errors.tolerance=none: the task has to fail with the error. */
bool caisson_report(caisson_record *record, caisson_error_kind kind, const char *message, caisson_error *error);

/* Connectors. */
void caisson_request_task_reconfiguration(void);
void caisson_raise_error(const char *message);

#endif
