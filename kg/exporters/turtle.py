"""Write the merged claims as Turtle: one block a subject, for people and for any RDF tool."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri
from kg.exporters import syntax
from kg.views import rdf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
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
    head, found = read(text.splitlines(keepends=True))
    return head, list(found)


def read(lines: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the prefixes of a file that this module wrote, and its blocks."""
    stream, head = iter(lines), b""
    for line in stream:
        if not line.startswith(_PREFIX):
            return head, _blocks(chain([line], stream))
        head += line
    return head, iter(())


def _blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    block: list[bytes] = []
    for line in lines:
        if not line.startswith(b"\t") and block:
            yield b"".join(block)
            block = []
        block.append(line)
    yield b"".join(block)


def spaces(base: str) -> dict[bytes, bytes]:
    """Return the prefixes as they stand in a file."""
    return {prefix.encode(): space.encode() for prefix, space in rdf.prefixes(base=base).items()}


def subject(block: bytes, *, prefixes: Mapping[bytes, bytes]) -> bytes:
    """Return the IRI ("<...>") that a block is about."""
    first = block[: block.index(b" ")]
    if first.startswith(b"<"):
        return first
    prefix, _, name = first.partition(b":")
    return b"<" + prefixes[prefix] + re.sub(rb"\\(.)", rb"\1", name) + b">"
