"""What stands around a candidate: neighbours, cue words, its sentence, and the names it is listed with."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from kg import rules
from kg.pipeline import clusters
from kg.pipeline.state import singular

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from kg.pipeline.state import Span, State

T = TypeVar("T")
_LISTED = 6
"""How many tokens a listed neighbour may have."""
_CUE_REACH = 12
_LOOKED_AT = 4
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


class Surroundings(Generic[T]):
    """The features around the candidates of a paper: what a start sees to the left, an end to the right.

    Candidates overlap, so most starts and ends are those of several: each is looked at once. `encode` turns
    features into what the caller counts in (ids of weights, or the features themselves).
    """

    def __init__(self, paper: State, encode: Callable[[Iterable[str]], Sequence[T]]) -> None:
        self.paper = paper
        self.encode = encode
        self.traits = [encode(dict.fromkeys(sentence.traits)) for sentence in sentences(paper)]
        self.left: dict[int, Sequence[T]] = {}
        self.right: dict[int, Sequence[T]] = {}

    def of_span(self, span: Span) -> list[T]:
        """Return the features of one occurrence, each once."""
        start, end = span
        if (left := self.left.get(start)) is None:
            left = self.left[start] = self.encode(_start(self.paper, start))
        if (right := self.right.get(end)) is None:
            right = self.right[end] = self.encode(_end(self.paper, end))
        if start < self.paper.body:
            return [*left, *right]
        return [*left, *self.traits[self.paper.sentence_of[start]], *right]


def of_spans(paper: State, spans: Sequence[Span]) -> frozenset[str]:
    """Return the features around the first mentions of an entity; later ones say little that is new."""
    looked_at = tuple(spans[:_LOOKED_AT])
    if found := paper.seen_around.get(looked_at):
        return found
    out: set[str] = set()
    for start, end in looked_at:
        out.update(_start(paper, start), _end(paper, end))
        if start >= paper.body:
            out.update(sentences(paper)[paper.sentence_of[start]].traits)
    return paper.seen_around.setdefault(looked_at, frozenset(out))


def _start(paper: State, start: int) -> Collection[str]:
    """Return what a start sees; several components ask."""
    found = paper.seen_left.get(start)
    if found is None:
        found = paper.seen_left[start] = dict.fromkeys(_of_start(paper, start))
    return found


def _end(paper: State, end: int) -> Collection[str]:
    """Return what an end sees; several components ask."""
    found = paper.seen_right.get(end)
    if found is None:
        found = paper.seen_right[end] = dict.fromkeys(_of_end(paper, end))
    return found


def _of_start(paper: State, start: int) -> list[str]:
    lower, at_start = paper.lower, paper.first[start]
    before = "<s>" if at_start else plain(lower[start - 1])
    out = [*_left(before)]
    if start > 1 and not at_start:
        out.append(f"l2={plain(lower[start - 2])} {before}")
    table = _cue_left()
    for word in lower[max(0, start - 5) : start]:
        if word in table:
            out += table[word]
    if not at_start and before[0].isalpha() and before not in _function():
        out.append("longer-left")
    _of_sentence(paper, start, out)
    if paper.known:
        _listed_left(paper, start, out)
    return out


def _of_end(paper: State, end: int) -> list[str]:
    lower, n = paper.lower, len(paper.lower)
    after = plain(lower[end]) if end < n and not paper.first[end] else "</s>"
    out = [*_right(after)]
    if end + 1 < n:
        out.append(f"r2={after} {plain(lower[end + 1])}")
    table = _cue_right()
    for word in lower[end : end + 4]:
        if word in table:
            out += table[word]
    following = heads()
    for gap in (0, 1):
        if end + gap < n and (found := following.get(lower[end + gap])):
            out += [f"next{gap}={head}" for head in found]
    if end < n and lower[end][0].isalnum() and lower[end] not in _function():
        out.append("longer-right")
    if paper.known:
        _listed_right(paper, end, out)
    return out


def plain(word: str) -> str:
    """Return a lower-case word, or for a number just how it is written: no two papers report the same one.

    >>> plain("bert"), plain("90.1"), plain("3%"), plain("12x"), plain("3d-cnn")
    ('bert', '#.', '#%', '#x', '3d-cnn')
    """
    return _number(word) if word[0] in _DIGITS else word


@lru_cache(maxsize=10_000)
def _number(word: str) -> str:
    if word[-1] in _DIGITS:
        return "#." if "." in word else "#"
    return f"#{word[-1]}" if word[-1] in "%x\u00d7" and word[-2] in _DIGITS else word


@cache
def _cue_left() -> Mapping[str, tuple[str, ...]]:
    return {word: tuple(f"cueL={cue}" for cue in found) for word, found in cues().items()}


@cache
def _cue_right() -> Mapping[str, tuple[str, ...]]:
    return {word: tuple(f"cueR={cue}" for cue in found) for word, found in cues().items()}


@cache
def _function() -> frozenset[str]:
    return rules.words()["function"]


@lru_cache(maxsize=100_000)
def _left(word: str) -> tuple[str, ...]:
    grains = clusters.load().get(singular(word))
    return (f"l={word}", f"lc={grains[1]}") if grains else (f"l={word}",)


@lru_cache(maxsize=100_000)
def _right(word: str) -> tuple[str, ...]:
    grains = clusters.load().get(singular(word))
    return (f"r={word}", f"rc={grains[1]}") if grains else (f"r={word}",)


def _of_sentence(paper: State, start: int, out: list[str]) -> None:
    """Add what the sentence does, and the nearest cue word before the start."""
    number = paper.sentence_of[start]
    begin = paper.sentences[number][0]
    table, lower = cues(), paper.lower
    for i in range(start - 1, max(begin, start - _CUE_REACH) - 1, -1):
        if lower[i] in table:
            out.append(f"cue={lower[i]}")
            break
    if start < paper.body:
        return
    sentence = sentences(paper)[number]
    if sentence.presents < start:
        out.append("presented")
    if sentence.speaks < start:
        out.append("spoken-of")


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
    presents = _first(inside, distinct, words["cue.introduce"], start, end)
    if authors:
        traits.append("authors")
        if presents < end:
            traits.append("authors-present")
    if not _DIGITS.isdisjoint(w[0] for w in distinct):
        traits.append("numbers")
    if distinct & words["cue.score"]:
        traits.append("scores")
    speaks = _first(inside, distinct, words["pronoun.author"], start, end)
    return Sentence(tuple(traits), presents, speaks)


def _first(inside: list[str], distinct: set[str], wanted: frozenset[str], start: int, otherwise: int) -> int:
    """Return where the first wanted word of a sentence stands; few sentences have one, and a set tells which."""
    if distinct.isdisjoint(wanted):
        return otherwise
    return next(start + i for i, word in enumerate(inside) if word in wanted)


def _listed_right(paper: State, end: int, out: list[str]) -> None:
    """Add the types of known names that follow in a list: "X, ImageNet and COCO"."""
    lower, joints, at = paper.lower, rules.words()["joint"], end
    while at < min(end + 2, len(lower)) and lower[at] in joints and not paper.first[at]:
        at += 1
    if at > end:
        for stop in range(min(at + _LISTED, len(lower)), at, -1):
            out += [f"listR={row.type}{'?' if row.weak else ''}" for row in paper.known.get((at, stop), ())]


def _listed_left(paper: State, start: int, out: list[str]) -> None:
    """Add the types of known names that precede in a list."""
    lower, joints, at = paper.lower, rules.words()["joint"], start
    while at > max(start - 2, 0) and lower[at - 1] in joints and not paper.first[at]:
        at -= 1
    if at < start:
        for begin in range(max(0, at - _LISTED), at):
            out += [f"listL={row.type}{'?' if row.weak else ''}" for row in paper.known.get((begin, at), ())]
