"""What tests share: where the repository is, and the pipeline, made once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.model import Paper, Record
from kg.pipeline import extract

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "kg" / "data" / "demo" / "papers.jsonl"
SHARED = ROOT.parent / "shared"


def fastest(work: Callable[[], object], *, enough: float, attempts: int = 3) -> float:
    """Return the least seconds that some work took; a busy machine gets further attempts, a slow program fails all."""
    best = float("inf")
    for _ in range(attempts):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
        if best < enough:
            break
    return best


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of annotated papers beside the checkout; skip where there is none."""
    if not (SHARED / "gold").is_dir():
        pytest.skip("the annotated papers are not beside this checkout")
    return SHARED


@pytest.fixture
def read_text() -> Callable[..., Record]:
    """Return a function that extracts the record of a title and an abstract."""

    def read(abstract: str, *, title: str = "A study") -> Record:
        return next(extract([Paper("test", title, abstract)]))

    return read


@pytest.fixture
def papers_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes rows as a JSONL file."""

    def write(*rows: dict[str, object] | str, name: str = "papers.jsonl") -> Path:
        path = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
