"""Gather mentions that mean one thing into entities: short and long forms, plurals, sizes, wrapping nouns.

"BERT", "BERT-large", "the BERT model" and "Bidirectional Encoder Representations from Transformers (BERT)" are
one entity of a paper; "GPT-3" and "GPT-3.5" are two, since a version is part of a name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from spacy.language import Language

from kg import rules
from kg.linking import is_coined, normal
from kg.pipeline.state import Entry, Mention, State, singular, state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spacy.tokens import Doc

_PARAMETERS = re.compile(r"^\d+(?:\.\d+)?[bm]$")
_PATCH = re.compile(r"^[bslhg]/\d+$")


@dataclass(slots=True)
class _Form:
    """All mentions of a paper whose names have one normal form."""

    mentions: list[Mention] = field(default_factory=list)
    surfaces: dict[str, int] = field(default_factory=dict)
    types: dict[str, float] = field(default_factory=dict)


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
        paper.mentions = self._with_other_form(paper)
        forms: defaultdict[str, _Form] = defaultdict(_Form)
        for mention in paper.mentions:
            surface = paper.text(mention.span)
            form = forms[normal(surface)]
            form.mentions.append(mention)
            _add(form.surfaces, surface, 1)
            _add(form.types, mention.type, mention.confidence * (0.5 + mention.share))
        parent = self._joined(paper, forms)
        members: defaultdict[str, list[str]] = defaultdict(list)
        for key in forms:
            members[_root(parent, key)].append(key)
        paper.entries = [self._entry([forms[k] for k in keys]) for keys in members.values()]
        paper.entries.sort(key=lambda e: e.spans[0][0])
        return doc

    def _with_other_form(self, paper: State) -> list[Mention]:
        """Return the mentions and, where one form of an abbreviation is among them, the other form's too."""
        if not paper.abbreviations:
            return sorted(paper.mentions)
        chosen = {m.span: m for m in paper.mentions}
        used = {i for start, end in chosen for i in range(start, end)}
        out = list(paper.mentions)
        for pair in paper.abbreviations:
            for one, other in ((pair.long, pair.short), (pair.short, pair.long)):
                if one in chosen and not used & set(range(*other)):
                    rule = min(paper.candidates[other])
                    out.append(chosen[one]._replace(span=other, rule=rule))
        return sorted(out)

    def _joined(self, paper: State, forms: dict[str, _Form]) -> dict[str, str]:
        """Return a union-find over forms: abbreviations, and equal names once sizes and wrappers are gone."""
        parent = {key: key for key in forms}

        def join(a: str, b: str) -> None:
            parent[_root(parent, a)] = _root(parent, b)

        for pair in paper.abbreviations:
            short, long = normal(paper.text(pair.short)), normal(paper.text(pair.long))
            if short in forms and long in forms:
                join(long, short)
        by_row: dict[str, str] = {}
        for key, form in forms.items():
            for mention in form.mentions:
                for known in paper.known.get(mention.span, ()):
                    if known.type == mention.type and not known.weak:
                        join(key, by_row.setdefault(known.row, key))
        bare: dict[tuple[str, str], str] = {}
        for key, form in forms.items():
            type_ = _top(form.types)
            start, end = form.mentions[0].span
            core = normal(" ".join(self.stripped(paper.lower[start:end])))
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

    def stripped(self, lower: list[str]) -> list[str]:
        """Return a name's words without wrapping nouns, sizes and modifiers: what is left is the name."""
        words = [singular(w) for w in lower]
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

    def _entry(self, forms: list[_Form]) -> Entry:
        """Return the entity that some forms are."""
        surfaces: dict[str, int] = {}
        types: dict[str, float] = {}
        for form in forms:
            for surface, count in form.surfaces.items():
                _add(surfaces, surface, count)
            for type_, weight in form.types.items():
                _add(types, type_, weight)
        mentions = sorted(m for f in forms for m in f.mentions)
        name = min(surfaces, key=lambda s: self._rank(s, surfaces)) if len(surfaces) > 1 else next(iter(surfaces))
        aliases = set(surfaces)
        return Entry(
            name=name,
            type=_top(types),
            confidence=max(m.confidence for m in mentions),
            spans=[(m.span, m.rule) for m in mentions],
            aliases=aliases - {name},
        )

    def _rank(self, surface: str, surfaces: Mapping[str, int]) -> tuple[bool, bool, int, int, str]:
        """Order names: unsized and unwrapped first, coined before descriptive, then frequent, short, in order."""
        words = surface.split()
        stripped = "".join(self.stripped([w.lower() for w in words]))
        coined = len(words) == 1 and is_coined(surface)
        return (normal(stripped) != normal(surface), not coined, -surfaces[surface], len(surface), surface)


N = TypeVar("N", int, float)


def _add(sums: dict[str, N], key: str, value: N) -> None:
    sums[key] = sums[key] + value if key in sums else value


def _root(parent: dict[str, str], key: str) -> str:
    while parent[key] != key:
        key = parent[key]
    return key


def _top(types: dict[str, float]) -> str:
    return min(types, key=lambda t: (-types[t], t))


@Language.factory("kg_entities")
def make_entities(nlp: Language, name: str) -> Entities:
    """Make the component that gathers mentions into entities."""
    return Entities()
