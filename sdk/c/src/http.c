/* Requests and responses, without what carries them. */
#include <string.h>
#include <strings.h>

#include "internal.h"

static bool is_one_of(char letter, const char *letters) { return letter != 0 && strchr(letters, letter) != NULL; }

/* Takes from the text what comes before any of these letters. */
static caisson_text taken_until(caisson_text *text, const char *letters) {
    size_t len = 0;
    while (len < text->len && !is_one_of(text->ptr[len], letters)) len++;
    caisson_text taken = {text->ptr, len};
    *text = (caisson_text){text->ptr + len, text->len - len};
    return taken;
}

static bool is_word(caisson_text text, const char *word) {
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

static bool url_of(caisson_text text, caisson_url *url, caisson_error *error) {
    caisson_text rest = text;
    caisson_text scheme = taken_until(&rest, ":");
    url->secure = is_word(scheme, "https");
    bool known = (url->secure || is_word(scheme, "http")) && rest.len >= 3 && memcmp(rest.ptr, "://", 3) == 0;
    if (known) {
        rest = (caisson_text){rest.ptr + 3, rest.len - 3};
        url->authority = taken_until(&rest, "/?#");
    }
    if (!known || url->authority.len == 0 || url->authority.ptr[0] == ':') {
        return caisson_fail(error, CAISSON_CONNECT_ERROR, "\"%.*s\" is no URL of http or https with a host", (int)text.len, text.ptr);
    }
    if (memchr(url->authority.ptr, '@', url->authority.len) != NULL) {
        return caisson_fail(error, CAISSON_CONNECT_ERROR,
                            "a URL with a user and a password cannot be asked for: give them in the header Authorization");
    }
    caisson_text path = taken_until(&rest, "#");
    bool rooted = path.len > 0 && path.ptr[0] == '/';
    url->path = rooted ? path : caisson_format("/%.*s", (int)path.len, path.len == 0 ? "" : path.ptr);
    return true;
}

bool caisson_http_fail(caisson_error *error, caisson_error_kind kind, const caisson_http_request *request, const char *what) {
    return caisson_fail(error, kind, "%s %.*s: %s", request->method, (int)request->url.len, request->url.ptr, what);
}

bool caisson_http_too_long(caisson_error *error, const caisson_http_request *request) {
    const char *what = caisson_format("the response's body is longer than %zu bytes", request->most).ptr;
    return caisson_http_fail(error, CAISSON_CONNECT_ERROR, request, what);
}

bool caisson_http_send(const caisson_http_request *request, caisson_http_response *response, caisson_error *error) {
    caisson_http_request whole = *request;
    caisson_url url = {0};
    *response = (caisson_http_response){0};
    if (whole.method == NULL) whole.method = "GET";
    if (whole.most == 0) whole.most = CAISSON_HTTP_MOST;
    if (!url_of(whole.url, &url, error) || !caisson_host_exchange(&whole, &url, response, error)) return false;
    return response->body.len <= whole.most || caisson_http_too_long(error, &whole);
}

caisson_text caisson_http_value(const caisson_http_response *response, const char *name) {
    for (size_t i = 0; i < response->header_count; i++) {
        if (is_word(response->headers[i].name, name)) return response->headers[i].value;
    }
    return (caisson_text){0};
}

caisson_text caisson_http_text(const caisson_http_response *response) {
    return (caisson_text){response->body.len == 0 ? "" : (const char *)response->body.ptr, response->body.len};
}
