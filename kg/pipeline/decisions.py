"""Decide which candidates are entities, and of which type, by the fitted weights.

The weights give each string of a paper a probability for every type, for "borderline" and for "nothing". A
greedy choice, best first, keeps those above the threshold; a string needs an occurrence that no better
one covers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language

from kg import ontology
from kg.pipeline import features, weights
from kg.pipeline.memo import Memo
from kg.pipeline.sight import Sight
from kg.pipeline.state import Mention, Span, State, state

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spacy.tokens import Doc

NOTHING = "nothing"
BORDERLINE = "borderline"
SOMETHING = "something"
_LONGER = 0.02
"""What a further word adds to a candidate's rank: of two nested ones about as likely, the longer is meant."""


class Screen:
    """A first look at a string alone, which spares hopeless ones the look at their surroundings.

    It counts in the feature ids of the typing weights, so that nothing is encoded twice. Weights are whole hundredths:
    their sums are the same in any order.
    """

    def __init__(self, model: weights.Weights, ids: Mapping[str, int]) -> None:
        nothing, something = (model.classes.index(label) for label in (NOTHING, SOMETHING))
        speaks = (model.table[:, something] - model.table[:, nothing]).astype(int).tolist()
        # The table's last row says nothing, and so do features that it lacks.
        self.speaks = [speaks[model.ids.get(feature, -1)] for feature in ids]
        self.bias = 100 * float(model.bias[something] - model.bias[nothing])
        self.least = 100 * float(model.head["least"])

    def odds(self, ids: Iterable[int]) -> int:
        """Return what features say for a name, in hundredths of log odds."""
        return sum(map(self.speaks.__getitem__, ids))

    def passes(self, odds: int) -> bool:
        """Tell whether a string of these odds is worth a second look."""
        return odds + self.bias >= self.least


class Decisions:
    """Choose the mentions of a paper among its candidates."""

    def __init__(self, model: weights.Weights, screen: weights.Weights | None = None) -> None:
        self.model = model
        self.screen = Screen(screen, model.ids) if screen and screen.classes else None
        self.types = [model.classes.index(t) for t in ontology.load().entity_types if t in model.classes]

        self.features, self.sight = features.Features(model.ids.get), Sight(model)
        # Papers of a field share their words: what a string alone says is encoded once.
        self._of_string = Memo(self._encoded)

    def __call__(self, doc: Doc) -> Doc:
        """Set the state's mentions."""
        paper = state(doc)
        self._adopt(doc, paper)
        found = features.groups(paper)
        if not found or not self.model.classes:
            return doc
        around = self.sight.around(paper)
        rows, kept = [], {}
        for key, spans in found.items():
            own, odds = self._of_string[key]
            form = self.features.of_form(paper, spans)
            if self.screen is None or self.screen.passes(odds + self.screen.odds(form)):
                rows.append([*own, *form, *around.of_spans(spans)])
                kept[key] = spans
        scored = self.rank(self.model.probabilities(rows).tolist(), kept) if rows else []
        paper.mentions = self.choose(paper, scored)
        return doc

    def _encoded(self, key: str) -> tuple[tuple[int, ...], int]:
        """Return the features of a string alone, and what the first look says of them."""
        ids = tuple(self.features.of_string(key))
        return ids, self.screen.odds(ids) if self.screen else 0

    def _adopt(self, doc: Doc, paper: State) -> None:
        """Take over what components of others put into doc.spans["kg"]: one more witness each."""
        for span in doc.spans.get("kg", ()):
            paper.propose((span.start, span.end), span.id_ or span.label_)

    def rank(self, rows: list[list[float]], found: dict[str, list[Span]]) -> list[tuple[float, float, str, list[Span]]]:
        """Return (score, probability of the type, type, spans) of each string, the best first."""
        nothing = self.model.classes.index(NOTHING)
        ranked = []
        for (key, spans), row in zip(found.items(), rows, strict=True):
            entity = sum([row[k] for k in self.types])
            score = entity / (entity + row[nothing])
            if score >= self.model.threshold:
                best = max(self.types, key=row.__getitem__)
                order = score + _LONGER * min(4, key.count(" ") + 1)
                ranked.append((-order, key, score, row[best] / entity, self.model.classes[best], spans))
        return [(score, share, type_, spans) for _, _, score, share, type_, spans in sorted(ranked)]

    def choose(self, paper: State, scored: list[tuple[float, float, str, list[Span]]]) -> list[Mention]:
        """Return the mentions that are kept, in text order, as sure as their score has proved to be."""
        used = [False] * len(paper.words)
        out = []
        for score, share, type_, spans in scored:
            confidence = self.model.confidence(score)
            for span in [s for s in spans if not any(used[s[0] : s[1]])]:
                used[span[0] : span[1]] = [True] * (span[1] - span[0])
                out.append(Mention(span, type_, confidence, share, self._rule(paper, span, type_)))
        return sorted(out)

    def _rule(self, paper: State, span: Span, type_: str) -> str:
        """Return the proposing rule that speaks most for the type."""
        column = self.model.classes.index(type_)

        def weight(rule: str) -> tuple[float, str]:
            at = self.model.ids.get(f"rule={rule}")
            return (float(self.model.table[at][column]) if at is not None else 0.0, rule)

        return max(paper.candidates[span], key=weight)


@Language.factory("kg_typing", requires=["token.is_sent_start"])
def make_typing(nlp: Language, name: str) -> Decisions:
    """Make the component that decides type and fate of candidates."""
    return Decisions(weights.load("typing"), weights.load("screen"))
