#include <caisson_testing.h>

static void a_field_is_masked(void) {
    const char *told;
    caisson_test *test = caisson_test_open("com.example.MaskField", &told, (const char *[]){"field", "pin", NULL});
    CAISSON_CHECK(test != NULL);
    caisson_record *record = caisson_record_new(caisson_text_of("t"));
    caisson_value value = caisson_map();
    caisson_set(&value, "pin", caisson_string(caisson_text_of("1234")));
    caisson_record_set_value(record, value, NULL);
    record = caisson_test_apply(test, record, &told);
    CAISSON_CHECK(record != NULL && caisson_text_is(caisson_json(caisson_record_value(record)), "{\"pin\":\"****\"}"));
    caisson_test_end(test);
}

int main(void) {
    CAISSON_TEST(a_field_is_masked);
    return caisson_test_result();
}
