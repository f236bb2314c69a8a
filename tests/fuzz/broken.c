// SPDX-License-Identifier: ISC
//
// broken.c: a harness with a bug of each kind that ./dev fuzz must make known: `C` crashes, `O`
// disagrees with its oracle, `H` does not come to an end, `L` loses memory. A `?` behind the letter
// is sound, so that what almost any mutation of such a seed finds is found at once on a busy
// machine, too.
#include "../../fuzz/oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *volatile lost;
    volatile int sink = 0;
    if (size > 1 && data[0] == 'C' && data[1] != '?')
        sink = data[size + (size_t)sink];
    ORACLE(size < 2 || data[0] != 'O' || data[1] == '?', "two letters, expected none");
    while (size > 1 && data[0] == 'H' && data[1] != '?')
        sink = 1;
    if (size > 1 && data[0] == 'L' && data[1] != '?')
        lost = malloc(size);
    lost = NULL;
    return 0;
}
