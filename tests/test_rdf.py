"""The graph as RDF: layout, provenance, safe text, and the same bytes for the same records."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
import rdf_fixture
import rdflib
import rdflib.compare
import rdflib.plugins.sparql

from kg.exporters import jsonld, nquads, turtle
from kg.graph import KnowledgeGraph, fold
from kg.views import check, rdf, shards, summary, vocabulary

if TYPE_CHECKING:
    from types import ModuleType

# rdflib's own readers use what rdflib has deprecated.
READS_WITH_RDFLIB = pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
GRAPH = rdf_fixture.graph()
STORE = rdf.to_store(GRAPH)
WRITERS = (turtle, nquads, jsonld)
NASTY = "a \"quoted\" \\ 'text'\nwith\ttabs <b>&amp;</b> \x00\x07 \ud800 \ufffe 😀 {|^`} \u2028 %41"


def rows(query: str, *, store: ox.Store = STORE) -> set[tuple[str, ...]]:
    """Return the rows of a query, with our IRIs cut to their node ids."""
    found = store.query(query, prefixes=rdf.prefixes())
    return {tuple(getattr(v, "value", "").removeprefix("https://w3id.org/mlkg/") for v in row) for row in found}


def ask(pattern: str) -> bool:
    """Tell whether a pattern matches."""
    return bool(STORE.query(f"ASK {{ {pattern} }}", prefixes=rdf.prefixes()))


@pytest.mark.parametrize(("run", "block"), [(1, 10_000), (7, 3), (100, 1), (100, 10_000)])
def test_quads_of_more_than_memory_are_sorted_in_runs(
    run: int, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few lines are held at once, the file is the same, and nothing is left beside it."""
    whole = nquads.write(GRAPH, tmp_path / "graph.nq").read_bytes()
    monkeypatch.setattr(nquads, "_JOINED", block)
    assert b"".join(nquads.sorted_lines(shards.of_graph(GRAPH), tmp_path, run=run)) == whole
    assert [path.name for path in tmp_path.iterdir()] == ["graph.nq"]
    text = ox.serialize(rdf.quads(GRAPH), format=ox.RdfFormat.N_QUADS) or b""
    assert whole.splitlines() == sorted(text.splitlines())


def test_default_graph_holds_claims_only() -> None:
    """Who queries claims meets no assertion, no span and no run."""
    classes = rows("SELECT DISTINCT ?c { ?x a ?c }")
    names = {"Model", "Dataset", "Benchmark", "Method", "Metric", "Task", "Paper", "Result"}
    assert classes == {(f"ns#{name}",) for name in names}


def test_named_graphs_are_papers_and_runs_and_the_summary() -> None:
    """There is a named graph for each paper, for each version of the extractor, and for what is counted over all."""
    graphs = {row[0] for row in rows("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")}
    assert graphs == {*GRAPH.papers, f"run/{rdf_fixture.EXTRACTOR}", summary.GRAPH}


def test_assertion_shows_where_both_ends_stand() -> None:
    """An assertion about a named thing points to the words of its subject and of its object."""
    query = """SELECT ?said ?of { GRAPH ?g { ?a rdf:subject model:alphanet ; rdf:object dataset:corpusone ;
        kg:subjectSpan/nif:anchorOf ?said ; kg:objectSpan/nif:anchorOf ?of } }"""
    assert rows(query) == {("AlphaNet", "CorpusOne")}


@pytest.mark.parametrize(
    "pattern",
    [
        'method:gadget-norm kg:nameKey "gadget norm", "gn" ; kg:paperCount 2',
        'paper:arxiv-2301.00001 kg:nameKey "alphanet: widgets at scale", "arxiv:2301.00001"',
    ],
)
def test_names_can_be_looked_up(pattern: str) -> None:
    """Each name of a thing stands once more in lower case, and how many papers name it is counted."""
    assert ask(pattern)
    assert not ask("GRAPH ?g { ?x kg:nameKey ?key }")


def test_run_graph_has_version_and_rules_but_no_time() -> None:
    """A run is known by its version and its rules; no clock makes two builds differ."""
    found = rows("SELECT DISTINCT ?p { GRAPH <https://w3id.org/mlkg/run/0.1.0+test> { ?s ?p ?o } }")
    named = {row[0].rpartition("/")[2] for row in found}
    assert named == {"22-rdf-syntax-ns#type", "hasVersion", "identifier", "prov#wasAssociatedWith"}
    assert ask(
        "GRAPH ?run { ?run prov:wasAssociatedWith ?agent . ?agent a prov:SoftwareAgent ; dct:hasVersion '0.1.0' }"
    )
    assert ask('GRAPH ?run { rule:uses.test a kg:Rule ; dct:identifier "uses.test" }')


@pytest.mark.parametrize(
    "pattern",
    [
        "model:betanet kg:pretrainedOn dataset:corpusone ; kg:trainedOn dataset:corpusone",
        "model:betanet kg:basedOn model:alphanet ; kg:uses model:alphanet",
        "model:betanet kg:outperforms model:alphanet ; kg:comparedWith model:alphanet",
        "paper:arxiv-2301.00001 kg:introduces model:alphanet ; kg:mentions model:alphanet",
        "benchmark:bencha a kg:Benchmark, kg:Dataset",
        'method:gadget-norm skos:prefLabel "Gadget Norm"@en ; skos:altLabel "GN"@en ; kg:abbreviation "GN"@en',
        'paper:arxiv-2301.00001 dct:creator "Ada Example" ; dct:date "2023-01-05"^^xsd:date',
        "paper:arxiv-2301.00001 schema:url <https://arxiv.org/abs/2301.00001>",
        '?p dct:identifier "p2" ; dct:date "2023-07"^^xsd:gYearMonth',
        '?p dct:identifier "p3" ; dct:date "2024"^^xsd:gYear ; kg:trainsOnInPaper dataset:corpustwo',
        '?p dct:identifier "p3" ; kg:evaluatesOnInPaper dataset:benchb ; kg:comparesInPaper model:alphanet',
    ],
)
def test_default_graph_says(pattern: str) -> None:
    """What the papers say stands as plain triples, with all that it implies."""
    assert ask(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "?s kg:uses method:gizmoloss",
        "?s kg:trainedOn dataset:corpustwo",
        "GRAPH ?g { ?s kg:uses method:gizmoloss }",
        "?s kg:abbreviation 'Bench Alpha'@en",
        "?s a kg:ResearchEntity",
        "GRAPH ?g { ?s prov:startedAtTime ?t }",
        "?s ?p ?o FILTER(isBlank(?s) || isBlank(?o))",
    ],
)
def test_graph_does_not_say(pattern: str) -> None:
    """What a paper negates or hedges is no triple anywhere, and nothing has no name."""
    assert not ask(pattern)


@pytest.mark.parametrize(("polarity", "object"), [("negated", "method:gizmoloss"), ("hedged", "dataset:corpustwo")])
def test_unasserted_claims_keep_their_assertion(polarity: str, object: str) -> None:
    """A negated or hedged claim can still be found with its sentence."""
    assert ask(f'GRAPH ?g {{ ?a rdf:object {object} ; kg:polarity "{polarity}" ; kg:evidence/nif:anchorOf ?sentence }}')


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("80.50", "absolute", "80.5"),
        ("2.3", "delta-points", "2.3"),
        ("3", "ratio", "3"),
        ("12-38", "range", ""),
        ("71", "absolute", "71"),
    ],
)
def test_result_says_what_its_number_is(text: str, kind: str, value: str) -> None:
    """A gain, a ratio and a range are told apart from a score, and a range has no single value."""
    query = f'SELECT ?kind ?value {{ ?r kg:valueText "{text}" ; kg:valueKind ?kind OPTIONAL {{ ?r kg:value ?value }} }}'
    assert rows(query) == {(kind, value)}


def test_result_names_a_task_as_task() -> None:
    """A result on a task is not one on a dataset."""
    assert ask('?r kg:valueText "12-38" ; kg:forTask task:widget-sorting ; kg:byMetric metric:accuracy')
    assert not ask('?r kg:valueText "12-38" ; kg:onDataset|kg:evaluatesModel ?x')


def test_result_shows_its_sentence() -> None:
    """That a paper reports a number is asserted like any claim, with its sentence and rule."""
    query = """SELECT ?sentence ?rule { GRAPH ?paper { ?r kg:valueText "80.50" .
        ?a rdf:predicate kg:reportsResult ; rdf:object ?r ; kg:rule ?rule ; kg:evidence/nif:anchorOf ?sentence } }"""
    assert rows(query) == {("AlphaNet reaches 80.50% accuracy on BenchA.", "rule/result.test")}


def test_spans_hold_the_text_at_their_offsets() -> None:
    """Each span's IRI, offsets and text agree with the paper's text, counted in code points."""
    graph = fold([replace(rdf_fixture.ALPHA, abstract=rdf_fixture.ALPHA.abstract.replace("Gadget", "😀adget"))])
    query = """SELECT ?s ?b ?e ?t ?whole { GRAPH ?g { ?s a kg:Span ; nif:beginIndex ?b ; nif:endIndex ?e ;
        nif:anchorOf ?t ; nif:referenceContext/nif:isString ?whole } }"""
    found = rows(query, store=rdf.to_store(graph))
    assert len(found) > 10
    for span, begin, end, text, whole in found:
        assert whole[int(begin) : int(end)] == text
        assert span.endswith(f"char={begin},{end}")
        assert ("#title-char" in span) == (whole == rdf_fixture.ALPHA.title)


@pytest.mark.parametrize("writer", WRITERS, ids=lambda w: w.__name__)
def test_write_gives_the_same_bytes(writer: ModuleType, tmp_path: Path) -> None:
    """The same records in another order are written as the same bytes, with Unix line ends."""
    shuffled = random.Random(5).sample(rdf_fixture.RECORDS, len(rdf_fixture.RECORDS))
    one = writer.write(GRAPH, tmp_path / "one").read_bytes()
    assert writer.write(fold(shuffled), tmp_path / "other").read_bytes() == one
    assert b"\r" not in one
    assert one.endswith(b"\n")


def test_nquads_are_sorted_and_complete(tmp_path: Path) -> None:
    """The archive holds every quad on a line of its own, in order."""
    lines = nquads.write(GRAPH, tmp_path / "graph.nq").read_text(encoding="utf-8").split("\n")[:-1]
    assert lines == sorted(lines)
    assert len(set(lines)) == len(lines) == len(set(rdf.quads(GRAPH)))


def nasty() -> KnowledgeGraph:
    """Return a graph whose every text is hostile."""
    paper = rdf_fixture.ALPHA
    return fold(
        [
            replace(
                paper,
                id=NASTY,
                title=NASTY,
                abstract=NASTY + paper.abstract[len(NASTY) :],
                extractor=NASTY,
                date=NASTY,
                url="https://example.org/" + NASTY,
                authors=(NASTY,),
                entities=tuple(replace(e, aliases=(NASTY, e.name + NASTY)) for e in paper.entities),
                relations=tuple(replace(c, rule=NASTY) for c in paper.relations),
                results=tuple(replace(r, unit=NASTY) for r in paper.results),
            )
        ]
    )


@READS_WITH_RDFLIB
@pytest.mark.parametrize("writer", WRITERS, ids=lambda w: w.__name__)
def test_write_survives_hostile_text(writer: ModuleType, tmp_path: Path) -> None:
    """Quotes, line breaks, markup, control characters and broken Unicode in a paper break no file."""
    graph = nasty()
    formats = {turtle: (ox.RdfFormat.TURTLE, "turtle"), jsonld: (ox.RdfFormat.JSON_LD, "json-ld")}
    native, name = formats.get(writer, (ox.RdfFormat.N_QUADS, "nquads"))
    path = writer.write(graph, tmp_path / "graph")
    expected = {str(q) for q in rdf.quads(graph)} if writer is nquads else {str(t) for t in rdf.triples(graph)}
    read = list(ox.parse(path=str(path), format=native))
    assert {str(q) if writer is nquads else str(q.triple) for q in read} == expected
    assert len(set(rdflib.Dataset().parse(path, format=name).quads())) == len(expected)


def test_hostile_text_leaves_the_graph_sound() -> None:
    """Offsets stay right when characters that no file can hold are replaced."""
    assert check.check(rdf.to_store(nasty())) == ()


@READS_WITH_RDFLIB
def test_rdflib_and_oxigraph_hold_the_same() -> None:
    """Both engines have the same quads, named graphs included."""
    ours = rdflib.Dataset().parse(data=STORE.dump(format=ox.RdfFormat.N_QUADS), format="nquads")
    assert set(rdf.to_rdflib(GRAPH).quads()) == set(ours.quads())
    assert len(set(ours.quads())) == len(STORE)


@READS_WITH_RDFLIB
def test_turtle_and_jsonld_say_the_same(tmp_path: Path) -> None:
    """Turtle and JSON-LD are one graph in two spellings, also for another reader."""
    one = rdflib.Graph().parse(turtle.write(GRAPH, tmp_path / "graph.ttl"), format="turtle")
    other = rdflib.Graph().parse(jsonld.write(GRAPH, tmp_path / "graph.jsonld"), format="json-ld")
    assert rdflib.compare.isomorphic(one, other)
    assert len(one) == len(set(rdf.triples(GRAPH)))


@pytest.mark.parametrize("writer", WRITERS, ids=lambda w: w.__name__)
def test_write_moves_to_another_base(writer: ModuleType, tmp_path: Path) -> None:
    """With a base of one's own, only the vocabulary keeps our address."""
    path = writer.write(GRAPH, tmp_path / "graph", base="https://example.org/x/")
    assert "mlkg/" not in path.read_text(encoding="utf-8").replace("mlkg/ns#", "")
    native = {turtle: ox.RdfFormat.TURTLE, jsonld: ox.RdfFormat.JSON_LD}.get(writer, ox.RdfFormat.N_QUADS)
    subjects = {q.subject.value for q in ox.parse(path=str(path), format=native)}
    assert all(subject.startswith("https://example.org/x/") for subject in subjects)


@READS_WITH_RDFLIB
def test_to_rdflib_fetches_nothing() -> None:
    """A query over the rdflib face reads no file or address that it names."""
    file = Path(__file__).parent.parent / "schemas" / "kg.ttl"
    found = rdf.to_rdflib(GRAPH).query(f"SELECT * FROM <{file.as_uri()}> {{ ?s ?p ?o }}")
    assert rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS is False
    assert len(list(found)) == 0


def test_rdf_does_not_load_rdflib() -> None:
    """Whoever only writes or queries does not wait for rdflib."""
    code = "import sys, kg.views.rdf, kg.views.sparql; print('rdflib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [("68.50", "68.5"), ("1,234.0", "1234"), ("-0.0", "0"), ("+.5", "0.5"), ("007", "7"), ("\u0661", "1")]
    + [(text, "") for text in ("", "12-38", "1e5", "1,2", "NaN", "five", "1.2.3", ".", "5%")],
)
def test_decimal_is_canonical_or_nothing(text: str, number: str) -> None:
    """A printed number becomes one canonical decimal, and nothing else becomes a number."""
    assert vocabulary.decimal(text) == number
