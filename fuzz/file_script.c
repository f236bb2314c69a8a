// SPDX-License-Identifier: ISC
//
// file_script.c: open(2), fstat(2) and read(2), as the linker's --wrap names them. source.c has one
// file open at a time.
#include "file_script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oracle.h"
#include "policy/source.h"

enum { SLOW_BYTES = 7 };

static struct {
    bool on;
    const char *name, *text, *faulty;
    size_t length;
    enum file_fault fault;
    int fd;           // of the faulty file, while it is open
    bool interrupted; // the last time
    size_t given;     // of what is too large
    unsigned opened;
} script;

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_fstat64(int fd, struct stat *status);
int __wrap_fstat64(int fd, struct stat *status);
ssize_t __real_read(int fd, void *bytes, size_t room);
ssize_t __wrap_read(int fd, void *bytes, size_t room);

void file_script_begin(const char *name, const char *text, size_t length, enum file_fault fault,
                       const char *faulty)
{
    memset(&script, 0, sizeof(script));
    script.name = name;
    script.text = text;
    script.length = length;
    script.fault = fault;
    script.faulty = faulty;
    script.fd = -1;
    script.on = true;
}

unsigned file_script_end(void)
{
    script.on = false;
    return script.opened;
}

static bool is_named(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash == NULL ? path : slash + 1, name) == 0;
}

// A regular file that is nowhere else.
static int open_text(void)
{
    int fd = memfd_create("text", MFD_CLOEXEC);
    ORACLE(fd >= 0 && pwrite(fd, script.text, script.length, 0) == (ssize_t)script.length,
           "there is room for a file");
    return fd;
}

int __wrap_open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (!script.on)
        return __real_open64(path, flags, mode);
    script.opened++;
    bool faulty = script.fault != FILE_SOUND && is_named(path, script.faulty);
    if (faulty && script.fault == FILE_SHUT) {
        errno = EACCES;
        return -1;
    }
    int fd = is_named(path, script.name) ? open_text() : __real_open64(path, flags, mode);
    script.fd = faulty ? fd : -1;
    script.interrupted = false;
    script.given = 0;
    return fd;
}

static bool meets(int fd, enum file_fault fault)
{
    return script.on && fd == script.fd && script.fault == fault;
}

int __wrap_fstat64(int fd, struct stat *status)
{
    if (!meets(fd, FILE_UNKNOWN))
        return __real_fstat64(fd, status);
    errno = EIO;
    return -1;
}

static ssize_t read_spaces(void *bytes, size_t room)
{
    const size_t left = SOURCE_FILE_BYTES + 1 - script.given;
    room = script.fault == FILE_LARGE && left < room ? left : room;
    memset(bytes, ' ', room);
    script.given += room;
    return (ssize_t)room;
}

ssize_t __wrap_read(int fd, void *bytes, size_t room)
{
    if (meets(fd, FILE_ENDLESS) || meets(fd, FILE_LARGE))
        return read_spaces(bytes, room);
    if (meets(fd, FILE_SLOW)) {
        script.interrupted = !script.interrupted;
        room = room < SLOW_BYTES ? room : SLOW_BYTES;
    }
    if (!meets(fd, FILE_BROKEN) && !(meets(fd, FILE_SLOW) && script.interrupted))
        return __real_read(fd, bytes, room);
    errno = script.fault == FILE_BROKEN ? EIO : EINTR;
    return -1;
}

// Where _FORTIFY_SOURCE is set.
int __wrap___open64_2(const char *path, int flags);
ssize_t __wrap___read_chk(int fd, void *bytes, size_t room, size_t bytes_size);

int __wrap___open64_2(const char *path, int flags)
{
    return __wrap_open64(path, flags);
}

ssize_t __wrap___read_chk(int fd, void *bytes, size_t room, size_t bytes_size)
{
    ORACLE(room <= bytes_size, "read: %zu bytes into %zu", room, bytes_size);
    return __wrap_read(fd, bytes, room);
}
