// SPDX-License-Identifier: ISC
//
// mutated.c: mutates each file named, many times over, in a block with no byte to spare. Fails when
// a result is empty or larger than its room; says how many results differ from the file.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES = 500, BYTES_MAX = 20000 };

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static size_t mutate(const uint8_t *bytes, size_t size, size_t room, unsigned seed,
                     uint8_t **result)
{
    *result = malloc(room);
    if (*result == NULL)
        abort();
    memcpy(*result, bytes, size);
    size_t length = LLVMFuzzerCustomMutator(*result, size, room, seed);
    if (length > room || length == 0)
        abort();
    return length;
}

// Whether it is another than the file.
static int try(const uint8_t *bytes, size_t size, unsigned seed)
{
    uint8_t *one;
    size_t length = mutate(bytes, size, size + seed % 64 + 1, seed, &one);
    int differs = length != size || memcmp(one, bytes, size) != 0;
    free(one);
    return differs;
}

int main(int argc, char **argv)
{
    static uint8_t bytes[BYTES_MAX];
    unsigned differ = 0;
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL)
            return 1;
        size_t size = fread(bytes, 1, sizeof(bytes), file);
        fclose(file);
        for (unsigned seed = 0; seed < TIMES; seed++)
            differ += (unsigned)try(bytes, size, seed);
    }
    printf("%u of %u\n", differ, (unsigned)(argc - 1) * TIMES);
    return 0;
}
