# SPDX-License-Identifier: ISC
"""What the kernel says of a process and of a connection, as root reads it from /proc."""

import os
import socket
from collections import namedtuple

Mapping = namedtuple("Mapping", "start end perms path")


def exists(pid):
    """True for a process that is there, dead and unreaped ones included."""
    return os.path.exists(f"/proc/{pid}")


def stat_fields(pid):
    """The fields of /proc/PID/stat after the command name: state, parent, … ; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def command(pid):
    """The short command name of a process, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except (FileNotFoundError, ProcessLookupError):
        return None


def state(pid):
    """The state letter, or None when the process is gone."""
    fields = stat_fields(pid)
    return fields[0] if fields else None


def alive(pid):
    """True for a process that still can run: neither gone nor a zombie."""
    return state(pid) not in (None, "Z", "X")


def children(pid):
    """The direct children of a process, zombies included; empty when it is gone."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return {int(word) for word in file.read().split()}
    except (FileNotFoundError, ProcessLookupError):
        return set()


def cpu_seconds(pid):
    """The processor time that a process has used, its children's not counted."""
    fields = stat_fields(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def age_s(pid):
    """How long ago a process was started, in seconds."""
    with open("/proc/uptime", encoding="ascii") as file:
        uptime = float(file.read().split()[0])
    return uptime - int(stat_fields(pid)[19]) / os.sysconf("SC_CLK_TCK")


def status(pid):
    """/proc/PID/status as name -> text."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        pairs = (line.split(":", 1) for line in file.read().splitlines())
        return {name: text.strip() for name, text in pairs}


def limits(pid):
    """/proc/PID/limits as name -> (soft, hard), both text."""
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        lines = file.read().splitlines()
    soft, hard, units = (lines[0].index(title) for title in ("Soft Limit", "Hard Limit", "Units"))
    return {line[:soft].strip(): (line[soft:hard].strip(), line[hard:units].strip()) for line in lines[1:]}


def descriptors(pid):
    """Open descriptors as number -> what it leads to."""
    base = f"/proc/{pid}/fd"
    return {int(name): os.readlink(f"{base}/{name}") for name in os.listdir(base)}


def descriptor_flags(pid, number):
    """Those of open(2) that a descriptor of the process has."""
    with open(f"/proc/{pid}/fdinfo/{number}", encoding="ascii") as info:
        return int(dict(line.split(":", 1) for line in info)["flags"], 8)


def namespace(pid, kind):
    """The identity of the namespace `kind` that the process lives in."""
    return os.readlink(f"/proc/{pid}/ns/{kind}")


def maps(pid):
    """The mappings of a process's memory."""
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
        for line in file.read().splitlines():
            words = line.split(None, 5)
            start, end = (int(word, 16) for word in words[0].split("-"))
            yield Mapping(start, end, words[1], words[5] if len(words) > 5 else "")


def memory_holds(pid, needle):
    """The mappings of a process in which the bytes `needle` can be found."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for mapping in maps(pid):
            if "r" not in mapping.perms or mapping.path in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
                continue
            memory.seek(mapping.start)
            if needle in read_fully(memory, mapping.end - mapping.start):
                found.append(mapping)
    return found


def read_fully(file, size):
    """Up to `size` bytes of an unbuffered file; fewer only at its end."""
    pieces = []
    while size > 0:
        piece = file.read(min(size, 1 << 20))
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def socket_word(address):
    """An (address, port) pair as /proc/net/tcp writes it: 32-bit words in the machine's order."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    raw = socket.inet_pton(family, address[0])
    words = (raw[i : i + 4][::-1].hex().upper() for i in range(0, len(raw), 4))
    return f"{''.join(words)}:{address[1]:04X}"
