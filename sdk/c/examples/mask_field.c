/* A transformation: writes stars over one field. */
#include <stdlib.h>
#include <string.h>

#include <caisson.h>

static bool configure(void **self, const caisson_config *config, caisson_error *error) {
    (void)error;
    *self = caisson_text_keep(caisson_config_text(config, "field"));
    return true;
}

static caisson_verdict apply(void *self, caisson_record **record, caisson_error *error) {
    caisson_value *value = caisson_record_value(*record);
    const caisson_value *found = caisson_get(value, self);
    (void)error;
    if (found == NULL || found->type != CAISSON_STRING) return CAISSON_KEEP;
    char *stars = caisson_alloc(found->as.text.len);
    memset(stars, '*', found->as.text.len);
    caisson_set(value, self, caisson_string((caisson_text){stars, found->as.text.len}));
    return CAISSON_KEEP;
}

static const caisson_config_key keys[] = {
    {.name = "field", .type = CAISSON_CONFIG_STRING, .documentation = "The field to mask.", .validators = {CAISSON_NON_EMPTY}},
};

static const caisson_plugin mask_field = {
    .class_name = "com.example.MaskField",
    .documentation = "Writes stars over one field of a map or struct.",
    .keys = keys,
    .key_count = 1,
    .transformation = &(const caisson_transformation){configure, apply, free},
};

CAISSON_EXPORT("1.0.0", &mask_field);
