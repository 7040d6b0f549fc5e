"""Every exception that kg raises, in one tree.

KGError
+-- SourceError      an input cannot be read: missing, empty, of unknown format, a broken record
+-- SchemaError      the ontology is broken, or a name is not in it
+-- RuleError        a row of rules, lexicons, weights or queries is broken
+-- StoreError       a record store or output folder is not ours, or is damaged
+-- EngineError      the work cannot go on: a worker died, Java or PySpark is missing
+-- QueryError       a SPARQL query cannot be parsed or answered, or a named query is unknown
|   +-- RefusedError a query asks for what is never done, such as asking another server
+-- ServerError      a server cannot start: the port is taken, a package is missing, a limit makes no sense
+-- CheckError       a graph breaks the ontology's constraints
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class KGError(Exception):
    """Be the base of everything kg raises on purpose."""


class SourceError(KGError):
    """An input cannot be read; the message names the file, the line and the remedy."""


class SchemaError(KGError):
    """The ontology is broken, or a type or relation is not in it."""


class RuleError(KGError):
    """A row of data that steers extraction is broken; the message names file and line."""


class StoreError(KGError):
    """A folder or store cannot be used: it is not ours, is missing, or is damaged."""


class EngineError(KGError):
    """The work cannot go on: a worker died, or what an engine needs is not installed."""


class QueryError(KGError):
    """A query cannot be parsed or answered."""


class RefusedError(QueryError):
    """A query asks for what is never done: SERVICE would reach the network, an update would change the graph."""


class ServerError(KGError):
    """A server cannot start; the message says what to change."""


class CheckError(KGError):
    """A graph violates a constraint."""


def hint(name: str, known: Iterable[str], *, listing: bool = True) -> str:
    """Return a clause that offers the nearest known name, or with `listing` the known ones if they are few.

    >>> hint("Modle", ["Model", "Dataset"])
    " Did you mean 'Model'?"
    >>> hint("xyz", ["a", "b"])
    " Known: 'a', 'b'."
    """
    names = sorted(known)
    if near := get_close_matches(name, names, 1):
        return f" Did you mean {near[0]!r}?"
    return f" Known: {', '.join(map(repr, names))}." if listing and 0 < len(names) <= 30 else ""
