# SPDX-License-Identifier: ISC
"""Sockets as a service manager binds them, and the arguments that start a daemon with them."""

import pathlib
import socket

LAUNCHER = pathlib.Path(__file__).with_name("pass_sockets.py")


def bound(host="127.0.0.1", port=0, dual=False):
    """A listening socket, for the manager to keep."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    end = socket.socket(family, socket.SOCK_STREAM)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        end.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not dual)
    end.bind((host, port))
    end.listen(1024)
    return end


def launcher(sockets, names=None, **variables):
    """The command in front of a program that passes these sockets, and the descriptors it needs."""
    if names is not None:
        variables["LISTEN_FDNAMES"] = ":".join(names)
    settings = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    numbers = [end.fileno() for end in sockets]
    return {"wrap": ["/usr/bin/python3", str(LAUNCHER), *settings, ",".join(map(str, numbers))], "pass_fds": numbers}


def passing(*sockets, names=None, behind=(), **variables):
    """Arguments of server() for a daemon that serves these sockets; `behind`: a command in front of it."""
    start = launcher(sockets, names, **variables)
    start["wrap"] += behind
    clients = len(sockets) - (names or []).count("metrics")
    return {"listen": (), "listeners": clients, **start}
