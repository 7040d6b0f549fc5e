"""Weigh which roles an entity plays for the paper: trained on, evaluated on, used, compared with.

Abstracts seldom say "we use X"; they say "with X", "X-style", or just name it. Cue rules of `roles` are
votes here, beside the words around the entity's mentions, and fitted weights decide: a claim of the paper
that is unlikely is dropped, a likely one that no cue gave is added. Claims with a subject of their own
("BERT is trained on ...") stay as they were read.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from spacy.language import Language

from kg import ontology, rules
from kg.model import PAPER, Claim
from kg.pipeline import weights
from kg.pipeline.roles import in_order, spoken_sentences, telling
from kg.pipeline.sight import Sight
from kg.pipeline.state import state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spacy.tokens import Doc

    from kg.pipeline.state import Entry, Span, State

JOIN = "+"
"""A class of the weights is the roles that an entity has together: "comparedWith+uses", or nothing."""
_SURE = 8


class PaperRoles:
    """Drop and add claims of the paper by fitted weights."""

    def __init__(self, model: weights.Weights) -> None:
        self.model = model
        self.sight = Sight(model)
        self.ontology = ontology.load()
        self.rules = {r.relation: r for r in rules.rules() if r.role == "weighed"}
        self.columns = {
            relation: [k for k, joint in enumerate(model.classes) if relation in joint.split(JOIN)]
            for relation in sorted(self.rules)
        }
        known = self.ontology
        self.by_type = {t: [r for r in self.columns if known.in_range(t, r)] for t in known.entity_types}

    def __call__(self, doc: Doc) -> Doc:
        """Revise the state's relations."""
        paper = state(doc)
        entries = [e for e in paper.entries if self.relations_of(e)]
        if not entries or not self.model.classes:
            return doc
        votes = paper_votes(paper)
        own = {PAPER, *(e.name for e in paper.entries if e.introduced)}
        # What a sentence says of another, or denies, it does not say of the paper.
        taken = {(c.predicate, c.object) for c in paper.relations if c.subject not in own or c.polarity != "asserted"}
        spoken = spoken_sentences(paper)
        around, rows = self.sight.around(paper), []
        for entry, names in zip(entries, self.features(paper, entries, votes), strict=True):
            near = around.of_first([span for span, _ in entry.spans])
            rows.append({*self.model.encode(names), *self.sight.ids_beside(entry.type, near)})
        out = list(paper.relations)
        for entry, row in zip(entries, self.model.probabilities(rows).tolist(), strict=True):
            for relation in self.relations_of(entry):
                share = self.share(row, relation)
                given = [c for c in votes[entry.name] if relation in self.ontology.closure(c.predicate)]
                if given:
                    likely = share >= self.rules[relation].threshold
                    kept = [replace(c, confidence=round(share * entry.confidence, 4)) for c in given] if likely else []
                    out = [c for c in out if c not in given] + kept
                elif share >= self.rules[relation].threshold and (relation, entry.name) not in taken:
                    out.append(self._claim(paper, relation, entry, share, telling(paper, entry, spoken)))
        paper.relations = in_order(out)
        return doc

    def share(self, row: list[float], relation: str) -> float:
        """Return the probability of a relation from those of the joint roles."""
        return sum(row[k] for k in self.columns[relation])

    def relations_of(self, entry: Entry) -> list[str]:
        """Return the weighed relations that an entity can be the object of."""
        return self.by_type[entry.type]

    def features(self, paper: State, entries: list[Entry], votes: Mapping[str, list[Claim]]) -> list[set[str]]:
        """Return what the weights see of each entity beside its surroundings: its kind, and the votes."""
        own = [e for e in paper.entries if e.introduced]
        top = max((e.introduced_share for e in own), default=0.0)
        return [
            {*self._of_entry(paper, e, votes.get(e.name, [])), *_among(e, own, top), *_of_confidence(e)}
            for e in entries
        ]

    def _of_entry(self, paper: State, entry: Entry, given: list[Claim]) -> set[str]:
        spans = [span for span, _ in entry.spans]
        out = {"bias", f"type={entry.type}", f"n={min(4, len(spans))}"}
        if entry.introduced:
            out.add("introduced")
        if spans[0][0] < paper.body:
            out |= {"title", f"title type={entry.type}"}
        if any(paper.known.get(span) for span in spans):
            out.add("known")
        for claim in given:
            out |= {f"claimed={claim.predicate}", f"rule={claim.rule}"}
        return out

    def _claim(self, paper: State, relation: str, entry: Entry, share: float, span: Span) -> Claim:
        """Return a claim that shows the sentence of one of the entity's mentions."""
        field, start, end = paper.offsets(paper.sentences[paper.sentence_of[span[0]]])
        confidence = round(share * entry.confidence, 4)
        return Claim(PAPER, relation, entry.name, confidence, "asserted", field, start, end, self.rules[relation].id)


def _among(entry: Entry, own: list[Entry], top: float) -> Iterator[str]:
    """Yield how an entity stands to what the paper introduces: a part of it is often used by the rest."""
    many = min(3, len(own))
    yield f"own={many} {'new ' if entry.introduced else ''}{entry.type}"
    if entry.introduced:
        rank = "first" if entry.introduced_share == top else "further"
        yield f"new={rank} of {many}"
        yield f"new among {'+'.join(sorted({e.type for e in own}))}"


def _of_confidence(entry: Entry) -> Iterator[str]:
    yield f"sure={int(entry.confidence * _SURE)}"
    yield f"sure={int(entry.confidence * _SURE)} {entry.type}"
    share = min(max(entry.introduced_share, 1e-3), 1 - 1e-3)
    yield f"new={round(math.log(share / (1 - share)))}"


def paper_votes(paper: State) -> defaultdict[str, list[Claim]]:
    """Return, by object, the claims of the paper or of what it introduces."""
    own = {PAPER, *(e.name for e in paper.entries if e.introduced)}
    out: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in paper.relations:
        if claim.subject in own:
            out[claim.object].append(claim)
    return out


@Language.factory("kg_paper_roles")
def make_paper_roles(nlp: Language, name: str) -> PaperRoles:
    """Make the component that weighs the roles entities play for the paper."""
    return PaperRoles(weights.load("roles"))
