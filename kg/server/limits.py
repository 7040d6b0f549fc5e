"""What one query, and all clients together, may use of the machine."""

from __future__ import annotations

import os
from dataclasses import dataclass

from kg.errors import ServerError


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a server; seconds for times, bytes for sizes.

    `query` is the length of a query's text, `rows` and `answer` are the size of an answer, `memory` is what a
    worker may take beside the graph. `queue` requests may wait for a worker; more are turned away at once.
    """

    workers: int = max(2, min(4, os.cpu_count() or 1))
    timeout: float = 10.0
    query: int = 64_000
    rows: int = 100_000
    answer: int = 32_000_000
    memory: int = 1_000_000_000
    queue: int = 128
    connections: int = 256
    header_time: float = 10.0
    body_time: float = 10.0
    write_time: float = 30.0

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ServerError(f"{self.workers} workers cannot answer. Give 1 or more.")
        if not self.timeout > 0:
            raise ServerError(f"A time limit of {self.timeout:g} s leaves no time to answer. Give more than 0.")

    @property
    def request(self) -> int:
        """Return how long a request may be: every byte of a query may be escaped as three."""
        return 3 * self.query + 8_192
