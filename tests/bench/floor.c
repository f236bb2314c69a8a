// SPDX-License-Identifier: ISC
// The floor: the least that a server with a process for each connection can do. It accepts, forks,
// echoes. No sandbox, no log, no limits, no time limits, no counting, no wait: the kernel reaps.
// Nobody should run it; it is here to be measured against.
//
//   floor PORT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[65536]; // untouched pages of it cost nothing

static _Noreturn void echo(int connection)
{
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    ssize_t got;
    while ((got = recv(connection, buffer, sizeof buffer, 0)) > 0) {
        for (ssize_t sent = 0, put; sent < got; sent += put) {
            put = send(connection, buffer + sent, (size_t)(got - sent), MSG_NOSIGNAL);
            if (put < 0)
                _exit(1);
        }
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)(argc == 2 ? atoi(argv[1]) : 0));
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 4096) != 0) {
        perror("floor");
        return 71;
    }
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            continue;
        pid_t session = fork();
        if (session == 0) {
            close(listener);
            echo(connection);
        }
        if (session < 0)
            perror("floor: fork");
        close(connection);
    }
}
