"""What the components of one pipeline know of a paper: token arrays and what was found so far.

Plain Python lists beside the spaCy Doc: features look at every token many times, and a list of strings
answers several times faster than Token objects do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from kg.model import Claim, Field, Paper, Result
    from kg.pipeline.clean import Cleaned
    from kg.pipeline.surroundings import Around
    from kg.pipeline.traits import Sentence

KEY = "kg"
Span = tuple[int, int]
"""Start and end of a stretch of tokens."""


class Known(NamedTuple):
    """A lexicon name at a span: its type, and whether it needs context."""

    row: str
    type: str
    weak: bool


class Mention(NamedTuple):
    """A chosen candidate: its chance of being an entity, and the share of that which its type has."""

    span: Span
    type: str
    confidence: float
    share: float
    rule: str


class Abbreviation(NamedTuple):
    """A short form and the long form that the paper gives for it."""

    short: Span
    long: Span


@dataclass(slots=True)
class Entry:
    """A group of mentions that are one entity, while it is being built."""

    name: str
    type: str
    confidence: float
    spans: list[tuple[Span, str]]
    aliases: set[str]
    introduced: bool = False
    introduced_share: float = 0.0
    introduced_at: Span | None = None


@dataclass(slots=True)
class State:
    """Tokens of title and abstract in one row; `body` is the index of the abstract's first token."""

    paper: Paper
    title: Cleaned
    abstract: Cleaned
    words: list[str]
    lower: list[str]
    starts: list[int]
    ends: list[int]
    body: int
    first: list[bool] = field(default_factory=list)
    sentences: list[Span] = field(default_factory=list)
    sentence_of: list[int] = field(default_factory=list)
    abbreviations: list[Abbreviation] = field(default_factory=list)
    sentence_traits: list[Sentence] = field(default_factory=list)
    around: Around[int] | None = None
    short_forms: set[str] = field(default_factory=set)
    known: dict[Span, list[Known]] = field(default_factory=dict)
    known_at: dict[int, list[Span]] = field(default_factory=dict)
    candidates: dict[Span, set[str]] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    relations: list[Claim] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    def field_of(self, token: int) -> Field:
        """Return which field a token stands in."""
        return "title" if token < self.body else "abstract"

    def offsets(self, span: Span) -> tuple[Field, int, int]:
        """Return field, start and end of a span in the paper's own text."""
        where = self.field_of(span[0])
        cleaned = self.title if where == "title" else self.abstract
        return (where, *cleaned.source(self.starts[span[0]], self.ends[span[1] - 1]))

    def text(self, span: Span) -> str:
        """Return the clean text of a span."""
        cleaned = self.title if span[0] < self.body else self.abstract
        return cleaned.text[self.starts[span[0]] : self.ends[span[1] - 1]]

    def propose(self, span: Span, rule: str) -> None:
        """Add a candidate; several rules may propose the same span."""
        self.candidates.setdefault(span, set()).add(rule)

    def key(self, span: Span) -> str:
        """Return the lower-case words of a span, the last one in the singular."""
        start, end = span
        if end - start == 1:
            return singular(self.lower[start])
        return " ".join([*self.lower[start : end - 1], singular(self.lower[end - 1])])


@lru_cache(maxsize=100_000)
def singular(word: str) -> str:
    """Return a lower-case word without its plural s.

    >>> [singular(w) for w in ("models", "loss", "bias", "gas")]
    ['model', 'loss', 'bias', 'gas']
    """
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] not in "sui'" and word[-2:] != "as" else word


def state(doc: Doc) -> State:
    """Return the state that `make_doc` put beside a Doc."""
    found: State = doc.user_data[KEY]
    return found
