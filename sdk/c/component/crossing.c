#include "crossing.h"

#include <stdlib.h>
#include <string.h>

void *crossing_memory(size_t size) {
    /* The bindings free no list without items. */
    if (size == 0) return NULL;
    void *made = malloc(size);
    if (made == NULL) abort();
    return made;
}

plugin_string_t crossing_text(caisson_text text) {
    plugin_string_t made = {crossing_memory(text.len), text.len};
    if (text.len > 0) memcpy(made.ptr, text.ptr, text.len);
    return made;
}

plugin_string_t crossing_zero_ended(const char *text) { return crossing_text(caisson_text_of(text)); }

plugin_list_u8_t crossing_bytes(caisson_bytes bytes) {
    plugin_list_u8_t made = {crossing_memory(bytes.len), bytes.len};
    if (bytes.len > 0) memcpy(made.ptr, bytes.ptr, bytes.len);
    return made;
}

bool crossing_error(const caisson_error *error, caisson_connect_types_error_t *out) {
    *out = (caisson_connect_types_error_t){
        .kind = crossing_zero_ended(caisson_error_kind_name(error->kind)),
        .class_ = crossing_zero_ended(caisson_error_class(error->kind)),
        .message = crossing_text(error->message),
    };
    return false;
}

plugin_string_t lent_text(caisson_text text) { return (plugin_string_t){(uint8_t *)text.ptr, text.len}; }

caisson_text taken_text(const plugin_string_t *text) {
    return (caisson_text){text->len == 0 ? "" : (const char *)text->ptr, text->len};
}

caisson_setting *taken_settings(const caisson_connect_types_config_t *config) {
    caisson_setting *made = calloc(config->len + 1, sizeof *made);
    if (made == NULL) abort();
    for (size_t i = 0; i < config->len; i++) {
        made[i] = (caisson_setting){taken_text(&config->ptr[i].f0), taken_text(&config->ptr[i].f1)};
    }
    return made;
}

caisson_topic_partition *taken_partitions(const caisson_connect_types_topic_partition_t *partitions, size_t count) {
    caisson_topic_partition *made = caisson_alloc(count * sizeof *made);
    for (size_t i = 0; i < count; i++) made[i] = (caisson_topic_partition){taken_text(&partitions[i].topic), partitions[i].partition};
    return made;
}

/* The bindings ask for the object file that has their world in it; `caisson build` writes the world into the module itself. */
void __component_type_object_force_link_plugin(void) {}
