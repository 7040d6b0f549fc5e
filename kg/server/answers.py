"""Answer one query in a worker: in the format that the client prefers, and never more of it than the limits admit."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg.errors import RefusedError
from kg.server import negotiate, rows
from kg.server.refusals import RefusalError
from kg.views import guard, rdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kg.server.limits import Limits

TABLES: Mapping[str, ox.QueryResultsFormat] = MappingProxyType(
    {
        "application/sparql-results+json": ox.QueryResultsFormat.JSON,
        "application/sparql-results+xml": ox.QueryResultsFormat.XML,
        "text/csv": ox.QueryResultsFormat.CSV,
        "text/tab-separated-values": ox.QueryResultsFormat.TSV,
        "application/json": ox.QueryResultsFormat.JSON,
        "application/xml": ox.QueryResultsFormat.XML,
    }
)
GRAPHS: Mapping[str, ox.RdfFormat] = MappingProxyType(
    {
        "text/turtle": ox.RdfFormat.TURTLE,
        "application/n-triples": ox.RdfFormat.N_TRIPLES,
        "application/rdf+xml": ox.RdfFormat.RDF_XML,
        "application/ld+json": ox.RdfFormat.JSON_LD,
        "application/trig": ox.RdfFormat.TRIG,
        "application/n-quads": ox.RdfFormat.N_QUADS,
    }
)
_CLASS = re.compile(r"\['.*?'\](?=,|$)|\[_\]", re.DOTALL)


class Sink:
    """Where an answer is written: collects small writes, and stops what is too long."""

    def __init__(self, pass_on: Callable[[bytes], None], limits: Limits) -> None:
        self.pass_on, self.limits = pass_on, limits
        self.held, self.size = bytearray(), 0
        self.count: Callable[[bytes], int] | None = None

    def write(self, part: bytes) -> int:
        """Take a piece of the answer."""
        self.size += len(part)
        if self.size > self.limits.answer:
            raise RefusalError(
                413, f"The answer is longer than {self.limits.answer:,} bytes. Add LIMIT, or ask for less."
            )
        if self.count and self.count(part) > self.limits.rows:
            raise RefusalError(413, too_many(self.limits))
        self.held += part
        if len(self.held) >= 1 << 16:
            self.flush()
        return len(part)

    def flush(self) -> None:
        """Pass on what is held."""
        if self.held:
            self.pass_on(bytes(self.held))
            self.held.clear()


def too_many(limits: Limits) -> str:
    """Return what to say of an answer with too many rows."""
    return f"The answer has more than {limits.rows:,} rows. Add LIMIT (and OFFSET for the rest), or ask for less."


def answer(store: ox.Store, job: Mapping[str, Any], sink: Sink) -> dict[str, str]:
    """Write the answer to a query into the sink and return its headers; RefusalError says why there is none."""
    try:
        found = _evaluate(store, job)
    except SyntaxError as error:
        if guard.is_update(job["query"]):
            raise RefusalError(403, "This is an update, and the graph is only read here. Ask with SELECT.") from None
        raise RefusalError(400, f"The query cannot be parsed: {plain(str(error))}") from None
    except RefusedError as error:
        raise RefusalError(403, str(error)) from None
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        raise RefusalError(400, f"The query cannot be answered: {error}") from None
    offered: Iterable[str] = GRAPHS if isinstance(found, ox.QueryTriples) else TABLES
    chosen = negotiate.best(job["accept"], offered)
    if not chosen:
        kind = "a graph" if offered is GRAPHS else "a table or a yes or no"
        raise RefusalError(406, f"The answer is {kind}, which is offered as {', '.join(offered)}.", {"Vary": "Accept"})
    try:
        if isinstance(found, ox.QueryTriples):
            write_triples(found, sink, chosen)
        else:
            sink.count = rows.counter(TABLES[chosen])
            found.serialize(sink, format=TABLES[chosen])  # type: ignore[arg-type]  # has all that is called
    except (ValueError, OSError, RuntimeError) as error:
        raise RefusalError(400, f"The query cannot be answered: {error}") from None
    sink.flush()
    return {"Content-Type": chosen + ("; charset=utf-8" if chosen.startswith("text/") else ""), "Vary": "Accept"}


def write_triples(triples: Iterable[ox.Triple], sink: Sink, type_: str) -> None:
    """Write triples, each once, in a format."""

    def counted() -> Iterator[ox.Triple]:
        seen: set[ox.Triple] = set()
        for triple in triples:
            if triple not in seen:
                seen.add(triple)
                if len(seen) > sink.limits.rows:
                    raise RefusalError(413, too_many(sink.limits))
                yield triple

    ox.serialize(counted(), sink, format=GRAPHS[type_], prefixes=rdf.prefixes())  # type: ignore[arg-type]
    sink.flush()


def plain(message: str) -> str:
    """Return a parser's message without the sets of characters that it lists.

    >>> plain("error at 1:29: expected one of OFFSET, ['0'..='9'], [_]")
    'error at 1:29: expected OFFSET'
    """
    head, expected, rest = message.partition("expected ")
    hopes = [hope for hope in _CLASS.sub("", rest.removeprefix("one of ")).split(", ") if hope.strip(" ,\n")]
    if not expected or not hopes:
        return f"{head}this is not expected here" if expected else message
    return f"{head}expected {'one of ' if len(hopes) > 1 else ''}{', '.join(hope.strip(' ,') for hope in hopes)}"


def _evaluate(store: ox.Store, job: Mapping[str, Any]) -> ox.QueryBoolean | ox.QuerySolutions | ox.QueryTriples:
    query = guard.check(job["query"])
    default, named = ([ox.NamedNode(iri) for iri in job[key]] for key in ("default", "named"))
    if not (default or named):
        return store.query(query, prefixes=rdf.prefixes())
    # The dataset of the protocol replaces the query's own, and holds nothing but the graphs that are named.
    return store.query(query, prefixes=rdf.prefixes(), default_graph=default, named_graphs=named)  # type: ignore[arg-type]
