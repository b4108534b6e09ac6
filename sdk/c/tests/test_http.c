/* Requests, answered by the test. */
#include <string.h>

#include "caisson_testing.h"
#include "internal.h"

static caisson_http_request seen;
static caisson_http_response given;

static bool answers(const caisson_http_request *request, caisson_http_response *response, caisson_error *error) {
    seen = *request;
    *response = given;
    return given.status != 0 || caisson_http_fail(error, CAISSON_RETRIABLE_ERROR, request, "connection refused");
}

static bool says(const caisson_error *error, caisson_error_kind kind, const char *part) {
    const char *message = caisson_format("%.*s", (int)error->message.len, error->message.ptr).ptr;
    return error->set && error->kind == kind && strstr(message, part) != NULL;
}

static void a_response_is_read(void) {
    const caisson_http_header headers[] = {
        {caisson_text_of("x-why"), caisson_text_of("load")},
        {caisson_text_of("X-Why"), caisson_text_of("night")},
    };
    caisson_error error = {0};
    caisson_http_response found;
    caisson_http_request request = {.url = caisson_text_of("http://a:1/")};
    caisson_test_serve(answers);
    given = (caisson_http_response){429, headers, 2, {(const uint8_t *)"later", 5}};
    CAISSON_CHECK(caisson_http_send(&request, &found, &error));
    CAISSON_CHECK(strcmp(seen.method, "GET") == 0 && seen.most == CAISSON_HTTP_MOST);
    CAISSON_CHECK(found.status == 429 && caisson_text_is(caisson_http_text(&found), "later"));
    CAISSON_CHECK(caisson_text_is(caisson_http_value(&found, "X-WHY"), "load"));
    CAISSON_CHECK(caisson_http_value(&found, "x").ptr == NULL);
}

static void what_is_too_long_or_does_not_come_is_told(void) {
    caisson_error error = {0};
    caisson_http_response found;
    caisson_http_request request = {.method = "PUT", .url = caisson_text_of("http://a:1/b"), .most = 5};
    caisson_test_serve(answers);
    given = (caisson_http_response){200, NULL, 0, {(const uint8_t *)"later", 5}};
    CAISSON_CHECK(caisson_http_send(&request, &found, &error));
    request.most = 4;
    CAISSON_CHECK(!caisson_http_send(&request, &found, &error));
    CAISSON_CHECK(says(&error, CAISSON_CONNECT_ERROR, "PUT http://a:1/b: the response's body is longer than 4 bytes"));
    given.status = 0;
    CAISSON_CHECK(!caisson_http_send(&request, &found, &error));
    CAISSON_CHECK(says(&error, CAISSON_RETRIABLE_ERROR, "PUT http://a:1/b: connection refused"));
}

static void what_is_no_request_is_told(void) {
    static const char *const wrong[] = {"/path", "ftp://a/", "http:///path", "http:a", "http", "https://:1/", ""};
    caisson_http_response found;
    caisson_test_serve(answers);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        caisson_error error = {0};
        caisson_http_request request = {.url = caisson_text_of(wrong[i])};
        CAISSON_CHECK(!caisson_http_send(&request, &found, &error));
        CAISSON_CHECK(says(&error, CAISSON_CONNECT_ERROR, "is no URL of http or https with a host"));
    }
    caisson_error error = {0};
    caisson_http_request request = {.url = caisson_text_of("http://u:p@a/")};
    CAISSON_CHECK(!caisson_http_send(&request, &found, &error));
    CAISSON_CHECK(says(&error, CAISSON_CONNECT_ERROR, "give them in the header Authorization"));
}

int main(void) {
    CAISSON_TEST(a_response_is_read);
    CAISSON_TEST(what_is_too_long_or_does_not_come_is_told);
    CAISSON_TEST(what_is_no_request_is_told);
    return caisson_test_result();
}
