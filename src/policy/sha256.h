// SPDX-License-Identifier: ISC
//
// sha256.h: SHA-256 (FIPS 180-4, section 6.2), of bytes in memory.
#ifndef POLICY_SHA256_H
#define POLICY_SHA256_H

#include <stddef.h>

enum { SHA256_TEXT_BYTES = 65 };

// Writes the digest as 64 lower-case hexadecimal digits and a NUL.
void sha256_text(const void *bytes, size_t length, char text[SHA256_TEXT_BYTES]);

#endif
