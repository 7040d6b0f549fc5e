"""Read and check the data that steers extraction: lexicons, rules and word classes.

Every row is checked when it is read, so that a broken one is refused with file and line before any
text is touched. A lexicon row names one thing; a rule row holds a token pattern with examples and
rejects that the tests run; a word class is a set of words with the reason it exists.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from kg import ontology
from kg.errors import RuleError, SchemaError, hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MATCH = ("exact-case", "any-case")
BETTER = ("", "higher", "lower")
SUBJECTS = ("before", "inside", "after", "either")
ROLES = ("", "object-right", "object-left", "introduced", "weighed", "any")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LexiconRow:
    """A known thing. `weak` lists the names that need context before they count, `why` says why.

    `better` tells of a measure whether "higher" or "lower" values are better, where that is agreed. `ids` are
    its identifiers elsewhere, each with a scheme of kg/data/identifiers.json ("arxiv:1810.04805").
    """

    id: str
    type: str
    label: str
    aliases: tuple[str, ...] = ()
    match: str = "exact-case"
    weak: tuple[str, ...] = ()
    why: str = ""
    better: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """A kind of identifier: who gives it, what it names, how it looks, where its page is, and its property in RDF."""

    label: str
    about: str
    pattern: str
    address: str
    property: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to read something, with its proof.

    `pattern` is a spaCy Matcher pattern for the cue of `relation`; `anchor` holds the lower-case words
    that it can begin with, so it is tried only where one stands; `role` says where its object is,
    `reach` how many tokens may stand between, and `subject` where its subject is: before the cue, also
    inside it ("train X on"), after its objects ("unlike Y, X"), or either of the two, after where the
    cue opens the sentence. A row without a pattern names and documents a mechanism of the code.
    `baseline` says that a difference in the cue's sentence is measured against its object.
    `examples` mark a mention or object as [Y] and a named subject as <X>; on `rejects` the rule must
    stay silent. `source` is file and line of the row.
    """

    id: str
    why: str
    examples: tuple[str, ...]
    rejects: tuple[str, ...] = ()
    pattern: tuple[Mapping[str, Any], ...] = ()
    anchor: tuple[str, ...] = ()
    relation: str = ""
    role: str = ""
    reach: int = 12
    subject: str = "before"
    threshold: float = 0.5
    baseline: bool = False
    source: str = ""


def data_dir() -> Path:
    """Return the folder of the package's data files."""
    return Path(str(files("kg"))) / "data"


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (file:line, row) of a JSONL file; a line that is no JSON object raises RuleError."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            where = f"{path.name}:{number}"
            try:
                row = json.loads(line)
            except ValueError as error:
                raise RuleError(f"{where}: not JSON: {error}. Write one JSON object a line.") from None
            if not isinstance(row, dict):
                raise RuleError(f"{where}: expected a JSON object, met {line.strip()[:40]!r}.")
            yield where, row


@cache
def lexicons() -> tuple[LexiconRow, ...]:
    """Return all lexicon rows, sorted by id."""
    rows = [_lexicon_row(row, where) for path in _sorted("lexicons") for where, row in json_lines(path)]
    _unique([row.id for row in rows])
    return tuple(sorted(rows, key=lambda row: row.id))


@cache
def synonyms() -> tuple[LexiconRow, ...]:
    """Return rows of names that mean one thing, which linking knows and reading does not, sorted by id."""
    rows = [_lexicon_row(row, where) for path in _sorted("synonyms") for where, row in json_lines(path)]
    _unique([row.id for row in rows])
    return tuple(sorted(rows, key=lambda row: row.id))


@cache
def rules() -> tuple[Rule, ...]:
    """Return all rule rows, sorted by id."""
    rows = [_rule(row, where, path.stem) for path in _sorted("rules") for where, row in json_lines(path)]
    _unique([row.id for row in rows])
    return tuple(sorted(rows, key=lambda row: row.id))


@cache
def words() -> Mapping[str, frozenset[str]]:
    """Return the word classes by name; asking for an unknown one raises KeyError."""
    path = data_dir() / "words.json"
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return MappingProxyType({name: frozenset(entry["words"]) for name, entry in table.items()})
    except (ValueError, TypeError, KeyError) as error:
        raise RuleError(f"{path.name}: each class needs a list of words: {error!r}.") from None


@cache
def abbreviated() -> Mapping[str, str]:
    """Return what short forms stand for in every name that they are a word of, by short form."""
    table = json.loads((data_dir() / "abbreviated.json").read_text(encoding="utf-8"))
    return MappingProxyType(table["words"])


@cache
def schemes() -> Mapping[str, Scheme]:
    """Return the kinds of identifiers that lexicon rows may give, by prefix."""
    table = json.loads((data_dir() / "identifiers.json").read_text(encoding="utf-8"))
    return MappingProxyType({name: Scheme(**entry) for name, entry in table.items()})


def pages(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the scheme and the address of each identifier.

    >>> list(pages(["arxiv:1810.04805"]))
    [('arxiv', 'https://arxiv.org/abs/1810.04805')]
    """
    for each in ids:
        scheme, _, value = each.partition(":")
        yield scheme, schemes()[scheme].address + value


def _sorted(folder: str) -> list[Path]:
    return sorted((data_dir() / folder).glob("*.jsonl"))


def _unique(ids: list[str]) -> None:
    seen: set[str] = set()
    for row_id in ids:
        if row_id in seen:
            raise RuleError(f"row {row_id!r} is defined twice. Give each row an id of its own.")
        seen.add(row_id)


def _lexicon_row(row: dict[str, Any], where: str) -> LexiconRow:
    built: LexiconRow = _build(LexiconRow, row, where)
    if built.match not in MATCH:
        raise RuleError(f"{where}: match {built.match!r} is unknown.{hint(built.match, MATCH)}")
    if stray := set(built.weak) - {built.label, *built.aliases}:
        raise RuleError(f"{where}: weak names {sorted(stray)} are neither the label nor aliases of {built.id!r}.")
    if built.better not in BETTER:
        raise RuleError(f"{where}: better {built.better!r} is unknown.{hint(built.better, BETTER)}")
    for given in built.ids:
        scheme, _, value = given.partition(":")
        if scheme not in schemes() or not re.fullmatch(schemes()[scheme].pattern, value):
            raise RuleError(f"{where}: {given!r} is no identifier of a known scheme.{hint(scheme, schemes())}")
    if built.weak and not built.why:
        raise RuleError(f"{where}: {built.id!r} has weak names but no `why`.")
    return built


def _rule(row: dict[str, Any], where: str, stem: str) -> Rule:
    built: Rule = _build(Rule, row, where, source=where)
    if built.pattern and not (built.relation and built.anchor):
        raise RuleError(f"{where}: rule {built.id!r} has a pattern, so it needs a `relation` and `anchor` words.")
    if not (built.why and built.examples):
        raise RuleError(f"{where}: rule {built.id!r} needs `why` and at least one example.")
    if built.subject not in SUBJECTS:
        raise RuleError(f"{where}: subject {built.subject!r} is unknown.{hint(built.subject, SUBJECTS)}")
    if built.role not in ROLES:
        raise RuleError(f"{where}: role {built.role!r} is unknown.{hint(built.role, ROLES)}")
    if not built.id.startswith(stem + "."):
        raise RuleError(f"{where}: rule {built.id!r} must begin with its file's name, {stem + '.'!r}.")
    return built


def _build(cls: type[T], row: dict[str, Any], where: str, **given: str) -> T:
    """Return a row as `cls`, refusing unknown and missing keys, and names that the ontology lacks.

    `given` are fields that a row does not set itself.
    """
    fields = cls.__dataclass_fields__.keys() - given  # type: ignore[attr-defined]
    if unknown := sorted(row.keys() - fields):
        raise RuleError(f"{where}: unknown key {unknown[0]!r}.{hint(unknown[0], fields)}")
    try:
        known = ontology.load()
        if row.get("type"):
            known.check_type(row["type"])
        if row.get("relation"):
            known.check_relation(row["relation"])
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}, **given)
    except (SchemaError, TypeError) as error:
        raise RuleError(f"{where}: {error}") from None
