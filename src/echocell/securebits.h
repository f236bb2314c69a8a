// SPDX-License-Identifier: ISC
//
// securebits.h: the securebits that the drop sets and the check expects, capabilities(7): uid 0
// means nothing, a change of uid moves no capability, none becomes ambient; all of that locked.
// KEEP_CAPS is 0 and not locked: libcap-ng sets and clears it while it changes the uid, and
// afterwards there is no capability left that it could keep.
#ifndef ECHOCELL_SECUREBITS_H
#define ECHOCELL_SECUREBITS_H

#include <linux/securebits.h>

#define SECUREBITS_LOCKED_DOWN                                                                     \
    (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                               \
     SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |                                 \
     SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

#endif
