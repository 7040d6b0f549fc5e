"""The Spark engine gives the graph of the local engine; skipped without PySpark and Java (`make test-spark`)."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.errors import EngineError
from kg.linking import read_overrides
from tests import corpus
from tests.conftest import DEMO
from tests.test_build import GOOD, run

SIZE = int(os.environ.get("KG_SPARK_PAPERS", "30"))


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Return a session on two local cores."""
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed (make test-spark)")
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (make test-spark)")
    if not shutil.which("java"):
        pytest.skip("there is no java here (make test-spark)")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "4").config("spark.driver.bindAddress", "127.0.0.1")
    found = builder.config("spark.driver.host", "127.0.0.1").getOrCreate()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of papers with one repeated and two broken lines."""
    path = corpus.write(tmp_path_factory.mktemp("spark") / "papers.jsonl", SIZE)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, DEMO.read_bytes(), lines[0], b"{broken\n", b'{"id": "\xff"}\n']))
    return path


@pytest.fixture(scope="module")
def built(spark: Any, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a build on Spark."""
    from kg.engines.spark import build

    folder = tmp_path_factory.mktemp("tables") / "out"
    build([source], folder, spark=spark, shards=3)
    return folder


@pytest.fixture(scope="module")
def local(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, kg.KnowledgeGraph]:
    """Return folder and graph of the same build by the local engine."""
    folder = tmp_path_factory.mktemp("local") / "out"
    return folder, kg.build_folder([source], folder, without=["html"]).graph


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_spark_writes_the_same_quads(built: Path, local: tuple[Path, kg.KnowledgeGraph]) -> None:
    """The shards one after another are, byte for byte, the graph.nq of the local engine."""
    shards = sorted((built / "quads").glob("part-*"))
    assert len(shards) == 3
    assert b"".join(shard.read_bytes() for shard in shards) == (local[0] / "graph.nq").read_bytes()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_spark_tables_hold_the_same_graph(spark: Any, built: Path, local: tuple[Path, kg.KnowledgeGraph]) -> None:
    """Papers, entities, claims, assertions, results and merges are those of the local engine."""
    graph = local[1]

    def rows(table: str) -> list[dict[str, Any]]:
        return [row.asDict(recursive=True) for row in spark.read.parquet(str(built / table)).collect()]

    claims = {(r["subject"], r["predicate"], r["object"], tuple(r["papers"]), r["confidence"]) for r in rows("claims")}
    assert claims == {(e.subject, e.predicate, e.object, e.papers, e.confidence) for e in graph.edges}
    assert {r["id"]: (r["type"], r["label"], tuple(r["papers"])) for r in rows("entities")} == {
        node.id: (node.type, node.label, node.papers) for node in graph.nodes.values()
    }
    assert {r["id"]: r["title"] for r in rows("papers")} == {p.id: p.title for p in graph.papers.values()}
    assert {(r["id"], r["confidence"]) for r in rows("assertions")} == {(a.id, a.confidence) for a in graph.assertions}
    assert {(r["id"], r["value"]) for r in rows("results")} == {(r.id, r.value) for r in graph.results}
    assert {(r["node"], r["name"], r["reason"]) for r in rows("merges")} == {
        (m.node, m.name, m.reason) for m in graph.merges
    }


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_spark_extracts_only_what_is_new(spark: Any, built: Path, source: Path, tmp_path: Path) -> None:
    """A second build into the folder takes the records that are there, from Parquet too; overrides hold."""
    from kg.engines.spark import build

    shutil.copytree(built, tmp_path / "out")
    ruled = tmp_path / "mine.tsv"
    ruled.write_text("rule\tname\tvalue\nlabel\tImageNet\tThe ImageNet\n", encoding="utf-8")
    papers = [{"id": p.id, "title": p.title, "abstract": p.abstract} for p in kg.read(corpus.write(tmp_path / "x", 5))]
    spark.createDataFrame(papers, "id string, title string, abstract string").write.parquet(str(tmp_path / "n.parquet"))
    more = [source, tmp_path / "n.parquet", corpus.write(tmp_path / "more.jsonl", 2, seed=3)]
    report = build(more, tmp_path / "out", spark=spark, overrides=read_overrides(ruled))
    assert report.extracted == 2
    labels = {row["label"] for row in spark.read.parquet(str(tmp_path / "out" / "entities")).collect()}
    assert "The ImageNet" in labels
    (text,) = spark.read.text(str(tmp_path / "out" / "report")).collect()
    assert json.loads(text["value"])["skipped"]["by_reason"] == {"broken-json": 1, "duplicate": 6, "invalid-utf8": 1}


def test_spark_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PySpark, or without Java, the error says what to install."""
    from kg.engines import spark

    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(EngineError, match=r"mlkg\[spark\]"):
        spark.session()


def test_engines_keep_apart(tmp_path: Path, papers_file: Callable[..., Path]) -> None:
    """A folder of the local engine is not written to by Spark; an unknown engine and foreign options are told."""
    from kg.engines import spark

    pytest.importorskip("pyspark.sql", reason="PySpark is not installed (make test-spark)")
    source = papers_file(GOOD)
    kg.build_folder([source], tmp_path / "out")
    with pytest.raises(kg.StoreError, match="the local engine keeps this folder"):
        spark.build([source], tmp_path / "out")
    done = run("build", source, "-o", tmp_path / "new", "--engine", "sparc")
    assert (done.returncode, "Did you mean 'spark'?" in done.stderr) == (1, True)
    done = run("build", source, "-o", tmp_path / "new", "--engine", "spark", "-w", "2")
    assert (done.returncode, "options of the local engine" in done.stderr) == (1, True)
