"""Any order, any split, any number of workers: the same bytes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

import kg
from kg.graph import fold
from kg.model import Paper, Record
from kg.pipeline import extract
from tests import corpus
from tests.conftest import DEMO
from tests.test_build import graph_files, run

PAPERS = (*kg.read(DEMO), *corpus.papers(20, seed=5))


def written(path: Path, papers: list[Paper]) -> Path:
    """Write papers as JSON lines."""
    rows = ({"id": p.id, "title": p.title, "abstract": p.abstract, "date": p.date, "url": p.url} for p in papers)
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def records() -> tuple[Record, ...]:
    """Return the records of all papers."""
    return tuple(extract(PAPERS))


@pytest.mark.parametrize("seed", range(4))
def test_fold_is_free_of_order(records: tuple[Record, ...], seed: int) -> None:
    """Records in any order fold into an equal graph, whose parts stand in an equal order."""
    mixed = random.Random(seed).sample(records, len(records))
    one, other = fold(records), fold(mixed)
    assert one == other
    assert [list(one.papers), list(one.nodes)] == [list(other.papers), list(other.nodes)]


@pytest.mark.parametrize("seed", range(3))
def test_any_split_gives_the_same_files(tmp_path: Path, seed: int) -> None:
    """Papers that come in any parts and order, with others that come and go, leave the files of one build of them."""
    chance = random.Random(seed)
    pool = chance.sample(PAPERS, 18)
    kept, passing = pool[:13], pool[13:]
    whole = tmp_path / "whole"
    kg.build_folder([written(tmp_path / "whole.jsonl", sorted(kept, key=lambda p: p.id))], whole)
    first, rest = chance.randrange(1, 10), [*kept, *passing]
    chance.shuffle(rest)
    out = tmp_path / "parts"
    kg.build_folder([written(tmp_path / "first.jsonl", rest[:first])], out, chunk=chance.choice((1, 3, 50)))
    while rest := rest[first:]:
        first = chance.randrange(1, len(rest) + 1)
        kg.add(out, written(tmp_path / "next.jsonl", rest[:first]))
    kg.remove(out, *(paper.id for paper in chance.sample(passing, len(passing))))
    assert graph_files(out) == graph_files(whole)


def test_build_drops_what_is_gone_exactly(tmp_path: Path) -> None:
    """build(A), build(B) is build(B), whatever A was."""
    a, b = list(PAPERS[:12]), list(PAPERS[8:24])
    kg.build_folder([written(tmp_path / "b.jsonl", b)], tmp_path / "fresh")
    kg.build_folder([written(tmp_path / "a.jsonl", a)], tmp_path / "out")
    _, report = kg.build_folder([tmp_path / "b.jsonl"], tmp_path / "out")
    assert (report.extracted, report.reused) == (12, 4)
    assert graph_files(tmp_path / "out") == graph_files(tmp_path / "fresh")


@pytest.mark.slow
def test_workers_and_hash_seeds_give_the_same_files(tmp_path: Path) -> None:
    """One or two workers, any order of sources, three hash seeds: the same bytes of every graph file."""
    some = list(PAPERS[50:70])
    forth, back = written(tmp_path / "forth.jsonl", some), written(tmp_path / "back.jsonl", some[::-1])
    half, other = written(tmp_path / "a.jsonl", some[::2]), written(tmp_path / "b.jsonl", some[1::2])
    runs = {
        "one": (["-w", "1", forth], "1"),
        "two": (["-w", "2", back], "2"),
        "parts": (["-w", "2", other, half], "3"),
    }
    for name, (arguments, seed) in runs.items():
        done = run("build", "-q", *arguments, "-o", tmp_path / name, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "two" / "report.json").read_text("utf-8"))["workers"] == 2
    assert graph_files(tmp_path / "one") == graph_files(tmp_path / "two") == graph_files(tmp_path / "parts")


def test_the_same_paper_twice_is_one(tmp_path: Path) -> None:
    """A paper that stands twice in the input is one paper, told as a duplicate."""
    source = written(tmp_path / "twice.jsonl", [*PAPERS[:3], *PAPERS[:3]])
    graph, report = kg.build_folder([source], tmp_path / "out")
    assert (len(graph.papers), [note.reason for note in report.skipped]) == (3, ["duplicate"] * 3)


def test_a_bad_line_costs_that_line_only(tmp_path: Path) -> None:
    """Broken lines between good ones change nothing about the graph of the good ones."""
    good = written(tmp_path / "good.jsonl", list(PAPERS[:6]))
    lines = good.read_bytes().split(b"\n")
    bad = [b"{", b"\xff\xfe\x00", b'{"id": 1}', b"[" * 100_000, b"null", b'"' + b"x" * 70_000]
    (tmp_path / "bad.jsonl").write_bytes(b"\n".join(line for pair in zip(lines, bad, strict=False) for line in pair))
    kg.build_folder([good], tmp_path / "good")
    _, report = kg.build_folder([tmp_path / "bad.jsonl"], tmp_path / "bad")
    assert len(report.skipped) == len(bad)
    assert graph_files(tmp_path / "good") == graph_files(tmp_path / "bad")


def test_an_input_that_changes_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    """A file that is written to while it is read is told, and refused by strict."""
    source = written(tmp_path / "papers.jsonl", list(PAPERS[:4]))
    notes: list[kg.Skipped] = []
    for number, _ in enumerate(kg.read(source, on_skip=notes.append)):
        if number == 1:
            source.write_bytes(source.read_bytes() + b"\n")
    assert [note.reason for note in notes] == ["changed-while-read"]
    stream = kg.read(source, strict=True)
    next(stream)
    source.write_bytes(source.read_bytes() + b"\n")
    with pytest.raises(kg.SourceError, match="changed while it was read"):
        list(stream)
