"""Explanations and leaderboards: every statement with its sentence, in Python and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rdf_fixture

from kg.errors import QueryError, SchemaError
from kg.views import leaderboard
from tests.test_build import Write, run

GRAPH = rdf_fixture.graph()


def test_explain_gives_the_sentence_of_a_triple() -> None:
    """A triple comes with its sentence, the two ends marked, the paper and the rule."""
    (found,) = GRAPH.explain("betanet", "uses", "WidgetTuning")
    assert found.text() == "[BetaNet] uses [WidgetTuning] and also Gadget Norm."
    assert (found.paper, found.date, found.polarity) == ("BetaNet, a Better Widget", "2023-07", "asserted")
    assert found.rule
    assert 0 < found.confidence <= 1


def test_explain_follows_sub_properties_and_polarity() -> None:
    """What is pre-trained on data is trained on it; a denied claim is shown as denied."""
    assert [e.predicate for e in GRAPH.explain("BetaNet", "trainedOn", "CorpusOne")] == ["pretrainedOn"]
    assert [e.polarity for e in GRAPH.explain("BetaNet", "uses", "GizmoLoss")] == ["negated"]
    assert [e.polarity for e in GRAPH.explain("BetaNet", "trainedOn", "CorpusTwo")] == ["hedged"]


def test_explain_of_one_thing_is_all_that_is_said() -> None:
    """Of one thing all claims and results are given, in both directions, but no mere mentions."""
    found = GRAPH.explain("AlphaNet")
    assert {(e.subject, e.predicate) for e in found} >= {
        ("AlphaNet", "basedOn"),
        ("BetaNet", "basedOn"),
        ("AlphaNet", "reportsResult"),
    }
    assert "mentions" not in {e.predicate for e in found}
    assert {e.predicate for e in GRAPH.explain("AlphaNet", "mentions")} >= {"mentions", "introduces"}
    assert list(found) == sorted(found)


def test_explain_shows_results() -> None:
    """A result is a statement: metric, value and target, with the value marked."""
    (found,) = [e for e in GRAPH.explain("BetaNet", "reportsResult") if "82.1" in e.object]
    assert found.object == "accuracy 82.1% on BenchA"
    assert "[82.1]" in found.text()
    gain = next(e for e in GRAPH.explain("AlphaNet", "reportsResult") if "2.3" in e.object)
    assert gain.object == "2.3 points on BenchA (difference)"


def test_explain_knows_aliases_and_papers() -> None:
    """An alias and a paper's id find the same things as the label and the title."""
    assert GRAPH.explain("GN") == GRAPH.explain("gadget norm") != ()
    assert {e.paper for e in GRAPH.explain("p3")} == {"Sorting Widgets without a Name"}


def test_explain_refuses_what_it_does_not_know() -> None:
    """A misspelt name or relation is refused with a hint."""
    with pytest.raises(QueryError, match="BetaNet"):
        GRAPH.explain("BetaNett")
    with pytest.raises(SchemaError, match="trainedOn"):
        GRAPH.explain("BetaNet", "trainedon")


def test_leaderboard_is_best_first_with_sentences() -> None:
    """Absolute values only, best first, each with the sentence that claims it."""
    found = GRAPH.leaderboard("BenchA", metric="accuracy")
    assert [(p.value, p.model) for p in found] == [("82.1", "BetaNet"), ("80.5", "AlphaNet"), ("0.5", "")]
    assert found[0].sentence == "BetaNet obtains an accuracy of 82.1% on BenchA."
    assert found[0].better == "higher"
    shown = leaderboard.text(found)
    assert "BenchA, accuracy (higher is better, as claimed in the abstracts)" in shown
    assert shown.index("82.1%") < shown.index("80.5%")
    assert "(not named)" in shown


def test_leaderboard_of_a_task() -> None:
    """A task's leaderboard holds what papers that address it report on data, and what is reported for the task."""
    assert {p.dataset for p in GRAPH.leaderboard(task="widget sorting")} == {"BenchA"}
    assert GRAPH.leaderboard("BenchB", task="widget sorting") == ()
    assert [p.model for p in GRAPH.leaderboard("BenchA", task="widget sorting")] == ["AlphaNet"]


def test_leaderboard_needs_a_dataset_or_a_task() -> None:
    """All values of everything are no leaderboard."""
    with pytest.raises(QueryError, match="dataset or a task"):
        GRAPH.leaderboard(metric="accuracy")


def test_commands_print_them(tmp_path: Path, papers_file: Write) -> None:
    """`kg explain` and `kg leaderboard` answer from a folder, and say what is wrong with a question."""
    row = {
        "id": "a",
        "title": "A study",
        "abstract": "RoBERTa is trained on CC-News. RoBERTa obtains 90.2% accuracy on MNLI.",
    }
    out = tmp_path / "out"
    assert run("build", "-q", papers_file(row), "-o", out).returncode == 0
    told = run("explain", out, "RoBERTa", "trainedOn", "CC-News")
    assert "[RoBERTa] is trained on [CC-News]." in told.stdout
    assert "rule trainedOn" in told.stdout
    board = run("leaderboard", out, "--dataset", "MNLI")
    assert "90.2%  RoBERTa" in board.stdout
    assert "as claimed in the abstracts" in board.stdout
    rows = json.loads(run("leaderboard", out, "-d", "mnli", "-f", "json").stdout)["results"]["bindings"]
    assert [r["value"]["value"] for r in rows] == ["90.2"]
    unknown = run("explain", out, "Roberto")
    assert (unknown.returncode, "RoBERTa" in unknown.stderr) == (1, True)
    assert run("leaderboard", out).returncode == 1
    assert run("leaderboard", out, "-d", "nothing").stdout == "(no values)\n"
