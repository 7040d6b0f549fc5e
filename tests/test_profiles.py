"""The graph in the words of other vocabularies: what each profile says, worked by hand, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdf_fixture
import rdflib

from kg import ontology
from kg.errors import QueryError, RuleError, StoreError
from kg.graph import fold
from kg.views import profiles, rdf

READS_WITH_RDFLIB = pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
PAPER = rdf_fixture.record(
    "arxiv:2401.00002",
    """
TinyNet: Small Widgets
We introduce TinyNet, which is fine-tuned from BigNet.
TinyNet is trained on WidgetSet for widget sorting.
TinyNet uses Adamant.
TinyNet reaches 90.50% accuracy on WidgetBench.
It gains 2.5 points on WidgetSet.
""",
    (
        ("TinyNet", "Model"),
        ("BigNet", "Model"),
        ("WidgetSet", "Dataset"),
        ("WidgetBench", "Benchmark"),
        ("Adamant", "Method"),
        ("accuracy", "Metric"),
        ("widget sorting", "Task"),
    ),
    claims=(
        ("TinyNet", "finetunedFrom", "BigNet", "asserted", "fine-tuned"),
        ("TinyNet", "trainedOn", "WidgetSet", "asserted", "trained on"),
        ("TinyNet", "uses", "Adamant", "asserted", "uses"),
        ("TinyNet", "addresses", "widget sorting", "asserted", "trained on"),
        ("PAPER", "addresses", "widget sorting", "asserted", "trained on"),
    ),
    results=(
        ("TinyNet", "WidgetBench", "accuracy", "90.50", "%", "absolute"),
        ("TinyNet", "WidgetSet", "", "2.5", "points", "delta"),
    ),
    introduced=("TinyNet",),
    aliases={"WidgetBench": ("WidBen",)},
    date="2024-01-05",
    url="https://arxiv.org/abs/2401.00002",
    authors=("Ada Example",),
)
GRAPH = fold([PAPER])
STORE = ox.Store()
STORE.extend(rdf.quads(GRAPH))
RESULT = next(result.id for result in GRAPH.results if result.kind == "absolute")
EXPECTED = {
    "schemaorg": """
paper:arxiv-2401.00002 a schema:ScholarlyArticle ;
  schema:name "TinyNet: Small Widgets" ; schema:headline "TinyNet: Small Widgets" ;
  schema:identifier "arxiv:2401.00002" ; schema:author "Ada Example" ;
  schema:datePublished "2024-01-05"^^xsd:date ; schema:url <https://arxiv.org/abs/2401.00002> ;
  schema:about model:tinynet , task:widget-sorting ;
  schema:mentions model:tinynet , model:bignet , dataset:widgetset , benchmark:widgetbench , method:adamant ,
    metric:accuracy , task:widget-sorting .
model:tinynet a schema:CreativeWork ; schema:name "TinyNet"@en ; schema:isBasedOn model:bignet .
model:bignet a schema:CreativeWork ; schema:name "BigNet"@en .
dataset:widgetset a schema:Dataset ; schema:name "WidgetSet"@en .
benchmark:widgetbench a schema:Dataset ; schema:name "WidgetBench"@en ; schema:alternateName "WidBen"@en .
method:adamant a schema:DefinedTerm ; schema:name "Adamant"@en .
metric:accuracy a schema:DefinedTerm ; schema:name "accuracy"@en .
task:widget-sorting a schema:DefinedTerm ; schema:name "widget sorting"@en .
""",
    "lpwc": """
paper:arxiv-2401.00002 a lpwcc:paper ; dct:title "TinyNet: Small Widgets" ; dct:date "2024-01-05"^^xsd:date ;
  lpwcp:creatorName "Ada Example" ; lpwcp:hasURLAbstract "https://arxiv.org/abs/2401.00002"^^xsd:anyURI ;
  lpwcp:hasTask task:widget-sorting ; lpwcp:hasMethod method:adamant ;
  lpwcp:hasModel model:tinynet , model:bignet ; lpwcp:usesDataset dataset:widgetset , benchmark:widgetbench ;
  lpwcp:hasEvaluation result:RESULT .
result:RESULT a lpwcc:evaluation ; lpwcp:hasModel model:tinynet ; lpwcp:hasDataset benchmark:widgetbench ;
  lpwcp:hasEvaluationResult <https://w3id.org/mlkg/result/RESULT#value> .
<https://w3id.org/mlkg/result/RESULT#value> a lpwcc:evaluationresult ;
  lpwcp:metricName "accuracy" ; lpwcp:metricValue "90.50%" .
model:tinynet a lpwcc:model ; foaf:name "TinyNet" .
model:bignet a lpwcc:model ; foaf:name "BigNet" .
dataset:widgetset a lpwcc:dataset ; dct:title "WidgetSet" .
benchmark:widgetbench a lpwcc:dataset ; dct:title "WidgetBench" .
method:adamant a lpwcc:method ; foaf:name "Adamant" .
task:widget-sorting a lpwcc:task ; foaf:name "widget sorting" .
""",
    "fair4ml": """
model:tinynet a fair4ml:MLModel ; schema:name "TinyNet"@en ; schema:citation paper:arxiv-2401.00002 ;
  fair4ml:trainedOn dataset:widgetset ; fair4ml:evaluatedOn benchmark:widgetbench , dataset:widgetset ;
  fair4ml:fineTunedFrom model:bignet ; fair4ml:mlTask task:widget-sorting ; fair4ml:hasEvaluation result:RESULT .
model:bignet a fair4ml:MLModel ; schema:name "BigNet"@en .
result:RESULT a fair4ml:MLModelEvaluation ; fair4ml:evaluatedMLModel model:tinynet ;
  fair4ml:evaluationDataset benchmark:widgetbench ; fair4ml:evaluationMetrics "accuracy: 90.50%" .
paper:arxiv-2401.00002 a schema:ScholarlyArticle ; schema:name "TinyNet: Small Widgets" .
dataset:widgetset a schema:Dataset ; schema:name "WidgetSet"@en .
benchmark:widgetbench a schema:Dataset ; schema:name "WidgetBench"@en .
task:widget-sorting a schema:DefinedTerm ; schema:name "widget sorting"@en .
""",
}
NAMES = [profile.name for profile in profiles.profiles()]
SYNTAXES = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
}


def said(name: str) -> set[ox.Triple]:
    """Return the triples that a profile makes of the graph."""
    return {quad.triple for quad in profiles.construct(STORE, profiles.profile(name))}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_profile_says_what_is_expected(name: str) -> None:
    """Each profile says of a small graph exactly what a reader of its vocabulary would write by hand."""
    known = {**rdf.prefixes(), **profiles.profile(name).prefixes}
    head = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in known.items())
    text = EXPECTED[name].replace("RESULT", RESULT.removeprefix("result/"))
    expected = {quad.triple for quad in ox.parse(head + text, format=ox.RdfFormat.TURTLE)}
    assert {str(t) for t in said(name) - expected} == set()
    assert {str(t) for t in expected - said(name)} == set()


def test_every_profile_has_an_expected_output() -> None:
    """No profile is shipped without a test of what it says."""
    assert set(NAMES) == {*EXPECTED, "rdf12"}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_profile_uses_only_the_terms_that_it_lists(name: str) -> None:
    """The list of a profile's terms is complete, so that it can be held against lists of what exists."""
    listed = set(profiles.profile(name).terms)
    type_ = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    used = {t.predicate.value for t in said(name)} | {t.object.value for t in said(name) if t.predicate.value == type_}
    assert used - {type_} <= listed
    assert not any(term.startswith(ontology.NS) for term in used | listed)


def test_rdf12_profile_loses_nothing() -> None:
    """Subject, predicate and object read back from the triple terms give the graph as it was, quad by quad."""
    store, back = ox.Store(), ox.Store()
    store.extend(profiles.construct(STORE, profiles.profile("rdf12")))
    reverse = """PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        CONSTRUCT { ?s ?p ?o . ?a rdf:subject ?cs ; rdf:predicate ?cp ; rdf:object ?co } WHERE {
          { ?s ?p ?o FILTER(?p != rdf:reifies) } UNION { ?a rdf:reifies <<( ?cs ?cp ?co )>> } }"""
    for graph in (ox.DefaultGraph(), *store.named_graphs()):
        found = store.query(reverse, default_graph=graph)
        back.extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in found)  # type: ignore[union-attr]
    assert set(back) == set(STORE)
    reified = [q for q in store if q.predicate.value.endswith("#reifies")]
    assert len(reified) == len(GRAPH.assertions) + len(GRAPH.results)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("format", sorted(SYNTAXES))
def test_profile_is_the_same_in_each_syntax(name: str, format: str, tmp_path: Path) -> None:
    """Whatever the syntax, the file says the same; JSON-LD, which has no triple terms, refuses them."""
    if (name, format) == ("rdf12", "jsonld"):
        with pytest.raises(StoreError, match="no triple terms"):
            GRAPH.export(tmp_path / "x.jsonld", profile=name)
        assert list(tmp_path.iterdir()) == []
        return
    path = GRAPH.export(tmp_path / f"x.{format}", profile=name)
    quads = list(ox.parse(path=str(path), format=SYNTAXES[format]))
    assert {quad.triple for quad in quads} == said(name)
    named = {quad.graph_name for quad in quads} - {ox.DefaultGraph()}
    assert bool(named) == (name == "rdf12" and format in ("nq", "trig"))


@READS_WITH_RDFLIB
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_profile_jsonld_is_read_by_rdflib(name: str, tmp_path: Path) -> None:
    """Another reader finds the same triples in JSON-LD, whose context stands in the file."""
    read = {
        ending: set(rdflib.Graph().parse(GRAPH.export(tmp_path / f"x.{ending}", profile=name), format=known))
        for ending, known in (("jsonld", "json-ld"), ("nt", "nt"), ("ttl", "turtle"))
    }
    assert read["jsonld"] == read["nt"] == read["ttl"]
    assert len(read["nt"]) == len(said(name))


def test_schemaorg_jsonld_has_bare_words(tmp_path: Path) -> None:
    """Search engines read `"name"`, not `"schema:name"`."""
    text = GRAPH.export(tmp_path / "x.jsonld", profile="schemaorg").read_text(encoding="utf-8")
    assert '"@vocab": "http://schema.org/"' in text
    assert '"@type": "ScholarlyArticle"' in text
    assert '"schema:' not in text.split('"@graph"')[1]


def test_unknown_profile_offers_the_nearest(tmp_path: Path) -> None:
    """A misspelt name is answered with the right one, and nothing is written."""
    with pytest.raises(QueryError, match="'schemaorg'"):
        GRAPH.export(tmp_path / "x.nq", profile="schema-org")
    with pytest.raises(StoreError, match="a profile is RDF"):
        GRAPH.export(tmp_path / "x.gexf", profile="lpwc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "begins with"),
        ("# title: a\n# description: b\n# vocabulary: schem\nPREFIX schema: <http://schema.org/>\n", "'schema'"),
        ("# title: a\n# description: b\n# graphs: all\n", "'default' or 'each'"),
    ],
)
def test_broken_profile_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """A profile without a title, with an unknown vocabulary or an unknown choice of graphs names its file."""
    (tmp_path / "p.rq").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=message) as caught:
        profiles._read(tmp_path / "p.rq")
    assert "p.rq" in str(caught.value)


LISTS = Path(__file__).parent / "data" / "vocabularies"
UNLISTED = {
    "http://www.w3.org/2001/XMLSchema#anyURI",  # XML Schema is no RDF vocabulary and has no list
    "http://www.w3.org/2001/XMLSchema#date",
    "http://xmlns.com/foaf/0.1/name",  # the ontology of Linked Papers With Code names its things so
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies",  # of RDF 1.2, which is newer than the list
}


@pytest.mark.parametrize("name", NAMES)
def test_profile_terms_exist(name: str) -> None:
    """Every foreign term that a profile writes or reads stands in the list of its vocabulary's terms."""
    if not LISTS.is_dir():
        pytest.skip("the lists of terms are not in this checkout")
    lines = [line for path in sorted(LISTS.glob("*.txt")) for line in path.read_text(encoding="utf-8").splitlines()]
    assert set(profiles.profile(name).terms) - UNLISTED <= set(lines)
