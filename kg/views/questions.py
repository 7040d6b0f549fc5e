"""The ready questions of kg/data/queries: SPARQL with a title and with parameters that users name.

A parameter is a variable that a line `VALUES ?dataset { "glue" }` binds to its default, so that each file
is a query as it stands, and a value can only ever become a literal, never a piece of the query. The header
`# param: dataset name=GLUE - name of the dataset` gives variable, kind (`kg.views.parameters`), default and meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import QueryError, RuleError, hint
from kg.views.parameters import KINDS, Parameter, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER = re.compile(r"# (title|param|table): *(.*)")
_PARAM = re.compile(r"([a-z_]+) ([a-z]+)=(.*?) - (.+)")


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A ready question: its name is that of its file.

    `table` names the variables that a table for people shows, all of them where it is empty: identifiers
    are for programs.
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    table: tuple[str, ...]
    text: str


@cache
def queries() -> tuple[NamedQuery, ...]:
    """Return all ready questions by name."""
    folder = Path(str(files("kg"))) / "data" / "queries"
    return tuple(_read(path) for path in sorted(folder.glob("*.rq")))


def named(name: str) -> NamedQuery:
    """Return the question of that name, else raise QueryError with the nearest one.

    >>> named("leaderboard").parameters[0].name
    'dataset'
    """
    for found in queries():
        if found.name == name:
            return found
    raise QueryError(f"{name!r} is not a named query.{hint(name, (q.name for q in queries()))}")


def bind(query: NamedQuery, values: Mapping[str, str]) -> str:
    """Return the question's SPARQL with the values of its parameters set.

    >>> 'VALUES ?dataset { "mnli" }' in bind(named("leaderboard"), {"dataset": "MNLI"})
    True
    """
    text, known = query.text, {parameter.name: parameter for parameter in query.parameters}
    for name, value in values.items():
        if name not in known:
            raise QueryError(f"query {query.name!r} has no parameter {name!r}.{hint(name, known)}")
        text = text.replace(_values(known[name], known[name].default), _values(known[name], value))
    return text


def _values(parameter: Parameter, value: str) -> str:
    return f"VALUES ?{parameter.name} {{ {literal(parameter, value)} }}"


def _read(path: Path) -> NamedQuery:
    text = path.read_text(encoding="utf-8")
    headers = _HEADER.findall(text)
    title = next((value for key, value in headers if key == "title"), "")
    if not title:
        raise RuleError(f"{path}:1: a query begins with '# title: ...'.")
    parameters = tuple(_parameter(value, path, text) for key, value in headers if key == "param")
    table = next((tuple(value.split()) for key, value in headers if key == "table"), ())
    if stray := [name for name in table if f"?{name}" not in text]:
        raise RuleError(f"{path}: the table shows {stray[0]!r}, which the query does not select.")
    return NamedQuery(path.stem, title, parameters, table, text)


def _parameter(row: str, path: Path, text: str) -> Parameter:
    match = _PARAM.fullmatch(row)
    if not match or match[2] not in KINDS:
        raise RuleError(f"{path}: {row!r} is not 'variable kind=default - meaning' with a kind of {', '.join(KINDS)}.")
    parameter = Parameter(*match.groups())
    line = _values(parameter, parameter.default)
    if text.count(line) != 1:
        raise RuleError(f"{path}: parameter {parameter.name!r} needs one line {line!r}.")
    return parameter
