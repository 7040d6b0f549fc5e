"""What a user rules about names: a table of same, never-same, type and label that wins over everything else.

The file is tab separated with the header `rule`, `name`, `value` and, if wanted, `why`. A name may be told apart by
its type ("Model:SAM"). A row that contradicts another, or the ontology, is refused with its line.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kg import ontology
from kg.errors import SourceError, hint
from kg.linking.names import form_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kg.model import Node

RULES = ("same", "never-same", "type", "label")
COLUMNS = ("rule", "name", "value", "why")
_NEEDED = COLUMNS[:3]


class Name(NamedTuple):
    """A name in an override: its form, its type or "" for any, and how it is written there."""

    type: str
    form: str
    written: str = ""

    def fits(self, type_: str, form: str) -> bool:
        """Tell whether a form of a type is meant."""
        return form == self.form and self.type in ("", type_)


class Row(NamedTuple):
    """One override; `value` is a name for same and never-same, a type, or a label."""

    where: str
    rule: str
    name: Name
    value: str
    other: Name

    @property
    def parts_spellings(self) -> bool:
        """Tell whether two spellings of one form are to be two things; the first one is split off as it is written."""
        return self.rule == "never-same" and self.name.form == self.other.form and self.name.type == self.other.type

    def parts(self, one: Node, other: Node) -> bool:
        """Tell whether the row says of two nodes, in this order, that they are never the same."""
        names = zip((self.name, self.other), (one, other), strict=True)
        if self.parts_spellings:
            return one.label == self.name.written and self.other.fits(other.type, form_of(other.label))
        return self.rule == "never-same" and all(n.fits(node.type, form_of(node.label)) for n, node in names)

    @property
    def text(self) -> str:
        """Return the row as a reader wrote it, for messages."""
        return f"{self.where} ({self.rule})"


@dataclass(frozen=True)
class Overrides:
    """The rows of an override file, by rule too, and the file's text."""

    rows: tuple[Row, ...] = ()
    text: str = ""
    by_rule: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)

    def of(self, rule: str) -> tuple[Row, ...]:
        """Return the rows of one rule."""
        return self.by_rule.get(rule, ())


NONE = Overrides()


def read_overrides(path: Path) -> Overrides:
    """Read and check an override file; SourceError names the line and what to change."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise SourceError(f"{path}: the overrides cannot be read: {error}.") from None
    lines = list(csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not lines:
        return Overrides()
    header = [cell.strip() for cell in lines[0]]
    for column in header:
        if column not in COLUMNS:
            raise SourceError(f"{path}:1: column {column!r} is unknown.{hint(column, COLUMNS)}")
    if missing := [column for column in _NEEDED if column not in header]:
        raise SourceError(f"{path}:1: the column {missing[0]!r} is missing; the header is {', '.join(_NEEDED)}, why.")
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
            rows.append(_row(f"{path}:{number}", dict(zip(header, (c.strip() for c in cells), strict=False))))
    _check(rows)
    by_rule = {rule: tuple(row for row in rows if row.rule == rule) for rule in RULES}
    return Overrides(tuple(rows), text, by_rule)


def _row(where: str, cells: Mapping[str, str]) -> Row:
    rule, value = cells.get("rule", ""), cells.get("value", "")
    if rule not in RULES:
        raise SourceError(f"{where}: rule {rule!r} is unknown.{hint(rule, RULES)}")
    if not cells.get("name") or not value:
        raise SourceError(f"{where}: {rule} needs a name and a value.")
    name, other = _name(cells["name"]), Name("", "")
    known = ontology.load()
    if rule == "type" and value not in known.entity_types:
        raise SourceError(f"{where}: type {value!r} is unknown.{hint(value, known.entity_types)}")
    if rule in ("same", "never-same"):
        other = _name(value)
        if name.form == other.form and (rule == "same" or name == other):
            raise SourceError(f"{where}: both names are spellings of one, so there is nothing to {rule}.")
        if rule == "same" and name.type != other.type and "" not in (name.type, other.type):
            raise SourceError(
                f"{where}: {cells['name']!r} and {value!r} have two types; set one with a type row first."
            )
    return Row(where, rule, name, value, other)


def _name(text: str) -> Name:
    type_, colon, name = text.partition(":")
    if colon and type_ in ontology.load().entity_types:
        return Name(type_, form_of(name), name)
    return Name("", form_of(text), text)


def _check(rows: list[Row]) -> None:
    """Refuse rows that contradict others: two types or labels of one name, and cycles of same and never-same."""
    seen: dict[tuple[str, Name], Row] = {}
    group: dict[str, str] = {}

    def root(form: str) -> str:
        while group.get(form, form) != form:
            form = group[form]
        return form

    for row in rows:
        if row.rule in ("type", "label"):
            first = seen.setdefault((row.rule, row.name._replace(written="")), row)
            if first.value != row.value:
                raise SourceError(f"{row.where}: the name has another {row.rule} in {first.where}. Keep one of them.")
        if row.rule == "same":
            if root(row.name.form) == root(row.other.form):
                raise SourceError(f"{row.where}: a cycle: earlier rows make these names one already. Drop this row.")
            group[root(row.name.form)] = root(row.other.form)
    for row in rows:
        apart = row.rule == "never-same" and row.name.form != row.other.form
        if apart and root(row.name.form) == root(row.other.form):
            raise SourceError(f"{row.where}: other rows make these names the same. Drop one of them.")
