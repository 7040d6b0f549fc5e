"""Decide which entities a paper introduces: by title, by "we propose", by what its sentences are about.

That a lexicon knows a coined name plays no part: the shelf may hold the paper that made the name known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language

from kg import rules
from kg.linking import is_coined
from kg.pipeline import weights
from kg.pipeline.features import shapes
from kg.pipeline.sight import Sight
from kg.pipeline.state import Entry, Span, State, singular, state

if TYPE_CHECKING:
    from spacy.tokens import Doc

_NO_RULES: frozenset[str] = frozenset()
_DEFINED = frozenset({"candidate.abbreviation", "candidate.long-form"})


class Introduced:
    """Mark the entities that are the paper's own, and the mention that says so."""

    def __init__(self, model: weights.Weights) -> None:
        self.model = model
        self.sight = Sight(model)
        self.verbs = rules.words()["cue.introduce"]
        self.function = rules.words()["function"]
        self.authors = rules.words()["pronoun.paper"] | {"paper", "work"}

    def __call__(self, doc: Doc) -> Doc:
        """Set the flag on the state's entries."""
        paper = state(doc)
        if paper.entries and self.model.classes:
            most = max(len(entry.spans) for entry in paper.entries)
            around = self.sight.around(paper)
            rows = []
            for entry in paper.entries:
                near = around.of_first([span for span, _ in entry.spans])
                rows.append({*self.model.encode(self.features(paper, entry, most=most)), *self.sight.ids(near)})
            shares = self.model.probabilities(rows)[:, self.model.classes.index("introduced")]
            for entry, share in zip(paper.entries, shares.tolist(), strict=True):
                entry.introduced = share >= self.model.threshold
                entry.introduced_share = share
        for entry in paper.entries:
            if entry.introduced:
                entry.introduced_at = self._telling(paper, entry)
        return doc

    def _telling(self, paper: State, entry: Entry) -> Span:
        """Return the mention whose sentence presents the entity; the first mention where none does."""
        spans = [span for span, _ in entry.spans]
        presented = [s for s in spans if s[0] >= paper.body and self._verb_before(paper, s) is not None]
        return (presented or spans)[0]

    def _verb_before(self, paper: State, span: Span) -> int | None:
        """Return how many tokens before the span the last presenting verb of its sentence stands."""
        start = paper.sentences[paper.sentence_of[span[0]]][0]
        for i in range(span[0] - 1, start - 1, -1):
            if paper.lower[i] in self.verbs:
                return span[0] - i
        return None

    def features(self, paper: State, entry: Entry, *, most: int) -> set[str]:
        """Return what the weights see of an entity beside its surroundings.

        `most` is how often the most named entity stands.
        """
        spans = [span for span, _ in entry.spans]
        out = {"bias", f"type={entry.type}", f"count={min(5, len(spans))}"}
        if len(spans) > 1 and len(spans) == most:
            out.add("most-named")
        if spans[0][0] < paper.body:
            self._title(paper, spans[0], entry, out)
        body = [s for s in spans if s[0] >= paper.body]
        if body:
            out.add(f"position={4 * (body[0][0] - paper.body) // max(1, len(paper.words) - paper.body)}")
        for span in spans:
            self._mention(paper, span, entry, out)
            if paper.candidates.get(span, _NO_RULES) & _DEFINED:
                out.add("abbreviation")
        if not is_coined(entry.name) and any(not k.weak for s in spans for k in paper.known.get(s, ())):
            out.add("established")
        start, end = spans[0]
        if any(c.isupper() for c in paper.words[start][1:]):
            out.add("inner-capital")
        return out | {
            f"n={end - start}",
            f"last={singular(paper.lower[end - 1])}",
            f"shape={shapes(paper.words[start:end])}",
        }

    def _title(self, paper: State, span: Span, entry: Entry, out: set[str]) -> None:
        out |= {"title", f"title type={entry.type}"}
        if span[0] == 0:
            out.add("title-start")
            if paper.words[span[1] : span[1] + 1] == [":"]:
                out.add("title-colon")

    def _mention(self, paper: State, span: Span, entry: Entry, out: set[str]) -> None:
        begin, stop = paper.sentences[paper.sentence_of[span[0]]]
        left = paper.lower[begin : span[0]]
        if span[0] >= paper.body:
            if not left or left in (["the"], ["our"], ["this"]):
                out |= {"subject", f"subject type={entry.type}"}
            following = paper.lower[span[1] : min(stop, span[1] + 3)]
            if paper.sentence_of[span[0]] - paper.sentence_of[paper.body] <= 1 and "is" in following:
                out.add("defined")
        if "our" in left[-4:]:
            out.add("our")
        out |= {f"l3={w}" for w in left[-3:]} | {f"r3={w}" for w in paper.lower[span[1] : min(stop, span[1] + 3)]}
        distance = self._verb_before(paper, span)
        if distance is None:
            return
        out.add("verb")
        out.add(f"verb={paper.lower[span[0] - distance]}")
        out.add(f"distance={min(6, distance // 2)}")
        between = paper.lower[span[0] - distance + 1 : span[0]]
        out.add(
            "across" if any(w in self.function and len(w) > 1 and w not in ("an", "the") for w in between) else "direct"
        )
        if self.authors & set(left):
            out |= {"ours", f"ours type={entry.type}"}


@Language.factory("kg_introduced")
def make_introduced(nlp: Language, name: str) -> Introduced:
    """Make the component that marks what the paper introduces."""
    return Introduced(weights.load("introduced"))
