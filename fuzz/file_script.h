// SPDX-License-Identifier: ISC
//
// file_script.h: the system calls below source.c, bound at link time: one file more than there is,
// and one that cannot be read as a file should.
#ifndef FUZZ_FILE_SCRIPT_H
#define FUZZ_FILE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum file_fault {
    FILE_SOUND,
    FILE_SHUT,    // open(2) says EACCES
    FILE_UNKNOWN, // fstat(2) says EIO
    FILE_BROKEN,  // read(2) says EIO
    FILE_ENDLESS, // read(2) always has more
    FILE_LARGE,   // one byte more than a file may have
    FILE_SLOW,    // read(2) is interrupted every other time, and has some bytes else
    FILE_FAULTS
};

// From here on, every path that ends in `name` is a file with this text, and `fault` meets the file
// whose name is `faulty`. The strings must stay. FILE_SOUND: none.
void file_script_begin(const char *name, const char *text, size_t length, enum file_fault fault,
                       const char *faulty);

// Files are what they are again. Returns how many were opened, or would have been.
unsigned file_script_end(void);

#endif
