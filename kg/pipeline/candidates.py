"""Propose what could be a name: by its shape, by the noun that ends it, by how it is introduced.

Candidates are many (some forty in an abstract) and mostly wrong; `decisions` weighs them. Each carries the
ids of the rules that proposed it.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from spacy.language import Language

from kg import ontology, rules
from kg.pipeline.memo import Memo
from kg.pipeline.state import State, singular, state
from kg.pipeline.weights import load

if TYPE_CHECKING:
    from spacy.tokens import Doc

_NAMED = 6
_HEADED = 4


class Candidates:
    """Propose spans that no lexicon holds."""

    def __init__(self, endings: frozenset[str]) -> None:
        words = rules.words()
        self.function = words["function"]
        self.introduce = words["cue.introduce"]
        heads = {singular(w) for name in ontology.load().entity_types for w in words.get(f"head.{name}", ())}
        self.endings = endings | {h for h in heads if not endings}
        self._is_head: Memo[str, bool] = Memo(lambda word: singular(word) in self.endings and word[0].isalnum())
        self._may_begin: Memo[str, bool] = Memo(self.can_begin)

    def __call__(self, doc: Doc) -> Doc:
        """Add candidates to the state."""
        paper = state(doc)
        self._shapes(paper)
        self._heads(paper)
        self._introduced(paper)
        self._title(paper)
        return doc

    def _shapes(self, paper: State) -> None:
        """Propose runs of name-like tokens and the parts of such runs.

        Name-like is an inner capital, a capital and a digit, or a capital within a sentence.
        """
        looks = list(map(_WRITTEN.__getitem__, paper.words))
        named = [look == 2 or (look == 1 and i >= paper.body and not paper.first[i]) for i, look in enumerate(looks)]
        j, n = 0, len(named)
        for i in compress(range(n), named):
            if i < j:
                continue
            j = i + 1
            while j < n and not paper.first[j] and (named[j] or paper.words[j][0].isdigit()):
                j += 1
            for a in range(i, min(j, i + 4)):
                for b in range(a + 1, min(j, a + _NAMED) + 1):
                    edges = paper.lower[a] in self.function or paper.lower[b - 1] in self.function
                    if (a == i or b == j or b - a == 1) and not edges:
                        paper.propose((a, b), "candidate.shape")

    def _heads(self, paper: State) -> None:
        """Propose noun phrases that end in a word that names often end in."""
        lower, first, may_begin = paper.lower, paper.first, self._may_begin
        for i in compress(range(len(lower)), map(self._is_head.__getitem__, lower)):
            if lower[i] not in self.function:
                paper.propose((i, i + 1), "candidate.head")
            a = i
            while a > 0 and i - a < _HEADED and not first[a] and may_begin[lower[a - 1]]:
                a -= 1
                paper.propose((a, i + 1), "candidate.head")

    def can_begin(self, word: str) -> bool:
        """Tell whether a word can stand in a noun phrase before its head."""
        return word[0].isalpha() and word not in self.function and not word.endswith("ly")

    def _introduced(self, paper: State) -> None:
        """Propose what follows "called", "dubbed", "we propose"."""
        n = len(paper.words)
        for i in [i for i, word in enumerate(paper.lower[: n - 1]) if word in self.introduce] if n else ():
            start = i + 1
            while start < min(i + 3, n - 1) and not paper.words[start][0].isalnum():
                start += 1  # an opening quote or bracket
            for b in range(start + 1, min(n, start + 4) + 1):
                if not paper.words[b - 1][0].isalnum() or paper.lower[b - 1] in self.function or paper.first[b - 1]:
                    break
                paper.propose((start, b), "candidate.introduced")

    def _title(self, paper: State) -> None:
        """Propose what stands before the colon of a title."""
        title = paper.words[: paper.body]
        if ":" in title and 0 < (colon := title.index(":")) <= 4:
            paper.propose((0, colon), "candidate.title-colon")


def written(word: str) -> int:
    """Return 2 for a word written like a name wherever it stands, 1 for a capitalised one, else 0.

    >>> written("RoBERTa"), written("T5"), written("Adam"), written("frog")
    (2, 2, 1, 0)
    """
    if not word[0].isalnum():
        return 0
    if any(c.isupper() for c in word[1:]):
        return 2
    if not word[0].isupper():
        return 0
    return 2 if any(c.isdigit() for c in word) else 1


_WRITTEN = Memo(written)


@Language.factory("kg_candidates", requires=["token.is_sent_start"])
def make_candidates(nlp: Language, name: str) -> Candidates:
    """Make the component that proposes unknown names."""
    return Candidates(load("typing").endings)
