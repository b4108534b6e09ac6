/* A transformation: asks a server over TCP, a line for a line. */
#include <stdlib.h>
#include <string.h>

#include <caisson.h>
#include <caisson_tcp.h>

#define PATIENCE_MS 10000

static bool configure(void **self, const caisson_config *config, caisson_error *error) {
    (void)error;
    *self = caisson_text_keep(caisson_config_text(config, "server"));
    return true;
}

/* Reads to the end of a line. */
static bool read_line(caisson_connection *connection, char *line, size_t size, caisson_text *found, caisson_error *error) {
    size_t len = 0, count = 0;
    while (len == 0 || line[len - 1] != '\n') {
        if (len == size) return caisson_fail(error, CAISSON_DATA_ERROR, "the line is longer than %zu bytes", size);
        if (!caisson_tcp_read(connection, line + len, size - len, PATIENCE_MS, &count, error)) return false;
        if (count == 0) return caisson_fail(error, CAISSON_RETRIABLE_ERROR, "the server has no line");
        len += count;
    }
    *found = (caisson_text){line, len - 1};
    return true;
}

static bool ask(caisson_text server, caisson_text name, caisson_text *found, caisson_error *error) {
    static const size_t size = 1024;
    caisson_text question = caisson_format("%.*s\n", (int)name.len, name.ptr);
    caisson_connection *connection = caisson_tcp_open(server, PATIENCE_MS, error);
    if (connection == NULL) return false;
    bool well = caisson_tcp_write(connection, (caisson_bytes){(const uint8_t *)question.ptr, question.len}, PATIENCE_MS, error) &&
                read_line(connection, caisson_alloc(size), size, found, error);
    caisson_tcp_close(connection);
    return well;
}

/* Asks about what is `name` in the value; `at` may name another server, which has to be granted too. */
static caisson_verdict apply(void *self, caisson_record **record, caisson_error *error) {
    caisson_value *value = caisson_record_value(*record);
    const caisson_value *name = caisson_get(value, "name"), *at = caisson_get(value, "at");
    if (name == NULL || name->type != CAISSON_STRING) return CAISSON_KEEP;
    bool other = at != NULL && at->type == CAISSON_STRING;
    caisson_text line;
    if (!ask(other ? at->as.text : caisson_text_of(self), name->as.text, &line, error)) return CAISSON_FAILED;
    caisson_set(value, "line", caisson_string(line));
    return CAISSON_KEEP;
}

static const caisson_config_key keys[] = {
    {.name = "server", .type = CAISSON_CONFIG_STRING, .documentation = "The server, host:port.", .access = CAISSON_ADDRESS},
};

static const caisson_plugin ask_line = {
    .class_name = "com.example.AskLine",
    .documentation = "Asks a server for a line about a name.",
    .keys = keys,
    .key_count = 1,
    .transformation = &(const caisson_transformation){configure, apply, free},
};

CAISSON_EXPORT("1.0.0", &ask_line);
