"""Start and end, from the server, the process that holds a graph and the workers that it makes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kg.errors import ServerError
from kg.server import frames
from kg.server.keeper import COMMAND, FORK, KILL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kg.server.limits import Limits

_IN_MEMORY = 1 << 20


@dataclass
class Reply:
    """A worker's answer: complete, so that its status is the right one, and on disk where it is long."""

    status: int
    headers: dict[str, str]
    body: tempfile.SpooledTemporaryFile[bytes]
    size: int


class Worker:
    """One worker process and the connection to it."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number, self.reader, self.writer = number, reader, writer
        self.again = True

    @property
    def dead(self) -> bool:
        """Tell whether the process has ended while it had nothing to do."""
        return self.reader.at_eof()

    async def do(self, job: Mapping[str, Any]) -> Reply:
        """Send a job and return the whole answer."""
        self.writer.write(frames.frame(frames.JOB, json.dumps(job).encode()))
        await self.writer.drain()
        body = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it outlives this function
        try:
            while True:
                kind, content = await frames.read(self.reader)
                if kind == frames.END:
                    break
                body.write(content)
        except BaseException:
            body.close()
            raise
        end = json.loads(content)
        self.again = end["again"]
        if "message" in end:
            body.seek(0)
            body.truncate()
            body.write(end["message"].encode("utf-8", "replace"))
        size = body.tell()
        body.seek(0)
        return Reply(end["status"], end["headers"], body, size)


class Keeper:
    """The process that holds one state of the graph."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket, info: dict[str, Any]) -> None:
        self.process, self.control, self.info = process, control, info
        self.live = 0
        self.retired = False
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls, folder: Path, limits: Limits) -> Keeper:
        """Load the graph of a folder in a new process; ServerError says why that failed."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "kg.server.keeper"),
                *(str(theirs.fileno()), str(folder), json.dumps(asdict(limits))),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                pass_fds=[theirs.fileno()],
                # Ctrl-C is for the server, which ends this process when it is done.
                start_new_session=True,
            )
        ours.setblocking(False)
        try:
            said = json.loads(await _line(ours) or '{"error": "the process that loads the graph has died"}')
            if "error" in said:
                raise ServerError(said["error"])
        except BaseException:
            ours.close()
            await _end(process)
            raise
        return cls(process, ours, said)

    @property
    def dead(self) -> bool:
        """Tell whether the process has ended, which it never does by itself."""
        return self.process.returncode is not None

    async def fork(self) -> Worker:
        """Return a new worker."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                number = await self._tell(FORK, 0, theirs)
            reader, writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()
            raise
        self.live += 1
        return Worker(number, reader, writer)

    async def end(self, worker: Worker) -> None:
        """End a worker, whatever it is doing."""
        worker.writer.close()
        self.live -= 1
        try:
            await self._tell(KILL, worker.number)
        except (OSError, ServerError):
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.number, signal.SIGKILL)
        if self.retired and not self.live:
            await self.close()

    async def retire(self) -> None:
        """Close as soon as the last worker is done."""
        self.retired = True
        if not self.live:
            await self.close()

    async def close(self) -> None:
        """End the process; its workers end with it."""
        self.control.close()
        await _end(self.process)

    async def _tell(self, kind: bytes, number: int, passed: socket.socket | None = None) -> int:
        loop = asyncio.get_running_loop()
        # A command that is begun is finished, or the next one would read its answer.
        async with self._turn:
            return await asyncio.shield(asyncio.ensure_future(self._command(loop, kind, number, passed)))

    async def _command(
        self, loop: asyncio.AbstractEventLoop, kind: bytes, number: int, passed: socket.socket | None
    ) -> int:
        message = COMMAND.pack(kind, number)
        if passed is None:
            await loop.sock_sendall(self.control, message)
        else:
            socket.send_fds(self.control, [message], [passed.fileno()])
        answer = await loop.sock_recv(self.control, COMMAND.size)
        if len(answer) != COMMAND.size:
            raise ServerError("the process that holds the graph has died")
        return int(COMMAND.unpack(answer)[1])


async def _line(connection: socket.socket) -> bytes:
    loop, out = asyncio.get_running_loop(), b""
    while not out.endswith(b"\n"):
        part = await loop.sock_recv(connection, 4096)
        if not part:
            return b""
        out += part
    return out


async def _end(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(2):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
