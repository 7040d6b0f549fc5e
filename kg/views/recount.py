"""The counts of a store, by queries: for a graph that comes without a summary, and to check one.

This is slow in a large graph (minutes for 100,000 papers), which is why summaries are kept.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import iri, ontology
from kg.views.tallies import surest
from kg.views.vocabulary import prefixes, term

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyoxigraph as ox


class OfStore:
    """Count in a store (`kg.views.tallies.Counts`), each list by the query of its name in kg/data/counts."""

    def __init__(self, store: ox.Store, *, base: str = iri.BASE) -> None:
        self.store, self.base, self.known = store, base, ontology.load()

    def claims(self) -> Iterator[tuple[str, str, str, int, float]]:
        """Yield merged claims of entities, those that others imply included."""
        for subject, relation, object_, papers, best in self._rows("claims"):
            yield self._id(subject), _term(relation), self._id(object_), int(papers), float(best)

    def together(self) -> Iterator[tuple[str, str, int]]:
        """Yield pairs of methods that papers mention both."""
        yield from self._pairs("together")

    def compared(self) -> Iterator[tuple[str, str, int]]:
        """Yield pairs that papers compare."""
        yield from self._pairs("compared")

    def named(self) -> Iterator[tuple[str, str, int]]:
        """Yield what papers of a year mention."""
        for year, entity, papers in self._rows("named"):
            yield year, self._id(entity), int(papers)

    def names(self) -> Iterator[tuple[str, int]]:
        """Yield the number of names of each entity."""
        for entity, names in self._rows("names"):
            yield self._id(entity), int(names)

    def values(self) -> Iterator[tuple[str, str, str, str, bool, str]]:
        """Yield what a leaderboard can show."""
        for dataset, metric, result, value, lower, date in self._rows("values"):
            yield self._id(dataset), self._id(metric), self._id(result), value, lower == "true", date

    def read(self) -> Iterator[tuple[str, str, float]]:
        """Yield what each rule read."""
        for rule, assertion, confidence in self._rows("read"):
            yield rule.removeprefix(f"{self.base}{self.known.terms.rule}/"), self._id(assertion), float(confidence)

    def rules(self) -> Iterator[tuple[str, int, tuple[str, ...]]]:
        """Yield how much each rule read, and what it is surest of."""
        yield from surest(self.read())

    def dated(self) -> Iterator[tuple[str, str]]:
        """Yield papers that have a date."""
        for paper, date in self._rows("dated"):
            yield self._id(paper), date

    def classes(self) -> dict[str, int]:
        """Return how many nodes there are of each class."""
        return {_term(name): int(number) for name, number in self._rows("classes")}

    def relations(self) -> dict[str, int]:
        """Return how many triples there are of each relation."""
        return {_term(name): int(number) for name, number in self._rows("relations")}

    def _pairs(self, query: str) -> Iterator[tuple[str, str, int]]:
        for first, second, papers in self._rows(query):
            yield self._id(first), self._id(second), int(papers)

    def _id(self, address: str) -> str:
        return address.removeprefix(self.base)

    def _rows(self, query: str) -> Iterator[list[str]]:
        text = (Path(str(files("kg"))) / "data" / "counts" / f"{query}.rq").read_text(encoding="utf-8")
        # As in checks, what implies what is not repeated in a query.
        implied = " ".join(
            f"({term(name)} {term(up)})" for name in self.known.relations for up in self.known.closure(name)
        )
        found: Any = self.store.query(
            text.replace("VALUES (?narrow ?relation) {}", f"VALUES (?narrow ?relation) {{ {implied} }}"),
            prefixes=prefixes(base=self.base),
        )
        for row in found:
            yield ["" if value is None else value.value for value in row]


def _term(address: str) -> str:
    return address.removeprefix(ontology.NS)
