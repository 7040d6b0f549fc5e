"""dcat.ttl: the folder as a DCAT 3 dataset, each file a distribution with its media type, size and hash.

The card is made of the files that stand beside it, so it is written after them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri, ontology
from kg.exporters import EXPORTERS, switching
from kg.exporters.figures import Figures
from kg.exporters.void import HERE, relative
from kg.views.evidence import run
from kg.views.vocabulary import VOCABULARIES, literal, word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.graph import KnowledgeGraph

DCAT = "http://www.w3.org/ns/dcat#"
DATASET = "http://www.w3.org/ns/dcat#Dataset"
SPDX = "http://spdx.org/rdf/terms#"
_TYPES = {
    "nq": "application/n-quads",
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "graphml": "application/xml",
    "html": "text/html",
    "tsv": "text/tab-separated-values",
}
_MEDIA = "https://www.iana.org/assignments/media-types/"


def write(graph: KnowledgeGraph, path: Path) -> Path:
    """Write the card of the folder that `path` stands in."""
    return write_figures(Figures.of(graph), path)


def write_figures(figures: Figures, path: Path, *, base: str = iri.BASE) -> Path:
    """Write the card of a graph of which the figures are known."""
    prefixes = {"dcat": DCAT, "spdx": SPDX, **{name: VOCABULARIES[name] for name in ("dct", "prov", "xsd")}}
    path.write_bytes(relative(_facts(figures, path.parent, base), prefixes))
    return path


def _facts(figures: Figures, folder: Path, base: str) -> Iterator[ox.Triple]:
    # The name that void.ttl has for it too, so that the two descriptions are of one thing.
    card = ox.NamedNode(f"{HERE}{EXPORTERS['void'][0]}#graph")
    yield ox.Triple(card, word("rdf:type"), ox.NamedNode(DATASET))
    yield ox.Triple(card, word("dct:title"), ox.Literal("Knowledge graph", language="en"))
    about = (
        f"What {figures.papers} papers name, claim and report: {sum(figures.entities.values())} entities, "
        f"{sum(figures.claims.values())} claims and {figures.results} numbers, each with the sentence that says so."
    )
    yield ox.Triple(card, word("dct:description"), ox.Literal(about, language="en"))
    rights = "Titles and abstracts are under the rights of their sources."
    yield ox.Triple(card, word("dct:rights"), ox.Literal(rights, language="en"))
    yield ox.Triple(card, word("dct:conformsTo"), ox.NamedNode(ontology.NS.removesuffix("#")))
    for type_name in sorted(figures.entities):
        keyword = ontology.load().types[type_name].label.lower()
        yield ox.Triple(card, ox.NamedNode(f"{DCAT}keyword"), ox.Literal(keyword, language="en"))
    for extractor in figures.extractors:
        yield ox.Triple(card, word("prov:wasGeneratedBy"), ox.NamedNode(base + run(extractor)))
    for name, _ in EXPORTERS.values():
        if name != EXPORTERS["dcat"][0] and (folder / name).is_file():
            yield ox.Triple(card, ox.NamedNode(f"{DCAT}distribution"), ox.NamedNode(f"{HERE}#{name}"))
            yield from _file(name, folder / name)


def _file(name: str, path: Path) -> Iterator[ox.Triple]:
    file, check = ox.NamedNode(f"{HERE}#{name}"), ox.NamedNode(f"{HERE}#sha256-{name}")
    yield ox.Triple(file, word("rdf:type"), ox.NamedNode(f"{DCAT}Distribution"))
    yield ox.Triple(file, word("dct:title"), literal(name))
    yield ox.Triple(file, ox.NamedNode(f"{DCAT}downloadURL"), ox.NamedNode(HERE + name))
    media = _TYPES.get(path.suffix.removeprefix("."), "application/octet-stream")
    yield ox.Triple(file, ox.NamedNode(f"{DCAT}mediaType"), ox.NamedNode(_MEDIA + media))
    yield ox.Triple(file, ox.NamedNode(f"{DCAT}byteSize"), literal(str(path.stat().st_size), type="nonNegativeInteger"))
    yield ox.Triple(file, ox.NamedNode(f"{SPDX}checksum"), check)
    yield ox.Triple(check, word("rdf:type"), ox.NamedNode(f"{SPDX}Checksum"))
    yield ox.Triple(check, ox.NamedNode(f"{SPDX}algorithm"), ox.NamedNode(f"{SPDX}checksumAlgorithm_sha256"))
    yield ox.Triple(check, ox.NamedNode(f"{SPDX}checksumValue"), literal(switching.sha256(path), type="hexBinary"))
