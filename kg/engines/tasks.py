"""What workers do besides extracting: say what records name, and fold papers into lines; on plain values.

Each task reads the folder's databases by itself, so that little passes between processes.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.engines.counting import Counted
from kg.engines.index import Index, NamedPaper, Standing
from kg.folding import Meaning, Resolved, fold_paper
from kg.linking import RecordedPaper
from kg.linking.reach import Spelling, paper_keys
from kg.store import opened
from kg.views import shards
from kg.views.evidence import fired

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kg.store import Store

ClaimRow = tuple[int, str, str, str, float]
"""A claim of one paper: its number, subject, predicate, object, confidence."""


def names(request: dict[str, Any]) -> list[NamedPaper]:
    """Return what the records of some papers say of their identity and names."""
    with opened(Path(request["store"])) as store:
        return [_named(store, number, key) for number, *key in request["papers"]]


def _named(store: Store, number: int, key: Sequence[str]) -> NamedPaper:
    record = store.record(*key)
    namings = [
        (json.dumps(Spelling.of(entity), ensure_ascii=False), entity.confidence, entity.introduced)
        for entity in record.entities
    ]
    mentions = sum(len(entity.mentions) for entity in record.entities)
    about = (record.title, record.url, record.date, record.doi)
    return NamedPaper(number, mentions, sorted(paper_keys(record)), *about, namings)


@dataclass
class Folded:
    """What papers say together: lines of both kinds of graph, claims, counts, and the rules that fired."""

    claimed: list[bytes] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    claims: list[ClaimRow] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    fired: Counter[tuple[str, str]] = field(default_factory=Counter)


def fold(store: Store, index: Index, numbers: Iterable[int]) -> Folded:
    """Return what some papers of an index say."""
    out = Folded()
    for number, paper, meanings in _recorded(store, index, numbers):
        graph = fold_paper(paper, Resolved.of(paper.id, meanings))
        found = shards.of_paper(graph)
        out.claimed += found.claimed
        out.said += found.said
        out.claims += [(number, e.subject, e.predicate, e.object, e.confidence) for e in graph.edges]
        out.counted.append(Counted.of(number, graph))
        out.fired.update((extractor, rule) for extractor, rules in fired(graph).items() for rule in rules)
    return out


def _recorded(
    store: Store, index: Index, numbers: Iterable[int]
) -> Iterator[tuple[int, RecordedPaper, dict[str, Meaning]]]:
    for number in numbers:
        *key, text = index.ask(
            "SELECT id, text_sha256, extractor, standing FROM paper WHERE number = ?", (number,)
        ).fetchone()
        standing = Standing.from_json(text)
        rows = index.ask(
            "SELECT json, said FROM naming JOIN spelling ON number = spelling WHERE paper = ? ORDER BY naming.rowid",
            (number,),
        )
        meanings = {json.loads(spelling)[1]: Meaning.from_text(said) for spelling, said in rows}
        paper = RecordedPaper(standing.id, store.record(*key), standing.sources, standing.arxiv, standing.doi)
        yield number, paper, meanings


def lines(request: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Fold some papers into files beside each other: their lines, sorted, of both kinds, claims and counts.

    Returned is in how many papers each rule of an extractor fired.
    """
    with opened(Path(request["store"])) as store, Index.opened(Path(request["index"])) as index:
        found = fold(store, index, request["papers"])
    for kind, some in (("claimed", set(found.claimed)), ("said", found.said)):
        with Path(f"{request['run']}.{kind}").open("wb") as file:
            file.writelines(line + b"\n" for line in sorted(some))
    with Path(f"{request['run']}.claims").open("w", encoding="utf-8") as rows:
        rows.writelines(json.dumps(row) + "\n" for row in found.claims)
    with Path(f"{request['run']}.counted").open("w", encoding="utf-8") as rows:
        rows.writelines(json.dumps(row) + "\n" for row in found.counted)
    return [(*key, count) for key, count in found.fired.items()]


def claims(request: dict[str, Any]) -> dict[str, Any]:
    """Write Turtle and JSON-LD of a file of sorted lines; return what was counted, the hashes of objects in a file."""
    from kg.exporters import claimed  # noqa: PLC0415 - only this task writes them

    with Path(request["lines"]).open("rb") as file:
        census = claimed.write(
            (line.rstrip(b"\n") for line in file), Path(request["folder"]), (request["turtle"], request["jsonld"])
        )
    hashes = Path(f"{request['lines']}.objects")
    hashes.write_bytes(census.objects.tobytes())
    counts = {"properties": census.properties, "classes": census.classes, "subjects": census.subjects}
    return {**counts, "objects": str(hashes)}
