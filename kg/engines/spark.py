"""Build a graph on Apache Spark: the same map and the same fold, over tables that no machine has to hold whole.

Records never come whole to the driver. What comes is what linking decides over: of each paper title and names of
entities, and the abstract only where two records may be of one paper. Everything else is DataFrames: papers,
records, assertions, claims, results and N-Quads, whose sorted shards one after another are the graph.nq of a local
build.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.engines.report import Clock, Report
from kg.errors import EngineError, SourceError, StoreError
from kg.folding import resolved
from kg.graph import paper_merges
from kg.linking import NONE, Names, Overrides
from kg.linking import papers as papers_of
from kg.model import Record
from kg.store import NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from kg.linking import RecordedPaper
    from kg.model import NameMerge, Node

TABLES = ("papers", "entities", "assertions", "claims", "results", "merges", "quads")
_KEYS = ["id", "text_sha256", "extractor"]


def session() -> SparkSession:
    """Return the session that spark-submit configures, or one on this machine; EngineError says what is missing."""
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - the extra `spark`
    except ImportError as error:
        raise EngineError(f'PySpark is not installed ({error}). Install it: pip install "mlkg[spark]"') from None
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise EngineError("Spark needs Java 17 or newer, and there is no java here. Install it, or set JAVA_HOME.")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    found: SparkSession = SparkSession.builder.appName("mlkg").getOrCreate()
    return found


def build(
    sources: Sequence[str | Path],
    folder: str | Path,
    *,
    format: str = "",
    overrides: Overrides = NONE,
    spark: SparkSession | None = None,
    shards: int = 0,
) -> Report:
    """Build the graph of some sources into Parquet tables and N-Quads shards; all paths are such that Spark knows.

    Sources are JSON lines, or Parquet (by suffix, or with `format`) with columns as the keys of JSON lines. Records
    that are in the folder already are not extracted again. Which records are of one paper is decided as everywhere.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415 - the extra `spark`

    if (Path(folder) / NAME).exists():
        raise StoreError(f"{folder}: the local engine keeps this folder. Choose another one for tables.")
    spark, report, clock, out = spark or session(), Report(), Clock(), str(folder).rstrip("/")
    papers = _papers(spark, sources, format).persist()
    report.papers = papers.filter("reason = ''").count()
    skipped = {row["reason"]: row["count"] for row in papers.filter("reason != ''").groupBy("reason").count().collect()}
    report.seconds["read"] = clock.lap()
    if not report.papers:
        raise SourceError(f"No paper could be read, so nothing was built ({sum(skipped.values())} skipped).")
    records = _records(spark, papers, out, report)
    report.seconds["extract"] = clock.lap()
    from kg.engines import shared  # noqa: PLC0415 - needs pyarrow

    recorded = papers_of(_named(records.mapInArrow(shared.naming, shared.NAMED)))
    names = Names(recorded, overrides)
    nodes = names.nodes()
    rows = list(_resolved(recorded, names, nodes))
    standing = spark.createDataFrame(rows, "id string, text_sha256 string, names string")
    types = spark.sparkContext.broadcast({node.id: node.type for node in nodes.values()})
    families = spark.sparkContext.broadcast({n: family for n in nodes if (family := names.family(n))})

    def fold(batches: Any) -> Any:
        from kg.engines.shared import folding  # noqa: PLC0415 - on the executor

        return folding(types.value, families.value)(batches)

    folded = records.join(standing, ["id", "text_sha256"]).select("json", "names").mapInArrow(fold, shared.FOLDED)
    folded = folded.persist()
    report.seconds["link"] = clock.lap()
    merges = (*names.merges(), *(merge for each in recorded for merge in paper_merges(each)))
    _write_tables(spark, folded, merges, nodes, out)
    lines = folded.filter("kind = 'quad'").select(f.col("json").alias("value"))
    _write_quads(spark, lines, nodes, out, shards)
    report.seconds["fold and write"] = clock.lap()
    _count(report, folded, names, nodes)
    if failed := report.papers - records.count():
        skipped["extraction-failed"] = failed
    text = json.dumps({**report.as_dict(), "skipped": {"count": sum(skipped.values()), "by_reason": skipped}})
    spark.createDataFrame([(text,)], "value string").coalesce(1).write.mode("overwrite").text(f"{out}/report")
    for frame in (papers, folded):
        frame.unpersist()
    return report


def _papers(spark: SparkSession, sources: Sequence[str | Path], format: str) -> DataFrame:
    """Return the papers of all sources, each once, and a row with a reason for each line that gives none."""
    from pyspark.sql import Window  # noqa: PLC0415 - the extra `spark`
    from pyspark.sql import functions as f  # noqa: PLC0415

    from kg.engines import shared  # noqa: PLC0415 - needs pyarrow

    parts: list[DataFrame] = []
    for source in map(str, sources):
        if (format or ("parquet" if source.rstrip("/").endswith(".parquet") else "jsonl")) == "parquet":
            parts.append(spark.read.parquet(source).mapInArrow(shared.checked, shared.PAPERS))
        else:
            # As bytes: text that is no UTF-8 must be noticed, not mended.
            lines = spark.read.text(source).select(f.col("value").cast("binary"), f.input_file_name().alias("file"))
            parts.append(lines.mapInArrow(shared.parsed, shared.PAPERS))
    found = parts[0]
    for part in parts[1:]:
        found = found.unionByName(part)
    bad, good = found.filter("reason != ''"), found.filter("reason = ''")
    same = Window.partitionBy("id", "text_sha256").orderBy("paper")
    ranked = good.withColumn("place", f.row_number().over(same))
    repeated = ranked.filter("place > 1").drop("place").withColumn("reason", f.lit("duplicate"))
    known = f.first("title_key").over(Window.partitionBy("id").orderBy("text_sha256"))
    titled = ranked.filter("place = 1").drop("place").withColumn("known", known)
    contrary = titled.filter("title_key != known").drop("known").withColumn("reason", f.lit("conflict"))
    good, bad = titled.filter("title_key = known").drop("known"), bad.unionByName(repeated).unionByName(contrary)
    return good.unionByName(bad)


def _records(spark: SparkSession, papers: DataFrame, out: str, report: Report) -> DataFrame:
    """Return the records of all papers, after extracting those that the folder does not hold yet."""
    from pyspark.errors import AnalysisException  # noqa: PLC0415 - the extra `spark`
    from pyspark.sql import functions as f  # noqa: PLC0415

    from kg.engines import shared  # noqa: PLC0415 - needs pyarrow
    from kg.pipeline import extractor  # noqa: PLC0415 - spaCy loads only where text is read

    wanted = papers.filter("reason = ''").select("id", "text_sha256", "paper")
    wanted = wanted.withColumn("extractor", f.lit(extractor()))
    try:
        known = spark.read.parquet(f"{out}/records").filter("json != ''")
        new = wanted.join(known.select(_KEYS), _KEYS, "left_anti")
    except AnalysisException:
        new = wanted
    report.extracted = new.count()
    report.reused = report.papers - report.extracted
    # Extraction costs far more than a row does: as many tasks as there are cores, and small batches.
    new = new.select("id", "text_sha256", "paper").repartition(4 * spark.sparkContext.defaultParallelism)
    new.mapInArrow(shared.extracted, shared.RECORDS).write.mode("append").parquet(f"{out}/records")
    good = spark.read.parquet(f"{out}/records").filter("json != ''").dropDuplicates(_KEYS)
    return good.join(wanted.select(_KEYS), _KEYS, "left_semi")


def _named(named: DataFrame) -> list[Record]:
    """Return what linking needs of each record; abstracts only where two records may be of one paper."""
    from pyspark.sql import Window  # noqa: PLC0415 - the extra `spark`
    from pyspark.sql import functions as f  # noqa: PLC0415

    shared = f.lit(False)
    for key in ("title_key", "arxiv", "doi"):
        several = f.count("*").over(Window.partitionBy(key)) > 1
        shared = shared | ((f.col(key) != "") & several)
    slim = named.select("json", f.when(shared, f.col("abstract")).otherwise("").alias("abstract"))
    return [Record.from_dict({**json.loads(text), "abstract": abstract}) for text, abstract in slim.toLocalIterator()]


def _resolved(recorded: Sequence[RecordedPaper], names: Names, nodes: dict[str, Node]) -> Iterator[tuple[str, ...]]:
    """Yield of each paper the record that stands for it, and the nodes of its names."""
    for paper in recorded:
        found = resolved(paper, names, nodes)
        plain = {
            "id": paper.id,
            "sources": [astuple(source) for source in paper.sources],
            "arxiv": paper.arxiv,
            "doi": paper.doi,
            "ids": sorted((name, node) for (_, name), node in found.ids.items()),
            "variants": sorted((family, form, node) for (family, form), node in found.variants.items()),
        }
        yield paper.record.id, paper.record.text_sha256, json.dumps(plain, ensure_ascii=False)


def _write_tables(
    spark: SparkSession, folded: DataFrame, merges: Iterable[NameMerge], nodes: dict[str, Node], out: str
) -> None:
    from pyspark.sql import functions as f  # noqa: PLC0415 - the extra `spark`

    text, texts, number = "string", "array<string>", "double"
    evidence = "struct<field: string, start: int, end: int, rule: string, spans: array<array<int>>>"
    said = f"id {text}, paper {text}, subject {text}"
    shapes = {
        "papers": ("paper", f"id {text}, source_id {text}, title {text}, abstract {text}, date {text}, url {text}, "
                   f"authors {texts}, extractor {text}, arxiv {text}, doi {text}"),
        "assertions": ("assertion", f"{said}, predicate {text}, object {text}, polarity {text}, confidence {number}, "
                       f"evidence array<{evidence}>"),
        "results": ("result", f"{said}, target {text}, metric {text}, baseline {text}, value {text}, "
                    f"unit {text}, kind {text}, "
                    f"confidence {number}, evidence {evidence}"),
    }  # fmt: skip
    for table, (kind, shape) in shapes.items():
        rows = folded.filter(f.col("kind") == kind).select(f.from_json("json", shape).alias("row")).select("row.*")
        rows.write.mode("overwrite").parquet(f"{out}/{table}")
    each = folded.filter("kind = 'claim'").select("paper", f.from_json("json", "array<string>").alias("c"))
    claims = each.groupBy(
        f.col("c")[0].alias("subject"), f.col("c")[1].alias("predicate"), f.col("c")[2].alias("object")
    ).agg(
        f.sort_array(f.collect_set("paper")).alias("papers"),
        f.max(f.col("c")[3].cast("double")).alias("confidence"),
    )
    claims.write.mode("overwrite").parquet(f"{out}/claims")
    entities = [
        (n.id, n.type, n.label, list(n.aliases), list(n.papers), list(n.introduced_by), n.confidence, n.variant_of)
        for n in nodes.values()
    ]
    shape = f"id {text}, type {text}, label {text}, aliases {texts}, papers {texts}, introduced_by {texts}, " + (
        f"confidence {number}, variant_of {text}"
    )
    spark.createDataFrame(entities, shape).write.mode("overwrite").parquet(f"{out}/entities")
    why = [(m.node, m.name, m.type, m.reason, m.evidence, list(m.papers)) for m in sorted(merges)]
    shape = f"node {text}, name {text}, type {text}, reason {text}, evidence {text}, papers {texts}"
    spark.createDataFrame(why, shape).write.mode("overwrite").parquet(f"{out}/merges")


def _write_quads(spark: SparkSession, lines: DataFrame, nodes: dict[str, Node], out: str, shards: int) -> None:
    """Write all quads once, sorted over all shards."""
    from kg.views.shards import of_entities  # noqa: PLC0415 - only this step writes RDF

    about = spark.createDataFrame([(line.decode(),) for line in of_entities(nodes.values())], "value string")
    whole = lines.unionByName(about).distinct()
    parts = shards or max(1, lines.rdd.getNumPartitions())
    whole.repartitionByRange(parts, "value").sortWithinPartitions("value").write.mode("overwrite").text(f"{out}/quads")


def _count(report: Report, folded: DataFrame, names: Names, nodes: dict[str, Node]) -> None:
    types = [node.type for node in nodes.values()]
    report.entities = {name: types.count(name) for name in sorted(set(types))}
    report.results = folded.filter("kind = 'result'").count()
    report.unused_overrides = names.unused()
