"""The lists over a whole graph that are kept because counting takes too long to be done for each question.

Of a long list the head is kept, the rows of which there is most, so that all lists together stay small however large
the graph is. Who knows the counts of a graph is asked for plain rows: a graph in memory, a database, or a store.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

LONGEST = 500
"""Rows that are kept of a list."""
OF_A_YEAR, OF_A_RULE, OF_A_LEADERBOARD = 100, 200, 3
"""Names that are kept of a year, assertions of a rule, and of a leaderboard results that are equally good."""


class Counts(Protocol):
    """What is counted in a graph; entities, papers, results and assertions are node ids, and rows in any order."""

    def claims(self) -> Iterable[tuple[str, str, str, int, float]]:
        """Yield merged claims of entities: subject, relation, object, number of papers, best confidence.

        What a claim implies is a claim too. Claims of which the subject is a paper are left out.
        """

    def together(self) -> Iterable[tuple[str, str, int]]:
        """Yield pairs of methods that papers mention both, the lesser id first, and the number of papers."""

    def compared(self) -> Iterable[tuple[str, str, int]]:
        """Yield pairs that papers compare, in either direction, the lesser id first, and the number of papers."""

    def named(self) -> Iterable[tuple[str, str, int]]:
        """Yield years, entities that papers of the year mention, and the number of these papers."""

    def names(self) -> Iterable[tuple[str, int]]:
        """Yield entities and the number of keys that they are looked up by."""

    def values(self) -> Iterable[tuple[str, str, str, str, bool, str]]:
        """Yield absolute values by metric on data: dataset, metric, result, number, whether lower is better, date.

        The number is in canonical form; the date is that of the paper, or "".
        """

    def rules(self) -> Iterable[tuple[str, int, tuple[str, ...]]]:
        """Yield rules (as the last step of their IRI), how many assertions of any polarity each read, the surest."""

    def dated(self) -> Iterable[tuple[str, str]]:
        """Yield papers that have a date, and the date as precise as it is known."""

    def classes(self) -> Mapping[str, int]:
        """Return how many nodes of each class the default graph has."""

    def relations(self) -> Mapping[str, int]:
        """Return how many triples of each relation the default graph has."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One row of a list.

    `subject` and `object` are node ids, or "" where there is none; a class or a relation is named by its term.
    """

    kind: str
    count: int
    subject: str
    predicate: str = ""
    object: str = ""
    year: str = ""
    confidence: float = 0.0
    results: tuple[str, ...] = ()
    assertions: tuple[str, ...] = ()


class Head:
    """The first rows of a list by an order, found while it is read: never more than twice as many are held."""

    def __init__(self, size: int, key: Callable[[Any], Any]) -> None:
        self.size, self.key = size, key
        self._rows: list[Any] = []

    def add(self, row: Any) -> None:
        """Take a row, which may be dropped again."""
        self._rows.append(row)
        if len(self._rows) >= 2 * self.size:
            self._rows = self.rows()

    def rows(self) -> list[Any]:
        """Return the first rows in order."""
        return sorted(self._rows, key=self.key)[: self.size]


def head(rows: Iterable[Any], size: int = LONGEST) -> list[Any]:
    """Return the first rows of a list, by the number that ends a row, the greatest first, and then by the rest.

    >>> head([("a", 1), ("c", 2), ("b", 2)], 2)
    [('b', 2), ('c', 2)]
    """
    first = Head(size, lambda row: (-row[-1], row))
    for row in rows:
        first.add(row)
    return first.rows()


def tallies(counts: Counts) -> Iterator[Tally]:
    """Yield the rows of all lists."""
    surest = ((*claim, confidence, papers) for *claim, papers, confidence in counts.claims())
    for subject, relation, object_, confidence, papers in head(surest):
        yield Tally("claim", papers, subject, relation, object_, confidence=confidence)
    for first, second, papers in head(counts.together()):
        yield Tally("together", papers, first, object=second)
    yield from _compared(counts.compared())
    years: defaultdict[str, Head] = defaultdict(lambda: Head(OF_A_YEAR, lambda row: (-row[1], row)))
    for year, entity, papers in counts.named():
        years[year].add((entity, papers))
    for year, found in years.items():
        for entity, papers in found.rows():
            yield Tally("named", papers, entity, year=year)
    for entity, names in head(counts.names()):
        yield Tally("names", names, entity)
    yield from _leaderboards(counts.values())
    for rule, number, assertions in counts.rules():
        yield Tally("rule", number, rule, assertions=assertions)
    yield from _latest(counts.dated())
    for kind, numbers in (("class", counts.classes()), ("relation", counts.relations())):
        for name, number in numbers.items():
            yield Tally(kind, number, name)


def _compared(pairs: Iterable[tuple[str, str, int]]) -> Iterator[Tally]:
    """Yield the pairs that most papers compare, and the things that are compared with most others."""
    first, others = Head(LONGEST, lambda row: (-row[-1], row)), Counter[str]()
    for pair in pairs:
        first.add(pair)
        others.update(pair[:2])
    for one, other, papers in first.rows():
        yield Tally("compared", papers, one, object=other)
    for entity, number in head(others.items()):
        yield Tally("others", number, entity)


def _leaderboards(values: Iterable[tuple[str, str, str, str, bool, str]]) -> Iterator[Tally]:
    """Yield datasets and metrics of most values, each with its best results."""
    numbers = Counter[tuple[str, str]]()
    best: dict[tuple[str, str], tuple[Decimal, Head]] = {}
    for dataset, metric, result, value, lower, date in values:
        board, number = (dataset, metric), Decimal(value)
        numbers[board] += 1
        if lower:
            number = -number
        if board not in best or number > best[board][0]:
            # Undated papers come last.
            best[board] = (number, Head(OF_A_LEADERBOARD, lambda row: (not row[0], row)))
        if number == best[board][0]:
            best[board][1].add((date, result))
    for dataset, metric, number in head((*board, number) for board, number in numbers.items()):
        results = tuple(result for _, result in best[dataset, metric][1].rows())
        yield Tally("leaderboard", number, dataset, object=metric, results=results)


def _latest(dated: Iterable[tuple[str, str]]) -> Iterator[Tally]:
    """Yield the latest papers, with their places; a date that is only a year or a month may be its last day."""
    days: defaultdict[str, Head] = defaultdict(lambda: Head(LONGEST, lambda row: row))
    for paper, date in dated:
        days[date].add(paper)
    papers = (paper for date in sorted(days, key=lambda date: f"{date}~", reverse=True) for paper in days[date].rows())
    for place, paper in enumerate(islice(papers, LONGEST), 1):
        yield Tally("latest", place, paper)


def surest(read: Iterable[tuple[str, str, float]]) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Yield the number of assertions that each rule read, with the surest of them, from (rule, assertion, confidence).

    >>> list(surest([("r", "a", 0.5), ("r", "b", 0.9)]))
    [('r', 2, ('b', 'a'))]
    """
    numbers, first = Counter[str](), dict[str, Head]()
    for rule, assertion, confidence in read:
        numbers[rule] += 1
        first.setdefault(rule, Head(OF_A_RULE, lambda row: (-row[1], row))).add((assertion, confidence))
    for rule, number in numbers.items():
        yield rule, number, tuple(assertion for assertion, _ in first[rule].rows())
