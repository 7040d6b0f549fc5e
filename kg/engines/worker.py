"""Do a task chunk by chunk: in this process, or as a child that reads chunks from its input and answers on its output.

A child is a plain program, not a fork: it inherits nothing, it needs no guard in the caller's script, and it ends
when its input does, so that it never outlives the process that started it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kg.model import Paper
from kg.store import Row, row_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Failure = tuple[str, str, str, str]
"""A paper that extraction failed on: id, hash of content, origin, and what happened."""


def work(papers: Sequence[Paper]) -> tuple[list[Row], list[Failure]]:
    """Return the records of some papers as the store holds them, and those papers that have none."""
    from kg.pipeline import extract  # noqa: PLC0415 - spaCy loads only where text is read

    rows, failures = [], []
    for paper in papers:
        try:
            rows += [row_of(record) for record in extract([paper])]
        except Exception as error:
            failures.append((paper.id, paper.sha256, paper.origin, f"{type(error).__name__}: {error}"))
    return rows, failures


def packed(papers: Sequence[Paper]) -> bytes:
    """Return papers as the line that a child reads."""
    return json.dumps([asdict(paper) for paper in papers]).encode() + b"\n"


def unpacked(line: bytes) -> tuple[list[Row], list[Failure]]:
    """Return what a child answered."""
    rows, failures = json.loads(line)
    return [tuple(row) for row in rows], [tuple(failure) for failure in failures]


def extracted(rows: list[dict[str, Any]]) -> tuple[list[Row], list[Failure]]:
    """Return the records of papers that came as plain values."""
    return work([Paper(**{**row, "authors": tuple(row["authors"])}) for row in rows])


TASKS = {
    "extract": "kg.engines.worker:extracted",
    "names": "kg.engines.tasks:names",
    "lines": "kg.engines.tasks:lines",
    "claims": "kg.engines.tasks:claims",
}
"""What a child can be asked to do: functions from plain values to plain values."""


def task(name: str) -> Callable[[Any], Any]:
    """Return the function of a task."""
    module, _, function = TASKS[name].partition(":")
    found: Callable[[Any], Any] = getattr(import_module(module), function)
    return found


def main(name: str = "extract") -> None:
    """Answer each line with a line, until there is none."""
    do = task(name)
    # Ctrl-C reaches all processes of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library may print must not get between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin.buffer:
        answers.write(json.dumps(do(json.loads(line))).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
