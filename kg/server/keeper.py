"""The process that holds a graph and makes workers of itself.

A worker is a fork, so that all share one graph in memory and a new one is there within milliseconds, whatever the
size of the graph: a query that is killed costs nobody else a reload. Forking is safe because nothing here has threads.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

COMMAND = struct.Struct("!cI")
FORK, KILL = b"F", b"K"


def main(descriptor: int, folder: str, limits: str) -> None:
    """Load the graph of a folder, say whether that worked, then make and end workers until the server goes."""
    from kg.server import sandbox  # noqa: PLC0415 - the network goes first, while there is one thread

    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    isolated = sandbox.leave_network()

    from kg.errors import KGError  # noqa: PLC0415
    from kg.server import worker  # noqa: PLC0415
    from kg.views.sparql import open_folder  # noqa: PLC0415

    try:
        store = open_folder(folder)
        shared = worker.prepare(json.loads(limits))
    except (KGError, MemoryError) as error:
        _say(control, {"error": str(error) or "the graph does not fit into memory"})
        return
    _say(control, {"quads": len(store), "isolated": isolated})

    def begin(connection: socket.socket) -> int:
        if child := os.fork():
            return child
        try:
            control.close()
            worker.run(store, connection, shared)
        finally:
            # Never back into the keeper's own loop.
            os._exit(0)

    _obey(control, begin)


def _obey(control: socket.socket, begin: Callable[[socket.socket], int]) -> None:
    children: set[int] = set()
    with contextlib.suppress(ConnectionError):
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, COMMAND.size, 1)
            if len(message) < COMMAND.size:
                break
            kind, child = COMMAND.unpack(message)
            if kind == FORK:
                with socket.socket(fileno=descriptors[0]) as connection:
                    child = begin(connection)
                children.add(child)
            elif child in children:
                _end(child)
                children.remove(child)
            control.sendall(COMMAND.pack(kind, child))
    for child in children:
        _end(child)


def _end(child: int) -> None:
    # Only the parent reaps, so the number cannot have become another process's.
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _say(control: socket.socket, what: dict[str, object]) -> None:
    control.sendall(json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
