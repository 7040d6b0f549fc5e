"""What stands around a candidate: neighbours, cue words, its sentence, and the names it is listed with.

Much of that hangs on one word alone ("the word before is `on`"), and words recur: what each says is worked out once,
in ids of weights or in whatever else the caller counts in.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

from kg import rules
from kg.pipeline import clusters
from kg.pipeline.memo import Memo
from kg.pipeline.state import singular
from kg.pipeline.traits import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from kg.pipeline.state import Known, Span, State

T = TypeVar("T")
_LISTED = 6
"""How many tokens a listed neighbour may have."""
_CUE_REACH = 12
_CUES_LEFT, _CUES_RIGHT = 5, 4
"""Tokens before a start and behind an end whose cues count."""
_LOOKED_AT = 4
_DIGITS = frozenset("0123456789")


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
    """The features around candidates, in what the caller counts in.

    `find` says what a feature counts as, and None where it counts for nothing. Made once for a set of weights; the
    tables hold what single words say where they stand.
    """

    def __init__(self, find: Callable[[str], T | None]) -> None:
        self.find = find
        self.joints = rules.words()["joint"]
        self.before = self._table(_before)
        self.behind = self._table(_behind)
        self.next = self._table(_next)
        self.second = self._table(lambda word: [f"next1={head}" for head in heads().get(word, ())])
        self.cue = self._table(lambda word: [f"cue={word}"])
        self.cue_left = self._table(lambda word: [f"cueL={cue}" for cue in cues()[word]])
        self.cue_right = self._table(lambda word: [f"cueR={cue}" for cue in cues()[word]])
        self.listed_left = self._table(lambda known: [f"listL={known}"])
        self.listed_right = self._table(lambda known: [f"listR={known}"])
        self.traits: Memo[tuple[str, ...], tuple[T, ...]] = Memo(lambda traits: found(self.find, traits))
        self.presented, self.spoken_of = found(find, ["presented"]), found(find, ["spoken-of"])

    def _table(self, say: Callable[[str], Iterable[str]]) -> Memo[str, tuple[T, ...]]:
        return Memo(lambda word: found(self.find, say(word)))


def found(find: Callable[[str], T | None], features: Iterable[str]) -> tuple[T, ...]:
    """Return what features count as, without those that count for nothing.

    A tuple, since tables keep thousands: the garbage collector does not go through tuples of plain values.

    >>> found({"a": 1, "b": 2}.get, ["b", "c"])
    (2,)
    """
    return tuple([each for feature in features if (each := find(feature)) is not None])


class Around(Generic[T]):
    """The features around the candidates of one paper: what a start sees to the left, an end to the right.

    Candidates overlap, so most starts and ends are those of several: each is looked at once. It holds the paper's
    lists, not its state, which holds this: a cycle would keep every paper until the garbage collector comes round.
    """

    def __init__(self, paper: State, surroundings: Surroundings[T]) -> None:
        table = cues()
        self.surroundings = surroundings
        self.lower, self.first, self.known, self.body = paper.lower, paper.first, paper.known, paper.body
        self.sentence_of, self.bounds = paper.sentence_of, paper.sentences
        self.cues = [i for i, word in enumerate(paper.lower) if word in table]
        self.sentences = sentences(paper)
        self.traits = [surroundings.traits[sentence.traits] for sentence in self.sentences]
        self.left: dict[int, tuple[T, ...]] = {}
        self.right: dict[int, tuple[T, ...]] = {}

    def of_spans(self, spans: Sequence[Span]) -> Collection[T]:
        """Return what stands around a string at all spans where it stands, each feature once."""
        if len(spans) > 1:
            return set().union(*(part for span in spans for part in self._parts(span)))
        left, traits, right = self._parts(spans[0])
        return [*left, *traits, *right]

    def _parts(self, span: Span) -> tuple[Sequence[T], Sequence[T], Sequence[T]]:
        """Return the features of one occurrence: of its start, its sentence and its end."""
        start, end = span
        if (left := self.left.get(start)) is None:
            left = self.left[start] = self._of_start(start)
        if (right := self.right.get(end)) is None:
            right = self.right[end] = self._of_end(end)
        if start < self.body:
            return left, (), right
        return left, self.traits[self.sentence_of[start]], right

    def of_first(self, spans: Sequence[Span]) -> Collection[T]:
        """Return what stands around the first mentions of an entity; later ones say little that is new."""
        return self.of_spans(spans[:_LOOKED_AT])

    def _of_start(self, start: int) -> tuple[T, ...]:
        see, lower = self.surroundings, self.lower
        at_start = self.first[start]
        before = "<s>" if at_start else plain(lower[start - 1])
        out = [*see.before[before]]
        if start > 1 and not at_start:
            pair = see.find(f"l2={plain(lower[start - 2])} {before}")
            if pair is not None:
                out.append(pair)
        last = k = bisect_left(self.cues, start)
        while k and self.cues[k - 1] >= start - _CUES_LEFT:
            k -= 1
            out += see.cue_left[lower[self.cues[k]]]
        number = self.sentence_of[start]
        if last and self.cues[last - 1] >= max(self.bounds[number][0], start - _CUE_REACH):
            out += see.cue[lower[self.cues[last - 1]]]
        if start >= self.body:
            sentence = self.sentences[number]
            if sentence.presents < start:
                out += see.presented
            if sentence.speaks < start:
                out += see.spoken_of
        listed = start > 0 and lower[start - 1] in see.joints and self.known
        if listed:
            for known in self._listed_left(start):
                out += see.listed_left[_listed(known)]
        # Only cues of one class and listed names of one type say a thing twice.
        return tuple(dict.fromkeys(out) if listed or last - k > 1 else out)

    def _of_end(self, end: int) -> tuple[T, ...]:
        see, lower = self.surroundings, self.lower
        n = len(lower)
        after = plain(lower[end]) if end < n and not self.first[end] else "</s>"
        out = [*see.behind[after]]
        if end < n:
            out += see.next[lower[end]]
        if end + 1 < n:
            pair = see.find(f"r2={after} {plain(lower[end + 1])}")
            if pair is not None:
                out.append(pair)
            out += see.second[lower[end + 1]]
        k = first = bisect_left(self.cues, end)
        while k < len(self.cues) and self.cues[k] < end + _CUES_RIGHT:
            out += see.cue_right[lower[self.cues[k]]]
            k += 1
        listed = end < n and lower[end] in see.joints and self.known
        if listed:
            for known in self._listed_right(end):
                out += see.listed_right[_listed(known)]
        return tuple(dict.fromkeys(out) if listed or k - first > 1 else out)

    def _listed_right(self, end: int) -> Iterator[Known]:
        """Yield the known names that follow in a list: "X, ImageNet and COCO"."""
        lower, joints, at = self.lower, self.surroundings.joints, end
        while at < min(end + 2, len(lower)) and lower[at] in joints and not self.first[at]:
            at += 1
        if at > end:
            for stop in range(min(at + _LISTED, len(lower)), at, -1):
                yield from self.known.get((at, stop), ())

    def _listed_left(self, start: int) -> Iterator[Known]:
        """Yield the known names that precede in a list."""
        lower, joints, at = self.lower, self.surroundings.joints, start
        while at > max(start - 2, 0) and lower[at - 1] in joints and not self.first[at]:
            at -= 1
        if at < start:
            for begin in range(max(0, at - _LISTED), at):
                yield from self.known.get((begin, at), ())


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


def _before(word: str) -> list[str]:
    """Return what the word before a start says: itself, its cluster, and whether the name may be longer."""
    grains = clusters.load().get(singular(word))
    out = [f"l={word}", f"lc={grains[1]}"] if grains else [f"l={word}"]
    return [*out, "longer-left"] if word[0].isalpha() and word not in rules.words()["function"] else out


def _behind(word: str) -> list[str]:
    """Return what the word behind an end says, within its sentence."""
    grains = clusters.load().get(singular(word))
    return [f"r={word}", f"rc={grains[1]}"] if grains else [f"r={word}"]


def _next(word: str) -> list[str]:
    """Return what the word behind an end says, whether or not a sentence ends there."""
    out = [f"next0={head}" for head in heads().get(word, ())]
    return [*out, "longer-right"] if word[0].isalnum() and word not in rules.words()["function"] else out


def _listed(known: Known) -> str:
    return f"{known.type}{'?' if known.weak else ''}"
