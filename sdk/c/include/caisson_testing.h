/* Unit tests of plugins, without WebAssembly and without a worker: link libcaisson_testing. What a test is given is good until
 * caisson_test_end. */
#ifndef CAISSON_TESTING_H
#define CAISSON_TESTING_H

#include "caisson_http.h"

/* A plugin of the component, by its class, in use. */
typedef struct caisson_test caisson_test;

/* Configures or starts it; settings are key, value, key, value, …, NULL. NULL: *told says why not. A connector's task is started with the
 * first configuration that it makes for one. */
caisson_test *caisson_test_open(const char *class_name, const char **told, const char *const *settings);
/* Ends it, and frees all that the test was given. */
void caisson_test_end(caisson_test *test);

/* Of a transformation: the record as it comes out, NULL when it was dropped, or failed: *told says why. */
caisson_record *caisson_test_apply(caisson_test *test, caisson_record *record, const char **told);
/* Of a predicate. */
bool caisson_test_admits(caisson_test *test, caisson_record *record, const char **told);
/* Of a converter. */
bool caisson_test_from_connect(caisson_test *test, const caisson_value *value, caisson_bytes *data, const char **told);
bool caisson_test_to_connect(caisson_test *test, caisson_bytes data, caisson_value *value, const char **told);

/* Of a source: the records of one poll, as a worker gets them. */
size_t caisson_test_poll(caisson_test *test, caisson_record *const **records, const char **told);
/* As if the worker had settled these records. */
bool caisson_test_commit_records(caisson_test *test, const caisson_settled *records, size_t count, const char **told);
/* As if a task had got that far; for those that are opened afterwards. */
void caisson_test_store_offset(const caisson_value *source_partition, const caisson_value *offset);

/* Of a sink. */
bool caisson_test_put(caisson_test *test, caisson_record *const *records, size_t count, const char **told);
bool caisson_test_flush(caisson_test *test, const char **told);

/* In place of all servers: answers the plugin's requests, whose method is never NULL, or fails with an error, as caisson_http_send does.
 * What it answers has to last until caisson_test_end. NULL: there is none. */
typedef bool (*caisson_test_server)(const caisson_http_request *request, caisson_http_response *response, caisson_error *error);
void caisson_test_serve(caisson_test_server answers);

/* What a plugin's own validation finds first of a key; NULL: nothing. */
const char *caisson_test_validate(const char *class_name, const char *key, const char *const *settings);
/* Whether a connector accepts these offsets; *told says why they are refused. */
bool caisson_test_alter_offsets(const char *class_name, const caisson_offset_change *changes, size_t count, const char **told,
                                const char *const *settings);

/* The last line of the log; ptr NULL without one. */
caisson_text caisson_test_last_line(void);

/* Runs a test, says how it went, and counts it: for a main that returns caisson_test_result(). */
#define CAISSON_TEST(function) caisson_test_run(#function, function)
/* Ends a test's function with a failure that names file and line. */
#define CAISSON_CHECK(holds)                                                     \
    do {                                                                         \
        if (!(holds)) return caisson_test_failed(__FILE__, __LINE__, #holds);    \
    } while (0)
void caisson_test_run(const char *name, void (*function)(void));
void caisson_test_failed(const char *file, int line, const char *what);
int caisson_test_result(void);

#endif
