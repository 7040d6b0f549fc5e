"""Take from a process what a query must never use: the network, files, and more memory than its share.

The lexer of `kg.views.guard` already refuses SERVICE; this holds where the lexer should fail. The process that
holds the graph moves into a network of its own, which has no way out. Where the system forbids that, a worker
still cannot open a socket: all file descriptors that it may have are taken.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_DEATH_SIGNAL, _NO_NEW_PRIVILEGES = 1, 38


def leave_network() -> bool:
    """Move this process into a network without devices; tell whether the system allowed it.

    It must have one thread only. Its children are in that network too.
    """
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    return any(library.unshare(flags) == 0 for flags in (_NEW_USER | _NEW_NETWORK, _NEW_NETWORK))


def confine(memory: int) -> None:
    """Leave a worker what it needs: the descriptors it has, and `memory` bytes more than it uses."""
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        library.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    used = address_space()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    # The lowest free descriptor becomes the limit, so that none can be had.
    os.close(nowhere)
    lowest = os.dup(0)
    os.close(lowest)
    _lower(resource.RLIMIT_NOFILE, lowest)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    if used:
        _lower(resource.RLIMIT_AS, used + memory)


def address_space() -> int:
    """Return the bytes of address space in use, or 0 where the system does not say."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    return 0


def _lower(what: int, to: int) -> None:
    # A system may know a limit and not let it be set (macOS and the address space).
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (to, to))
