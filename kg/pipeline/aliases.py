"""Tell which entities of a paper are one under two names that no rule joins.

"Dense Image Prediction" in the title and "dense prediction" further down, "frame rate" and "FPS": abstracts
vary their words. Pairs of entities that share a word, a beginning or their initials are weighed by fitted
weights, over what the names differ in and where they stand; likely ones are joined.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from spacy.language import Language

from kg import ontology, rules
from kg.linking import is_coined
from kg.pipeline import clusters, weights
from kg.pipeline.state import Entry, State, singular, state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spacy.tokens import Doc

_FEW = 7
_STEM = 5
_ACRONYM = 8


class Pair(NamedTuple):
    """Two entities of a paper by their numbers, the one that stands first before the other, and their features."""

    first: int
    second: int
    features: set[str]


class Aliases:
    """Join the entries of a paper that are likely one entity."""

    def __init__(self, model: weights.Weights) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """Set the state's entries."""
        paper = state(doc)
        found = pairs(paper, paper.entries) if self.model.classes else []
        if not found:
            return doc
        shares = self.model.probabilities([self.model.encode(p.features) for p in found])
        yes = self.model.classes.index("yes")
        same = [p for p, row in zip(found, shares.tolist(), strict=True) if row[yes] >= self.model.threshold]
        if same:
            paper.entries = joined(paper.entries, same)
        return doc


def joined(entries: Sequence[Entry], same: Sequence[Pair]) -> list[Entry]:
    """Return the entries with pairs made one: the surer and more frequent lends its name and type."""
    group = list(range(len(entries)))
    for pair in same:
        old, new = group[pair.second], group[pair.first]
        group = [new if g == old else g for g in group]
    out = []
    for number in dict.fromkeys(group):
        members = [e for e, g in zip(entries, group, strict=True) if g == number]
        best = max(members, key=lambda e: (e.confidence * len(e.spans) ** 0.5, e.name))
        names = {name for e in members for name in (e.name, *e.aliases)}
        out.append(
            Entry(
                name=best.name,
                type=best.type,
                confidence=max(e.confidence for e in members),
                spans=sorted(span for e in members for span in e.spans),
                aliases=names - {best.name},
            )
        )
    return sorted(out, key=lambda e: e.spans[0][0])


def pairs(paper: State, entries: Sequence[Entry]) -> list[Pair]:
    """Return the pairs of entities that may be one."""
    metric = ontology.load().terms.Metric
    out = []
    for (i, a), (j, b) in combinations(enumerate(entries), 2):
        long, short = (a, b) if len(a.name) > len(b.name) else (b, a)
        kind = _likeness(short.name, long.name)
        if not kind and long.type == short.type == metric:
            kind = "metrics"
        if kind:
            out.append(Pair(i, j, _features(paper, a, b, kind)))
    return out


def _features(paper: State, first: Entry, second: Entry, kind: str) -> set[str]:
    """Return what tells whether two entities of names that are alike in some way are one."""
    long, short = (first, second) if len(first.name) > len(second.name) else (second, first)
    of_long, of_short = _parts(long.name), _parts(short.name)
    out = {"bias", f"{kind} {short.type}>{long.type}"}
    out.update(_differences(kind, of_short, of_long))
    for trait in _places(paper, first, second, short):
        out |= {trait, f"{kind} {trait}"}
    known = [{k.row for span, _ in e.spans for k in paper.known.get(span, ())} for e in (short, long)]
    both = "same" if known[0] & known[1] else "two" if all(known) else "one" if any(known) else "none"
    out |= {f"known={both}", "coined" if is_coined(short.name) else "plain"}
    return out | {f"count={min(3, len(short.spans))},{min(3, len(long.spans))}"}


@lru_cache(maxsize=100_000)
def _likeness(short_name: str, long_name: str) -> str:
    """Return how the words of a shorter name lie in a longer one's; papers name the same things together."""
    short, long = _parts(short_name), _parts(long_name)
    if not set(short).isdisjoint(long):
        return _shared(short, long)
    if like := _short_form(short, long):
        return like
    if "".join(short)[:_STEM] == "".join(long)[:_STEM]:
        return "stem"
    grains = clusters.load()
    mine, yours = grains.get(short[-1]), grains.get(long[-1])
    return "cluster" if mine and yours and mine[-1] == yours[-1] else ""


def _shared(short: tuple[str, ...], long: tuple[str, ...]) -> str:
    if short == long[-len(short) :]:
        return "end"
    if short == long[: len(short)]:
        return "beginning"
    if set(short) <= set(long):
        return "within"
    return "last" if short[-1] == long[-1] else "first" if short[0] == long[0] else "word"


def _short_form(short: tuple[str, ...], long: tuple[str, ...]) -> str:
    """Return whether one word is the initials of others, or letters of theirs in order."""
    word = short[0]
    if len(short) > 1 or len(long) == 1 or len(word) > _ACRONYM or not word.isalpha():
        return ""
    if word == "".join(p[0] for p in long if p not in rules.words()["function"]):
        return "initials"
    letters = iter("".join(long))
    return "letters" if word[0] == long[0][0] and all(c in letters for c in word) else ""


def _differences(kind: str, short: tuple[str, ...], long: tuple[str, ...]) -> Iterator[str]:
    extra, missing = [w for w in long if w not in short], [w for w in short if w not in long]
    yield f"{kind} {min(4, len(extra))},{min(3, len(missing))}"
    for word in extra[:3]:
        yield f"extra={word}"
    for word in missing[:3]:
        yield f"missing={word}"
    for a in extra[:2]:
        for b in missing[:2]:
            yield f"swap={'/'.join(sorted((a, b)))}"
    heads = sorted((short[-1], long[-1]))
    yield f"head={heads[0]}" if heads[0] == heads[1] else f"heads={'/'.join(heads)}"
    if any(c.isdigit() for word in (*extra, *missing) for c in word):
        yield "digits differ"


def _places(paper: State, first: Entry, second: Entry, short: Entry) -> Iterator[str]:
    """Yield how the mentions of two entities lie to one another, in kinds of few values."""
    a, b = [s for s, _ in first.spans], [s for s, _ in second.spans]
    apart = {paper.sentence_of[s[0]] for s in a}.isdisjoint(paper.sentence_of[s[0]] for s in b)
    yield "apart" if apart else "together"
    yield f"order={'short' if first is short else 'long'}"
    if all(s[0] < paper.body for s in a):
        yield "only in title"
    elif a[0][0] < paper.body:
        yield "in title"
    if b[0][0] < paper.body:
        yield "both in title"
    gap = min(abs(x[0] - y[1]) if x > y else abs(y[0] - x[1]) for x in a for y in b)
    yield f"gap={gap}" if gap < _FEW else "gap=far"
    if gap in (1, 2):
        for x in a:
            for y in b:
                low, high = min(x[1], y[1]), max(x[0], y[0])
                if high - low == gap:
                    yield f"between={' '.join(paper.lower[low:high])}"
    determiners = _determiners()
    for start, _ in (span for span, _ in short.spans):
        if start and paper.lower[start - 1] in determiners:
            yield f"after {paper.lower[start - 1]}"


@cache
def _determiners() -> frozenset[str]:
    words = rules.words()
    return words["article"] | words["pronoun.paper"] | words["pronoun.author"]


@lru_cache(maxsize=50_000)
def _parts(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case and the singular, hyphens being gaps."""
    return tuple(singular(p) for w in name.lower().replace("/", " ").split() for p in w.split("-") if p) or (name,)


@Language.factory("kg_aliases")
def make_aliases(nlp: Language, name: str) -> Aliases:
    """Make the component that joins entities under two names."""
    return Aliases(weights.load("aliases"))
