"""What kg writes, read back by programs that others wrote: rapper, rdflib, igraph, graphology, DuckDB, Comunica.

What needs only Python packages runs always. What needs a program skips where it is missing and says so; under
`make interop`, which installs them all, nothing may skip, and the same is asked of the graph of the demo papers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import igraph
import pyoxigraph as ox
import pytest
import rdf_fixture
import rdflib

from kg.exporters import summary
from kg.graph import KnowledgeGraph, fold
from kg.pipeline import extract
from kg.sources import read
from kg.views import rdf
from kg.views.sparql import queries
from tests.conftest import DEMO, ROOT
from tests.test_rdf import nasty

pytestmark = pytest.mark.interop
READS_WITH_RDFLIB = pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
ALL = "KG_INTEROP" in os.environ
PACKAGES = ROOT / "output" / "interop"
SYNTAXES = {
    "nq": ("nquads", "nquads", ox.RdfFormat.N_QUADS),
    "nt": ("ntriples", "nt", ox.RdfFormat.N_TRIPLES),
    "ttl": ("turtle", "turtle", ox.RdfFormat.TURTLE),
    "trig": ("trig", "trig", ox.RdfFormat.TRIG),
    "jsonld": ("", "json-ld", ox.RdfFormat.JSON_LD),
}


def missing(reason: str) -> None:
    """Skip where a program is missing, or fail where all should be there."""
    if ALL:
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str, package: str = "") -> str:
    """Return where a program is, and see that a JavaScript package for it is installed."""
    found = shutil.which(name)
    if not found:
        missing(f"{name} is not installed; `make interop` installs what it can")
    if package and not (PACKAGES / "node_modules" / package).is_dir():
        missing(f"{package} is not installed; `make interop` installs it")
    return str(found)


@pytest.fixture(scope="module", params=["written by hand", "hostile", "demo"])
def graph(request: pytest.FixtureRequest) -> KnowledgeGraph:
    """Return a graph: of four papers, of hostile texts, and of the demo papers where time is no matter."""
    if request.param == "demo":
        if not ALL:
            pytest.skip("the graph of the demo papers is read by `make interop`")
        return fold(extract(read(DEMO)))
    return rdf_fixture.graph() if request.param == "written by hand" else nasty()


def ours(graph: KnowledgeGraph, syntax: str) -> int:
    """Return how many statements a file in a syntax should have."""
    whole = syntax in ("nq", "trig")
    return sum(1 for _ in (rdf.quads(graph) if whole else rdf.triples(graph)))


def rapper(path: Path, syntax: str) -> subprocess.CompletedProcess[str]:
    """Let rapper read a file."""
    command = [program("rapper"), "--count", "--input", SYNTAXES[syntax][0], str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("syntax", ["nq", "nt", "ttl", "trig"])
def test_rapper_counts_as_many_statements(graph: KnowledgeGraph, syntax: str, tmp_path: Path) -> None:
    """Each syntax is read by rapper without a complaint, and it counts what we count."""
    done = rapper(graph.export(tmp_path / f"x.{syntax}"), syntax)
    assert done.returncode == 0, done.stderr
    assert f"returned {ours(graph, syntax)} triples" in done.stderr
    assert "rror" not in done.stderr


@pytest.mark.parametrize("syntax", ["nq", "nt", "ttl", "trig"])
def test_rapper_refuses_a_broken_file(syntax: str, tmp_path: Path) -> None:
    """A file that is cut short is refused, so that its silence on whole files means something."""
    path = rdf_fixture.graph().export(tmp_path / f"x.{syntax}")
    path.write_bytes(path.read_bytes()[:-20])
    assert rapper(path, syntax).returncode != 0


@READS_WITH_RDFLIB
@pytest.mark.parametrize("syntax", sorted(SYNTAXES))
def test_rdflib_and_oxigraph_read_the_same(graph: KnowledgeGraph, syntax: str, tmp_path: Path) -> None:
    """Both read each syntax to the same statements; without blank nodes, equal sets are isomorphic graphs."""
    _, name, native = SYNTAXES[syntax]
    path = graph.export(tmp_path / f"x.{syntax}")
    quads = set(ox.parse(path=str(path), format=native))
    lines = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    # Through N-Quads, so that both sides are rdflib's terms.
    expected = set(rdflib.Dataset().parse(data=lines, format="nquads").quads())
    assert set(rdflib.Dataset().parse(path, format=name).quads()) == expected
    assert len(expected) == len(quads) == ours(graph, syntax)
    assert not any(isinstance(term, ox.BlankNode) for quad in quads for term in (quad.subject, quad.object))


def test_igraph_reads_graphml(graph: KnowledgeGraph, tmp_path: Path) -> None:
    """Each node and edge reaches igraph with its attributes."""
    found = igraph.Graph.Read_GraphML(str(graph.export(tmp_path / "x.graphml")))
    assert set(found.vs["id"]) == {*graph.papers, *graph.nodes}
    read = Counter(
        (found.vs[edge.source]["id"], edge["relation"], found.vs[edge.target]["id"], edge["support"])
        for edge in found.es
    )
    assert read == Counter((e.subject, e.predicate, e.object, float(len(e.papers))) for e in graph.edges)
    assert all(found.es["confidence"])


def test_graphology_reads_gexf(graph: KnowledgeGraph, tmp_path: Path) -> None:
    """Each node and edge, with its attributes, reaches graphology, with which Gephi Lite opens files."""
    node = program("node", "graphology-gexf")
    path = graph.export(tmp_path / "x.gexf")
    script = Path(__file__).parent / "interop" / "gexf.cjs"
    done = subprocess.run([node, script, PACKAGES, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name for name, _ in found["nodes"]} == {*graph.papers, *graph.nodes}
    assert {data["type"] for _, data in found["nodes"]} >= {"Paper", "Model"}
    read = Counter((source, data["relation"], target) for source, target, data in found["edges"])
    assert read == Counter((e.subject, e.predicate, e.object) for e in graph.edges)
    assert all(0 < data["confidence"] <= 1 for *_, data in found["edges"])


def test_duckdb_reads_parquet(graph: KnowledgeGraph, tmp_path: Path) -> None:
    """DuckDB finds every row, with lists and numbers typed, and can join nodes to edges without a loss."""
    path = graph.export(tmp_path / "x", format="parquet")
    with duckdb.connect() as database:
        counts = {
            name: database.execute(f"SELECT count(*) FROM '{path}/{name}.parquet'").fetchone()
            for name in ("nodes", "edges", "results")
        }
        joined = database.execute(
            f"SELECT count(*) FROM '{path}/edges.parquet' e JOIN '{path}/nodes.parquet' s ON s.id = e.subject "
            f"JOIN '{path}/nodes.parquet' o ON o.id = e.object"
        ).fetchone()
        types = dict(
            database.execute(f"SELECT name, duckdb_type FROM parquet_schema('{path}/nodes.parquet')").fetchall()
        )
        value = database.execute(f"SELECT max(value) FROM '{path}/results.parquet' WHERE kind = 'absolute'").fetchone()
    sizes = {"nodes": len(graph.papers) + len(graph.nodes), "edges": len(graph.edges), "results": len(graph.results)}
    assert counts == {name: (size,) for name, size in sizes.items()}
    assert joined == (len(graph.edges),)
    assert types["confidence"] == "DOUBLE"
    assert value is not None
    assert isinstance(value[0], float)


def test_duckdb_reads_csv(graph: KnowledgeGraph, tmp_path: Path) -> None:
    """DuckDB's guessing reader finds the same columns and rows in the tables for spreadsheets."""
    path = graph.export(tmp_path / "x", format="csv")
    with duckdb.connect() as database:
        edges = database.execute(f"SELECT subject, predicate, object FROM read_csv('{path}/edges.csv')").fetchall()
        nodes = database.execute(f"SELECT count(*), count(DISTINCT id) FROM read_csv('{path}/nodes.csv')").fetchone()
    assert Counter(edges) == Counter((e.subject, e.predicate, e.object) for e in graph.edges)
    assert nodes == (len(graph.papers) + len(graph.nodes),) * 2


# ---------------------------------------------------------------- SPARQL in another engine


def comparable(term: Any) -> tuple[str, object]:
    """Return a term of either engine so that equal ones compare equal: numbers by value, the rest by text."""
    if term is None:
        return "unbound", ""
    if isinstance(term, ox.NamedNode) or (isinstance(term, dict) and term["kind"] == "NamedNode"):
        return "iri", term.value if isinstance(term, ox.NamedNode) else term["value"]
    if isinstance(term, ox.Literal):
        value, language, datatype = term.value, term.language or "", term.datatype.value
    else:
        value, language, datatype = term["value"], term["language"], term["datatype"]
    if datatype.rpartition("#")[2] in ("integer", "decimal", "double"):
        return "number", Decimal(value).normalize()
    return f"literal {language} {datatype}", value


def answers(paths: list[Path], asked: dict[str, str], tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """Let Comunica answer queries over files."""
    node, script = program("node", "@comunica/query-sparql-file"), Path(__file__).parent / "interop" / "answers.cjs"
    file = tmp_path / "queries.json"
    file.write_text(json.dumps(asked), encoding="utf-8")
    done = subprocess.run([node, script, PACKAGES, file, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return found


def rows(store: ox.Store, query: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of Oxigraph, of bound variables alone."""
    found = store.query(query)
    assert isinstance(found, ox.QuerySolutions)
    for row in found:
        yield {v.value: row[v] for v in found.variables if row[v] is not None}


def test_comunica_answers_each_named_query_alike(graph: KnowledgeGraph, tmp_path: Path) -> None:
    """Comunica finds the same rows as Oxigraph for every ready question.

    Their order is not compared: Comunica 4 sorts by one key after the other with a sort that is not stable, so
    that rows equal in the last key come in any order, and by the words of a locale where SPARQL asks for code points.
    """
    if not ALL:
        pytest.skip("takes minutes; `make interop` runs it")
    head = "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in rdf.prefixes().items())
    asked = {query.name: head + query.text for query in queries()}
    paths = [graph.export(tmp_path / "x.nq"), summary.write(graph, tmp_path / "summary.nq")]
    theirs, store = answers(paths, asked, tmp_path), rdf.to_store(graph)
    assert theirs.keys() == asked.keys()
    for name, query in asked.items():
        one, other = (
            Counter(tuple(sorted((k, *comparable(v)) for k, v in row.items())) for row in found)
            for found in (rows(store, query), theirs[name])
        )
        assert one == other, name
    if len(graph.papers) > len(rdf_fixture.RECORDS):
        assert 2 * sum(map(bool, theirs.values())) > len(asked), "most questions should find something in real papers"
