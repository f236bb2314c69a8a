// SPDX-License-Identifier: ISC
//
#include "oracle.h"
#include <stdint.h>
#include "echocell/protocol.h"
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct protocol protocol;
    static uint8_t out[1024];
    struct protocol_reply reply;
    protocol_start(&protocol, PROTOCOL_ACK, (const uint8_t *)"+", 1);
    protocol_feed(&protocol, data, size, out, sizeof out, &reply);
    return 0;
}
