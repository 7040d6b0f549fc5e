"""Pair short forms with their long forms: "Low-Rank Adaptation (LoRA)", "LoRA (Low-Rank Adaptation)", "LoRA: Low ...".

The character alignment is that of Schwartz and Hearst, "A simple algorithm for identifying abbreviation
definitions in biomedical text" (PSB 2003): the short form's letters are found in the long form from right to
left, and the first letter must begin a word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language

from kg import rules
from kg.pipeline.state import Abbreviation, Span, State, state

if TYPE_CHECKING:
    from spacy.tokens import Doc

_BREAKS = frozenset(".;:!?()[]")
_TELLING = frozenset("(:,")
"""Signs beside which a short form may be defined."""
_FURTHEST = 6
"""Tokens between a short form and the long form that defines it."""


class Abbreviations:
    """Find the abbreviations that a paper defines."""

    def __init__(self) -> None:
        self.function = rules.words()["function"]
        self.defining = rules.words()["defining"]

    def __call__(self, doc: Doc) -> Doc:
        """Add abbreviations to the state, and propose both forms as candidates."""
        paper = state(doc)
        words = paper.words
        for i in [i for i, word in enumerate(words) if word in _TELLING]:
            if words[i] == "(":
                if 0 < i < len(words) - 2:
                    self._around_bracket(paper, i)
            elif i > 0 and is_short(words[i - 1]):
                self._defined(paper, i - 1)
        for pair in paper.abbreviations:
            paper.short_forms.add(paper.words[pair.short[0]].rstrip("s"))
            paper.propose(pair.short, "candidate.abbreviation")
            paper.propose(pair.long, "candidate.long-form")
        return doc

    def _around_bracket(self, paper: State, i: int) -> None:
        """Read "long form (SHORT" and "SHORT (long form)" around the bracket at token i."""
        words = paper.words
        closed = words[i + 2] in (")", ",", ";")
        if closed and is_short(words[i + 1]) and (long := self._before(paper, i, words[i + 1])):
            paper.abbreviations.append(Abbreviation((i + 1, i + 2), long))
            return
        if is_short(words[i - 1]):
            end = next((k for k in range(i + 1, min(i + 14, len(words))) if words[k] in ")],;"), 0)
            if end > i + 2 and (long := self._inside(paper, (i + 1, end), words[i - 1])):
                paper.abbreviations.append(Abbreviation((i - 1, i), long))

    def _before(self, paper: State, end: int, short: str) -> Span | None:
        """Return the long form that stops at token `end`, at most min(|A| + 5, 2|A|) words long."""
        letters = sum(c.isalnum() for c in short)
        reach = min(letters + 5, letters * 2)
        start = end
        while start > 0 and end - start < reach and paper.words[start - 1] not in _BREAKS and not paper.first[start]:
            start -= 1
        return self._inside(paper, (start, end), short)

    def _inside(self, paper: State, span: Span, short: str) -> Span | None:
        """Return the shortest stretch that ends where `span` ends and spells `short`."""
        text = paper.text(span)
        base = paper.starts[span[0]]
        at = align(short, text)
        if at < 0:
            return None
        start = next((k for k in range(*span) if paper.starts[k] - base >= at), span[1])
        # A match inside a hyphenated word ("self-TRaining") belongs to the whole word.
        if start > span[0] and paper.starts[start] - base > at:
            start -= 1
        # The word that gave the first letter may be a hyphenated part; an article never starts a name.
        while start < span[1] and paper.lower[start] in self.function:
            start += 1
        return (start, span[1]) if span[1] - start >= 1 and paper.text((start, span[1])) != short else None

    def _defined(self, paper: State, i: int) -> None:
        """Read "SHORT: Long Form" in titles, and "SHORT, the Long Form", "SHORT stands for Long Form" anywhere."""
        words, stop = paper.words, min(i + 1 + _FURTHEST, len(paper.words))
        first = i + 1
        while first < stop and paper.lower[first] in self.defining and not paper.first[first]:
            first += 1
        if first == i + 1 or not _may_begin(paper.lower[min(first, stop - 1)], words[i]):
            return
        for end in range(first + 2, min(first + 2 * len(words[i]) + 2, len(words)) + 1):
            if words[end - 1] in _BREAKS or paper.first[end - 1] or (i < paper.body < end):
                return
            span = (first, end)
            if self._inside(paper, span, words[i]) == span and initials(paper, span, words[i]):
                paper.abbreviations.append(Abbreviation((i, i + 1), span))
                return


def _may_begin(word: str, short: str) -> bool:
    """Tell whether a word's first letter is the first one of a short form: asked before anything costly."""
    return word[0] == next((c for c in short.lower() if c.isalpha()), "")


def is_short(word: str) -> bool:
    """Tell whether a token can be a short form: two to fourteen characters, one of them upper case."""
    return 2 <= len(word) <= 14 and word[0].isalnum() and any(c.isupper() for c in word)


def initials(paper: State, span: Span, short: str) -> bool:
    """Tell whether most letters of `short` begin words of the span: titles give no brackets as a second hint."""
    parts = [p for w in paper.lower[slice(*span)] for p in w.split("-") if p]
    letters = [c for c in short.lower() if c.isalpha()]
    if (written_out := spelled(short.lower())) != short.lower():
        return "".join(p[0] for p in parts) == written_out
    return sum(c in {p[0] for p in parts} for c in letters) >= 0.6 * len(letters) and parts[0][0] == letters[0]


def align(short: str, long: str) -> int:
    """Return where in `long` the long form of `short` begins, or -1.

    >>> align("LoRA", "we use Low-Rank Adaptation")
    7
    >>> align("C4", "the Colossal Clean Crawled Corpus")
    4
    >>> align("XYZ", "Low-Rank Adaptation")
    -1
    """
    letters = short.lower()
    if letters.endswith("s") and short[:-1].isupper():
        letters = letters[:-1]
    if (at := _align(letters, long.lower())) >= 0:
        return at
    return _align(spelled(letters), long.lower()) if spelled(letters) != letters else -1


def spelled(letters: str) -> str:
    """Return a short form with its digits written out: "C4" stands for four words in C.

    >>> spelled("c4"), spelled("gpt")
    ('cccc', 'gpt')
    """
    return re.sub(r"([a-z])([2-9])", lambda found: found[1] * int(found[2]), letters)


def _align(letters: str, text: str) -> int:
    """Find the letters in the text from right to left, as Schwartz and Hearst do."""
    at = len(text) - 1
    for k in range(len(letters) - 1, -1, -1):
        if not letters[k].isalnum():
            continue
        while at >= 0 and (text[at] != letters[k] or (k == 0 and at > 0 and text[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return -1
        at -= 1
    return at + 1


@Language.factory("kg_abbreviations", requires=["token.is_sent_start"])
def make_abbreviations(nlp: Language, name: str) -> Abbreviations:
    """Make the component that pairs short and long forms."""
    return Abbreviations()
