"""`kg build` and its kin as a user runs them: files, messages, exit codes, and the same bytes twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

import kg
from kg.engines.local import build_folder
from kg.errors import SourceError, StoreError
from kg.exporters import EXPORTERS, REPORT, RUN
from kg.exporters.switching import INDEX, MANIFEST
from kg.ontology import schema_dir
from kg.store import NAME
from tests.conftest import DEMO

GOOD = {"id": "a", "title": "FrogNet", "abstract": "We propose FrogNet, trained on ImageNet."}
OTHER = {"id": "b", "title": "ToadNet", "abstract": "ToadNet outperforms BERT on GLUE."}
Write = Callable[..., Path]


def run(*arguments: object, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from kg.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        input=stdin,
        env={**os.environ, **environment},
        check=False,
    )


def graph_files(folder: Path) -> dict[str, bytes]:
    """Return the files that must be equal between equal builds; a database keeps counters of its own."""
    free = (REPORT, RUN, NAME, INDEX)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name not in free}


def test_build_writes_every_file(tmp_path: Path, papers_file: Write) -> None:
    """A build leaves store, four graph formats, page and report, and no temporary file."""
    done = run("build", papers_file(GOOD, OTHER), "-o", tmp_path / "out")
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    files = {p.name for p in (tmp_path / "out").iterdir()}
    assert files == {NAME, REPORT, RUN, INDEX, MANIFEST, *(name for name, _ in EXPORTERS.values())}
    assert "2 papers read" in done.stdout


@pytest.mark.parametrize("name", EXPORTERS)
def test_any_file_can_be_left_out(tmp_path: Path, papers_file: Write, name: str) -> None:
    """A build writes all files but the one that is to be left out, and additions leave it out too."""
    out = tmp_path / "out"
    build_folder([papers_file(GOOD)], out, without=[name])
    kg.add(out, papers_file(OTHER, name="more.jsonl"))
    expected = {file for other, (file, _) in EXPORTERS.items() if other != name}
    assert {p.name for p in out.iterdir()} - {NAME, REPORT, RUN, INDEX, MANIFEST} == expected


def test_build_gives_the_same_bytes(tmp_path: Path, papers_file: Write) -> None:
    """Equal input gives equal files: in another order, under another hash seed, and on a rerun."""
    forth, back = papers_file(GOOD, OTHER, name="forth.jsonl"), papers_file(OTHER, GOOD, name="back.jsonl")
    for seed, source, out in (("1", forth, "one"), ("2", back, "two"), ("3", forth, "one")):
        assert run("build", "-q", source, "-o", tmp_path / out, PYTHONHASHSEED=seed).returncode == 0
    assert graph_files(tmp_path / "one") == graph_files(tmp_path / "two")


def test_confidence_is_free_of_hash_order() -> None:
    """Probabilities are equal to the last bit, in whatever order a set yields its features."""
    code = """
from kg.pipeline import weights
rows = [[f"f{(i * k) % 997}" for i in range(400)] for k in range(1, 60)]
table = {f"f{i}": [((i * 7919) % 1000) / 9970 - 0.05, 0.05 - ((i * 104729) % 1000) / 9910] for i in range(997)}
model = weights.make({"classes": ["a", "b"], "bias": [0.1, 0.2]}, table)
print(model.independent([set(model.encode(row)) for row in rows]).tobytes().hex())
print(model.probabilities([set(model.encode(row)) for row in rows]).tobytes().hex())
"""
    seeds = ("1", "2", "3")
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        )
        for seed in seeds
    ]
    assert len({run.stdout for run in runs}) == 1


def test_rerun_reads_only_what_is_new(tmp_path: Path, papers_file: Write) -> None:
    """A second build takes unchanged papers from the store, and drops those that are gone."""
    build_folder([papers_file(GOOD)], tmp_path / "out")
    graph, report = build_folder([papers_file(GOOD, OTHER)], tmp_path / "out")
    assert (report.extracted, report.reused, len(graph.papers)) == (1, 1, 2)
    again, _ = build_folder([papers_file(OTHER)], tmp_path / "out")
    fresh, _ = build_folder([papers_file(OTHER)], tmp_path / "fresh")
    assert again == fresh
    assert graph_files(tmp_path / "out") == graph_files(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "c", "title": "T"', "papers.jsonl:2"),
        ('{"id": "c", "title": "T"}', "abstract"),
        ('{"id": "a", "title": "Other", "abstract": "Another text."}', "'a'"),
        ('["no", "object"]', "papers.jsonl:2"),
    ],
)
def test_bad_record_is_skipped_and_counted(tmp_path: Path, papers_file: Write, line: str, message: str) -> None:
    """A bad record is named with file and line, skipped and counted; the rest is built and the exit code is 0."""
    done = run("build", papers_file(GOOD, line), "-o", tmp_path / "out")
    assert done.returncode == 0
    assert "papers.jsonl:2" in done.stderr
    assert message in done.stderr
    report = json.loads((tmp_path / "out" / REPORT).read_text(encoding="utf-8"))
    assert report["skipped"]["count"] == sum(report["skipped"]["by_reason"].values()) == 1
    strict = run("build", "--strict", papers_file(GOOD, line), "-o", tmp_path / "strict")
    assert strict.returncode == 1
    assert "papers.jsonl:2" in strict.stderr


def test_build_of_nothing_fails(tmp_path: Path, papers_file: Write) -> None:
    """Where no paper could be read, the exit code is 1 and nothing is written."""
    (tmp_path / "empty").mkdir()
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\x00\xff\xfe\x01\x89PNG\r\n")
    unknown = tmp_path / "notes.xyz"
    unknown.write_text("hello there", encoding="utf-8")
    for source in (tmp_path / "missing.jsonl", tmp_path / "empty", binary, unknown, papers_file('{"id": 1}')):
        done = run("build", source, "-o", tmp_path / "out")
        assert done.returncode == 1, source
        assert source.name in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "out").exists()


def test_folder_of_others_is_left_alone(tmp_path: Path, papers_file: Write) -> None:
    """A folder that holds files of others is never written to."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("text", encoding="utf-8")
    with pytest.raises(StoreError, match=r"thesis\.tex"):
        build_folder([papers_file(GOOD)], tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
    file = tmp_path / "file"
    file.write_text("text", encoding="utf-8")
    with pytest.raises(StoreError, match="a file stands where"):
        build_folder([papers_file(GOOD)], file)


def test_foreign_database_is_refused(tmp_path: Path, papers_file: Write) -> None:
    """A SQLite file of others, or a broken one, is not taken for a record store."""
    import sqlite3

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    db = sqlite3.connect(tmp_path / "a" / NAME)
    db.execute("CREATE TABLE other (x)")
    db.close()
    (tmp_path / "b" / NAME).write_bytes(b"not a database, but long enough to be read as one" * 20)
    for folder in ("a", "b"):
        with pytest.raises(StoreError, match=NAME):
            build_folder([papers_file(GOOD)], tmp_path / folder)


def test_extract_streams_valid_records(papers_file: Write) -> None:
    """`kg extract` prints one record a line that the schema accepts, and only that."""
    done = run("extract", papers_file(GOOD, OTHER))
    schema = json.loads((schema_dir() / "record.schema.json").read_text(encoding="utf-8"))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["a", "b"]
    for row in rows:
        jsonschema.validate(row, schema)


def test_extract_writes_a_file(tmp_path: Path, papers_file: Write) -> None:
    """-o writes the same lines to a file; - reads standard input."""
    source = papers_file(GOOD)
    assert run("extract", source, "-o", tmp_path / "r.jsonl").returncode == 0
    piped = run("extract", "-", stdin=source.read_text(encoding="utf-8"))
    assert (tmp_path / "r.jsonl").read_text(encoding="utf-8") == piped.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the graph of the demo papers."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    build_folder([DEMO], folder)
    return folder


@pytest.mark.parametrize(
    ("format", "start"), [("table", "n"), ("json", '{"head"'), ("csv", "n\r\n60"), ("tsv", "?n\n60")]
)
def test_query_prints_each_format(built: Path, format: str, start: str) -> None:
    """`kg query` answers in the format that was asked for."""
    done = run("query", built, "SELECT (COUNT(?p) AS ?n) { ?p a kg:Paper }", "--format", format)
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("\r\n", "\n").startswith(start.replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["SELECT ?x {"], "cannot be answered"),
        (["--name", "leaderbord"], "Did you mean 'leaderboard'?"),
        (["--name", "leaderboard", "--set", "datset=GLUE"], "Did you mean 'dataset'?"),
        (["--name", "leaderboard", "--set", "dataset"], "has no value"),
        (["ASK {}", "--format", "jsn"], "Did you mean 'json'?"),
        ([], "Give either"),
    ],
)
def test_query_says_what_is_wrong(built: Path, arguments: list[str], message: str) -> None:
    """A wrong query gets one line that says what to change, and exit code 1."""
    done = run("query", built, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_query_needs_a_graph(tmp_path: Path) -> None:
    """A folder without a graph is answered with the command that makes one."""
    done = run("query", tmp_path, "ASK {}")
    assert done.returncode == 1
    assert "kg build" in done.stderr


def test_check_passes_and_fails(built: Path, tmp_path: Path) -> None:
    """`kg check` accepts what `kg build` wrote and exits with 1 on a broken copy."""
    assert run("check", built).returncode == 0
    broken = (built / "graph.nq").read_text(encoding="utf-8").replace('#confidence> "0.9', '#confidence> "7.9')
    (tmp_path / "graph.nq").write_text(broken, encoding="utf-8")
    done = run("check", tmp_path)
    assert done.returncode == 1
    assert "confidence" in done.stdout


def test_quiet_prints_nothing(tmp_path: Path, papers_file: Write) -> None:
    """-q keeps every command quiet but for its answer."""
    out = tmp_path / "out"
    assert run("build", "-q", papers_file(GOOD, "{bad"), "-o", out).stderr == ""
    assert run("check", "-q", out).stdout == ""
    assert run("demo", "-q", "-o", tmp_path / "demo").stdout == ""


def test_demo_answers_three_questions(tmp_path: Path) -> None:
    """`kg demo` says what it found, asks three questions that have answers, and names the page."""
    done = run("demo", "-o", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("$ kg query") == 3
    assert "(no rows)" not in done.stdout
    assert str(tmp_path / "demo" / "graph.html") in done.stdout


def test_python_does_what_the_command_does(tmp_path: Path, papers_file: Write) -> None:
    """Build, ask, convert, write and load in Python, with the bytes that the command writes."""
    source = papers_file(GOOD, OTHER)
    graph = kg.build(kg.read(source))
    assert [node.label for node in graph.entities(type="Dataset")] == ["GLUE", "ImageNet"]
    assert graph.query("ASK { ?p a kg:Paper }").boolean
    assert graph.to_networkx().number_of_nodes() >= len(graph.nodes)
    assert len(graph.to_rdflib()) > 0
    graph.write(tmp_path / "python")
    run("build", "-q", source, "-o", tmp_path / "command")
    assert graph_files(tmp_path / "python") == graph_files(tmp_path / "command")
    assert kg.load(tmp_path / "python") == graph


def test_strict_read_raises(papers_file: Write) -> None:
    """strict=True raises where the build would skip."""
    with pytest.raises(SourceError, match=r"papers\.jsonl:1"):
        list(kg.read(papers_file("{bad"), strict=True))
