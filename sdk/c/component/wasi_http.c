/* Requests through wasi:http. Every handle is dropped here: the worker bounds how many there are. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "streams.h"

static bool appended(wasi_http_types_own_fields_t fields, caisson_text name, caisson_text value) {
    wasi_http_types_field_name_t key = stream_lent(name);
    wasi_http_types_field_value_t bytes = {(uint8_t *)value.ptr, value.len};
    wasi_http_types_header_error_t why;
    return wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(fields), &key, &bytes, &why);
}

static bool has_length(const caisson_http_request *request) {
    static const char *const methods[] = {"POST", "PUT", "PATCH"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(request->method, methods[i]) == 0) return true;
    }
    return request->body.len > 0;
}

static bool fields_of(const caisson_http_request *request, wasi_http_types_own_fields_t fields, caisson_error *error) {
    static const char length[] = "content-length";
    bool measured = has_length(request);
    for (size_t i = 0; i < request->header_count; i++) {
        caisson_text name = request->headers[i].name;
        if (measured && name.len == strlen(length) && strncasecmp(name.ptr, length, name.len) == 0) continue;
        if (appended(fields, name, request->headers[i].value)) continue;
        const char *what = caisson_format("the header %.*s cannot be set", (int)name.len, name.ptr).ptr;
        return caisson_http_fail(error, CAISSON_CONNECT_ERROR, request, what);
    }
    if (!measured || appended(fields, caisson_text_of(length), caisson_format("%zu", request->body.len))) return true;
    return caisson_http_fail(error, CAISSON_CONNECT_ERROR, request, "the length of the body cannot be set");
}

static wasi_http_types_method_t method_of(const char *name) {
    static const struct {
        const char *name;
        uint8_t tag;
    } known[] = {
        {"GET", WASI_HTTP_TYPES_METHOD_GET},         {"HEAD", WASI_HTTP_TYPES_METHOD_HEAD},
        {"POST", WASI_HTTP_TYPES_METHOD_POST},       {"PUT", WASI_HTTP_TYPES_METHOD_PUT},
        {"DELETE", WASI_HTTP_TYPES_METHOD_DELETE},   {"PATCH", WASI_HTTP_TYPES_METHOD_PATCH},
        {"OPTIONS", WASI_HTTP_TYPES_METHOD_OPTIONS},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0) return (wasi_http_types_method_t){.tag = known[i].tag};
    }
    return (wasi_http_types_method_t){.tag = WASI_HTTP_TYPES_METHOD_OTHER, .val.other = stream_lent(caisson_text_of(name))};
}

static bool request_of(const caisson_http_request *request, const caisson_url *url, wasi_http_types_own_outgoing_request_t *made,
                       caisson_error *error) {
    wasi_http_types_own_fields_t fields = wasi_http_types_constructor_fields();
    if (!fields_of(request, fields, error)) {
        wasi_http_types_fields_drop_own(fields);
        return false;
    }
    *made = wasi_http_types_constructor_outgoing_request(fields);
    wasi_http_types_borrow_outgoing_request_t borrowed = wasi_http_types_borrow_outgoing_request(*made);
    wasi_http_types_method_t method = method_of(request->method);
    wasi_http_types_scheme_t scheme = {.tag = url->secure ? WASI_HTTP_TYPES_SCHEME_HTTPS : WASI_HTTP_TYPES_SCHEME_HTTP};
    network_client_string_t authority = stream_lent(url->authority), path = stream_lent(url->path);
    if (wasi_http_types_method_outgoing_request_set_method(borrowed, &method) &&
        wasi_http_types_method_outgoing_request_set_scheme(borrowed, &scheme) &&
        wasi_http_types_method_outgoing_request_set_authority(borrowed, &authority) &&
        wasi_http_types_method_outgoing_request_set_path_with_query(borrowed, &path)) {
        return true;
    }
    wasi_http_types_outgoing_request_drop_own(*made);
    return caisson_http_fail(error, CAISSON_CONNECT_ERROR, request, "it is no request that can be sent");
}

static bool options_of(const caisson_http_request *request, wasi_http_types_own_request_options_t *made, caisson_error *error) {
    *made = wasi_http_types_constructor_request_options();
    wasi_http_types_borrow_request_options_t borrowed = wasi_http_types_borrow_request_options(*made);
    uint64_t connect = request->connect_ms * STREAM_NANOSECONDS, first_byte = request->first_byte_ms * STREAM_NANOSECONDS;
    uint64_t between_bytes = request->between_bytes_ms * STREAM_NANOSECONDS;
    if ((connect == 0 || wasi_http_types_method_request_options_set_connect_timeout(borrowed, &connect)) &&
        (first_byte == 0 || wasi_http_types_method_request_options_set_first_byte_timeout(borrowed, &first_byte)) &&
        (between_bytes == 0 || wasi_http_types_method_request_options_set_between_bytes_timeout(borrowed, &between_bytes))) {
        return true;
    }
    wasi_http_types_request_options_drop_own(*made);
    return caisson_http_fail(error, CAISSON_CONNECT_ERROR, request, "this worker knows no timeouts of requests");
}

/* What goes wrong, by its number in wasi:http. */
static const char *name_of(const wasi_http_types_error_code_t *code) {
    static const char *const names[] = {
        "DNS timeout", "DNS error", "destination not found", "destination unavailable", "destination IP prohibited",
        "destination IP unroutable", "connection refused", "connection terminated", "connection timeout", "connection read timeout",
        "connection write timeout", "connection limit reached", "TLS protocol error", "TLS certificate error", "TLS alert received",
        "HTTP request denied", "HTTP request length required", "HTTP request body size", "HTTP request method invalid",
        "HTTP request URI invalid", "HTTP request URI too long", "HTTP request header section size", "HTTP request header size",
        "HTTP request trailer section size", "HTTP request trailer size", "HTTP response incomplete",
        "HTTP response header section size", "HTTP response header size", "HTTP response body size",
        "HTTP response trailer section size", "HTTP response trailer size", "HTTP response transfer coding",
        "HTTP response content coding", "HTTP response timeout", "HTTP upgrade failed", "HTTP protocol error", "loop detected",
        "configuration error", "internal error",
    };
    if (code->tag == WASI_HTTP_TYPES_ERROR_CODE_INTERNAL_ERROR && code->val.internal_error.is_some) {
        const network_client_string_t *why = &code->val.internal_error.val;
        return caisson_format("%.*s", (int)why->len, (const char *)why->ptr).ptr;
    }
    return code->tag < sizeof names / sizeof *names ? names[code->tag] : "an error without a name";
}

/* Why there is no response. What is none of these may go well another time. */
static bool told(const caisson_http_request *request, const caisson_url *url, wasi_http_types_error_code_t *code,
                 caisson_error *error) {
    caisson_error_kind kind = CAISSON_RETRIABLE_ERROR;
    const char *what = name_of(code);
    switch (code->tag) {
    case WASI_HTTP_TYPES_ERROR_CODE_HTTP_REQUEST_DENIED:
        what = caisson_format("nothing in the connector's config grants %.*s; sandbox.grants may", (int)url->authority.len,
                              url->authority.ptr)
                   .ptr;
        kind = CAISSON_CONNECT_ERROR;
        break;
    case WASI_HTTP_TYPES_ERROR_CODE_HTTP_REQUEST_METHOD_INVALID:
    case WASI_HTTP_TYPES_ERROR_CODE_HTTP_REQUEST_URI_INVALID:
    case WASI_HTTP_TYPES_ERROR_CODE_HTTP_REQUEST_URI_TOO_LONG:
        kind = CAISSON_CONNECT_ERROR;
        break;
    }
    wasi_http_types_error_code_free(code);
    return caisson_http_fail(error, kind, request, what);
}

/* ---- The body of the request ---- */

/* What goes wrong here the answer tells: there is none, or the server has answered before it had everything. */
static void upload(wasi_http_types_own_outgoing_body_t sink, caisson_bytes body) {
    wasi_http_types_own_output_stream_t stream;
    bool whole = false;
    if (wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(sink), &stream)) {
        whole = stream_write(wasi_io_streams_borrow_output_stream(stream), body, 0) == NULL;
        wasi_io_streams_output_stream_drop_own(stream);
    }
    wasi_http_types_error_code_t code;
    if (!whole) {
        wasi_http_types_outgoing_body_drop_own(sink);
    } else if (!wasi_http_types_static_outgoing_body_finish(sink, NULL, &code)) {
        wasi_http_types_error_code_free(&code);
    }
}

/* ---- The response ---- */

static void *copied(const void *bytes, size_t len) {
    void *copy = caisson_alloc(len + 1);
    if (len > 0) memcpy(copy, bytes, len);
    return copy;
}

static void take_headers(wasi_http_types_borrow_incoming_response_t answer, caisson_http_response *response) {
    wasi_http_types_own_fields_t fields = wasi_http_types_method_incoming_response_headers(answer);
    wasi_http_types_list_tuple2_field_name_field_value_t entries;
    wasi_http_types_method_fields_entries(wasi_http_types_borrow_fields(fields), &entries);
    caisson_http_header *headers = caisson_alloc(entries.len * sizeof *headers);
    for (size_t i = 0; i < entries.len; i++) {
        const network_client_string_t *name = &entries.ptr[i].f0;
        const wasi_http_types_field_value_t *value = &entries.ptr[i].f1;
        headers[i].name = (caisson_text){copied(name->ptr, name->len), name->len};
        headers[i].value = (caisson_text){copied(value->ptr, value->len), value->len};
    }
    response->headers = headers;
    response->header_count = entries.len;
    wasi_http_types_list_tuple2_field_name_field_value_free(&entries);
    wasi_http_types_fields_drop_own(fields);
}

/* What ended a body, and drops that; NULL: it is whole. */
static const char *ended_by(wasi_io_streams_stream_error_t *end) {
    wasi_http_types_error_code_t code;
    if (end->tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED) return stream_end(end);
    if (!wasi_http_types_http_error_code(wasi_io_error_borrow_error(end->val.last_operation_failed), &code)) return stream_end(end);
    const char *name = name_of(&code);
    wasi_http_types_error_code_free(&code);
    wasi_io_error_error_drop_own(end->val.last_operation_failed);
    return name;
}

typedef struct pieces {
    network_client_list_u8_t *each;
    size_t count, capacity, size;
} pieces;

static void keep(pieces *kept, network_client_list_u8_t piece) {
    if (kept->count == kept->capacity) {
        kept->capacity = kept->capacity * 2 + 8;
        kept->each = realloc(kept->each, kept->capacity * sizeof *kept->each);
        if (kept->each == NULL) abort();
    }
    kept->each[kept->count++] = piece;
    kept->size += piece.len;
}

/* The pieces as one, and frees them. */
static caisson_bytes joined(pieces *kept) {
    uint8_t *whole = caisson_alloc(kept->size + 1);
    size_t at = 0;
    for (size_t i = 0; i < kept->count; i++) {
        if (kept->each[i].len > 0) memcpy(whole + at, kept->each[i].ptr, kept->each[i].len);
        at += kept->each[i].len;
        network_client_list_u8_free(&kept->each[i]);
    }
    free(kept->each);
    return (caisson_bytes){whole, at};
}

static bool take_body(const caisson_http_request *request, wasi_io_streams_borrow_input_stream_t stream,
                      caisson_http_response *response, caisson_error *error) {
    pieces kept = {0};
    network_client_list_u8_t piece;
    wasi_io_streams_stream_error_t end;
    bool more = true;
    while (more && kept.size <= request->most) {
        more = wasi_io_streams_method_input_stream_blocking_read(stream, STREAM_PIECE, &piece, &end);
        if (more) keep(&kept, piece);
    }
    response->body = joined(&kept);
    if (more) return caisson_http_too_long(error, request);
    const char *why = ended_by(&end);
    if (why == NULL) return true;
    why = caisson_format("the response's body ended early: %s", why).ptr;
    return caisson_http_fail(error, CAISSON_RETRIABLE_ERROR, request, why);
}

static bool take_response(const caisson_http_request *request, wasi_http_types_borrow_incoming_response_t answer,
                          caisson_http_response *response, caisson_error *error) {
    wasi_http_types_own_incoming_body_t body;
    wasi_http_types_own_input_stream_t stream;
    response->status = wasi_http_types_method_incoming_response_status(answer);
    take_headers(answer, response);
    if (!wasi_http_types_method_incoming_response_consume(answer, &body)) {
        return caisson_http_fail(error, CAISSON_RETRIABLE_ERROR, request, "the response has no body");
    }
    bool well = wasi_http_types_method_incoming_body_stream(wasi_http_types_borrow_incoming_body(body), &stream);
    if (well) {
        well = take_body(request, wasi_io_streams_borrow_input_stream(stream), response, error);
        wasi_io_streams_input_stream_drop_own(stream);
    } else {
        caisson_http_fail(error, CAISSON_RETRIABLE_ERROR, request, "the response has no body");
    }
    wasi_http_types_incoming_body_drop_own(body);
    return well;
}

static bool await(const caisson_http_request *request, const caisson_url *url,
                  wasi_http_types_borrow_future_incoming_response_t future, caisson_http_response *response, caisson_error *error) {
    wasi_http_types_result_result_own_incoming_response_error_code_void_t got;
    while (!wasi_http_types_method_future_incoming_response_get(future, &got)) {
        stream_wait(wasi_http_types_method_future_incoming_response_subscribe(future), 0);
    }
    if (got.is_err) return caisson_http_fail(error, CAISSON_CONNECT_ERROR, request, "the response was taken before");
    if (got.val.ok.is_err) return told(request, url, &got.val.ok.val.err, error);
    wasi_http_types_own_incoming_response_t answer = got.val.ok.val.ok;
    bool well = take_response(request, wasi_http_types_borrow_incoming_response(answer), response, error);
    wasi_http_types_incoming_response_drop_own(answer);
    return well;
}

bool caisson_host_exchange(const caisson_http_request *request, const caisson_url *url, caisson_http_response *response,
                           caisson_error *error) {
    wasi_http_types_own_outgoing_request_t outgoing;
    wasi_http_types_own_request_options_t options;
    wasi_http_types_own_outgoing_body_t sink;
    wasi_http_types_own_future_incoming_response_t future;
    wasi_http_types_error_code_t code;
    if (!request_of(request, url, &outgoing, error)) return false;
    if (!options_of(request, &options, error)) {
        wasi_http_types_outgoing_request_drop_own(outgoing);
        return false;
    }
    if (!wasi_http_types_method_outgoing_request_body(wasi_http_types_borrow_outgoing_request(outgoing), &sink)) {
        wasi_http_types_outgoing_request_drop_own(outgoing);
        wasi_http_types_request_options_drop_own(options);
        return caisson_http_fail(error, CAISSON_CONNECT_ERROR, request, "the request has no body");
    }
    if (!wasi_http_outgoing_handler_handle(outgoing, &options, &future, &code)) {
        wasi_http_types_outgoing_body_drop_own(sink);
        return told(request, url, &code, error);
    }
    upload(sink, request->body);
    bool well = await(request, url, wasi_http_types_borrow_future_incoming_response(future), response, error);
    wasi_http_types_future_incoming_response_drop_own(future);
    return well;
}
