"""Time and memory of whole builds by size, and what an addition costs: `make bench-scale`.

    python -m tests.bench_scale [SIZE...] [--page]

Every size is a process of its own, so that the peak of memory is its own: that of the process, and that of the
largest of its workers. Shared machines make seconds doubtful, so the figures are ratios within one run and the exponent
fitted over the sizes. The page and GraphML, which large graphs have not, are left out unless asked for.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import kg
from kg.engines.pool import cores, mapped
from kg.exporters import DRAWN
from tests import corpus

SIZES = (1_000, 10_000)
ADDED = 10
ADDITIONS = 3
STEPS = ("read", "extract", "link", "fold", "write")


def build(source: Path, folder: Path, *, page: bool, workers: int) -> dict[str, float]:
    """Return the seconds of each step of a build, the whole, and the peak of memory in MB."""
    start = time.perf_counter()
    report = kg.build_folder([source], folder, workers=workers, without=() if page else DRAWN).report
    whole = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {**report.seconds, "whole": whole, "peak MB": peak, "worker MB": child, "workers": float(report.workers)}


def measured(size: int, folder: Path, *, page: bool, workers: int) -> dict[str, float]:
    """Return what a build of a size costs, in a process of its own."""
    source = folder / f"{size}.jsonl"
    if not source.exists():
        corpus.write(source, size)
    out = folder / f"{size}-{workers}-{page}"
    code = (
        "import json, sys; from pathlib import Path; from tests.bench_scale import build; "
        f"print(json.dumps(build(Path({str(source)!r}), Path({str(out)!r}), page={page}, workers={workers})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def speed_up() -> tuple[float, float]:
    """Return the seconds that one process and two need for the same papers, start-up left out."""
    papers = list(corpus.papers(1_500, seed=4))
    seconds = []
    for workers in (1, 2):
        stream = mapped(iter(papers), workers=workers)
        # The first answers come when the children have read their lexicons.
        warm = 2 * workers
        for _ in range(warm):
            next(stream)
        start = time.perf_counter()
        rest = sum(len(rows) for rows, _ in stream)
        seconds.append((time.perf_counter() - start) / rest)
    return seconds[0], seconds[1]


def exponent(points: list[tuple[float, float]]) -> float:
    """Return the slope of the line through points in logarithms."""
    xs, ys = ([math.log(p[i]) for p in points] for i in (0, 1))
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def main() -> None:
    """Print the tables."""
    page = "--page" in sys.argv
    sizes = [int(each) for each in sys.argv[1:] if each.isdecimal()] or list(SIZES)
    print(f"{cores()} cores, load {os.getloadavg()[0]:.1f}, {'with' if page else 'without'} the page", flush=True)
    one, two = speed_up()
    print(f"two processes are {one / two:.2f} times one ({1 / one:.0f} and {1 / two:.0f} papers/s)", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder, points = Path(name), []
        keys = (*STEPS, "whole", "peak MB", "worker MB")
        heads = ("papers", *(f"{step} s" for step in STEPS), "whole s", "peak MB", "worker MB")
        print("".join(f"{head:>11}" for head in heads))
        for size in sizes:
            found = measured(size, folder, page=page, workers=0)
            print(f"{size:11}" + "".join(f"{found[key]:11.1f}" for key in keys), flush=True)
            points.append((float(size), found["whole"]))
            last = found
        if len(points) > 1:
            print(f"time grows as papers ** {exponent(points):.2f}")
        rest = last["link"] + last["fold"] + last["write"]
        print(f"fold, link and write are {rest / last['extract']:.2f} of extraction with {last['workers']:.0f} workers")
        print(f"  and {rest / (one * sizes[-1]):.2f} of extraction by one process")
        out = folder / f"{sizes[-1]}-0-{page}"
        list(kg.extract(corpus.papers(3, seed=98)))  # lexicons are read
        for number in range(ADDITIONS):
            more = corpus.write(folder / f"more{number}.jsonl", ADDED, seed=99 + number)
            start = time.perf_counter()
            report = kg.add(out, more).report
            added = time.perf_counter() - start
            share = added / last["whole"]
            print(
                f"{ADDED} papers more cost {added:.1f} s, {share:.1%} of the whole build ({report.seconds})", flush=True
            )


if __name__ == "__main__":
    main()
