"""What the linear model sees of a candidate: its words, shape, neighbours, cues, rules and lexicon.

One row of features a distinct string of a paper, over all its occurrences: a name is typed once by all
that the abstract says of it, not sentence by sentence.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

from kg import rules
from kg.pipeline import clusters, surroundings
from kg.pipeline.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kg.pipeline.state import Span, State


T = TypeVar("T")
_CAPITAL, _SMALL, _DIGIT = re.compile(r"[A-Z]"), re.compile(r"[^\W\d_A-Z]"), re.compile(r"\d")
_RUN = re.compile(r"(.)\1{2,}")
_LONGEST_SHAPE = 14
_MOST_WORDS, _MOST_SPANS = 5, 4


def shape(word: str) -> str:
    """Return a word's shape with runs cut to two, its beginning where it is long.

    >>> shape("GPT-3.5"), shape("ImageNet"), shape("RoBERTa")
    ('XX-d.d', 'XxxXxx', 'XxXXx')
    """
    if word.isalpha() and word.islower():
        return "xx"[: len(word)]
    kinds = _DIGIT.sub("d", _SMALL.sub("x", _CAPITAL.sub("X", word)))
    return _RUN.sub(r"\1\1", kinds)[:_LONGEST_SHAPE]


_SHAPES = Memo(shape)


def shapes(words: Sequence[str]) -> str:
    """Return the shape of a name of several words, its beginning where it is long."""
    return " ".join(map(_SHAPES.__getitem__, words))[:_LONGEST_SHAPE]


class Features(Generic[T]):
    """The features of strings by themselves, in what the caller counts in.

    `find` says what a feature counts as, and None where it counts for nothing. Made once for a set of weights; the
    tables hold what single words, shapes and rules say.
    """

    def __init__(self, find: Callable[[str], T | None]) -> None:
        self.find = find
        self._last = self._table(_of_last)
        self._first = self._table(_of_first)
        self._alone = self._table(lambda word: [f"first={word}", *_of_last(word)])
        self._words = [surroundings.found(find, ["bias", f"n={n}"]) for n in range(_MOST_WORDS + 1)]
        self._shape = self._table(lambda word: [f"shape={_SHAPES[word]}"])
        self._shapes = self._table(lambda written: [f"shape={written}"])
        self._feature = self._table(lambda name: [name])
        self._rule = self._table(lambda rule: [f"rule={rule}"])

    def _table(self, say: Callable[[str], Iterable[str]]) -> Memo[str, tuple[T, ...]]:
        return Memo(lambda word: surroundings.found(self.find, say(word)))

    def of_string(self, key: str) -> list[T]:
        """Return the features of a candidate's words alone, each once."""
        words = key.split(" ")
        own = [f"key={key}"]
        if key in _generic():
            own.append("generic")
        if len(words) == 1:
            return [*self._words[1], *surroundings.found(self.find, own), *self._alone[key]]
        own.append(f"last2={words[-2]} {words[-1]}")
        size = self._words[min(len(words), _MOST_WORDS)]
        return [*size, *surroundings.found(self.find, own), *self._first[words[0]], *self._last[words[-1]]]

    def of_form(self, paper: State, spans: list[Span]) -> list[T]:
        """Return the features of how a string is written and known, over all its spans, each once."""
        feature, known_at = self._feature, paper.known_at
        out = [*feature[f"m={min(len(spans), _MOST_SPANS)}"]]
        for start, end in spans:
            first = paper.words[start]
            out += self._shape[first] if end - start == 1 else self._shapes[shapes(paper.words[start:end])]
            if first[0].isupper() and start >= paper.body and not paper.first[start]:
                out += feature["capital"]
            for rule in paper.candidates.get((start, end), ()):
                out += self._rule[rule]
            if known_at and not known_at.keys().isdisjoint(range(start, end)):
                for name in _of_lexicon(paper, (start, end)):
                    out += feature[name]
        start, end = spans[0]
        if start < paper.body:
            out += feature["title"]
            if len(spans) > 1:
                out += feature["title+body"]
        if end - start == 1 and paper.short_forms and paper.words[start].rstrip("s") in paper.short_forms:
            out += feature["is-abbreviation"]
        return list(dict.fromkeys(out))


def _of_last(word: str) -> Iterator[str]:
    """Yield what the last word of a string says."""
    yield from (f"last={word}", f"end4={word[-4:]}", f"end3={word[-3:]}")
    if grains := clusters.load().get(word):
        yield from (f"c{grain}={number}" for grain, number in enumerate(grains))
    else:
        yield "c=?"
    yield from (f"head={h}" for h in surroundings.heads().get(word, ()))
    if "-" in word:
        tail = word.rpartition("-")[2]
        yield from (f"tail={tail}", *(f"tailhead={h}" for h in surroundings.heads().get(tail, ())))


def _of_first(word: str) -> Iterator[str]:
    """Yield what the first of several words says."""
    yield f"first={word}"
    if word in rules.words()["modifier"]:
        yield "modifier"
    if grains := clusters.load().get(word):
        yield f"cf={grains[1]}"


@cache
def _generic() -> frozenset[str]:
    return frozenset(w.lower() for w in rules.words()["generic"])


def _of_lexicon(paper: State, span: Span) -> Iterator[str]:
    """Yield what the lexicons know of the span, of names inside it, and of names around it."""
    start, end = span
    if rows := paper.known.get(span):
        yield from (f"known={known.type}{'?' if known.weak else ''}" for known in rows)
        return
    for i in range(start, end):
        for other in paper.known_at.get(i, ()):
            inside = start <= other[0] and other[1] <= end
            yield "holds-known" if inside else "overlaps-known"
            for known in paper.known[other]:
                if other[1] == end and other[0] > start:
                    yield f"ends-known={known.type}"
                if other[0] <= start and end <= other[1]:
                    yield f"in-known={known.type}"


def groups(paper: State) -> dict[str, list[Span]]:
    """Return the candidates of a paper by string, spans in text order.

    A name without its version is none where a lexicon holds the two together: "Llama" in "Llama 2".
    """
    out: dict[str, list[Span]] = {}
    for span in sorted(paper.candidates):
        if span[0] not in paper.known_at or not _lacks_version(paper, span):
            out.setdefault(paper.key(span), []).append(span)
    return out


def _lacks_version(paper: State, span: Span) -> bool:
    return any(
        other[0] == span[0] and span[1] < other[1] and paper.words[span[1]][0].isdigit()
        for other in paper.known_at[span[0]]
    )
