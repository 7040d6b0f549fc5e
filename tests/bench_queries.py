"""Time every ready question, with its defaults, on some hundred papers and on 100,000: `make bench-queries`.

The large graph is made of clones (`tests/large_graph.py`), once; it takes twelve minutes and some 20 GB in
output/bench, half of it for good. A time is the best of three; a question that takes over three seconds is asked once.
"""

from __future__ import annotations

import json
import os
import sys
import time

import pyoxigraph as ox

from kg.engines.local import build_folder
from kg.store import load
from kg.views import check, sparql
from tests import large_graph
from tests.conftest import DEMO, ROOT, SHARED

FOLDER = ROOT / "output" / "bench"
SMALL, LARGE = 0.05, 0.5
"""Seconds that a question may take on the small and on the large graph."""


CONTRARY = {"id": "contrary", "title": "A Second Look", "abstract": "We find that XLNet outperforms RoBERTa on GLUE."}
"""What contradicts a bundled paper, so that no question has nothing to find."""


def sources() -> list[str]:
    """Return the papers of both graphs: the bundled ones, which answer what questions ask by default, and others."""
    (FOLDER / "contrary.jsonl").write_text(json.dumps(CONTRARY), encoding="utf-8")
    found = [SHARED / "data" / name for name in ("papers.jsonl", "general.jsonl")]
    return [str(path) for path in (DEMO, FOLDER / "contrary.jsonl", *found) if path.is_file()]


def timed(store: ox.Store, question: sparql.NamedQuery, *, attempts: int = 3) -> tuple[float, int]:
    """Return the seconds that a question takes, and the number of rows of its answer."""
    best, rows = float("inf"), 0
    for _ in range(attempts):
        start = time.perf_counter()
        rows = len(sparql.query_store(store, question.text))
        best = min(best, time.perf_counter() - start)
        if best > 3:
            break
    return best, rows


def main() -> None:
    """Print a line a question: milliseconds and rows on both graphs, and a mark where it takes too long."""
    papers = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    FOLDER.mkdir(parents=True, exist_ok=True)
    graph, _ = build_folder(sources(), FOLDER / "small")
    small = sparql.open_folder(FOLDER / "small")
    start = time.perf_counter()
    check.check(small)
    print(f"small: {len(graph.papers)} papers, {len(small)} quads; kg check takes {time.perf_counter() - start:.2f} s")
    stores = [(small, SMALL)]
    if papers:
        print("large:", large_graph.build(load(FOLDER / "small"), FOLDER / "large", papers=papers), flush=True)
        stores.append((ox.Store.read_only(str(FOLDER / "large" / "store")), LARGE))
    late = [0] * len(stores)
    for question in sparql.queries():
        cells = []
        for k, (store, limit) in enumerate(stores):
            seconds, rows = timed(store, question)
            late[k] += seconds > limit
            cells.append(f"{seconds * 1000:10.1f} ms{'  LATE' if seconds > limit else '      '}{rows:7} rows")
        print(f"{question.name:26}{''.join(cells)}", flush=True)
    print(f"too late: {late} of {len(sparql.queries())}; {os.getloadavg()[0]:.1f} processes ran meanwhile")


if __name__ == "__main__":
    main()
