"""Read reported numbers: value, unit, what it measures, on what, whose it is, and whether it is a difference.

Two sets of fitted weights decide. `outcomes` tells outcomes, absolute or differences, from sizes, counts and
settings. `links` weighs each number against each entity that it may belong to: a metric, a target (data or
task), a subject. What belongs to nothing is left open, and a result without a named subject is the paper's.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from spacy.language import Language

from kg import ontology, rules
from kg.model import PAPER, Kind, Result
from kg.pipeline import weights
from kg.pipeline.decisions import NOTHING
from kg.pipeline.numbers import TIMES, Number, numbers
from kg.pipeline.scenes import Scene
from kg.pipeline.state import Entry, State, state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc

RULE = "results.weighed"
End = Literal["metric", "target", "subject"]
ENDS: tuple[End, ...] = ("metric", "target", "subject")


class Chosen(NamedTuple):
    """The entity that a number belongs to in one respect, and how likely that is."""

    name: str
    share: float


class Results:
    """Find the results that a paper states."""

    def __init__(self, outcomes: weights.Weights, links: weights.Weights) -> None:
        self.outcomes, self.links = outcomes, links
        # The features of each end by themselves: see `pair_features`.
        self.of_end = {
            end: {name.removeprefix(f"{end}:"): i for name, i in links.ids.items() if name.startswith(f"{end}:")}
            for end in ENDS
        }

    def __call__(self, doc: Doc) -> Doc:
        """Set the state's results."""
        paper = state(doc)
        paper.results = []
        if self.outcomes.classes:
            for scene in scenes(paper):
                paper.results += self._of_scene(paper, scene)
        return doc

    def _of_scene(self, paper: State, scene: Scene) -> Iterator[Result]:
        rows = self.outcomes.probabilities([self.outcomes.encode(scene.of_number(n)) for n in scene.numbers])
        nothing = self.outcomes.classes.index(NOTHING)
        likely = [
            (number, row)
            for number, row in zip(scene.numbers, rows.tolist(), strict=True)
            if 1 - row[nothing] >= self.outcomes.threshold
        ]
        if not likely:
            return
        field, start, stop = paper.offsets(scene.sentence)
        chosen = self._links(paper, scene, [number for number, _ in likely])
        for (number, row), (metric, target, subject) in zip(likely, chosen, strict=True):
            kinds = [(p, kind) for p, kind in zip(row, self.outcomes.classes, strict=True) if kind != NOTHING]
            share = (1 - row[nothing]) * (metric.share if metric else 1) * (target.share if target else 1)
            whose = subject.name if subject else PAPER
            kind = self._kind(number, max(kinds)[1])
            yield Result(
                subject=whose,
                target=target.name if target else "",
                metric=metric.name if metric else "",
                value=number.value,
                unit=number.unit,
                kind=kind,
                confidence=round(share, 4),
                field=field,
                start=start,
                end=stop,
                rule=RULE,
                baseline=baseline(paper, scene, whose) if kind == "delta" or number.unit == TIMES else "",
            )

    def _links(self, paper: State, scene: Scene, outcomes: list[Number]) -> list[list[Chosen | None]]:
        """Return for each number the likeliest entity for each end of a result, or None."""
        rivals = {end: candidates(paper, scene, end) for end in ENDS}
        asked = [(number, end, e) for number in outcomes for end in ENDS for e in rivals[end]]
        if not asked:
            return [[None] * len(ENDS) for _ in outcomes]
        rows = []
        for number, end, entry in asked:
            ids = self.of_end[end]
            rows.append([ids[f] for f in scene.of_pair(number, entry, rivals[end]) if f in ids])
        shares = iter(self.links.probabilities(rows)[:, self.links.classes.index("yes")].tolist())
        return [[self._best(end, [(e, next(shares)) for e in rivals[end]]) for end in ENDS] for _ in outcomes]

    def _best(self, end: End, weighed: list[tuple[Entry, float]]) -> Chosen | None:
        entry, share = max(weighed, key=lambda pair: pair[1], default=(None, 0.0))
        likely = entry is not None and share >= self.links.head["thresholds"][end]
        return Chosen(entry.name, share) if entry is not None and likely else None

    def _kind(self, number: Number, likely: str) -> Kind:
        """Return the likely kind; a factor ("3x faster") is what it is, by the annotation guidelines."""
        return "absolute" if number.unit == TIMES else cast("Kind", likely)


def scenes(paper: State) -> Iterator[Scene]:
    """Yield the sentences of a paper that hold numbers."""
    named = {span[0]: (span[1], entry) for entry in paper.entries for span, _ in entry.spans}
    inside = {i for start, (stop, _) in named.items() for i in range(start, stop)}
    known = ontology.load()
    measured = {paper.sentence_of[start] for start, (_, e) in named.items() if known.is_a(e.type, known.terms.Metric)}
    for k, sentence in enumerate(paper.sentences):
        found = numbers(paper, sentence, inside)
        # Bare whole numbers where no measure is named are counts and settings.
        if found and (k in measured or any(n.unit or n.signed or n.glued or "." in n.value for n in found)):
            yield Scene(paper, sentence, found, named)


def baseline(paper: State, scene: Scene, subject: str) -> str:
    """Return what a difference is measured against: the one thing that its sentence says is beaten, or "".

    Where the sentence compares with several, none is guessed.
    """
    known, telling = ontology.load(), _telling()
    where = paper.offsets(scene.sentence)
    said = [c for c in paper.relations if (c.field, c.start, c.end) == where and c.polarity == "asserted"]
    compared = {c.object for c in said if known.terms.comparedWith in known.closure(c.predicate)}
    cues = rules.words()["baseline.cue"]
    behind = {p.entry.name for p in scene.places if not cues.isdisjoint(scene.symbols[max(0, p.symbol - 3) : p.symbol])}
    beaten = ({c.object for c in said if c.rule in telling} | (compared & behind)) - {subject}
    return beaten.pop() if len(beaten) == 1 else ""


@cache
def _telling() -> frozenset[str]:
    """Return the cue rules whose object a difference is measured against."""
    return frozenset(rule.id for rule in rules.rules() if rule.baseline)


def candidates(paper: State, scene: Scene, end: End) -> list[Entry]:
    """Return the entities that can be one end of a result: subjects stand in its sentence or are the paper's own."""
    known = ontology.load()
    terms = known.terms
    if end == "metric":
        return [e for e in paper.entries if known.is_a(e.type, terms.Metric)]
    if end == "target":
        return [e for e in paper.entries if known.is_a(e.type, terms.Dataset) or known.is_a(e.type, terms.Task)]
    here = {id(place.entry) for place in scene.places}
    able = [e for e in paper.entries if known.in_range(e.type, terms.evaluatesModel)]
    return [e for e in able if e.introduced or id(e) in here]


def pair_features(scene: Scene, number: Number, entry: Entry, rivals: list[Entry], end: End) -> set[str]:
    """Return the features of a number and an entity for one end of a result; each end has its own."""
    return {f"{end}:{feature}" for feature in scene.of_pair(number, entry, rivals)}


@Language.factory("kg_results")
def make_results(nlp: Language, name: str) -> Results:
    """Make the component that reads reported numbers."""
    return Results(weights.load("outcomes"), weights.load("links"))
