// SPDX-License-Identifier: ISC
//
// test_sha256.c: the digest is the standard's. Vectors: FIPS 180-4's examples (NIST, "SHA256.pdf")
// and the lengths around a block's edge, whose digests sha256sum(1) gives.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sha256.h"

static void expect(const char *bytes, size_t length, const char *digest)
{
    char text[SHA256_TEXT_BYTES];
    sha256_text(bytes, length, text);
    assert_string_equal(text, digest);
}

static void digest_of_the_standards_examples(void **state)
{
    (void)state;
    expect("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void digest_of_a_million_bytes(void **state)
{
    (void)state;
    enum { MILLION = 1000000 };
    char *bytes = malloc(MILLION);
    assert_non_null(bytes);
    memset(bytes, 'a', MILLION);
    expect(bytes, MILLION, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(bytes);
}

static void digest_around_the_edge_of_a_block(void **state)
{
    (void)state;
    char bytes[64];
    memset(bytes, 'x', sizeof(bytes));
    expect(bytes, 55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072");
    expect(bytes, 56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e");
    expect(bytes, 63, "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2");
    expect(bytes, 64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_of_the_standards_examples),
        cmocka_unit_test(digest_of_a_million_bytes),
        cmocka_unit_test(digest_around_the_edge_of_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
