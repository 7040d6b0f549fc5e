"""What stands around a number: the sentence as symbols, and how entities lie to it.

A name counts as one symbol, its type, and so does a number: "<Model> reaches # on <Dataset>" reads alike whatever
is named. The features here serve two questions: is a number an outcome, and what does it belong to.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from kg import rules
from kg.pipeline import surroundings
from kg.pipeline.traits import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kg.pipeline.numbers import Number
    from kg.pipeline.state import Entry, Span, State

NUMBER = "#"
_NEAR, _AROUND = 4, 9
_BETWEEN = 4
_FAR = 3


class Place(NamedTuple):
    """An entity at a symbol of a sentence."""

    symbol: int
    entry: Entry


class Scene:
    """A sentence with its names and numbers, as a row of symbols."""

    def __init__(self, paper: State, sentence: Span, numbers: Sequence[Number], named: Mapping[int, tuple[int, Entry]]):
        """`named` maps the first token of each mention to the token behind it and its entity."""
        self.paper, self.sentence, self.numbers = paper, sentence, numbers
        self.symbols: list[str] = []
        self.places: list[Place] = []
        self.at: dict[int, int] = {}
        by_token = {n.at: n for n in numbers}
        i = sentence[0]
        while i < sentence[1]:
            if i in named:
                stop, entry = named[i]
                self.places.append(Place(len(self.symbols), entry))
                self.symbols.append(f"<{entry.type}>")
                i = max(stop, i + 1)
            else:
                if i in by_token:
                    self.at[i] = len(self.symbols)
                self.symbols.append(NUMBER if paper.lower[i][0].isdigit() else paper.lower[i])
                i += 1
        self.number_symbols = sorted(self.at.values())
        self.traits = _traits(paper, sentence)

    def of_number(self, number: Number) -> set[str]:
        """Return what tells an outcome from a size, a count or a setting."""
        at, symbols = self.at[number.at], self.symbols
        unit = number.unit or number.glued or "-"
        written = float(number.value.replace(",", "").split("-")[0])
        size = "<1" if written < 1 else "<10" if written < 10 else "<=100" if written <= 100 else ">100"
        shape = f"{unit}{'.' if '.' in number.value else ''}{'+' if number.signed else ''}"
        out = {"bias", f"unit={unit}", f"size={size}", f"shape={shape}", f"shape={shape} size={size}"}
        if "-" in number.value:
            out.add("range")
        left, right = symbols[max(0, at - _AROUND) : at][::-1], symbols[at + 1 : at + 1 + _AROUND]
        for side, near in (("l", left), ("r", right)):
            out |= {f"{side}{k}={word}" for k, word in enumerate(near[:_NEAR])}
            out |= {f"{side}~{word}" for word in near}
            if len(near) > 1:
                out |= {f"{side}2={near[0]} {near[1]}", f"{side}2={near[0]} {near[1]} {shape}"}
            for k, word in enumerate(near):
                if word[0] == "<" and len(word) > 1:
                    out.add(f"{side}-first={word}{min(k, 4)}")
                    break
        one, two = (left[0] if left else "<s>"), (right[0] if right else "</s>")
        out |= {f"lr={one} {two}", f"l0={one} {shape}", f"r0={two} {shape}", f"numbers={min(4, len(self.numbers))}"}
        cues = surroundings.cues()
        for word in left:
            if word in cues:
                out |= {f"cue={word}", f"cue={word} {shape}"}
                break
        types = {p.entry.type for p in self.places}
        return out | {f"with={t}" for t in types} | {f"with={t} {shape}" for t in types} | self.traits

    def of_pair(self, number: Number, entry: Entry, rivals: Sequence[Entry]) -> set[str]:
        """Return what tells whether a number belongs to an entity; `rivals` are those it may belong to instead."""
        out = {"bias", f"type={entry.type}", f"rivals={min(5, len(rivals))}", f"unit={number.unit or number.glued}"}
        if entry.introduced:
            out.add("introduced")
        here = [p for p in self.places if p.entry is entry]
        same = [p for p in self.places if p.entry.type == entry.type]
        out.add(f"same-type={min(4, len({id(p.entry) for p in same}))}")
        if here:
            out |= set(self._beside(number, here, same, entry))
        else:
            out |= set(self._elsewhere(entry, rivals, same))
        return out | {f"{f} {entry.type}" for f in out if f[:4] in ("dist", "rank", "else", "only")}

    def _beside(self, number: Number, here: list[Place], same: list[Place], entry: Entry) -> Iterator[str]:
        at = self.at[number.at]
        place = min(here, key=lambda p: (abs(p.symbol - at), p.symbol)).symbol
        side = "L" if place < at else "R"
        low, high = min(place, at) + 1, max(place, at)
        between = self.symbols[low:high]
        far = min(6, len(between)) if len(between) < 8 else 8 if len(between) < 14 else 9
        yield f"dist={side}{far}"
        nearer = {
            id(p.entry) for p in same if (p.symbol < at) == (side == "L") and abs(p.symbol - at) < abs(place - at)
        }
        yield f"rank={side}{min(3, len(nearer))}"
        passed = bisect_left(self.number_symbols, high) - bisect_left(self.number_symbols, low)
        yield f"passed={side}{min(3, passed)}"
        yield f"dist={side}{far} passed={min(3, passed)}"
        yield f"rank={side}{min(3, len(nearer))} passed={min(3, passed)}"
        if len(between) <= _BETWEEN:
            yield f"between={side} {' '.join(between)}"
        articles = rules.words()["article"]
        for k in range(place - 1, max(-1, place - 4), -1):
            if self.symbols[k] not in articles:
                yield f"before={side} {self.symbols[k]}"
                break
        if place + 1 < len(self.symbols):
            yield f"after={side} {self.symbols[place + 1]}"
        cues = surroundings.cues()
        said = {
            word
            for word in between
            if word in cues or word in ("than", "over", "from", "to", "and", ",", ";", "respectively")
        }
        for word in said:
            yield f"said={side} {word}"
        if not any(p.symbol > at for p in same):
            yield f"none-behind {side}"
        if not any(p.symbol < at for p in same):
            yield f"none-before {side}"
        yield from self._aligned(number, same, entry)

    def _aligned(self, number: Number, same: list[Place], entry: Entry) -> Iterator[str]:
        """Pair numbers with names in order, where both are as many: "90.1 and 80.2 on A and B"."""
        group = [n for n in self.numbers if n.unit == number.unit]
        if len(group) < 2:
            return
        first, last = self.at[group[0].at], self.at[group[-1].at]
        index = group.index(number)
        spoken = "respectively" in self.symbols
        for side, places in (
            ("behind", [p for p in same if p.symbol > last]),
            ("before", [p for p in same if p.symbol < first]),
            ("all", same),
        ):
            order = list(dict.fromkeys(id(p.entry) for p in places))
            if id(entry) in order and len(order) > 1 and len(order) == len(group):
                fits = order.index(id(entry)) == index
                yield f"aligned-{side}={fits}{'+respectively' if spoken else ''}"
            elif id(entry) in order and len(order) > 1 and len(group) % len(order) == 0:
                # "85.0 and 86.1 on A, 70.2 and 71.3 on B" or "A: 85.0, 70.2; ..." in cycles.
                yield f"cycled-{side}={order.index(id(entry)) == index % len(order)}"
                yield f"blocked-{side}={order.index(id(entry)) == index * len(order) // len(group)}"

    def _elsewhere(self, entry: Entry, rivals: Sequence[Entry], same: list[Place]) -> Iterator[str]:
        paper = self.paper
        number = paper.sentence_of[self.sentence[0]]
        starts = [span[0] for span, _ in entry.spans]
        before = [number - paper.sentence_of[s] for s in starts if paper.body <= s < self.sentence[0]]
        yield f"else=before{min(_FAR, *before)}" if before else "else=not-before"
        alike = [r for r in rivals if r.type == entry.type]
        if len(alike) == 1:
            yield "only"
        yield f"else {'some' if same else 'none'} here"
        if starts[0] < paper.body:
            yield "else title"
        nearest = [s for r in alike for (s, _), _ in r.spans if paper.body <= s < self.sentence[0]]
        if before and max(nearest) in starts:
            yield "else last"
            yield f"else last {min(_FAR, *before)} {'some' if same else 'none'}"
        yield f"else times={min(4, len(starts))}"
        most = max(len(r.spans) for r in alike)
        if len(entry.spans) == most:
            yield "else most"
        if alike[0] is entry:
            yield "else first"


def _traits(paper: State, sentence: Span) -> set[str]:
    if sentence[0] < paper.body:
        return {"title"}
    return set(sentences(paper)[paper.sentence_of[sentence[0]]].traits)
