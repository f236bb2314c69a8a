// SPDX-License-Identifier: ISC
//
// number.c: no locale, no sign rules and no silent saturation, as strtoul() would have.
#include "number.h"

#include <stddef.h>
#include <string.h>

static int digit_of(char byte)
{
    static const char digits[] = "0123456789abcdef";
    if (byte >= 'A' && byte <= 'F')
        byte = (char)(byte - 'A' + 'a');
    const char *found = byte == '\0' ? NULL : strchr(digits, byte);
    return found == NULL ? -1 : (int)(found - digits);
}

static const char *read_digits(const char *text, unsigned base, uint64_t *value)
{
    *value = 0;
    do {
        int digit = digit_of(*text);
        if (digit < 0 || (unsigned)digit >= base)
            return base == 16 ? "not a hexadecimal number" : "not a number";
        if (__builtin_mul_overflow(*value, (uint64_t)base, value) ||
            __builtin_add_overflow(*value, (uint64_t)digit, value))
            return "the number needs more than 64 bits";
    } while (*++text != '\0');
    return NULL;
}

const char *number_read(const char *text, struct number *number)
{
    number->negative = text[0] == '-';
    text += number->negative ? 1 : 0;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return read_digits(text + 2, 16, &number->value);
    if (text[0] == '0' && digit_of(text[1]) >= 0 && digit_of(text[1]) < 10)
        return "a number that begins with 0 looks octal";
    return read_digits(text, 10, &number->value);
}
