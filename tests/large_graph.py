"""A graph of many papers without many papers: the quads of a small one, cloned with new papers and new names.

Names of several papers, those that the ready questions ask for by default, and a third of the others are the same in
all clones; a third is shared by ten clones; a third is new in each. So common names grow with the graph, and rare ones
grow in number, as they do in real collections. The first clone is the small graph itself but for its dates, which are
spread over twelve years. Sentences repeat, so nothing here says how well text is read.
"""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pyoxigraph as ox

from kg import iri
from kg.graph import KnowledgeGraph
from kg.model import Node
from kg.views import rdf, recount, summary, vocabulary
from kg.views.questions import queries
from kg.views.vocabulary import VOCABULARIES

CLONE, TEN, MONTH = "\x01", "\x02", "\x03"  # what is replaced in a clone: its number, that of its ten, a month
GROUP = 10
"""Clones that share the names marked with TEN; a graph has whole groups, so that counts are exact."""
_OWN = re.compile(rf"<{re.escape(iri.BASE)}((\w+)/[^>#]+)")
_NAME = re.compile(r'^(\S+) <[^>]*(?:prefLabel|altLabel|abbreviation|nameKey|title|identifier)> "')
_DATE = re.compile(rf'<{VOCABULARIES["dct"]}date> "[^"]*"\^\^<[^>]*>')
_COUNT = re.compile(r'paperCount> "(\d+)"')


def clones_for(graph: KnowledgeGraph, papers: int) -> int:
    """Return how many clones make at least so many papers: whole groups of them."""
    return -(-papers // (GROUP * len(graph.papers))) * GROUP


def template(graph: KnowledgeGraph, clones: int) -> tuple[bytes, str]:
    """Return the quads that all clones share, and those of a clone with marks where clones differ."""
    mark = marks(graph)

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
        line = _DATE.sub(lambda _, line=line: _day(line), line)  # type: ignore[misc]
        if found := _COUNT.search(line):
            line = line.replace(found[0], f'paperCount> "{int(found[1]) * times(line, clones)}"')
        (cloned if CLONE in line or TEN in line else shared).append(line)
    for paper in graph.papers.values():
        if not paper.date:
            node = f"<{iri.BASE}{paper.id}-{CLONE}>"
            cloned.append(f"{node} {_day(node)} .\n")
    return "".join(shared).encode(), "".join(cloned)


def marks(graph: KnowledgeGraph) -> dict[str, str]:
    """Return how each node differs between clones: not at all, from ten to ten, or from one to the next."""
    asked = {vocabulary.key(p.default) for question in queries() for p in question.parameters if p.kind == "name"}
    return {node.id: "" if asked & _keys(node) else _mark(node) for node in graph.nodes.values()}


def times(marked: str, clones: int) -> int:
    """Return in how many clones one and the same thing stands, by the marks of what it is made of."""
    return 1 if CLONE in marked else GROUP if TEN in marked else clones


def _keys(node: Node) -> set[str]:
    return set(map(vocabulary.key, (node.label, *node.aliases)))


def _mark(node: Node) -> str:
    return ("", TEN, CLONE)[int(iri.digest(node.id), 16) % 3] if len(node.papers) == 1 else ""


def _day(line: str) -> str:
    """Return a date of a paper, whose day is that of its address."""
    day = 1 + int(iri.digest(line.split(" ", maxsplit=1)[0]), 16) % 28
    return f'<{VOCABULARIES["dct"]}date> "{MONTH}-{day:02}"^^<{VOCABULARIES["xsd"]}date>'


def clone(text: str, number: int) -> str:
    """Return a text as it stands in one clone."""
    month = f"{2014 + number % 12}-{1 + number // 12 % 12:02}"
    for mark, new in ((CLONE, str(number) if number else ""), (TEN, f"t{number // GROUP}" if number >= GROUP else "")):
        text = text.replace(mark, new) if new else text.replace(f"-{mark}", "").replace(f" {mark}", "")
    return text.replace(MONTH, month)


def build(graph: KnowledgeGraph, folder: Path, *, papers: int) -> str:
    """Write a store of so many papers into a folder, unless it is there; return what it holds."""
    clones = clones_for(graph, papers)
    done = folder / f"{clones * len(graph.papers)}-papers"
    if done.is_file():
        return done.read_text(encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    start = time.perf_counter()
    shared, text = template(graph, clones)
    quads = folder / "graph.nq"
    with quads.open("wb") as file:
        file.write(shared)
        for number in range(clones):
            file.write(clone(text, number).encode())
    store = ox.Store(str(folder / "store"))
    # From a path, and not checked again: the loader then reads with all cores.
    store.bulk_load(path=str(quads), format=ox.RdfFormat.N_QUADS, lenient=True)
    quads.unlink()
    # Counted by queries, so that whatever is asked of it is true: three minutes for 100,000 papers.
    counted = folder / "summary.nq"
    counted.write_bytes(b"".join(line + b"\n" for line in summary.lines(recount.OfStore(store))))
    store.bulk_load(path=str(counted), format=ox.RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    found = f"{clones * len(graph.papers)} papers, {len(store)} quads, loaded in {time.perf_counter() - start:.0f} s"
    done.write_text(found, encoding="utf-8")
    return found
