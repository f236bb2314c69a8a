// SPDX-License-Identifier: ISC
//
// arena.h: memory that is freed as a whole.
//
// Nothing in here returns NULL: when memory runs out the process ends with one line and exit
// status 70, for a tool that has half a policy in memory has nothing useful left to say.
#ifndef POLICY_ARENA_H
#define POLICY_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_create(void);

// Frees the arena and all that was allocated from it. NULL is fine.
void arena_destroy(struct arena *arena);

// `count` zeroed objects of `size` bytes, aligned for any type. The product must not overflow;
// if it does, that is the same as running out of memory.
void *arena_alloc(struct arena *arena, size_t count, size_t size);

// A NUL-terminated copy of `length` bytes.
char *arena_copy(struct arena *arena, const char *bytes, size_t length);

char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

// A list that grows by one: returns `list`, moved if it was full, with room for element `count`.
// A list starts as NULL with count 0 and grows through nothing but this.
void *arena_room(struct arena *arena, void *list, size_t count, size_t size);

#endif
