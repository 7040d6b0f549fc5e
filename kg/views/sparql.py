"""Answer SPARQL over a graph, natively by Oxigraph.

The prefixes of `kg.views.rdf.prefixes` are declared already, and SERVICE is refused.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import QueryError, StoreError
from kg.views import guard, rdf, recount, summary
from kg.views.answer import Answer, Value
from kg.views.parameters import Parameter
from kg.views.questions import NamedQuery, bind, named, queries

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

__all__ = [
    "Answer",
    "NamedQuery",
    "Parameter",
    "Value",
    "bind",
    "named",
    "open_folder",
    "queries",
    "query",
    "query_store",
    "store_of",
]

_stores: dict[int, ox.Store] = {}


def query(graph: KnowledgeGraph, sparql: str) -> Answer:
    """Answer a query over a graph.

    >>> from kg.graph import fold
    >>> query(fold([]), "ASK { ?s ?p ?o }").boolean
    False
    """
    return query_store(store_of(graph), sparql)


def query_store(store: ox.Store, sparql: str) -> Answer:
    """Answer a query over a store; QueryError says why one cannot be parsed or answered, or is refused."""
    guard.check(sparql)
    try:
        return Answer.of(store.query(sparql, prefixes=rdf.prefixes()))
    except (SyntaxError, ValueError, TypeError, RuntimeError, OSError) as error:
        raise QueryError(f"the query cannot be answered: {error}") from error


def open_folder(path: str | Path) -> ox.Store:
    """Return a store in memory with the graph that was built into a folder; StoreError says if there is none.

    A graph without a summary beside it is counted here, which takes the longer the larger it is.
    """
    file = Path(path) / "graph.nq"
    if not file.is_file():
        raise StoreError(f"{Path(path)}: there is no graph.nq here; run `kg build` first.")
    store, summarised = ox.Store(), file.with_name("summary.nq")
    for each in (file, summarised) if summarised.is_file() else (file,):
        try:
            store.bulk_load(path=str(each), format=ox.RdfFormat.N_QUADS)
        except (SyntaxError, ValueError, OSError) as error:
            raise StoreError(f"{each}: it cannot be read: {error}; run `kg build` again.") from error
    if not summarised.is_file():
        store.bulk_extend(list(summary.quads(recount.OfStore(store))))
    return store


def store_of(graph: KnowledgeGraph) -> ox.Store:
    """Return the store of a graph, made once and kept as long as the graph lives."""
    if id(graph) not in _stores:
        store = rdf.to_store(graph)
        weakref.finalize(graph, _stores.pop, id(graph), None)
        _stores[id(graph)] = store
    return _stores[id(graph)]
