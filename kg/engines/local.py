"""Build a folder in this process: read, extract what is new, store, fold, write.

A record is stored as soon as a batch of papers is done, so a build that stops goes on where it was. The
folder's graph is that of the sources of the last build: papers that are gone from them are dropped.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import exporters
from kg.errors import SourceError
from kg.graph import KnowledgeGraph, fold
from kg.linking import NONE, Overrides
from kg.sources import Skipped, read
from kg.store import NAME, Store, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kg.model import Paper

_BATCH = 200


@dataclass
class Report:
    """What a build did; `report.json` is its dictionary."""

    papers: int = 0
    extracted: int = 0
    reused: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    entities: dict[str, int] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    results: int = 0
    mentions: int = 0
    merges: dict[str, int] = field(default_factory=dict)
    unused_overrides: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        by_reason = Counter(note.reason for note in self.skipped)
        return {
            "papers": {"read": self.papers, "extracted": self.extracted, "reused": self.reused},
            "skipped": {
                "count": len(self.skipped),
                "by_reason": dict(sorted(by_reason.items())),
                "records": [{"where": s.origin, "reason": s.reason, "message": s.message} for s in self.skipped],
            },
            "entities": self.entities,
            "claims": self.claims,
            "results": self.results,
            "linking": {
                "mentions": self.mentions,
                "nodes": sum(self.entities.values()),
                "merged_names": self.merges,
                "unused_overrides": list(self.unused_overrides),
            },
            "seconds": self.seconds,
        }


def build_folder(
    sources: Sequence[str | Path],
    folder: str | Path,
    *,
    strict: bool = False,
    format: str = "",
    overrides: Overrides = NONE,
    on_skip: Callable[[Skipped], None] | None = None,
    on_step: Callable[[str, int], None] | None = None,
) -> tuple[KnowledgeGraph, Report]:
    """Build the graph of some sources into a folder; return it with the report.

    `on_step(step, papers)` is told what goes on. Raises SourceError when no source gives a paper: then
    nothing is written.
    """
    report, out, clock, started = Report(), Path(folder), _Clock(), datetime.now(UTC)
    tell = on_step or (lambda _step, _count: None)

    def skip(note: Skipped) -> None:
        report.skipped.append(note)
        if on_skip:
            on_skip(note)

    papers = read(*sources, strict=strict, on_skip=skip, format=format)
    first = next(papers, None)
    if first is None:
        raise SourceError(
            f"No paper could be read, so nothing was built ({len(report.skipped)} skipped)."
            + (f" First: {report.skipped[0].message}" if report.skipped else "")
        )
    exporters.prepare(out)
    with opened(out / NAME) as store:
        read_ones = []
        for key in _read(chain([first], papers), store, report):
            read_ones.append(key)
            tell("read", len(read_ones))
        store.keep(read_ones)
        report.seconds["read and extract"] = clock.lap()
        tell("fold", len(read_ones))
        graph = fold(store.records(), overrides)
        report.seconds["fold"] = clock.lap()
    tell("write", len(graph.papers))
    exporters.write_overrides(overrides.text, out)
    exporters.write_formats(graph, out)
    report.seconds["write"] = clock.lap()
    _count(graph, report)
    exporters.write_report(report.as_dict(), out)
    exporters.write_run(graph, out, started=started)
    return graph, report


def _read(papers: Iterable[Paper], store: Store, report: Report) -> Iterator[tuple[str, str]]:
    """Bring the store up to date, and yield id and hash of contents of each paper that it then holds."""
    from kg.pipeline import extract, extractor  # noqa: PLC0415 - spaCy loads only where text is read

    version = extractor()
    stream = iter(papers)
    while batch := list(islice(stream, _BATCH)):
        new = [p for p in batch if not store.has(id=p.id, text_sha256=p.sha256, extractor=version)]
        fresh = list(extract(new))
        store.put(fresh)
        report.papers += len(batch)
        report.extracted += len(fresh)
        report.reused += len(batch) - len(fresh)
        yield from ((paper.id, paper.sha256) for paper in batch)


def _count(graph: KnowledgeGraph, report: Report) -> None:
    report.entities = dict(sorted(Counter(node.type for node in graph.nodes.values()).items()))
    report.claims = dict(sorted(Counter(edge.predicate for edge in graph.edges).items()))
    report.results = len(graph.results)
    report.mentions = sum(len(entity.mentions) for record in graph.records for entity in record.entities)
    report.merges = dict(sorted(Counter(merge.reason for merge in graph.merges).items()))
    report.unused_overrides = graph.unused_overrides


class _Clock:
    def __init__(self) -> None:
        self.at = time.perf_counter()

    def lap(self) -> float:
        """Return the seconds since the last call."""
        now = time.perf_counter()
        passed, self.at = now - self.at, now
        return round(passed, 3)
