"""Weigh which roles an entity plays for the paper: trained on, evaluated on, used, compared with.

Abstracts seldom say "we use X"; they say "with X", "X-style", or just name it. Cue rules of `roles` are
votes here, beside the words around the entity's mentions, and fitted weights decide: a claim of the paper
that is unlikely is dropped, a likely one that no cue gave is added. Claims with a subject of their own
("BERT is trained on ...") stay as they were read.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from spacy.language import Language

from kg import ontology, rules
from kg.model import PAPER, Claim
from kg.pipeline import surroundings, weights
from kg.pipeline.roles import in_order, spoken_sentences, telling
from kg.pipeline.state import state

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from kg.pipeline.state import Entry, Span, State

_UNLIKELY = 0.3
"""Below this a claim that a cue gave is dropped; what no cue gave must reach the model's threshold."""


class PaperRoles:
    """Drop and add claims of the paper by fitted weights, one column a relation."""

    def __init__(self, model: weights.Weights) -> None:
        self.model = model
        self.ontology = ontology.load()
        self.rules = {r.relation: r for r in rules.rules() if r.role == "weighed"}

    def __call__(self, doc: Doc) -> Doc:
        """Revise the state's relations."""
        paper = state(doc)
        if not paper.entries or not self.model.classes:
            return doc
        votes = paper_votes(paper)
        spoken = spoken_sentences(paper)
        entries = [e for e in paper.entries if any(self.admits(relation, e) for relation in self.model.classes)]
        if not entries:
            return doc
        rows = [self.model.encode(self.features(paper, e, votes[e.name])) for e in entries]
        shares = self.model.independent(rows).tolist()
        out = list(paper.relations)
        for entry, row in zip(entries, shares, strict=True):
            for relation, share in zip(self.model.classes, row, strict=True):
                if not self.admits(relation, entry):
                    continue
                given = [c for c in votes[entry.name] if relation in self.ontology.closure(c.predicate)]
                if given and share < _UNLIKELY:
                    out = [c for c in out if c not in given]
                elif not given and share >= self.model.threshold:
                    out.append(self._claim(paper, relation, entry, share, telling(paper, entry, spoken)))
        paper.relations = in_order(out)
        return doc

    def admits(self, relation: str, entry: Entry) -> bool:
        """Tell whether an entity can be the object of a relation."""
        return self.ontology.in_range(entry.type, relation)

    def features(self, paper: State, entry: Entry, given: list[Claim]) -> set[str]:
        """Return what the weights see of an entity: its kind, the votes, and the words around it."""
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
        near = surroundings.of_spans(paper, spans)
        # A word tells another story beside a dataset than beside a model.
        return out | near | {f"{f} type={entry.type}" for f in near if f[:2] in ("cu", "l=", "r=", "ne")}

    def _claim(self, paper: State, relation: str, entry: Entry, share: float, span: Span) -> Claim:
        """Return a claim that shows the sentence of one of the entity's mentions."""
        field, start, end = paper.offsets(paper.sentences[paper.sentence_of[span[0]]])
        confidence = round(share * entry.confidence, 4)
        return Claim(PAPER, relation, entry.name, confidence, "asserted", field, start, end, self.rules[relation].id)


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
