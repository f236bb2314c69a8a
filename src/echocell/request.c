// SPDX-License-Identifier: ISC
#include "request.h"

bool request_feed(struct request *request, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\r')
            continue;
        if (bytes[i] == '\n' && request->begun && !request->in_line)
            return true;
        request->in_line = bytes[i] != '\n';
        request->begun |= request->in_line;
    }
    return false;
}
