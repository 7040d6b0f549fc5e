"""One run at a time writes to a folder; the lock of a process that died is nobody's."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from kg.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; StoreError names the process that holds it already.

    The system itself drops the lock with its process, so that nothing stale has to be judged by age.
    """
    handle = _taken(folder)
    try:
        with suppress(OSError):  # a full disk: the lock holds without the number
            os.ftruncate(handle, 0)
            os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        (folder / LOCK).unlink(missing_ok=True)
        os.close(handle)


def _taken(folder: Path) -> int:
    path = folder / LOCK
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(f"{folder}: it cannot be written to: {error.strerror}. Choose another with -o.") from None
        try:
            _lock(handle)
            if os.path.samestat(os.fstat(handle), os.stat(path)):  # noqa: PTH116 - the same call on both
                return handle
        except FileNotFoundError:
            pass  # its holder has just let go and removed it
        except OSError:
            holder = os.pread(handle, 20, 0).decode(errors="replace") or "another"
            os.close(handle)
            raise StoreError(
                f"{folder}: process {holder} is working on this folder. Wait until it is done, or choose another."
            ) from None
        os.close(handle)


def _lock(handle: int) -> None:
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - there is none on Windows, where files are not locked

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
