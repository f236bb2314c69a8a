// SPDX-License-Identifier: ISC
//
// test_policy_include.c: which files a policy can draw in, and which not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "load.h"

// A directory with DIR/inner and DIR/outside.policy; policies stand in inner.
static char directory[] = "/tmp/test_policy_include.XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

static struct policy *load(const char *name, const char *root, struct diagnostics *found)
{
    char path[256];
    struct load_options options = {.include_root = root};
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    diagnostics_create(found);
    return policy_load(path, &options, found);
}

static void expect_refused(const char *name, const char *root, const char *why)
{
    struct diagnostics found;
    assert_null(load(name, root, &found));
    assert_int_equal(found.errors, 1);
    if (strstr(found.list[0].message, why) == NULL)
        fail_msg("%s: '%s', not '%s'", name, found.list[0].message, why);
    diagnostics_destroy(&found);
}

static void expect_rules(const char *name, const char *root, size_t rules)
{
    struct diagnostics found;
    struct policy *policy = load(name, root, &found);
    if (policy == NULL)
        diagnostics_print(&found, stderr);
    assert_non_null(policy);
    assert_int_equal(policy->rule_count, rules);
    policy_free(policy);
    diagnostics_destroy(&found);
}

static int set_up(void **state)
{
    char path[256];
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/inner", directory);
    if (mkdir(path, 0700) != 0)
        return -1;
    snprintf(path, sizeof(path), "%s/inner/deeper", directory);
    return mkdir(path, 0700);
}

static int tear_down(void **state)
{
    char command[256];
    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

static void a_path_is_relative_to_the_file_that_it_stands_in(void **state)
{
    (void)state;
    write_file("inner/first", "@default kill\n@include ./deeper/second\n@include plain\n");
    write_file("inner/deeper/second", "read: 1\n@include ./third\n@include ../fourth\n");
    write_file("inner/deeper/third", "write: 1\n");
    write_file("inner/fourth", "close: 1");
    write_file("inner/plain", "exit: 1\n");
    expect_rules("inner/first", NULL, 4);
}

static void nothing_outside_of_the_first_directory_is_read(void **state)
{
    char target[256];
    char link[256];
    (void)state;
    write_file("outside", "read: 1\n");
    write_file("inner/up", "@default kill\n@include ../outside\n");
    write_file("inner/symbolic", "@default kill\n@include ./link\n");
    snprintf(target, sizeof(target), "%s/outside", directory);
    snprintf(link, sizeof(link), "%s/inner/link", directory);
    assert_int_equal(symlink(target, link), 0);
    expect_refused("inner/up", NULL, "leaves the first file's directory");
    expect_refused("inner/symbolic", NULL, "leaves the first file's directory");
    expect_rules("inner/up", directory, 1); // below the include root, which the caller trusts
}

static void an_absolute_path_stands_below_the_include_root(void **state)
{
    (void)state;
    write_file("inner/absolute", "@default kill\n@include /deeper/abs\n");
    write_file("inner/deeper/abs", "read: 1\n");
    write_file("inner/escape", "@default kill\n@include /../outside\n");
    char root[256];
    snprintf(root, sizeof(root), "%s/inner", directory);
    expect_refused("inner/absolute", NULL, "--include-root");
    expect_rules("inner/absolute", root, 1);
    expect_refused("inner/escape", root, "leaves the include root");
}

static void a_circle_is_refused(void **state)
{
    (void)state;
    write_file("inner/one", "@default kill\n@include ./two\n");
    write_file("inner/two", "@include ./one\n");
    expect_refused("inner/one", NULL, "includes itself");
}

static void includes_nest_eight_deep_and_no_deeper(void **state)
{
    (void)state;
    for (unsigned depth = 0; depth < 9; depth++) {
        char name[32];
        char text[64];
        snprintf(name, sizeof(name), "inner/n%u", depth);
        snprintf(text, sizeof(text), "%s@include ./n%u\n", depth <= 1 ? "@default kill\n" : "",
                 depth + 1);
        write_file(name, text);
    }
    write_file("inner/n9", "read: 1\n");
    write_file("inner/n0", "@include ./n1\n");
    expect_rules("inner/n1", NULL, 1);
    expect_refused("inner/n0", NULL, "more than 8 deep");
}

static void a_second_definition_is_shown_across_files(void **state)
{
    struct diagnostics found;
    (void)state;
    write_file("inner/main", "@default kill\n\nread: 1\n@include ./again\n");
    write_file("inner/again", "write: 1\n  read: 1\n");
    assert_null(load("inner/main", NULL, &found));
    assert_int_equal(found.count, 2);
    assert_non_null(strstr(found.list[0].at.file, "inner/again"));
    assert_int_equal(found.list[0].at.line, 2);
    assert_int_equal(found.list[0].at.column, 3);
    assert_non_null(strstr(found.list[1].at.file, "inner/main"));
    assert_int_equal(found.list[1].at.line, 3);
    diagnostics_destroy(&found);
}

static void only_regular_files_are_included(void **state)
{
    char path[256];
    (void)state;
    snprintf(path, sizeof(path), "%s/inner/fifo", directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    write_file("inner/odd", "@default kill\n@include ./fifo\n");
    write_file("inner/dir", "@default kill\n@include ./deeper\n");
    expect_refused("inner/odd", NULL, "not a regular file");
    expect_refused("inner/dir", NULL, "directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_relative_to_the_file_that_it_stands_in),
        cmocka_unit_test(nothing_outside_of_the_first_directory_is_read),
        cmocka_unit_test(an_absolute_path_stands_below_the_include_root),
        cmocka_unit_test(a_circle_is_refused),
        cmocka_unit_test(includes_nest_eight_deep_and_no_deeper),
        cmocka_unit_test(a_second_definition_is_shown_across_files),
        cmocka_unit_test(only_regular_files_are_included),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
