// SPDX-License-Identifier: ISC
//
// afl_main.c: AFL++'s driver with a shorter way between two inputs.
//
// The runtime stops the process after each input, and its fork server, which waits for it, wakes it
// up again: three processes take turns. Here the process itself tells afl-fuzz that an input is
// done and asks for the next; the fork server sleeps in wait(2), tells of a death, and forks anew.
// Everything else is AFL++'s: the runtime, the shared memory, the driver where afl-fuzz is not
// there.
#include "../oracle.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// Of the protocol between afl-fuzz and a fork server (AFL++ 4, include/config.h).
#define CONTROL_FD 198
#define STATUS_FD  199

#define PARENT_LOOKS_MAX 100000

extern uint8_t *__afl_area_ptr;
extern uint32_t __afl_map_size;
extern uint32_t *__afl_fuzz_len;
extern uint8_t *__afl_fuzz_ptr;
void __afl_manual_init(void);
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*run)(const uint8_t *data, size_t size));
void __asan_poison_memory_region(void const volatile *address, size_t size) __attribute__((weak));
void __asan_unpoison_memory_region(void const volatile *address, size_t size) __attribute__((weak));
#pragma weak LLVMFuzzerInitialize

// The largest input that afl-fuzz makes (MAX_FILE).
#define INPUT_BYTES_MAX ((size_t)1 << 20)

// Only the difference to the input before is told: all would be 128 KiB of shadow each time.
static void tell_size(size_t size)
{
    static size_t told = INPUT_BYTES_MAX;
    if (__asan_poison_memory_region == NULL)
        return;
    if (size < told)
        __asan_poison_memory_region(__afl_fuzz_ptr + size, told - size);
    __asan_unpoison_memory_region(__afl_fuzz_ptr, size);
    told = size;
}

static void run_input(void)
{
    const size_t size = *__afl_fuzz_len;
    __afl_area_ptr[0] = 1; // afl-fuzz looks here for instrumentation
    tell_size(size);
    LLVMFuzzerTestOneInput(__afl_fuzz_ptr, size);
}

// The fork server writes our process id before it waits. To write before it does would be to answer
// a question that was not asked.
static void await_fork_server(void)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)getppid());
    for (int i = 0; i < PARENT_LOOKS_MAX; i++) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
        close(fd);
        if (length <= 0)
            _exit(1);
        text[length] = '\0';
        const char *name_end = strrchr(text, ')');
        if (name_end != NULL && name_end[2] == 'S')
            return;
    }
    oracle_fail("fork server: it does not wait");
}

// What a harness does once, or once for inputs like the first, would look like something that the
// first input did.
static void warm_up(void)
{
    static const uint8_t nothing[4];
    LLVMFuzzerTestOneInput(nothing, sizeof(nothing));
    run_input();
    memset(__afl_area_ptr, 0, __afl_map_size);
}

static void serve_afl(int control, int status)
{
    // That this input is done, and, before it is asked, who runs the next: one system call, and
    // afl-fuzz need not be woken twice.
    const int answers[] = {0, getpid()};
    int killed;
    warm_up();
    run_input();
    await_fork_server();
    for (;;) {
        if (write(status, answers, sizeof(answers)) != sizeof(answers) ||
            read(control, &killed, sizeof(killed)) != sizeof(killed))
            _exit(0); // afl-fuzz is gone
        run_input();
    }
}

int main(int argc, char **argv)
{
    const int control = fcntl(CONTROL_FD, F_DUPFD_CLOEXEC, STATUS_FD + 1);
    const int status = fcntl(STATUS_FD, F_DUPFD_CLOEXEC, STATUS_FD + 1);
    if (argc > 1 || control < 0 || status < 0 || getenv("__AFL_SHM_FUZZ_ID") == NULL)
        return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput);
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    __afl_manual_init(); // returns in the child of a fork server
    serve_afl(control, status);
}
