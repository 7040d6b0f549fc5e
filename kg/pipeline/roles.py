"""Read who does what to what: subject, relation and object from cue patterns of one sentence.

A rule finds the cue; its objects are the nearest fitting names on the side that the rule names, with all
members of their enumeration; its subject is the nearest fitting name before the cue, or the paper where
the authors speak of themselves. Domain and range come from the ontology, direction from the rule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from spacy.language import Language

from kg import ontology, rules
from kg.model import PAPER, Claim, Polarity
from kg.pipeline.patterns import Cue, Patterns
from kg.pipeline.state import Entry, Span, State, state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Doc
    from spacy.vocab import Vocab


class Named(NamedTuple):
    """An entity at a place of a sentence."""

    span: Span
    entry: Entry


class Roles:
    """Claim relations between the entities of a paper."""

    def __init__(self, vocab: Vocab) -> None:
        self.ontology = ontology.load()
        words = rules.words()
        self.between = words["coordinator"] | words["wrapper"] | words["modifier"]
        self.authors = words["author"] | words["pronoun.paper"]
        self.clause, self.article = words["clause"], words["article"]
        self.negation, self.hedge = words["negation"], words["hedge"]
        self.patterns = Patterns(vocab, [r for r in rules.rules() if r.relation and r.pattern])
        relations = {r.relation for r in rules.rules() if r.relation}
        self.of_object = {
            name: frozenset(r for r in relations if self.ontology.in_range(name, r))
            for name in self.ontology.entity_types
        }
        self.defaults = [r for r in rules.rules() if r.role in ("introduced", "any")]

    def __call__(self, doc: Doc) -> Doc:
        """Set the state's relations."""
        paper = state(doc)
        if not paper.entries:
            return doc
        found: dict[tuple[str, str, str, int], Claim] = {}
        by_sentence = self._named(paper)
        open_ = [frozenset(r for n in named for r in self.of_object[n.entry.type]) for named in by_sentence]
        for (start, end), cues in zip(paper.sentences, self.patterns.find(doc, paper, open_), strict=True):
            named = by_sentence[paper.sentence_of[start]]
            for cue in cues:
                for claim in self._claims(paper, cue, named, (start, end)):
                    # What a special relation implies is claimed with it: pretrainedOn and trainedOn.
                    for predicate in self.ontology.closure(claim.predicate):
                        implied = replace(claim, predicate=predicate)
                        found.setdefault((claim.subject, predicate, claim.object, start), implied)
        for claim in self._by_default(paper):
            found.setdefault((claim.subject, claim.predicate, claim.object, -1), claim)
        paper.relations = in_order(found.values())
        return doc

    def _named(self, paper: State) -> list[list[Named]]:
        """Return the entities of each sentence, in text order."""
        out: list[list[Named]] = [[] for _ in paper.sentences]
        for entry in paper.entries:
            for span, _ in entry.spans:
                out[paper.sentence_of[span[0]]].append(Named(span, entry))
        for named in out:
            named.sort(key=lambda n: n.span)
        return out

    def _claims(self, paper: State, cue: Cue, named: list[Named], sentence: Span) -> Iterator[Claim]:
        relation = cue.rule.relation
        fitting = [n for n in named if self.ontology.in_range(n.entry.type, relation)]
        left = cue.rule.role == "object-left"
        objects = self._objects_left(cue, fitting) if left else self._objects_right(paper, cue, fitting)
        if not objects:
            return
        # "Unlike Y, X ..." and "Compared with Y, our X ...": the subject comes behind.
        behind = cue.rule.subject == "after" or (cue.rule.subject == "either" and cue.span[0] == sentence[0])
        if behind and self._is_last_apart(paper, objects):
            objects = objects[:-1]
        taken = {n.entry.name for n in objects}
        subject = self._subject(paper, cue, [n for n in named if n.entry.name not in taken], objects, behind)
        polarity = self._polarity(paper, cue.span, sentence)
        for obj in objects:
            if obj.entry.name != subject:
                triple = (subject, relation, obj.entry.name)
                yield self._claim(paper, triple, sentence, cue.rule, of=obj.entry, polarity=polarity)

    def _objects_right(self, paper: State, cue: Cue, fitting: list[Named]) -> list[Named]:
        """Return the first fitting name after the cue and those enumerated with it."""
        after = [n for n in fitting if n.span[0] >= cue.span[1]]
        if not after or after[0].span[0] - cue.span[1] > cue.rule.reach:
            return []
        between = paper.lower[cue.span[1] : after[0].span[0]]
        if ";" in between or self.clause & set(between):
            return []
        out = [after[0]]
        for nxt in after[1:]:
            gap = range(out[-1].span[1], nxt.span[0])
            plain = all(paper.lower[i] in self.between or paper.words[i][0].isdigit() for i in gap)
            if len(gap) > 6 or not plain:
                break
            out.append(nxt)
        return out

    def _is_last_apart(self, paper: State, objects: list[Named]) -> bool:
        """Tell whether only a comma joins the last object: "unlike BERT, ELECTRA" is no enumeration."""
        between = paper.lower[objects[-2].span[1] : objects[-1].span[0]] if len(objects) > 1 else []
        return between[:1] == [","] and set(between[1:]) <= self.article

    def _objects_left(self, cue: Cue, fitting: list[Named]) -> list[Named]:
        """Return the name that ends right before the cue, or the nearest before it."""
        before = [n for n in fitting if n.span[1] <= cue.span[0]]
        return before[-1:] if before and cue.span[0] - before[-1].span[1] <= cue.rule.reach else []

    def _subject(self, paper: State, cue: Cue, others: list[Named], objects: list[Named], behind: bool) -> str:
        """Return the nearest name on the rule's side that the relation's domain admits, or PAPER."""
        fitting = [n for n in others if self.ontology.in_domain(n.entry.type, cue.rule.relation)]
        if behind:
            after = [n for n in fitting if n.span[0] >= max(cue.span[1], objects[-1].span[1])]
            return after[0].entry.name if after else PAPER
        if cue.rule.subject == "inside":
            for n in fitting:
                if cue.span[0] < n.span[0] < cue.span[1] and self.article >= set(
                    paper.lower[cue.span[0] + 1 : n.span[0]]
                ):
                    return n.entry.name
        limit = objects[0].span[0] if cue.rule.role == "object-left" else min(cue.span[0], objects[0].span[0])
        before = [n for n in fitting if n.span[1] <= limit]
        if not before:
            return PAPER
        # "BERT is strong, but we train on C4": the authors speak after the name, so the name is not meant.
        since = paper.lower[before[-1].span[1] : limit]
        return PAPER if self.authors & set(since) else before[-1].entry.name

    def _polarity(self, paper: State, cue: Span, sentence: Span) -> Polarity:
        """Return whether the words before the cue deny or weaken it."""
        near = set(paper.lower[max(sentence[0], cue[0] - 4) : cue[0]])
        if near & self.negation:
            return "negated"
        return "hedged" if near & self.hedge else "asserted"

    def _by_default(self, paper: State) -> Iterator[Claim]:
        """Claim what a mention alone says, by the rules without a pattern."""
        spoken = spoken_sentences(paper)
        for entry in paper.entries:
            for rule in self.defaults:
                fits = self.ontology.in_range(entry.type, rule.relation)
                if fits and (entry.introduced or rule.role == "any"):
                    span = entry.introduced_at if rule.role == "introduced" else telling(paper, entry, spoken)
                    sentence = paper.sentences[paper.sentence_of[(span or entry.spans[0][0])[0]]]
                    triple = (PAPER, rule.relation, entry.name)
                    claim = self._claim(paper, triple, sentence, rule, of=entry, polarity="asserted")
                    sure = entry.introduced_share if rule.role == "introduced" else 1.0
                    yield replace(claim, confidence=round(claim.confidence * sure, 4))

    def _claim(
        self,
        paper: State,
        triple: tuple[str, str, str],
        sentence: Span,
        rule: rules.Rule,
        *,
        of: Entry,
        polarity: Polarity,
    ) -> Claim:
        """Return a claim with its sentence; it is as sure as its object is."""
        field, start, end = paper.offsets(sentence)
        return Claim(*triple, round(of.confidence, 4), polarity, field, start, end, rule.id)


def spoken_sentences(paper: State) -> list[bool]:
    """Return for each sentence whether the authors speak of themselves or their work in it."""
    authors = rules.words()["author"] | rules.words()["pronoun.paper"]
    return [not authors.isdisjoint(paper.lower[start:end]) for start, end in paper.sentences]


def telling(paper: State, entry: Entry, spoken: list[bool]) -> Span:
    """Return the entity's first mention in a sentence where the authors speak, else its first mention."""
    for span, _ in entry.spans:
        if span[0] >= paper.body and spoken[paper.sentence_of[span[0]]]:
            return span
    return entry.spans[0][0]


def in_order(claims: Iterable[Claim]) -> list[Claim]:
    """Return claims in the order of a record: title first, then by place."""
    return sorted(claims, key=lambda c: (c.field != "title", c.start, c.predicate, c.subject, c.object))


@Language.factory("kg_roles")
def make_roles(nlp: Language, name: str) -> Roles:
    """Make the component that claims relations."""
    return Roles(nlp.vocab)
