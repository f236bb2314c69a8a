// SPDX-License-Identifier: ISC
#include "landlock.h"

#include "fatal.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Written out here because the C library's kernel headers may be older than the kernel. Version 1:
// 13 file rights; 2: REFER; 3: TRUNCATE; 4: TCP bind and connect; 5: IOCTL_DEV; 6: scopes.
#define CREATE_RULESET_VERSION (1U << 0)
#define PORTS_ABI              4
#define SCOPE_ABI              6

struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

static const struct {
    struct ruleset ruleset;
    size_t size; // of the struct in that version
} versions[] = {
    {{(1U << 13) - 1, 0, 0}, 8},  {{(1U << 14) - 1, 0, 0}, 8},  {{(1U << 15) - 1, 0, 0}, 8},
    {{(1U << 15) - 1, 3, 0}, 16}, {{(1U << 16) - 1, 3, 0}, 16}, {{(1U << 16) - 1, 3, 3}, 24},
};
#define VERSIONS (long)(sizeof(versions) / sizeof(versions[0]))

// The newest version that both sides know; 0 where there is no Landlock, in the kernel or at boot.
static long version(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0L, (long)CREATE_RULESET_VERSION);
    if (abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
        return 0;
    if (abi < 1)
        fatal(EX_OSERR, "landlock", "%s", strerror(errno));
    return abi < VERSIONS ? abi : VERSIONS;
}

static layer_set layers_of(long abi)
{
    return (abi >= 1 ? LAYER_BIT(LAYER_LANDLOCK) : 0) |
           (abi >= SCOPE_ABI ? LAYER_BIT(LAYER_LANDLOCK_SCOPE) : 0);
}

layer_set landlock_available(void)
{
    return layers_of(version());
}

bool landlock_handles_ports(void)
{
    return version() >= PORTS_ABI;
}

layer_set landlock_deny_all(void)
{
    long abi = version();
    if (abi == 0)
        return 0;
    long ruleset = syscall(SYS_landlock_create_ruleset, &versions[abi - 1].ruleset,
                           versions[abi - 1].size, 0L);
    if (ruleset < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0L) != 0)
        fatal(EX_OSERR, "landlock", "%s", strerror(errno));
    close((int)ruleset);
    return layers_of(abi);
}
