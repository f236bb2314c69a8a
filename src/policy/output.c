// SPDX-License-Identifier: ISC
//
// output.c: write beside, then rename(2) over.
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_stream(struct output *output)
{
    int fd = mkostemp(output->temporary, O_CLOEXEC);
    if (fd < 0)
        return -1;
    output->stream = fdopen(fd, "w");
    if (output->stream != NULL)
        return 0;
    int cause = errno;
    close(fd);
    unlink(output->temporary);
    errno = cause;
    return -1;
}

int output_open(struct output *output, const char *path)
{
    *output = (struct output){.path = path};
    if (asprintf(&output->temporary, "%s.XXXXXX", path) < 0)
        return -1;
    if (open_stream(output) == 0)
        return 0;
    int cause = errno;
    free(output->temporary);
    errno = cause;
    return -1;
}

static int settle(struct output *output)
{
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fileno(output->stream), 0666 & ~mask) != 0 || ferror(output->stream) ||
        fflush(output->stream) != 0)
        return -1;
    return rename(output->temporary, output->path);
}

int output_commit(struct output *output)
{
    if (settle(output) != 0) {
        int cause = errno;
        output_abandon(output);
        errno = cause;
        return -1;
    }
    fclose(output->stream);
    free(output->temporary);
    return 0;
}

void output_abandon(struct output *output)
{
    fclose(output->stream);
    unlink(output->temporary);
    free(output->temporary);
}
