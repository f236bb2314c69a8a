// SPDX-License-Identifier: ISC
//
// Addresses: which source a client counts for, and which networks contain it.
#include "check.h"

#include "echocell/address.h"

#include <string.h>

static union address address_of(const char *pair)
{
    union address address;
    const char *wrong = address_parse_pair(pair, &address);
    if (wrong != NULL)
        fail_msg("%s: %s", pair, wrong);
    return address;
}

static struct network source_of(const char *pair)
{
    struct network source;
    union address address = address_of(pair);
    address_source(&address, &source);
    return source;
}

static bool same_source(const char *one, const char *other)
{
    struct network a = source_of(one);
    struct network b = source_of(other);
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static void addresses_print_as_they_are_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"0.0.0.0:0",
                                        "127.0.0.1:7",
                                        "255.255.255.255:65535",
                                        "[::]:0",
                                        "[::1]:7",
                                        "[2001:db8::ff]:65535",
                                        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        char text[ADDRESS_TEXT_BYTES];
        union address address = address_of(texts[i]);
        assert_string_equal(address_format(&address, text), texts[i]);
    }
}

static void mapped_address_prints_as_ipv4(void **state)
{
    (void)state;
    char text[ADDRESS_TEXT_BYTES];
    union address address = address_of("[::ffff:192.0.2.1]:7");
    assert_string_equal(address_format(&address, text), "192.0.2.1:7");
}

static void source_is_ipv4_address_or_ipv6_64(void **state)
{
    (void)state;
    assert_true(same_source("192.0.2.1:1", "192.0.2.1:2"));
    assert_false(same_source("192.0.2.1:1", "192.0.2.2:1"));
    assert_true(same_source("[2001:db8:1:2::1]:1", "[2001:db8:1:2:ffff:ffff:ffff:ffff]:9"));
    assert_false(same_source("[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1"));
    assert_true(same_source("[::ffff:192.0.2.1]:1", "192.0.2.1:1"));
    assert_false(same_source("[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.2]:1"));
}

static bool contains(const char *block, const char *pair)
{
    struct network network;
    union address address = address_of(pair);
    const char *wrong = address_parse_network(block, &network);
    if (wrong != NULL)
        fail_msg("%s: %s", block, wrong);
    return network_contains(&network, &address);
}

static void networks_contain_their_addresses_only(void **state)
{
    (void)state;
    assert_true(contains("10.0.0.0/8", "10.255.0.1:1"));
    assert_false(contains("10.0.0.0/8", "11.0.0.1:1"));
    assert_true(contains("192.0.2.1", "192.0.2.1:1"));
    assert_false(contains("192.0.2.1", "192.0.2.0:1"));
    assert_true(contains("192.0.2.128/25", "192.0.2.255:1"));
    assert_false(contains("192.0.2.128/25", "192.0.2.127:1"));
    assert_true(contains("0.0.0.0/0", "203.0.113.9:1"));
    assert_false(contains("0.0.0.0/0", "[2001:db8::1]:1"));
    assert_true(contains("10.0.0.0/8", "[::ffff:10.1.2.3]:1"));
    assert_true(contains("2001:db8::/33", "[2001:db8:7fff::1]:1"));
    assert_false(contains("2001:db8::/33", "[2001:db8:8000::1]:1"));
    assert_true(contains("::/0", "[2001:db8::1]:1"));
    assert_true(contains("::1", "[::1]:1"));
    assert_false(contains("::1", "[::2]:1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_print_as_they_are_read),
        cmocka_unit_test(mapped_address_prints_as_ipv4),
        cmocka_unit_test(source_is_ipv4_address_or_ipv6_64),
        cmocka_unit_test(networks_contain_their_addresses_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
