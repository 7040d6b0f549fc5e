"""The lists over a whole graph as RDF, in a named graph of its own (`kg.views.tallies` says which)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri, ontology
from kg.views.tallies import Tally, tallies
from kg.views.vocabulary import decimal, literal, term, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.views.tallies import Counts

GRAPH = "summary/counts"
"""The name of the graph, after the base."""
_TERMS = frozenset({"class", "relation"})
"""Lists of which the subject is a term of the ontology."""


def lines(counts: Counts, *, base: str = iri.BASE) -> list[bytes]:
    """Return the summary as N-Quads, sorted, a line a statement."""
    text = ox.serialize(quads(counts, base=base), format=ox.RdfFormat.N_QUADS) or b""
    return sorted(filter(None, text.split(b"\n")))


def quads(counts: Counts, *, base: str = iri.BASE) -> Iterator[ox.Quad]:
    """Yield the summary, each quad once."""
    graph = ox.NamedNode(base + GRAPH)
    for tally in tallies(counts):
        name = iri.statement_id("summary", tally.kind, tally.subject, tally.predicate, tally.object, tally.year)
        node = ox.NamedNode(base + name)
        for predicate, object_ in _facts(tally, base):
            yield ox.Quad(node, predicate, object_, graph)


def _facts(tally: Tally, base: str) -> Iterator[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]]:
    terms = ontology.load().terms
    yield word("rdf:type"), term(terms.Tally)
    yield term(terms.tallyKind), literal(tally.kind)
    yield term(terms.tallyCount), literal(str(tally.count), type="integer")
    subject = f"{terms.rule}/{tally.subject}" if tally.kind == "rule" else tally.subject
    yield term(terms.tallySubject), term(subject) if tally.kind in _TERMS else ox.NamedNode(base + subject)
    if tally.predicate:
        yield term(terms.tallyPredicate), term(tally.predicate)
        yield term(terms.tallyConfidence), literal(decimal(f"{tally.confidence:.4f}"), type="decimal")
    if tally.object:
        yield term(terms.tallyObject), ox.NamedNode(base + tally.object)
    if tally.year:
        yield term(terms.tallyYear), literal(tally.year)
    for result in tally.results:
        yield term(terms.tallyResult), ox.NamedNode(base + result)
    for assertion in tally.assertions:
        yield term(terms.tallyAssertion), ox.NamedNode(base + assertion)
