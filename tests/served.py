"""A server of the graph of `rdf_fixture`, in a process of its own, as users start it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

SCRIPT = """
import sys
from pathlib import Path
{before}
import kg
from kg.server import Limits
kg.serve(Path(sys.argv[1]), port=0, limits=Limits({limits}), tell=lambda text: print(text, file=sys.stderr, flush=True))
"""


class Served:
    """A running server: its address, what it has said, and a client."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for("serving ")
        self.address = self.said[-1].rpartition(" at ")[2].rstrip("/")
        self.port = int(self.address.rpartition(":")[2])
        self.endpoint = f"{self.address}/sparql"
        self.client = httpx.Client(base_url=self.address, timeout=30, trust_env=False)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.strip())

    def wait_for(self, text: str, *, seconds: float = 30) -> None:
        """Wait until the server has said something."""
        end = time.monotonic() + seconds
        while not any(text in line for line in self.said):
            assert time.monotonic() < end, f"the server did not say {text!r}, but {self.said}"
            assert self.process.poll() is None or any(text in line for line in self.said), self.said
            time.sleep(0.02)

    def get(self, query: str, accept: str = "text/csv", **parameters: str) -> httpx.Response:
        """Ask a query by GET."""
        return self.client.get("/sparql", params={"query": query, **parameters}, headers={"Accept": accept})

    def raw(self, message: bytes = b"") -> socket.socket:
        """Return a connection on which nothing but this was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(message)
        return connection


@contextlib.contextmanager
def serving(folder: Path, *, limits: str = "workers=2", before: str = "") -> Iterator[Served]:
    """Serve a folder while the block runs."""
    script = SCRIPT.format(limits=limits, before=before)
    command = [sys.executable, "-c", script, str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            server = Served(process)
            yield server
            server.client.close()
        finally:
            process.terminate()
            process.wait(20)


class Listener:
    """A listener on loopback that counts who comes, as a server that a query might be sent to."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.visits = 0
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                visitor, _ = self.socket.accept()
                self.visits += 1
                visitor.close()

    def close(self) -> None:
        """Stop listening."""
        self.socket.close()


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """Listen on loopback while the block runs; prove first that visits are seen."""
    listener = Listener()
    try:
        socket.create_connection(("127.0.0.1", listener.port)).close()
        end = time.monotonic() + 5
        while not listener.visits and time.monotonic() < end:
            time.sleep(0.01)
        assert listener.visits == 1
        listener.visits = 0
        yield listener
    finally:
        listener.close()
