#include <caisson_testing.h>

static void large_amounts_are_admitted(void) {
    const char *told;
    caisson_test *test = caisson_test_open("com.example.IsLarge", &told, (const char *[]){"above", "10", NULL});
    CAISSON_CHECK(test != NULL);
    struct {
        caisson_value amount;
        bool admitted;
    } cases[] = {{caisson_int64(5), false}, {caisson_float64(10.5), true}, {caisson_string(caisson_text_of("11")), false},
                 {caisson_decimal_value(1001, 2), true}, {caisson_null(), false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        caisson_record *record = caisson_record_new(caisson_text_of("t"));
        caisson_value value = caisson_map();
        caisson_set(&value, "amount", cases[i].amount);
        caisson_record_set_value(record, value, NULL);
        CAISSON_CHECK(caisson_test_admits(test, record, &told) == cases[i].admitted);
    }
    caisson_test_end(test);
}

int main(void) {
    CAISSON_TEST(large_amounts_are_admitted);
    return caisson_test_result();
}
