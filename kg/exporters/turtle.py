"""Write the merged claims as Turtle: one block a subject, for people and for any RDF tool."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri
from kg.exporters import syntax
from kg.exporters.patching import SortedBlocks, mapped
from kg.views import rdf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from mmap import mmap
    from pathlib import Path

    from kg.graph import KnowledgeGraph

_PREFIX = b"@prefix "


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write the default graph to `path`, sorted, so that the same graph gives the same bytes."""
    head, found = blocks(rdf.triples(graph, base=base), base=base)
    path.write_bytes(b"".join((head, *found)))
    return path


def blocks(triples: Iterable[ox.Triple], *, base: str = iri.BASE) -> tuple[bytes, list[bytes]]:
    """Return the prefixes, and triples as a block a subject, sorted by its IRI; of no triples nothing."""
    text = syntax.blocks(triples, ox.RdfFormat.TURTLE, rdf.prefixes(base=base))
    begin = _body(text)
    return text[:begin], [block + b"\n" for block in re.split(rb"\n(?!\t)", text[begin:].removesuffix(b"\n")) if block]


def _body(text: bytes | mmap) -> int:
    """Return where the prefixes end, which stand at the beginning."""
    at = 0
    while text[at : at + len(_PREFIX)] == _PREFIX:
        at = text.find(b"\n", at) + 1
    return at


@contextmanager
def opened(path: Path, *, base: str = iri.BASE) -> Iterator[SortedBlocks]:
    """Give the blocks of a file that this module wrote, by their subjects."""
    prefixes = {prefix.encode(): space.encode() for prefix, space in rdf.prefixes(base=base).items()}

    def subject(block: bytes) -> bytes:
        first = block[: block.index(b" ")]
        if first.startswith(b"<"):
            return first
        prefix, _, name = first.partition(b":")
        return b"<" + prefixes[prefix] + re.sub(rb"\\(.)", rb"\1", name) + b">"

    with mapped(path) as (content, number):
        yield SortedBlocks(content, number=number, head=_body(content), key=subject)
