// SPDX-License-Identifier: ISC
#include "identity.h"

#include "fatal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWD "/etc/passwd"

// A decimal id that ends at `stop`. -1 is "no change" to setresuid(2), so it is no id.
static bool parse_id(const char *text, char stop, uint32_t *id, const char **end)
{
    uint64_t value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != stop)
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    *id = (uint32_t)value;
    *end = text + digits;
    return value < UINT32_MAX;
}

int identity_parse_line(const char *line, const char **name, size_t *name_length,
                        struct identity *identity)
{
    const char *field = strchr(line, ':');
    int colons = 0;
    for (const char *at = line; *at != '\0'; at++)
        colons += *at == ':';
    if (field == NULL || field == line || colons != 6)
        return 0;
    *name = line;
    *name_length = (size_t)(field - line);
    field = strchr(field + 1, ':'); // behind the password
    return parse_id(field + 1, ':', &identity->uid, &field) &&
           parse_id(field + 1, ':', &identity->gid, &field);
}

// The first entry with this name, or (name NULL) with this uid; true when there is one.
static bool find_user(const char *name, uid_t uid, struct identity *found)
{
    FILE *passwd = fopen(PASSWD, "re");
    char *line = NULL;
    size_t size = 0;
    bool match = false;
    if (passwd == NULL)
        return false;
    while (!match && getline(&line, &size, passwd) >= 0) {
        const char *entry;
        size_t length;
        if (!identity_parse_line(line, &entry, &length, found))
            continue;
        match = name != NULL ? strlen(name) == length && memcmp(name, entry, length) == 0
                             : found->uid == uid;
    }
    free(line);
    fclose(passwd);
    return match;
}

// UID[:GID]; false when the text is not of that form.
static bool parse_numbers(const char *text, struct identity *identity)
{
    const char *end;
    struct identity entry;
    if (parse_id(text, ':', &identity->uid, &end))
        return parse_id(end + 1, '\0', &identity->gid, &end);
    if (!parse_id(text, '\0', &identity->uid, &end))
        return false;
    identity->gid = find_user(NULL, identity->uid, &entry) ? entry.gid : identity->uid;
    return true;
}

static struct identity default_identity(void)
{
    struct identity identity = {0};
    if (find_user("echocell", 0, &identity))
        return identity;
    if (!find_user("nobody", 0, &identity))
        fatal(EX_CONFIG, "user", "neither echocell nor nobody is in " PASSWD " (give --user)");
    identity.fallback = true;
    return identity;
}

struct identity identity_resolve(const char *user)
{
    struct identity identity = {0};
    if (user == NULL)
        identity = default_identity();
    else if (user[0] >= '0' && user[0] <= '9') {
        if (!parse_numbers(user, &identity))
            fatal(EX_USAGE, "--user", "%s: not of the form UID or UID:GID", user);
    } else if (!find_user(user, 0, &identity)) {
        fatal(EX_CONFIG, "--user", "%s: no such user in " PASSWD, user);
    }
    if (identity.uid == 0 || identity.gid == 0)
        fatal(EX_USAGE, "--user", "root (uid 0 or gid 0) is refused: name an ordinary user");
    return identity;
}
