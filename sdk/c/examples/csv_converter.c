/* A converter: maps and structs as a line of values with commas between them, and back as a map of texts. */
#include <stdlib.h>
#include <string.h>

#include <caisson.h>

typedef struct columns {
    size_t count;
    char *names[];
} columns;

static bool configure(void **self, const caisson_config *config, bool is_key, caisson_error *error) {
    const caisson_text *names;
    size_t count = caisson_config_list(config, "columns", &names);
    columns *made = malloc(sizeof *made + count * sizeof made->names[0]);
    (void)is_key;
    if (made == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "out of memory");
    made->count = count;
    for (size_t i = 0; i < count; i++) made->names[i] = caisson_text_keep(names[i]);
    *self = made;
    return true;
}

static void destroy(void *self) {
    columns *made = self;
    for (size_t i = 0; i < made->count; i++) free(made->names[i]);
    free(made);
}

static bool from_connect(void *self, caisson_text topic, const caisson_schema *schema, const caisson_value *value,
                         caisson_bytes *data, caisson_error *error) {
    const columns *wanted = self;
    caisson_text line = {"", 0};
    (void)topic, (void)schema;
    if (value->type == CAISSON_NULL) return true;
    if (value->type != CAISSON_MAP && value->type != CAISSON_STRUCT) {
        return caisson_fail(error, CAISSON_DATA_ERROR, "CSV has columns, and this value has none");
    }
    for (size_t i = 0; i < wanted->count; i++) {
        const caisson_value *cell = caisson_get(value, wanted->names[i]);
        caisson_text text = {"", 0};
        if (cell != NULL && cell->type == CAISSON_STRING) text = cell->as.text;
        else if (cell != NULL && cell->type != CAISSON_NULL) text = caisson_json(cell);
        if (text.ptr == NULL || memchr(text.ptr, ',', text.len) != NULL) {
            return caisson_fail(error, CAISSON_DATA_ERROR, "column %s has a value that a line cannot hold", wanted->names[i]);
        }
        line = caisson_format("%s%s%.*s", line.ptr, i == 0 ? "" : ",", (int)text.len, text.ptr);
    }
    *data = (caisson_bytes){(const uint8_t *)line.ptr, line.len};
    return true;
}

static bool to_connect(void *self, caisson_text topic, caisson_bytes data, const caisson_schema **schema, caisson_value *value,
                       caisson_error *error) {
    const columns *wanted = self;
    const char *at = (const char *)data.ptr, *end = at + data.len;
    (void)topic, (void)schema;
    if (data.ptr == NULL) return true;
    *value = caisson_map();
    for (size_t i = 0; i < wanted->count; i++) {
        const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma == NULL ? end : comma;
        if ((comma == NULL) != (i + 1 == wanted->count)) {
            return caisson_fail(error, CAISSON_DATA_ERROR, "%zu columns are expected, and a line has others", wanted->count);
        }
        caisson_set(value, wanted->names[i], caisson_string((caisson_text){at, (size_t)(stop - at)}));
        at = stop + (comma != NULL);
    }
    return true;
}

static const caisson_config_key keys[] = {
    {.name = "columns", .type = CAISSON_CONFIG_LIST, .documentation = "The columns, in order.", .validators = {CAISSON_NON_EMPTY_LIST}},
};

static const caisson_plugin csv_converter = {
    .class_name = "com.example.CsvConverter",
    .documentation = "Values as a line with commas between them.",
    .keys = keys,
    .key_count = 1,
    .converter = &(const caisson_converter){configure, from_connect, to_connect, destroy},
};

CAISSON_EXPORT("1.0.0", &csv_converter);
