// SPDX-License-Identifier: ISC
#include "address.h"

#include "text.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Decimal digits only, no sign, no blank, at most `limit`.
static bool parse_decimal(const char *text, unsigned limit, unsigned *value)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    unsigned sum = 0;
    for (; *text != '\0'; text++)
        sum = sum * 10 + (unsigned)(*text - '0');
    *value = sum;
    return sum <= limit;
}

// Copies a host out of its brackets. False when it is too long or its brackets do not match.
static bool strip_brackets(const char *host, size_t length, char out[INET6_ADDRSTRLEN])
{
    if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
        host++;
        length -= 2;
        if (memchr(host, ':', length) == NULL)
            return false;
    }
    if (length == 0 || length >= INET6_ADDRSTRLEN)
        return false;
    memcpy(out, host, length);
    out[length] = '\0';
    return true;
}

static const char *parse_host(const char *host, size_t length, union address *address)
{
    char text[INET6_ADDRSTRLEN];
    memset(address, 0, sizeof(*address));
    if (strip_brackets(host, length, text)) {
        if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
            address->v4.sin_family = AF_INET;
            return NULL;
        }
        if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
            address->v6.sin6_family = AF_INET6;
            return NULL;
        }
    }
    return "not a numeric IPv4 or IPv6 address (names are not resolved)";
}

const char *address_parse(const char *host, const char *port, union address *address)
{
    unsigned number;
    const char *wrong = parse_host(host, strlen(host), address);
    if (wrong != NULL)
        return wrong;
    if (!parse_decimal(port, 65535, &number))
        return "the port is not a number from 0 to 65535";
    if (address->any.sa_family == AF_INET)
        address->v4.sin_port = htons((uint16_t)number);
    else
        address->v6.sin6_port = htons((uint16_t)number);
    return NULL;
}

const char *address_parse_pair(const char *text, union address *address)
{
    char host[INET6_ADDRSTRLEN + 2];
    const char *colon = strrchr(text, ':');
    if (colon == NULL)
        return "not of the form ADDRESS:PORT";
    size_t length = (size_t)(colon - text);
    if (length >= sizeof(host))
        return "the address is too long";
    memcpy(host, text, length);
    host[length] = '\0';
    if (host[0] != '[' && strchr(host, ':') != NULL)
        return "an IPv6 address needs brackets here: [ADDRESS]:PORT";
    return address_parse(host, colon + 1, address);
}

// All addresses in one form, so that they can be compared: IPv4 as mapped IPv6.
static void address_bytes(const union address *address, uint8_t bytes[16])
{
    if (address->any.sa_family == AF_INET6) {
        memcpy(bytes, &address->v6.sin6_addr, 16);
    } else {
        memcpy(bytes, mapped_prefix, sizeof(mapped_prefix));
        memcpy(bytes + sizeof(mapped_prefix), &address->v4.sin_addr, 4);
    }
}

static bool is_mapped(const uint8_t bytes[16])
{
    return memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

// Clears the bits behind the prefix; says whether there were any.
static bool mask_bits(uint8_t bytes[16], unsigned bits)
{
    bool changed = false;
    for (unsigned i = 0; i < 16; i++) {
        unsigned keep = bits >= (i + 1) * 8 ? 8 : bits <= i * 8 ? 0 : bits - i * 8;
        uint8_t masked = bytes[i] & (uint8_t)(0xff00u >> keep);
        changed |= masked != bytes[i];
        bytes[i] = masked;
    }
    return changed;
}

const char *address_parse_network(const char *text, struct network *network)
{
    union address address;
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    const char *wrong = parse_host(text, length, &address);
    if (wrong != NULL)
        return wrong;
    bool v4 = address.any.sa_family == AF_INET;
    unsigned bits = v4 ? 32 : 128;
    if (slash != NULL && !parse_decimal(slash + 1, bits, &bits))
        return v4 ? "the prefix is not a number from 0 to 32"
                  : "the prefix is not a number from 0 to 128";
    network->bits = (uint8_t)(v4 ? bits + 96 : bits);
    address_bytes(&address, network->bytes);
    if (mask_bits(network->bytes, network->bits))
        return "there are bits set behind the prefix";
    return NULL;
}

socklen_t address_length(const union address *address)
{
    return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

const char *address_format(const union address *address, char text[ADDRESS_TEXT_BYTES])
{
    char host[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    struct text line = {.bytes = text, .room = ADDRESS_TEXT_BYTES - 1};
    address_bytes(address, bytes);
    if (is_mapped(bytes)) {
        for (size_t i = sizeof(mapped_prefix); i < sizeof(bytes); i++) {
            text_add(&line, i > sizeof(mapped_prefix) ? "." : "");
            text_count(&line, bytes[i]);
        }
    } else {
        text_add(&line, "[");
        text_add(&line, inet_ntop(AF_INET6, bytes, host, sizeof(host)));
        text_add(&line, "]");
    }
    text_add(&line, ":");
    text_count(&line, ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port
                                                              : address->v6.sin6_port));
    text[line.used] = '\0';
    return text;
}

void address_source(const union address *address, struct network *source)
{
    address_bytes(address, source->bytes);
    source->bits = is_mapped(source->bytes) ? 128 : 64;
    mask_bits(source->bytes, source->bits);
}

bool network_contains(const struct network *network, const union address *address)
{
    uint8_t bytes[16];
    address_bytes(address, bytes);
    mask_bits(bytes, network->bits);
    return memcmp(bytes, network->bytes, sizeof(bytes)) == 0;
}
