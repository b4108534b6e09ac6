/* Plugins as the worker calls them. */
#include <stdlib.h>
#include <string.h>

#include "caisson_testing.h"
#include "internal.h"

static bool configure(void **self, const caisson_config *config, caisson_error *error) {
    (void)self, (void)error;
    caisson_config_text(config, "mode");
    return true;
}

static caisson_verdict shout(void *self, caisson_record **record, caisson_error *error) {
    (void)self;
    caisson_value *value = caisson_record_value(*record);
    if (value->type == CAISSON_NULL) return CAISSON_DROP;
    if (value->type != CAISSON_STRING) return CAISSON_FAILED;
    if (caisson_text_is(value->as.text, "bad")) {
        caisson_fail(error, CAISSON_DATA_ERROR, "bad text");
        return CAISSON_FAILED;
    }
    caisson_record_set_value(*record, caisson_string(caisson_text_of("LOUD")), NULL);
    return CAISSON_KEEP;
}

static bool open_other(void **self, const caisson_config *config, caisson_error *error) {
    (void)self, (void)error;
    caisson_config_text(config, "no.such.key");
    return true;
}

static caisson_verdict other(void *self, caisson_record **record, caisson_error *error) {
    (void)self, (void)error;
    caisson_value was = caisson_map();
    caisson_set(&was, "was", *caisson_record_value(*record));
    *record = caisson_record_new(caisson_text_of("other"));
    caisson_record_set_value(*record, was, NULL);
    return CAISSON_KEEP;
}

static bool is_short(void *self, caisson_record *record, bool *admitted, caisson_error *error) {
    (void)self, (void)error;
    const caisson_value *value = caisson_record_value(record);
    *admitted = value->type == CAISSON_STRING && value->as.text.len < 4;
    return true;
}

static bool from_connect(void *self, caisson_text topic, const caisson_schema *schema, const caisson_value *value,
                         caisson_bytes *data, caisson_error *error) {
    (void)self, (void)topic, (void)schema, (void)error;
    if (value->type == CAISSON_STRING) *data = (caisson_bytes){(const uint8_t *)value->as.text.ptr, value->as.text.len};
    return true;
}

static bool to_connect(void *self, caisson_text topic, caisson_bytes data, const caisson_schema **schema, caisson_value *value,
                       caisson_error *error) {
    (void)self, (void)topic, (void)error;
    if (data.ptr == NULL) return true;
    *schema = caisson_schema_of(CAISSON_STRING);
    *value = caisson_string((caisson_text){(const char *)data.ptr, data.len});
    return true;
}

static bool open_converter(void **self, const caisson_config *config, bool is_key, caisson_error *error) {
    (void)self, (void)config, (void)is_key, (void)error;
    return true;
}

static bool put(void *self, caisson_record *const *records, size_t count, caisson_error *error) {
    (void)self, (void)records, (void)count;
    return caisson_fail(error, CAISSON_RETRIABLE_ERROR, "it is away");
}

static bool flush(void *self, caisson_topic_partition_offset *offsets, size_t count, caisson_error *error) {
    (void)self, (void)offsets, (void)count, (void)error;
    return true;
}

static bool task_configs(const caisson_config *config, caisson_task_configs *configs, caisson_error *error) {
    (void)config, (void)error;
    for (size_t i = 0; i < caisson_task_configs_most(configs); i++) {
        caisson_task_configs_add(configs, (const char *[]){"task"}, (const char *[]){i == 0 ? "0" : "1"}, 1);
    }
    return true;
}

static uint64_t last_poll;
static int64_t last_offset;

static bool start_source(void **self, const caisson_config *config, caisson_error *error) {
    (void)self, (void)config, (void)error;
    return true;
}

static bool poll_nothing(void *self, caisson_poll *poll, caisson_error *error) {
    (void)self, (void)error;
    caisson_poll_wait(poll, 1);
    return true;
}

static bool commit_records(void *self, const caisson_settled *records, size_t count, caisson_error *error) {
    (void)self;
    for (size_t i = 0; i < count; i++) {
        if (!records[i].written) return caisson_fail(error, CAISSON_DATA_ERROR, "record %u was dropped", (unsigned)records[i].id);
        last_poll = records[i].poll;
        last_offset = records[i].offset;
    }
    return true;
}

static void validate(const caisson_config *config, caisson_findings *findings) {
    caisson_text file = caisson_config_text(config, "file");
    if (file.ptr == NULL) {
        caisson_config_text(config, "no.such.key");
    } else if (file.ptr[0] != '/') {
        caisson_findings_add(findings, "file", "%s is no absolute path", file.ptr);
        for (int i = 0; i < 6; i++) caisson_findings_add(findings, "task", "finding %d", i);
    }
}

static bool alter_offsets(const caisson_config *config, const caisson_offset_change *changes, size_t count, bool *accepted,
                          caisson_error *error) {
    (void)config;
    for (size_t i = 0; i < count; i++) {
        if (changes[i].offset.type == CAISSON_NULL) continue;
        const caisson_value *position = caisson_get(&changes[i].offset, "position");
        if (position == NULL || position->type != CAISSON_INT64) {
            return caisson_fail(error, CAISSON_CONNECT_ERROR, "%s has no position", caisson_json(&changes[i].partition).ptr);
        }
    }
    *accepted = true;
    return true;
}

static const caisson_config_key keys[] = {
    {.name = "mode", .documentation = "How.", .default_value = "upper", .validators = {CAISSON_ONE_OF("upper"), CAISSON_ONE_OF("lower")}},
    {.name = "size", .type = CAISSON_CONFIG_INT, .documentation = "A size.", .default_value = "5", .validators = {CAISSON_AT_LEAST(1)}},
    {.name = "on", .type = CAISSON_CONFIG_BOOLEAN, .documentation = "A switch.", .default_value = "true"},
    {.name = "ratio", .type = CAISSON_CONFIG_DOUBLE, .documentation = "A ratio.", .optional = true},
    {.name = "names", .type = CAISSON_CONFIG_LIST, .documentation = "Names.", .default_value = ""},
};
static const caisson_config_key needed[] = {{.name = "file", .documentation = "A file."}, {.name = "task", .documentation = "Which.", .default_value = "9"}};

static const caisson_plugin shouting = {.class_name = "a.Shout", .documentation = "Shouts.", .keys = keys, .key_count = 5,
                                        .transformation = &(const caisson_transformation){configure, shout, NULL}};
static const caisson_plugin replacing = {.class_name = "a.Other", .documentation = "Another record.", .keys = keys, .key_count = 5,
                                         .transformation = &(const caisson_transformation){configure, other, NULL}};
static const caisson_plugin misreading = {.class_name = "a.Misread", .documentation = "Asks for no key.",
                                          .transformation = &(const caisson_transformation){open_other, other, NULL}};
static const caisson_plugin short_ones = {.class_name = "a.IsShort", .documentation = "Admits short texts.", .keys = keys, .key_count = 5,
                                          .predicate = &(const caisson_predicate){configure, is_short, NULL}};
static const caisson_plugin text = {.class_name = "a.Text", .documentation = "Text as UTF-8.",
                                    .converter = &(const caisson_converter){open_converter, from_connect, to_connect, NULL}};
static const caisson_plugin sinking = {.class_name = "a.Sink", .documentation = "A sink.", .keys = needed, .key_count = 2,
                                       .sink = &(const caisson_sink){.put = put, .flush = flush}, .task_configs = task_configs};
static const caisson_plugin watching = {.class_name = "a.Source", .documentation = "Watches.", .keys = needed, .key_count = 2,
                                        .source = &(const caisson_source){.start = start_source, .poll = poll_nothing, .commit_records = commit_records},
                                        .validate = validate, .alter_offsets = alter_offsets};
CAISSON_EXPORT("1.2.3", &shouting, &replacing, &misreading, &short_ones, &text, &sinking, &watching);

static caisson_error error;

static caisson_bytes batch_of(const caisson_value *values, size_t count) {
    caisson_writer writer;
    caisson_writer_start(&writer, NULL);
    for (size_t i = 0; i < count; i++) {
        caisson_record *record = caisson_record_new(caisson_text_of("t"));
        caisson_record_set_value(record, values[i], NULL);
        caisson_writer_add(&writer, record, NULL, (uint32_t)i, &error);
    }
    return caisson_writer_finish(&writer);
}

static caisson_value text_of(const char *zero_ended) { return caisson_string(caisson_text_of(zero_ended)); }

static caisson_stage_spec stage(const char *kind, const char *class_name, const char *role) {
    return (caisson_stage_spec){.kind = caisson_text_of(kind), .class_name = caisson_text_of(class_name), .role = caisson_text_of(role)};
}

static void every_record_is_kept_dropped_or_failed(void) {
    caisson_stage_spec spec = stage("transform", "a.Shout", "");
    size_t index;
    caisson_outcome made;
    caisson_batch batch;
    caisson_chain *chain = caisson_chain_open(&spec, 1, &error, &index);
    CAISSON_CHECK(chain != NULL);
    caisson_value values[] = {text_of("ada"), caisson_null(), text_of("bad"), caisson_int64(5)};
    CAISSON_CHECK(caisson_chain_apply(chain, batch_of(values, 4), &made, &error));
    CAISSON_CHECK(caisson_batch_read(&batch, made.batch, &error) && batch.record_count == 1 && batch.records[0].id == 0);
    CAISSON_CHECK(caisson_text_is(caisson_record_value(&batch.records[0])->as.text, "LOUD"));
    CAISSON_CHECK(made.dropped_count == 1 && made.dropped[0] == 1);
    CAISSON_CHECK(made.failed_count == 2 && made.failed[0].id == 2 && made.failed[0].error.kind == CAISSON_DATA_ERROR);
    CAISSON_CHECK(made.failed[1].id == 3 && caisson_text_is(made.failed[1].error.message, "the plugin failed and did not say why"));
    caisson_chain_close(chain);
}

static void a_predicate_guards_a_stage(void) {
    caisson_predicate_spec gate = {.class_name = caisson_text_of("a.IsShort"), .negate = true};
    caisson_stage_spec spec = stage("transform", "a.Shout", "");
    size_t index;
    caisson_outcome made;
    caisson_batch batch;
    spec.predicate = &gate;
    caisson_chain *chain = caisson_chain_open(&spec, 1, &error, &index);
    CAISSON_CHECK(chain != NULL);
    caisson_value values[] = {text_of("ada"), text_of("grace")};
    CAISSON_CHECK(caisson_chain_apply(chain, batch_of(values, 2), &made, &error));
    CAISSON_CHECK(caisson_batch_read(&batch, made.batch, &error) && batch.record_count == 2);
    CAISSON_CHECK(caisson_text_is(caisson_record_value(&batch.records[0])->as.text, "ada"));
    CAISSON_CHECK(caisson_text_is(caisson_record_value(&batch.records[1])->as.text, "LOUD"));
    caisson_chain_close(chain);
}

static void a_record_in_place_of_another_has_its_id(void) {
    caisson_stage_spec spec = stage("transform", "a.Other", "");
    size_t index;
    caisson_outcome made;
    caisson_batch batch;
    caisson_chain *chain = caisson_chain_open(&spec, 1, &error, &index);
    CAISSON_CHECK(chain != NULL);
    caisson_value values[] = {text_of("x"), text_of("y")};
    CAISSON_CHECK(caisson_chain_apply(chain, batch_of(values, 2), &made, &error));
    CAISSON_CHECK(caisson_batch_read(&batch, made.batch, &error) && batch.records[1].id == 1);
    CAISSON_CHECK(caisson_text_is(caisson_json(caisson_record_value(&batch.records[1])), "{\"was\":\"y\"}"));
    caisson_chain_close(chain);
}

static void converters_make_bytes_and_values(void) {
    caisson_stage_spec specs[] = {stage("from-connect", "a.Text", "value"), stage("to-connect", "a.Text", "value")};
    size_t index;
    caisson_outcome made;
    caisson_batch batch;
    caisson_chain *chain = caisson_chain_open(specs, 2, &error, &index);
    CAISSON_CHECK(chain != NULL);
    caisson_value values[] = {text_of("x"), caisson_null()};
    CAISSON_CHECK(caisson_chain_apply(chain, batch_of(values, 2), &made, &error) && made.failed_count == 0);
    CAISSON_CHECK(caisson_batch_read(&batch, made.batch, &error) && batch.record_count == 2);
    CAISSON_CHECK(caisson_record_value_schema(&batch.records[0]) == caisson_schema_of(CAISSON_STRING));
    caisson_chain_close(chain);
    chain = caisson_chain_open(specs + 1, 1, &error, &index);
    CAISSON_CHECK(chain != NULL && caisson_chain_apply(chain, batch_of(values, 1), &made, &error) && made.failed_count == 1);
    CAISSON_CHECK(caisson_text_is(made.failed[0].error.message, "a converter reads bytes, and the value is none"));
    caisson_chain_close(chain);
}

static void mistakes_are_told_in_kafkas_words(void) {
    static const struct {
        const char *key, *value, *told;
    } cases[] = {
        {"mode", "loud", "Invalid value loud for configuration mode: String must be one of: upper, lower"},
        {"size", "x", "Invalid value x for configuration size: Not a number of type INT"},
        {"size", "0", "Invalid value 0 for configuration size: Value must be at least 1"},
        {"size", "2147483648", "Invalid value 2147483648 for configuration size: Not a number of type INT"},
        {"on", "yes", "Invalid value yes for configuration on: Expected value to be either true or false"},
    };
    const char *told;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CAISSON_CHECK(caisson_test_open("a.Shout", &told, (const char *[]){cases[i].key, cases[i].value, NULL}) == NULL);
        CAISSON_CHECK(strcmp(told, cases[i].told) == 0);
    }
    CAISSON_CHECK(caisson_test_open("a.Sink", &told, NULL) == NULL);
    CAISSON_CHECK(strcmp(told, "Missing required configuration \"file\" which has no default value.") == 0);
    CAISSON_CHECK(caisson_test_open("a.Misread", &told, NULL) == NULL);
    CAISSON_CHECK(strcmp(told, "Unknown configuration 'no.such.key'") == 0);
}

static void values_are_parsed_and_defaults_stand_in(void) {
    caisson_setting settings[] = {{caisson_text_of("ratio"), caisson_text_of("1.5")}, {caisson_text_of("names"), caisson_text_of("x , y")}};
    caisson_config config = {&shouting, settings, 2};
    const caisson_text *names;
    CAISSON_CHECK(caisson_config_check(&config, &error));
    CAISSON_CHECK(caisson_text_is(caisson_config_text(&config, "mode"), "upper") && caisson_config_int(&config, "size") == 5);
    CAISSON_CHECK(caisson_config_double(&config, "ratio") == 1.5 && caisson_config_boolean(&config, "on"));
    CAISSON_CHECK(caisson_config_list(&config, "names", &names) == 2 && caisson_text_is(names[1], "y"));
    caisson_config_int(&config, "mode");
    CAISSON_CHECK(!caisson_settle(true, &error) && error.kind == CAISSON_CONFIG_ERROR);
}

static void a_stage_that_is_misconfigured_is_named(void) {
    caisson_setting loud = {caisson_text_of("mode"), caisson_text_of("loud")};
    caisson_stage_spec specs[] = {stage("transform", "a.Shout", ""), stage("transform", "a.Shout", "")};
    size_t index;
    specs[1].settings = &loud;
    specs[1].count = 1;
    CAISSON_CHECK(caisson_chain_open(specs, 2, &error, &index) == NULL && index == 1);
    specs[0] = stage("transform", "a.Nothing", "");
    CAISSON_CHECK(caisson_chain_open(specs, 1, &error, &index) == NULL);
    CAISSON_CHECK(strstr(error.message.ptr, "no transformation a.Nothing; it has a.Shout (transformation), ") != NULL);
}

static void tasks_have_the_connectors_configuration_and_their_own(void) {
    caisson_setting settings[] = {{caisson_text_of("file"), caisson_text_of("a")}};
    caisson_config config = {&sinking, settings, 1};
    caisson_task_configs configs;
    CAISSON_CHECK(caisson_task_configs_make(&config, 2, &configs, &error) && configs.count == 2 && configs.sizes[1] == 2);
    CAISSON_CHECK(caisson_text_is(configs.settings[1][0].value, "a") && caisson_text_is(configs.settings[1][1].value, "1"));
}

static void a_source_is_told_of_settled_records(void) {
    const char *told;
    const caisson_settled settled[] = {{.poll = 7, .written = true, .offset = 40}, {.poll = 8, .id = 3, .written = true, .offset = 41}, {.id = 9}};
    caisson_test *test = caisson_test_open("a.Source", &told, (const char *[]){"file", "/a", NULL});
    CAISSON_CHECK(test != NULL && caisson_test_commit_records(test, settled, 2, &told) && last_poll == 8 && last_offset == 41);
    CAISSON_CHECK(!caisson_test_commit_records(test, settled, 3, &told) && strcmp(told, "record 9 was dropped") == 0);
    caisson_test_end(test);
}

static void a_plugins_own_validation_finds_what_keys_cannot_say(void) {
    const char *found = caisson_test_validate("a.Source", "file", (const char *[]){"file", "b", NULL});
    CAISSON_CHECK(found != NULL && strcmp(found, "b is no absolute path") == 0);
    found = caisson_test_validate("a.Source", "task", (const char *[]){"file", "b", NULL});
    CAISSON_CHECK(found != NULL && strcmp(found, "finding 0") == 0);
    CAISSON_CHECK(caisson_test_validate("a.Source", "file", (const char *[]){"file", "/b", NULL}) == NULL);
    CAISSON_CHECK(caisson_test_validate("a.Sink", "file", NULL) == NULL);
    /* A key that is not defined is the author's mistake, and told all the same. */
    found = caisson_test_validate("a.Source", "file", NULL);
    CAISSON_CHECK(found != NULL && strcmp(found, "Unknown configuration 'no.such.key'") == 0);
}

static void a_connector_checks_offsets_that_a_user_sets(void) {
    const char *told;
    caisson_offset_change changes[] = {{caisson_map(), caisson_map()}, {caisson_map(), caisson_null()}};
    const char *settings[] = {"file", "/a", NULL};
    caisson_set(&changes[0].partition, "file", text_of("/a"));
    CAISSON_CHECK(!caisson_test_alter_offsets("a.Source", changes, 2, &told, settings));
    CAISSON_CHECK(strcmp(told, "{\"file\":\"/a\"} has no position") == 0);
    caisson_set(&changes[0].offset, "position", caisson_int64(5));
    CAISSON_CHECK(caisson_test_alter_offsets("a.Source", changes, 2, &told, settings) && told == NULL);
    CAISSON_CHECK(!caisson_test_alter_offsets("a.Sink", changes, 2, &told, settings) && told == NULL);
    caisson_config config = {&watching, NULL, 0};
    bool accepted = true;
    CAISSON_CHECK(!caisson_alter_offsets(&config, (caisson_bytes){(const uint8_t *)"\x80", 1}, &accepted, &error) && !accepted);
    CAISSON_CHECK(error.kind == CAISSON_CONFIG_ERROR);
    caisson_setting file = {caisson_text_of("file"), caisson_text_of("/a")};
    config = (caisson_config){&watching, &file, 1};
    CAISSON_CHECK(!caisson_alter_offsets(&config, (caisson_bytes){(const uint8_t *)"\x81\x81\xf6", 3}, &accepted, &error));
    CAISSON_CHECK(error.kind == CAISSON_DATA_ERROR);
}

int main(void) {
    CAISSON_TEST(every_record_is_kept_dropped_or_failed);
    CAISSON_TEST(a_predicate_guards_a_stage);
    CAISSON_TEST(a_record_in_place_of_another_has_its_id);
    CAISSON_TEST(converters_make_bytes_and_values);
    CAISSON_TEST(mistakes_are_told_in_kafkas_words);
    CAISSON_TEST(values_are_parsed_and_defaults_stand_in);
    CAISSON_TEST(a_stage_that_is_misconfigured_is_named);
    CAISSON_TEST(tasks_have_the_connectors_configuration_and_their_own);
    CAISSON_TEST(a_source_is_told_of_settled_records);
    CAISSON_TEST(a_plugins_own_validation_finds_what_keys_cannot_say);
    CAISSON_TEST(a_connector_checks_offsets_that_a_user_sets);
    return caisson_test_result();
}
