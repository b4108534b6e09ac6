/* A sink that appends a line of JSON for each record to a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <caisson.h>

/* Collects lines, and writes them when the worker wants to commit. */
typedef struct my_plugin {
    char *path, *lines;
    size_t size, capacity;
} my_plugin;

static bool start(void **self, const caisson_config *config, caisson_error *error) {
    my_plugin *made = calloc(1, sizeof *made);
    if (made == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "out of memory");
    made->path = caisson_text_keep(caisson_config_text(config, "file"));
    *self = made;
    return true;
}

/* What was not committed comes again after a restart. */
static void stop(void *self) {
    my_plugin *plugin = self;
    free(plugin->path);
    free(plugin->lines);
    free(plugin);
}

static bool keep(my_plugin *plugin, caisson_text line) {
    if (plugin->capacity - plugin->size < line.len + 1) {
        size_t capacity = 2 * plugin->capacity + line.len + 1;
        char *lines = realloc(plugin->lines, capacity);
        if (lines == NULL) return false;
        plugin->lines = lines;
        plugin->capacity = capacity;
    }
    memcpy(plugin->lines + plugin->size, line.ptr, line.len);
    plugin->size += line.len;
    plugin->lines[plugin->size++] = '\n';
    return true;
}

static bool put(void *self, caisson_record *const *records, size_t count, caisson_error *error) {
    for (size_t i = 0; i < count; i++) {
        caisson_text line = caisson_json(caisson_record_value(records[i]));
        if (line.ptr == NULL) {
            caisson_topic_partition_offset source;
            caisson_record_source(records[i], &source);
            return caisson_fail(error, CAISSON_DATA_ERROR, "the value of offset %lld is no JSON", (long long)source.offset);
        }
        if (!keep(self, line)) return caisson_fail(error, CAISSON_CONNECT_ERROR, "out of memory");
    }
    return true;
}

/* Offsets are committed when this returns: until then nothing may be lost. */
static bool flush(void *self, caisson_topic_partition_offset *offsets, size_t count, caisson_error *error) {
    my_plugin *plugin = self;
    (void)offsets, (void)count;
    if (plugin->size == 0) return true;
    FILE *file = fopen(plugin->path, "ab");
    if (file == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "cannot open %s: %s", plugin->path, strerror(errno));
    size_t written = fwrite(plugin->lines, 1, plugin->size, file);
    if (fclose(file) != 0 || written < plugin->size) {
        return caisson_fail(error, CAISSON_CONNECT_ERROR, "cannot write %s: %s", plugin->path, strerror(errno));
    }
    plugin->size = 0;
    return true;
}

static const caisson_config_key keys[] = {
    {
        .name = "file",
        .type = CAISSON_CONFIG_STRING,
        .documentation = "The file to append to.",
        .validators = {CAISSON_NON_EMPTY},
        .access = CAISSON_FILE_WRITE,
    },
};

static const caisson_plugin plugin = {
    .class_name = "com.example.MyPlugin",
    .documentation = "Appends a line of JSON for each record to a file.",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .sink = &(const caisson_sink){.start = start, .put = put, .flush = flush, .stop = stop},
};

CAISSON_EXPORT("0.1.0", &plugin);
