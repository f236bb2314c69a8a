// SPDX-License-Identifier: ISC
//
// process.c: pidfd_open(2) and proc(5), always through the descriptors that pin the process.
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STATUS_BYTES = 8192, PATH_BYTES = 64, COMM_MAX = 15 };

enum sight refuse(struct refusal *refusal, enum sight sight, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(refusal->text, sizeof(refusal->text), format, arguments);
    va_end(arguments);
    return sight;
}

// A whole small file as a string. False when it cannot be read.
static bool read_file(int directory, const char *path, char *text, size_t room)
{
    size_t length = 0;
    ssize_t got;
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    while ((got = read(fd, text + length, room - 1 - length)) > 0)
        length += (size_t)got;
    close(fd);
    text[length] = '\0';
    return got == 0 && length > 0;
}

// The rest of the line that begins with `name`, or NULL.
static const char *field(const char *status, const char *name)
{
    const char *at = strstr(status, name);
    while (at != NULL && at != status && at[-1] != '\n')
        at = strstr(at + 1, name);
    return at == NULL ? NULL : at + strlen(name);
}

static unsigned long number_field(const char *status, const char *name)
{
    const char *text = field(status, name);
    return text == NULL ? 0 : strtoul(text, NULL, 10);
}

static char letter_field(const char *status, const char *name)
{
    const char *text = field(status, name);
    return text == NULL ? '?' : text[strspn(text, "\t ")];
}

static bool read_status(const struct process *process, char text[STATUS_BYTES])
{
    return read_file(process->directory, "status", text, STATUS_BYTES);
}

// Comm, in parentheses, may hold any byte, so the fields are counted from the last parenthesis.
static bool read_start(int directory, uint64_t *start_ticks)
{
    enum { FIELDS_TO_START = 20 }; // from the state, field 3, to field 22
    char text[STATUS_BYTES];
    if (!read_file(directory, "stat", text, sizeof(text)))
        return false;
    char *at = strrchr(text, ')');
    char *word = at == NULL ? NULL : strtok_r(at + 1, " ", &at);
    for (int i = 1; i < FIELDS_TO_START && word != NULL; i++)
        word = strtok_r(NULL, " ", &at);
    if (word == NULL)
        return false;
    *start_ticks = strtoull(word, NULL, 10);
    return true;
}

static bool read_name(struct process *process)
{
    if (!read_file(process->directory, "comm", process->name, sizeof(process->name)))
        return false;
    process->name[strcspn(process->name, "\n")] = '\0';
    return true;
}

// pidfd_open(2) takes a process, that is the number of its first thread.
static enum sight refuse_thread(pid_t tid, struct refusal *refusal)
{
    char path[PATH_BYTES];
    char status[STATUS_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/status", tid);
    if (!read_file(AT_FDCWD, path, status, sizeof(status)))
        return refuse(refusal, SIGHT_GONE, "there is no process %d", tid);
    return refuse(refusal, SIGHT_REFUSED, "%d is a thread of process %lu; name the process", tid,
                  number_field(status, "Tgid:"));
}

static enum sight pin(struct process *process, struct refusal *refusal)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "/proc/%d", process->pid);
    process->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (process->directory < 0 && errno != ENOENT)
        return refuse(refusal, SIGHT_REFUSED, "%s: %s", path, strerror(errno));
    if (process->directory < 0 || !read_start(process->directory, &process->start_ticks) ||
        !read_name(process))
        return refuse(refusal, SIGHT_GONE, "there is no process %d", process->pid);
    // The number may have gone to another process between the two descriptors: then the first of
    // them has ended.
    if (!process_alive(process))
        return refuse(refusal, SIGHT_GONE, "process %d has ended", process->pid);
    return SIGHT_OK;
}

enum sight process_open(struct process *process, pid_t pid, struct refusal *refusal)
{
    *refusal = (struct refusal){0};
    *process = (struct process){.pid = pid, .directory = -1};
    process->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (process->pidfd < 0 && errno == ESRCH)
        return refuse(refusal, SIGHT_GONE, "there is no process %d", pid);
    if (process->pidfd < 0 && (errno == EINVAL || errno == ENOENT))
        return refuse_thread(pid, refusal);
    if (process->pidfd < 0)
        return refuse(refusal, SIGHT_REFUSED, "pidfd_open of %d: %s", pid, strerror(errno));
    enum sight sight = pin(process, refusal);
    if (sight != SIGHT_OK)
        process_close(process);
    return sight;
}

void process_close(struct process *process)
{
    if (process->directory >= 0)
        close(process->directory);
    close(process->pidfd);
    process->directory = process->pidfd = -1;
}

bool process_alive(const struct process *process)
{
    struct pollfd ended = {.fd = process->pidfd, .events = POLLIN};
    uint64_t start_ticks;
    return poll(&ended, 1, 0) == 0 && read_start(process->directory, &start_ticks) &&
           start_ticks == process->start_ticks;
}

bool process_thread(const struct process *process, pid_t tid, struct thread_state *state)
{
    char path[PATH_BYTES];
    char status[STATUS_BYTES];
    snprintf(path, sizeof(path), "task/%d/status", tid);
    if (!read_file(process->directory, path, status, sizeof(status)))
        return false;
    *state = (struct thread_state){
        .tid = tid,
        .state = letter_field(status, "State:"),
        .mode = (unsigned)number_field(status, "Seccomp:"),
        .filter_count = (unsigned)number_field(status, "Seccomp_filters:"),
        .no_new_privs = number_field(status, "NoNewPrivs:") == 1,
        .tracer = (pid_t)number_field(status, "TracerPid:"),
    };
    return true;
}

static int compare_pids(const void *a, const void *b)
{
    pid_t left = *(const pid_t *)a;
    pid_t right = *(const pid_t *)b;
    return left < right ? -1 : left > right;
}

// The names in a directory that are numbers. False when memory is short.
static bool add_numbers(DIR *directory, pid_t **list, size_t *count)
{
    size_t room = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        if (*count == room) {
            room = room == 0 ? 64 : room * 2;
            pid_t *grown = reallocarray(*list, room, sizeof(**list));
            if (grown == NULL)
                return false;
            *list = grown;
        }
        (*list)[(*count)++] = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    return true;
}

// Sorted. NULL when there are none, or not all could be had. Closes `fd`.
static pid_t *list_numbers(int fd, size_t *count)
{
    pid_t *list = NULL;
    DIR *directory = fdopendir(fd);
    *count = 0;
    if (directory == NULL)
        close(fd);
    else if (!add_numbers(directory, &list, count))
        *count = 0;
    if (directory != NULL)
        closedir(directory);
    if (*count == 0) {
        free(list);
        return NULL;
    }
    qsort(list, *count, sizeof(*list), compare_pids);
    return list;
}

pid_t *process_tids(const struct process *process, size_t *count)
{
    int fd = openat(process->directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *count = 0;
    return fd < 0 ? NULL : list_numbers(fd, count);
}

pid_t *process_all(size_t *count)
{
    int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *count = 0;
    return fd < 0 ? NULL : list_numbers(fd, count);
}

bool process_sleeps_in(const struct process *process, pid_t tid, int *number, uint64_t args[6])
{
    char path[PATH_BYTES];
    char text[STATUS_BYTES];
    snprintf(path, sizeof(path), "task/%d/syscall", tid);
    if (!read_file(process->directory, path, text, sizeof(text)))
        return false;
    // NUMBER and six arguments, or "running", or -1: in no call
    char *at;
    long call = strtol(text, &at, 10);
    for (int i = 0; i < 6; i++) {
        char *word = at;
        args[i] = strtoull(word, &at, 16);
        if (at == word)
            return false;
    }
    *number = (int)call;
    return call >= 0;
}

pid_t process_parent(const struct process *process)
{
    char status[STATUS_BYTES];
    return read_status(process, status) ? (pid_t)number_field(status, "PPid:") : 0;
}

pid_t process_own_pid(const struct process *process)
{
    char status[STATUS_BYTES];
    const char *line = read_status(process, status) ? field(status, "NSpid:") : NULL;
    if (line == NULL)
        return process->pid;
    pid_t innermost = process->pid;
    for (char *end; *line != '\n' && *line != '\0'; line = end) {
        long number = strtol(line, &end, 10);
        if (end == line)
            break;
        innermost = (pid_t)number;
        if (*end != '\t' && *end != ' ')
            break;
    }
    return innermost;
}

bool process_descriptor(const struct process *process, unsigned fd, char *text, size_t room)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "fd/%u", fd);
    ssize_t length = readlinkat(process->directory, path, text, room - 1);
    if (length < 0)
        return false;
    text[length] = '\0';
    return true;
}

bool process_named(const struct process *process, const char *name)
{
    char path[4096];
    if (strcmp(process->name, name) == 0 ||
        (strlen(name) > COMM_MAX && strlen(process->name) == COMM_MAX &&
         strncmp(process->name, name, COMM_MAX) == 0))
        return true;
    ssize_t length = readlinkat(process->directory, "exe", path, sizeof(path) - 1);
    if (length < 0)
        return false;
    path[length] = '\0';
    char *last = strrchr(path, '/');
    char *deleted = strstr(path, " (deleted)");
    if (deleted != NULL)
        *deleted = '\0';
    return last != NULL && strcmp(last + 1, name) == 0;
}
