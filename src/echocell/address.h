// SPDX-License-Identifier: ISC
//
// address.h: IP addresses as text and back: endpoints, sources and CIDR blocks. Pure, and numeric
// only: no resolver ever runs in this program.
#ifndef ECHOCELL_ADDRESS_H
#define ECHOCELL_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

// "[" INET6_ADDRSTRLEN "]:65535" and the end.
#define ADDRESS_TEXT_BYTES 56

// A network: the first `bits` bits of `bytes`. IPv4 is held as its IPv4-mapped IPv6 address
// (RFC 4291, 2.5.5.2), so both families compare alike.
struct network {
    uint8_t bytes[16];
    uint8_t bits;
};

// Reads a numeric IPv4 or IPv6 address (IPv6 with or without brackets) and a decimal port (0 to
// 65535). Returns NULL, or one static sentence that says what is wrong.
const char *address_parse(const char *host, const char *port, union address *address);

// Reads `ADDRESS:PORT`, IPv6 as `[ADDRESS]:PORT`.
const char *address_parse_pair(const char *text, union address *address);

// Reads `ADDRESS/BITS` or `ADDRESS`. Bits outside the prefix must be zero: `10.0.0.1/8` is more
// likely a slip than a network.
const char *address_parse_network(const char *text, struct network *network);

socklen_t address_length(const union address *address);

// `192.0.2.1:7`, `[2001:db8::1]:7`; an IPv4-mapped address is printed as IPv4. Returns `text`.
const char *address_format(const union address *address, char text[ADDRESS_TEXT_BYTES]);

// The source that limits are counted by: the whole IPv4 address (also when mapped), or the IPv6
// /64.
void address_source(const union address *address, struct network *source);

bool network_contains(const struct network *network, const union address *address);

#endif
