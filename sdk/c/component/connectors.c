/* Interfaces source-connector and sink-connector of the contract. */
#include <stdlib.h>

#include "crossing.h"

/* A connector divides work, and has nothing else to do: its configuration is what it is. */
typedef struct connector {
    const caisson_plugin *plugin;
    caisson_connect_types_config_t config; /* which the settings point into */
    caisson_setting *settings;
} connector;

static void end_connector(connector *running) {
    free(running->settings);
    caisson_connect_types_config_free(&running->config);
}

static bool start_connector(const char *kind, plugin_string_t *class_, caisson_connect_types_config_t *config, connector *running,
                            caisson_connect_types_error_t *err) {
    caisson_error error = {0};
    *running = (connector){caisson_find(kind, taken_text(class_), &error), *config, taken_settings(config)};
    caisson_config parsed = {running->plugin, running->settings, config->len};
    bool well = running->plugin != NULL && caisson_config_check(&parsed, &error);
    if (!well) {
        crossing_error(&error, err);
        end_connector(running);
    }
    plugin_string_free(class_);
    caisson_end_call();
    return well;
}

static bool task_configs(const connector *running, uint32_t max_tasks, caisson_connect_types_config_t **list, size_t *count,
                         caisson_connect_types_error_t *err) {
    caisson_error error = {0};
    caisson_config config = {running->plugin, running->settings, running->config.len};
    caisson_task_configs configs;
    bool well = caisson_task_configs_make(&config, max_tasks, &configs, &error);
    if (!well) {
        crossing_error(&error, err);
    } else {
        *count = configs.count;
        *list = crossing_memory(configs.count * sizeof **list);
        for (size_t i = 0; i < configs.count; i++) {
            caisson_connect_types_config_t *made = &(*list)[i];
            made->len = configs.sizes[i];
            made->ptr = crossing_memory(made->len * sizeof *made->ptr);
            for (size_t k = 0; k < made->len; k++) {
                made->ptr[k].f0 = crossing_text(configs.settings[i][k].name);
                made->ptr[k].f1 = crossing_text(configs.settings[i][k].value);
            }
        }
    }
    caisson_end_call();
    return well;
}

static bool alter_offsets(const char *kind, plugin_string_t *class_, caisson_connect_types_config_t *config,
                          const plugin_list_u8_t *offsets, bool *ret, caisson_connect_types_error_t *err) {
    caisson_error error = {0};
    caisson_setting *settings = taken_settings(config);
    caisson_config given = {caisson_find(kind, taken_text(class_), &error), settings, config->len};
    bool well = given.plugin != NULL && caisson_alter_offsets(&given, (caisson_bytes){offsets->ptr, offsets->len}, ret, &error);
    if (!well) crossing_error(&error, err);
    free(settings);
    plugin_string_free(class_);
    caisson_connect_types_config_free(config);
    caisson_end_call();
    return well;
}

/* What no connector in C says. */
static bool says_no(plugin_string_t *class_, caisson_connect_types_config_t *config, bool *ret) {
    plugin_string_free(class_);
    caisson_connect_types_config_free(config);
    *ret = false;
    return true;
}

struct exports_caisson_connect_source_connector_connector_t {
    connector running;
};

bool exports_caisson_connect_source_connector_static_connector_start(plugin_string_t *class_,
                                                                  exports_caisson_connect_source_connector_config_t *config,
                                                                  exports_caisson_connect_source_connector_own_connector_t *ret,
                                                                  exports_caisson_connect_source_connector_error_t *err) {
    connector running = {0};
    bool well = start_connector("source", class_, config, &running, err);
    if (well) {
        exports_caisson_connect_source_connector_connector_t *made = crossing_memory(sizeof *made);
        made->running = running;
        *ret = exports_caisson_connect_source_connector_connector_new(made);
    }
    return well;
}

bool exports_caisson_connect_source_connector_method_connector_task_configs(
    exports_caisson_connect_source_connector_borrow_connector_t self, uint32_t max_tasks,
    exports_caisson_connect_source_connector_list_config_t *ret, exports_caisson_connect_source_connector_error_t *err) {
    return task_configs(&self->running, max_tasks, &ret->ptr, &ret->len, err);
}

bool exports_caisson_connect_source_connector_method_connector_stop(exports_caisson_connect_source_connector_borrow_connector_t self,
                                                                 exports_caisson_connect_source_connector_error_t *err) {
    (void)self, (void)err;
    return true;
}

void exports_caisson_connect_source_connector_connector_destructor(exports_caisson_connect_source_connector_connector_t *rep) {
    end_connector(&rep->running);
    free(rep);
}

bool exports_caisson_connect_source_connector_alter_offsets(plugin_string_t *class_,
                                                         exports_caisson_connect_source_connector_config_t *config,
                                                         plugin_list_u8_t *offsets, bool *ret,
                                                         exports_caisson_connect_source_connector_error_t *err) {
    bool well = alter_offsets("source", class_, config, offsets, ret, err);
    plugin_list_u8_free(offsets);
    return well;
}

bool exports_caisson_connect_source_connector_exactly_once_support(plugin_string_t *class_,
                                                                   exports_caisson_connect_source_connector_config_t *config,
                                                                   plugin_option_string_t *ret,
                                                                   exports_caisson_connect_source_connector_error_t *err) {
    bool ignored;
    (void)err;
    ret->is_some = false;
    return says_no(class_, config, &ignored);
}

bool exports_caisson_connect_source_connector_can_define_transaction_boundaries(
    plugin_string_t *class_, exports_caisson_connect_source_connector_config_t *config, bool *ret,
    exports_caisson_connect_source_connector_error_t *err) {
    (void)err;
    return says_no(class_, config, ret);
}

struct exports_caisson_connect_sink_connector_connector_t {
    connector running;
};

bool exports_caisson_connect_sink_connector_static_connector_start(plugin_string_t *class_,
                                                                  exports_caisson_connect_sink_connector_config_t *config,
                                                                  exports_caisson_connect_sink_connector_own_connector_t *ret,
                                                                  exports_caisson_connect_sink_connector_error_t *err) {
    connector running = {0};
    bool well = start_connector("sink", class_, config, &running, err);
    if (well) {
        exports_caisson_connect_sink_connector_connector_t *made = crossing_memory(sizeof *made);
        made->running = running;
        *ret = exports_caisson_connect_sink_connector_connector_new(made);
    }
    return well;
}

bool exports_caisson_connect_sink_connector_method_connector_task_configs(
    exports_caisson_connect_sink_connector_borrow_connector_t self, uint32_t max_tasks,
    exports_caisson_connect_sink_connector_list_config_t *ret, exports_caisson_connect_sink_connector_error_t *err) {
    return task_configs(&self->running, max_tasks, &ret->ptr, &ret->len, err);
}

bool exports_caisson_connect_sink_connector_method_connector_stop(exports_caisson_connect_sink_connector_borrow_connector_t self,
                                                                 exports_caisson_connect_sink_connector_error_t *err) {
    (void)self, (void)err;
    return true;
}

void exports_caisson_connect_sink_connector_connector_destructor(exports_caisson_connect_sink_connector_connector_t *rep) {
    end_connector(&rep->running);
    free(rep);
}

bool exports_caisson_connect_sink_connector_alter_offsets(plugin_string_t *class_,
                                                         exports_caisson_connect_sink_connector_config_t *config,
                                                         plugin_list_u8_t *offsets, bool *ret,
                                                         exports_caisson_connect_sink_connector_error_t *err) {
    bool well = alter_offsets("sink", class_, config, offsets, ret, err);
    plugin_list_u8_free(offsets);
    return well;
}
