"""Weigh claims with a named subject: "BERT is trained on ..." is BERT's, "with BERT trained on ..." is the paper's.

A cue rule takes the nearest fitting name as subject. Whether the sentence speaks of that name, of the paper's
own work, or of neither, is weighed by fitted weights over the words around and between the two names. What is
likelier said of the paper becomes the paper's claim, for `paper_roles` to weigh; what is said of neither is dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spacy.language import Language

from kg import rules
from kg.linking import is_coined
from kg.model import PAPER
from kg.pipeline import weights
from kg.pipeline.roles import in_order
from kg.pipeline.state import Entry, Span, State, state
from kg.pipeline.traits import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spacy.tokens import Doc

    from kg.model import Claim, Polarity

RIGHT, PAPERS, WRONG = "right", "paper", "wrong"
"""Whose a claim is: its named subject's, the paper's, or nobody's."""
_BETWEEN = 12
_FAR = 9


class Subjects:
    """Give claims whose named subject is likely not meant to the paper, or drop them."""

    def __init__(self, model: weights.Weights) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """Revise the state's relations."""
        paper = state(doc)
        named = named_claims(paper)
        if not named or not self.model.classes:
            return doc
        rows = self.model.probabilities([self.model.encode(f) for f in features(paper, named)]).tolist()
        revised = {id(c): self._revised(c, row) for c, row in zip(named, rows, strict=True)}
        found: dict[tuple[str, str, str, Polarity, int], Claim] = {}
        for claim in (revised.get(id(c), c) for c in paper.relations):
            if claim:
                key = (claim.subject, claim.predicate, claim.object, claim.polarity, claim.start)
                found.setdefault(key, claim)
        paper.relations = in_order(found.values())
        return doc

    def _revised(self, claim: Claim, row: list[float]) -> Claim | None:
        """Return the claim as it is, or as the paper's, or None."""
        share = dict(zip(self.model.classes, row, strict=True))
        if share[RIGHT] >= self.model.threshold:
            return replace(claim, confidence=round(share[RIGHT] * claim.confidence, 4))
        return replace(claim, subject=PAPER) if share[PAPERS] > share[WRONG] else None


def named_claims(paper: State) -> list[Claim]:
    """Return what is asserted of names that the paper does not introduce."""
    own = {PAPER, *(e.name for e in paper.entries if e.introduced)}
    return [c for c in paper.relations if c.subject not in own and c.polarity == "asserted"]


def features(paper: State, claims: Sequence[Claim]) -> list[set[str]]:
    """Return what the weights see of each claim."""
    entries = {e.name: e for e in paper.entries}
    sentences = {paper.offsets(span): span for span in paper.sentences}
    return [set(_features(paper, claim, entries, sentences[claim.field, claim.start, claim.end])) for claim in claims]


def _features(paper: State, claim: Claim, entries: dict[str, Entry], sentence: Span) -> Iterator[str]:
    subject, object_ = entries[claim.subject], entries[claim.object]
    rule, kinds = claim.rule, f"{subject.type}>{object_.type}"
    yield from ("bias", f"rule={rule}", f"relation={claim.predicate}", f"{rule} {kinds}", f"kinds={kinds}")
    known = any(not k.weak for span, _ in subject.spans for k in paper.known.get(span, ()))
    yield f"known={known}"
    yield f"coined={is_coined(subject.name)} {rule}"
    yield f"coined={is_coined(subject.name)} {subject.type}"
    yield f"count={min(3, len(subject.spans))}"
    yield f"sure={int(subject.confidence * 5)}"
    yield f"introduces={any(e.introduced for e in entries.values())}"
    words = rules.words()
    authors = words["author"] | words["pronoun.paper"]
    speaks = "speaks" if not authors.isdisjoint(paper.lower[slice(*sentence)]) else "silent"
    yield from (speaks, f"{speaks} {rule}")
    if sentence[0] < paper.body:
        yield "title"
    else:
        yield from sentences(paper)[paper.sentence_of[sentence[0]]].traits
    mine = next((s for s, _ in subject.spans if sentence[0] <= s[0] < sentence[1]), None)
    its = next((s for s, _ in object_.spans if sentence[0] <= s[0] < sentence[1]), None)
    if mine is None:
        return
    before = paper.lower[mine[0] - 1] if mine[0] > sentence[0] else "<s>"
    behind = paper.lower[mine[1]] if mine[1] < sentence[1] else "</s>"
    yield from (f"before={before}", f"behind={behind}", f"before={before} {rule}", f"behind={behind} {rule}")
    # "Unlike BERT, ELECTRA ...": a coined name that opens a clause where nobody says "we" is meant itself.
    opens = "opens" if before in ("<s>", ",") else "inside"
    coined = "coined" if is_coined(subject.name) else "plain"
    yield from (f"{opens} {speaks} {coined}", f"{opens} {speaks} {coined} {subject.type}")
    yield f"place={min(3, mine[0] - sentence[0])}"
    if not authors.isdisjoint(paper.lower[sentence[0] : mine[0]]):
        yield "spoken before"
    if any(sentence[0] <= s[0] < mine[0] for e in entries.values() if e.introduced for s, _ in e.spans):
        yield "own before"
    if its is not None:
        yield from _between(paper, entries, mine, its, rule)


def _between(paper: State, entries: dict[str, Entry], mine: Span, its: Span, rule: str) -> Iterator[str]:
    low, high = (mine[1], its[0]) if mine < its else (its[1], mine[0])
    yield f"gap={min(_FAR, high - low)} {'forth' if mine < its else 'back'}"
    for word in paper.lower[low:high][:_BETWEEN]:
        yield from (f"between={word}", f"between={word} {rule}")
    yield f"names={min(3, sum(low <= s[0] < high for e in entries.values() for s, _ in e.spans))}"


@Language.factory("kg_subjects")
def make_subjects(nlp: Language, name: str) -> Subjects:
    """Make the component that weighs claims with a named subject."""
    return Subjects(weights.load("subjects"))
