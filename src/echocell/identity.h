// SPDX-License-Identifier: ISC
//
// identity.h: whom to become. /etc/passwd is read as the file that it is, passwd(5): the name
// service switch would load libraries and ask networks, in a root process.
#ifndef ECHOCELL_IDENTITY_H
#define ECHOCELL_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

struct identity {
    uid_t uid;
    gid_t gid;
    bool fallback; // nobody was asked for, and there is no user echocell
};

// Reads `NAME` or `UID[:GID]`. NULL means: `echocell` if there is such a user, else `nobody`, and
// `fallback` is set. A UID without GID takes the group of its passwd entry, else the group of the
// same number. Ids of 0 and of (uid_t)-1 are refused. Does not return on failure (64 a bad value,
// 78 no such user).
struct identity identity_resolve(const char *user);

// What one line of passwd(5) says. Pure; returns 1 when the line has the seven fields of an entry
// and valid numbers. `name` is not terminated: `*name_length` bytes.
int identity_parse_line(const char *line, const char **name, size_t *name_length,
                        struct identity *identity);

#endif
