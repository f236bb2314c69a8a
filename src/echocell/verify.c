// SPDX-License-Identifier: ISC
//
// verify.c: confine_verify(). Nothing here trusts the code that dropped: every answer is the
// kernel's own, by other calls than those that made the change.
#include "confine.h"

#include "fatal.h"
#include "landlock.h"
#include "securebits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mdwe.h"

#define CAPABILITY_MAX 63

//// Reading back: is the layer there?

static bool ids_are(uid_t uid, gid_t gid)
{
    uid_t u[3];
    gid_t g[3];
    // -1 is no id: the two calls change nothing and return what is.
    return getresuid(&u[0], &u[1], &u[2]) == 0 && getresgid(&g[0], &g[1], &g[2]) == 0 &&
           u[0] == uid && u[1] == uid && u[2] == uid && g[0] == gid && g[1] == gid && g[2] == gid &&
           (uid_t)setfsuid((uid_t)-1) == uid && (gid_t)setfsgid((gid_t)-1) == gid;
}

static bool has_no_groups(void)
{
    return getgroups(0, NULL) == 0;
}

static bool has_no_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    for (int i = 0; i < 2; i++)
        if ((sets[i].effective | sets[i].permitted | sets[i].inheritable) != 0)
            return false;
    return true;
}

// -1 with EINVAL: the kernel has no such capability.
static bool has_no_bounding_or_ambient(void)
{
    for (unsigned long cap = 0; cap <= CAPABILITY_MAX; cap++)
        if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) > 0 ||
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) > 0)
            return false;
    return true;
}

// A deleted directory has no link left, and nothing is found in it.
static bool root_is_empty(void)
{
    struct stat root;
    struct stat entry;
    return stat("/", &root) == 0 && root.st_nlink == 0 && stat("/proc", &entry) != 0 &&
           errno == ENOENT && stat("/..", &entry) == 0 && entry.st_ino == root.st_ino;
}

static bool left_namespace(const struct confine_witness *witness, int index, const char *name)
{
    struct stat now;
    return witness->root && fstatat(witness->namespaces_dir, name, &now, 0) == 0 &&
           now.st_ino != witness->namespaces[index];
}

static layer_set observe_root_layers(const struct confine_witness *witness,
                                     const struct identity *identity)
{
    const struct {
        enum layer layer;
        bool holds;
    } seen[] = {
        {LAYER_IDENTITY, ids_are(identity->uid, identity->gid) && identity->uid != 0},
        {LAYER_GROUPS, has_no_groups()},
        {LAYER_CAPABILITIES, has_no_capabilities() && has_no_bounding_or_ambient()},
        {LAYER_SECUREBITS, prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == SECUREBITS_LOCKED_DOWN},
        {LAYER_ROOT, root_is_empty()},
        {LAYER_NETNS, left_namespace(witness, 0, "net")},
        {LAYER_IPCNS, left_namespace(witness, 1, "ipc")},
        {LAYER_UTSNS, left_namespace(witness, 2, "uts")},
        {LAYER_MOUNTNS, left_namespace(witness, 3, "mnt")},
    };
    layer_set holds = 0;
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
        if (seen[i].holds)
            holds |= LAYER_BIT(seen[i].layer);
    return holds;
}

static layer_set observe_process_layers(void)
{
    layer_set holds = 0;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        holds |= LAYER_BIT(LAYER_NO_NEW_PRIVS);
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
        holds |= LAYER_BIT(LAYER_NODUMP);
    if (prctl(PR_GET_MDWE, 0, 0, 0, 0) == PR_MDWE_REFUSE_EXEC_GAIN)
        holds |= LAYER_BIT(LAYER_MDWE);
    return holds;
}

//// Undoing: each of these must fail, as this process and for this reason.

static bool refused(long result, int error)
{
    return result < 0 && errno == error;
}

static bool capabilities_stay(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct all[2] = {{~0U, ~0U, 0}, {0, 0, 0}};
    return refused(syscall(SYS_capset, &header, all), EPERM) &&
           refused(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0), EPERM);
}

static bool memory_stays_unexecutable(void)
{
    void *memory =
        mmap(NULL, 1, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) {
        munmap(memory, 1);
        return false;
    }
    return errno == EACCES;
}

static bool files_stay_closed(void)
{
    return refused(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), EACCES);
}

// Before Linux 6.7 Landlock knows no ports.
static bool ports_stay_closed(void)
{
    const struct sockaddr_in anywhere = {.sin_family = AF_INET};
    if (!landlock_handles_ports())
        return true;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool closed =
        fd >= 0 &&
        refused(bind(fd, (const struct sockaddr *)&anywhere, sizeof(anywhere)), EACCES) &&
        refused(connect(fd, (const struct sockaddr *)&anywhere, sizeof(anywhere)), EACCES);
    close(fd);
    return closed;
}

static bool identity_stays(void)
{
    gid_t root_group = 0;
    return refused(setresuid((uid_t)-1, 0, (uid_t)-1), EPERM) &&
           refused(setresgid((gid_t)-1, 0, (gid_t)-1), EPERM) &&
           refused(setgroups(1, &root_group), EPERM);
}

static const char *try_to_undo(layer_set holds, const struct outsider *outsider)
{
    const struct {
        enum layer layer;
        bool stays;
    } tried[] = {
        {LAYER_IDENTITY, identity_stays()},
        {LAYER_CAPABILITIES, capabilities_stay()},
        {LAYER_SECUREBITS, refused(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0), EPERM)},
        {LAYER_ROOT, refused(chroot("/"), EPERM)},
        {LAYER_NETNS, refused(unshare(CLONE_NEWNET), EPERM)},
        {LAYER_NO_NEW_PRIVS, refused(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL)},
        {LAYER_MDWE, memory_stays_unexecutable()},
        {LAYER_LANDLOCK, files_stay_closed() && ports_stay_closed()},
        {LAYER_LANDLOCK_SCOPE, !outsider_is_reachable(outsider)},
    };
    for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++)
        if ((holds & LAYER_BIT(tried[i].layer)) != 0 && !tried[i].stays)
            return layer_name(tried[i].layer);
    return NULL;
}

layer_set confine_verify(struct confine_witness *witness, const struct identity *identity,
                         layer_set entered)
{
    layer_set landlock = LAYER_BIT(LAYER_LANDLOCK) | LAYER_BIT(LAYER_LANDLOCK_SCOPE);
    layer_set holds = observe_root_layers(witness, identity) | observe_process_layers() |
                      (entered & landlock); // has no read-back: the attempts below are its proof
    layer_set promised = entered | (witness->root ? LAYERS_OF_ROOT : 0);
    for (int i = 0; i < LAYERS; i++)
        if ((promised & ~holds & LAYER_BIT(i)) != 0)
            bug(layer_name((enum layer)i), "was put on and cannot be found: not serving");
    const char *undone = try_to_undo(holds, &witness->outsider);
    outsider_end(&witness->outsider);
    if (undone != NULL)
        bug(undone, "could be undone: not serving");
    if (witness->namespaces_dir >= 0)
        close(witness->namespaces_dir);
    return holds;
}
