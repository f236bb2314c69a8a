// SPDX-License-Identifier: ISC
//
// options_address.c: numeric addresses, RFC 4291 section 2.2 and dotted quads without leading
// zeros.
#include <string.h>

#include "options_model.h"

enum { GROUPS = 8 };

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

// All of the text as a number of at most `digits` digits up to `most`.
static bool read_number(const char *text, size_t length, size_t digits, unsigned most,
                        unsigned *number)
{
    *number = 0;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]))
            return false;
        *number = *number * 10 + (unsigned)(text[i] - '0');
    }
    return length >= 1 && length <= digits && *number <= most;
}

static size_t reach(const char *text, size_t length, char stop)
{
    const char *found = memchr(text, stop, length);
    return found == NULL ? length : (size_t)(found - text);
}

static bool read_quad(const char *text, size_t length, uint8_t *bytes)
{
    unsigned number;
    for (unsigned i = 0; i < 4; i++) {
        size_t part = reach(text, length, '.');
        if (!read_number(text, part, 3, 255, &number) || (part > 1 && text[0] == '0'))
            return false;
        bytes[i] = (uint8_t)number;
        if ((part == length) != (i == 3))
            return false;
        text += part + 1;
        length -= part == length ? part : part + 1;
    }
    return true;
}

static bool read_hex(const char *text, size_t length, unsigned *group)
{
    *group = 0;
    for (size_t i = 0; i < length; i++) {
        char byte = text[i];
        int digit = is_digit(byte)               ? byte - '0'
                    : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                    : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return false;
        *group = *group << 4 | (unsigned)digit;
    }
    return length >= 1 && length <= 4;
}

// Groups with ":" between them, perhaps none; a quad at the end counts as two. -1: not so.
static int read_groups(const char *text, size_t length, bool last, uint8_t *bytes)
{
    int count = 0;
    unsigned group;
    while (length > 0) {
        size_t part = reach(text, length, ':');
        if (part == length && last && memchr(text, '.', length) != NULL) {
            if (count > GROUPS - 2 || !read_quad(text, length, bytes + (size_t)count * 2))
                return -1;
            return count + 2;
        }
        if (count == GROUPS || !read_hex(text, part, &group))
            return -1;
        bytes[count * 2] = (uint8_t)(group >> 8);
        bytes[count * 2 + 1] = (uint8_t)group;
        count++;
        if (part + 1 == length)
            return -1; // a ":" with nothing behind it
        text += part + 1;
        length -= part == length ? part : part + 1;
    }
    return count;
}

static bool read_six(const char *text, size_t length, uint8_t *bytes)
{
    uint8_t tail[16] = {0};
    size_t gap = 0;
    memset(bytes, 0, 16);
    while (gap + 1 < length && (text[gap] != ':' || text[gap + 1] != ':'))
        gap++;
    if (gap + 1 >= length)
        return read_groups(text, length, true, bytes) == GROUPS;
    int before = read_groups(text, gap, false, bytes);
    int behind = read_groups(text + gap + 2, length - gap - 2, true, tail);
    if (before < 0 || behind < 0 || before + behind >= GROUPS)
        return false;
    memcpy(bytes + 16 - behind * 2, tail, (size_t)behind * 2);
    return true;
}

bool model_read_address(const char *host, size_t length, struct model_address *address)
{
    bool boxed = length >= 2 && host[0] == '[' && host[length - 1] == ']';
    host += boxed ? 1 : 0;
    length -= boxed ? 2 : 0;
    address->six = memchr(host, ':', length) != NULL;
    if (boxed && !address->six)
        return false;
    return address->six ? read_six(host, length, address->bytes)
                        : read_quad(host, length, address->bytes);
}

bool model_read_port(const char *text, struct model_address *address)
{
    unsigned number;
    bool good = read_number(text, strlen(text), 5, 65535, &number);
    address->port = (uint16_t)number;
    return good;
}

bool model_read_pair(const char *text, struct model_address *address)
{
    size_t last = strlen(text);
    while (last > 0 && text[last] != ':')
        last--;
    bool boxed = text[0] == '[';
    if (text[last] != ':' || (!boxed && memchr(text, ':', last) != NULL))
        return false;
    return model_read_address(text, last, address) && model_read_port(text + last + 1, address);
}

bool model_read_network(const char *text, struct model_network *network)
{
    struct model_address address = {0};
    size_t length = reach(text, strlen(text), '/');
    unsigned bits;
    if (!model_read_address(text, length, &address))
        return false;
    unsigned most = address.six ? 128 : 32;
    if (text[length] != '/')
        bits = most;
    else if (!read_number(text + length + 1, strlen(text + length + 1), 5, most, &bits))
        return false;
    memset(network->bytes, 0, 16);
    network->bits = address.six ? bits : bits + 96;
    if (address.six) {
        memcpy(network->bytes, address.bytes, 16);
    } else {
        network->bytes[10] = network->bytes[11] = 0xff;
        memcpy(network->bytes + 12, address.bytes, 4);
    }
    for (unsigned bit = network->bits; bit < 128; bit++)
        if ((network->bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
            return false;
    return true;
}
