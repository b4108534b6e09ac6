#include <string.h>

#include <caisson_testing.h>

static void lines_there_and_back(void) {
    const char *told;
    caisson_bytes line;
    caisson_test *test = caisson_test_open("com.example.CsvConverter", &told, (const char *[]){"columns", "a,b", NULL});
    CAISSON_CHECK(test != NULL);
    caisson_value value = caisson_map();
    caisson_set(&value, "b", caisson_string(caisson_text_of("x")));
    caisson_set(&value, "a", caisson_int64(1));
    CAISSON_CHECK(caisson_test_from_connect(test, &value, &line, &told));
    CAISSON_CHECK(line.len == 3 && memcmp(line.ptr, "1,x", 3) == 0);
    CAISSON_CHECK(caisson_test_to_connect(test, line, &value, &told));
    CAISSON_CHECK(caisson_text_is(caisson_json(&value), "{\"a\":\"1\",\"b\":\"x\"}"));
    CAISSON_CHECK(!caisson_test_to_connect(test, (caisson_bytes){line.ptr, 1}, &value, &told));
    caisson_test_end(test);
}

int main(void) {
    CAISSON_TEST(lines_there_and_back);
    return caisson_test_result();
}
