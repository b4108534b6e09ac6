/* A transformation: asks a server what a record's name stands for. */
#include <stdlib.h>
#include <string.h>

#include <caisson.h>
#include <caisson_http.h>

static bool configure(void **self, const caisson_config *config, caisson_error *error) {
    (void)error;
    *self = caisson_text_keep(caisson_config_text(config, "url"));
    return true;
}

/* A name is asked for below `url`; a URL by itself, which has to be granted too. */
static bool look_up(const char *url, caisson_text name, caisson_http_response *found, caisson_error *error) {
    bool is_url = name.len >= 5 && memcmp(name.ptr, "http:", 5) == 0;
    const caisson_http_header accept = {caisson_text_of("Accept"), caisson_text_of("application/json")};
    caisson_http_request request = {
        .url = is_url ? name : caisson_format("%s/%.*s.json?all=1", url, (int)name.len, name.ptr),
        .headers = &accept,
        .header_count = 1,
        .connect_ms = 10000,
        .first_byte_ms = 60000,
        .between_bytes_ms = 10000,
        .most = 1000,
    };
    return caisson_http_send(&request, found, error);
}

/* Tells the server of a name that nobody knows. */
static bool tell(const char *url, caisson_value *name, caisson_http_response *answer, caisson_error *error) {
    caisson_value who = caisson_map();
    caisson_set(&who, "who", *name);
    caisson_text body = caisson_json(&who);
    const caisson_http_header type = {caisson_text_of("Content-Type"), caisson_text_of("application/json")};
    caisson_http_request request = {
        .method = "POST",
        .url = caisson_text_of(url),
        .headers = &type,
        .header_count = 1,
        .body = {(const uint8_t *)body.ptr, body.len},
    };
    return caisson_http_send(&request, answer, error);
}

static caisson_verdict apply(void *self, caisson_record **record, caisson_error *error) {
    caisson_value *value = caisson_record_value(*record);
    caisson_value *name = caisson_get(value, "name");
    if (name == NULL || name->type != CAISSON_STRING) return CAISSON_KEEP;
    caisson_http_response found, answer;
    if (!look_up(self, name->as.text, &found, error)) return CAISSON_FAILED;
    if (found.status != 200 && !tell(self, name, &answer, error)) return CAISSON_FAILED;
    caisson_set(value, "status", caisson_int64(found.status));
    if (found.status == 200) {
        caisson_set(value, "known", caisson_string(caisson_http_text(&found)));
        caisson_set(value, "kind", caisson_string(caisson_http_value(&found, "Content-Type")));
    } else {
        caisson_set(value, "answer", caisson_string(caisson_http_text(&answer)));
    }
    return CAISSON_KEEP;
}

static const caisson_config_key keys[] = {
    {.name = "url", .type = CAISSON_CONFIG_STRING, .documentation = "Where names are known.", .access = CAISSON_URL},
};

static const caisson_plugin look_up_names = {
    .class_name = "com.example.LookUp",
    .documentation = "Looks names up, and tells the server of those that nobody knows.",
    .keys = keys,
    .key_count = 1,
    .transformation = &(const caisson_transformation){configure, apply, free},
};

CAISSON_EXPORT("1.0.0", &look_up_names);
