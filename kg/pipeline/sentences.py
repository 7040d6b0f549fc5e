"""Split into sentences: at a full stop, unless it belongs to "et al.", "e.g.", "Fig." or an initial."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from spacy.attrs import SENT_START
from spacy.language import Language

from kg import rules
from kg.pipeline.state import State, state

if TYPE_CHECKING:
    from spacy.tokens import Doc

_CLOSERS = frozenset("\"')]}")
_STOPS = frozenset(".!?")
LONGEST = 250
"""Tokens; what is longer is a table or a fault of the source, not a sentence."""


class Sentences:
    """Mark the first token of each sentence; the title is sentences of its own."""

    def __init__(self) -> None:
        self.abbreviations = rules.words()["sentence.abbreviation"]

    def __call__(self, doc: Doc) -> Doc:
        """Set sentence starts on the Doc and in the state."""
        paper = state(doc)
        n = len(paper.words)
        first = [False] * n
        if n:
            first[0] = True
        if 0 < paper.body < n:
            first[paper.body] = True
        for i in [i for i, word in enumerate(paper.words[: n - 1]) if word in _STOPS] if n else ():
            if self._ends(paper, i):
                following = i + 1
                # A bracket or quote right behind the stop still belongs to the sentence.
                while following < n and paper.words[following] in _CLOSERS and _touches(paper, following):
                    following += 1
                if following < n and (paper.words[following][0].isupper() or paper.words[following][0] in "\"'(["):
                    first[following] = True
        _cut_long(first)
        paper.first = first
        bounds = [i for i, is_first in enumerate(first) if is_first] + [n]
        paper.sentences = [(a, b) for a, b in pairwise(bounds) if a < b]
        paper.sentence_of = [k for k, (a, b) in enumerate(paper.sentences) for _ in range(a, b)]
        # One array instead of one setter a token: the setter looks through the whole Doc each time.
        marks = np.where(first, 1, -1).astype(np.uint64)
        # Its stubs ask for Thinc's array type, which a numpy array satisfies when run.
        return doc.from_array([SENT_START], marks) if n else doc  # type: ignore[arg-type]

    def _ends(self, paper: State, i: int) -> bool:
        """Tell whether the stop at token i ends a sentence."""
        if paper.words[i] != "." or i == 0:
            return True
        before = paper.words[i - 1]
        if before.lower() + "." in self.abbreviations:
            return False
        return not (len(before) == 1 and before.isupper())  # an initial: "J. Smith"


def _cut_long(first: list[bool]) -> None:
    """Cut runs without an end: everything later is bounded by a sentence, so its time stays linear."""
    start = 0
    for i, is_first in enumerate(first):
        if is_first:
            start = i
        elif i - start >= LONGEST:
            first[i] = True
            start = i


def _touches(paper: State, i: int) -> bool:
    """Tell whether no space stands before token i."""
    return i != paper.body and paper.starts[i] == paper.ends[i - 1]


@Language.factory("kg_sentences", assigns=["token.is_sent_start"])
def make_sentences(nlp: Language, name: str) -> Sentences:
    """Make the component that splits sentences."""
    return Sentences()
