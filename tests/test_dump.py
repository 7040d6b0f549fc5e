"""What stands beside a built graph: VoID and DCAT descriptions with right counts, and the times of the run."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdf_fixture
import rdflib

from kg.engines.local import build_folder
from kg.exporters import EXPORTERS, REPORT, RUN, dcat, runs, void
from kg.graph import fold
from kg.ontology import NS
from kg.store import NAME
from kg.views import rdf
from tests.test_build import GOOD, OTHER, Write, graph_files

VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
PROV = rdflib.Namespace("http://www.w3.org/ns/prov#")
GRAPH = rdf_fixture.graph()
STORE = ox.Store()
STORE.extend(rdf.quads(GRAPH))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that a graph was written into."""
    return GRAPH.write(tmp_path_factory.mktemp("dump") / "graph")


def description(path: Path) -> tuple[rdflib.Graph, rdflib.URIRef]:
    """Return what a description says, with its files below http://example.org/, and that address."""
    here = rdflib.URIRef("http://example.org/data/")
    return rdflib.Graph().parse(path, format="turtle", publicID=here + path.name), here


def number(query: str) -> int:
    """Return the one number that a query over the graph gives."""
    ((value,),) = GRAPH.query(query).values
    assert isinstance(value, int)
    return value


def test_void_counts_are_those_of_the_graph(folder: Path) -> None:
    """Triples, subjects, objects, classes and properties are counted as SPARQL counts them."""
    found, here = description(folder / "void.ttl")
    whole, claims = here + "void.ttl#graph", here + "void.ttl#claims"
    assert found.value(whole, VOID.triples).toPython() == len(STORE)
    expected = {
        "triples": number("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"),
        "entities": number("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        "distinctSubjects": number("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        "distinctObjects": number("SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
        "classes": number("SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }"),
        "properties": number("SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }"),
    }
    assert {name: found.value(claims, VOID[name]).toPython() for name in expected} == expected


def test_void_counts_the_summary(folder: Path) -> None:
    """The counts over the whole graph are a dataset of their own, with as many statements as their file has lines."""
    found, here = description(folder / "void.ttl")
    lines = (folder / "summary.nq").read_bytes().count(b"\n")
    assert found.value(here + "void.ttl#summary", VOID.triples).toPython() == lines > 100


def test_void_counts_without_the_dump_beside_it(tmp_path: Path) -> None:
    """A description that is written alone counts the same as one beside its N-Quads."""
    found, here = description(void.write(GRAPH, tmp_path / "void.ttl"))
    assert found.value(here + "void.ttl#graph", VOID.triples).toPython() == len(STORE)


@pytest.mark.parametrize(
    ("partition", "key", "count", "query"),
    [
        ("classPartition", "class", "entities", "SELECT ?x (COUNT(*) AS ?n) { ?s a ?x } GROUP BY ?x"),
        ("propertyPartition", "property", "triples", "SELECT ?x (COUNT(*) AS ?n) { ?s ?x ?o } GROUP BY ?x"),
    ],
)
def test_void_partitions_are_complete(folder: Path, partition: str, key: str, count: str, query: str) -> None:
    """Each class and each property has a part of its own with its number, and no other has one."""
    found, here = description(folder / "void.ttl")
    parts = list(found.objects(here + "void.ttl#claims", VOID[partition]))
    said = {str(found.value(p, VOID[key])): found.value(p, VOID[count]).toPython() for p in parts}
    assert said == dict(GRAPH.query(query).values)
    assert len(parts) == len(said) > 5


def test_void_points_to_files_examples_and_vocabularies(folder: Path) -> None:
    """Dumps are files beside the description, examples stand in the graph, vocabularies are those it uses."""
    found, here = description(folder / "void.ttl")
    dumps = {str(o).removeprefix(here) for o in found.objects(None, VOID.dataDump)}
    assert dumps == {"graph.nq", "graph.ttl", "graph.jsonld", "summary.nq"}
    assert all((folder / name).is_file() for name in dumps)
    subjects = {quad.subject.value for quad in STORE}
    examples = {str(o) for o in found.objects(None, VOID.exampleResource)}
    assert examples <= subjects
    assert len(examples) > 5
    vocabularies = {str(o) for o in found.objects(None, VOID.vocabulary)}
    assert {NS, "http://purl.org/dc/terms/", "http://www.w3.org/2004/02/skos/core#"} <= vocabularies


def test_dcat_card_lists_each_file_with_its_hash(folder: Path) -> None:
    """The card has every file of the build but itself, the database and the run, with its true size and hash."""
    found, here = description(folder / "dcat.ttl")
    card = found.value(None, rdflib.RDF.type, DCAT.Dataset)
    assert card == here + "void.ttl#graph"
    listed = {}
    for file in found.objects(card, DCAT.distribution):
        check = found.value(file, SPDX.checksum)
        name = str(found.value(file, DCAT.downloadURL)).removeprefix(here)
        # Not toPython(): rdflib reads hexBinary as bytes.
        listed[name] = (int(str(found.value(file, DCAT.byteSize))), str(found.value(check, SPDX.checksumValue)))
        assert str(found.value(file, DCAT.mediaType)).startswith("https://www.iana.org/assignments/media-types/")
        assert "octet-stream" not in str(found.value(file, DCAT.mediaType))
    contents = {name: (folder / name).read_bytes() for name, _ in EXPORTERS.values() if name != "dcat.ttl"}
    assert {n: (size, digest.lower()) for n, (size, digest) in listed.items()} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in contents.items()
    }


@pytest.mark.parametrize("name", ["void.ttl", "dcat.ttl"])
def test_description_has_no_time_and_no_place(folder: Path, name: str) -> None:
    """A description is the same wherever and whenever the graph was built: it has no date and relative addresses."""
    text = (folder / name).read_text(encoding="utf-8")
    assert "dateTime" not in text
    assert "folder.invalid" not in text
    assert "<graph.nq>" in text
    assert str(folder) not in text


@pytest.mark.parametrize("writer", [void, dcat], ids=["void", "dcat"])
def test_description_of_an_empty_graph_is_valid(writer: object, tmp_path: Path) -> None:
    """A graph of no papers has a description too, which counts nothing."""
    path = writer.write(fold([]), tmp_path / "x.ttl")  # type: ignore[attr-defined]
    assert len(rdflib.Graph().parse(path)) > 3


def test_run_says_when_and_by_what(tmp_path: Path) -> None:
    """The run has its start, its end and the version of the software, in a graph of its own."""
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    path = runs.write(GRAPH, tmp_path / RUN, started=at, ended=at.replace(hour=4))
    store = ox.Store()
    store.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
    query = """SELECT ?run ?start ?end ?version { GRAPH ?g { ?run a prov:Activity ; prov:startedAtTime ?start ;
        prov:endedAtTime ?end ; prov:wasAssociatedWith [ a prov:SoftwareAgent ; dct:hasVersion ?version ] } }"""
    ((run, start, end, version),) = [
        [term.value for term in row]
        for row in store.query(query, prefixes=rdf.prefixes())  # type: ignore[union-attr]
    ]
    assert (start, end, version) == ("2026-01-02T03:04:05Z", "2026-01-02T04:04:05Z", "0.1.0")
    assert [ox.NamedNode(run)] == [q.subject for q in STORE.quads_for_pattern(None, None, ox.NamedNode(PROV.Activity))]
    graphs = set(store.named_graphs())
    assert len(graphs) == 1
    assert not graphs & set(STORE.named_graphs())


def test_build_keeps_times_out_of_all_other_files(tmp_path: Path, papers_file: Write) -> None:
    """Two builds differ in run.nq and report.json alone, and only these hold a time."""
    source = papers_file(GOOD, OTHER)
    build_folder([source], tmp_path / "one")
    build_folder([source], tmp_path / "two")
    assert graph_files(tmp_path / "one") == graph_files(tmp_path / "two")
    assert set(graph_files(tmp_path / "one")) == {p.name for p in (tmp_path / "one").iterdir()} - {RUN, REPORT, NAME}
    assert "startedAtTime" in (tmp_path / "one" / RUN).read_text(encoding="utf-8")
    for name, content in graph_files(tmp_path / "one").items():
        assert b"AtTime" not in content, name
