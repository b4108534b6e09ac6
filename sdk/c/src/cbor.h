/* Items of RFC 8949 as wit/record.cddl uses them.
 *
 * What C libraries there are decode a whole document into a tree, or read it as a stream; a plugin looks at one field of a record
 * and passes the others on as they are. What it needs is where each item ends, which is what this file tells.
 *
 * Positions: every function that returns a position returns CBOR_FAILED for what is malformed, and takes CBOR_FAILED and returns it
 * again, so that it is enough to look at the last one. Whoever meets it first says so by caisson_malformed.
 */
#ifndef CAISSON_CBOR_H
#define CAISSON_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CBOR_FAILED SIZE_MAX

enum { CBOR_UNSIGNED, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE };
enum { CBOR_FALSE = 0xf4, CBOR_TRUE = 0xf5, CBOR_NULL = 0xf6, CBOR_FLOAT32 = 0xfa, CBOR_FLOAT64 = 0xfb };
enum {
    CBOR_TAG_BIG_UNSIGNED = 2,
    CBOR_TAG_BIG_NEGATIVE = 3,
    CBOR_TAG_DECIMAL = 4,
    CBOR_TAG_EMBEDDED = 24,
    CBOR_TAG_INT8 = 7001,
    CBOR_TAG_INT16 = 7002,
    CBOR_TAG_INT32 = 7003,
    CBOR_TAG_DATE = 7004,
    CBOR_TAG_TYPED = 7005
};

typedef struct cbor_span {
    const uint8_t *data;
    size_t size;
} cbor_span;

/* The first byte of the item there, 0xff behind the end. */
uint8_t cbor_first(cbor_span in, size_t pos);
size_t cbor_head(cbor_span in, size_t pos, uint8_t *major, uint64_t *number);
/* The number of items of an array or map, which there are bytes enough for. */
size_t cbor_count(cbor_span in, size_t pos, uint8_t major, size_t *count);
/* A text or byte string, where it is. */
size_t cbor_string(cbor_span in, size_t pos, uint8_t major, cbor_span *out);
size_t cbor_integer(cbor_span in, size_t pos, int64_t *number);
size_t cbor_real(cbor_span in, size_t pos, double *number, bool *narrow);
size_t cbor_skip(cbor_span in, size_t pos);
/* The bytes from pos to next; none when either failed. */
cbor_span cbor_between(cbor_span in, size_t pos, size_t next);

/* Bytes that belong to the call. */
typedef struct cbor_buffer {
    uint8_t *data;
    size_t size, capacity;
} cbor_buffer;

void cbor_append(cbor_buffer *out, const void *data, size_t size);
void cbor_append_byte(cbor_buffer *out, uint8_t byte);
void cbor_append_head(cbor_buffer *out, uint8_t major, uint64_t number);
void cbor_append_integer(cbor_buffer *out, int64_t number);
void cbor_append_text(cbor_buffer *out, const char *text, size_t size);
void cbor_append_bytes(cbor_buffer *out, const uint8_t *data, size_t size);
void cbor_append_real(cbor_buffer *out, double number, bool narrow);
/* Makes what was appended behind start an embedded item: one whose end is found without looking into it. */
void cbor_embed(cbor_buffer *out, size_t start);

#endif
