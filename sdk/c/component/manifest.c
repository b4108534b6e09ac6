/* Interface manifest of the contract. */
#include <stdlib.h>
#include <string.h>

#include "crossing.h"

static const char *const type_names[] = {"STRING", "BOOLEAN", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"};
static const char *const importance_names[] = {"HIGH", "MEDIUM", "LOW"};
static const char *const access_names[] = {"", "file-read", "file-write", "directory-read", "directory-write", "url", "address"};

static plugin_list_string_t list_of(const char *const *texts) {
    size_t count = 0;
    while (texts != NULL && texts[count] != NULL) count++;
    plugin_list_string_t made = {crossing_memory(count * sizeof *made.ptr), count};
    for (size_t i = 0; i < count; i++) made.ptr[i] = crossing_zero_ended(texts[i]);
    return made;
}

/* What the plugin names, and the calls that it has functions for. */
static plugin_list_string_t capabilities_of(const caisson_plugin *plugin) {
    plugin_list_string_t named = list_of(plugin->capabilities);
    plugin_list_string_t made = {crossing_memory((named.len + 2) * sizeof *made.ptr), named.len};
    if (named.len > 0) memcpy(made.ptr, named.ptr, named.len * sizeof *made.ptr);
    free(named.ptr);
    bool commits = plugin->source != NULL && plugin->source->commit_records != NULL;
    if (commits) made.ptr[made.len++] = crossing_zero_ended("commit-records");
    if (plugin->validate != NULL) made.ptr[made.len++] = crossing_zero_ended("validate");
    if (made.len == 0) {
        free(made.ptr);
        made.ptr = NULL;
    }
    return made;
}

static plugin_option_string_t option_of(const char *text) {
    plugin_option_string_t made = {.is_some = text != NULL};
    if (text != NULL) made.val = crossing_zero_ended(text);
    return made;
}

static plugin_list_tuple2_string_string_t validators_of(const caisson_config_key *key) {
    size_t count = 0;
    while (count < CAISSON_MOST_VALIDATORS && key->validators[count].name != NULL) count++;
    plugin_list_tuple2_string_string_t made = {crossing_memory(count * sizeof *made.ptr), count};
    for (size_t i = 0; i < count; i++) {
        made.ptr[i].f0 = crossing_zero_ended(key->validators[i].name);
        made.ptr[i].f1 = crossing_zero_ended(key->validators[i].argument);
    }
    return made;
}

static exports_caisson_connect_manifest_config_key_t key_of(const caisson_config_key *key) {
    return (exports_caisson_connect_manifest_config_key_t){
        .name = crossing_zero_ended(key->name),
        .type = crossing_zero_ended(type_names[key->type]),
        .default_ = option_of(key->default_value),
        .required = key->default_value == NULL && !key->optional,
        .validators = validators_of(key),
        .importance = crossing_zero_ended(importance_names[key->importance]),
        .documentation = crossing_zero_ended(key->documentation),
        .group = option_of(key->group),
        .order_in_group = key->group == NULL ? -1 : key->order,
        .width = crossing_zero_ended("NONE"),
        .display_name = crossing_zero_ended(key->display_name == NULL ? key->name : key->display_name),
    };
}

static exports_caisson_connect_manifest_list_resource_key_t resources_of(const caisson_plugin *plugin) {
    exports_caisson_connect_manifest_list_resource_key_t made = {crossing_memory(plugin->key_count * sizeof *made.ptr), 0};
    for (size_t i = 0; i < plugin->key_count; i++) {
        const caisson_config_key *key = &plugin->keys[i];
        if (key->access == CAISSON_NO_ACCESS) continue;
        made.ptr[made.len++] = (exports_caisson_connect_manifest_resource_key_t){crossing_zero_ended(key->name),
                                                                                crossing_zero_ended(access_names[key->access])};
    }
    if (made.len == 0) {
        free(made.ptr);
        made.ptr = NULL;
    }
    return made;
}

static exports_caisson_connect_manifest_plugin_t plugin_of(const caisson_plugin *plugin) {
    exports_caisson_connect_manifest_plugin_t made = {
        .class_ = crossing_zero_ended(plugin->class_name),
        .aliases = list_of(plugin->aliases),
        .kind = crossing_zero_ended(caisson_kind(plugin)),
        .version = crossing_zero_ended(plugin->version == NULL ? caisson_exported.version : plugin->version),
        .documentation = crossing_zero_ended(plugin->documentation),
        .config = {crossing_memory(plugin->key_count * sizeof *made.config.ptr), plugin->key_count},
        .resources = resources_of(plugin),
        .capabilities = capabilities_of(plugin),
    };
    for (size_t i = 0; i < plugin->key_count; i++) made.config.ptr[i] = key_of(&plugin->keys[i]);
    return made;
}

void exports_caisson_connect_manifest_plugins(exports_caisson_connect_manifest_list_plugin_t *ret) {
    ret->len = caisson_exported.plugin_count;
    ret->ptr = crossing_memory(ret->len * sizeof *ret->ptr);
    for (size_t i = 0; i < ret->len; i++) ret->ptr[i] = plugin_of(caisson_exported.plugins[i]);
}

void exports_caisson_connect_manifest_validate(plugin_string_t *class_, plugin_string_t *kind,
                                               exports_caisson_connect_manifest_config_t *config,
                                               exports_caisson_connect_manifest_list_config_value_t *ret) {
    caisson_error error = {0};
    caisson_findings findings = {0};
    caisson_setting *settings = taken_settings(config);
    /* A kind is no text that a zero byte ends. */
    char *name = caisson_text_keep(taken_text(kind));
    caisson_config given = {caisson_find(name, taken_text(class_), &error), settings, config->len};
    if (given.plugin != NULL) caisson_validate(&given, &findings);
    *ret = (exports_caisson_connect_manifest_list_config_value_t){crossing_memory(findings.count * sizeof *ret->ptr), findings.count};
    for (size_t i = 0; i < findings.count; i++) {
        plugin_list_string_t errors = {crossing_memory(sizeof *errors.ptr), 1};
        errors.ptr[0] = crossing_text(findings.found[i].value);
        ret->ptr[i] = (exports_caisson_connect_manifest_config_value_t){
            .name = crossing_text(findings.found[i].name),
            .errors = errors,
            .visible = true,
        };
    }
    free(name);
    free(settings);
    plugin_string_free(class_);
    plugin_string_free(kind);
    exports_caisson_connect_manifest_config_free(config);
    caisson_end_call();
}
