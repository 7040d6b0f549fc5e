"""What the linear model sees of a candidate: its words, shape, neighbours, cues, rules and lexicon.

One row of features a distinct string of a paper, over all its occurrences: a name is typed once by all
that the abstract says of it, not sentence by sentence.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kg import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.pipeline.state import Span, State


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
    out += [f"head={h}" for h in heads().get(last, ())]
    if "-" in last:
        tail = last.rpartition("-")[2]
        out += [f"tail={tail}", *(f"tailhead={h}" for h in heads().get(tail, ()))]
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
    start, end = span
    lower, n = paper.lower, len(paper.words)
    out.add(f"shape={shape(paper.text(span))}")
    at_start = paper.first[start]
    before = "<s>" if at_start else lower[start - 1]
    after = lower[end] if end < n and not paper.first[end] else "</s>"
    out.add(f"l={before}")
    out.add(f"r={after}")
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
    if start >= paper.body and not at_start and paper.words[start][0].isupper():
        out.add("capital")
    out.update(f"rule={rule}" for rule in paper.candidates.get(span, ()))
    _of_edges(paper, span, out)
    _of_lexicon(paper, span, out)


def _of_edges(paper: State, span: Span, out: set[str]) -> None:
    """Add whether the phrase could go on to either side."""
    start, end = span
    lower, function = paper.lower, rules.words()["function"]
    if not paper.first[start] and lower[start - 1][0].isalpha() and lower[start - 1] not in function:
        out.add("longer-left")
    if end < len(lower) and lower[end][0].isalnum() and lower[end] not in function:
        out.add("longer-right")


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
