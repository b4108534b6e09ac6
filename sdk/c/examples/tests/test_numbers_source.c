#include <caisson_testing.h>

static void numbers_go_on_behind_their_offset(void) {
    const char *told;
    caisson_record *const *records;
    caisson_value partition = caisson_map(), offset = caisson_map();
    caisson_set(&partition, "task", caisson_int64(0));
    caisson_set(&offset, "number", caisson_int64(1));
    caisson_test_store_offset(&partition, &offset);
    caisson_test *test = caisson_test_open("com.example.Numbers", &told, (const char *[]){"topic", "n", "most", "4", NULL});
    CAISSON_CHECK(test != NULL);
    CAISSON_CHECK(caisson_test_poll(test, &records, &told) == 2);
    CAISSON_CHECK(caisson_text_is(caisson_json(caisson_record_value(records[0])), "{\"task\":0,\"number\":2}"));
    caisson_test_end(test);
}

static void offsets_that_no_task_could_use_are_refused(void) {
    const char *told, *settings[] = {"topic", "n", NULL};
    caisson_offset_change change = {caisson_map(), caisson_map()};
    CAISSON_CHECK(!caisson_test_alter_offsets("com.example.Numbers", &change, 1, &told, settings) && told != NULL);
    caisson_set(&change.offset, "number", caisson_int64(5));
    CAISSON_CHECK(caisson_test_alter_offsets("com.example.Numbers", &change, 1, &told, settings));
    change.offset = caisson_null();
    CAISSON_CHECK(caisson_test_alter_offsets("com.example.Numbers", &change, 1, &told, settings));
}

int main(void) {
    CAISSON_TEST(numbers_go_on_behind_their_offset);
    CAISSON_TEST(offsets_that_no_task_could_use_are_refused);
    return caisson_test_result();
}
