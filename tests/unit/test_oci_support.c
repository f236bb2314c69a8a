// SPDX-License-Identifier: ISC
//
// test_oci_support.c: loading with the findings kept.
#include "test_oci_support.h"

#include <stdio.h>
#include <string.h>

#include "architecture.h"
#include "evaluate.h"
#include "load.h"
#include "syscalls.h"

struct diagnostics oci_found;
struct oci_options oci_setup;

int oci_start(void **state)
{
    (void)state;
    diagnostics_create(&oci_found);
    oci_setup = (struct oci_options){.arch = architecture_named("x86_64")->token,
                                     .kernel = OCI_KERNEL(6, 1)};
    return 0;
}

int oci_stop(void **state)
{
    (void)state;
    diagnostics_destroy(&oci_found);
    return 0;
}

struct policy *oci_take(const char *text)
{
    struct policy *policy = oci_load_text("test.json", text, strlen(text), &oci_setup, &oci_found);
    if (policy == NULL)
        diagnostics_print(&oci_found, stderr);
    assert_non_null(policy);
    return policy;
}

uint32_t oci_ask(const struct policy *policy, const char *arch, const char *call, uint64_t arg0,
                 uint64_t arg1)
{
    uint32_t token = architecture_named(arch)->token;
    const struct seccomp_data data = {
        .arch = token, .nr = syscalls_number(token, call), .args = {arg0, arg1}};
    assert_true(data.nr >= 0);
    return policy_evaluate(policy, NULL, &data, NULL, NULL);
}

void assert_found(enum severity severity, const char *part)
{
    for (size_t i = 0; i < oci_found.count; i++)
        if (oci_found.list[i].severity == severity &&
            strstr(oci_found.list[i].message, part) != NULL)
            return;
    diagnostics_print(&oci_found, stderr);
    fail_msg("nothing says: %s", part);
}

void assert_refused(const char *text, const char *why)
{
    struct policy *policy = oci_load_text("test.json", text, strlen(text), &oci_setup, &oci_found);
    policy_free(policy);
    if (policy != NULL)
        fail_msg("was taken: %s", text);
    assert_found(SEVERITY_ERROR, why);
}
