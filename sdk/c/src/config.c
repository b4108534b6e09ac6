/* Configurations. The worker makes every check that is data before it starts a plugin; they are made here again, so that a unit
 * test meets them. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

static const caisson_setting *setting_of(const caisson_config *config, const char *name) {
    for (size_t i = 0; i < config->count; i++) {
        if (caisson_text_is(config->settings[i].name, name)) return &config->settings[i];
    }
    return NULL;
}

static const caisson_config_key *key_of(const caisson_config *config, const char *name) {
    for (size_t i = 0; i < config->plugin->key_count; i++) {
        if (strcmp(config->plugin->keys[i].name, name) == 0) return &config->plugin->keys[i];
    }
    return NULL;
}

/* As Java's String.trim. */
static caisson_text trimmed(caisson_text text) {
    while (text.len > 0 && (uint8_t)text.ptr[0] <= ' ') text.ptr++, text.len--;
    while (text.len > 0 && (uint8_t)text.ptr[text.len - 1] <= ' ') text.len--;
    return text;
}

static caisson_text zero_ended(caisson_text text) { return caisson_format("%.*s", (int)text.len, text.ptr); }

/* The text of a key's value, its own or the default; ptr NULL without one. */
static caisson_text value_of(const caisson_config *config, const caisson_config_key *key) {
    const caisson_setting *found = setting_of(config, key->name);
    if (found == NULL && key->default_value == NULL) return (caisson_text){0};
    return trimmed(found == NULL ? caisson_text_of(key->default_value) : found->value);
}

static bool is_boolean(caisson_text text, bool *value) {
    *value = text.len == 4 && strncasecmp(text.ptr, "true", 4) == 0;
    return *value || (text.len == 5 && strncasecmp(text.ptr, "false", 5) == 0);
}

static bool is_whole(caisson_text text, int bits, int64_t *value) {
    char *end;
    text = zero_ended(text);
    errno = 0;
    *value = strtoll(text.ptr, &end, 10);
    int64_t rest = bits == 64 ? 0 : *value >> (bits - 1);
    return text.len > 0 && !isspace((uint8_t)text.ptr[0]) && end == text.ptr + text.len && errno == 0 && (rest == 0 || rest == -1);
}

static bool is_double(caisson_text text, double *value) {
    char *end;
    text = zero_ended(text);
    size_t signs = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    *value = strtod(text.ptr, &end);
    if (strcmp(text.ptr + signs, "NaN") == 0 || strcmp(text.ptr + signs, "Infinity") == 0) return true;
    size_t digits = text.len - (text.len > 0 && strchr("dDfF", text.ptr[text.len - 1]) != NULL);
    return digits > 0 && strspn(text.ptr, "0123456789+-.eE") >= digits && end == text.ptr + digits;
}

static size_t split(caisson_text text, const caisson_text **items) {
    *items = NULL;
    if (text.len == 0) return 0;
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) count += text.ptr[i] == ',';
    caisson_text *made = caisson_alloc(count * sizeof *made);
    const char *start = text.ptr, *end = text.ptr + text.len;
    for (size_t i = 0; i < count; i++) {
        const char *comma = memchr(start, ',', (size_t)(end - start));
        made[i] = trimmed((caisson_text){start, (size_t)((comma == NULL ? end : comma) - start)});
        start = comma == NULL ? end : comma + 1;
    }
    *items = made;
    return count;
}

static bool invalid(caisson_error *error, const caisson_config_key *key, caisson_text value, const char *told) {
    if (value.ptr == NULL) value = caisson_text_of("null");
    return caisson_fail(error, CAISSON_CONFIG_ERROR, "Invalid value %.*s for configuration %s: %s", (int)value.len, value.ptr,
                        key->name, told);
}

static const char *no_type(const caisson_config_key *key, caisson_text value) {
    bool truth;
    int64_t whole;
    double real;
    switch (key->type) {
    case CAISSON_CONFIG_BOOLEAN:
        return is_boolean(value, &truth) ? NULL : "Expected value to be either true or false";
    case CAISSON_CONFIG_SHORT:
        return is_whole(value, 16, &whole) ? NULL : "Not a number of type SHORT";
    case CAISSON_CONFIG_INT:
        return is_whole(value, 32, &whole) ? NULL : "Not a number of type INT";
    case CAISSON_CONFIG_LONG:
        return is_whole(value, 64, &whole) ? NULL : "Not a number of type LONG";
    case CAISSON_CONFIG_DOUBLE:
        return is_double(value, &real) ? NULL : "Not a number of type DOUBLE";
    default:
        return NULL;
    }
}

/* What is wrong with every item by the one-of among the validators, or NULL. */
static const char *none_of(const caisson_config_key *key, const caisson_text *items, size_t count) {
    const char *told = NULL;
    for (size_t v = 0; v < CAISSON_MOST_VALIDATORS && key->validators[v].name != NULL; v++) {
        if (strcmp(key->validators[v].name, "one-of") != 0) continue;
        told = told == NULL ? caisson_format("String must be one of: %s", key->validators[v].argument).ptr
                            : caisson_format("%s, %s", told, key->validators[v].argument).ptr;
    }
    for (size_t i = 0; told != NULL && i < count; i++) {
        bool found = false;
        for (size_t v = 0; v < CAISSON_MOST_VALIDATORS && key->validators[v].name != NULL; v++) {
            found |= strcmp(key->validators[v].name, "one-of") == 0 && caisson_text_is(items[i], key->validators[v].argument);
        }
        if (!found) return told;
    }
    return NULL;
}

static const char *refused(const caisson_config_key *key, const caisson_validator *validator, caisson_text value) {
    double number = 0;
    bool is_number = value.ptr != NULL && is_double(value, &number), minimum = strcmp(validator->name, "range-min") == 0;
    if (minimum || strcmp(validator->name, "range-max") == 0) {
        if (!is_number) return "Value must be non-null";
        double bound = strtod(validator->argument, NULL);
        if (minimum ? number >= bound : number <= bound) return NULL;
        return caisson_format(minimum ? "Value must be at least %s" : "Value must be no more than %s", validator->argument).ptr;
    }
    if (strcmp(validator->name, "non-null") == 0) return value.ptr == NULL ? "entry must be non null" : NULL;
    if (strcmp(validator->name, "non-empty") == 0) return value.ptr != NULL && value.len == 0 ? "String must be non-empty" : NULL;
    if (strcmp(validator->name, "non-empty-list") == 0) return value.len == 0 ? "Empty list" : NULL;
    (void)key;
    return NULL;
}

static bool check_key(const caisson_config *config, const caisson_config_key *key, caisson_error *error) {
    caisson_text value = value_of(config, key);
    const caisson_setting *found = setting_of(config, key->name);
    if (found == NULL && key->default_value == NULL && !key->optional) {
        return caisson_fail(error, CAISSON_CONFIG_ERROR,
                            "Missing required configuration \"%s\" which has no default value.", key->name);
    }
    const char *told = value.ptr == NULL ? NULL : no_type(key, value);
    for (size_t v = 0; told == NULL && v < CAISSON_MOST_VALIDATORS && key->validators[v].name != NULL; v++) {
        told = refused(key, &key->validators[v], value);
    }
    if (told == NULL && value.ptr != NULL) {
        const caisson_text *items = &value;
        size_t count = key->type == CAISSON_CONFIG_LIST ? split(value, &items) : 1;
        told = none_of(key, items, count);
    }
    return told == NULL || invalid(error, key, found == NULL ? value : found->value, told);
}

bool caisson_config_check(const caisson_config *config, caisson_error *error) {
    for (size_t i = 0; i < config->plugin->key_count; i++) {
        if (!check_key(config, &config->plugin->keys[i], error)) return false;
    }
    return true;
}

/* The value of a key that the definition has, of one of these types. */
static caisson_text read(const caisson_config *config, const char *name, caisson_config_type from, caisson_config_type to) {
    const caisson_config_key *key = key_of(config, name);
    bool known = key != NULL && key->type >= from && key->type <= to;
    if (!known && !caisson_pending.set) {
        caisson_fail(&caisson_pending, CAISSON_CONFIG_ERROR, "%s '%s'",
                     key == NULL ? "Unknown configuration" : "It is of another type by its definition: configuration", name);
    }
    return known ? value_of(config, key) : (caisson_text){0};
}

caisson_text caisson_config_text(const caisson_config *config, const char *name) {
    const caisson_config_key *key = key_of(config, name);
    bool named = key != NULL && key->type >= CAISSON_CONFIG_CLASS;
    return read(config, name, named ? CAISSON_CONFIG_CLASS : CAISSON_CONFIG_STRING,
                named ? CAISSON_CONFIG_PASSWORD : CAISSON_CONFIG_STRING);
}

int64_t caisson_config_int(const caisson_config *config, const char *name) {
    int64_t value = 0;
    caisson_text text = read(config, name, CAISSON_CONFIG_INT, CAISSON_CONFIG_LONG);
    if (text.ptr != NULL) is_whole(text, 64, &value);
    return value;
}

double caisson_config_double(const caisson_config *config, const char *name) {
    double value = 0;
    caisson_text text = read(config, name, CAISSON_CONFIG_DOUBLE, CAISSON_CONFIG_DOUBLE);
    if (text.ptr != NULL) is_double(text, &value);
    return value;
}

bool caisson_config_boolean(const caisson_config *config, const char *name) {
    bool value = false;
    caisson_text text = read(config, name, CAISSON_CONFIG_BOOLEAN, CAISSON_CONFIG_BOOLEAN);
    if (text.ptr != NULL) is_boolean(text, &value);
    return value;
}

size_t caisson_config_list(const caisson_config *config, const char *name, const caisson_text **items) {
    return split(read(config, name, CAISSON_CONFIG_LIST, CAISSON_CONFIG_LIST), items);
}

size_t caisson_config_size(const caisson_config *config) { return config->count; }
caisson_text caisson_config_name_at(const caisson_config *config, size_t index) { return config->settings[index].name; }
caisson_text caisson_config_value_at(const caisson_config *config, size_t index) { return config->settings[index].value; }
