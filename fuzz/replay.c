// SPDX-License-Identifier: ISC
//
// replay.c: the main of a harness without a fuzzer: runs every file that it is given, and every
// file in every directory, and says which ones failed.
//
// A child runs the inputs, so that one that crashes or hangs is named and the rest are still run.
// Each input is in a block of exactly its size, so that ASan sees the first byte beyond it. Exit
// status: 0 all passed, 1 some failed, 64 there was nothing to run.
//
// `--explain FILE` runs one input in this very process, as a debugger likes it, and tells on stdout
// what it does.
#include "oracle.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define INPUT_SECONDS_MAX 20

#pragma weak LLVMFuzzerInitialize

static char **inputs;
static size_t input_count;
static size_t *current; // shared with the child: the input that it works on
static bool explains;

FILE *story(void)
{
    return explains ? stdout : NULL;
}

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void add_input(const char *path)
{
    inputs = realloc(inputs, (input_count + 1) * sizeof(*inputs));
    char *copy = strdup(path);
    if (inputs == NULL || copy == NULL)
        give_up("memory");
    inputs[input_count++] = copy;
}

static void add_path(const char *path);

// In the order of names, so that two runs are alike.
static void add_directory(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0)
        give_up(path);
    for (int i = 0; i < count; i++) {
        char *name;
        if (entries[i]->d_name[0] != '.' &&
            asprintf(&name, "%s/%s", path, entries[i]->d_name) > 0) {
            add_path(name);
            free(name);
        }
        free(entries[i]);
    }
    free(entries);
}

static void add_path(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        give_up(path);
    if (S_ISDIR(about.st_mode))
        add_directory(path);
    else
        add_input(path);
}

static void run_input(const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "rbe");
    if (file == NULL || fstat(fileno(file), &about) != 0)
        give_up(path);
    size_t size = (size_t)about.st_size;
    uint8_t *data = malloc(size);
    if (data == NULL || fread(data, 1, size, file) != size)
        give_up(path);
    fclose(file);
    alarm(INPUT_SECONDS_MAX);
    LLVMFuzzerTestOneInput(data, size);
    alarm(0);
    free(data);
}

// Runs inputs from `*current` on, in a child. Returns its wait status.
static int run_rest(int argc, char **argv)
{
    pid_t child = fork();
    if (child == 0) {
        if (LLVMFuzzerInitialize != NULL)
            LLVMFuzzerInitialize(&argc, &argv);
        for (; *current < input_count; ++*current)
            run_input(inputs[*current]);
        exit(0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        give_up("fork");
    return status;
}

static void report_failure(const char *path, int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        fprintf(stderr, "replay: %s: no end after %d seconds\n", path, INPUT_SECONDS_MAX);
    else if (WIFSIGNALED(status))
        fprintf(stderr, "replay: %s: SIG%s\n", path, sigabbrev_np(WTERMSIG(status)));
    else
        fprintf(stderr, "replay: %s: exit status %d\n", path, WEXITSTATUS(status));
}

static int run_and_explain(int argc, char **argv)
{
    explains = true;
    setvbuf(stdout, NULL, _IOLBF, 0); // also of what does not come to its end
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    run_input(argv[2]);
    printf("it has come to its end\n");
    return 0;
}

int main(int argc, char **argv)
{
    size_t failures = 0;
    if (argc == 3 && strcmp(argv[1], "--explain") == 0)
        return run_and_explain(argc, argv);
    for (int i = 1; i < argc; i++)
        add_path(argv[i]);
    if (input_count == 0) {
        fprintf(stderr, "usage: %s FILE|DIRECTORY... (or --explain FILE): nothing to run\n",
                argv[0]);
        return 64;
    }
    current =
        mmap(NULL, sizeof(*current), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (current == MAP_FAILED)
        give_up("mmap");
    while (*current < input_count) {
        int status = run_rest(argc, argv);
        if (status == 0 && *current == input_count)
            break;
        // Also one that leaves by exit(0): it has not come to its end. Behind the last: a leak.
        report_failure(*current < input_count ? inputs[*current] : "the end", status);
        failures++;
        if (*current < input_count)
            ++*current;
    }
    printf("%zu inputs, %zu failed\n", input_count, failures);
    return failures > 0 ? 1 : 0;
}
