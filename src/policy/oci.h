// SPDX-License-Identifier: ISC
//
// oci.h: seccomp profiles of the container world, in and out.
//
// In: Docker's and Podman's profiles (with archMap, includes and excludes, names that depend on
// capabilities and the kernel) and the linux.seccomp of a runtime configuration, alone or inside
// its config.json. What they mean is what Docker (moby/profiles seccomp_linux.go), runc
// (libcontainer/seccomp/seccomp_linux.go) and libseccomp (db.c, arch*.c, syscalls.c) make of them:
//
//   - The machine's own architecture always counts; `architectures` adds to it, or the entry of
//     `archMap` for this machine. Any other architecture is killed (the thread: SCMP_ACT_KILL).
//   - includes and excludes: an entry stands when each part of `includes` is met and none of
//     `excludes` is. Of includes.caps all must be held, of excludes.caps one is enough. `arches`
//     names the machine, never the ABI of a call: an entry for "amd64" stands for x86 calls too.
//   - args with different indexes must all hold. When one index occurs twice in an entry, each of
//     its args is an alternative by itself.
//   - SCMP_CMP_MASKED_EQ is (arg & value) == (valueTwo & value).
//   - Where registers have 32 bits, the low halves of `value` and `valueTwo` count.
//   - An entry whose action is the default action says nothing.
//   - A name that an architecture does not have says nothing there. A name that is known nowhere is
//     reported.
//   - Where sockets and System V IPC go through socketcall and ipc (x86, s390, PowerPC, 32-bit
//     MIPS), a name of theirs stands for the call behind the gate as well, and since the gate's
//     first argument says which call it is, what an entry says of argument 0 is lost there.
//   - Several entries for one call with one action: any of them. With different actions: an entry
//     without args beats those with args, and the first of several without args counts. Both are
//     reported. Two entries with args that some call meets both and that disagree are an error:
//     which one counts depends on how libseccomp happened to sort them.
//
// What is not modelled, and shows as a difference when a live filter is held against a profile:
// runc answers ENOSYS to numbers above the largest one that the profile names; a runtime's
// libseccomp may know other names than ours; and where a profile lists SCMP_ARCH_X32, x32 calls are
// filtered by its entries, while here they always get the action for bad architectures (reported).
#ifndef POLICY_OCI_H
#define POLICY_OCI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "diagnose.h"
#include "policy.h"

enum { OCI_CAPS = 64 };

struct oci_options {
    // The architecture that is asked about; 0: this machine's. The machine is taken to be this one
    // if `archMap` has an entry for it, else the one to whose entry it belongs; where it is one of
    // 32 bits in a list of `architectures`, the first one of 64 bits in that list.
    uint32_t arch;
    const char *caps[OCI_CAPS]; // the capabilities that the container holds: "CAP_CHOWN"
    size_t cap_count;
    unsigned kernel; // its version, OCI_KERNEL(6, 1); 0: the running one's
};

#define OCI_KERNEL(version, revision) ((version) << 8 | (revision))

// Reads "6.1" as both Docker and a person write it: two numbers below 256. 0 when it is not one.
unsigned oci_kernel_read(const char *text);

// Is this the name of a capability (linux/capability.h)?
bool oci_cap_known(const char *name);

// Is it a file for oci_load()? By its name: ".json" at the end.
bool oci_named(const char *path);

// As policy_load(): all that is wrong is added to `diagnostics`, NULL when any of it is an error,
// and the caller frees the policy with policy_free(). Clauses stand at the names of the entries
// that they are from.
struct policy *oci_load(const char *path, const struct oci_options *options,
                        struct diagnostics *diagnostics);
struct policy *oci_load_text(const char *name, const char *text, size_t length,
                             const struct oci_options *options, struct diagnostics *diagnostics);

// Writes a policy without parameters as a runtime's linux.seccomp object. False, with an error for
// each rule that no set of entries can stand for; then what was written is no profile. The action
// for bad architectures is not written: there is no word for it. Whoever writes the text to a file
// reads it back and proves it first.
bool oci_print(FILE *stream, const struct policy *policy, struct diagnostics *diagnostics);

#endif
