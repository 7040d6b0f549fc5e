"""What a run did and how far it is: the report that `report.json` holds, and the steps that progress shows."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.engines.index import Index
    from kg.exporters.figures import Figures
    from kg.sources import Skipped

OnStep = Callable[[str, int, int], None]
"""Is told a step ("read", "extract", "link", "fold", "write"), how many papers are done, of how many (0: not known)."""


@dataclass
class Report:
    """What a run did; `report.json` is its dictionary."""

    papers: int = 0
    extracted: int = 0
    reused: int = 0
    workers: int = 1
    in_graph: int = 0
    written: bool = True
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
            "papers": {
                "read": self.papers,
                "extracted": self.extracted,
                "reused": self.reused,
                "in_graph": self.in_graph,
            },
            "workers": self.workers,
            "files_written": self.written,
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

    def count(self, figures: Figures, index: Index) -> None:
        """Take in what a graph holds."""
        self.in_graph, self.results = figures.papers, figures.results
        self.entities, self.claims = dict(figures.entities), dict(figures.claims)
        self.mentions = int(index.column("SELECT total(mentions) FROM paper")[0])
        self.merges = dict(index.ask("SELECT reason, count(*) FROM merge GROUP BY reason ORDER BY reason"))
        self.unused_overrides = tuple(json.loads(index.about()["unused"]))


class Clock:
    """A clock that tells the seconds since it was last asked."""

    def __init__(self) -> None:
        self.at = time.perf_counter()

    def lap(self) -> float:
        """Return the seconds since the last call."""
        now = time.perf_counter()
        passed, self.at = now - self.at, now
        return round(passed, 3)
