"""Files that are patched after a change are, byte for byte, those of a build of what is there."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import kg
from kg.engines import files, local
from kg.engines.index import Index
from kg.exporters.patching import SortedBlocks, mapped, sorted_lines_of
from kg.exporters.switching import INDEX
from kg.linking.reach import Groups, Spelling, keys, paper_keys
from kg.model import Record
from tests import corpus
from tests.conftest import DEMO
from tests.test_build import graph_files
from tests.test_exactness import written

PAPERS = (*kg.read(DEMO), *corpus.papers(40, seed=5))
DRAWN = ["html", "graphml"]


@pytest.fixture
def patches(monkeypatch: pytest.MonkeyPatch) -> list[files.Change]:
    """Let every change be patched, however large, and return the list of those that were."""
    done: list[files.Change] = []
    patched = files.Writing.patched

    def told(self: files.Writing, old: Path, change: files.Change) -> object:
        done.append(change)
        return patched(self, old, change)

    monkeypatch.setattr(local, "PATCHED", 100.0)
    monkeypatch.setattr(files.Writing, "patched", told)
    return done


def random_lines(chance: random.Random, most: int) -> list[bytes]:
    """Return some short lines, many of which begin alike, sorted."""
    return sorted({bytes(chance.choices(b"abc", k=chance.randrange(1, 5))) for _ in range(chance.randrange(most))})


@pytest.mark.parametrize("seed", range(200))
def test_sorted_lines_are_patched(tmp_path: Path, seed: int) -> None:
    """Lines that go are gone, lines that come stand in their places, and what comes twice stands once."""
    chance = random.Random(seed)
    lines = random_lines(chance, 12)
    gone = {line for line in lines if chance.random() < 0.3}
    come = set(random_lines(chance, 6)) - gone
    file = SortedBlocks(b"".join(line + b"\n" for line in lines))
    expected = sorted((set(lines) - gone) | come)
    file.write({**dict.fromkeys(gone, b""), **{line: line for line in come}}, tmp_path / "new")
    assert (tmp_path / "new").read_bytes() == b"".join(line + b"\n" for line in expected)
    assert [line for line in come if file.has(line)] == [line for line in come if line in lines]


@pytest.mark.parametrize("seed", range(200))
@pytest.mark.parametrize(("between", "tail"), [(b"\n", b""), (b",\n", b"\n]}\n")])
def test_blocks_are_replaced(tmp_path: Path, seed: int, between: bytes, tail: bytes) -> None:
    """Blocks of some keys are replaced, dropped or put in; all others stay in order, between head and tail."""
    chance = random.Random(seed)
    # Some blocks are of several lines.
    blocks = {line: line + b"=old" + b"\n\tmore" * (not tail and len(line) > 2) for line in random_lines(chance, 12)}
    changes = {line: line + b"=new" if chance.random() < 0.6 else b"" for line in random_lines(chance, 8)}

    def text(some: dict[bytes, bytes]) -> bytes:
        found = [block for _, block in sorted(some.items()) if block]
        return b"head\n" + between.join(found) + (tail or b"\n" * bool(found))

    def key(block: bytes) -> bytes:
        return block.partition(b"=")[0]

    path = tmp_path / "old"
    path.write_bytes(text(blocks))
    with mapped(path) as (content, number):
        for known in (number, None):
            file = SortedBlocks(content, number=known, head=5, tail=tail, between=between, key=key)
            file.write(changes, tmp_path / "new")
            assert (tmp_path / "new").read_bytes() == text({**blocks, **changes})


def test_claims_of_a_subject_are_those_of_the_default_graph(tmp_path: Path) -> None:
    """Lines of named graphs about a subject are left out, also where a literal looks like the end of a line."""
    said = [
        b"<a:s> <a:p> <a:o> .",
        b"<a:s> <a:p> <a:o> <a:g> .",
        b'<a:s> <a:q> "x <a:g> ." .',
        b'<a:s> <a:q> "x <a:g> ."@en <a:g> .',
        b'<a:s> <a:r> "1"^^<a:int> .',
        b'<a:s> <a:r> "1"^^<a:int> <a:g> .',
        b"<a:s2> <a:p> <a:o> .",
    ]
    path = tmp_path / "x.nq"
    path.write_bytes(b"".join(line + b"\n" for line in sorted(said)))
    with sorted_lines_of(path) as lines:
        assert lines.claims(b"<a:s>") == sorted((said[0], said[2], said[4]))
        assert lines.claims(b"<a:none>") == []


@pytest.mark.parametrize("seed", range(3))
def test_patched_files_are_those_of_one_build(tmp_path: Path, patches: list[files.Change], seed: int) -> None:
    """After any papers came and went, the files of a folder are those of a build of what is left."""
    chance = random.Random(seed)
    there = chance.sample(PAPERS, 20)
    out = tmp_path / "out"
    kg.build_folder([written(tmp_path / "first.jsonl", there)], out, without=DRAWN)
    for step in range(3):
        if step != 1:
            new = [paper for paper in chance.sample(PAPERS, 6) if paper not in there]
            kg.add(out, written(tmp_path / "new.jsonl", new))
            there += new
        else:
            gone = chance.sample(there, 7)
            kg.remove(out, *(paper.id for paper in gone))
            there = [paper for paper in there if paper not in gone]
    assert len(patches) == 3
    kg.build_folder([written(tmp_path / "all.jsonl", there)], tmp_path / "fresh", without=DRAWN)
    assert graph_files(out) == graph_files(tmp_path / "fresh")
    assert len(patches) == 3
    reports = [json.loads((path / "report.json").read_text(encoding="utf-8")) for path in (out, tmp_path / "fresh")]
    assert [r["papers"]["in_graph"] for r in reports] == [len(there)] * 2
    for key in ("entities", "claims", "results", "linking"):
        assert reports[0][key] == reports[1][key]


TWINS = (
    # Each of these joins, parts or retypes what was there, and its going away must undo that.
    ("same paper", {"id": "arxiv:2101.00001", "title": "FrogNet: a Model", "abstract": "We propose FrogNet."}),
    ("same title", {"id": "z", "title": "FrogNet: A model", "abstract": "We propose FrogNet, a model for images."}),
    ("other paper of that title", {"id": "y", "title": "FrogNet: a model", "abstract": "Nothing alike is here."}),
    ("short form", {"id": "x", "title": "Pond", "abstract": "We use the frog pond network (FPN) on ImageNet."}),
    ("other sense", {"id": "w", "title": "FPN", "abstract": "We use a feature pyramid network (FPN) on ImageNet."}),
    ("size", {"id": "v", "title": "Large", "abstract": "FrogNet-7B and FrogNet-large outperform BERT-large on GLUE."}),
    ("slip", {"id": "u", "title": "Transfrmers", "abstract": "We train ToadTransfomer and ToadTransformer on C4."}),
)


@pytest.mark.parametrize("name", [name for name, _ in TWINS])
def test_a_paper_that_changes_others_goes_without_a_trace(
    tmp_path: Path, patches: list[files.Change], name: str
) -> None:
    """Adding a paper that joins names or papers, and removing it, ends in the files from before."""
    base = [
        {"id": "a", "title": "FrogNet: a model", "abstract": "We propose FrogNet, a model for images, on ImageNet."},
        {"id": "b", "title": "ToadTransformer", "abstract": "ToadTransformer outperforms BERT and FPN on GLUE."},
        {"id": "c", "title": "Frog pond networks", "abstract": "Frog pond networks (FPNs) are trained on C4."},
    ]
    source, more = tmp_path / "base.jsonl", tmp_path / "more.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in base), encoding="utf-8")
    row = dict(TWINS)[name]
    more.write_text(json.dumps(row) + "\n", encoding="utf-8")
    kg.build_folder([source], tmp_path / "out", without=DRAWN)
    before = graph_files(tmp_path / "out")
    kg.add(tmp_path / "out", more)
    kg.build_folder([source, more], tmp_path / "both", without=DRAWN)
    assert graph_files(tmp_path / "out") == graph_files(tmp_path / "both")
    assert graph_files(tmp_path / "out") != before
    kg.remove(tmp_path / "out", row["id"])
    assert graph_files(tmp_path / "out") == before
    assert len(patches) == 2


def test_a_graph_in_memory_writes_the_same_files(tmp_path: Path) -> None:
    """`graph.write` folds all names at once, a build in groups that cannot touch each other: the bytes are equal."""
    built = kg.build_folder([written(tmp_path / "some.jsonl", list(PAPERS))], tmp_path / "out", workers=1)
    built.graph.write(tmp_path / "memory")
    assert graph_files(tmp_path / "memory") == graph_files(tmp_path / "out")


def damaged(folder: Path) -> Iterator[str]:
    """Damage a folder in one way after another."""
    yield "nothing"
    (folder / INDEX).unlink()
    yield "no index"
    (folder / INDEX).write_bytes(b"no database")
    yield "no database"
    (folder / "graph.nq").write_bytes((folder / "graph.nq").read_bytes()[:-10])
    yield "cut file"
    with Index.opened(folder / INDEX) as index:
        index.ask("PRAGMA user_version = 99")
    yield "another layout"
    with Index.opened(folder / INDEX) as index:
        index.say(writer="another")
    yield "another version"


def test_only_files_that_the_index_is_of_are_patched(tmp_path: Path, patches: list[files.Change]) -> None:
    """Where index and files do not belong together, all files are made anew, and they are right."""
    out, number = tmp_path / "out", 12
    kg.build_folder([written(tmp_path / "first.jsonl", list(PAPERS[:number]))], out, without=DRAWN)
    for count, what in enumerate(damaged(out)):
        kg.add(out, written(tmp_path / "new.jsonl", [PAPERS[number + count]]))
        assert len(patches) == 1, what
        there = list(PAPERS[: number + count + 1])
        kg.build_folder([written(tmp_path / "all.jsonl", there)], tmp_path / f"fresh{count}", without=DRAWN)
        assert graph_files(out) == graph_files(tmp_path / f"fresh{count}"), what


def test_large_changes_and_overrides_are_not_patched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made anew where much changes, and where a user rules about names, which may reach anything."""
    monkeypatch.setattr(files.Writing, "patched", None)
    out = tmp_path / "out"
    kg.build_folder([written(tmp_path / "first.jsonl", list(PAPERS[:9]))], out, without=DRAWN)
    kg.add(out, written(tmp_path / "more.jsonl", list(PAPERS[9:20])))
    (tmp_path / "mine.tsv").write_text("rule\tname\tvalue\nlabel\tBERT\tBert\n", encoding="utf-8")
    kg.rebuild(out, overrides=kg.linking.read_overrides(tmp_path / "mine.tsv"))
    assert kg.add(out, written(tmp_path / "last.jsonl", list(PAPERS[20:21]))).report.in_graph == 21


def test_keys_say_how_far_linking_looks() -> None:
    """Names that could merge, share a label or be variants share keys, and others do not."""

    def of(name: str, *aliases: str, sized: tuple[str, ...] = ()) -> frozenset[str]:
        return keys(Spelling("Model", name, aliases, sized))

    assert of("BERT") & of("BERT-large")
    assert of("FrogNet", sized=("FrogNet-7B",)) & of("FrogNet-7B")
    assert of("Frog Pond Network", "FPN") & of("FPN")
    assert of("CoT prompting") & of("chain-of-thought prompting")
    assert not of("FrogNet") & of("ToadNet")
    one = Record("a", "A Title", "", "0", "0", url="https://arxiv.org/abs/2101.00001")
    assert paper_keys(one) & paper_keys(Record("arxiv:2101.00001", "Another", "", "0", "0"))
    assert paper_keys(one) & paper_keys(Record("b", "a title", "", "0", "0"))
    assert not paper_keys(one) & paper_keys(Record("c", "Other Title", "", "0", "0"))
    groups = Groups()
    groups.join("ab")
    groups.join("cd")
    groups.join("bc")
    assert {groups.root(key) for key in "abcd"} == {groups.root("a")} != {groups.root("e")}
