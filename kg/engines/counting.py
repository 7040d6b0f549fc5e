"""The counts of an index, for the summary of its graph: what each paper adds, and what all of them come to."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations, groupby
from typing import TYPE_CHECKING, NamedTuple

from kg import ontology
from kg.views.counts import OfGraph
from kg.views.tallies import OF_A_RULE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.engines.index import Index
    from kg.graph import KnowledgeGraph

_CLAIMS = """
SELECT subject, predicate, object, count(*), max(confidence) FROM claim
WHERE subject NOT BETWEEN 'paper/' AND 'paper0' GROUP BY subject, predicate, object
"""
_COMPARED = """
SELECT min(subject, object) AS one, max(subject, object) AS other, count(DISTINCT paper) FROM claim
WHERE predicate = ? GROUP BY one, other
"""
_METHODS = """
SELECT subject, object FROM claim
WHERE subject BETWEEN 'paper/' AND 'paper0' AND predicate = ? AND object BETWEEN 'method/' AND 'method0'
ORDER BY subject
"""
_NAMED = """
SELECT substr(date, 1, 4), object, count(*) FROM claim JOIN paper ON number = paper
WHERE subject BETWEEN 'paper/' AND 'paper0' AND predicate = ? AND date != '' GROUP BY 1, 2
"""


class Counted(NamedTuple):
    """What a paper adds to the counts: its date, assertions that rules read, and values that leaderboards show."""

    paper: int
    date: str
    read: list[tuple[str, str, float]]
    values: list[tuple[str, str, str, str]]

    @classmethod
    def of(cls, number: int, graph: KnowledgeGraph) -> Counted:
        """Count in the graph of one paper."""
        counts = OfGraph(graph)
        date = "".join(date for _, date in counts.dated())
        return cls(number, date, list(counts.read()), [row[:4] for row in counts.values()])


def put(index: Index, counted: Iterable[Counted]) -> None:
    """Take down what papers add."""
    for paper in counted:
        index.ask("UPDATE paper SET date = ? WHERE number = ?", (paper.date, paper.paper))
        index.put("read", ((paper.paper, *row) for row in paper.read))
        index.put("value", ((paper.paper, *row) for row in paper.values))


def drop(index: Index, papers: Iterable[int]) -> None:
    """Forget what papers add."""
    for number in papers:
        index.ask("DELETE FROM read WHERE paper = ?", (number,))
        index.ask("DELETE FROM value WHERE paper = ?", (number,))


class OfIndex:
    """Count in an index (`kg.views.tallies.Counts`)."""

    def __init__(self, index: Index) -> None:
        self.index, self.terms = index, ontology.load().terms

    def claims(self) -> Iterator[tuple[str, str, str, int, float]]:
        """Yield merged claims of entities, those that others imply included."""
        yield from self.index.ask(_CLAIMS)

    def together(self) -> Iterator[tuple[str, str, int]]:
        """Yield pairs of methods that papers mention both."""
        rows = self.index.ask(_METHODS, (self.terms.mentions,))
        pairs: Counter[tuple[str, str]] = Counter()
        for _, found in groupby(rows, lambda row: row[0]):
            pairs.update(combinations(sorted(method for _, method in found), 2))
        yield from ((*pair, papers) for pair, papers in pairs.items())

    def compared(self) -> Iterator[tuple[str, str, int]]:
        """Yield pairs that papers compare."""
        yield from self.index.ask(_COMPARED, (self.terms.comparedWith,))

    def named(self) -> Iterator[tuple[str, str, int]]:
        """Yield what papers of a year mention."""
        yield from self.index.ask(_NAMED, (self.terms.mentions,))

    def names(self) -> Iterator[tuple[str, int]]:
        """Yield the number of names of each entity."""
        yield from self.index.ask("SELECT id, names FROM node")

    def values(self) -> Iterator[tuple[str, str, str, str, bool, str]]:
        """Yield what a leaderboard can show."""
        lower = set(self.index.column("SELECT id FROM node WHERE better = 'lower'"))
        query = "SELECT dataset, metric, result, value.number, date FROM value JOIN paper ON paper.number = paper"
        for dataset, metric, result, number, date in self.index.ask(query):
            yield dataset, metric, result, number, metric in lower, date

    def rules(self) -> Iterator[tuple[str, int, tuple[str, ...]]]:
        """Yield how much each rule read, and what it is surest of."""
        first = "SELECT assertion FROM read WHERE rule = ? ORDER BY confidence DESC, assertion LIMIT ?"
        for rule, number in self.index.ask("SELECT rule, count(*) FROM read GROUP BY rule").fetchall():
            yield rule, number, tuple(self.index.column(first, (rule, OF_A_RULE)))

    def dated(self) -> Iterator[tuple[str, str]]:
        """Yield papers that have a date."""
        for standing, date in self.index.ask("SELECT standing, date FROM paper WHERE date != '' AND standing != ''"):
            yield json.loads(standing)[0], date

    def classes(self) -> dict[str, int]:
        """Return how many nodes there are of each class."""
        return {name.removeprefix(ontology.NS): count for name, count in self.index.tally("class").items()}

    def relations(self) -> dict[str, int]:
        """Return how many triples there are of each relation."""
        known = ontology.load().relations
        found = ((name.removeprefix(ontology.NS), count) for name, count in self.index.tally("property").items())
        return {name: count for name, count in found if name in known}
