"""What the linear model sees of a candidate: its words, shape, neighbours, cues, rules and lexicon.

One row of features a distinct string of a paper, over all its occurrences: a name is typed once by all
that the abstract says of it, not sentence by sentence.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

from kg import rules
from kg.pipeline import clusters, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kg.pipeline.state import Span, State


T = TypeVar("T")


@lru_cache(maxsize=200_000)
def shape(word: str) -> str:
    """Return a word's shape with runs cut to two.

    >>> shape("GPT-3.5"), shape("ImageNet"), shape("RoBERTa")
    ('XX-d.d', 'XxxXxx', 'XxXXx')
    """
    kinds = re.sub(r"\d", "d", re.sub(r"[^\W\d_A-Z]", "x", re.sub(r"[A-Z]", "X", word)))
    return re.sub(r"(.)\1{2,}", r"\1\1", kinds)


def shapes(words: Sequence[str]) -> str:
    """Return the shape of a name of several words, its beginning where it is long."""
    return shape(words[0])[:14] if len(words) == 1 else " ".join(map(shape, words))[:14]


def of_string(key: str) -> tuple[str, ...]:
    """Return the features of a candidate's words alone."""
    words = key.split(" ")
    last, first = words[-1], words[0]
    out = ["bias", f"n={min(len(words), 5)}", f"key={key}", f"last={last}", f"first={first}"]
    out += [f"end4={last[-4:]}", f"end3={last[-3:]}"]
    if len(words) > 1:
        out.append(f"last2={' '.join(words[-2:])}")
        if words[0] in rules.words()["modifier"]:
            out.append("modifier")
    if key in _generic():
        out.append("generic")
    grains = clusters.load()
    out += [f"c{grain}={number}" for grain, number in enumerate(grains.get(last, ()))] or ["c=?"]
    if len(words) > 1 and first in grains:
        out.append(f"cf={grains[first][1]}")
    out += [f"head={h}" for h in surroundings.heads().get(last, ())]
    if "-" in last:
        tail = last.rpartition("-")[2]
        out += [f"tail={tail}", *(f"tailhead={h}" for h in surroundings.heads().get(tail, ()))]
    return tuple(out)


@cache
def _generic() -> frozenset[str]:
    return frozenset(w.lower() for w in rules.words()["generic"])


class Around(Generic[T]):
    """The features around the candidates of a paper; `encode` turns features into what the caller counts in."""

    def __init__(self, paper: State, encode: Callable[[Iterable[str]], Sequence[T]]) -> None:
        self.around = surroundings.Surroundings(paper, encode)

    def of_spans(self, spans: list[Span]) -> Iterable[T]:
        """Return what stands around a string at all spans where it stands, each feature once."""
        if len(spans) == 1:
            return self.around.of_span(spans[0])
        return dict.fromkeys(feature for span in spans for feature in self.around.of_span(span))


def of_form(paper: State, spans: list[Span]) -> dict[str, None]:
    """Return the features of how a string is written and known, over all its spans, each once and in order."""
    own = [f"m={min(len(spans), 4)}"]
    for span in spans:
        _of_span(paper, span, own)
    start, end = spans[0]
    if start < paper.body:
        own.append("title")
        if len(spans) > 1:
            own.append("title+body")
    if end - start == 1 and paper.short_forms and paper.words[start].rstrip("s") in paper.short_forms:
        own.append("is-abbreviation")
    return dict.fromkeys(own)


def of_paper(paper: State, found: Mapping[str, list[Span]]) -> list[list[str]]:
    """Return all features of a paper's strings by name, as fitting counts them."""
    around = Around[str](paper, tuple)
    return [[*of_string(key), *of_form(paper, spans), *around.of_spans(spans)] for key, spans in found.items()]


def _of_span(paper: State, span: Span, out: list[str]) -> None:
    start = span[0]
    out.append(f"shape={shapes(paper.words[start : span[1]])}")
    if start >= paper.body and not paper.first[start] and paper.words[start][0].isupper():
        out.append("capital")
    out += map(_rule, paper.candidates.get(span, ()))
    if paper.known:
        _of_lexicon(paper, span, out)


@cache
def _rule(rule: str) -> str:
    return f"rule={rule}"


def _of_lexicon(paper: State, span: Span, out: list[str]) -> None:
    """Add what the lexicons know of the span, of names inside it, and of names around it."""
    start, end = span
    if rows := paper.known.get(span):
        out += [f"known={known.type}{'?' if known.weak else ''}" for known in rows]
        return
    for i in range(start, end):
        for other in paper.known_at.get(i, ()):
            inside = start <= other[0] and other[1] <= end
            out.append("holds-known" if inside else "overlaps-known")
            for known in paper.known[other]:
                if other[1] == end and other[0] > start:
                    out.append(f"ends-known={known.type}")
                if other[0] <= start and end <= other[1]:
                    out.append(f"in-known={known.type}")


def groups(paper: State) -> dict[str, list[Span]]:
    """Return the candidates of a paper by string, spans in text order.

    A name without its version is none where a lexicon holds the two together: "Llama" in "Llama 2".
    """
    out: dict[str, list[Span]] = {}
    for span in sorted(paper.candidates):
        if not _lacks_version(paper, span):
            out.setdefault(paper.key(span), []).append(span)
    return out


def _lacks_version(paper: State, span: Span) -> bool:
    return any(
        other[0] == span[0] and span[1] < other[1] and paper.words[span[1]][0].isdigit()
        for other in paper.known_at.get(span[0], ())
    )
