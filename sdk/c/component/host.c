/* The worker's functions, in the SDK's terms. */
#include <stdlib.h>
#include <string.h>

#include "crossing.h"

static const char *const level_names[] = {"error", "warn", "info", "debug", "trace"};

void caisson_host_log(caisson_level level, caisson_text message) {
    plugin_string_t name = lent_text(caisson_text_of(level_names[level])), target = lent_text(caisson_text_of("plugin"));
    plugin_string_t text = lent_text(message);
    caisson_connect_log_log(&name, &target, &text);
}

bool caisson_host_log_enabled(caisson_level level) {
    plugin_string_t name = lent_text(caisson_text_of(level_names[level]));
    return caisson_connect_log_enabled(&name);
}

/* What the worker tells goes into the error, and the worker's memory is freed. */
static bool told(bool well, plugin_string_t *message, caisson_error *error) {
    if (well) return true;
    caisson_fail(error, CAISSON_CONNECT_ERROR, "%.*s", (int)message->len, (const char *)message->ptr);
    plugin_string_free(message);
    return false;
}

bool caisson_host_offsets(caisson_bytes partitions, caisson_bytes *offsets, caisson_error *error) {
    plugin_list_u8_t asked = {(uint8_t *)partitions.ptr, partitions.len}, found = {0};
    plugin_string_t message;
    if (!told(caisson_connect_offset_reader_offsets(&asked, &found, &message), &message, error)) return false;
    uint8_t *copy = caisson_alloc(found.len);
    if (found.len > 0) memcpy(copy, found.ptr, found.len);
    *offsets = (caisson_bytes){copy, found.len};
    plugin_list_u8_free(&found);
    return true;
}

bool caisson_host_can_define_transactions(void) { return caisson_connect_transaction_context_available(); }

void caisson_host_end_transaction(bool commit) {
    if (commit) {
        caisson_connect_transaction_context_commit_transaction();
    } else {
        caisson_connect_transaction_context_abort_transaction();
    }
}

void caisson_host_rewind(const caisson_topic_partition_offset *offsets, size_t count) {
    caisson_connect_types_topic_partition_offset_t *list = caisson_alloc(count * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i].topic = lent_text(offsets[i].topic);
        list[i].partition = offsets[i].partition;
        list[i].offset = offsets[i].offset;
    }
    caisson_connect_task_context_list_topic_partition_offset_t asked = {list, count};
    caisson_connect_task_context_offset(&asked);
}

void caisson_host_timeout(uint64_t milliseconds) { caisson_connect_task_context_timeout(milliseconds); }

bool caisson_host_pause(bool pause, const caisson_topic_partition *partitions, size_t count, caisson_error *error) {
    caisson_connect_types_topic_partition_t *list = caisson_alloc(count * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i].topic = lent_text(partitions[i].topic);
        list[i].partition = partitions[i].partition;
    }
    caisson_connect_task_context_list_topic_partition_t asked = {list, count};
    plugin_string_t message;
    bool well = pause ? caisson_connect_task_context_pause(&asked, &message) : caisson_connect_task_context_resume(&asked, &message);
    return told(well, &message, error);
}

void caisson_host_request_commit(void) { caisson_connect_task_context_request_commit(); }

bool caisson_host_can_report(void) { return caisson_connect_errant_record_reporter_available(); }

bool caisson_host_report(uint32_t id, const caisson_error *reported, caisson_error *error) {
    caisson_connect_types_error_t crossing = {
        .kind = lent_text(caisson_text_of(caisson_error_kind_name(reported->kind))),
        .class_ = lent_text(caisson_text_of(caisson_error_class(reported->kind))),
        .message = lent_text(reported->message),
    };
    plugin_string_t message;
    return told(caisson_connect_errant_record_reporter_report(id, &crossing, &message), &message, error);
}

void caisson_host_request_task_reconfiguration(void) { caisson_connect_task_context_request_task_reconfiguration(); }

void caisson_host_raise_error(caisson_text message) {
    plugin_string_t text = lent_text(message);
    caisson_connect_task_context_raise_error(&text);
}
