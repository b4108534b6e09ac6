/* A source: counts, by several tasks, and goes on where it was after a restart. */
#include <stdlib.h>

#include <caisson.h>

typedef struct numbers {
    char *topic;
    int64_t task, next, most, batch;
} numbers;

static caisson_value map_of(const char *name, int64_t number) {
    caisson_value made = caisson_map();
    caisson_set(&made, name, caisson_int64(number));
    return made;
}

static bool start(void **self, const caisson_config *config, caisson_error *error) {
    numbers *made = calloc(1, sizeof *made);
    if (made == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "out of memory");
    *self = made;
    made->topic = caisson_text_keep(caisson_config_text(config, "topic"));
    made->task = caisson_config_int(config, "task");
    made->most = caisson_config_int(config, "most");
    made->batch = caisson_config_int(config, "batch.size");
    caisson_value partition = map_of("task", made->task), offset;
    if (!caisson_stored_offset(&partition, &offset, error)) return false;
    const caisson_value *number = caisson_get(&offset, "number");
    if (number != NULL) made->next = number->as.integer + 1;
    return true;
}

static void stop(void *self) {
    free(((numbers *)self)->topic);
    free(self);
}

static bool poll(void *self, caisson_poll *poll, caisson_error *error) {
    numbers *task = self;
    const caisson_field fields[] = {{"task", caisson_schema_of(CAISSON_INT64)}, {"number", caisson_schema_of(CAISSON_INT64)}};
    const caisson_schema *schema = caisson_schema_struct("com.example.Number", fields, 2);
    int64_t end = task->next + task->batch < task->most ? task->next + task->batch : task->most;
    for (; task->next < end; task->next++) {
        caisson_value value = caisson_struct(schema), partition = map_of("task", task->task), offset = map_of("number", task->next);
        caisson_set(&value, "task", caisson_int64(task->task));
        caisson_set(&value, "number", caisson_int64(task->next));
        caisson_record *record = caisson_record_new(caisson_text_of(task->topic));
        caisson_record_set_value(record, value, NULL);
        if (!caisson_poll_add(poll, record, &partition, &offset, error)) return false;
    }
    return true;
}

static bool task_configs(const caisson_config *config, caisson_task_configs *configs, caisson_error *error) {
    (void)config, (void)error;
    for (size_t task = 0; task < caisson_task_configs_most(configs); task++) {
        const char *number = caisson_format("%zu", task).ptr;
        caisson_task_configs_add(configs, (const char *[]){"task"}, &number, 1);
    }
    return true;
}

/* What a task could not go on behind is refused. */
static bool alter_offsets(const caisson_config *config, const caisson_offset_change *changes, size_t count, bool *accepted,
                          caisson_error *error) {
    (void)config;
    for (size_t i = 0; i < count; i++) {
        const caisson_value *number = caisson_get(&changes[i].offset, "number");
        bool is_forgotten = changes[i].offset.type == CAISSON_NULL;
        if (!is_forgotten && (number == NULL || number->type != CAISSON_INT64)) {
            return caisson_fail(error, CAISSON_CONNECT_ERROR, "an offset is {\"number\": n}, not %s",
                                caisson_json(&changes[i].offset).ptr);
        }
    }
    *accepted = true;
    return true;
}

static const caisson_config_key keys[] = {
    {.name = "topic", .type = CAISSON_CONFIG_STRING, .documentation = "The topic that numbers go to."},
    {.name = "most",
     .type = CAISSON_CONFIG_LONG,
     .documentation = "How far to count.",
     .default_value = "10",
     .validators = {CAISSON_AT_LEAST(0)}},
    {.name = "batch.size",
     .type = CAISSON_CONFIG_INT,
     .documentation = "The most numbers of one poll.",
     .default_value = "100",
     .validators = {CAISSON_AT_LEAST(1)}},
    {.name = "task",
     .type = CAISSON_CONFIG_INT,
     .documentation = "Which task this is; set by the connector.",
     .default_value = "0"},
};

static const caisson_plugin plugin = {
    .class_name = "com.example.Numbers",
    .documentation = "Counts up to a number, in each of its tasks.",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .source = &(const caisson_source){.start = start, .poll = poll, .stop = stop},
    .task_configs = task_configs,
    .alter_offsets = alter_offsets,
};

CAISSON_EXPORT("1.0.0", &plugin);
