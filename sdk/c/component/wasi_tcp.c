/* Connections over wasi:sockets. Every handle is dropped here: the worker bounds how many there are. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "streams.h"

struct caisson_connection {
    wasi_sockets_tcp_own_tcp_socket_t socket;
    wasi_io_streams_own_input_stream_t input;
    wasi_io_streams_own_output_stream_t output;
};

/* A connection that is being made. */
typedef struct attempt {
    const caisson_address *address;
    uint64_t until;
    wasi_sockets_network_borrow_network_t network;
    caisson_error *error;
} attempt;

/* Why there is no connection, by the number in wasi:sockets. Returns false. */
static bool told(const attempt *made, wasi_sockets_network_error_code_t code) {
    static const char *const names[] = {
        "unknown error", "access denied", "not supported", "invalid argument", "out of memory", "timeout", "concurrency conflict",
        "not in progress", "would block", "invalid state", "too many sockets", "address not bindable", "address in use",
        "remote unreachable", "connection refused", "connection reset", "connection aborted", "datagram too large",
        "name unresolvable", "temporary resolver failure", "permanent resolver failure",
    };
    bool lasting = code == WASI_SOCKETS_NETWORK_ERROR_CODE_ACCESS_DENIED ||
                   code == WASI_SOCKETS_NETWORK_ERROR_CODE_INVALID_ARGUMENT ||
                   code == WASI_SOCKETS_NETWORK_ERROR_CODE_NOT_SUPPORTED;
    const char *what = code < sizeof names / sizeof *names ? names[code] : "an error without a name";
    if (code == WASI_SOCKETS_NETWORK_ERROR_CODE_ACCESS_DENIED) {
        what = "nothing in the connector's config grants it; sandbox.grants may";
    }
    return caisson_fail(made->error, lasting ? CAISSON_CONNECT_ERROR : CAISSON_RETRIABLE_ERROR, "%.*s:%u: %s",
                        (int)made->address->host.len, made->address->host.ptr, made->address->port, what);
}

static void connection_drop(const caisson_connection *connection) {
    wasi_io_streams_input_stream_drop_own(connection->input);
    wasi_io_streams_output_stream_drop_own(connection->output);
    wasi_sockets_tcp_tcp_socket_drop_own(connection->socket);
}

/* ---- Connecting ---- */

static bool connected(const attempt *made, caisson_connection *connection) {
    wasi_sockets_tcp_borrow_tcp_socket_t socket = wasi_sockets_tcp_borrow_tcp_socket(connection->socket);
    wasi_sockets_tcp_tuple2_own_input_stream_own_output_stream_t streams;
    wasi_sockets_network_error_code_t code;
    while (!wasi_sockets_tcp_method_tcp_socket_finish_connect(socket, &streams, &code)) {
        if (code != WASI_SOCKETS_NETWORK_ERROR_CODE_WOULD_BLOCK) return told(made, code);
        if (!stream_wait(wasi_sockets_tcp_method_tcp_socket_subscribe(socket), made->until)) {
            return told(made, WASI_SOCKETS_NETWORK_ERROR_CODE_TIMEOUT);
        }
    }
    connection->input = streams.f0;
    connection->output = streams.f1;
    return true;
}

static bool connect_to(const attempt *made, const wasi_sockets_network_ip_address_t *number, caisson_connection *connection) {
    bool four = number->tag == WASI_SOCKETS_NETWORK_IP_ADDRESS_IPV4;
    wasi_sockets_network_ip_address_family_t family =
        four ? WASI_SOCKETS_NETWORK_IP_ADDRESS_FAMILY_IPV4 : WASI_SOCKETS_NETWORK_IP_ADDRESS_FAMILY_IPV6;
    wasi_sockets_network_ip_socket_address_t remote;
    if (four) {
        remote.tag = WASI_SOCKETS_NETWORK_IP_SOCKET_ADDRESS_IPV4;
        remote.val.ipv4 = (wasi_sockets_network_ipv4_socket_address_t){made->address->port, number->val.ipv4};
    } else {
        remote.tag = WASI_SOCKETS_NETWORK_IP_SOCKET_ADDRESS_IPV6;
        remote.val.ipv6 = (wasi_sockets_network_ipv6_socket_address_t){.port = made->address->port, .address = number->val.ipv6};
    }
    wasi_sockets_network_error_code_t code;
    if (!wasi_sockets_tcp_create_socket_create_tcp_socket(family, &connection->socket, &code)) return told(made, code);
    wasi_sockets_tcp_borrow_tcp_socket_t socket = wasi_sockets_tcp_borrow_tcp_socket(connection->socket);
    bool begun = wasi_sockets_tcp_method_tcp_socket_start_connect(socket, made->network, &remote, &code) || told(made, code);
    if (begun && connected(made, connection)) return true;
    wasi_sockets_tcp_tcp_socket_drop_own(connection->socket);
    return false;
}

/* The host as a number, if it is one. */
static bool number_of(caisson_text host, wasi_sockets_network_ip_address_t *number) {
    const char *text = caisson_format("%.*s", (int)host.len, host.ptr).ptr;
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1) {
        number->tag = WASI_SOCKETS_NETWORK_IP_ADDRESS_IPV4;
        number->val.ipv4 = (wasi_sockets_network_ipv4_address_t){bytes[0], bytes[1], bytes[2], bytes[3]};
        return true;
    }
    if (inet_pton(AF_INET6, text, bytes) != 1) return false;
    uint16_t words[8];
    for (size_t i = 0; i < 8; i++) words[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    number->tag = WASI_SOCKETS_NETWORK_IP_ADDRESS_IPV6;
    number->val.ipv6 = (wasi_sockets_network_ipv6_address_t){words[0], words[1], words[2], words[3],
                                                             words[4], words[5], words[6], words[7]};
    return true;
}

/* Tries what the host's name stands for, in the order of the answers. */
static bool connect_to_name(const attempt *made, caisson_connection *connection) {
    network_client_string_t name = stream_lent(made->address->host);
    wasi_sockets_ip_name_lookup_own_resolve_address_stream_t answers;
    wasi_sockets_network_error_code_t code;
    if (!wasi_sockets_ip_name_lookup_resolve_addresses(made->network, &name, &answers, &code)) return told(made, code);
    wasi_sockets_ip_name_lookup_borrow_resolve_address_stream_t stream =
        wasi_sockets_ip_name_lookup_borrow_resolve_address_stream(answers);
    wasi_sockets_ip_name_lookup_option_ip_address_t next;
    bool well = false, more = true;
    told(made, WASI_SOCKETS_NETWORK_ERROR_CODE_NAME_UNRESOLVABLE); /* unless an answer says more */
    while (!well && more) {
        if (wasi_sockets_ip_name_lookup_method_resolve_address_stream_resolve_next_address(stream, &next, &code)) {
            more = next.is_some;
            well = more && connect_to(made, &next.val, connection);
        } else if (code != WASI_SOCKETS_NETWORK_ERROR_CODE_WOULD_BLOCK) {
            more = told(made, code);
        } else if (!stream_wait(wasi_sockets_ip_name_lookup_method_resolve_address_stream_subscribe(stream), made->until)) {
            more = told(made, WASI_SOCKETS_NETWORK_ERROR_CODE_TIMEOUT);
        }
    }
    wasi_sockets_ip_name_lookup_resolve_address_stream_drop_own(answers);
    return well;
}

caisson_connection *caisson_host_connect(const caisson_address *address, uint32_t timeout_ms, caisson_error *error) {
    wasi_sockets_network_own_network_t network = wasi_sockets_instance_network_instance_network();
    attempt made = {address, stream_until(timeout_ms), wasi_sockets_network_borrow_network(network), error};
    wasi_sockets_network_ip_address_t number;
    caisson_connection found, *kept = NULL;
    bool well = number_of(address->host, &number) ? connect_to(&made, &number, &found) : connect_to_name(&made, &found);
    wasi_sockets_network_network_drop_own(network);
    if (!well) return NULL;
    /* What failed before an address that answers is no failure. */
    *error = (caisson_error){0};
    kept = malloc(sizeof *kept);
    if (kept == NULL) abort();
    *kept = found;
    return kept;
}

/* ---- In use ---- */

static bool broke(caisson_error *error, const char *why) {
    return caisson_fail(error, CAISSON_RETRIABLE_ERROR, "the connection broke: %s", why);
}

bool caisson_tcp_read(caisson_connection *connection, void *buffer, size_t size, uint32_t timeout_ms, size_t *count,
                      caisson_error *error) {
    wasi_io_streams_borrow_input_stream_t stream = wasi_io_streams_borrow_input_stream(connection->input);
    uint64_t until = stream_until(timeout_ms), most = size < STREAM_PIECE ? size : STREAM_PIECE;
    network_client_list_u8_t piece;
    wasi_io_streams_stream_error_t end;
    *count = 0;
    while (*count == 0 && size > 0) {
        if (!wasi_io_streams_method_input_stream_read(stream, most, &piece, &end)) {
            const char *why = stream_end(&end);
            return why == NULL || broke(error, why);
        }
        *count = piece.len;
        if (piece.len > 0) memcpy(buffer, piece.ptr, piece.len);
        network_client_list_u8_free(&piece);
        if (*count == 0 && !stream_wait(wasi_io_streams_method_input_stream_subscribe(stream), until)) {
            return caisson_fail(error, CAISSON_RETRIABLE_ERROR, "nothing came in %u ms", (unsigned)timeout_ms);
        }
    }
    return true;
}

bool caisson_tcp_write(caisson_connection *connection, caisson_bytes data, uint32_t timeout_ms, caisson_error *error) {
    const char *why = stream_write(wasi_io_streams_borrow_output_stream(connection->output), data, stream_until(timeout_ms));
    return why == NULL || broke(error, why);
}

void caisson_tcp_close(caisson_connection *connection) {
    if (connection == NULL) return;
    connection_drop(connection);
    free(connection);
}
