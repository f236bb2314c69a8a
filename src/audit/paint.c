// SPDX-License-Identifier: ISC
//
// paint.c: see https://no-color.org for the variable.
#include "paint.h"

#include <stdlib.h>
#include <unistd.h>

#include "command.h"

void paint(int status, const char *text)
{
    const char *wish = getenv("NO_COLOR");
    int number = status == EXIT_CLEAN ? 32 : status == EXIT_FOUND ? 31 : 33;
    if (isatty(STDOUT_FILENO) == 1 && (wish == NULL || wish[0] == '\0'))
        printf("\033[%dm%s\033[0m", number, text);
    else
        fputs(text, stdout);
}
