"""What is counted over a whole graph: the same by two ways of counting, and short however long the lists are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest
import rdf_fixture

from kg.exporters import summary as exporter
from kg.graph import fold
from kg.pipeline import extract
from kg.sources import read
from kg.views import check, rdf, sparql, summary, tallies
from kg.views.counts import OfGraph
from kg.views.recount import OfStore
from tests import large_graph
from tests.conftest import DEMO
from tests.test_rdf import nasty

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph

LISTS = ("claims", "together", "compared", "named", "names", "values", "rules", "dated")


@pytest.fixture(scope="module", params=["written by hand", "hostile", "demo", "empty"])
def graph(request: pytest.FixtureRequest) -> KnowledgeGraph:
    """Return a graph: of four papers, of hostile texts, of the demo papers, and of none."""
    made = {"written by hand": rdf_fixture.graph, "hostile": nasty, "empty": lambda: fold([])}
    return made[request.param]() if request.param in made else fold(extract(read(DEMO)))


def bare(graph: KnowledgeGraph) -> ox.Store:
    """Return a graph in a store without its summary."""
    store = ox.Store()
    store.bulk_extend(rdf.quads(graph))
    return store


@pytest.mark.parametrize("name", LISTS)
def test_graph_and_queries_count_alike(name: str, graph: KnowledgeGraph) -> None:
    """Each list that is counted in memory is the one that its query counts over the RDF."""
    ours, theirs = (sorted(getattr(counts, name)()) for counts in (OfGraph(graph), OfStore(bare(graph))))
    assert ours == theirs
    assert ours or len(graph.papers) < 2


def test_classes_and_relations_are_counted_alike(graph: KnowledgeGraph) -> None:
    """So are nodes by class and triples by relation."""
    ours, theirs = OfGraph(graph), OfStore(bare(graph))
    assert (ours.classes(), ours.relations()) == (theirs.classes(), theirs.relations())


def test_summary_is_sorted_and_the_same_by_both_ways(graph: KnowledgeGraph, tmp_path: Path) -> None:
    """The file has a statement a line, in order, whoever counted."""
    lines = exporter.write(graph, tmp_path / "summary.nq").read_bytes().split(b"\n")[:-1]
    assert lines == sorted(set(lines)) == summary.lines(OfStore(bare(graph)))


class Many:
    """Counts of a graph with more of everything than is kept."""

    def claims(self) -> list[Any]:
        """Return 2,000 claims, each of more papers than the one before."""
        return [(f"model/{k}", "uses", "method/x", k, 0.5) for k in range(2000)]

    def together(self) -> list[Any]:
        """Return pairs of one paper each."""
        return [(f"method/{k:04}", "method/z", 1) for k in range(2000)]

    def compared(self) -> list[Any]:
        """Return one thing that is compared with all others."""
        return [(f"model/{k}", "model/x", 1) for k in range(2000)]

    def named(self) -> list[Any]:
        """Return names of two years."""
        return [(year, f"model/{k}", k) for k in range(300) for year in ("2020", "2021")]

    def names(self) -> list[Any]:
        """Return nothing."""
        return []

    def values(self) -> list[Any]:
        """Return five equal values, one that is better, and one where less is better."""
        equal = [("dataset/a", "metric/up", f"result/{k}", "90.10", False, f"202{9 - k}") for k in range(5)]
        lower = [("dataset/a", "metric/down", f"result/d{k}", value, True, "") for k, value in enumerate(("7", "-3"))]
        return [("dataset/a", "metric/up", "result/low", "9", False, "1999"), *equal, *lower]

    def rules(self) -> list[Any]:
        """Return one rule that read much."""
        return list(tallies.surest(("uses.x", f"assertion/{k:04}", k / 1000) for k in range(1000)))

    def dated(self) -> list[Any]:
        """Return papers of a month, and one of a day in it."""
        return [
            *((f"paper/m{k:03}", "2023-07") for k in range(400)),
            *((f"paper/d{k:03}", "2023-07-15") for k in range(400)),
        ]

    def classes(self) -> dict[str, int]:
        """Return one class."""
        return {"Model": 2001}

    def relations(self) -> dict[str, int]:
        """Return one relation."""
        return {"uses": 2000}


def kept(kind: str) -> list[tallies.Tally]:
    """Return the rows that are kept of a long list."""
    return [tally for tally in tallies.tallies(Many()) if tally.kind == kind]


def test_long_lists_keep_their_heads() -> None:
    """Rows of most papers stay, and among equal ones those first in order."""
    assert [tally.count for tally in kept("claim")] == list(range(1999, 1499, -1))
    assert [tally.subject for tally in kept("together")] == [f"method/{k:04}" for k in range(500)]
    assert {tally.year: tally.count for tally in kept("named")} == {"2020": 200, "2021": 200}
    assert kept("others")[0] == tallies.Tally("others", 2000, "model/x")


def test_leaderboards_keep_the_best_and_earliest() -> None:
    """Of equally good results three stay, the earliest; where lower is better, the lowest is the best."""
    best = {tally.object: (tally.count, tally.results) for tally in kept("leaderboard")}
    assert best == {
        "metric/up": (6, ("result/4", "result/3", "result/2")),
        "metric/down": (2, ("result/d1",)),
    }


def test_rules_keep_their_surest() -> None:
    """All that a rule read is counted, and the surest of it stays."""
    (rule,) = kept("rule")
    assert (rule.count, len(rule.assertions), rule.assertions[0]) == (1000, 200, "assertion/0999")


def test_latest_papers_count_a_month_as_its_last_day() -> None:
    """A paper of which only the month is known may be newer than one of the 15th."""
    found = [tally.subject for tally in kept("latest")]
    assert found == [*(f"paper/m{k:03}" for k in range(400)), *(f"paper/d{k:03}" for k in range(100))]


def test_large_graph_is_sound_and_answers_every_question(tmp_path: Path) -> None:
    """The graph that questions are timed on breaks no constraint, and is counted right."""
    graph = rdf_fixture.graph()
    said = large_graph.build(graph, tmp_path / "large", papers=50)
    store = ox.Store.read_only(str(tmp_path / "large" / "store"))
    clones = large_graph.clones_for(graph, 50)
    assert said.startswith(f"{clones * len(graph.papers)} papers, {len(store)} quads")
    # The assertions of a clone have its number behind what is otherwise a hash.
    assert {v.check for v in check.check(store)} == {"mutual-outperforms", "assertion-complete"}
    counted = sparql.query_store(store, sparql.named("statistics").text)
    assert ("class", "Paper", clones * len(graph.papers)) in counted.values
    original = {quad for quad in rdf.quads(graph) if not str(quad.predicate).endswith(("paperCount>", "date>"))}
    assert original <= set(store)
