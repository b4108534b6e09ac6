#include "streams.h"

/* The bindings ask for the object file that has their world in it; `caisson build` writes the world into the module itself. */
void __component_type_object_force_link_network_client(void) {}

network_client_string_t stream_lent(caisson_text text) { return (network_client_string_t){(uint8_t *)text.ptr, text.len}; }

uint64_t stream_until(uint32_t milliseconds) {
    return milliseconds == 0 ? 0 : wasi_clocks_monotonic_clock_now() + milliseconds * STREAM_NANOSECONDS;
}

bool stream_wait(wasi_io_poll_own_pollable_t ready, uint64_t until) {
    wasi_io_poll_borrow_pollable_t waited = wasi_io_poll_borrow_pollable(ready);
    bool in_time = true;
    if (until == 0) {
        wasi_io_poll_method_pollable_block(waited);
    } else {
        wasi_io_poll_own_pollable_t over = wasi_clocks_monotonic_clock_subscribe_instant(until);
        wasi_io_poll_borrow_pollable_t both[] = {waited, wasi_io_poll_borrow_pollable(over)};
        wasi_io_poll_list_borrow_pollable_t list = {both, 2};
        network_client_list_u32_t which;
        wasi_io_poll_poll(&list, &which);
        network_client_list_u32_free(&which);
        in_time = wasi_io_poll_method_pollable_ready(waited);
        wasi_io_poll_pollable_drop_own(over);
    }
    wasi_io_poll_pollable_drop_own(ready);
    return in_time;
}

const char *stream_end(wasi_io_streams_stream_error_t *end) {
    const char *why = NULL;
    if (end->tag != WASI_IO_STREAMS_STREAM_ERROR_CLOSED) {
        network_client_string_t text;
        wasi_io_error_method_error_to_debug_string(wasi_io_error_borrow_error(end->val.last_operation_failed), &text);
        why = caisson_format("%.*s", (int)text.len, (const char *)text.ptr).ptr;
        network_client_string_free(&text);
        /* The bindings' own function frees memory, no handles. */
        wasi_io_error_error_drop_own(end->val.last_operation_failed);
    }
    return why;
}

static const char *broken(wasi_io_streams_stream_error_t *end) {
    const char *why = stream_end(end);
    return why == NULL ? "the other side has ended" : why;
}

/* How many bytes the stream takes, waiting until it takes some. NULL, or what is wrong. */
static const char *room(wasi_io_streams_borrow_output_stream_t stream, uint64_t until, size_t *taken) {
    uint64_t most = 0;
    wasi_io_streams_stream_error_t end;
    while (most == 0) {
        if (!wasi_io_streams_method_output_stream_check_write(stream, &most, &end)) return broken(&end);
        if (most == 0 && !stream_wait(wasi_io_streams_method_output_stream_subscribe(stream), until)) return "the time is over";
    }
    *taken = most < STREAM_PIECE ? (size_t)most : (size_t)STREAM_PIECE;
    return NULL;
}

const char *stream_write(wasi_io_streams_borrow_output_stream_t stream, caisson_bytes data, uint64_t until) {
    wasi_io_streams_stream_error_t end;
    size_t now;
    while (data.len > 0) {
        const char *why = room(stream, until, &now);
        if (why != NULL) return why;
        if (now > data.len) now = data.len;
        network_client_list_u8_t piece = {(uint8_t *)data.ptr, now};
        if (!wasi_io_streams_method_output_stream_write(stream, &piece, &end)) return broken(&end);
        data = (caisson_bytes){data.ptr + now, data.len - now};
    }
    if (!wasi_io_streams_method_output_stream_flush(stream, &end)) return broken(&end);
    return room(stream, until, &now);
}
