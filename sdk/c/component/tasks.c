/* Interfaces source-task and sink-task of the contract. */
#include <stdlib.h>
#include <string.h>

#include "crossing.h"

struct exports_caisson_connect_source_task_task_t {
    const caisson_source *source;
    void *self;
};

struct exports_caisson_connect_sink_task_task_t {
    const caisson_sink *sink;
    void *self;
};

/* Starts a task of either kind. */
static bool start(const char *kind, plugin_string_t *class_, caisson_connect_types_config_t *config, const caisson_plugin **plugin,
                  void **self, caisson_connect_types_error_t *err) {
    caisson_error error = {0};
    caisson_setting *settings = taken_settings(config);
    *plugin = caisson_find(kind, taken_text(class_), &error);
    caisson_config parsed = {*plugin, settings, config->len};
    bool well = *plugin != NULL && caisson_config_check(&parsed, &error);
    if (well) {
        well = (*plugin)->source != NULL ? (*plugin)->source->start(self, &parsed, &error)
                                         : (*plugin)->sink->start(self, &parsed, &error);
    }
    well = caisson_settle(well, &error);
    if (!well) crossing_error(&error, err);
    free(settings);
    plugin_string_free(class_);
    caisson_connect_types_config_free(config);
    return well;
}

/* The end of a call that gives nothing but an error. */
static bool ended(bool well, caisson_error *error, caisson_connect_types_error_t *err) {
    bool settled = caisson_settle(well, error);
    if (!settled) crossing_error(error, err);
    caisson_end_call();
    return settled;
}

/* ---- Sources ---- */

bool exports_caisson_connect_source_task_static_task_start(plugin_string_t *class_,
                                                           exports_caisson_connect_source_task_config_t *config,
                                                           exports_caisson_connect_source_task_own_task_t *ret,
                                                           exports_caisson_connect_source_task_error_t *err) {
    const caisson_plugin *plugin;
    void *self = NULL;
    bool well = start("source", class_, config, &plugin, &self, err);
    if (well) {
        exports_caisson_connect_source_task_task_t *made = crossing_memory(sizeof *made);
        *made = (exports_caisson_connect_source_task_task_t){plugin->source, self};
        *ret = exports_caisson_connect_source_task_task_new(made);
    }
    caisson_end_call();
    return well;
}

bool exports_caisson_connect_source_task_method_task_poll(exports_caisson_connect_source_task_borrow_task_t self,
                                                          exports_caisson_connect_source_task_polled_t *ret,
                                                          exports_caisson_connect_source_task_error_t *err) {
    caisson_error error = {0};
    caisson_poll poll;
    caisson_bytes batch, origins;
    caisson_poll_start(&poll);
    bool well = caisson_settle(self->source->poll(self->self, &poll, &error), &error);
    if (well) {
        caisson_poll_finish(&poll, &batch, &origins);
        *ret = (exports_caisson_connect_source_task_polled_t){crossing_bytes(batch), crossing_bytes(origins), poll.wait_ms};
    }
    return ended(well, &error, err);
}

static caisson_settled taken_settled(const exports_caisson_connect_source_task_settled_t *settled) {
    caisson_settled made = {.poll = settled->poll, .id = settled->id, .written = settled->written.is_some};
    if (made.written) {
        made.topic = taken_text(&settled->written.val.topic);
        made.partition = settled->written.val.partition;
        made.offset = settled->written.val.offset;
        made.timestamp = settled->written.val.timestamp;
    }
    return made;
}

bool exports_caisson_connect_source_task_method_task_commit_records(exports_caisson_connect_source_task_borrow_task_t self,
                                                                    exports_caisson_connect_source_task_list_settled_t *records,
                                                                    exports_caisson_connect_source_task_error_t *err) {
    caisson_error error = {0};
    bool well = true;
    if (self->source->commit_records != NULL) {
        caisson_settled *settled = caisson_alloc(records->len * sizeof *settled);
        for (size_t i = 0; i < records->len; i++) settled[i] = taken_settled(&records->ptr[i]);
        well = self->source->commit_records(self->self, settled, records->len, &error);
    }
    bool done = ended(well, &error, err);
    exports_caisson_connect_source_task_list_settled_free(records);
    return done;
}

bool exports_caisson_connect_source_task_method_task_commit(exports_caisson_connect_source_task_borrow_task_t self,
                                                            exports_caisson_connect_source_task_error_t *err) {
    caisson_error error = {0};
    return ended(self->source->commit == NULL || self->source->commit(self->self, &error), &error, err);
}

bool exports_caisson_connect_source_task_method_task_stop(exports_caisson_connect_source_task_borrow_task_t self,
                                                          exports_caisson_connect_source_task_error_t *err) {
    caisson_error error = {0};
    if (self->source->stop != NULL && self->self != NULL) self->source->stop(self->self);
    self->self = NULL;
    return ended(true, &error, err);
}

void exports_caisson_connect_source_task_task_destructor(exports_caisson_connect_source_task_task_t *rep) {
    if (rep->source->stop != NULL && rep->self != NULL) rep->source->stop(rep->self);
    free(rep);
}

/* ---- Sinks ---- */

bool exports_caisson_connect_sink_task_static_task_start(plugin_string_t *class_, exports_caisson_connect_sink_task_config_t *config,
                                                         exports_caisson_connect_sink_task_own_task_t *ret,
                                                         exports_caisson_connect_sink_task_error_t *err) {
    const caisson_plugin *plugin;
    void *self = NULL;
    bool well = start("sink", class_, config, &plugin, &self, err);
    if (well) {
        exports_caisson_connect_sink_task_task_t *made = crossing_memory(sizeof *made);
        *made = (exports_caisson_connect_sink_task_task_t){plugin->sink, self};
        *ret = exports_caisson_connect_sink_task_task_new(made);
    }
    caisson_end_call();
    return well;
}

/* Tells of partitions, if the task wants to be told. */
static bool tell(bool (*told)(void *, const caisson_topic_partition *, size_t, caisson_error *), void *self,
                 exports_caisson_connect_sink_task_list_topic_partition_t *partitions, caisson_connect_types_error_t *err) {
    caisson_error error = {0};
    bool well = told == NULL || told(self, taken_partitions(partitions->ptr, partitions->len), partitions->len, &error);
    well = ended(well, &error, err);
    exports_caisson_connect_sink_task_list_topic_partition_free(partitions);
    return well;
}

bool exports_caisson_connect_sink_task_method_task_open(exports_caisson_connect_sink_task_borrow_task_t self,
                                                        exports_caisson_connect_sink_task_list_topic_partition_t *partitions,
                                                        exports_caisson_connect_sink_task_error_t *err) {
    return tell(self->sink->open, self->self, partitions, err);
}

bool exports_caisson_connect_sink_task_method_task_close(exports_caisson_connect_sink_task_borrow_task_t self,
                                                         exports_caisson_connect_sink_task_list_topic_partition_t *partitions,
                                                         exports_caisson_connect_sink_task_error_t *err) {
    return tell(self->sink->close, self->self, partitions, err);
}

bool exports_caisson_connect_sink_task_method_task_put(exports_caisson_connect_sink_task_borrow_task_t self, plugin_list_u8_t *batch,
                                                       exports_caisson_connect_sink_task_error_t *err) {
    caisson_error error = {0};
    caisson_batch read = {0};
    bool well = batch->len == 0 || caisson_batch_read(&read, (caisson_bytes){batch->ptr, batch->len}, &error);
    if (well) {
        caisson_record **records = caisson_alloc(read.record_count * sizeof *records);
        for (size_t i = 0; i < read.record_count; i++) records[i] = &read.records[i];
        well = self->sink->put(self->self, records, read.record_count, &error);
    }
    well = ended(well, &error, err);
    plugin_list_u8_free(batch);
    return well;
}

bool exports_caisson_connect_sink_task_method_task_pre_commit(
    exports_caisson_connect_sink_task_borrow_task_t self, exports_caisson_connect_sink_task_list_topic_partition_offset_t *offsets,
    exports_caisson_connect_sink_task_list_topic_partition_offset_t *ret, exports_caisson_connect_sink_task_error_t *err) {
    caisson_error error = {0};
    caisson_topic_partition_offset *safe = caisson_alloc(offsets->len * sizeof *safe);
    for (size_t i = 0; i < offsets->len; i++) {
        safe[i] = (caisson_topic_partition_offset){taken_text(&offsets->ptr[i].topic), offsets->ptr[i].partition, offsets->ptr[i].offset};
    }
    bool well = caisson_settle(self->sink->flush(self->self, safe, offsets->len, &error), &error);
    if (well) {
        /* The same list goes back, with the offsets that the task left. */
        for (size_t i = 0; i < offsets->len; i++) offsets->ptr[i].offset = safe[i].offset;
        *ret = *offsets;
    } else {
        exports_caisson_connect_sink_task_list_topic_partition_offset_free(offsets);
    }
    return ended(well, &error, err);
}

bool exports_caisson_connect_sink_task_method_task_stop(exports_caisson_connect_sink_task_borrow_task_t self,
                                                        exports_caisson_connect_sink_task_error_t *err) {
    caisson_error error = {0};
    if (self->sink->stop != NULL && self->self != NULL) self->sink->stop(self->self);
    self->self = NULL;
    return ended(true, &error, err);
}

void exports_caisson_connect_sink_task_task_destructor(exports_caisson_connect_sink_task_task_t *rep) {
    if (rep->sink->stop != NULL && rep->self != NULL) rep->sink->stop(rep->self);
    free(rep);
}
