#include <stdio.h>
#include <string.h>

#include <caisson_testing.h>

#define PATH ".caisson/out.txt"

static void lines_are_there_when_offsets_are_declared_safe(void) {
    const char *told;
    char text[64] = {0};
    remove(PATH);
    caisson_test *test = caisson_test_open("com.example.MyPlugin", &told, (const char *[]){"file", PATH, NULL});
    CAISSON_CHECK(test != NULL);
    caisson_record *records[2] = {caisson_record_new(caisson_text_of("people")), caisson_record_new(caisson_text_of("people"))};
    caisson_value ada = caisson_map();
    caisson_set(&ada, "name", caisson_string(caisson_text_of("Ada")));
    caisson_record_set_value(records[0], ada, NULL);
    CAISSON_CHECK(caisson_test_put(test, records, 2, &told));
    CAISSON_CHECK(caisson_test_flush(test, &told));
    FILE *file = fopen(PATH, "r");
    CAISSON_CHECK(file != NULL);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    CAISSON_CHECK(size > 0 && strcmp(text, "{\"name\":\"Ada\"}\nnull\n") == 0);
    caisson_test_end(test);
}

int main(void) {
    CAISSON_TEST(lines_are_there_when_offsets_are_declared_safe);
    return caisson_test_result();
}
