"""Parts of a graph: what stands around a thing, what an answer names, and the command that draws them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg.cli import app
from kg.errors import QueryError
from kg.graph import KnowledgeGraph, fold
from kg.model import Claim, Entity, Mention, Record, Result


def _chain(number: int, *names: str) -> Record:
    """Return a paper in which each model uses the next, and the last is measured on a dataset."""
    text = f"{' uses '.join(names)} on Barset with 81.5% accuracy."

    def entity(name: str, type_: str) -> Entity:
        at = text.index(name)
        return Entity(
            name, type_, confidence=0.9, mentions=(Mention("abstract", at, at + len(name), name, "names.known"),)
        )

    whole = ("abstract", 0, len(text))
    return Record(
        f"p{number}", f"Paper {number}", text, "0", "0", sentences=(whole,),
        entities=(*(entity(n, "Model") for n in names), entity("Barset", "Dataset"), entity("accuracy", "Metric")),
        relations=tuple(Claim(a, "uses", b, 0.9, "asserted", *whole, "uses.cue") for a, b in pairwise(names)),
        results=(Result(names[-1], "Barset", "accuracy", "81.5", "%", "absolute", 0.8, *whole, "results.near"),),
    )  # fmt: skip


def _graph() -> KnowledgeGraph:
    return fold([_chain(1, "Foonet", "Quxnet", "Zapnet", "Lastnet"), _chain(2, "Othernet", "Quxnet")])


def _labels(graph: KnowledgeGraph) -> set[str]:
    return {node.label for node in graph.nodes.values() if node.type == "Model"}


@pytest.mark.parametrize(
    ("depth", "models"),
    [(0, {"Foonet"}), (1, {"Foonet", "Quxnet"}), (2, {"Foonet", "Quxnet", "Zapnet", "Othernet"})],
)
def test_subgraph_holds_what_is_within_the_depth(depth: int, models: set[str]) -> None:
    """A step is a relation, either way; to be named by the same paper is none."""
    assert _labels(_graph().subgraph("foonet", depth=depth)) == models


def test_subgraph_keeps_sentences_and_counts_its_own_papers() -> None:
    """A part shows its evidence, holds only papers that speak of it, and no node names a paper outside."""
    part = _graph().subgraph("Foonet", depth=1)
    assert set(part.papers) == {paper for paper in _graph().papers if _graph().papers[paper].source_id == "p1"}
    used = next(edge for edge in part.edges if edge.predicate == "uses")
    sentence = part.sentence(used.assertions[0].evidence[0], paper=used.papers[0])
    assert sentence.startswith("Foonet uses Quxnet")
    assert all(set(node.papers) <= set(part.papers) for node in part.nodes.values())
    assert {record.id for record in part.records} == {"p1"}


def test_subgraph_around_an_unknown_name_says_the_nearest() -> None:
    """A slip of the pen is named, with what is near."""
    with pytest.raises(QueryError, match=r"nothing called 'Fonet'.*Foonet"):
        _graph().subgraph("Fonet")
    with pytest.raises(QueryError, match="depth of -1"):
        _graph().subgraph("Foonet", depth=-1)


def test_subgraph_of_construct_holds_its_triples_alone() -> None:
    """The relations that a CONSTRUCT gives are kept, others between the same nodes are not."""
    graph = _graph()
    part = graph.subgraph(
        answer=graph.query(
            "CONSTRUCT { ?a kg:uses ?b } { ?a kg:uses ?b ; skos:prefLabel ?n FILTER(STR(?n) = 'Othernet') }"
        )
    )
    assert _labels(part) == {"Othernet", "Quxnet"}
    assert {edge.predicate for edge in part.edges} == {"uses", "mentions"}


@pytest.mark.parametrize("select", ["?a ?b", "?name ?other"])
def test_subgraph_of_select_holds_what_its_rows_name(select: str) -> None:
    """Rows name nodes by IRI or, where they hold none, by name; relations between these are kept."""
    graph = _graph()
    where = "{ ?a kg:uses ?b . ?a skos:prefLabel ?name . ?b skos:prefLabel ?other FILTER(STR(?name) = 'Zapnet') }"
    part = graph.subgraph(answer=graph.query(f"SELECT {select} {where}"))
    assert _labels(part) == {"Zapnet", "Lastnet"}
    assert ("uses", "Zapnet") in {
        (e.predicate, part.nodes[e.subject].label) for e in part.edges if e.subject in part.nodes
    }


def test_subgraph_of_an_answer_that_names_nothing_says_so() -> None:
    """A count is no picture."""
    graph = _graph()
    with pytest.raises(QueryError, match="nothing to draw"):
        graph.subgraph(answer=graph.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))


def test_subgraph_can_be_written_and_asked(tmp_path: Path) -> None:
    """A part is a graph like any other."""
    part = _graph().subgraph("Zapnet")
    assert part.query("ASK { ?m a kg:Model ; skos:prefLabel ?n FILTER(STR(?n) = 'Othernet') }").boolean is False
    assert (part.write(tmp_path / "part") / "graph.html").is_file()
    assert part.to_networkx().number_of_nodes() == len(part.papers) + len(part.nodes)


def test_view_draws_a_part_and_says_where(tmp_path: Path) -> None:
    """`kg view` writes a page of what stands around a thing or of what a query finds, and opens none when told so."""
    folder = _graph().write(tmp_path / "graph")
    run = CliRunner().invoke(app, ["view", str(folder), "--around", "Foonet", "--no-open"])
    assert run.exit_code == 0
    assert run.stdout == f"1 papers, 2 entities drawn in {folder / 'view.html'}\n"
    page = tmp_path / "mine.html"
    arguments = [
        "view",
        str(folder),
        "--query",
        "leaderboard",
        "--set",
        "dataset=Barset",
        "-o",
        str(page),
        "--no-open",
        "-q",
    ]
    assert CliRunner().invoke(app, arguments).stdout == ""
    assert "Lastnet" in page.read_text(encoding="utf-8")
    assert _graph().write(folder) == folder  # the page of `kg view` is no stranger there


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--query", "leaderbord"], "leaderboard"),
        (["--set", "a=b"], "--query"),
        (["--sparql", "ASK {}", "--query", "x"], "not both"),
    ],
)
def test_view_refuses_what_it_cannot_draw(arguments: list[str], message: str, tmp_path: Path) -> None:
    """A wrong name or a parameter without its query is said."""
    folder = _graph().write(tmp_path / "graph")
    run = CliRunner().invoke(app, ["view", str(folder), "--no-open", *arguments])
    assert isinstance(run.exception, QueryError)
    assert message in str(run.exception)
