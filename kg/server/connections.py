"""Connections that cost nothing while they say nothing: slow clients are cut off, and never crowd out the others.

uvicorn waits for ever for the first header, and counts connections only when a request is complete. Here a
connection has a time to say what it wants, and where too many are open, the one silent longest makes room.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from kg.server.limits import Limits

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 2\r\n"
    b"Content-Length: 28\r\nConnection: close\r\n\r\nToo many connections; retry\n"
)


def protocol(limits: Limits) -> type[H11Protocol]:
    """Return a protocol class whose connections share these limits."""
    silent: dict[H11Protocol, None] = {}

    class Patient(H11Protocol):
        """HTTP/1.1 with a limit to patience."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._alarm: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            if len(self.connections) >= limits.connections:
                if not silent:
                    self.connections.discard(self)
                    transport.write(_FULL)
                    transport.close()
                    # Nothing it still says is listened to.
                    transport.set_protocol(asyncio.Protocol())
                    return
                next(iter(silent)).give_up()  # type: ignore[attr-defined]
            # Else the end of an answer waits for the client to confirm its beginning, which takes 40 ms.
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            super().connection_made(transport)
            self._listen()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._listen()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._listen()

        def connection_lost(self, exc: Exception | None) -> None:
            self._busy()
            super().connection_lost(exc)

        def give_up(self) -> None:
            """Close the connection at once, whatever the client still sends."""
            self._busy()
            self.connections.discard(self)
            self.transport.abort()

        def _listen(self) -> None:
            if self.cycle is not None and not self.cycle.response_complete:
                self._busy()
            elif self._alarm is None and not self.transport.is_closing():
                silent[self] = None
                self._alarm = self.loop.call_later(limits.header_time, self.give_up)

        def _busy(self) -> None:
            silent.pop(self, None)
            if self._alarm:
                self._alarm.cancel()
                self._alarm = None

    return Patient
