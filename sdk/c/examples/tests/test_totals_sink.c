#include <stdio.h>
#include <string.h>

#include <caisson_testing.h>

#define PATH "build/totals.txt"

static void totals_are_written_before_a_commit(void) {
    const char *told;
    char text[16] = {0};
    caisson_test *test = caisson_test_open("com.example.Totals", &told, (const char *[]){"file", PATH, NULL});
    CAISSON_CHECK(test != NULL);
    caisson_record *record = caisson_record_new(caisson_text_of("t"));
    CAISSON_CHECK(caisson_test_put(test, &record, 1, &told) && caisson_test_flush(test, &told));
    FILE *file = fopen(PATH, "r");
    CAISSON_CHECK(file != NULL);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    /* A record of a unit test was consumed nowhere: its topic is empty. */
    CAISSON_CHECK(size > 0 && strcmp(text, "-0 1\n") == 0);
    caisson_test_end(test);
}

int main(void) {
    CAISSON_TEST(totals_are_written_before_a_commit);
    return caisson_test_result();
}
