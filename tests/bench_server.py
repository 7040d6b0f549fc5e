"""Ask a server on loopback with 1, 8 and 64 clients at once: `make bench-serve`.

Every client asks a look-up, and then a mix of ready questions, one after the other over a connection of its own.
Printed are the median, the slowest hundredth, and answers a second; an answer that is lost or wrong is counted, and
ends the run with 1. The clients run in one process beside the server, and take their share of its cores.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

import kg
from kg.views.sparql import bind, named
from tests.conftest import DEMO
from tests.served import Served, serving

QUESTIONS = ("leaderboard", "most-used-datasets", "who-beats", "find", "task-leaderboard")
LOOK_UP = "SELECT ?m WHERE { ?m kg:pretrainedOn ?d } LIMIT 10"
CLIENTS = (1, 8, 64)
MOST_SECONDS = 30.0


async def ask_all(
    server: Served, texts: tuple[str, ...], *, clients: int, requests: int
) -> tuple[list[float], int, float]:
    """Return the seconds of each answer, how many were lost, and the seconds of all."""
    expected = [server.get(text).text for text in texts]
    times: list[float] = []
    lost = 0
    end = time.perf_counter() + MOST_SECONDS

    # Made before the clock runs: each reads the certificates of the system first, while all others wait.
    ready = [httpx.AsyncClient(base_url=server.address, timeout=30, trust_env=False) for _ in range(clients)]

    async def one(number: int) -> None:
        nonlocal lost
        async with ready[number] as client:
            for i in range(requests // clients):
                if time.perf_counter() > end:
                    return
                which = (number + i) % len(texts)
                start = time.perf_counter()
                try:
                    answer = await client.post("/sparql", data={"query": texts[which]}, headers={"Accept": "text/csv"})
                    good = answer.status_code == 200 and answer.text == expected[which]
                except httpx.HTTPError:
                    good = False
                times.append(time.perf_counter() - start)
                lost += not good

    start = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(clients)))
    return times, lost, time.perf_counter() - start


def main() -> int:
    """Print the figures of each number of clients; return 1 if an answer was lost."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, help="a built graph; by default that of the bundled papers")
    options.add_argument("--requests", type=int, default=1280, help="requests for each number of clients")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or kg.build(kg.read(DEMO)).write(Path(scratch) / "graph")
        lost = 0
        mixes = {"a look-up": (LOOK_UP,), "ready questions": tuple(bind(named(name), {}) for name in QUESTIONS)}
        with serving(folder) as server:
            print(server.said[0])
            for title, texts in mixes.items():
                print(f"{title}\nclients   p50 ms   p99 ms  answers/s   asked  lost")
                for clients in CLIENTS:
                    work = ask_all(server, texts, clients=clients, requests=chosen.requests)
                    times, missing, took = asyncio.run(work)
                    p50, p99 = (1e3 * statistics.quantiles(times, n=100)[at] for at in (49, 98))
                    print(f"{clients:7} {p50:8.1f} {p99:8.1f} {len(times) / took:10.0f} {len(times):7} {missing:5}")
                    lost += missing
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
