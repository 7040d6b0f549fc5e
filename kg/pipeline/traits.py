"""What the candidates of a sentence share: its place in the abstract, who speaks in it, and what it holds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kg import rules

if TYPE_CHECKING:
    from kg.pipeline.state import State

_DIGITS = frozenset("0123456789")
_PLACED = 3
"""Sentences that an abstract has at least."""


class Sentence(NamedTuple):
    """What the features of all candidates of a sentence share.

    `presents` and `speaks` are where its first verb of presentation and its first "we" or "our" stand.
    """

    traits: tuple[str, ...]
    presents: int
    speaks: int


class _Classes(NamedTuple):
    """The word classes that sentences are asked for."""

    author: frozenset[str]
    introduce: frozenset[str]
    score: frozenset[str]
    pronoun: frozenset[str]


@cache
def _classes() -> _Classes:
    words = rules.words()
    return _Classes(words["author"], words["cue.introduce"], words["cue.score"], words["pronoun.author"])


def sentences(paper: State) -> list[Sentence]:
    """Return the shared part of every sentence's features, worked out once a paper."""
    if not paper.sentence_traits:
        paper.sentence_traits.extend(_sentence(paper, number) for number in range(len(paper.sentences)))
    return paper.sentence_traits


def _sentence(paper: State, number: int) -> Sentence:
    classes = _classes()
    start, end = paper.sentences[number]
    inside = paper.lower[start:end]
    distinct = set(inside)
    authors = not distinct.isdisjoint(classes.author)
    traits = _places(paper, number, authors=authors)
    presents = _first(inside, distinct, classes.introduce, start, end)
    if authors:
        traits.append("authors")
        if presents < end:
            traits.append("authors-present")
    if not _DIGITS.isdisjoint([word[0] for word in distinct]):
        traits.append("numbers")
    if not distinct.isdisjoint(classes.score):
        traits.append("scores")
    return Sentence(tuple(traits), presents, _first(inside, distinct, classes.pronoun, start, end))


def _places(paper: State, number: int, *, authors: bool) -> list[str]:
    """Return where in the abstract a sentence stands; in a snippet of a sentence or two, places mean nothing."""
    first = paper.sentence_of[paper.body] if paper.body < len(paper.lower) else 0
    if len(paper.sentences) - first < _PLACED:
        return []
    place = "first" if number == first else "second" if number == first + 1 else "middle"
    if number == len(paper.sentences) - 1 and number > first:
        place = "last"
    return list(dict.fromkeys((f"place={place}", f"place={place}{'+authors' if authors else ''}")))


def _first(inside: list[str], distinct: set[str], wanted: frozenset[str], start: int, otherwise: int) -> int:
    """Return where the first wanted word of a sentence stands; few sentences have one, and a set tells which."""
    if distinct.isdisjoint(wanted):
        return otherwise
    return next(start + i for i, word in enumerate(inside) if word in wanted)
