// SPDX-License-Identifier: ISC
//
// json.c: strings.
#include "json.h"

void json_string(FILE *stream, const char *text)
{
    putc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(stream, "\\%c", *text);
        else if (*text >= ' ' && *text <= '~')
            putc(*text, stream);
        else
            fprintf(stream, "\\u%04x", (unsigned char)*text);
    }
    putc('"', stream);
}
