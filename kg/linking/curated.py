"""What the lexicons say of names: which label a form has, and what short forms stand for."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from kg import rules
from kg.linking.names import Slips, expands, form_of, is_acronym, marks
from kg.linking.variants import variant

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"[^\W_]+")


@cache
def _rows() -> Mapping[tuple[str, str], rules.LexiconRow]:
    """Return (type, form) -> row over all names of one thing in lexicons and synonyms.

    Lexicons list sizes and versions with their family, for reading; here those are things of their own. Where
    a row of synonyms lists the label of another row, the two are one, under the label of the synonyms.
    """
    out: dict[tuple[str, str], rules.LexiconRow] = {}
    for row in (*rules.synonyms(), *rules.lexicons()):
        out.setdefault((row.type, form_of(row.label)), row)
    for row in (*rules.synonyms(), *rules.lexicons()):
        main = out[row.type, form_of(row.label)]
        for alias in row.aliases:
            if is_same(row.label, alias) or _is_said(row, alias):
                key = (row.type, form_of(alias))
                # Redirect a label that stands alone; what other rows say of an alias stays.
                alone = key not in out or (out[key] is not main and form_of(out[key].label) == key[1])
                if key not in out or (alone and row in _synonyms() and key[1] not in _leading(row.type)):
                    out[key] = main
    return {key: _followed(out, row) for key, row in out.items()}


def _followed(table: Mapping[tuple[str, str], rules.LexiconRow], row: rules.LexiconRow) -> rules.LexiconRow:
    """Return the row that the label of a row was redirected to."""
    for _ in range(3):
        row = table[row.type, form_of(row.label)]
    return row


@cache
def _synonyms() -> frozenset[rules.LexiconRow]:
    return frozenset(rules.synonyms())


@cache
def _leading(type_: str) -> frozenset[str]:
    return frozenset(form_of(row.label) for row in rules.synonyms() if row.type == type_)


def _is_said(row: rules.LexiconRow, alias: str) -> bool:
    """Tell whether a row of synonyms, which means what it says, gives an alias that adds words alone."""
    return row in _synonyms() and _marks(row.label) == _marks(alias) and not variant(alias)


def is_same(label: str, alias: str) -> bool:
    """Tell whether an alias is another name of a thing, not of a size, version, part or relative of it.

    >>> is_same("LLaMA", "LLaMA-7B"), is_same("RefCOCO", "RefCOCO+"), is_same("T5", "Text-to-Text Transfer Transformer")
    (False, False, True)
    """
    if _marks(label) != _marks(alias) and not (expands(label, alias) and alias.replace(" ", "").isalpha()):
        return expands(label, alias) and not marks(alias)
    sized = variant(alias)
    if sized and not variant(label) and form_of(label).startswith(form_of(sized.family)):
        return form_of(label) == form_of(alias)
    a, b = (_WORD.findall(name.casefold()) for name in (label, alias))
    short, long = sorted((a, b), key=len)
    extra = long[len(short) :]
    # "ARC-Easy" is a part of ARC; "ImageNet dataset" is ImageNet.
    return long[: len(short)] != short or all(word in rules.words()["wrapper"] for word in extra)


def _marks(name: str) -> list[str]:
    """Return the numbers and signs of a curated name, of which "2.0" is 2."""
    return [mark.removesuffix(".0") for mark in marks(name)]


def label(type_: str, name_form: str) -> str:
    """Return the curated label of a form, or ""."""
    found = _rows().get((type_, name_form))
    return found.label if found else ""


def spellings(type_: str, name_form: str) -> set[str]:
    """Return how lexicons write a form."""
    return _spellings().get((type_, name_form), set())


@cache
def _spellings() -> Mapping[tuple[str, str], set[str]]:
    out: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for r in (*rules.synonyms(), *rules.lexicons()):
        for name in (r.label, *r.aliases):
            out[r.type, form_of(name)].add(name)
    return out


def row(type_: str, name_form: str) -> str:
    """Return the id of the lexicon row that holds a form, or ""."""
    found = _rows().get((type_, name_form))
    return found.id if found else ""


def better(type_: str, name_form: str) -> str:
    """Return "higher" or "lower" for a measure of known direction, else ""."""
    return _directions().get((type_, form_of(label(type_, name_form))), "") if name_form else ""


@cache
def _directions() -> Mapping[tuple[str, str], str]:
    return {(r.type, form_of(label(r.type, form_of(r.label)))): r.better for r in rules.lexicons() if r.better}


def ids(type_: str, name_form: str) -> tuple[str, ...]:
    """Return the identifiers elsewhere that lexicons give for what has a form as its label."""
    return _ids().get((type_, name_form), ())


@cache
def _ids() -> Mapping[tuple[str, str], tuple[str, ...]]:
    out: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for r in (*rules.synonyms(), *rules.lexicons()):
        out[r.type, form_of(label(r.type, form_of(r.label)))].update(r.ids)
    return {key: tuple(sorted(found)) for key, found in out.items() if found}


def expansions(type_: str, name_form: str) -> tuple[str, ...]:
    """Return the long names that a lexicon gives for a short form."""
    found = _rows().get((type_, name_form))
    if not found:
        return ()
    short = next((n for n in (found.label, *found.aliases) if form_of(n) == name_form), "")
    if not is_acronym(short):
        return ()
    return tuple(n for n in (found.label, *found.aliases) if expands(short, n))


@cache
def slips() -> Slips:
    """Return the curated forms, to be found by a slip of the pen."""
    return Slips(_rows())
