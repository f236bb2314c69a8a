# SPDX-License-Identifier: ISC
"""A network of the test's own: a namespace (network_namespaces(7)) with a loopback and nothing else."""

import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
LIFE_S = 120  # it is gone then, whatever became of the test

LIBC = ctypes.CDLL(None, use_errno=True)


class Network:
    """`wrap` starts a daemon in it; sockets that are made inside() stay in it."""

    def __init__(self, keeper):
        self.path = f"/proc/{keeper}/ns/net"
        self.wrap = ["nsenter", f"--net={self.path}", "--"]

    @contextlib.contextmanager
    def inside(self):
        """This thread is in the network; others are not."""
        with open("/proc/thread-self/ns/net", "rb") as home, open(self.path, "rb") as network:
            enter(network)
            try:
                yield
            finally:
                enter(home)


def enter(namespace):
    if LIBC.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def private_network(*addresses):
    """A network whose loopback also has these addresses, such as `2001:db8::1/64`."""
    adds = [f"ip address add {address} dev lo nodad" for address in addresses]
    script = " && ".join(["ip link set lo up", *adds, "echo up", f"exec sleep {LIFE_S}"])
    with subprocess.Popen(["unshare", "--net", "sh", "-c", script], stdout=subprocess.PIPE) as keeper:
        try:
            assert keeper.stdout.readline() == b"up\n", "no network namespace"
            yield Network(keeper.pid)
        finally:
            keeper.kill()
