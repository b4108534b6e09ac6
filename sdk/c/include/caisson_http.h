/* HTTP to the addresses that the connector's configuration grants.
 *
 *     {.name = "url", .type = CAISSON_CONFIG_STRING, .documentation = "Where names are known.", .access = CAISSON_URL}
 *
 *     caisson_http_request request = {.url = caisson_format("%s/names/%s", url, name)};
 *     caisson_http_response found;
 *     if (!caisson_http_send(&request, &found, error)) return CAISSON_FAILED;
 *     if (found.status == 200) caisson_set(value, "known", caisson_string(caisson_http_text(&found)));
 *
 * Of a key with CAISSON_URL exactly the host and port that it names are granted, and a request to anything else ends in an error that says
 * so. A status of 400 and more is a response too. A redirect is an answer like any other: whoever follows it asks anew. The worker connects,
 * keeps connections and speaks TLS. A unit test reaches no server: it answers by caisson_test_serve of caisson_testing.h. */
#ifndef CAISSON_HTTP_H
#define CAISSON_HTTP_H

#include "caisson.h"

/* The longest body of a response, in bytes, unless the request says otherwise. */
#define CAISSON_HTTP_MOST ((size_t)16 * 1024 * 1024)

typedef struct caisson_http_header {
    caisson_text name, value;
} caisson_http_header;

typedef struct caisson_http_request {
    const char *method; /* NULL: GET */
    /* With a scheme, http or https, and a host; without a user, which is what the header Authorization is for. */
    caisson_text url;
    /* Content-Length is set; Host and what else is the connection's affair cannot be. */
    const caisson_http_header *headers;
    size_t header_count;
    caisson_bytes body;
    /* Milliseconds; 0: as long as the call into the plugin. */
    uint32_t connect_ms;       /* connecting, TLS included */
    uint32_t first_byte_ms;    /* from the request to the head of the response */
    uint32_t between_bytes_ms; /* between two pieces of the response's body */
    size_t most;               /* the longest body of the response, in bytes; 0: CAISSON_HTTP_MOST */
} caisson_http_request;

/* What came back, all of the body included. It belongs to the call: a transformation holds what all records of a batch were answered. */
typedef struct caisson_http_response {
    uint16_t status;
    const caisson_http_header *headers;
    size_t header_count;
    caisson_bytes body;
} caisson_http_response;

/* Sends a request and waits for the whole response. False: the error is a connect error when the URL has no scheme and host, a header may
 * not be set, the address is not granted, or the body is longer than `most`; a retriable one when no response came, since there was no
 * connection, a timeout or broken HTTP, or when its body ended early. */
bool caisson_http_send(const caisson_http_request *request, caisson_http_response *response, caisson_error *error);

/* The first value of a header, however its name is written; ptr NULL: none. */
caisson_text caisson_http_value(const caisson_http_response *response, const char *name);
/* The body as a text. */
caisson_text caisson_http_text(const caisson_http_response *response);

#endif
