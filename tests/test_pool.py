"""Extraction on several cores: bounded, indifferent to the order of answers, and honest about what fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kg
from kg.engines import pool, worker
from kg.engines.worker import work
from kg.errors import EngineError
from tests.conftest import DEMO
from tests.test_build import GOOD, OTHER

PAPERS = tuple(kg.read(DEMO))[:12]
ECHO = """
import json, sys
for line in sys.stdin:
    print(json.dumps([[[row["id"], "", "", ""] for row in json.loads(line)], []]), flush=True)
"""
Write = Callable[..., Path]


def test_pool_gives_the_records_of_one_process() -> None:
    """Two workers answer with the same records as this process, in whatever order."""
    alone = [row for rows, _ in pool.mapped(iter(PAPERS), workers=1) for row in rows]
    shared = [row for rows, _ in pool.mapped(iter(PAPERS), workers=2, chunk=5) for row in rows]
    assert sorted(shared) == sorted(alone)
    assert len(alone) == len(PAPERS)


def test_pool_reads_no_further_than_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more chunks are taken from the source than two a worker beyond those that are answered."""
    monkeypatch.setattr(pool, "_CHILD", ECHO + "# {path}")
    taken = 0

    def source() -> Iterator[kg.Paper]:
        nonlocal taken
        for number in range(200):
            taken += 1
            yield kg.Paper(str(number), "T", "A.")

    answered = 0
    for rows, _ in pool.mapped(source(), workers=2, chunk=3):
        answered += len(rows)
        assert taken - answered <= 3 * (2 * 2 + 2)
    assert answered == 200


def test_dead_worker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies is an error that says at which papers, and what to do."""
    monkeypatch.setattr(pool, "_CHILD", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)  # {path}")
    with pytest.raises(EngineError, match=r"exit code -9.*papers\.jsonl:1.*fewer --workers"):
        list(pool.mapped(iter(PAPERS), workers=2))


def test_small_jobs_start_no_workers() -> None:
    """So few papers are read sooner in this process; a number that was asked for is kept."""
    assert pool.chosen(0, 10) == 1
    assert pool.chosen(0, 100_000) == pool.cores()
    assert pool.chosen(2, 10) == 2


def test_paper_that_cannot_be_extracted_costs_itself(
    tmp_path: Path, papers_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paper that extraction fails on is counted by reason with its line, and stops a strict build."""

    def failing(papers: list[kg.Paper]) -> object:
        rows, _ = work([paper for paper in papers if paper.id != "a"])
        return rows, [(p.id, p.sha256, p.origin, "ValueError: odd") for p in papers if p.id == "a"]

    monkeypatch.setattr(pool, "work", failing)
    source = papers_file(GOOD, OTHER)
    graph, report = kg.build_folder([source], tmp_path / "out")
    assert (len(graph.papers), report.extracted) == (1, 1)
    assert [(n.reason, n.origin) for n in report.skipped] == [("extraction-failed", f"{source}:1")]
    with pytest.raises(EngineError, match=r"papers\.jsonl:1: extraction failed: ValueError: odd"):
        kg.build_folder([source], tmp_path / "strict", strict=True)


def test_worker_answers_line_by_line() -> None:
    """What goes in as a line of papers comes back as a line of records."""
    line = worker.packed(PAPERS[:1])
    assert line.endswith(b"\n")
    assert b"\n" not in line[:-1]
    rows, failures = work(PAPERS[:1])
    assert (rows[0][0], failures) == (PAPERS[0].id, [])


def test_progress_tells_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress says papers a second and the time that is left, once there is something to go by."""
    from kg.cli import printing

    now = [100.0]
    monkeypatch.setattr(printing.time, "monotonic", lambda: now[0])
    pace = printing.Pace()
    assert (pace(0, 0), pace(0, 1000)) == ("", "")
    now[0] += 10
    assert pace(100, 1000) == "10 papers/s, 0:01:30 left"
