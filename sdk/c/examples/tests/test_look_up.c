#include <string.h>

#include <caisson_testing.h>

static const caisson_http_header plain = {{"content-type", 12}, {"text/plain", 10}};

static bool answers(const caisson_http_request *request, caisson_http_response *response, caisson_error *error) {
    (void)error;
    if (strcmp(request->method, "POST") == 0) {
        response->body = request->body;
    } else if (caisson_text_is(request->url, "http://names/ada.json?all=1")) {
        *response = (caisson_http_response){200, &plain, 1, {(const uint8_t *)"Ada Lovelace", 12}};
        return true;
    }
    response->status = 404;
    return true;
}

static caisson_test *opened(void) {
    const char *told;
    return caisson_test_open("com.example.LookUp", &told, (const char *[]){"url", "http://names", NULL});
}

static caisson_record *looked_up(caisson_test *test, const char *name, const char **told) {
    caisson_record *record = caisson_record_new(caisson_text_of("t"));
    caisson_value value = caisson_map();
    caisson_set(&value, "name", caisson_string(caisson_text_of(name)));
    caisson_record_set_value(record, value, NULL);
    return caisson_test_apply(test, record, told);
}

static void names_are_looked_up(void) {
    static const char *const cases[][2] = {
        {"ada", "{\"name\":\"ada\",\"status\":200,\"known\":\"Ada Lovelace\",\"kind\":\"text/plain\"}"},
        {"bob", "{\"name\":\"bob\",\"status\":404,\"answer\":\"{\\\"who\\\":\\\"bob\\\"}\"}"},
    };
    caisson_test *test = opened();
    CAISSON_CHECK(test != NULL);
    caisson_test_serve(answers);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *told;
        caisson_record *record = looked_up(test, cases[i][0], &told);
        CAISSON_CHECK(record != NULL && caisson_text_is(caisson_json(caisson_record_value(record)), cases[i][1]));
    }
    caisson_test_end(test);
}

static void without_a_server_it_fails(void) {
    const char *told;
    caisson_test *test = opened();
    CAISSON_CHECK(test != NULL);
    caisson_test_serve(NULL);
    CAISSON_CHECK(looked_up(test, "ada", &told) == NULL && told != NULL);
    CAISSON_CHECK(strstr(told, "GET http://names/ada.json?all=1: requests leave a component only") == told);
    caisson_test_end(test);
}

int main(void) {
    CAISSON_TEST(names_are_looked_up);
    CAISSON_TEST(without_a_server_it_fails);
    return caisson_test_result();
}
