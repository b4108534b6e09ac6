/* Memory, texts and errors of one call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define CHUNK_SIZE ((size_t)64 * 1024)
#define ALIGNMENT ((size_t)16)

typedef struct chunk {
    struct chunk *next;
    size_t used, size;
} chunk;

#define CHUNK_HEAD ((sizeof(chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

static chunk *chunks;

caisson_error caisson_pending;

void *caisson_alloc(size_t size) {
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (chunks == NULL || chunks->size - chunks->used < size) {
        size_t space = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        chunk *made = malloc(CHUNK_HEAD + space);
        if (made == NULL) abort();
        *made = (chunk){.next = chunks, .used = 0, .size = space};
        chunks = made;
    }
    void *found = (char *)chunks + CHUNK_HEAD + chunks->used;
    chunks->used += size;
    return memset(found, 0, size);
}

void caisson_end_call(void) {
    /* One chunk is kept for the next call. */
    while (chunks != NULL && chunks->next != NULL) {
        chunk *next = chunks->next;
        free(chunks);
        chunks = next;
    }
    if (chunks != NULL) chunks->used = 0;
    caisson_pending = (caisson_error){0};
}

caisson_text caisson_text_of(const char *zero_ended) {
    return (caisson_text){zero_ended, zero_ended == NULL ? 0 : strlen(zero_ended)};
}

caisson_text caisson_formatted(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0) return caisson_text_of(format);
    char *made = caisson_alloc((size_t)size + 1);
    vsnprintf(made, (size_t)size + 1, format, arguments);
    return (caisson_text){made, (size_t)size};
}

caisson_text caisson_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    caisson_text made = caisson_formatted(format, arguments);
    va_end(arguments);
    return made;
}

bool caisson_text_is(caisson_text text, const char *zero_ended) {
    return text.ptr != NULL && text.len == strlen(zero_ended) && memcmp(text.ptr, zero_ended, text.len) == 0;
}

char *caisson_text_keep(caisson_text text) {
    char *made = malloc(text.len + 1);
    if (made == NULL) abort();
    if (text.len > 0) memcpy(made, text.ptr, text.len);
    made[text.len] = 0;
    return made;
}

bool caisson_fail(caisson_error *error, caisson_error_kind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    *error = (caisson_error){true, kind, caisson_formatted(format, arguments)};
    va_end(arguments);
    return false;
}

void caisson_malformed(const char *what) {
    if (!caisson_pending.set) caisson_fail(&caisson_pending, CAISSON_DATA_ERROR, "malformed batch: %s", what);
}

bool caisson_settle(bool well, caisson_error *error) {
    if (caisson_pending.set) {
        *error = caisson_pending;
        caisson_pending = (caisson_error){0};
        return false;
    }
    if (!well && !error->set) caisson_fail(error, CAISSON_CONNECT_ERROR, "the plugin failed and did not say why");
    return well;
}

const char *caisson_error_kind_name(caisson_error_kind kind) {
    switch (kind) {
    case CAISSON_RETRIABLE_ERROR:
        return "retriable";
    case CAISSON_DATA_ERROR:
        return "data";
    case CAISSON_CONFIG_ERROR:
        return "config";
    default:
        return "connect";
    }
}

/* What tools expect to read in traces and in the headers of dead letters. */
const char *caisson_error_class(caisson_error_kind kind) {
    switch (kind) {
    case CAISSON_RETRIABLE_ERROR:
        return "org.apache.kafka.connect.errors.RetriableException";
    case CAISSON_DATA_ERROR:
        return "org.apache.kafka.connect.errors.DataException";
    case CAISSON_CONFIG_ERROR:
        return "org.apache.kafka.common.config.ConfigException";
    default:
        return "org.apache.kafka.connect.errors.ConnectException";
    }
}

void caisson_log(caisson_level level, const char *format, ...) {
    if (!caisson_host_log_enabled(level)) return;
    va_list arguments;
    va_start(arguments, format);
    caisson_host_log(level, caisson_formatted(format, arguments));
    va_end(arguments);
}

bool caisson_log_enabled(caisson_level level) { return caisson_host_log_enabled(level); }
