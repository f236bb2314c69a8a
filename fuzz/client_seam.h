// SPDX-License-Identifier: ISC
//
// client_seam.h: in the place of echocell/call.h in transport.c: the client and its kernel.
#ifndef ECHOCELL_CALL_H
#define ECHOCELL_CALL_H

#include <sys/syscall.h>

#define CALL_WORDS 7
#define call(...)  client_call((const long[CALL_WORDS]){__VA_ARGS__})

// In client.c.
long client_call(const long words[CALL_WORDS]);

#endif
