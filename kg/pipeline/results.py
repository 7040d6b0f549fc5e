"""Read reported numbers: value, unit, what it measures, on what, whose it is, and whether it is a difference.

Two sets of fitted weights decide. `outcomes` tells outcomes, absolute or differences, from sizes, counts and
settings. `links` weighs each number against each entity that it may belong to: a metric, a target (data or
task), a subject. What belongs to nothing is left open, and a result without a named subject is the paper's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from spacy.language import Language

from kg import ontology
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
        for number, row in zip(scene.numbers, rows.tolist(), strict=True):
            share = 1 - row[nothing]
            if share < self.outcomes.threshold:
                continue
            kinds = [(p, kind) for p, kind in zip(row, self.outcomes.classes, strict=True) if kind != NOTHING]
            ends = {end: self._link(paper, scene, number, end) for end in ENDS}
            metric, target, subject = (ends[end] for end in ENDS)
            field, start, stop = paper.offsets(scene.sentence)
            yield Result(
                subject=subject.name if subject else PAPER,
                target=target.name if target else "",
                metric=metric.name if metric else "",
                value=number.value,
                unit=number.unit,
                kind=self._kind(number, max(kinds)[1]),
                confidence=round(share * (metric.share if metric else 1) * (target.share if target else 1), 4),
                field=field,
                start=start,
                end=stop,
                rule=RULE,
            )

    def _kind(self, number: Number, likely: str) -> Kind:
        """Return the likely kind; a factor ("3x faster") is what it is, by the annotation guidelines."""
        return "absolute" if number.unit == TIMES else cast("Kind", likely)

    def _link(self, paper: State, scene: Scene, number: Number, end: End) -> Chosen | None:
        """Return the likeliest entity for one end of a result, or None."""
        rivals = candidates(paper, scene, end)
        if not rivals:
            return None
        rows = [self.links.encode(pair_features(scene, number, e, rivals, end)) for e in rivals]
        shares = self.links.probabilities(rows)[:, self.links.classes.index("yes")].tolist()
        best = max(range(len(rivals)), key=lambda k: (shares[k], -k))
        likely = shares[best] >= self.links.head["thresholds"][end]
        return Chosen(rivals[best].name, shares[best]) if likely else None


def scenes(paper: State) -> Iterator[Scene]:
    """Yield the sentences of a paper that hold numbers."""
    named = {span[0]: (span[1], entry) for entry in paper.entries for span, _ in entry.spans}
    inside = {i for start, (stop, _) in named.items() for i in range(start, stop)}
    for sentence in paper.sentences:
        if found := numbers(paper, sentence, inside):
            yield Scene(paper, sentence, found, named)


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
