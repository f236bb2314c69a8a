# SPDX-License-Identifier: ISC
"""One figure of one server, taken once. The generator has a processor of its own."""

import contextlib
import json
import os
import subprocess

from servers import allow_descriptors, processors


def prepare():
    os.sched_setaffinity(0, processors()[1])
    allow_descriptors()


def load(programs, server, mode, clients=1, seconds=1.0):
    """What the generator says of one run; raises with its reason when the server failed."""
    run = subprocess.run([programs / "load", mode, "127.0.0.1", str(server.port), str(clients), str(seconds)],
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, preexec_fn=prepare)
    if run.returncode != 0:
        raise RuntimeError(f"{server.label}: {mode}, {clients} clients: {run.stderr.strip() or run.returncode}")
    return json.loads(run.stdout)


def connections(programs, server, clients, seconds):
    """Connections a second, time to the first byte, and CPU time of all the server's processes a connection.

    CPU time is read before the first connection and after the last session has ended.
    """
    before = server.group.cpu_us()
    figures = load(programs, server, "connect", clients, seconds)
    server.settled()
    figures["cpu_us"] = (server.group.cpu_us() - before) / figures["connections"]
    return figures


@contextlib.contextmanager
def held(programs, server, count):
    """`count` open and silent sessions, each of which has answered, and must answer again at the end."""
    holder = subprocess.Popen([programs / "load", "hold", "127.0.0.1", str(server.port), str(count)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              preexec_fn=prepare)
    line = holder.stdout.readline()
    if not line:
        raise RuntimeError(f"{server.label}: {count} open sessions: {holder.communicate()[1].strip()}")
    try:
        yield
    finally:
        output, complaint = holder.communicate()
    if holder.returncode != 0 or json.loads(output) != {"alive": count}:
        raise RuntimeError(f"{server.label}: {count} open sessions: {complaint.strip() or output}")
