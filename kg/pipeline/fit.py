"""Fit the weights on annotated papers, one stage of the pipeline after the other.

Each method fits the weights of one stage on some papers, given what the stages before it found there.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kg.errors import SourceError
from kg.pipeline import aliases, features, make_nlp, process, results, subjects, weights
from kg.pipeline.annotations import Truth, gold_spans, label_of
from kg.pipeline.candidates import Candidates
from kg.pipeline.decisions import BORDERLINE, NOTHING, SOMETHING, Decisions
from kg.pipeline.entities import Entities
from kg.pipeline.introduced import Introduced
from kg.pipeline.learners import Fitted, layered, logistic
from kg.pipeline.paper_roles import PaperRoles, paper_votes
from kg.pipeline.roles import Roles
from kg.pipeline.sight import beside
from kg.pipeline.state import Span, State, singular, state
from kg.pipeline.surroundings import Around, Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kg.model import Paper

FOLDS = 5
_POINTS = 12
"""Points of a calibration curve."""
_LOST = 0.005
"""The share of annotated names that the first look may lose."""
_SEEN = 4
"""Rows that must have a feature for typing to weigh it."""
_EMPTY: Fitted = Fitted({"classes": [], "bias": []}, {})


@dataclass(frozen=True)
class Annotated:
    """A paper and its annotation (the form of the annotation guidelines).

    `is_full` tells whether the annotation holds all results and all claims with a named subject.
    """

    paper: Paper
    gold: Mapping[str, Any]
    fold: int
    origin: str
    is_full: bool


def pair(papers: Iterable[Paper], gold: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Annotated]:
    """Return papers with their annotations, by the name of the annotated file; a fold is drawn from the id's hash."""
    texts = {paper.id: paper for paper in papers}
    out = []
    for origin, rows in gold.items():
        for row in rows:
            if row["id"] not in texts:
                raise SourceError(f"paper {row['id']!r} is annotated, but its text is in no given source.")
            out.append(Annotated(texts[row["id"]], row, fold_of(row["id"]), origin, "results" in row))
    return out


def fold_of(paper_id: str) -> int:
    """Return the cross-validation fold of a paper, 0 to 4."""
    return int(hashlib.sha256(paper_id.encode()).hexdigest(), 16) % FOLDS


def endings(papers: Sequence[State], spans: Sequence[Mapping[Span, str]]) -> frozenset[str]:
    """Return the words that end an annotated name twice or more, and in one of eight of their uses."""
    ends: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    for paper, found in zip(papers, spans, strict=True):
        ends.update({singular(paper.lower[b - 1]) for _, b in found})
        uses.update(singular(word) for word in paper.lower)
    return frozenset(w for w, n in ends.items() if n >= 2 and n / uses[w] > 0.12)


class Fitter:
    """Hold the annotated papers, read once, for several fits."""

    def __init__(self, annotated: Sequence[Annotated]) -> None:
        self.annotated = annotated
        self.nlp = make_nlp(components=("kg_sentences", "kg_abbreviations", "kg_names"))
        # As far as Docs do not depend on weights.
        self.docs = [process(self.nlp, a.paper) for a in annotated]
        self.states = [state(doc) for doc in self.docs]
        self.base = [{span: set(r) for span, r in s.candidates.items()} for s in self.states]
        self.cue_rules = Roles(self.nlp.vocab)
        # Fitting counts in the features themselves.
        self.features, self.surroundings = features.Features[str](str), Surroundings[str](str)
        self.gold = [gold_spans(s, a.gold) for s, a in zip(self.states, annotated, strict=True)]

    def typing(self, train: Sequence[int]) -> Fitted:
        """Fit typing: a class for each string of a paper."""
        ends = endings([self.states[i] for i in train], [self.gold[i] for i in train])
        rows: list[list[str]] = []
        labels: list[str] = []
        for i in train:
            paper = self._propose(i, ends)
            found = features.groups(paper)
            around = Around(paper, self.surroundings)
            rows += [
                [*row, *around.of_spans(spans)]
                for row, spans in zip(self._alone(paper, found), found.values(), strict=True)
            ]
            labels += [label_of(self.gold[i], spans) for spans in found.values()]
        return layered(rows, labels, minimum=_SEEN, epochs=6).with_head(endings=sorted(ends), threshold=0.4)

    def screen(self, train: Sequence[int]) -> Fitted:
        """Fit the first look: which strings are hopeless by their form alone."""
        ends = endings([self.states[i] for i in train], [self.gold[i] for i in train])
        rows: list[list[str]] = []
        labels: list[str] = []
        required: list[bool] = []
        for i in train:
            paper = self._propose(i, ends)
            found = features.groups(paper)
            for row, spans in zip(self._alone(paper, found), found.values(), strict=True):
                label = label_of(self.gold[i], spans)
                rows.append(row)
                labels.append(NOTHING if label == NOTHING else SOMETHING)
                required.append(label not in (NOTHING, BORDERLINE))
        part = logistic(rows, labels, minimum=_SEEN, c=0.1)
        look = weights.make(*part[:2])
        shares = look.probabilities([look.encode(row) for row, is_name in zip(rows, required, strict=True) if is_name])
        odds = sorted((np.log(shares[:, 1]) - np.log(shares[:, 0])).tolist())
        return part.with_head(least=round(odds[int(_LOST * len(odds))], 2))

    def decide(self, i: int, screen: weights.Weights, model: weights.Weights) -> None:
        """Find the entities of a paper."""
        self._propose(i, model.endings)
        Decisions(model, screen)(self.docs[i])
        Entities()(self.docs[i])

    def calibration(self) -> list[tuple[float, float]]:
        """Return what probabilities of entities are worth: points (probability, share that is right), both rising.

        To be asked when every paper was read by weights that had not seen it.
        """
        judged = []
        for i, paper in enumerate(self.states):
            truth = self._truth(i)
            judged += [(entry.confidence, truth.is_right(entry)) for entry in paper.entries]
        judged.sort()
        points = [(0.0, 0.0)]
        for part in (judged[k * len(judged) // _POINTS : (k + 1) * len(judged) // _POINTS] for k in range(_POINTS)):
            share = sum(right for _, right in part) / max(1, len(part))
            points.append((sum(p for p, _ in part) / max(1, len(part)), max(share, points[-1][1])))
        return [(round(p, 4), round(share, 4)) for p, share in (*points[1:], (1.0, points[-1][1]))]

    def _propose(self, i: int, ends: frozenset[str]) -> State:
        """Return a paper's state with fresh candidates."""
        paper = self.states[i]
        paper.candidates = {span: set(r) for span, r in self.base[i].items()}
        Candidates(ends)(self.docs[i])
        return paper

    def _alone(self, paper: State, found: Mapping[str, list[Span]]) -> list[list[str]]:
        """Return the features of a paper's strings without their surroundings."""
        look = self.features
        return [[*look.of_string(key), *look.of_form(paper, spans)] for key, spans in found.items()]

    def aliases(self, train: Sequence[int]) -> Fitted:
        """Fit which entities of a paper are one."""
        rows, labels = [], []
        for i in train:
            paper, truth = self.states[i], self._truth(i)
            for one in aliases.pairs(paper, paper.entries):
                same = truth.are_one(paper.entries[one.first], paper.entries[one.second])
                if same is not None:
                    rows.append(one.features)
                    labels.append("yes" if same else "no")
        return logistic(rows, labels, minimum=2, c=1.0).with_head(threshold=0.4)

    def introduced(self, train: Sequence[int]) -> Fitted:
        """Fit what a paper introduces."""
        rows, labels = [], []
        component = Introduced(weights.make(*_EMPTY))
        for i in train:
            paper, truth = self.states[i], self._truth(i)
            most = max((len(entry.spans) for entry in paper.entries), default=0)
            around = Around(paper, self.surroundings)
            for entry in paper.entries:
                flag = truth.is_introduced(entry)
                if flag is not None:
                    near = around.of_first([span for span, _ in entry.spans])
                    rows.append({*component.features(paper, entry, most=most), *near})
                    labels.append("introduced" if flag else NOTHING)
        return layered(rows, labels, minimum=3, epochs=10).with_head(threshold=0.5)

    def subjects(self, train: Sequence[int]) -> Fitted:
        """Fit whose a claim with a named subject is."""
        rows: list[set[str]] = []
        labels: list[str] = []
        for i in self._full(train):
            named, truth = subjects.named_claims(self.states[i]), self._truth(i)
            for claim, row in zip(named, subjects.features(self.states[i], named), strict=True):
                if label := truth.whose(claim):
                    rows.append(row)
                    labels.append(label)
        return logistic(rows, labels, minimum=2, c=0.3).with_head(threshold=0.4)

    def roles(self, train: Sequence[int]) -> Fitted:
        """Fit the roles that entities play for the paper."""
        component = PaperRoles(weights.make(*_EMPTY))
        rows: list[set[str]] = []
        labels: list[str] = []
        for i in train:
            paper, truth = self.states[i], self._truth(i)
            entries = [e for e in paper.entries if component.relations_of(e)]
            found = component.features(paper, entries, paper_votes(paper))
            around = Around(paper, self.surroundings)
            for entry, row in zip(entries, found, strict=True):
                label = truth.roles(entry, component.relations_of(entry))
                if label is not None:
                    near = set(around.of_first([span for span, _ in entry.spans]))
                    rows.append(row | near | beside(entry.type, near))
                    labels.append(label)
        return layered(rows, labels, minimum=3, epochs=8)

    def outcomes(self, train: Sequence[int]) -> Fitted:
        """Fit which numbers are outcomes, absolute or differences."""
        rows, labels = [], []
        for i in self._full(train):
            found = list(results.scenes(self.states[i]))
            reported = self._truth(i).outcomes(found)
            for scene in found:
                for number in scene.numbers:
                    said = reported[number.at]
                    if said is not None:
                        rows.append(scene.of_number(number))
                        labels.append(said[0]["kind"] if said else NOTHING)
        return layered(rows, labels, minimum=2, epochs=15, batch=256).with_head(threshold=0.4)

    def links(self, train: Sequence[int]) -> Fitted:
        """Fit which metric, target and subject an outcome belongs to."""
        rows, labels = [], []
        for i in self._full(train):
            paper, truth = self.states[i], self._truth(i)
            found = list(results.scenes(paper))
            reported = truth.outcomes(found)
            for scene in found:
                for number, said in ((n, reported[n.at]) for n in scene.numbers):
                    for end in results.ENDS if said else ():
                        rivals = results.candidates(paper, scene, end)
                        for entry in rivals:
                            label = truth.belongs(entry, said or (), end)
                            if label is not None:
                                rows.append(results.pair_features(scene, number, entry, rivals, end))
                                labels.append("yes" if label else "no")
        thresholds = {"metric": 0.3, "target": 0.2, "subject": 0.4}
        return layered(rows, labels, minimum=2, batch=256).with_head(thresholds=thresholds)

    def _truth(self, i: int) -> Truth:
        return Truth.of(self.annotated[i].gold, self.states[i].entries)

    def _full(self, train: Sequence[int]) -> list[int]:
        return [i for i in train if self.annotated[i].is_full]
