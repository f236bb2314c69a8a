# SPDX-License-Identifier: ISC
"""Asks the kernel about one TCP connection (sock_diag(7)): /proc/net/tcp lists them all, each time."""

import socket
import struct

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY, NLMSG_ERROR, NLM_F_REQUEST = 20, 2, 1
HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
SETTINGS = struct.Struct("=BBBxI")  # struct inet_diag_req_v2 up to its id: family, protocol, extensions, states
ANSWER = struct.Struct("=BBBB48xIII")  # struct inet_diag_msg: family, state, timer, retransmits, id, expires, queues
EVERY_STATE, NO_COOKIE, ENOENT = 0xFFFFFFFF, b"\xff" * 8, 2
CLOSING = {4, 5, 6, 7, 9, 11}  # FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, LAST_ACK, CLOSING (enum in linux/tcp_states.h)


def identity(local, remote):
    """struct inet_diag_sockid of the socket at `local` that is connected to `remote`."""
    family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
    ports = struct.pack(">HH", local[1], remote[1])
    hosts = (socket.inet_pton(family, host).ljust(16, b"\0") for host in (local[0], remote[0]))
    return family, ports + b"".join(hosts) + struct.pack("=I", 0) + NO_COOKIE


def unread_bytes(local, remote):
    """Bytes that arrived at `local` from `remote` and nobody has read; None when that end is closed already."""
    family, wanted = identity(local, remote)
    body = SETTINGS.pack(family, socket.IPPROTO_TCP, 0, EVERY_STATE) + wanted
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
        kernel.send(HEADER.pack(HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0) + body)
        answer = kernel.recv(4096)
    if HEADER.unpack_from(answer)[1] == NLMSG_ERROR:
        (error,) = struct.unpack_from("=i", answer, HEADER.size)
        assert error == -ENOENT, f"sock_diag: error {-error}"
        return None
    _, state, _, _, _, unread, _ = ANSWER.unpack_from(answer, HEADER.size)
    return None if state in CLOSING else unread
