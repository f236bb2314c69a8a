// SPDX-License-Identifier: ISC
//
// fuzz_files.c: where a policy stands, and what it may include.
//
// Target: policy_load() and oci_load(): a file that cannot be read, that grows, that comes in
// pieces; the borders of @include; memory that runs out.
//
// Threat model: an auditor reads a tree of strangers' files, which must not lead out of it, on a
// machine that fails.
//
// Input: the text of a policy, at most 16 KiB; words in its first line, behind "#--", say where it
// stands (at=PLACE), what the include root is (root, root=gone, root=/), which file fails and how
// (shut=NAME, unknown=, broken=, endless=, large=, slow=), and which allocation (memory=N, or
// memory=every, one after the other). Behind "profile" it is a container profile.
//
// Oracle: a first file that cannot be read is refused with its reason, and only with that; what is
// read is what policy_model.h reads, with include_model.h for the files; without memory the process
// ends with status 70 and says so, or goes on and says the same, and that it is undecided.
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_findings.h"
#include "check_policy.h"
#include "check_start.h"
#include "file_script.h"
#include "memory_script.h"
#include "model/include_model.h"
#include "policy/load.h"
#include "policy/oci.h"
#include "text_words.h"

enum { ENOUGH = 1, NO_MEMORY = 70, SAID_BYTES = 4096, EVERY_MAX = 400 };

static const char file_name[] = "text.policy";
static struct policy_model model;
static char root[PATH_MAX];
static int start; // the directory that the harness was started in

// What the first line asks for.
struct story {
    char path[PATH_MAX + 32], include_root[PATH_MAX + 8], faulty[32];
    struct include_place place;
    bool gone, root_gone;
    enum file_fault fault;
    bool profile;    // it is no policy, but a profile, from the second line on
    unsigned memory; // the allocation that fails, from 1
    bool every;      // and those behind it, each in its turn
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    ORACLE(realpath(FUZZ_INCLUDE, root) != NULL, "%s is there", FUZZ_INCLUDE);
    start = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    ORACLE(start >= 0, "there is a way back");
    include_model_start(root);
    check_start();
    return 0;
}

static void stand(struct story *story, const char *place)
{
    static const struct {
        const char *word, *directory;
    } places[] = {{"root", ""}, {"sub", "sub/"}, {"gone", "gone/"}, {"here", ""}, {"top", NULL}};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *directory = places[i].directory;
        if (strcmp(place, places[i].word) != 0)
            continue;
        story->gone = strcmp(place, "gone") == 0;
        story->place.here = strcmp(place, "here") == 0;
        story->place.stands = true;
        story->place.directory = directory;
        if (story->place.here)
            snprintf(story->path, sizeof(story->path), "%s", file_name);
        else
            snprintf(story->path, sizeof(story->path), "%s/%s%s", directory == NULL ? "" : root,
                     directory == NULL ? "" : directory, file_name);
    }
}

static void read_root(struct story *story, const char *word)
{
    story->place.root = strcmp(word, "root=/") == 0 ? INCLUDE_ROOT_ALL : INCLUDE_ROOT;
    story->root_gone = strcmp(word, "root=gone") == 0;
    snprintf(story->include_root, sizeof(story->include_root), "%s%s",
             story->place.root == INCLUDE_ROOT_ALL ? "/" : root, story->root_gone ? "/gone" : "");
}

static void read_memory(struct story *story, const char *word)
{
    story->every = strcmp(word, "every") == 0;
    story->memory = story->every ? 1 : (unsigned)strtoul(word, NULL, 10);
}

// What is none of the options is not looked at.
static void read_option(void *context, const char *word)
{
    static const char *const faults[FILE_FAULTS] = {
        [FILE_SHUT] = "shut=",       [FILE_UNKNOWN] = "unknown=", [FILE_BROKEN] = "broken=",
        [FILE_ENDLESS] = "endless=", [FILE_LARGE] = "large=",     [FILE_SLOW] = "slow="};
    struct story *story = context;
    story->profile = story->profile || strcmp(word, "profile") == 0;
    if (strncmp(word, "at=", 3) == 0)
        stand(story, word + 3);
    if (strncmp(word, "root", 4) == 0)
        read_root(story, word);
    if (strncmp(word, "memory=", 7) == 0)
        read_memory(story, word + 7);
    for (int i = FILE_SHUT; i < FILE_FAULTS; i++)
        if (strncmp(word, faults[i], strlen(faults[i])) == 0) {
            story->fault = (enum file_fault)i;
            snprintf(story->faulty, sizeof(story->faulty), "%s", word + strlen(faults[i]));
        }
}

// Why the first file cannot be read; "" when it can.
static const char *fault(const struct story *story)
{
    if (story->fault != FILE_SOUND && strcmp(story->faulty, file_name) == 0) {
        if (story->fault == FILE_ENDLESS || story->fault == FILE_LARGE)
            return "the file is larger than 1 MiB";
        if (story->fault != FILE_SLOW)
            return strerror(story->fault == FILE_SHUT ? EACCES : EIO);
    }
    return "";
}

// Why there is nothing to say about it; "" when there is.
static const char *reason(const struct story *story)
{
    static char why[sizeof(story->path) + 64];
    if (fault(story)[0] != '\0')
        return fault(story);
    if (!story->root_gone && !story->gone)
        return "";
    snprintf(why, sizeof(why), "%s: %s", story->root_gone ? story->include_root : story->path,
             strerror(ENOENT));
    return why;
}

static void check_unreadable(const struct story *story, const char *why,
                             const struct diagnostics *diagnostics)
{
    static char expected[2 * sizeof(story->path) + 128];
    ORACLE(diagnostics->count == 1 && diagnostics->errors == 1, "there is one error, not %zu",
           diagnostics->errors);
    snprintf(expected, sizeof(expected), "%s: error: cannot read it: %s\n", story->path, why);
    diagnostics_print(diagnostics, check_print_to(0));
    ORACLE(strcmp(check_printed(0), expected) == 0, "it is '%s', not '%s'", expected,
           check_printed(0));
}

static bool is_undecided(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (strstr(diagnostics->list[i].message, "too large to decide") != NULL)
            return true;
    return false;
}

static struct policy *load(const struct story *story, const char *text, size_t length,
                           struct diagnostics *diagnostics, unsigned *failed)
{
    const struct load_options options = {
        .include_root = story->include_root[0] != '\0' ? story->include_root : NULL};
    memory_script_begin(story->memory, false);
    diagnostics_create(diagnostics);
    diagnostics->guesses = 1;
    file_script_begin(file_name, text, length, story->fault, story->faulty);
    struct policy *policy = policy_load(story->path, &options, diagnostics);
    ORACLE(file_script_end() > 0, "a file is opened");
    *failed = memory_script_end();
    return policy;
}

// Returns how many allocations failed.
static unsigned check(const struct story *story, const char *text, size_t length)
{
    struct model_options same = {.include = include_model_open};
    struct diagnostics diagnostics;
    unsigned failed;
    bool readable = reason(story)[0] == '\0';
    bool expected = policy_model_read(&model, &same, story->path, text, length);
    struct policy *policy = load(story, text, length, &diagnostics, &failed);
    ORACLE((policy != NULL) == (diagnostics.errors == 0), "what has no error is taken");
    if (!readable) {
        check_unreadable(story, reason(story), &diagnostics);
    } else if (!model.unsure) {
        ORACLE((policy != NULL) == expected ||
                   (policy != NULL && failed > 0 && is_undecided(&diagnostics)),
               "the file is %s: %s", expected ? "a policy" : "no policy",
               diagnostics.count > 0 ? diagnostics.list[0].message : "it was taken");
        check_findings(&diagnostics, story->path, text, length);
        if (policy != NULL && expected)
            check_policy(&model, policy, true);
    }
    policy_free(policy);
    diagnostics_destroy(&diagnostics);
    return failed;
}

// A container profile is the same in a file and in memory; fuzz_oci.c says whether it is right.
static void check_profile(const struct story *story, const char *text, size_t length)
{
    const struct oci_options options = {.kernel = OCI_KERNEL(6, 1)};
    struct diagnostics diagnostics, same;
    diagnostics_create(&diagnostics);
    diagnostics_create(&same);
    diagnostics.guesses = same.guesses = 1;
    file_script_begin(file_name, text, length, story->fault, story->faulty);
    struct policy *policy = oci_load(story->path, &options, &diagnostics);
    ORACLE(file_script_end() == 1, "one file is opened");
    struct policy *expected = oci_load_text(story->path, text, length, &options, &same);
    if (fault(story)[0] != '\0') {
        ORACLE(policy == NULL, "what cannot be read is no profile");
        check_unreadable(story, fault(story), &diagnostics);
    } else {
        ORACLE((policy == NULL) == (expected == NULL), "a file is read as its text is");
        diagnostics_print(&diagnostics, check_print_to(0));
        const char *found = check_printed(0);
        diagnostics_print(&same, check_print_to(1));
        ORACLE(strcmp(found, check_printed(1)) == 0, "its findings are '%s', not '%s'",
               check_printed(1), found);
    }
    policy_free(policy);
    policy_free(expected);
    diagnostics_destroy(&diagnostics);
    diagnostics_destroy(&same);
}

// In a process of its own, which may end for want of memory, and says so. False when there was
// enough.
static bool check_poor(const struct story *story, const char *text, size_t length)
{
    static char said[SAID_BYTES];
    int out = memfd_create("said", MFD_CLOEXEC), status;
    pid_t child = out < 0 ? -1 : fork();
    if (child == 0) {
        dup2(out, STDERR_FILENO);
        _exit(check(story, text, length) > 0 ? 0 : ENOUGH);
    }
    // A fuzzer's own clock interrupts it.
    ORACLE(child > 0 && TEMP_FAILURE_RETRY(waitpid(child, &status, 0)) == child,
           "a process can be had");
    ssize_t size = pread(out, said, sizeof(said) - 1, 0);
    said[size > 0 ? size : 0] = '\0';
    close(out);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    bool ended = code == NO_MEMORY && strcmp(said, "seccomp-audit: out of memory\n") == 0;
    ORACLE(ended || ((code == 0 || code == ENOUGH) && said[0] == '\0'),
           "without memory it ends with status %#x: %s", (unsigned)status, said);
    return code != ENOUGH;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct story story;
    const char *text = (const char *)data;
    if (size > MODEL_TEXT_BYTES)
        return 0;
    memset(&story, 0, sizeof(story));
    stand(&story, "root");
    size_t skip = text_words(text, size, "#--", read_option, &story);
    story.place.faulty =
        story.fault != FILE_SOUND && story.fault != FILE_SLOW ? story.faulty : NULL;
    include_model_place(&story.place);
    ORACLE(!story.place.here || chdir(root) == 0, "%s can be entered", root);
    check_begin();
    if (story.profile)
        check_profile(&story, text + skip, size - skip);
    else if (story.memory == 0)
        check(&story, text, size);
    else
        while (check_poor(&story, text, size) && story.every && story.memory < EVERY_MAX)
            story.memory++;
    check_end();
    ORACLE(!story.place.here || fchdir(start) == 0, "the way back is there");
    return 0;
}
