"""Write a graph in any one format to any place, as it is or in the words of another vocabulary.

What is written beside a build would make the next build refuse its folder, and what replaces a file of a build
would be taken for it, so nothing is written there.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import StoreError, hint
from kg.exporters import FORMATS, exporter, replacing, syntax
from kg.store import NAME
from kg.views import rdf
from kg.views.profiles import Profile, construct
from kg.views.profiles import profile as named

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from kg.graph import KnowledgeGraph

_SYNTAXES = {
    "nq": ox.RdfFormat.N_QUADS,
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
}


def export(
    graph: KnowledgeGraph,
    path: Path,
    *,
    format: str = "",
    profile: str = "",
    text: bool = True,
) -> Path:
    """Write the graph to `path` in a format, and return `path`.

    Args:
        graph: What to write.
        path: A file, or for csv, neo4j and parquet a folder, which must be new, empty or of an earlier export.
        format: One of `formats()`; by default what the path ends with, else N-Quads.
        profile: The name of one of `kg.views.profiles.profiles()`; it is written as RDF.
        text: False leaves out abstracts and sentences; titles, names, numbers and offsets stay.

    Raises:
        StoreError: The format is unknown, or the place cannot be written to.
        QueryError: The profile is unknown.

    """
    chosen = _format(format or _ending(path), profile)
    shown = graph if text else without_text(graph)
    write, words = exporter(chosen), named(profile) if profile else None
    files: tuple[str, ...] = getattr(sys.modules[write.__module__], "FILES", ())
    _prepare(path, files)
    if words:
        content = _in_words_of(shown, words, chosen)
        return replacing(path, lambda _, part: part.write_bytes(content), None)
    if not files:
        return replacing(path, write, shown)
    try:
        return write(shown, path)
    except OSError as error:
        raise StoreError(f"{path}: it cannot be written: {error.strerror}.") from error


def formats() -> tuple[str, ...]:
    """Return the names of all formats, those of other packages included.

    >>> formats()[:3]
    ('csv', 'gexf', 'graphml')
    """
    return tuple(sorted({*FORMATS, *(point.name for point in entry_points(group="kg.exporters"))}))


def file_name(format: str = "", *, stem: str = "graph", profile: str = "") -> str:
    """Return what an export is called where the user gives no name.

    >>> file_name("ttl", stem="mine", profile="fair4ml"), file_name("csv"), file_name()
    ('mine-fair4ml.ttl', 'graph-csv', 'graph.nq')
    """
    chosen = _format(format or "nq", profile)
    usual = FORMATS.get(chosen, (f"graph.{chosen}", ""))[0]
    return stem + (f"-{profile}" if profile else "") + usual.removeprefix("graph")


def without_text(graph: KnowledgeGraph) -> KnowledgeGraph:
    """Return the graph without abstracts and sentences: what a writer does not have, it cannot write."""
    papers = {name: replace(paper, abstract="") for name, paper in graph.papers.items()}
    return replace(graph, papers=papers, records=())


def _ending(path: Path) -> str:
    """Return the format that a path's ending names; a path without an ending is N-Quads."""
    return path.suffix.removeprefix(".") or "nq"


def _format(name: str, profile: str) -> str:
    if name not in (known := formats()):
        raise StoreError(f"format {name!r} is unknown.{hint(name, known)}")
    if profile and name not in _SYNTAXES:
        raise StoreError(f"a profile is RDF, and {name!r} is not: take {', '.join(_SYNTAXES)}.")
    return name


def _prepare(path: Path, files: Collection[str]) -> None:
    """Make the folder of an export, or check that a path can be written to: a folder holds nothing but `files`."""
    folder = path if files else path.parent
    if (folder / NAME).exists():
        raise StoreError(f"{path}: {folder} is the folder of a build, which holds its own files. Write elsewhere.")
    if files and path.is_dir():
        for stranger in sorted(p.name for p in path.iterdir() if p.name not in files):
            raise StoreError(f"{path}: the folder holds {stranger!r}, which is not of this format. Choose a new one.")
    if not files and path.is_dir():
        raise StoreError(f"{path}: this is a folder, and the format is one file. Name a file.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: it cannot be written: {error.strerror}. Choose another place.") from None


def _in_words_of(graph: KnowledgeGraph, chosen: Profile, format: str) -> bytes:
    """Return the graph as a profile says it, in an RDF syntax."""
    syntax_, spaces = _SYNTAXES[format], chosen.spaces()
    store = ox.Store()
    store.bulk_extend(rdf.quads(graph) if chosen.each else (ox.Quad(*triple) for triple in rdf.triples(graph)))
    quads = list(construct(store, chosen))
    if format in ("nq", "trig"):
        return syntax.lines(quads, syntax_) if format == "nq" else syntax.blocks(quads, syntax_, spaces)
    triples = list(dict.fromkeys(quad.triple for quad in quads))
    if format != "jsonld":
        return syntax.lines(triples, syntax_) if format == "nt" else syntax.blocks(triples, syntax_, spaces)
    if any(isinstance(triple.object, ox.Triple) for triple in triples):
        raise StoreError(f"JSON-LD has no triple terms, which profile {chosen.name!r} needs: take nq, nt, ttl or trig.")
    return syntax.objects(triples, spaces, vocabulary=chosen.vocabulary)
