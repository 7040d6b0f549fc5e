"""dcat.ttl: the folder as a DCAT 3 dataset, each file a distribution with its media type, size and hash.

The card is made of the files that stand beside it, so it is written after them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri, ontology
from kg.exporters import EXPORTERS
from kg.exporters.void import HERE, relative
from kg.views.evidence import Sources
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


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write the card of the folder that `path` stands in."""
    prefixes = {"dcat": DCAT, "spdx": SPDX, **{name: VOCABULARIES[name] for name in ("dct", "prov", "xsd")}}
    path.write_bytes(relative(_facts(graph, path.parent, base), prefixes))
    return path


def _facts(graph: KnowledgeGraph, folder: Path, base: str) -> Iterator[ox.Triple]:
    # The name that void.ttl has for it too, so that the two descriptions are of one thing.
    card = ox.NamedNode(f"{HERE}{EXPORTERS['void'][0]}#graph")
    yield ox.Triple(card, word("rdf:type"), ox.NamedNode(DATASET))
    yield ox.Triple(card, word("dct:title"), ox.Literal("Knowledge graph", language="en"))
    about = (
        f"What {len(graph.papers)} papers name, claim and report: {len(graph.nodes)} entities, "
        f"{len(graph.edges)} claims and {len(graph.results)} numbers, each with the sentence that says so."
    )
    yield ox.Triple(card, word("dct:description"), ox.Literal(about, language="en"))
    rights = "Titles and abstracts are under the rights of their sources."
    yield ox.Triple(card, word("dct:rights"), ox.Literal(rights, language="en"))
    yield ox.Triple(card, word("dct:conformsTo"), ox.NamedNode(ontology.NS.removesuffix("#")))
    for type_name in sorted({node.type for node in graph.nodes.values()}):
        keyword = ontology.load().types[type_name].label.lower()
        yield ox.Triple(card, ox.NamedNode(f"{DCAT}keyword"), ox.Literal(keyword, language="en"))
    source = Sources(graph, base)
    for run in {source.run(paper.extractor) for paper in graph.papers.values()}:
        yield ox.Triple(card, word("prov:wasGeneratedBy"), run)
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
    with path.open("rb") as content:  # a graph may be larger than memory
        digest = literal(hashlib.file_digest(content, "sha256").hexdigest(), type="hexBinary")
    yield ox.Triple(check, ox.NamedNode(f"{SPDX}checksumValue"), digest)
