"""A built folder kept up to date: add, remove, status, rebuild, and what is extracted for it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

import kg
from kg.exporters.switching import MANIFEST
from kg.pipeline import extractor
from kg.store import NAME, opened
from tests.test_build import GOOD, OTHER, graph_files, run

THIRD = {"id": "c", "title": "NewtNet", "abstract": "We propose NewtNet, a model trained on C4 that uses LoRA."}
Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, papers_file: Write) -> Path:
    """Return a folder with the graph of two papers."""
    kg.build_folder([papers_file(GOOD, OTHER)], tmp_path / "graph")
    return tmp_path / "graph"


def test_add_extracts_only_what_is_new(folder: Path, papers_file: Write, tmp_path: Path) -> None:
    """What is added joins what is there, and the files are those of one build of all."""
    graph, report = kg.add(folder, papers_file(THIRD, GOOD, name="more.jsonl"))
    assert (report.papers, report.extracted, report.reused, len(graph.papers)) == (2, 1, 1, 3)
    kg.build_folder([papers_file(GOOD, OTHER, THIRD, name="all.jsonl")], tmp_path / "all")
    assert graph_files(folder) == graph_files(tmp_path / "all")


def test_add_can_replace_an_older_text(folder: Path, papers_file: Write, tmp_path: Path) -> None:
    """With --replace, a paper whose text has changed is read again, and its old text is gone."""
    newer = {**GOOD, "abstract": "We propose FrogNet, trained on C4."}
    source = papers_file(newer, name="newer.jsonl")
    graph, report = kg.add(folder, source, replace=True)
    assert (report.extracted, len(graph.papers)) == (1, 2)
    kg.build_folder([papers_file(newer, OTHER, name="all.jsonl")], tmp_path / "all")
    assert graph_files(folder) == graph_files(tmp_path / "all")


def test_add_keeps_both_texts_as_a_build_does(folder: Path, papers_file: Write, tmp_path: Path) -> None:
    """Without --replace, two texts of a paper are its sources, and another paper under its id is a conflict."""
    newer = {**GOOD, "abstract": "We propose FrogNet, trained on C4."}
    graph, _ = kg.add(folder, papers_file(newer, name="newer.jsonl"))
    assert (len(graph.papers), len(graph.records)) == (2, 3)
    kg.build_folder([papers_file(newer, OTHER, GOOD, name="all.jsonl")], tmp_path / "all")
    assert graph_files(folder) == graph_files(tmp_path / "all")
    _, report = kg.add(folder, papers_file({**THIRD, "id": "a"}, name="other.jsonl"))
    assert [note.reason for note in report.skipped] == ["conflict"]
    assert graph_files(folder) == graph_files(tmp_path / "all")


def test_remove_leaves_no_trace(folder: Path, papers_file: Write, tmp_path: Path) -> None:
    """What is removed is gone from files and store."""
    graph, report = kg.remove(folder, "b")
    assert (len(graph.papers), report.extracted) == (1, 0)
    kg.build_folder([papers_file(GOOD)], tmp_path / "one")
    assert graph_files(folder) == graph_files(tmp_path / "one")
    assert b"ToadNet" not in b"".join(graph_files(folder).values())
    with opened(folder / NAME) as store:
        assert [record.id for record in store.records()] == ["a"]


def test_remove_of_the_last_paper_leaves_an_empty_graph(folder: Path) -> None:
    """A folder may hold the graph of no paper, and be added to again."""
    graph, _ = kg.remove(folder, "a", "b")
    assert not graph.papers
    assert kg.load(folder) == graph
    assert not kg.status(folder).problem


def test_remove_of_an_unknown_paper_changes_nothing(folder: Path) -> None:
    """An id that is not there is an error that offers the near one, and nothing is removed."""
    before = graph_files(folder)
    with pytest.raises(kg.StoreError, match=r"no paper 'bb' here\. Did you mean 'b'"):
        kg.remove(folder, "a", "bb")
    assert graph_files(folder) == before


def test_overrides_are_kept(tmp_path: Path, papers_file: Write) -> None:
    """A folder keeps what its user ruled about names, until `kg rebuild` or `kg build` is given other rules."""
    ruled = tmp_path / "mine.tsv"
    ruled.write_text("rule\tname\tvalue\nlabel\tFrogNet\tFrog Network\n", encoding="utf-8")
    out = tmp_path / "graph"
    assert run("build", "-q", papers_file(GOOD), "-o", out, "--overrides", ruled).returncode == 0
    graph, _ = kg.add(out, papers_file(OTHER, name="more.jsonl"))
    assert "Frog Network" in {node.label for node in graph.entities()}
    ruled.write_text("rule\tname\tvalue\nlabel\tFrogNet\tThe Frog\n", encoding="utf-8")
    assert run("rebuild", "-q", out, "--overrides", ruled).returncode == 0
    assert "The Frog" in {node.label for node in kg.load(out).entities()}
    fresh, _ = kg.build_folder([papers_file(GOOD, OTHER)], out)
    assert not (out / "overrides.tsv").exists()
    assert kg.load(out) == fresh


def test_status_tells_how_a_folder_stands(folder: Path) -> None:
    """A fresh build is up to date; a file that is missing or changed is told, and `kg rebuild` mends it."""
    assert (kg.status(folder).papers, kg.status(folder).stale, kg.status(folder).problem) == (2, 0, "")
    assert run("status", folder).returncode == 0
    before = graph_files(folder)
    (folder / "graph.ttl").write_text("not the graph", encoding="utf-8")
    assert "graph.ttl has changed" in kg.status(folder).problem
    (folder / "graph.ttl").unlink()
    done = run("status", folder)
    assert (done.returncode, "graph.ttl is missing" in done.stdout, "kg rebuild" in done.stdout) == (1, True, True)
    kg.rebuild(folder)
    assert graph_files(folder) == before


def test_stale_records_are_extracted_again(folder: Path) -> None:
    """Records of another extractor are told by status, and `kg rebuild` reads their papers again, from the store."""
    db = sqlite3.connect(folder / NAME)
    for table in ("record", "member"):
        db.execute(f"UPDATE {table} SET extractor = '0.0.1+old' WHERE id = 'a'")
    db.execute(
        "UPDATE record SET json = replace(json, '\"extractor\":\"', '\"extractor\":\"0.0.1+old ') WHERE id = 'a'"
    )
    db.commit()
    db.close()
    assert (kg.status(folder).stale, kg.status(folder).extractors) == (1, {"0.0.1+old": 1, extractor(): 1})
    graph, report = kg.rebuild(folder)
    assert (report.extracted, report.papers, kg.status(folder).stale) == (1, 2, 0)
    assert {paper.extractor for paper in graph.papers.values()} == {extractor()}


def test_equal_rerun_writes_no_file(folder: Path, papers_file: Write) -> None:
    """A build of what is there already leaves the files alone."""
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir() if path.name in graph_files(folder)}
    _, report = kg.build_folder([papers_file(OTHER, GOOD, name="again.jsonl")], folder)
    assert (report.extracted, report.written) == (0, False)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir() if path.name in before} == before


def test_store_of_an_earlier_layout_is_taken_over(folder: Path) -> None:
    """Records that an earlier layout of the store holds need not be extracted again."""
    with opened(folder / NAME) as store:
        rows = [(r.id, r.text_sha256, r.extractor, r.to_json()) for r in store.records()]
    (folder / NAME).unlink()
    db = sqlite3.connect(folder / NAME)
    db.execute(f"PRAGMA application_id = {0x6D6C6B67}")
    db.execute("CREATE TABLE record (id TEXT PRIMARY KEY, text_sha256 TEXT, extractor TEXT, json TEXT) WITHOUT ROWID")
    db.executemany("INSERT INTO record VALUES (?, ?, ?, ?)", rows)
    db.commit()
    db.close()
    graph, report = kg.rebuild(folder)
    assert (len(graph.papers), report.extracted) == (2, 0)


def test_manifest_names_what_belongs_together(folder: Path) -> None:
    """The manifest lists each graph file with its hash, so that a reader can tell that none is of another build."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert set(manifest["files"]) == set(graph_files(folder)) - {MANIFEST}
    with opened(folder / NAME) as store:
        assert manifest["state"] == store.state()


@pytest.mark.parametrize("command", ["add", "remove", "status", "rebuild"])
def test_commands_need_a_graph(tmp_path: Path, papers_file: Write, command: str) -> None:
    """Where nothing was built, each command says how to build, and leaves the folder alone."""
    rest = {"add": [papers_file(GOOD)], "remove": ["a"]}.get(command, [])
    done = run(command, tmp_path / "none", *rest)
    assert (done.returncode, "kg build" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
    assert not (tmp_path / "none").exists()


def test_keeping_commands_print_what_they_did(folder: Path, papers_file: Write) -> None:
    """add, remove and status say how many papers there are; -q keeps them quiet."""
    assert "1 extracted" in run("add", folder, papers_file(THIRD, name="more.jsonl")).stdout
    assert "2 papers in the graph" in run("remove", folder, "b").stdout
    assert "2 papers" in run("status", folder).stdout
    assert run("status", "-q", folder).stdout == run("remove", "-q", folder, "a").stdout == ""
