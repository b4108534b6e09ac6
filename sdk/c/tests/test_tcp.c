/* Addresses, and that a unit test has no connections. */
#include <string.h>

#include "caisson_testing.h"
#include "internal.h"

static bool fails_with(const char *address, const char *part) {
    caisson_error error = {0};
    if (caisson_tcp_open(caisson_text_of(address), 1000, &error) != NULL) return false;
    const char *message = caisson_format("%.*s", (int)error.message.len, error.message.ptr).ptr;
    return error.kind == CAISSON_CONNECT_ERROR && strstr(message, part) != NULL;
}

static void what_is_no_address_is_told(void) {
    static const char *const wrong[] = {"", "host", ":1", "host:", "host:port", "host:0", "host:65536", "::1:80", "[]:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) CAISSON_CHECK(fails_with(wrong[i], "has no host and port"));
}

static void connections_leave_a_component_only(void) {
    CAISSON_CHECK(fails_with("host:65535", "host:65535: connections leave a component only"));
    CAISSON_CHECK(fails_with("[::1]:80", "::1:80: connections leave a component only"));
    caisson_tcp_close(NULL);
}

int main(void) {
    CAISSON_TEST(what_is_no_address_is_told);
    CAISSON_TEST(connections_leave_a_component_only);
    return caisson_test_result();
}
