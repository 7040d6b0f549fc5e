"""What a query found: strings to show, Python values to compute with, and the standard result formats."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg.views import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value = str | int | float | bool | Decimal | None
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_READERS: Mapping[str, Callable[[str], Value]] = MappingProxyType(
    {"integer": int, "decimal": Decimal, "double": float, "float": float, "boolean": {"true": True, "false": False}.get}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one query.

    `rows` hold strings to show, with our own IRIs in their short form ("model:bert") and "" where a variable
    is unbound. ASK gives `boolean` too, CONSTRUCT and DESCRIBE give `triples` too, as sorted N-Triples.
    """

    variables: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    boolean: bool | None = None
    triples: str = ""
    _results: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, found: ox.QueryBoolean | ox.QuerySolutions | ox.QueryTriples) -> Answer:
        """Return the answer that an engine's results hold."""
        if isinstance(found, ox.QueryTriples):
            return cls._of_triples(list(dict.fromkeys(found)))
        results = found.serialize(format=ox.QueryResultsFormat.JSON) or b""
        if isinstance(found, ox.QueryBoolean):
            return cls((), ((str(bool(found)).lower(),),), boolean=bool(found), _results=results)
        variables = tuple(variable.value for variable in found.variables)
        return cls(variables, tuple(tuple(_shown(t) for t in row) for row in _solutions(results)), _results=results)

    @classmethod
    def _of_triples(cls, triples: list[ox.Triple]) -> Answer:
        """Return triples both as N-Triples and as the rows of a table."""
        lines = (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode().split("\n")
        table = ox.Store()
        table.extend(ox.Quad(*triple) for triple in triples)
        names = ("subject", "predicate", "object")
        found: Any = table.query("SELECT ?{0} ?{1} ?{2} {{ ?{0} ?{1} ?{2} }} ORDER BY ?{0} ?{1} ?{2}".format(*names))
        results = found.serialize(format=ox.QueryResultsFormat.JSON) or b""
        rows = tuple(tuple(_shown(term) for term in row) for row in _solutions(results))
        return cls(names, rows, triples="".join(f"{line}\n" for line in sorted(filter(None, lines))), _results=results)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def values(self) -> tuple[tuple[Value, ...], ...]:
        """Return the rows as Python values: full IRIs, numbers as numbers, None where a variable is unbound."""
        if self.boolean is not None:
            return ((self.boolean,),)
        return tuple(tuple(_value(term) for term in row) for row in _solutions(self._results))

    def json(self) -> str:
        """Return the answer in the SPARQL 1.1 JSON format."""
        return self._results.decode()

    def csv(self) -> str:
        """Return the answer in the SPARQL 1.1 CSV format."""
        return self._as(ox.QueryResultsFormat.CSV)

    def tsv(self) -> str:
        """Return the answer in the SPARQL 1.1 TSV format, which keeps the types of terms."""
        return self._as(ox.QueryResultsFormat.TSV)

    def _as(self, format: ox.QueryResultsFormat) -> str:
        parsed = ox.parse_query_results(self._results, format=ox.QueryResultsFormat.JSON)
        return (parsed.serialize(format=format) or b"").decode()


def _solutions(results: bytes) -> list[list[object]]:
    parsed = ox.parse_query_results(results, format=ox.QueryResultsFormat.JSON)
    return [list(row) for row in parsed] if isinstance(parsed, ox.QuerySolutions) else []


@cache
def _namespaces() -> tuple[tuple[str, str], ...]:
    return tuple((namespace, prefix) for prefix, namespace in vocabulary.prefixes().items())


def _shown(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        for namespace, prefix in _namespaces():
            local = term.value.removeprefix(namespace)
            if local != term.value and _LOCAL.fullmatch(local):
                return f"{prefix}:{local}"
        return term.value
    if isinstance(term, ox.Literal):
        return term.value
    return "" if term is None else str(term)


def _value(term: object) -> Value:
    if not isinstance(term, ox.Literal):
        return None if term is None else getattr(term, "value", str(term))
    read = _READERS.get(term.datatype.value.removeprefix(vocabulary.VOCABULARIES["xsd"]))
    try:
        return read(term.value) if read else term.value
    except (ValueError, ArithmeticError):  # "abc"^^xsd:integer may stand in any RDF file
        return term.value
