"""What the candidates of a sentence share: its place in the abstract, who speaks in it, and what it holds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kg import rules
from kg.pipeline.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.pipeline.state import State

_DIGITS = frozenset("0123456789")
_PLACED = 3
"""Sentences that an abstract has at least."""
_AUTHOR, _INTRODUCE, _SCORE, _PRONOUN = "author", "cue.introduce", "cue.score", "pronoun.author"
_NUMBER = "number"
_NONE: frozenset[str] = frozenset()


class Sentence(NamedTuple):
    """What the features of all candidates of a sentence share.

    `presents` and `speaks` are where its first verb of presentation and its first "we" or "our" stand.
    """

    traits: tuple[str, ...]
    presents: int
    speaks: int


def sentences(paper: State) -> list[Sentence]:
    """Return the shared part of every sentence's features, worked out once a paper."""
    if not paper.sentence_traits:
        # One look at each token says of what classes it is; few are of any.
        marked: list[list[tuple[int, frozenset[str]]]] = [[] for _ in paper.sentences]
        for i, kinds in enumerate(map(_KINDS.__getitem__, paper.lower)):
            if kinds:
                marked[paper.sentence_of[i]].append((i, kinds))
        paper.sentence_traits = [_sentence(paper, number, found) for number, found in enumerate(marked)]
    return paper.sentence_traits


def _sentence(paper: State, number: int, marked: list[tuple[int, frozenset[str]]]) -> Sentence:
    """Return what a sentence says by its marked tokens."""
    end = paper.sentences[number][1]
    first: dict[str, int] = {}
    for i, kinds in marked:
        for kind in kinds:
            first.setdefault(kind, i)
    traits = [*_places(paper, number, authors=_AUTHOR in first)]
    if _AUTHOR in first:
        traits.append("authors")
        if _INTRODUCE in first:
            traits.append("authors-present")
    if _NUMBER in first:
        traits.append("numbers")
    if _SCORE in first:
        traits.append("scores")
    return Sentence(tuple(traits), first.get(_INTRODUCE, end), first.get(_PRONOUN, end))


@cache
def _listed() -> Mapping[str, frozenset[str]]:
    """Return the words of the classes that sentences are asked for."""
    classes = {kind: rules.words()[kind] for kind in (_AUTHOR, _INTRODUCE, _SCORE, _PRONOUN)}
    every: frozenset[str] = frozenset().union(*classes.values())
    return {word: frozenset(kind for kind, members in classes.items() if word in members) for word in every}


def _kinds(word: str) -> frozenset[str]:
    kinds = _listed().get(word, _NONE)
    return kinds | {_NUMBER} if word[0] in _DIGITS else kinds


_KINDS = Memo(_kinds)


def _places(paper: State, number: int, *, authors: bool) -> tuple[str, ...]:
    """Return where in the abstract a sentence stands; in a snippet of a sentence or two, places mean nothing."""
    first = paper.sentence_of[paper.body] if paper.body < len(paper.lower) else 0
    if len(paper.sentences) - first < _PLACED:
        return ()
    place = "first" if number == first else "second" if number == first + 1 else "middle"
    if number == len(paper.sentences) - 1 and number > first:
        place = "last"
    return (f"place={place}", f"place={place}+authors") if authors else (f"place={place}",)
