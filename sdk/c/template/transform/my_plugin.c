/* A transformation that writes one field in capitals. */
#include <stdlib.h>

#include <caisson.h>

typedef struct my_plugin {
    char *field;
} my_plugin;

static bool configure(void **self, const caisson_config *config, caisson_error *error) {
    my_plugin *made = malloc(sizeof *made);
    if (made == NULL) return caisson_fail(error, CAISSON_CONNECT_ERROR, "out of memory");
    made->field = caisson_text_keep(caisson_config_text(config, "field"));
    *self = made;
    return true;
}

static void destroy(void *self) {
    free(((my_plugin *)self)->field);
    free(self);
}

/* A value is decoded when it is first looked at; a record that is not changed passes as the bytes it came as. */
static caisson_verdict apply(void *self, caisson_record **record, caisson_error *error) {
    const char *field = ((my_plugin *)self)->field;
    caisson_value *value = caisson_record_value(*record);
    caisson_value *found = caisson_get(value, field);
    (void)error;
    if (found == NULL || found->type != CAISSON_STRING) return CAISSON_KEEP;
    char *capitals = caisson_alloc(found->as.text.len);
    for (size_t i = 0; i < found->as.text.len; i++) {
        char letter = found->as.text.ptr[i];
        capitals[i] = letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
    }
    caisson_set(value, field, caisson_string((caisson_text){capitals, found->as.text.len}));
    return CAISSON_KEEP;
}

static const caisson_config_key keys[] = {
    {
        .name = "field",
        .type = CAISSON_CONFIG_STRING,
        .documentation = "The field to write in capitals.",
        .validators = {CAISSON_NON_EMPTY},
    },
};

static const caisson_plugin plugin = {
    .class_name = "com.example.MyPlugin",
    .documentation = "Writes one field in capitals.",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .transformation = &(const caisson_transformation){configure, apply, destroy},
};

CAISSON_EXPORT("0.1.0", &plugin);
