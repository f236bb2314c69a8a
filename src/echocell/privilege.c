// SPDX-License-Identifier: ISC
#include "privilege.h"

#include "fatal.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "securebits.h"

// libcap-ng names these two for a mode that is not used here (CAPNG_INIT_SUPP_GRP). Ours keep the
// name service switch out of a static root process; if one was ever called, the drop would fail.
int initgroups(const char *user, gid_t group)
{
    (void)user;
    (void)group;
    errno = ENOSYS;
    return -1;
}

struct passwd *getpwuid(uid_t uid)
{
    (void)uid;
    errno = ENOSYS;
    return NULL;
}

static void must(bool done, const char *step, const char *capability)
{
    if (!done)
        fatal(EX_NOPERM, step, "%s (started as root, this needs %s; or start as an ordinary user)",
              strerror(errno), capability);
}

bool privilege_is_root(void)
{
    return geteuid() == 0;
}

// The sockets that are bound already go on working in the namespace they were born in; new ones
// find nothing. A host name of its own, so that the drop can be seen from within.
static void leave_namespaces(void)
{
    must(unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS) == 0, "namespaces",
         "CAP_SYS_ADMIN");
    must(sethostname("echocell", strlen("echocell")) == 0, "host name", "CAP_SYS_ADMIN");
}

// The root becomes a directory that is already deleted: it has no name, nothing is in it, and the
// kernel refuses to create anything in it.
static void leave_root_directory(void)
{
    static const char *const places[] = {"/run", "/tmp", "/dev/shm", "/var/tmp", "/"};
    char path[] = "/dev/shm/echocell-XXXXXX"; // the longest
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s/echocell-XXXXXX", places[i]);
        if (mkdtemp(path) == NULL)
            continue;
        bool gone = chmod(path, 0555) == 0 && chdir(path) == 0;
        gone = rmdir(path) == 0 && gone;
        must(gone && chroot(".") == 0, "root directory", "CAP_SYS_CHROOT");
        return;
    }
    fatal(EX_OSERR, "root directory",
          "no place for an empty directory (make /run or /tmp writable)");
}

// Securebits first (they need CAP_SETPCAP), so that the change of uid moves no capability by
// itself. capng_lock() locks the two that concern root; ours is added to it. Then, in libcap-ng's
// order, the bounding set, gid, groups, uid, all capabilities and the ambient set.
static void leave_identity(const struct identity *identity)
{
    capng_clear(CAPNG_SELECT_ALL);
    must(capng_lock() == 0, "securebits", "CAP_SETPCAP");
    must(prctl(PR_SET_SECUREBITS, SECUREBITS_LOCKED_DOWN, 0, 0, 0) == 0, "securebits",
         "CAP_SETPCAP");
    must(capng_change_id((int)identity->uid, (int)identity->gid,
                         CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT) == 0,
         "identity", "CAP_SETUID, CAP_SETGID and CAP_SETPCAP");
}

static void leave_capabilities(void)
{
    capng_clear(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
    if (capng_apply(CAPNG_SELECT_CAPS) != 0 || capng_apply(CAPNG_SELECT_AMBIENT) != 0)
        fatal(EX_OSERR, "capabilities", "cannot be given up: %s", strerror(errno));
}

void privilege_drop(const struct identity *identity)
{
    if (!privilege_is_root()) {
        leave_capabilities();
        return;
    }
    leave_namespaces();     // before the root directory: it needs CAP_SYS_ADMIN, and /proc is read
                            // later
    leave_root_directory(); // needs CAP_SYS_CHROOT
    leave_identity(identity);
}
