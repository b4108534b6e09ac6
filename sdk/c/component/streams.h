/* WASI's streams and waits, for requests and connections. */
#ifndef CAISSON_STREAMS_H
#define CAISSON_STREAMS_H

#include "internal.h"
#include "network_client.h"

#define STREAM_PIECE ((uint64_t)64 * 1024)
#define STREAM_NANOSECONDS ((uint64_t)1000000) /* of a millisecond */

/* What is lent to a function of the bindings stays the lender's: they free nothing that they are given. */
network_client_string_t stream_lent(caisson_text text);

/* A moment so many milliseconds from now, by the worker's clock; 0 for 0: never. */
uint64_t stream_until(uint32_t milliseconds);
/* Waits until it is ready, and drops it. False: the moment has come. */
bool stream_wait(wasi_io_poll_own_pollable_t ready, uint64_t until);
/* Writes all of it, and waits until the worker has passed it on. NULL, or what went wrong. */
const char *stream_write(wasi_io_streams_borrow_output_stream_t stream, caisson_bytes data, uint64_t until);
/* What ended a stream, and drops that; NULL: it was closed. */
const char *stream_end(wasi_io_streams_stream_error_t *end);

#endif
