/* A predicate: admits records whose amount is above a bound. */
#include <stdlib.h>

#include <caisson.h>

static bool configure(void **self, const caisson_config *config, caisson_error *error) {
    double *above = malloc(sizeof *above);
    if (above == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "out of memory");
    *above = caisson_config_double(config, "above");
    *self = above;
    return true;
}

static bool test(void *self, caisson_record *record, bool *admitted, caisson_error *error) {
    const caisson_value *amount = caisson_get(caisson_record_value(record), "amount");
    const double above = *(const double *)self;
    (void)error;
    if (amount == NULL) return true;
    if (amount->type <= CAISSON_INT64) *admitted = (double)amount->as.integer > above;
    if (amount->type == CAISSON_FLOAT32 || amount->type == CAISSON_FLOAT64) *admitted = amount->as.real > above;
    if (amount->type == CAISSON_DECIMAL) {
        caisson_text digits = caisson_digits(amount);
        *admitted = strtod(caisson_format("%.*s", (int)digits.len, digits.ptr).ptr, NULL) > above;
    }
    return true;
}

static const caisson_config_key keys[] = {
    {.name = "above",
     .type = CAISSON_CONFIG_DOUBLE,
     .documentation = "The bound.",
     .default_value = "1000",
     .validators = {CAISSON_AT_LEAST(0)}},
};

static const caisson_plugin is_large = {
    .class_name = "com.example.IsLarge",
    .documentation = "Admits records whose field `amount` is above a bound.",
    .keys = keys,
    .key_count = 1,
    .predicate = &(const caisson_predicate){configure, test, free},
};

CAISSON_EXPORT("1.0.0", &is_large);
