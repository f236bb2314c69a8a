# SPDX-License-Identifier: ISC
"""Which layers this kernel can give, asked of the kernel and not of the daemon.

Debian 12's own kernel, 6.1, has neither memory-deny-write-execute nor Landlock's scopes.
"""

import ctypes

PR_GET_MDWE = 66
SYS_LANDLOCK_CREATE_RULESET = 444  # the same on every architecture
LANDLOCK_CREATE_RULESET_VERSION = 1
SCOPE_ABI = 6

LIBC = ctypes.CDLL(None, use_errno=True)


def too_old_for():
    """The layers that an older kernel does not have."""
    missing = set()
    if LIBC.prctl(PR_GET_MDWE, 0, 0, 0, 0) < 0:
        missing.add("mdwe")
    abi = LIBC.syscall(SYS_LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_CREATE_RULESET_VERSION)
    if abi < 1:
        missing.add("landlock")
    if abi < SCOPE_ABI:
        missing.add("landlock_scope")
    return missing
