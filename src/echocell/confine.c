// SPDX-License-Identifier: ISC
#include "confine.h"

#include "fatal.h"
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mdwe.h"

static const char *const namespace_names[] = {"net", "ipc", "uts", "mnt"};

void confine_remember(struct confine_witness *witness)
{
    struct stat entry;
    witness->root = geteuid() == 0;
    witness->namespaces_dir = -1;
    if (!witness->root)
        return;
    witness->namespaces_dir = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 4; i++) {
        if (fstatat(witness->namespaces_dir, namespace_names[i], &entry, 0) != 0)
            fatal(EX_CONFIG, "/proc", "%s (mount it: the namespaces are verified through it)",
                  strerror(errno));
        witness->namespaces[i] = entry.st_ino;
    }
}

static void must(bool done, const char *what)
{
    if (!done)
        fatal(EX_OSERR, what, "%s", strerror(errno));
}

layer_set confine_possible(void)
{
    layer_set always = LAYER_BIT(LAYER_NO_NEW_PRIVS) | LAYER_BIT(LAYER_NODUMP) |
                       LAYER_BIT(LAYER_LISTENER_FILTER) | LAYER_BIT(LAYER_SESSION_FILTER) |
                       LAYER_BIT(LAYER_SESSION_LIMITS) | LAYER_BIT(LAYER_IDENTITY);
    layer_set mdwe = prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0 ? LAYER_BIT(LAYER_MDWE) : 0;
    return always | mdwe | landlock_available() | (geteuid() == 0 ? LAYERS_OF_ROOT : 0);
}

layer_set confine_enter(struct confine_witness *witness)
{
    layer_set entered = LAYER_BIT(LAYER_NO_NEW_PRIVS) | LAYER_BIT(LAYER_NODUMP);
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "nodump");
    if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0)
        entered |= LAYER_BIT(LAYER_MDWE);
    else // EINVAL: the kernel is older than 6.3
        must(errno == EINVAL, "mdwe");
    outsider_start(&witness->outsider); // outside, so before Landlock
    return entered | landlock_deny_all();
}
