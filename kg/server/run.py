"""Listen, and answer until the process is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from kg.errors import ServerError
from kg.server.app import application
from kg.server.connections import protocol
from kg.server.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kg.server.limits import Limits


def run(folder: Path, *, host: str, port: int, limits: Limits, tell: Callable[[str], None]) -> None:
    """Load the graph, listen, and serve until a signal comes."""
    if not hasattr(socket, "recv_fds"):
        raise ServerError(f"Serving needs a system with fork, such as Linux or macOS; this is {sys.platform}.")
    # An interruption is how serving ends, not a failure of it.
    with _listening(host, port) as listener, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(folder, listener, limits=limits, tell=tell))


async def _serve(folder: Path, listener: socket.socket, *, limits: Limits, tell: Callable[[str], None]) -> None:
    pool = Pool(folder, limits, tell)
    statements = await pool.start()
    config = uvicorn.Config(
        application(pool),
        http=protocol(limits),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=limits.connections,
        h11_max_incomplete_event_size=limits.request + 65_536,
        timeout_graceful_shutdown=5,
    )
    teller = _Teller(tell)
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(teller)
    try:
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        tell(f"serving {folder} ({statements:,} statements) at http://{shown}:{port}/")
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        logger.removeHandler(teller)
        await pool.close()


class _Teller(logging.Handler):
    """Passes on what goes wrong in the server itself; what clients do wrong is their own affair."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self.tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, TimeoutError | asyncio.CancelledError):
            self.tell(f"{record.getMessage().strip()}: {error!r}" if error else record.getMessage())


def _listening(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ServerError(f"{port} is no port. Choose one from 1 to 65535, or 0 for a free one.")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=256)
    except OSError as error:
        raise ServerError(f"{host}:{port} cannot be listened on: {error.strerror}. Choose another --port.") from None
