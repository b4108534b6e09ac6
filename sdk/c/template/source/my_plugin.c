/* A source that reads the lines of a file, and goes on where it was after a restart. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <caisson.h>

/* Gives the lines that end in a line feed, with the byte behind each as its offset. */
typedef struct my_plugin {
    char *path, *topic;
    int64_t batch, position;
} my_plugin;

static caisson_value partition_of(const my_plugin *plugin) {
    caisson_value made = caisson_map();
    caisson_set(&made, "file", caisson_string(caisson_text_of(plugin->path)));
    return made;
}

static bool start(void **self, const caisson_config *config, caisson_error *error) {
    my_plugin *made = calloc(1, sizeof *made);
    if (made == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "out of memory");
    *self = made;
    made->path = caisson_text_keep(caisson_config_text(config, "file"));
    made->topic = caisson_text_keep(caisson_config_text(config, "topic"));
    made->batch = caisson_config_int(config, "batch.size");
    caisson_value partition = partition_of(made), offset;
    if (!caisson_stored_offset(&partition, &offset, error)) return false;
    caisson_value *position = caisson_get(&offset, "position");
    if (position != NULL) made->position = position->as.integer;
    return true;
}

static void stop(void *self) {
    my_plugin *plugin = self;
    free(plugin->path);
    free(plugin->topic);
    free(plugin);
}

static bool add(my_plugin *plugin, caisson_poll *poll, const char *line, size_t size, caisson_error *error) {
    caisson_record *record = caisson_record_new(caisson_text_of(plugin->topic));
    char *copy = caisson_alloc(size);
    memcpy(copy, line, size);
    caisson_record_set_value(record, caisson_string((caisson_text){copy, size}), caisson_schema_of(CAISSON_STRING));
    caisson_value partition = partition_of(plugin), offset = caisson_map();
    caisson_set(&offset, "position", caisson_int64(plugin->position));
    return caisson_poll_add(poll, record, &partition, &offset, error);
}

/* The lines that are there now. With none, the worker polls again in half a second. */
static bool poll(void *self, caisson_poll *poll, caisson_error *error) {
    my_plugin *plugin = self;
    FILE *file = fopen(plugin->path, "rb");
    if (file == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "cannot read %s: %s", plugin->path, strerror(errno));
    char *line = NULL;
    size_t capacity = 0;
    bool well = fseek(file, (long)plugin->position, SEEK_SET) == 0;
    for (int64_t lines = 0; well && lines < plugin->batch; lines++) {
        ssize_t size = getline(&line, &capacity, file);
        if (size <= 0 || line[size - 1] != '\n') break;
        plugin->position += size;
        well = add(plugin, poll, line, (size_t)size - 1, error);
    }
    free(line);
    fclose(file);
    return well;
}

static const caisson_config_key keys[] = {
    {
        .name = "file",
        .type = CAISSON_CONFIG_STRING,
        .documentation = "The file to read.",
        .validators = {CAISSON_NON_EMPTY},
        .access = CAISSON_FILE_READ,
    },
    {
        .name = "topic",
        .type = CAISSON_CONFIG_STRING,
        .documentation = "The topic that lines go to.",
        .validators = {CAISSON_NON_EMPTY},
    },
    {
        .name = "batch.size",
        .type = CAISSON_CONFIG_INT,
        .documentation = "The most lines of one poll.",
        .default_value = "1000",
        .importance = CAISSON_LOW,
        .validators = {CAISSON_AT_LEAST(1)},
    },
};

static const caisson_plugin plugin = {
    .class_name = "com.example.MyPlugin",
    .documentation = "Reads the lines of a file.",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .source = &(const caisson_source){.start = start, .poll = poll, .stop = stop},
};

CAISSON_EXPORT("0.1.0", &plugin);
