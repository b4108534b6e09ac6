/* Interface stages of the contract. */
#include <stdlib.h>
#include <string.h>

#include "crossing.h"

struct exports_caisson_connect_stages_chain_t {
    caisson_chain *chain;
};

struct exports_caisson_connect_stages_test_t {
    caisson_gate *gate;
};

static caisson_predicate_spec predicate_of(const exports_caisson_connect_stages_predicate_t *predicate) {
    return (caisson_predicate_spec){taken_text(&predicate->class_), taken_settings(&predicate->config), predicate->config.len,
                                    predicate->negate};
}

bool exports_caisson_connect_stages_static_chain_open(exports_caisson_connect_stages_list_stage_t *stages,
                                                      exports_caisson_connect_stages_own_chain_t *ret,
                                                      exports_caisson_connect_stages_error_t *err) {
    caisson_error error = {0};
    size_t failed = 0;
    caisson_stage_spec *specs = caisson_alloc(stages->len * sizeof *specs);
    caisson_predicate_spec *predicates = caisson_alloc(stages->len * sizeof *predicates);
    for (size_t i = 0; i < stages->len; i++) {
        const exports_caisson_connect_stages_stage_t *stage = &stages->ptr[i];
        specs[i] = (caisson_stage_spec){taken_text(&stage->kind), taken_text(&stage->class_), taken_text(&stage->role),
                                        taken_settings(&stage->config), stage->config.len, NULL};
        if (stage->predicate.is_some) {
            predicates[i] = predicate_of(&stage->predicate.val);
            specs[i].predicate = &predicates[i];
        }
    }
    caisson_chain *chain = caisson_chain_open(specs, stages->len, &error, &failed);
    if (chain == NULL) {
        crossing_error(&error, err);
        err->options.len = 1;
        err->options.ptr = crossing_memory(sizeof *err->options.ptr);
        err->options.ptr[0].f0 = crossing_zero_ended("stage");
        err->options.ptr[0].f1 = crossing_text(caisson_format("%zu", failed));
    } else {
        exports_caisson_connect_stages_chain_t *made = crossing_memory(sizeof *made);
        made->chain = chain;
        *ret = exports_caisson_connect_stages_chain_new(made);
    }
    for (size_t i = 0; i < stages->len; i++) {
        free((void *)specs[i].settings);
        free((void *)predicates[i].settings);
    }
    exports_caisson_connect_stages_list_stage_free(stages);
    caisson_end_call();
    return chain != NULL;
}

static void cross(const caisson_outcome *made, exports_caisson_connect_stages_outcome_t *ret) {
    ret->batch = crossing_bytes(made->batch);
    ret->dropped = (plugin_list_u32_t){crossing_memory(made->dropped_count * sizeof *made->dropped), made->dropped_count};
    if (made->dropped_count > 0) memcpy(ret->dropped.ptr, made->dropped, made->dropped_count * sizeof *made->dropped);
    ret->failed.len = made->failed_count;
    ret->failed.ptr = crossing_memory(made->failed_count * sizeof *ret->failed.ptr);
    for (size_t i = 0; i < made->failed_count; i++) {
        ret->failed.ptr[i].id = made->failed[i].id;
        ret->failed.ptr[i].stage = made->failed[i].stage;
        crossing_error(&made->failed[i].error, &ret->failed.ptr[i].error);
    }
}

bool exports_caisson_connect_stages_method_chain_apply(exports_caisson_connect_stages_borrow_chain_t self, plugin_list_u8_t *batch,
                                                       exports_caisson_connect_stages_outcome_t *ret,
                                                       exports_caisson_connect_stages_error_t *err) {
    caisson_error error = {0};
    caisson_outcome made;
    bool well = caisson_chain_apply(self->chain, (caisson_bytes){batch->ptr, batch->len}, &made, &error);
    if (well) {
        cross(&made, ret);
    } else {
        crossing_error(&error, err);
    }
    plugin_list_u8_free(batch);
    caisson_end_call();
    return well;
}

void exports_caisson_connect_stages_chain_destructor(exports_caisson_connect_stages_chain_t *rep) {
    caisson_chain_close(rep->chain);
    free(rep);
}

bool exports_caisson_connect_stages_static_test_open(exports_caisson_connect_stages_predicate_t *predicate,
                                                     exports_caisson_connect_stages_own_test_t *ret,
                                                     exports_caisson_connect_stages_error_t *err) {
    caisson_error error = {0};
    caisson_predicate_spec spec = predicate_of(predicate);
    caisson_gate *gate = caisson_gate_open(&spec, &error);
    if (gate == NULL) {
        crossing_error(&error, err);
    } else {
        exports_caisson_connect_stages_test_t *made = crossing_memory(sizeof *made);
        made->gate = gate;
        *ret = exports_caisson_connect_stages_test_new(made);
    }
    free((void *)spec.settings);
    exports_caisson_connect_stages_predicate_free(predicate);
    caisson_end_call();
    return gate != NULL;
}

bool exports_caisson_connect_stages_method_test_apply(exports_caisson_connect_stages_borrow_test_t self, plugin_list_u8_t *batch,
                                                      plugin_list_bool_t *ret, exports_caisson_connect_stages_error_t *err) {
    caisson_error error = {0};
    bool *admitted = NULL;
    size_t count = 0;
    bool well = caisson_gate_apply(self->gate, (caisson_bytes){batch->ptr, batch->len}, &admitted, &count, &error);
    if (well) {
        *ret = (plugin_list_bool_t){crossing_memory(count * sizeof *admitted), count};
        if (count > 0) memcpy(ret->ptr, admitted, count * sizeof *admitted);
    } else {
        crossing_error(&error, err);
    }
    plugin_list_u8_free(batch);
    caisson_end_call();
    return well;
}

void exports_caisson_connect_stages_test_destructor(exports_caisson_connect_stages_test_t *rep) {
    caisson_gate_close(rep->gate);
    free(rep);
}
