#include <string.h>

#include <caisson_testing.h>

static const char *told;

static caisson_record *person(const char *name) {
    caisson_record *made = caisson_record_new(caisson_text_of("people"));
    caisson_value value = caisson_map();
    caisson_set(&value, "name", caisson_string(caisson_text_of(name)));
    caisson_set(&value, "like", caisson_string(caisson_text_of(name)));
    caisson_record_set_value(made, value, NULL);
    return made;
}

static void it_writes_one_field_in_capitals(void) {
    caisson_test *test = caisson_test_open("com.example.MyPlugin", &told, (const char *[]){"field", "name", NULL});
    CAISSON_CHECK(test != NULL);
    caisson_record *record = caisson_test_apply(test, person("ada"), &told);
    CAISSON_CHECK(record != NULL);
    CAISSON_CHECK(caisson_text_is(caisson_get(caisson_record_value(record), "name")->as.text, "ADA"));
    CAISSON_CHECK(caisson_text_is(caisson_get(caisson_record_value(record), "like")->as.text, "ada"));
    caisson_test_end(test);
}

static void a_tombstone_passes(void) {
    caisson_test *test = caisson_test_open("com.example.MyPlugin", &told, (const char *[]){"field", "name", NULL});
    CAISSON_CHECK(test != NULL);
    caisson_record *record = caisson_test_apply(test, caisson_record_new(caisson_text_of("people")), &told);
    CAISSON_CHECK(record != NULL && caisson_record_value(record)->type == CAISSON_NULL);
    caisson_test_end(test);
}

static void the_field_has_to_be_named(void) {
    CAISSON_CHECK(caisson_test_open("com.example.MyPlugin", &told, NULL) == NULL);
    CAISSON_CHECK(strstr(told, "field") != NULL);
}

int main(void) {
    CAISSON_TEST(it_writes_one_field_in_capitals);
    CAISSON_TEST(a_tombstone_passes);
    CAISSON_TEST(the_field_has_to_be_named);
    return caisson_test_result();
}
