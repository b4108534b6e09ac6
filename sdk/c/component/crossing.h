/* The contract's types and the SDK's. What crosses to the worker is allocated by malloc: the bindings free it there. */
#ifndef CAISSON_CROSSING_H
#define CAISSON_CROSSING_H

#include "internal.h"
#include "plugin.h"

void *crossing_memory(size_t size);
plugin_string_t crossing_text(caisson_text text);
/* Of a literal or another text that ends with a zero byte. */
plugin_string_t crossing_zero_ended(const char *text);
plugin_list_u8_t crossing_bytes(caisson_bytes bytes);
/* Returns false, as a function of the contract that failed. */
bool crossing_error(const caisson_error *error, caisson_connect_types_error_t *out);
/* A text that the contract's function has to be given, where it is: nothing is copied. */
plugin_string_t lent_text(caisson_text text);

caisson_text taken_text(const plugin_string_t *text);
/* Settings that point into the configuration; they belong to whoever is given them. */
caisson_setting *taken_settings(const caisson_connect_types_config_t *config);
caisson_topic_partition *taken_partitions(const caisson_connect_types_topic_partition_t *partitions, size_t count);

#endif
