"""void.ttl: what is in the graph and how much of it, for catalogues and for federated query engines (VoID).

Addresses of files are relative: wherever a folder is published, its description points to the files beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri, ontology
from kg.exporters import EXPORTERS, syntax
from kg.exporters.figures import Figures
from kg.views import rdf
from kg.views.vocabulary import literal, word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.graph import KnowledgeGraph

VOID = "http://rdfs.org/ns/void#"
DATASET = "http://rdfs.org/ns/void#Dataset"
HERE = "http://folder.invalid/"
"""Stands for the folder while triples are made, because a triple's IRIs are absolute; no file holds it."""


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write the description of the N-Quads and of the merged claims in it to `path`."""
    return write_figures(Figures.with_rdf(graph, base=base), path, base=base)


def write_figures(figures: Figures, path: Path, *, base: str = iri.BASE) -> Path:
    """Write the description of a graph of which the figures are known."""
    path.write_bytes(relative(_facts(figures, path.parent, base), {"void": VOID, "dct": word("dct:title").value[:-5]}))
    return path


def relative(facts: Iterator[ox.Triple], prefixes: dict[str, str]) -> bytes:
    """Return Turtle in which what stands in this folder has a relative address."""
    return syntax.blocks(facts, ox.RdfFormat.TURTLE, prefixes).replace(f"<{HERE}".encode(), b"<")


def _facts(figures: Figures, folder: Path, base: str) -> Iterator[ox.Triple]:
    claimed = sum(figures.properties.values())
    whole, merged = ox.NamedNode(f"{HERE}#graph"), ox.NamedNode(f"{HERE}#claims")
    for node, title, triples in ((whole, "Knowledge graph", figures.quads), (merged, "Merged claims", claimed)):
        yield ox.Triple(node, word("rdf:type"), ox.NamedNode(DATASET))
        yield ox.Triple(node, word("dct:title"), ox.Literal(title, language="en"))
        yield _count(node, "triples", triples)
        yield ox.Triple(node, _void("uriSpace"), literal(base))
    yield ox.Triple(whole, _void("subset"), merged)
    yield from _summary(folder / EXPORTERS["summary"][0], base)
    yield ox.Triple(whole, _void("dataDump"), ox.NamedNode(HERE + EXPORTERS["nquads"][0]))
    for name in ("turtle", "jsonld"):
        yield ox.Triple(merged, _void("dataDump"), ox.NamedNode(HERE + EXPORTERS[name][0]))
    yield _count(merged, "classes", len(figures.classes))
    yield _count(merged, "properties", len(figures.properties))
    yield _count(merged, "distinctSubjects", figures.subjects)
    yield _count(merged, "distinctObjects", figures.objects)
    yield _count(merged, "entities", figures.subjects)
    for space in sorted({_space(term) for term in (*figures.classes, *figures.properties)}):
        yield ox.Triple(merged, _void("vocabulary"), ox.NamedNode(space))
    for example in figures.examples:
        yield ox.Triple(merged, _void("exampleResource"), ox.NamedNode(base + example))
    for kind, counts in (("class", figures.classes), ("property", figures.properties)):
        for term, number in counts.items():
            part = ox.NamedNode(f"{HERE}#{kind}-{_local(term)}")
            yield ox.Triple(merged, _void(f"{kind}Partition"), part)
            yield ox.Triple(part, _void(kind), ox.NamedNode(term))
            yield _count(part, "entities" if kind == "class" else "triples", number)


def _summary(dump: Path, base: str) -> Iterator[ox.Triple]:
    """Yield what is said of the summary, where there is one: it is a file and a graph of its own."""
    if dump.is_file():
        node = ox.NamedNode(f"{HERE}#summary")
        yield ox.Triple(node, word("rdf:type"), ox.NamedNode(DATASET))
        yield ox.Triple(node, word("dct:title"), ox.Literal("Counts over the whole graph", language="en"))
        yield _count(node, "triples", _lines(dump))
        yield ox.Triple(node, _void("uriSpace"), literal(base))
        yield ox.Triple(node, _void("dataDump"), ox.NamedNode(HERE + dump.name))


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _count(node: ox.NamedNode, name: str, number: int) -> ox.Triple:
    return ox.Triple(node, _void(name), literal(str(number), type="integer"))


def _void(name: str) -> ox.NamedNode:
    return ox.NamedNode(VOID + name)


def _space(term: str) -> str:
    """Return the namespace of a term.

    >>> _space("http://schema.org/url"), _space("https://w3id.org/mlkg/ns#uses")
    ('http://schema.org/', 'https://w3id.org/mlkg/ns#')
    """
    cut = max(term.rfind("#"), term.rfind("/")) + 1
    return term[:cut]


def _local(term: str) -> str:
    """Return a name for a term that is its own within the file: the bare one for ours, else with its vocabulary."""
    if term.startswith(ontology.NS):
        return term.removeprefix(ontology.NS)
    spaces = {space: prefix for prefix, space in rdf.prefixes().items()}
    return f"{spaces[_space(term)]}-{term.removeprefix(_space(term))}"
