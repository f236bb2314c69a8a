// SPDX-License-Identifier: ISC
//
// json.h: the pieces of JSON (RFC 8259) that need care.
#ifndef POLICY_JSON_H
#define POLICY_JSON_H

#include <stdio.h>

// The text as a JSON string, with its quotes. Bytes that are not printable ASCII are written as
// \u00XX, each by itself, so that the output is valid whatever a file or a path holds.
void json_string(FILE *stream, const char *text);

#endif
