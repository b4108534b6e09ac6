/* TCP to the addresses that the connector's configuration grants.
 *
 *     {.name = "server", .type = CAISSON_CONFIG_STRING, .documentation = "host:port", .access = CAISSON_ADDRESS}
 *
 *     caisson_connection *connection = caisson_tcp_open(caisson_config_text(config, "server"), 10000, error);
 *     if (connection == NULL) return false;
 *
 * Of a key with CAISSON_ADDRESS exactly the host and port that it names are granted, and connecting to anything else ends in an error that
 * says so. In a unit test there is no connection: caisson_tcp_open fails. */
#ifndef CAISSON_TCP_H
#define CAISSON_TCP_H

#include "caisson.h"

/* Belongs to the plugin, which closes it. */
typedef struct caisson_connection caisson_connection;

/* Times are milliseconds; 0: as long as the call into the plugin. */

/* Connects to host:port; an IPv6 address stands in brackets. NULL: the error is a connect error when it is no address or is not granted, a
 * retriable one when there is no connection. */
caisson_connection *caisson_tcp_open(caisson_text address, uint32_t timeout_ms, caisson_error *error);
/* Reads what is there, at most `size` bytes, and waits while nothing is. *count is 0 when the other side has ended. False: a retriable error,
 * since the connection broke or the time is over. */
bool caisson_tcp_read(caisson_connection *connection, void *buffer, size_t size, uint32_t timeout_ms, size_t *count,
                      caisson_error *error);
/* Writes all of it. False: as above. */
bool caisson_tcp_write(caisson_connection *connection, caisson_bytes data, uint32_t timeout_ms, caisson_error *error);
/* Ends the connection; NULL is none. */
void caisson_tcp_close(caisson_connection *connection);

#endif
