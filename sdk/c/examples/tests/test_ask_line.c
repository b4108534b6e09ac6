#include <string.h>

#include <caisson_testing.h>

static void a_unit_test_reaches_no_server(void) {
    const char *told;
    caisson_test *test = caisson_test_open("com.example.AskLine", &told, (const char *[]){"server", "localhost:1", NULL});
    CAISSON_CHECK(test != NULL);
    caisson_record *record = caisson_record_new(caisson_text_of("t"));
    CAISSON_CHECK(caisson_test_apply(test, record, &told) == record);
    caisson_value value = caisson_map();
    caisson_set(&value, "name", caisson_string(caisson_text_of("ada")));
    caisson_record_set_value(record, value, NULL);
    CAISSON_CHECK(caisson_test_apply(test, record, &told) == NULL && strcmp(told, "localhost:1: connections leave a component only") == 0);
    caisson_test_end(test);
}

int main(void) {
    CAISSON_TEST(a_unit_test_reaches_no_server);
    return caisson_test_result();
}
