# SPDX-License-Identifier: ISC
"""Programs for the tests, assembled by hand, and calls as the tool's witnesses have them."""

import struct

ALLOW, KILL, KILL_THREAD, TRAP, LOG = 0x7FFF0000, 0x80000000, 0, 0x30000, 0x7FFC0000
X86_64, AARCH64 = 0xC000003E, 0xC00000B7
LD, JEQ, JGE, JSET, JA, RET, RET_A, MUL_X, TAX = 0x20, 0x15, 0x35, 0x45, 0x05, 0x06, 0x16, 0x2C, 0x07


def errno(number):
    return 0x50000 | number


def program(*instructions):
    """Instructions as (code, k) or (code, k, jt, jf)."""
    rows = ((*insn, 0, 0)[:4] for insn in instructions)
    return b"".join(struct.pack("<HBBI", code, jt, jf, k) for code, k, jt, jf in rows)


def calls(table, default=KILL, bad_arch=KILL, arch=X86_64):
    """Call number to action, with the checks that a policy implies."""
    body = [(LD, 0)]
    if arch == X86_64:
        body += [(JGE, 0x40000000, 0, 2), (JEQ, 0xFFFFFFFF, 1, 0), (RET, bad_arch)]
    for number, action in table.items():
        body += [(JEQ, number, 0, 1), (RET, action)]
    return program((LD, 4), (JEQ, arch, 1, 0), (RET, bad_arch), *body, (RET, default))


def arguments(witness):
    """What `emulate` is given to run a witness again."""
    call = witness["call"] or str(witness["number"])
    known = witness["arch"] != "unknown"
    return ["--arch=" + witness["arch"]] if known else [], [call, *map(str, witness["args"])]
