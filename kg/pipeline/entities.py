"""Gather mentions that mean one thing into entities: short and long forms, plurals, sizes, wrapping nouns.

"BERT", "BERT-large", "the BERT model" and "Bidirectional Encoder Representations from Transformers (BERT)" are
one entity of a paper; "GPT-3" and "GPT-3.5" are two, since a version is part of a name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc

from kg import rules
from kg.linking import normal
from kg.pipeline.state import Entry, Mention, Span, State, singular, state

_PARAMETERS = re.compile(r"^\d+(?:\.\d+)?[bmk]$")
_PATCH = re.compile(r"^[bslhg]/\d+$")


@dataclass(slots=True)
class _Form:
    """All mentions of a paper whose names have one normal form."""

    mentions: list[Mention] = field(default_factory=list)
    surfaces: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)


class Entities:
    """Group the mentions of a paper into entities."""

    def __init__(self) -> None:
        words = rules.words()
        self.wrappers = words["wrapper"]
        self.modifiers = words["modifier"]
        self.sizes = words["size"]
        self.function = words["function"]

    def __call__(self, doc: Doc) -> Doc:
        """Set the state's entries."""
        paper = state(doc)
        forms: defaultdict[str, _Form] = defaultdict(_Form)
        for mention in paper.mentions:
            surface = paper.text(mention.span)
            form = forms[normal(surface)]
            form.mentions.append(mention)
            form.surfaces[surface] += 1
            form.types[mention.type] += mention.confidence * (0.5 + mention.share)
        parent = self._joined(paper, forms)
        members: defaultdict[str, list[str]] = defaultdict(list)
        for key in forms:
            members[_root(parent, key)].append(key)
        paper.entries = [self._entry(paper, [forms[k] for k in keys]) for keys in members.values()]
        paper.entries.sort(key=lambda e: e.spans[0][0])
        _rename_twins(paper.entries)
        return doc

    def _joined(self, paper: State, forms: dict[str, _Form]) -> dict[str, str]:
        """Return a union-find over forms: abbreviations, and equal names once sizes and wrappers are gone."""
        parent = {key: key for key in forms}

        def join(a: str, b: str) -> None:
            parent[_root(parent, a)] = _root(parent, b)

        for pair in paper.abbreviations:
            short, long = normal(paper.text(pair.short)), normal(paper.text(pair.long))
            if short in forms and long in forms:
                join(long, short)
        bare: dict[tuple[str, str], str] = {}
        for key, form in forms.items():
            type_ = _top(form.types)
            words = self.stripped(paper, form.mentions[0].span)
            core = normal(" ".join(words))
            # A wrapped or sized form joins its plain one, whatever the plain one's type.
            if core != key and core in forms:
                join(key, core)
            join(key, bare.setdefault((type_, core), key))
        self._join_initials(paper, forms, join)
        return parent

    def _join_initials(self, paper: State, forms: dict[str, _Form], join) -> None:  # type: ignore[no-untyped-def]
        """Join an acronym with the phrase whose initials it is, though the paper puts them nowhere side by side."""
        acronyms = {}
        for key, form in forms.items():
            word = form.mentions[0].span
            text = paper.text(word)
            if word[1] - word[0] == 1 and text.rstrip("s").isupper() and len(text) > 1:
                acronyms[text.rstrip("s").lower()] = key
        for key, form in forms.items():
            start, end = form.mentions[0].span
            parts = [p for w in paper.lower[start:end] for p in w.split("-") if p and p not in self.function]
            if len(parts) > 1 and (short := acronyms.get("".join(p[0] for p in parts))) and short != key:
                join(key, short)

    def stripped(self, paper: State, span: Span) -> list[str]:
        """Return a name's words without wrapping nouns, sizes and modifiers: what is left is the name."""
        words = [singular(w) for w in paper.lower[span[0] : span[1]]]
        while len(words) > 1 and (
            words[-1] in self.wrappers
            or _PARAMETERS.match(words[-1])
            or (words[-1] in self.sizes and len(words[-1]) > 1)
        ):
            words.pop()
        while len(words) > 1 and (words[0] in self.modifiers or words[0].startswith("pre-trained")):
            words.pop(0)
        stem, _, tail = words[-1].rpartition("-")
        if stem and (_PARAMETERS.match(tail) or _PATCH.match(tail) or tail in self.sizes):
            words[-1] = stem
        return words

    def _entry(self, paper: State, forms: list[_Form]) -> Entry:
        """Return the entity that some forms are."""
        surfaces = sum((f.surfaces for f in forms), Counter[str]())
        types = sum((f.types for f in forms), Counter[str]())
        mentions = sorted(m for f in forms for m in f.mentions)
        name = min(surfaces, key=lambda s: self._rank(s, surfaces))
        aliases = set(surfaces)
        for pair in paper.abbreviations:
            short, long = paper.text(pair.short), paper.text(pair.long)
            if short in surfaces or long in surfaces:
                aliases |= {short, long}
        return Entry(
            name=name,
            type=_top(types),
            confidence=max(m.confidence for m in mentions),
            spans=[(m.span, m.rule) for m in mentions],
            aliases=aliases - {name},
        )

    def _rank(self, surface: str, surfaces: Counter[str]) -> tuple[bool, bool, int, int, str]:
        """Order names: an acronym or coined name first, then the frequent, the short, the first in order."""
        words = surface.split()
        plain = not any(c.isupper() for c in surface[1:]) if len(words) == 1 else True
        wrapped = len(words) > 1 and singular(words[-1].lower()) in self.wrappers
        return (plain, wrapped, -surfaces[surface], len(surface), surface)


def _root(parent: dict[str, str], key: str) -> str:
    while parent[key] != key:
        key = parent[key]
    return key


def _top(types: Counter[str]) -> str:
    return min(types, key=lambda t: (-types[t], t))


def _rename_twins(entries: list[Entry]) -> None:
    """Give entries of one name another of their own names: names identify entities within a record."""
    taken: set[str] = set()
    for entry in entries:
        if entry.name in taken:
            free = sorted(entry.aliases - taken)
            entry.name = free[0] if free else f"{entry.name} ({entry.type.lower()})"
        taken.add(entry.name)


@Language.factory("kg_entities")
def make_entities(nlp: Language, name: str) -> Entities:
    """Make the component that gathers mentions into entities."""
    return Entities()
