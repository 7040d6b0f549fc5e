"""A graph of many papers without many papers: the quads of a small one, cloned with new papers and new names.

Names of several papers, and a third of those of one, are the same in all clones; a third is shared by ten
clones; a third is new in each. So common names grow with the graph, and rare ones grow in number, as they do
in real collections. Sentences repeat, so nothing here says how well text is read.
"""

from __future__ import annotations

import io
import re
import shutil
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from kg import iri
from kg.graph import KnowledgeGraph
from kg.views import rdf
from kg.views.vocabulary import VOCABULARIES

CLONE, TEN, DAY = "\x01", "\x02", "\x03"  # what is replaced in a clone: its number, that of its ten, a date
GROUP = 10
_OWN = re.compile(rf"<{re.escape(iri.BASE)}((\w+)/[^>#]+)")
_NAME = re.compile(r'^(\S+) <[^>]*(?:prefLabel|altLabel|abbreviation|nameKey|title|identifier)> "')
_DATE = re.compile(rf'<{VOCABULARIES["dct"]}date> "[^"]*"\^\^<[^>]*>')
_COUNT = re.compile(r'paperCount> "(\d+)"')


def template(graph: KnowledgeGraph, clones: int) -> tuple[bytes, str]:
    """Return the quads that all clones share, and those of a clone with marks where clones differ."""
    mark = {node.id: _mark(node.id, len(node.papers)) for node in graph.nodes.values()}

    def own(found: re.Match[str]) -> str:
        new = CLONE if found[2] in ("paper", "assertion", "result") else mark.get(found[1], "")
        return found[0] + (f"-{new}" if new else "")

    shared, cloned = [], []
    for quad in rdf.quads(graph):
        line = _OWN.sub(own, f"{quad} .\n")
        if found := _NAME.match(line):
            new = next((m for m in (CLONE, TEN) if m in found[1]), "")
            if new:
                end = re.compile(r'(?<!\\)(?:\\\\)*"').search(line, found.end())
                assert end is not None
                line = f"{line[: end.end() - 1]} {new}{line[end.end() - 1 :]}"
        line = _DATE.sub(_day(), line)
        if found := _COUNT.search(line):
            times = 1 if CLONE in line else min(GROUP, clones) if TEN in line else clones
            line = line.replace(found[0], f'paperCount> "{int(found[1]) * times}"')
        (cloned if CLONE in line or TEN in line else shared).append(line)
    for paper in graph.papers.values():
        if not paper.date:
            cloned.append(f"<{iri.BASE}{paper.id}-{CLONE}> {_day()} .\n")
    return "".join(shared).encode(), "".join(cloned)


def _mark(node_id: str, papers: int) -> str:
    """Return how a node differs between clones: not at all, from ten to ten, or from one to the next."""
    return ("", TEN, CLONE)[int(iri.digest(node_id), 16) % 3] if papers == 1 else ""


def _day() -> str:
    return f'<{VOCABULARIES["dct"]}date> "{DAY}"^^<{VOCABULARIES["xsd"]}date>'


def clone(text: str, number: int) -> bytes:
    """Return the quads of one clone."""
    day = f"{2014 + number % 12}-{1 + number // 12 % 12:02}-{1 + number % 28:02}"
    return text.replace(CLONE, str(number)).replace(TEN, f"t{number // GROUP}").replace(DAY, day).encode()


class _Stream(io.RawIOBase):
    """A file to read whose content is made while it is read, so that memory holds one part at a time."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts, self.rest = parts, memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self.rest:
            self.rest = memoryview(next(self.parts, b""))
        out, self.rest = self.rest[:size], self.rest[size:]
        return bytes(out)


def build(graph: KnowledgeGraph, folder: Path, *, papers: int) -> str:
    """Write a store of so many papers into a folder, unless it is there; return what it holds."""
    clones = -(-papers // len(graph.papers))
    done = folder / f"{clones * len(graph.papers)}-papers"
    if done.is_file():
        return done.read_text(encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    start = time.perf_counter()
    shared, text = template(graph, clones)
    store = ox.Store(str(folder / "store"))
    parts = chain([shared], (clone(text, number) for number in range(clones)))
    store.bulk_load(input=cast("IO[bytes]", _Stream(parts)), format=ox.RdfFormat.N_QUADS)
    store.flush()
    found = f"{clones * len(graph.papers)} papers, {len(store)} quads, loaded in {time.perf_counter() - start:.0f} s"
    done.write_text(found, encoding="utf-8")
    return found
