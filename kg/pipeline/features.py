"""What the linear model sees of a candidate: its words, shape, neighbours, cues, rules and lexicon.

One row of features a distinct string of a paper, over all its occurrences: a name is typed once by all
that the abstract says of it, not sentence by sentence.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kg import rules
from kg.pipeline import clusters, surroundings

if TYPE_CHECKING:
    from kg.pipeline.state import Span, State


@lru_cache(maxsize=200_000)
def shape(text: str) -> str:
    """Return a text's shape with runs cut to two.

    >>> shape("GPT-3.5"), shape("ImageNet"), shape("RoBERTa")
    ('XX-d.d', 'XxxXxx', 'XxXXx')
    """
    kinds = re.sub(r"\d", "d", re.sub(r"[^\W\d_A-Z]", "x", re.sub(r"[A-Z]", "X", text)))
    return re.sub(r"(.)\1{2,}", r"\1\1", kinds)[:14]


@lru_cache(maxsize=200_000)
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


def of_group(paper: State, key: str, spans: list[Span]) -> set[str]:
    """Return the features of one string of a paper, over all spans where it stands."""
    out = set(of_string(key))
    out.add(f"m={min(len(spans), 4)}")
    in_title = False
    for span in spans:
        _of_span(paper, span, out)
        in_title = in_title or span[0] < paper.body
    if in_title:
        out.add("title")
        if len(spans) > 1:
            out.add("title+body")
    start, end = spans[0]
    if end - start == 1:
        word = paper.words[start].rstrip("s")
        if word in paper.short_forms:
            out.add("is-abbreviation")
    return out


def _of_span(paper: State, span: Span, out: set[str]) -> None:
    start = span[0]
    out.add(f"shape={shape(paper.text(span))}")
    if start >= paper.body and not paper.first[start] and paper.words[start][0].isupper():
        out.add("capital")
    out.update(f"rule={rule}" for rule in paper.candidates.get(span, ()))
    surroundings.of_span(paper, span, out)
    _of_lexicon(paper, span, out)


def _of_lexicon(paper: State, span: Span, out: set[str]) -> None:
    """Add what the lexicons know of the span, of names inside it, and of names around it."""
    start, end = span
    if rows := paper.known.get(span):
        for known in rows:
            out.add(f"known={known.type}{'?' if known.weak else ''}")
        return
    for i in range(start, end):
        for other in paper.known_at.get(i, ()):
            inside = start <= other[0] and other[1] <= end
            out.add("holds-known" if inside else "overlaps-known")
            for known in paper.known[other]:
                if other[1] == end and other[0] > start:
                    out.add(f"ends-known={known.type}")
                if other[0] <= start and end <= other[1]:
                    out.add(f"in-known={known.type}")


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
