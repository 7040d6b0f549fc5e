"""Find what breaks the ontology's constraints, by queries over the whole graph at once.

Each file of kg/data/checks selects the offenders of one constraint. What a check must know of the
ontology is not repeated in it: an empty `VALUES (?relation ?domain) {}` is filled here from the
ontology, so that a new relation is checked from its first day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox

from kg import ontology
from kg.errors import QueryError, RuleError
from kg.views import rdf
from kg.views.vocabulary import literal, term

SEVERITIES = ("error", "warning")
_HEADER = re.compile(r"# title: (.+)\n# severity: (\w+)\n")
_TABLE = re.compile(r"VALUES (\?\w+|\([?\w ]+\)) \{\}")


@dataclass(frozen=True, slots=True)
class Check:
    """A constraint: its name is that of its file, `query` selects the rows that break it."""

    name: str
    title: str
    severity: str
    query: str


@dataclass(frozen=True, slots=True)
class Violation:
    """A place where a constraint is broken: the check that says so, and the offending nodes."""

    check: str
    title: str
    severity: str
    found: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.severity}: {self.check}: {' '.join(self.found)} ({self.title})"


def check(store: ox.Store) -> tuple[Violation, ...]:
    """Return all violations in a store, errors first; none for a graph that is sound.

    >>> check(ox.Store())
    ()
    """
    found: list[Violation] = []
    for constraint in checks():
        solutions = store.query(constraint.query, prefixes=rdf.prefixes())
        if not isinstance(solutions, ox.QuerySolutions):
            raise QueryError(f"check {constraint.name!r} is not a SELECT query.")
        for row in solutions:
            values = tuple("" if value is None else getattr(value, "value", str(value)) for value in row)
            found.append(Violation(constraint.name, constraint.title, constraint.severity, values))
    return tuple(sorted(found, key=lambda v: (SEVERITIES.index(v.severity), v.check, v.found)))


@cache
def checks() -> tuple[Check, ...]:
    """Return all constraints by name."""
    folder = Path(str(files("kg"))) / "data" / "checks"
    return tuple(_read(path) for path in sorted(folder.glob("*.rq")))


def _read(path: Path) -> Check:
    text = path.read_text(encoding="utf-8")
    header = _HEADER.match(text)
    if not header or header[2] not in SEVERITIES:
        raise RuleError(f"{path}:1: a check begins with '# title: ...' and '# severity: {' or '.join(SEVERITIES)}'.")
    tables = _tables()
    for variables in _TABLE.findall(text):
        if variables not in tables:
            raise RuleError(f"{path}: there is no table {variables!r}; tables are {', '.join(tables)}.")
    query = _TABLE.sub(lambda match: f"VALUES {match[1]} {{ {tables[match[1]]} }}", text)
    return Check(path.stem, header[1], header[2], query)


@cache
def _tables() -> dict[str, str]:
    """Return what checks may ask of the ontology, as rows of VALUES by their variables."""
    known = ontology.load()
    kinds = (*known.entity_types, known.terms.Paper, known.terms.Result)
    claims = {n: r for n, r in known.relations.items() if any(known.is_a(k, d) for k in kinds for d in r.domain)}
    below = {name: [other for other in known.types if known.is_a(other, name)] for name in known.types}
    allowed = {k: f" {' '.join(other.lower() for other in below[k])} " for k in kinds}
    closures = [(name, up) for name in claims for up in known.closure(name)]

    def rows(pairs: list[tuple[str, str]]) -> str:
        return " ".join(f"({term(one)} {term(two)})" for one, two in pairs)

    return {
        "?relation": " ".join(str(term(name)) for name in claims),
        "?class": " ".join(str(term(name)) for name in known.entity_types),
        "(?class ?kinds)": " ".join(f"({term(k)} {literal(names)})" for k, names in allowed.items()),
        "(?relation ?domain)": rows([(n, b) for n, r in claims.items() for d in sorted(r.domain) for b in below[d]]),
        "(?relation ?range)": rows([(n, b) for n, r in claims.items() for d in sorted(r.range) for b in below[d]]),
        "(?narrow ?broad)": rows(closures),
        "(?narrow ?relation)": rows(closures),
    }
