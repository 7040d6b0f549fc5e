"""How the server and a worker talk: frames of one kind letter, a length, and bytes.

A job is one frame of JSON. The answer is any number of frames of its body and one last frame of JSON that says
what the body is: whether a result was too large is known only at its end.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    import socket

HEAD = struct.Struct("!cI")
JOB, BODY, END = b"J", b"B", b"E"


def frame(kind: bytes, content: bytes) -> bytes:
    """Return content as a frame."""
    return HEAD.pack(kind, len(content)) + content


def send(connection: socket.socket, kind: bytes, content: bytes) -> None:
    """Send a frame, waiting until it is taken."""
    connection.sendall(frame(kind, content))


def receive(connection: socket.socket) -> dict[str, Any] | None:
    """Return the next job, or None where the server has gone."""
    head = _exactly(connection, HEAD.size)
    if head is None:
        return None
    content = _exactly(connection, HEAD.unpack(head)[1])
    job: dict[str, Any] | None = None if content is None else json.loads(content)
    return job


async def read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return kind and content of the next frame; IncompleteReadError says that the worker has died."""
    kind, length = HEAD.unpack(await reader.readexactly(HEAD.size))
    return kind, await reader.readexactly(length)


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    parts, left = [], size
    while left:
        part = connection.recv(min(left, 1 << 16))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
