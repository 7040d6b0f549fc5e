"""What the machines of a cluster do, on batches of Arrow: parse, extract, name, fold. No Spark in it.

Each function takes batches and yields batches, as `DataFrame.mapInArrow` asks. Values are plain strings and numbers.
"""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kg import iri
from kg.folding import Resolved, fold_paper, named
from kg.linking import RecordedPaper
from kg.linking.papers import title_key
from kg.model import Paper, PaperSource, Record
from kg.sources.base import Skipped, make_paper, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kg.graph import KnowledgeGraph

PAPERS = "id string, text_sha256 string, title_key string, paper string, reason string, message string"
RECORDS = "id string, text_sha256 string, extractor string, json string, failure string"
NAMED = "title_key string, arxiv string, doi string, json string, abstract string"
FOLDED = "kind string, paper string, json string"
_COLUMNS = ("id", "title", "abstract", "date", "url", "authors", "doi")


def parsed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Turn lines of JSON (`value`, bytes; `file`) into papers, or into the reason why a line gives none."""
    for rows in _rows(batches):
        yield _batch(PAPERS, [_paper_row(_parsed(row["value"], row["file"])) for row in rows if row["value"].strip()])


def checked(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Turn rows of a table of papers into papers, or into the reason why a row gives none."""
    for rows in _rows(batches):
        found = ({name: row.get(name) for name in _COLUMNS if row.get(name) is not None} for row in rows)
        yield _batch(PAPERS, [_paper_row(make_paper(row, "table")) for row in found])


def extracted(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Turn papers into records, or into the reason why extraction failed on one."""
    from kg.engines.worker import work  # noqa: PLC0415 - spaCy loads only where text is read

    for rows in _rows(batches):
        papers = [Paper(**{**paper, "authors": tuple(paper["authors"])}) for paper in _jsons(rows, "paper")]
        found, failures = work(papers)
        yield _batch(
            RECORDS,
            [(*row, "") for row in found] + [(id_, sha, "", "", message) for id_, sha, _, message in failures],
        )


def naming(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Turn records into what linking needs of them."""
    for rows in _rows(batches):
        yield _batch(NAMED, [_named(Record.from_dict(row)) for row in _jsons(rows, "json")])


def _named(record: Record) -> tuple[str, ...]:
    arxiv = iri.arxiv_number(record.id, url=record.url) or iri.arxiv_number(record.doi)
    doi = next(filter(None, map(iri.doi, (record.doi, record.id, record.url))), "")
    return title_key(record.title), arxiv, doi, named(record).to_json(), record.abstract


def folding(
    types: dict[str, str], families: dict[str, str]
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what turns records, each beside the nodes of its names, into assertions, results, claims and N-Quads."""

    def fold(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for rows in _rows(batches):
            yield _batch(FOLDED, [line for row in rows for line in _folded(row, types, families)])

    return fold


def _folded(row: dict[str, Any], types: dict[str, str], families: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    from dataclasses import asdict  # noqa: PLC0415

    from kg.views import shards  # noqa: PLC0415 - only executors write RDF
    from kg.views.evidence import fired  # noqa: PLC0415

    record, names = Record.from_dict(json.loads(row["json"])), json.loads(row["names"])
    paper = names["id"]
    sources = tuple(PaperSource(*source) for source in names["sources"])
    recorded = RecordedPaper(paper, record, sources, names["arxiv"], names["doi"])
    resolved = Resolved(
        {(paper, name): node for name, node in names["ids"]},
        types,
        {(family, form): node for family, form, node in names["variants"]},
        families,
    )
    graph: KnowledgeGraph = fold_paper(recorded, resolved)
    plain = {"ensure_ascii": False, "sort_keys": True}
    for node in graph.papers.values():
        yield "paper", paper, json.dumps(asdict(node), **plain)  # type: ignore[arg-type]
    for assertion in graph.assertions:
        yield "assertion", paper, json.dumps(asdict(assertion), **plain)  # type: ignore[arg-type]
    for result in graph.results:
        yield "result", paper, json.dumps(asdict(result), **plain)  # type: ignore[arg-type]
    for edge in graph.edges:
        claim = (edge.subject, edge.predicate, edge.object, edge.confidence)
        yield "claim", paper, json.dumps(claim, ensure_ascii=False)
    for lines in (*shards.of_paper(graph), shards.of_runs(fired(graph))):
        for line in lines:
            yield "quad", paper, line.decode()


def _parsed(raw: bytes, file: str) -> Paper | Skipped:
    try:
        if b"\0" in raw:
            return skipped(file, "nul-character", "a line holds a NUL character.")
        row = json.loads(raw.decode().removeprefix("\ufeff"), strict=False)
    except UnicodeDecodeError as error:
        return skipped(file, "invalid-utf8", f"a line is not UTF-8: {error.reason}.")
    except (ValueError, RecursionError) as error:
        return skipped(file, "broken-json", f"a line is broken JSON: {error}.")
    return make_paper(row, file) if isinstance(row, dict) else skipped(file, "not-an-object", "a line is no object.")


def _paper_row(found: Paper | Skipped) -> tuple[str, ...]:
    if isinstance(found, Skipped):
        return ("", "", "", "", found.reason, found.message)
    # A number of arXiv or a DOI may stand for two titles; an id of a source's own may not.
    title = unicodedata.normalize("NFKC", found.title).casefold().split()
    key = "" if iri.arxiv_number(found.id) or iri.doi(found.id) else " ".join(title)
    plain = {name: getattr(found, name) for name in Paper.__dataclass_fields__}
    return (found.id, found.sha256, key, json.dumps(plain, ensure_ascii=False), "", "")


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[list[dict[str, Any]]]:
    for batch in batches:
        yield batch.to_pylist()


def _jsons(rows: Iterable[dict[str, Any]], column: str) -> Iterator[dict[str, Any]]:
    return (json.loads(row[column]) for row in rows)


def _batch(schema: str, rows: Sequence[tuple[str, ...]]) -> pa.RecordBatch:
    names = [column.split()[0] for column in schema.split(", ")]
    columns = [pa.array([row[i] for row in rows], type=pa.string()) for i in range(len(names))]
    return pa.RecordBatch.from_arrays(columns, names=names)
