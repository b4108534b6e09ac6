#include <stdio.h>

#include <caisson_testing.h>

#define PATH ".caisson/in.txt"

static const char *told;

static caisson_test *started(void) {
    FILE *file = fopen(PATH, "w");
    if (file == NULL) return NULL;
    fputs("one\ntwo\nno end", file);
    fclose(file);
    return caisson_test_open("com.example.MyPlugin", &told, (const char *[]){"file", PATH, "topic", "lines", NULL});
}

static void it_reads_whole_lines(void) {
    caisson_test *test = started();
    caisson_record *const *records;
    CAISSON_CHECK(test != NULL);
    CAISSON_CHECK(caisson_test_poll(test, &records, &told) == 2);
    CAISSON_CHECK(caisson_text_is(caisson_record_value(records[0])->as.text, "one"));
    CAISSON_CHECK(caisson_text_is(caisson_record_value(records[1])->as.text, "two"));
    CAISSON_CHECK(caisson_test_poll(test, &records, &told) == 0);
    caisson_test_end(test);
}

static void it_goes_on_behind_the_stored_offset(void) {
    caisson_value partition = caisson_map(), offset = caisson_map();
    caisson_set(&partition, "file", caisson_string(caisson_text_of(PATH)));
    caisson_set(&offset, "position", caisson_int64(4));
    caisson_test_store_offset(&partition, &offset);
    caisson_test *test = started();
    caisson_record *const *records;
    CAISSON_CHECK(test != NULL);
    CAISSON_CHECK(caisson_test_poll(test, &records, &told) == 1);
    CAISSON_CHECK(caisson_text_is(caisson_record_value(records[0])->as.text, "two"));
    caisson_test_end(test);
}

int main(void) {
    CAISSON_TEST(it_reads_whole_lines);
    CAISSON_TEST(it_goes_on_behind_the_stored_offset);
    return caisson_test_result();
}
