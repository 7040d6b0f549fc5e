"""What stands around a candidate: neighbours, cue words, its sentence, and the names it is listed with."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kg import rules
from kg.pipeline import clusters
from kg.pipeline.state import singular

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.pipeline.state import Span, State

_LISTED = 6
"""How many tokens a listed neighbour may have."""
_CUE_REACH = 12
_PLACED = 3
"""Sentences that an abstract has at least."""


class Sentence(NamedTuple):
    """What the features of all candidates of a sentence share.

    `presents` and `speaks` are where its first verb of presentation and its first "we" or "our" stand.
    """

    traits: tuple[str, ...]
    presents: int
    speaks: int


@cache
def cues() -> Mapping[str, tuple[str, ...]]:
    """Return word -> the cue classes it belongs to."""
    return _classes("cue.")


@cache
def heads() -> Mapping[str, tuple[str, ...]]:
    """Return word -> the types whose names it ends or follows."""
    return _classes("head.")


def _classes(prefix: str) -> Mapping[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for name, members in sorted(rules.words().items()):
        if name.startswith(prefix):
            for word in members:
                out[word] = (*out.get(word, ()), name.removeprefix(prefix))
    return out


def of_span(paper: State, span: Span, out: set[str]) -> None:
    """Add the features of one occurrence."""
    start, end = span
    lower, n = paper.lower, len(paper.words)
    at_start = paper.first[start]
    before = "<s>" if at_start else lower[start - 1]
    after = lower[end] if end < n and not paper.first[end] else "</s>"
    out.update(_left(before))
    out.update(_right(after))
    if start > 1 and not at_start:
        out.add(f"l2={lower[start - 2]} {before}")
    if end + 1 < n:
        out.add(f"r2={after} {lower[end + 1]}")
    table = cues()
    for i in range(max(0, start - 5), start):
        for cue in table.get(lower[i], ()):
            out.add(f"cueL={cue}")
    for i in range(end, min(n, end + 4)):
        for cue in table.get(lower[i], ()):
            out.add(f"cueR={cue}")
    following = heads()
    for gap in (0, 1):
        if end + gap < n:
            for head in following.get(lower[end + gap], ()):
                out.add(f"next{gap}={head}")
    _of_edges(paper, span, out)
    _of_sentence(paper, span, out)
    _of_list(paper, span, out)


@lru_cache(maxsize=100_000)
def _left(word: str) -> tuple[str, ...]:
    grains = clusters.load().get(singular(word))
    return (f"l={word}", f"lc={grains[1]}") if grains else (f"l={word}",)


@lru_cache(maxsize=100_000)
def _right(word: str) -> tuple[str, ...]:
    grains = clusters.load().get(singular(word))
    return (f"r={word}", f"rc={grains[1]}") if grains else (f"r={word}",)


def _of_edges(paper: State, span: Span, out: set[str]) -> None:
    """Add whether the phrase could go on to either side."""
    start, end = span
    lower, function = paper.lower, rules.words()["function"]
    if not paper.first[start] and lower[start - 1][0].isalpha() and lower[start - 1] not in function:
        out.add("longer-left")
    if end < len(lower) and lower[end][0].isalnum() and lower[end] not in function:
        out.add("longer-right")


def _of_sentence(paper: State, span: Span, out: set[str]) -> None:
    """Add what its sentence does, and the nearest cue word before the span."""
    number = paper.sentence_of[span[0]]
    begin = paper.sentences[number][0]
    for i in range(span[0] - 1, max(begin, span[0] - _CUE_REACH) - 1, -1):
        if paper.lower[i] in cues():
            out.add(f"cue={paper.lower[i]}")
            break
    if span[0] < paper.body:
        return
    sentence = sentences(paper)[number]
    out.update(sentence.traits)
    if sentence.presents < span[0]:
        out.add("presented")
    if sentence.speaks < span[0]:
        out.add("spoken-of")


def sentences(paper: State) -> list[Sentence]:
    """Return the shared part of every sentence's features, worked out once a paper."""
    if not paper.sentence_traits:
        paper.sentence_traits.extend(_sentence(paper, number) for number in range(len(paper.sentences)))
    return paper.sentence_traits


def _sentence(paper: State, number: int) -> Sentence:
    words = rules.words()
    start, end = paper.sentences[number]
    inside = paper.lower[start:end]
    distinct = set(inside)
    authors = bool(distinct & words["author"])
    first = paper.sentence_of[paper.body] if paper.body < len(paper.lower) else 0
    place = "first" if number == first else "second" if number == first + 1 else "middle"
    if number == len(paper.sentences) - 1 and number > first:
        place = "last"
    # In a snippet of a sentence or two, places mean nothing.
    placed = len(paper.sentences) - first >= _PLACED
    traits = [f"place={place}", f"place={place}{'+authors' if authors else ''}"] if placed else []
    presents = next((start + i for i, w in enumerate(inside) if w in words["cue.introduce"]), end)
    if authors:
        traits.append("authors")
        if presents < end:
            traits.append("authors-present")
    if any(w[0].isdigit() for w in inside):
        traits.append("numbers")
    if distinct & words["cue.score"]:
        traits.append("scores")
    speaks = next((start + i for i, w in enumerate(inside) if w in words["pronoun.author"]), end)
    return Sentence(tuple(traits), presents, speaks)


def _of_list(paper: State, span: Span, out: set[str]) -> None:
    """Add the types of known names that the span is listed with: "X, ImageNet and COCO"."""
    if not paper.known:
        return
    lower, known, joints = paper.lower, paper.known, rules.words()["joint"]
    start, end = span
    at = end
    while at < min(end + 2, len(lower)) and lower[at] in joints and not paper.first[at]:
        at += 1
    if at > end:
        for stop in range(min(at + _LISTED, len(lower)), at, -1):
            out.update(f"listR={row.type}{'?' if row.weak else ''}" for row in known.get((at, stop), ()))
    at = start
    while at > max(start - 2, 0) and lower[at - 1] in joints and not paper.first[at]:
        at -= 1
    if at < start:
        for begin in range(max(0, at - _LISTED), at):
            out.update(f"listL={row.type}{'?' if row.weak else ''}" for row in known.get((begin, at), ()))
