/* A sink: keeps a total of each partition, and writes them to a file before offsets are committed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <caisson.h>

#define MOST_PARTITIONS 64

typedef struct total {
    char *topic;
    int32_t partition;
    long records;
} total;

typedef struct totals {
    char *path;
    size_t count;
    total partitions[MOST_PARTITIONS];
} totals;

static bool start(void **self, const caisson_config *config, caisson_error *error) {
    totals *made = calloc(1, sizeof *made);
    if (made == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "out of memory");
    made->path = caisson_text_keep(caisson_config_text(config, "file"));
    *self = made;
    return true;
}

static void stop(void *self) {
    totals *task = self;
    for (size_t i = 0; i < task->count; i++) free(task->partitions[i].topic);
    free(task->path);
    free(task);
}

static total *total_of(totals *task, caisson_text topic, int32_t partition) {
    for (size_t i = 0; i < task->count; i++) {
        total *known = &task->partitions[i];
        if (known->partition == partition && caisson_text_is(topic, known->topic)) return known;
    }
    if (task->count == MOST_PARTITIONS) return NULL;
    total *made = &task->partitions[task->count++];
    *made = (total){caisson_text_keep(topic), partition, 0};
    return made;
}

static bool open(void *self, const caisson_topic_partition *partitions, size_t count, caisson_error *error) {
    for (size_t i = 0; i < count; i++) {
        total *found = total_of(self, partitions[i].topic, partitions[i].partition);
        if (found == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "more than %d partitions", MOST_PARTITIONS);
        found->records = 0;
    }
    return true;
}

static bool put(void *self, caisson_record *const *records, size_t count, caisson_error *error) {
    for (size_t i = 0; i < count; i++) {
        caisson_topic_partition_offset source;
        caisson_record_source(records[i], &source);
        total *found = total_of(self, source.topic, source.partition);
        if (found == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "more than %d partitions", MOST_PARTITIONS);
        found->records++;
    }
    return true;
}

static bool flush(void *self, caisson_topic_partition_offset *offsets, size_t count, caisson_error *error) {
    const totals *task = self;
    (void)offsets, (void)count;
    FILE *file = fopen(task->path, "w");
    if (file == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "cannot write %s: %s", task->path, strerror(errno));
    for (size_t i = 0; i < task->count; i++) {
        const total *each = &task->partitions[i];
        fprintf(file, "%s-%ld %ld\n", each->topic, (long)each->partition, each->records);
    }
    return fclose(file) == 0 || caisson_fail(error, CAISSON_CONNECT_ERROR, "cannot write %s: %s", task->path, strerror(errno));
}

static const caisson_config_key keys[] = {
    {.name = "file", .type = CAISSON_CONFIG_STRING, .documentation = "The file of the totals.", .access = CAISSON_FILE_WRITE},
};

static const caisson_plugin plugin = {
    .class_name = "com.example.Totals",
    .documentation = "Counts the records of each partition.",
    .keys = keys,
    .key_count = 1,
    .sink = &(const caisson_sink){.start = start, .open = open, .put = put, .flush = flush, .stop = stop},
};

CAISSON_EXPORT("1.0.0", &plugin);
