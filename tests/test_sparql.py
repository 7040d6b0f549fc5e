"""Queries: every ready question answers right in two engines, and none can reach the network."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
import rdf_fixture

from kg.errors import QueryError, RuleError, StoreError
from kg.exporters import nquads, summary
from kg.graph import fold
from kg.views import guard, questions, rdf, sparql

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = rdf_fixture.graph()
STORE = rdf.to_store(GRAPH)
STORE.update("""PREFIX skos: <http://www.w3.org/2004/02/skos/core#> INSERT DATA {
    <https://w3id.org/mlkg/model/alphanet> skos:exactMatch <http://www.wikidata.org/entity/Q1> }""")
ALPHA, BETA, NAMELESS = "AlphaNet: Widgets at Scale", "BetaNet, a Better Widget", "Sorting Widgets without a Name"
CONTRARY = "A Second Look at Widgets"
GAMMA = rdf_fixture.record(
    "p5",
    """
Gamma, a Family
Gamma comes as Gamma-7B and as Gamma-13B.
""",
    (("Gamma", "Model"), ("Gamma-7B", "Model"), ("Gamma-13B", "Model")),
)
FAMILY = rdf.to_store(fold([GAMMA]))
EXPECTED: dict[str, tuple[dict[str, str], list[tuple[str, ...]]]] = {
    "alternatives": ({"name": "alphanet"}, [("BetaNet", "2"), ("BaseNet", "1")]),
    "ancestors": ({"name": "BetaNet"}, [("AlphaNet",), ("BaseNet",)]),
    "best-results": ({}, [("BenchA", "accuracy", "82.1", "%", "BetaNet", BETA)]),
    "co-occurring-methods": ({"at_least": "2"}, [("Gadget Norm", "WidgetTuning", "2")]),
    "contradictions": ({}, [("AlphaNet", "BetaNet")]),
    "dataset-adoption": ({"dataset": "Bench Alpha"}, [("2023", "2"), ("2024", "1")]),
    "datasets-without-results": ({"at_least": "1"}, [("CorpusOne", "2"), ("CorpusTwo", "2")]),
    "descendants": ({"name": "BASENET"}, [("AlphaNet",), ("BetaNet",)]),
    "evaluated-on-both": ({"first": "BenchA", "second": "BenchB"}, [("BetaNet",)]),
    "evidence": (
        {"subject": "BetaNet", "object": "GizmoLoss"},
        [("BetaNet", "uses", "GizmoLoss", "negated", "0.8", "BetaNet does not use GizmoLoss.", "uses.test", BETA)],
    ),
    "find": ({"name": "gn"}, [("Gadget Norm", "Method", "gn", "2")]),
    "introduced-by": ({"name": "alphanet"}, [("AlphaNet", ALPHA, "2023-01-05")]),
    "leaderboard": (
        {"dataset": "bencha"},
        [
            ("accuracy", "82.1", "%", "BetaNet", BETA, "2023-07"),
            ("accuracy", "80.5", "%", "AlphaNet", ALPHA, "2023-01-05"),
            ("accuracy", "0.5", "%", "", NAMELESS, "2024"),
        ],
    ),
    "most-used-datasets": (
        {"at_least": "1"},
        [("BenchA", "3"), ("BenchB", "2"), ("CorpusOne", "2"), ("CorpusTwo", "2")],
    ),
    "paper-card": (
        {"paper": "P3"},
        [
            ("comparesInPaper", "AlphaNet"),
            ("evaluatesOnInPaper", "BenchB"),
            ("mentions", "BenchA"),
            ("mentions", "accuracy"),
            ("mentions", "widget sorting"),
            ("reportsResult", "0.5"),
            ("reportsResult", "12-38"),
            ("reportsResult", "3"),
            ("trainsOnInPaper", "CorpusTwo"),
        ],
    ),
    "statistics": ({}, [("class", "Result", "7"), ("class", "Dataset", "4"), ("class", "Paper", "4")]),
    "support": ({"at_least": "2"}, [("AlphaNet", "uses", "WidgetTuning", "2", "0.8")]),
    "task-leaderboard": (
        {"task": "Widget Sorting"},
        [("BenchA", "accuracy", "80.5", "%", "AlphaNet", ALPHA, "2023-01-05")],
    ),
    "claims-by-rule": (
        {"rule": "addresses.test"},
        [
            (
                ALPHA,
                "addresses",
                "widget sorting",
                "asserted",
                "0.8",
                "AlphaNet is evaluated on BenchA, a part of widget sorting.",
            )
        ],
    ),
    # CONTRARY and BETA set AlphaNet against BetaNet; NAMELESS names nothing that it compares with AlphaNet.
    "compared-pairs": ({}, [("AlphaNet", "BetaNet", "2"), ("AlphaNet", "BaseNet", "1")]),
    # A number reported for BetaNet on BenchB is an evaluation there.
    "datasets-of-model": (
        {"name": "betanet"},
        [
            ("evaluatedOn", "BenchA"),
            ("evaluatedOn", "BenchB"),
            ("pretrainedOn", "CorpusOne"),
            ("trainedOn", "CorpusOne"),
        ],
    ),
    "doubted": (
        {},
        [
            ("negated", "BetaNet", "uses", "GizmoLoss", "BetaNet does not use GizmoLoss.", BETA),
            ("hedged", "BetaNet", "trainedOn", "CorpusTwo", "BetaNet may be trained on CorpusTwo.", BETA),
        ],
    ),
    "gains": ({"dataset": "BenchA"}, [("2.3", "points", "delta-points", "", "AlphaNet", ALPHA)]),
    "introduced-for-task": ({"task": "WIDGET sorting"}, [("2023-01-05", "AlphaNet", "Model", ALPHA)]),
    "largest-models": (
        {"at_least": "7000000000"},
        [("Gamma-13B", "13000000000", "Gamma"), ("Gamma-7B", "7000000000", "Gamma")],
    ),
    # Only what results imply is this unsure: 0.7, where what sentences say has 0.8.
    "low-confidence": (
        {"predicate": "evaluatedOn", "at_most": "0.7"},
        [("0.7", "BetaNet", "evaluatedOn", "BenchA"), ("0.7", "BetaNet", "evaluatedOn", "BenchB")],
    ),
    "many-names": ({"at_least": "2"}, [("BenchA", "2", "3"), ("Gadget Norm", "2", "2")]),
    "meanings": ({"name": "GN"}, [("Gadget Norm", "Method", "2")]),
    # ALPHA addresses the task and measures accuracy; NAMELESS reports "accuracy is 12-38 for widget sorting".
    "metrics-of-task": ({"task": "widget sorting"}, [("accuracy", "2")]),
    "most-compared": ({}, [("AlphaNet", "2", "4"), ("BaseNet", "1", "1"), ("BetaNet", "1", "2")]),
    "named-in-year": (
        {"year": "2023"},
        [
            ("AlphaNet", "Model", "2"),
            ("BenchA", "Benchmark", "2"),
            ("CorpusOne", "Dataset", "2"),
            ("Gadget Norm", "Method", "2"),
            ("WidgetTuning", "Method", "2"),
            ("accuracy", "Metric", "2"),
            ("BaseNet", "Model", "1"),
            ("BenchB", "Dataset", "1"),
            ("BetaNet", "Model", "1"),
            ("CorpusTwo", "Dataset", "1"),
            ("GizmoLoss", "Method", "1"),
            ("widget sorting", "Task", "1"),
        ],
    ),
    # BETA alone names GizmoLoss, with nine other things.
    "named-with": (
        {"name": "GizmoLoss"},
        [
            (label, kind, "1")
            for label, kind in (
                ("AlphaNet", "Model"),
                ("BenchA", "Benchmark"),
                ("BenchB", "Dataset"),
                ("BetaNet", "Model"),
                ("CorpusOne", "Dataset"),
                ("CorpusTwo", "Dataset"),
                ("Gadget Norm", "Method"),
                ("WidgetTuning", "Method"),
                ("accuracy", "Metric"),
            )
        ],
    ),
    # BETA is dated by its month, 2023-07, which may be after the 15th.
    "new-since": ({"since": "2023-07-15"}, [("2024", NAMELESS, ""), ("2023-07", BETA, "BetaNet")]),
    "papers-by-author": ({"author": "ADA"}, [("2023-01-05", ALPHA, "Ada Example")]),
    "papers-naming-both": ({"first": "CorpusOne", "second": "BenchA"}, [("2023-07", BETA), ("2023-01-05", ALPHA)]),
    "papers-on": ({"name": "BetaNet"}, [("2023-07", BETA, "true"), ("", CONTRARY, "false")]),
    "papers-with-results": (
        {"name": "BenchA"},
        [("2023-01-05", ALPHA, "2"), ("2024", NAMELESS, "1"), ("2023-07", BETA, "1")],
    ),
    "result-timeline": (
        {"dataset": "BenchA", "metric": "Accuracy"},
        [
            ("accuracy", "2023-01-05", "80.5", "%", "AlphaNet", ALPHA),
            ("accuracy", "2023-07", "82.1", "%", "BetaNet", BETA),
            ("accuracy", "2024", "0.5", "%", "", NAMELESS),
        ],
    ),
    # BETA reports a number on BenchA too, but addresses no task.
    "tasks-of-dataset": ({"dataset": "Bench Alpha"}, [("widget sorting", "1")]),
    "trained-on": (
        {"dataset": "CorpusOne"},
        [("AlphaNet", "trainedOn"), ("BetaNet", "pretrainedOn"), ("BetaNet", "trainedOn")],
    ),
    "variants": ({"name": "gamma"}, [("Gamma-7B", "7000000000", "1"), ("Gamma-13B", "13000000000", "1")]),
    "trained-and-evaluated": (
        {"trained": "CorpusOne", "evaluated": "BenchA"},
        [("model:alphanet", "AlphaNet"), ("model:betanet", "BetaNet")],
    ),
    "who-beats": (
        {"name": "BaseNet"},
        [("AlphaNet", "2.3", "points", "AlphaNet outperforms BaseNet by 2.3 points on BenchA.", ALPHA)],
    ),
    "wikidata-links": ({}, [("AlphaNet", "http://www.wikidata.org/entity/Q1")]),
}


def answer(question: str, **values: str) -> sparql.Answer:
    """Return the answer to a ready question."""
    store = FAMILY if question in ("variants", "largest-models") else STORE
    return sparql.query_store(store, sparql.bind(sparql.named(question), values))


def test_every_question_has_an_expected_answer() -> None:
    """No ready question is shipped untested, and none without a title or a fixed order of rows."""
    assert [query.name for query in sparql.queries()] == sorted(EXPECTED)
    assert len(EXPECTED) == 44
    assert all(query.title and "ORDER BY" in query.text for query in sparql.queries())


@pytest.mark.parametrize("name", EXPECTED)
def test_question_finds(name: str) -> None:
    """A ready question, asked with names in any case, finds what the papers say."""
    values, expected = EXPECTED[name]
    found = answer(name, **values)
    size = len(expected) if name != "statistics" else 27
    assert len(found) == size
    assert [row[: len(expected[0])] for row in found.rows][: len(expected)] == expected


@pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
def test_questions_answer_alike_in_rdflib() -> None:
    """Another engine gives the same rows in the same order for every ready question."""
    graph = fold((*rdf_fixture.RECORDS, GAMMA))
    dataset, store = rdf.to_rdflib(graph), rdf.to_store(graph)
    for name in sorted(set(EXPECTED) - {"wikidata-links"}):
        text = sparql.bind(sparql.named(name), EXPECTED[name][0])
        found = [tuple(map(_text, row)) for row in dataset.query(text, initNs=rdf.prefixes())]
        ours = [tuple(map(_text, row)) for row in sparql.query_store(store, text).values]
        assert found == ours, name
        assert found, name


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("query", sparql.queries(), ids=lambda q: q.name)
def test_question_stands_as_it_is(query: sparql.NamedQuery) -> None:
    """Each file is a query with its defaults, and binding them changes nothing."""
    assert sparql.query_store(STORE, query.text).variables
    assert sparql.bind(query, {p.name: p.default for p in query.parameters}) == query.text


def test_leaderboard_sorts_by_what_is_better() -> None:
    """Where lower is better, the lowest value leads."""
    nodes = {
        name: replace(node, better="lower" if node.label == "accuracy" else "") for name, node in GRAPH.nodes.items()
    }
    store = rdf.to_store(replace(GRAPH, nodes=nodes))
    text = sparql.bind(sparql.named("leaderboard"), {"dataset": "BenchA", "metric": "Accuracy"})
    assert [row[1] for row in sparql.query_store(store, text).rows] == ["0.5", "80.5", "82.1"]
    assert [row[2] for row in sparql.query_store(store, sparql.named("best-results").text).rows] == ["0.5"]


@pytest.mark.parametrize(
    "value",
    ['GLUE" } SELECT * { ?s ?p ?o #', "a\nb", "\\", '\\"', "\\u0022 }", "}", "\ud800", "😀", 'VALUES ?metric { "" }'],
)
def test_bind_makes_a_literal_of_anything(value: str) -> None:
    """What a user names is only ever compared with names; it cannot change the question."""
    assert answer("leaderboard", dataset=value, metric=value).rows == ()


@pytest.mark.parametrize(
    ("question", "values", "message"),
    [
        ("named-in-year", {"year": "20"}, "'year' is '20', but must be a year of four digits such as 2024"),
        ("named-in-year", {"year": "\u0662\u0660\u0662\u0664"}, "must be a year of four digits"),
        ("named-in-year", {"year": " "}, "parameter 'year' needs a value: a year"),
        ("new-since", {"since": "May 2024"}, "must be a date such as 2024-05-31"),
        ("new-since", {"since": "2024-02-30"}, "'2024-02-30', which is no day of the calendar"),
        ("support", {"at_least": "two"}, "'at_least' is 'two', but must be a whole number such as 2"),
        ("support", {"at_least": "-1"}, "must be a whole number"),
        ("low-confidence", {"at_most": "50"}, "must be a number from 0 to 1 such as 0.5"),
        ("low-confidence", {"predicate": "outperform"}, "is not a relation. Did you mean 'outperforms'?"),
        ("low-confidence", {"predicate": ""}, "parameter 'predicate' needs a value"),
        ("doubted", {"polarity": "maybe"}, "must be negated or hedged"),
        ("claims-by-rule", {"rule": "a b"}, "must be the id of a rule"),
        ("introduced-by", {"name": ""}, "parameter 'name' needs a value: name of a model"),
    ],
)
def test_bind_refuses_a_value_that_cannot_be_meant(question: str, values: dict[str, str], message: str) -> None:
    """A year, a date, a number or a relation that is none is refused with the parameter and what would be right."""
    with pytest.raises(QueryError) as error:
        answer(question, **values)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("low-confidence", {"predicate": "uses", "at_most": "1"}),
        ("low-confidence", {"at_most": ".25"}),
        ("evidence", {"predicate": ""}),
        ("evidence", {"predicate": "uses", "object": ""}),
        ("new-since", {"since": "2023-12"}),
        ("leaderboard", {"metric": " "}),
        ("support", {"at_least": " 002 "}),
    ],
)
def test_bind_takes_what_is_meant(question: str, values: dict[str, str]) -> None:
    """Spaces around a value, a short number and an empty optional parameter are no mistakes."""
    assert answer(question, **values).variables


def test_bind_refuses_an_unknown_parameter() -> None:
    """A parameter that the question lacks is refused with the nearest one."""
    with pytest.raises(QueryError, match=r"'leaderboard' has no parameter 'datset'. Did you mean 'dataset'\?"):
        answer("leaderboard", datset="GLUE")


def test_named_refuses_an_unknown_name() -> None:
    """A question that does not exist is refused with the nearest one."""
    with pytest.raises(QueryError, match="Did you mean 'leaderboard'"):
        sparql.named("leaderbord")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * {}", "begins with '# title"),
        ("# title: T\n# param: x=1 - X\nSELECT * {}", "is not 'variable kind=default - meaning'"),
        ("# title: T\n# param: x nmae=1 - X\nSELECT * {}", "with a kind of name, year, "),
        ("# title: T\n# param: x name=1 - X\nSELECT * {}", "needs one line 'VALUES ?x { \"1\" }'"),
    ],
)
def test_broken_question_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """A file without title, or whose parameter is not in it, is refused with its path."""
    path = tmp_path / "broken.rq"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as error:
        questions._read(path)
    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_answer_shows_short_names_and_keeps_values() -> None:
    """Rows show short names and "" for nothing; values are full IRIs, numbers, dates as text and None."""
    found = sparql.query(
        GRAPH,
        """SELECT ?r ?v ?m (1 AS ?n) (true AS ?b)
           { ?r kg:value ?v ; kg:valueText "3" OPTIONAL { ?r kg:unit "" ; kg:byMetric ?m } }""",
    )
    ((shown, *rest),) = found.rows
    ((iri, *values),) = found.values
    assert found.variables == ("r", "v", "m", "n", "b")
    assert shown.startswith("result:")
    assert iri == "https://w3id.org/mlkg/result/" + shown.removeprefix("result:")
    assert rest == ["3", "", "1", "true"]
    assert values == [Decimal(3), None, 1, True]


def test_answer_writes_standard_formats() -> None:
    """JSON, CSV and TSV follow the SPARQL 1.1 results formats."""
    found = sparql.query(GRAPH, 'SELECT ?s ?l { VALUES (?s ?l) { (model:alphanet "a,\\"b\\"") } }')
    assert json.loads(found.json())["results"]["bindings"][0]["s"] == {
        "type": "uri",
        "value": "https://w3id.org/mlkg/model/alphanet",
    }
    assert list(csv.reader(io.StringIO(found.csv()))) == [["s", "l"], ["https://w3id.org/mlkg/model/alphanet", 'a,"b"']]
    assert found.tsv().split("\n")[0] == "?s\t?l"
    assert found.tsv().split("\n")[1] == '<https://w3id.org/mlkg/model/alphanet>\t"a,\\"b\\""'


def test_ask_answers_yes_or_no() -> None:
    """ASK gives a boolean, and one row to show."""
    yes, no = sparql.query(GRAPH, "ASK { ?s a kg:Model }"), sparql.query(GRAPH, "ASK { ?s a kg:Rule }")
    assert (yes.boolean, no.boolean) == (True, False)
    assert (yes.rows, no.values) == ((("true",),), ((False,),))
    assert json.loads(yes.json())["boolean"] is True
    assert yes.csv().strip() == "true"


@pytest.mark.parametrize(
    "text", ["CONSTRUCT { ?s kg:uses ?o } WHERE { ?s kg:uses ?o }", "DESCRIBE model:alphanet model:betanet"]
)
def test_construct_gives_triples_and_rows(text: str) -> None:
    """CONSTRUCT and DESCRIBE give sorted N-Triples, and the same as a table."""
    found = sparql.query(GRAPH, text)
    lines = found.triples.split("\n")[:-1]
    assert lines == sorted(set(lines))
    assert len(list(ox.parse(found.triples, format=ox.RdfFormat.N_TRIPLES))) == len(found) == len(lines) > 4
    assert found.variables == ("subject", "predicate", "object")
    assert found.boolean is None


@pytest.mark.parametrize("text", ["SELEC * {}", "SELECT * { ?s ex:p ?o }", "", "SELECT * { '\ud800' ?p ?o }"])
def test_query_explains_what_is_wrong(text: str) -> None:
    """A query that cannot be parsed is refused with the parser's message."""
    with pytest.raises(QueryError, match=r"the query cannot be answered: ."):
        sparql.query(GRAPH, text)


def test_query_sees_each_graph_alone() -> None:
    """The answer is of the graph that was asked, also when another one came and went before."""
    for records in ((rdf_fixture.ALPHA,), (rdf_fixture.BETA,), rdf_fixture.RECORDS):
        graph = fold(records)
        for _ in range(2):
            found = sparql.query(graph, "SELECT (COUNT(*) AS ?n) { ?p a kg:Paper }")
            assert found.values == ((len(records),),)
        del graph


def test_open_folder_loads_a_build(tmp_path: Path) -> None:
    """A built folder opens as the graph that was written into it."""
    nquads.write(GRAPH, tmp_path / "graph.nq")
    assert len(sparql.open_folder(tmp_path)) == len(rdf.to_store(GRAPH))


def test_open_folder_reads_the_summary_beside_a_graph(tmp_path: Path) -> None:
    """What a build counted is read, not counted again."""
    nquads.write(GRAPH, tmp_path / "graph.nq")
    summary.write(fold([]), tmp_path / "summary.nq")
    assert len(sparql.open_folder(tmp_path)) == len(set(rdf.quads(GRAPH)))
    (tmp_path / "summary.nq").write_text("<a", encoding="utf-8")
    with pytest.raises(StoreError, match=r"summary\.nq: it cannot be read"):
        sparql.open_folder(tmp_path)


def test_open_folder_says_what_to_do(tmp_path: Path) -> None:
    """A folder without a graph, or with a damaged one, is refused with the remedy."""
    with pytest.raises(StoreError, match="run `kg build` first"):
        sparql.open_folder(tmp_path)
    (tmp_path / "graph.nq").write_text("<a", encoding="utf-8")
    with pytest.raises(StoreError, match="run `kg build` again"):
        sparql.open_folder(tmp_path)


AT = "<http://127.0.0.1:9/x>"
BODY = "{ ?a ?b ?c }"
PREFIXED = "PREFIX : <http://127.0.0.1:9/> PREFIX e: <urn:x:> "


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ ?s ?p ?o.SERVICE {AT} {BODY} }}",
        f"SELECT * {{ {{}}SERVICE{AT}{BODY} }}",
        f"SELECT * {{ sErViCe SILENT {AT} {BODY} }}",
        f"SELECT * {{ SERVICESILENT{AT}{BODY} }}",
        f"SELECT * {{ \\u0053ERVICE {AT} {BODY} }}",
        f"SELECT * {{ \\U00000053ERVICE {AT} {BODY} }}",
        f'SELECT * {{ BIND("\\"" AS ?q) SERVICE {AT} {BODY} }}',
        f'SELECT ("\\u0022" AS ?q) {{ SERVICE {AT} {BODY} BIND("\\u0022" AS ?r) }}',
        f'SELECT * {{ BIND("\\\\u0022" AS ?q) SERVICE {AT} {BODY} BIND("x" AS ?r) }}',
        f'SELECT ("\\u0022" AS ?q) {{ ?s ?p <http://a/\\u0041#> SERVICE {AT} {BODY} BIND("\\u0022" AS ?r) }}',
        f"SELECT * {{ <urn:a#b> ?p ?o . SERVICE {AT} {BODY} }}",
        f"BASE <http://a/> SELECT * {{ ?s ?p <a#b> . SERVICE {AT} {BODY} }}",
        f"SELECT * {{ ?s ?p ?o FILTER(?o<5) SERVICE {AT} {BODY} }}",
        f"SELECT * {{ FILTER(1<2&&3>2)SERVICE {AT} {BODY} }}",
        f"SELECT * {{ ?s ?p ?o FILTER(?o<'x>' ) SERVICE {AT} {BODY} FILTER(''='') }}",
        f"SELECT * {{ ?s ?p ?o FILTER(?o<5#>'''\n) SERVICE {AT} {BODY} # '''\n}}",
        f"{PREFIXED} SELECT * {{ ?s ?p ?o FILTER(?o<e:x#>'''\n) SERVICE {AT} {BODY} #'''\n}}",
        f'SELECT * {{ ?s ?p "x"@en.SERVICE {AT} {BODY} }}',
        f"SELECT * {{ BIND({AT} AS ?u) SERVICE ?u {BODY} }}",
        f"SELECT * {{ ?s ?p '''it's \\''' x''' SERVICE {AT} {BODY} }}",
        f"SELECT * {{ ?s ?p 1.SERVICE {AT} {BODY} }}",
        f"SELECT * {{ ?s ?p 1SERVICE {AT} {BODY} }}",
        f"SELECT * {{ ?s ?p trueSERVICE {AT} {BODY} }}",
        f"SELECT * {{ # x\rSERVICE {AT} {BODY} }}",
        f"{PREFIXED} SELECT * {{ ?s ?p e:a\\# . SERVICE {AT} {BODY}\n}}",
        f"{PREFIXED} SELECT * {{ ?s ?p e:a\\' . SERVICE {AT} {BODY} ?x ?y e:b\\' }}",
        f"{PREFIXED} SELECT * {{ ?s ?p e:a%23 SERVICE {AT} {BODY} }}",
        f"{PREFIXED} SELECT * {{ SERVICE:x {BODY} }}",
        f"{PREFIXED} PREFIX SERVICE: <urn:x> SELECT * {{ SERVICE:x {BODY} }}",
        f"{PREFIXED} SELECT * {{ SERVICEe:x {BODY} }}",
        f"{PREFIXED} SELECT * {{ ?s ?p trueSERVICE:x {BODY} }}",
    ],
)
def test_guard_refuses_service_in_any_disguise(query: str) -> None:
    """However the word is hidden, no query reaches the engine that could make it send a request."""
    with pytest.raises(QueryError, match=r"SERVICE is refused|may be an IRI or a comparison"):
        sparql.query_store(ox.Store(), query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p ?o }",
        "PREFIX service: <urn:x:> SELECT * { ?s service:x ?o }",
        "PREFIX ex: <urn:x:> SELECT * { ?s ex:SERVICE ?o }",
        'SELECT ("SERVICE <x>" AS ?x) {}',
        'SELECT * { ?s ?p """a "SERVICE" b""" } # SERVICE <x>',
        "SELECT * { ?s <urn:service> ?o . ?s <http://x/it's#service> ?o FILTER(?o < 5) }",
    ],
)
def test_guard_lets_look_alikes_pass(query: str) -> None:
    """The word in a variable, a name, an IRI, a string or a comment is no federation."""
    assert guard.check(query) == query
    assert sparql.query_store(ox.Store(), query).variables
