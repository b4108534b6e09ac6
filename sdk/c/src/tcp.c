/* Addresses, without what connects to them. */
#include <string.h>

#include "internal.h"

static bool port_of(caisson_text text, uint16_t *port) {
    uint32_t number = 0;
    for (size_t i = 0; i < text.len && number <= UINT16_MAX; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        number = number * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *port = (uint16_t)number;
    return number > 0 && number <= UINT16_MAX;
}

static bool address_of(caisson_text text, caisson_address *address) {
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':') colon--;
    if (colon < 2) return false;
    caisson_text host = {text.ptr, colon - 1};
    if (host.ptr[0] == '[') {
        if (host.len < 3 || host.ptr[host.len - 1] != ']') return false;
        host = (caisson_text){host.ptr + 1, host.len - 2};
    } else if (memchr(host.ptr, ':', host.len) != NULL) {
        return false;
    }
    address->host = host;
    return port_of((caisson_text){text.ptr + colon, text.len - colon}, &address->port);
}

caisson_connection *caisson_tcp_open(caisson_text address, uint32_t timeout_ms, caisson_error *error) {
    caisson_address found;
    if (address_of(address, &found)) return caisson_host_connect(&found, timeout_ms, error);
    caisson_fail(error, CAISSON_CONNECT_ERROR, "\"%.*s\" has no host and port", (int)address.len, address.ptr);
    return NULL;
}
