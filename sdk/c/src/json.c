/* Values as JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static void append(cbor_buffer *out, caisson_text text) { cbor_append(out, text.ptr, text.len); }

static void append_text(cbor_buffer *out, caisson_text text) {
    cbor_append_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t letter = (uint8_t)text.ptr[i];
        if (letter == '"' || letter == '\\') {
            cbor_append_byte(out, '\\');
            cbor_append_byte(out, letter);
        } else if (letter < ' ') {
            append(out, caisson_format("\\u%04x", letter));
        } else {
            cbor_append_byte(out, letter);
        }
    }
    cbor_append_byte(out, '"');
}

/* As few digits as give the same number again. */
static caisson_text shortest(double number, bool narrow) {
    caisson_text made = {0};
    for (int digits = narrow ? 6 : 15; digits <= 17; digits++) {
        made = caisson_format("%.*g", digits, number);
        double again = strtod(made.ptr, NULL);
        if (narrow ? (float)again == (float)number : again == number) break;
    }
    return made;
}

static bool append_value(cbor_buffer *out, const caisson_value *value);

static bool append_container(cbor_buffer *out, const caisson_value *value) {
    bool is_array = value->type == CAISSON_ARRAY;
    cbor_append_byte(out, is_array ? '[' : '{');
    for (size_t i = 0; i < caisson_length(value); i++) {
        if (i > 0) cbor_append_byte(out, ',');
        caisson_value key = caisson_key(value, i);
        if (key.type == CAISSON_STRING) {
            append_text(out, key.as.text);
            cbor_append_byte(out, ':');
        } else if (!is_array) {
            caisson_text text = caisson_json(&key);
            if (text.ptr == NULL) return false;
            append_text(out, text);
            cbor_append_byte(out, ':');
        }
        if (!append_value(out, caisson_item(value, i))) return false;
    }
    cbor_append_byte(out, is_array ? ']' : '}');
    return true;
}

static bool append_value(cbor_buffer *out, const caisson_value *value) {
    switch (value->type) {
    case CAISSON_NULL:
        append(out, caisson_text_of("null"));
        return true;
    case CAISSON_BOOLEAN:
        append(out, caisson_text_of(value->as.boolean ? "true" : "false"));
        return true;
    case CAISSON_INT8:
    case CAISSON_INT16:
    case CAISSON_INT32:
    case CAISSON_INT64:
    case CAISSON_DATE:
        append(out, caisson_format("%lld", (long long)value->as.integer));
        return true;
    case CAISSON_FLOAT32:
    case CAISSON_FLOAT64:
        if (!isfinite(value->as.real)) return false;
        append(out, shortest(value->as.real, value->type == CAISSON_FLOAT32));
        return true;
    case CAISSON_STRING:
        append_text(out, value->as.text);
        return true;
    case CAISSON_BYTES:
        cbor_append_byte(out, '"');
        for (size_t i = 0; i < value->as.bytes.len; i++) append(out, caisson_format("%02x", value->as.bytes.ptr[i]));
        cbor_append_byte(out, '"');
        return true;
    case CAISSON_DECIMAL:
    case CAISSON_BIG_INTEGER:
        append(out, caisson_digits(value));
        return true;
    case CAISSON_ARRAY:
    case CAISSON_MAP:
    case CAISSON_STRUCT:
        return append_container(out, value);
    }
    return false;
}

caisson_text caisson_json(const caisson_value *value) {
    cbor_buffer out = {0};
    bool whole = append_value(&out, value);
    return whole ? (caisson_text){(const char *)out.data, out.size} : (caisson_text){0};
}
