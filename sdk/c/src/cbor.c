#include "cbor.h"

#include <string.h>

#include "internal.h"

/* Arrays in arrays: deeper ones are refused before they use up the stack. */
#define DEEPEST 200

static size_t refuse(const char *what) {
    caisson_malformed(what);
    return CBOR_FAILED;
}

uint8_t cbor_first(cbor_span in, size_t pos) { return pos < in.size ? in.data[pos] : 0xff; }

size_t cbor_head(cbor_span in, size_t pos, uint8_t *major, uint64_t *number) {
    *major = CBOR_SIMPLE;
    *number = 0;
    if (pos == CBOR_FAILED) return pos;
    if (pos >= in.size) return refuse("it is cut off");
    uint8_t info = in.data[pos] & 31;
    *major = in.data[pos] >> 5;
    if (info < 24) {
        *number = info;
        return pos + 1;
    }
    if (info > 27) return refuse("an item of indefinite length");
    size_t size = (size_t)1 << (info - 24);
    if (size > in.size - pos - 1) return refuse("it is cut off");
    for (size_t i = 0; i < size; i++) *number = *number << 8 | in.data[pos + 1 + i];
    return pos + 1 + size;
}

size_t cbor_count(cbor_span in, size_t pos, uint8_t wanted, size_t *count) {
    uint8_t major;
    uint64_t number;
    size_t next = cbor_head(in, pos, &major, &number);
    *count = 0;
    if (next == CBOR_FAILED) return next;
    if (major != wanted) return refuse("an item of another type is expected");
    /* Every item takes a byte at least. */
    if (number > in.size - next) return refuse("it is cut off");
    *count = (size_t)number;
    return next;
}

size_t cbor_string(cbor_span in, size_t pos, uint8_t major, cbor_span *out) {
    size_t size;
    size_t next = cbor_count(in, pos, major, &size);
    *out = (cbor_span){in.data, 0};
    if (next == CBOR_FAILED) return next;
    *out = (cbor_span){in.data + next, size};
    return next + size;
}

size_t cbor_integer(cbor_span in, size_t pos, int64_t *number) {
    uint8_t major;
    uint64_t head;
    size_t next = cbor_head(in, pos, &major, &head);
    *number = 0;
    if (next == CBOR_FAILED) return next;
    if (major > CBOR_NEGATIVE || head > INT64_MAX) return refuse("an integer of at most 64 bits is expected");
    *number = major == CBOR_NEGATIVE ? -1 - (int64_t)head : (int64_t)head;
    return next;
}

size_t cbor_real(cbor_span in, size_t pos, double *number, bool *narrow) {
    uint8_t major;
    uint64_t bits;
    size_t next = cbor_head(in, pos, &major, &bits);
    *number = 0;
    *narrow = false;
    if (next == CBOR_FAILED) return next;
    uint8_t first = in.data[pos];
    if (first == CBOR_FLOAT32) {
        uint32_t half = (uint32_t)bits;
        float value;
        memcpy(&value, &half, sizeof value);
        *number = value;
        *narrow = true;
    } else if (first == CBOR_FLOAT64) {
        memcpy(number, &bits, sizeof bits);
    } else {
        return refuse("a float is expected");
    }
    return next;
}

static size_t skip(cbor_span in, size_t pos, int depth) {
    if (depth > DEEPEST) return refuse("an item is nested too deeply");
    uint8_t major;
    uint64_t number;
    size_t next = cbor_head(in, pos, &major, &number);
    if (next == CBOR_FAILED) return next;
    switch (major) {
    case CBOR_UNSIGNED:
    case CBOR_NEGATIVE:
        return next;
    case CBOR_TAG:
        return skip(in, next, depth + 1);
    case CBOR_SIMPLE: {
        uint8_t first = in.data[pos];
        bool known = (first >= CBOR_FALSE && first <= CBOR_NULL) || first == CBOR_FLOAT32 || first == CBOR_FLOAT64;
        return known ? next : refuse("an item that no value has");
    }
    }
    if (number > in.size - next) return refuse("it is cut off");
    if (major == CBOR_BYTES || major == CBOR_TEXT) return next + (size_t)number;
    for (uint64_t left = major == CBOR_MAP ? 2 * number : number; left > 0 && next != CBOR_FAILED; left--) {
        next = skip(in, next, depth + 1);
    }
    return next;
}

size_t cbor_skip(cbor_span in, size_t pos) { return skip(in, pos, 0); }

cbor_span cbor_between(cbor_span in, size_t pos, size_t next) {
    if (pos == CBOR_FAILED || next == CBOR_FAILED || next < pos) return (cbor_span){in.data, 0};
    return (cbor_span){in.data + pos, next - pos};
}

static void reserve(cbor_buffer *out, size_t more) {
    if (out->capacity - out->size >= more) return;
    size_t capacity = out->capacity < 128 ? 256 : out->capacity * 2;
    while (capacity - out->size < more) capacity *= 2;
    uint8_t *data = caisson_alloc(capacity);
    if (out->size > 0) memcpy(data, out->data, out->size);
    out->data = data;
    out->capacity = capacity;
}

void cbor_append(cbor_buffer *out, const void *data, size_t size) {
    if (size == 0) return;
    reserve(out, size);
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

void cbor_append_byte(cbor_buffer *out, uint8_t byte) { cbor_append(out, &byte, 1); }

static void append_sized(cbor_buffer *out, uint8_t first, uint64_t bits, int size) {
    uint8_t bytes[9] = {first};
    for (int i = size; i > 0; i--, bits >>= 8) bytes[i] = (uint8_t)bits;
    cbor_append(out, bytes, (size_t)size + 1);
}

void cbor_append_head(cbor_buffer *out, uint8_t major, uint64_t number) {
    uint8_t first = (uint8_t)(major << 5);
    if (number < 24) {
        cbor_append_byte(out, first | (uint8_t)number);
    } else if (number <= UINT8_MAX) {
        append_sized(out, first | 24, number, 1);
    } else if (number <= UINT16_MAX) {
        append_sized(out, first | 25, number, 2);
    } else if (number <= UINT32_MAX) {
        append_sized(out, first | 26, number, 4);
    } else {
        append_sized(out, first | 27, number, 8);
    }
}

void cbor_append_integer(cbor_buffer *out, int64_t number) {
    if (number < 0) {
        cbor_append_head(out, CBOR_NEGATIVE, (uint64_t)(-1 - number));
    } else {
        cbor_append_head(out, CBOR_UNSIGNED, (uint64_t)number);
    }
}

void cbor_append_text(cbor_buffer *out, const char *text, size_t size) {
    cbor_append_head(out, CBOR_TEXT, size);
    cbor_append(out, text, size);
}

void cbor_append_bytes(cbor_buffer *out, const uint8_t *data, size_t size) {
    cbor_append_head(out, CBOR_BYTES, size);
    cbor_append(out, data, size);
}

void cbor_append_real(cbor_buffer *out, double number, bool narrow) {
    if (narrow) {
        float value = (float)number;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        append_sized(out, CBOR_FLOAT32, bits, 4);
    } else {
        uint64_t bits;
        memcpy(&bits, &number, sizeof bits);
        append_sized(out, CBOR_FLOAT64, bits, 8);
    }
}

void cbor_embed(cbor_buffer *out, size_t start) {
    size_t size = out->size - start;
    cbor_buffer head = {0};
    cbor_append_head(&head, CBOR_TAG, CBOR_TAG_EMBEDDED);
    cbor_append_head(&head, CBOR_BYTES, size);
    cbor_append(out, head.data, head.size);
    memmove(out->data + start + head.size, out->data + start, size);
    memcpy(out->data + start, head.data, head.size);
}
