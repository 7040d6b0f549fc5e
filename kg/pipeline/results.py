"""Read reported numbers: value, unit, what it measures, on what, and whether it is a difference.

A number is an outcome when it is a percentage, a factor, points, or stands by a metric in a sentence of
results. Sizes ("7B"), counts ("12 tasks"), years, versions and settings ("k = 10") are none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from spacy.language import Language

from kg import ontology, rules
from kg.model import PAPER, Kind, Result
from kg.pipeline.state import Entry, Span, State, state

if TYPE_CHECKING:
    from spacy.tokens import Doc

_NUMBER = re.compile(r"^([-+]?)(\d+(?:,\d{3})*(?:\.\d+)?)(%?)$")
_FACTOR = re.compile(r"^(\d+(?:,\d{3})*(?:\.\d+)?)[x×]$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
PERCENT, POINTS, TIMES = "%", "points", "x"


class Number(NamedTuple):
    """A number that may be an outcome: where it is, how it is written, its unit, and where the unit ends."""

    at: int
    value: str
    unit: str
    signed: bool
    end: int


class Results:
    """Find the results that a paper states."""

    def __init__(self) -> None:
        self.ontology = ontology.load()
        words = rules.words()
        self.units = {PERCENT: words["unit.percent"], POINTS: words["unit.points"], TIMES: words["unit.times"]}
        self.count = words["count"]
        self.delta_before, self.delta_after = words["delta.before"], words["delta.after"]
        self.score = words["cue.score"] | words["cue.compare"] | words["cue.evaluate"]
        self.ratio = words["ratio.after"]

    def __call__(self, doc: Doc) -> Doc:
        """Set the state's results."""
        paper = state(doc)
        out: list[Result] = []
        inside = {i for e in paper.entries for (a, b), _ in e.spans for i in range(a, b)}
        for start, end in paper.sentences:
            if start < paper.body:
                continue
            numbers = [n for i in range(start, end) if i not in inside and (n := self._number(paper, i, end))]
            if numbers:
                out += self._sentence(paper, (start, end), numbers)
        paper.results = out
        return doc

    def _number(self, paper: State, i: int, stop: int) -> Number | None:
        """Return the number at token i with its unit, or None where the token is no number."""
        word = paper.words[i]
        if not word[0].isdigit() and word[0] not in "+-":  # most tokens; the expressions are asked of the others
            return None
        if factor := _FACTOR.match(word):
            return Number(i, factor[1], TIMES, False, i + 1)
        found = _NUMBER.match(word)
        if not found or _YEAR.match(word):
            return None
        sign, value, percent = found.groups()
        if i > 0 and paper.words[i - 1] in "+" and not sign:
            sign = "+"
        unit, end = (PERCENT, i + 1) if percent else ("", i + 1)
        # "2.3% points" and "absolute 2.3 percentage points" are points, whatever sign stands between.
        for k in range(end, min(end + 2, stop)):
            named = next((u for u, ws in self.units.items() if paper.lower[k] in ws), "")
            if named and not (named == TIMES and paper.lower[k] == "times" and not self._is_ratio(paper, k, stop)):
                unit, end = named, k + 1
        return Number(i, value, unit, bool(sign), end)

    def _is_ratio(self, paper: State, times: int, stop: int) -> bool:
        """Tell whether "N times" is a factor ("3 times faster"), not a count ("3 times in a row")."""
        return any(w in self.ratio for w in paper.lower[times + 1 : min(times + 4, stop)])

    def _sentence(self, paper: State, sentence: Span, numbers: list[Number]) -> list[Result]:
        """Return the results of one sentence."""
        named = self._named(paper, sentence)
        metrics = [(s, e) for s, e in named if self.ontology.is_a(e.type, self.ontology.terms.Metric)]
        data, task = self.ontology.terms.Dataset, self.ontology.terms.Task
        # "On Flickr30K, text retrieval improves by 22.1%": where data is named, the number is about the data.
        targets = [(s, e) for s, e in named if self.ontology.is_a(e.type, data)] or [
            (s, e) for s, e in named if self.ontology.is_a(e.type, task)
        ]
        scored = bool(set(paper.lower[sentence[0] : sentence[1]]) & self.score)
        kept = [n for n in numbers if self._is_outcome(paper, n, sentence, metrics, scored)]
        aligned = self._respectively(paper, sentence, kept, targets)
        out = []
        for number in kept:
            target = aligned.get(number.at) or self._target(paper, number, targets)
            metric = self._metric(number, metrics)
            subject = self._subject(named, number)
            field, start, end = paper.offsets(sentence)
            out.append(
                Result(
                    subject=subject,
                    target=target,
                    metric=metric.name if metric else "",
                    value=number.value,
                    unit=number.unit,
                    kind=self._kind(paper, number, sentence),
                    confidence=round(min([0.8, *([metric.confidence] if metric else [0.6])]), 4),
                    field=field,
                    start=start,
                    end=end,
                    rule="results.respectively" if number.at in aligned else "results.number",
                )
            )
        return out

    def _named(self, paper: State, sentence: Span) -> list[tuple[Span, Entry]]:
        """Return the entities of a sentence, in text order."""
        found = [(s, e) for e in paper.entries for s, _ in e.spans if sentence[0] <= s[0] < sentence[1]]
        return sorted(found, key=lambda pair: pair[0])

    def _is_outcome(
        self, paper: State, number: Number, sentence: Span, metrics: list[tuple[Span, Entry]], scored: bool
    ) -> bool:
        following = paper.lower[number.end : min(number.end + 2, sentence[1])]
        if number.unit == TIMES:
            return scored or any(w in self.ratio for w in following)
        if number.unit == POINTS:
            return True
        if number.unit == PERCENT:
            # "10% of the labels" is a share of data.
            share = following[:1] == ["of"] and not any(s[0] < number.at for s, _ in metrics)
            return scored and not share
        beside = any(abs(s[0] - number.end) <= 2 or 0 <= number.at - s[1] <= 6 for s, _ in metrics)
        if any(w in self.count for w in following) or not beside:
            return False
        return "." in number.value or number.signed or scored

    def _respectively(
        self, paper: State, sentence: Span, numbers: list[Number], targets: list[tuple[Span, Entry]]
    ) -> dict[int, str]:
        """Pair numbers with targets in order where both are as many and stand in two lists, one after the other."""
        if len(numbers) < 2:
            return {}
        names = [e.name for s, e in targets if s[0] > numbers[-1].at]
        if len(names) != len(numbers):
            names = [e.name for s, e in targets if s[1] <= numbers[0].at]
        if len(names) != len(numbers) and "respectively" in paper.lower[slice(*sentence)]:
            names = [e.name for _, e in targets]
        if len(names) != len(numbers) or len(set(names)) < 2:
            return {}
        return {number.at: name for number, name in zip(numbers, names, strict=True)}

    def _target(self, paper: State, number: Number, targets: list[tuple[Span, Entry]]) -> str:
        """Return the target after the number ("90.1 on SQuAD"), else the nearest before it."""
        after = [(s, e) for s, e in targets if s[0] >= number.end]
        if after and {"on", "for", "in", "over", "across"} & set(paper.lower[number.end : after[0][0][0]]):
            return after[0][1].name
        before = [(s, e) for s, e in targets if s[1] <= number.at]
        if before:
            return before[-1][1].name
        return after[0][1].name if after else ""

    def _metric(self, number: Number, metrics: list[tuple[Span, Entry]]) -> Entry | None:
        """Return the metric next to the number: right after it, else the nearest before, else the next."""
        after = [(s, e) for s, e in metrics if s[0] >= number.end]
        if after and after[0][0][0] - number.end <= 2:
            return after[0][1]
        before = [(s, e) for s, e in metrics if s[1] <= number.at]
        if before:
            return before[-1][1]
        return after[0][1] if after else None

    def _subject(self, named: list[tuple[Span, Entry]], number: Number) -> str:
        """Return what the paper introduces if the sentence names it, else PAPER."""
        relation = self.ontology.terms.evaluatesModel
        own = [
            e.name for s, e in named if e.introduced and s[1] <= number.at and self.ontology.in_range(e.type, relation)
        ]
        return own[-1] if own else PAPER

    def _kind(self, paper: State, number: Number, sentence: Span) -> Kind:
        before = paper.lower[max(sentence[0], number.at - 3) : number.at]
        after = paper.lower[number.end : min(number.end + 2, sentence[1])]
        if number.unit == TIMES:
            return "absolute"
        if number.unit == POINTS or number.signed:
            return "delta"
        if number.unit == PERCENT and float(number.value.replace(",", "")) > 100:
            return "delta"
        reads_as_gain = bool(set(before) & self.delta_before or set(after) & self.delta_after)
        # "improves accuracy to 90%" states where it ends, not how far it went.
        return "delta" if reads_as_gain and before[-1:] != ["to"] and before[-1:] != ["at"] else "absolute"


@Language.factory("kg_results")
def make_results(nlp: Language, name: str) -> Results:
    """Make the component that reads reported numbers."""
    return Results()
