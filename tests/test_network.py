"""The NetworkX view, the layout and GraphML: flat, complete, and the same each time."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import networkx
import pytest

from kg.exporters import graphml
from kg.graph import KnowledgeGraph, fold
from kg.model import Claim, Entity, Mention, Record
from kg.views.layout import PAPER, most_papers, positions, radius
from kg.views.network import to_networkx
from tests.conftest import fastest


def _mention(text: str, name: str) -> Mention:
    start = text.index(name)
    return Mention("abstract", start, start + len(name), name, "names.known")


def _paper(number: int, *names: tuple[str, str], relation: str = "", title: str = "") -> Record:
    """Return a paper that names entities (name, type); a relation holds between each two neighbours."""
    text = "We study " + " and ".join(name for name, _ in names) + "."
    return Record(
        f"p{number}",
        title or f"Paper {number}",
        text,
        "0",
        "0",
        sentences=(("abstract", 0, len(text)),),
        entities=tuple(Entity(name, type_, mentions=(_mention(text, name),)) for name, type_ in names),
        relations=tuple(
            Claim(a[0], relation, b[0], 0.9, "asserted", "abstract", 0, len(text), "test.cue")
            for a, b in itertools.pairwise(names)
            if relation
        ),
    )


def _graph() -> KnowledgeGraph:
    return fold(
        [
            _paper(1, ("Foonet", "Model"), ("Barset", "Dataset"), relation="pretrainedOn"),
            _paper(2, ("Foonet", "Model"), ("Barset", "Dataset"), relation="evaluatedOn"),
            _paper(3, ("Bazform", "Method"), title="About\x00\x0b a \ud800 title"),
        ]
    )


def _large(papers: int) -> KnowledgeGraph:
    """Return a graph with hubs (low numbers) and many rare names, like a real one."""
    rows = []
    for i in range(papers):
        numbers = sorted({(i * 7) % 5, (i * i) % max(papers // 4, 9), i, (i * 13 + 5) % papers})
        rows.append(_paper(i, *((f"Model{n}x", "Model") for n in numbers), relation="uses"))
    return fold(rows)


def test_to_networkx_has_each_paper_entity_and_merged_edge() -> None:
    """The view shows the same nodes and edges as the graph, implied relations included."""
    graph = _graph()
    found = graph.to_networkx()
    assert set(found) == {*graph.papers, *graph.nodes}
    assert set(found.edges(keys=True)) == {(e.subject, e.object, e.predicate) for e in graph.edges}
    assert found.has_edge("model/foonet", "dataset/barset", "trainedOn")


def test_to_networkx_edge_shows_support_confidence_and_sentence() -> None:
    """Each edge says how many papers support it, how sure it is, and one sentence that states it."""
    found = to_networkx(_graph())
    edge = found.edges["model/foonet", "dataset/barset", "evaluatedOn"]
    assert (edge["support"], edge["confidence"]) == (1, 0.9)
    assert edge["sentence"] == "We study Foonet and Barset."
    assert edge["extraction_rule"] == "test.cue"


def test_to_networkx_attributes_are_plain() -> None:
    """No attribute is a list or None, which no graph file could hold."""
    found = to_networkx(_graph())
    values = [v for _, data in found.nodes(data=True) for v in data.values()]
    values += [v for *_, data in found.edges(data=True) for v in data.values()]
    assert {type(v) for v in values} <= {str, int, float, bool}


def test_to_networkx_is_equal_for_records_in_any_order() -> None:
    """Nodes and edges come in one order, whatever order the papers were read in."""
    graph = _graph()
    turned = to_networkx(fold(reversed(graph.records)))
    assert list(turned.nodes(data=True)) == list(to_networkx(graph).nodes(data=True))
    assert list(turned.edges(keys=True, data=True)) == list(to_networkx(graph).edges(keys=True, data=True))


def test_graphml_reads_back_with_every_node_and_edge(tmp_path: Path) -> None:
    """A file with control characters and lone surrogates in a title is valid and complete."""
    graph = _graph()
    path = graphml.write(graph, tmp_path / "graph.graphml")
    back = networkx.read_graphml(path, force_multigraph=True)
    assert back.number_of_nodes() == len(graph.papers) + len(graph.nodes)
    assert back.number_of_edges() == len(graph.edges)
    assert "About\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} a \N{REPLACEMENT CHARACTER} title" in {
        data["label"] for _, data in back.nodes(data=True)
    }


def test_graphml_keys_are_named_and_edge_ids_unique(tmp_path: Path) -> None:
    """Other tools see the names of attributes, and edge ids that identify an edge."""
    root = ET.parse(graphml.write(_graph(), tmp_path / "graph.graphml")).getroot()
    space = "{http://graphml.graphdrawing.org/xmlns}"
    assert {"label", "type", "support", "sentence"} <= {key.get("id") for key in root.iter(f"{space}key")}
    ids = [edge.get("id") for edge in root.iter(f"{space}edge")]
    assert len(ids) == len(set(ids)) > 0


def test_graphml_of_equal_graphs_is_byte_identical(tmp_path: Path) -> None:
    """The order of the records does not show in the file."""
    graph = _graph()
    one = graphml.write(graph, tmp_path / "one.graphml").read_bytes()
    assert graphml.write(fold(reversed(graph.records)), tmp_path / "two.graphml").read_bytes() == one


def test_graphml_of_an_empty_graph_is_valid(tmp_path: Path) -> None:
    """A graph of no papers is a file of no nodes, not a crash."""
    assert len(networkx.read_graphml(graphml.write(fold([]), tmp_path / "empty.graphml"))) == 0


def test_positions_covers_every_node_and_keeps_nodes_apart() -> None:
    """Every paper and entity has a place, and no two nodes cover each other."""
    graph = _large(120)
    places = positions(graph)
    assert set(places) == {*graph.papers, *graph.nodes}
    most = most_papers(graph)
    entities = {node.id: radius(len(node.papers), most=most) for node in graph.nodes.values()}
    size = {**dict.fromkeys(graph.papers, PAPER), **entities}
    for a, b in itertools.combinations(places, 2):
        assert math.dist(places[a], places[b]) > 0.9 * (size[a] + size[b]), (a, b)


def test_positions_puts_related_nodes_nearer_than_others() -> None:
    """A relation is short compared with the distance between any two nodes."""
    graph = _large(120)
    places = positions(graph)
    related = [math.dist(places[e.subject], places[e.object]) for e in graph.edges if e.predicate == "uses"]
    every = [math.dist(a, b) for a, b in itertools.combinations(places.values(), 2)]
    assert sum(related) / len(related) < 0.5 * sum(every) / len(every)


def test_positions_changes_with_the_seed_only() -> None:
    """The same seed gives the same picture, another seed another one."""
    graph = _large(30)
    assert positions(graph) == positions(fold(reversed(graph.records))) != positions(graph, seed=1)


@pytest.mark.parametrize("records", [[], [_paper(1)], [_paper(1, ("Foonet", "Model"))], [_paper(i) for i in range(80)]])
def test_positions_copes_with_degenerate_graphs(records: list[Record]) -> None:
    """No paper, no entity, one entity or no edge at all: places are finite numbers."""
    assert all(math.isfinite(v) for place in positions(fold(records)).values() for v in place)


@pytest.mark.slow
def test_positions_is_the_same_under_any_hash_seed() -> None:
    """Two processes with different hash seeds agree to the last digit."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; from test_network import _large, positions; "
        "import hashlib; print(hashlib.sha256(repr(positions(_large(60))).encode()).hexdigest())"
    )
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    command = [sys.executable, "-c", code, *paths]
    runs = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        for seed in ("1", "2")
    ]
    mine = hashlib.sha256(repr(positions(_large(60))).encode()).hexdigest()
    assert {run.stdout.strip() for run in runs} == {mine}


@pytest.mark.slow
@pytest.mark.parametrize(("papers", "seconds"), [(200, 2.0), (1500, 5.0)])
def test_positions_is_fast_enough(papers: int, seconds: float) -> None:
    """Some 400 nodes take less than 2 seconds, some 3,000 less than 5."""
    graph = _large(papers)
    assert len(graph.papers) + len(graph.nodes) >= 2 * papers
    assert fastest(lambda: positions(graph), enough=seconds) < seconds
