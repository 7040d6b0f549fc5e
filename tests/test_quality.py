"""The quality of extraction has floors: on the bundled annotated papers everywhere, on more where they are at hand.

The weights are fitted on the papers beside the checkout, so their figures here are not those of unseen
papers; those stand in the head of each weights file, and have floors too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from kg import rules
from kg.model import Paper
from kg.pipeline import clusters, extract
from kg.pipeline.weights import load
from kg.scoring import Row, Tally, by_rule, fold_name, misses, names, read_rows, reliability, score
from kg.sources import read
from tests.conftest import DEMO, ROOT

GOLD = ROOT / "tests" / "gold" / "demo.jsonl"
WEIGHTS = ("screen", "typing", "aliases", "introduced", "subjects", "roles", "outcomes", "links")
FLOORS = json.loads((ROOT / "tests" / "gold" / "floors.json").read_text(encoding="utf-8"))


def extracted(papers: Iterable[Paper]) -> dict[str, Row]:
    return {r.id: json.loads(r.to_json()) for r in extract(papers)}


@pytest.fixture(scope="module")
def demo_records() -> Mapping[str, Row]:
    """Return the records of the annotated demo papers, none of which the weights have seen."""
    wanted = read_rows(GOLD)
    return extracted(p for p in read(DEMO) if p.id in wanted)


@pytest.fixture(scope="module")
def demo(demo_records: Mapping[str, Row]) -> Mapping[str, Tally]:
    """Return the tallies on the annotated demo papers."""
    return score(read_rows(GOLD), demo_records)


@pytest.mark.parametrize("measure", sorted(FLOORS["demo"]))
def test_demo_papers_reach_their_floor(demo: Mapping[str, Tally], measure: str) -> None:
    """Extraction of the bundled papers is at least as good as it was."""
    assert demo[measure].f1 >= FLOORS["demo"][measure]


@pytest.mark.parametrize(
    ("papers", "measure"), [(p, m) for p, found in FLOORS["cross-validated"].items() for m in sorted(found)]
)
def test_weights_were_good_on_unseen_papers(papers: str, measure: str) -> None:
    """The shipped weights reached their floor in cross-validation, as their file says."""
    found = load("typing").head["fitted"]["cross-validated"][papers]["measures"]
    assert found[measure][2] >= FLOORS["cross-validated"][papers][measure]


@pytest.mark.parametrize("papers", sorted(FLOORS["calibration-error"]))
def test_weights_were_calibrated_on_unseen_papers(papers: str) -> None:
    """Confidence was as near to the share that is right as its ceiling asks."""
    found = load("typing").head["fitted"]["cross-validated"][papers]["calibration-error"]
    assert found <= FLOORS["calibration-error"][papers]


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(("texts", "annotated"), [("papers", "dev"), ("general", "general")])
def test_annotated_papers_reach_their_floor(shared: Path, texts: str, annotated: str) -> None:
    """Extraction of all annotated papers is at least as good as it was (the weights were fitted on them)."""
    tallies = score(
        read_rows(shared / "gold" / f"{annotated}.jsonl"), extracted(read(shared / "data" / f"{texts}.jsonl"))
    )
    for measure, floor in FLOORS[annotated].items():
        assert tallies[measure].f1 >= floor, measure


def test_gold_is_well_formed() -> None:
    """Annotated names stand in their text, relation ends are annotated names, values stand in the text."""
    texts = {p.id: f"{p.title}\n{p.abstract}" for p in read(DEMO)}
    rows = read_rows(GOLD)
    assert len(rows) == 20
    for paper_id, row in rows.items():
        text = texts[paper_id].casefold()
        known = {e["name"] for e in row["entities"]} | {"PAPER"}
        for entity in row["entities"]:
            assert all(name.casefold() in text for name in (entity["name"], *entity["aliases"])), (paper_id, entity)
        assert {end for s, _, o in row["relations"] for end in (s, o)} <= known
        for result in row["results"]:
            assert result["value"] in texts[paper_id]
            assert {result["subject"], result["target"] or "PAPER", result["metric"] or "PAPER"} <= known


def test_perfect_records_score_one() -> None:
    """The scorer gives the annotation itself full marks, and nothing zero."""
    gold = read_rows(GOLD)
    same = {
        k: {**v, "relations": [{"subject": s, "predicate": p, "object": o} for s, p, o in v["relations"]]}
        for k, v in gold.items()
    }
    assert {tally.f1 for tally in score(gold, same).values()} == {1.0}
    assert {tally.f1 for tally in score(gold, {}).values()} == {0.0}


def test_score_counts_each_kind_of_error() -> None:
    """A wrong type is spurious and missed, an optional entity is neutral, an alias is a match."""
    gold = {
        "a": {
            "entities": [
                {
                    "name": "BERT",
                    "type": "Model",
                    "alt_types": [],
                    "aliases": ["Bidirectional"],
                    "introduced": False,
                    "required": True,
                },
                {
                    "name": "GLUE",
                    "type": "Dataset",
                    "alt_types": [],
                    "aliases": [],
                    "introduced": False,
                    "required": True,
                },
                {"name": "NLP", "type": "Task", "alt_types": [], "aliases": [], "introduced": False, "required": False},
            ],
            "relations": [],
            "results": [],
        }
    }
    found = {
        "a": {
            "entities": [
                {"name": "bidirectional", "type": "Model"},
                {"name": "GLUE", "type": "Task"},
                {"name": "NLP", "type": "Task"},
            ]
        }
    }
    tally = score(gold, found)["entities"]
    assert (tally.right, tally.spurious, tally.missed) == (1, 1, 1)
    assert names({"name": "Swin Transformers"}) == {fold_name("swin-transformer")}


def test_misses_name_what_went_wrong() -> None:
    """Each miss says its kind, the wanted type, and where a rule found something, rule and sentence."""
    entity = {"alt_types": [], "aliases": [], "introduced": False, "required": True}
    gold = {
        "a": {"entities": [{**entity, "name": "BERT", "type": "Model"}, {**entity, "name": "GLUE", "type": "Dataset"}]}
    }
    mention = {"field": "abstract", "start": 3, "end": 7, "text": "BERT", "rule": "candidate.known"}
    record = {
        "abstract": "We BERT. No.",
        "sentences": [["abstract", 0, 8], ["abstract", 9, 12]],
        "entities": [
            {"name": "BERT", "type": "Method", "confidence": 0.9, "mentions": [mention]},
            {"name": "No", "type": "Task"},
        ],
    }
    found = misses(gold, {"a": record})
    assert [(m.kind, m.type, m.name) for m in found] == [
        ("missed", "Dataset", "GLUE"),
        ("spurious", "Task", "No"),
        ("typed Method", "Model", "BERT"),
    ]
    assert (found[2].rule, found[2].sentence) == ("candidate.known", "We BERT.")


def test_confidence_is_what_it_says(demo_records: Mapping[str, Row]) -> None:
    """On bundled papers, entities that are sure are right about as often as they say."""
    table = reliability(read_rows(GOLD), demo_records)
    sure = table[-1]
    assert sure.count > 100
    assert abs(sure.confidence - sure.right) < 0.1


def test_weights_are_reviewable() -> None:
    """A weights file says what it was fitted on and lists its features in order."""
    for path in (rules.data_dir() / "weights" / f"{name}.jsonl" for name in WEIGHTS):
        rows = [row for _, row in rules.json_lines(path)]
        assert all(found["papers"] > 0 for found in rows[0]["fitted"]["cross-validated"].values())
        assert all(len(found["calibration"]) > 1 for found in rows[0]["fitted"]["cross-validated"].values())
        assert len(rows[0]["fitted"]["sha256"]) == 64
        features = [row["f"] for row in rows[1:]]
        assert features == sorted(set(features))
        assert all(len(row["w"]) == len(rows[0]["classes"]) for row in rows[1:])


def test_clusters_say_where_they_come_from() -> None:
    """The cluster file names the origin of its texts, and puts each word into one cluster of each grain."""
    rows = [row for _, row in rules.json_lines(rules.data_dir() / "weights" / "clusters.jsonl")]
    assert rows[0]["origin"]
    assert all(0 <= c < k for row in rows[1:] for c, k in zip(row["c"], rows[0]["grains"], strict=True))
    assert clusters.load()["bert"] == tuple(next(row["c"] for row in rows[1:] if row["w"] == "bert"))


def test_clusters_gather_words_of_like_contexts() -> None:
    """Words that stand in the same places come into one cluster, others into another."""
    things, verbs = ["frog", "toad", "newt", "crab"], ["eats", "sees", "likes", "finds"]
    texts = [["the", a, verb, "a", b, "."] for a in things for b in things for verb in verbs for _ in range(12)]
    found = clusters.build(texts * 3, grains=(2,), dimensions=3)
    assert len({found[w] for w in things}) == 1
    assert len({found[w.rstrip("s")] if w.rstrip("s") in found else found[w] for w in verbs} | {found["frog"]}) >= 2


def test_rules_are_counted_where_they_are_right() -> None:
    """A rule is right where the annotation holds what its mention or claim says, also of what is introduced."""
    entity = {"alt_types": [], "aliases": [], "introduced": False, "required": True}
    gold = {
        "a": {
            "entities": [
                {**entity, "name": "FrogNet", "type": "Model", "introduced": True},
                {**entity, "name": "BERT", "type": "Model"},
            ],
            "relations": [["PAPER", "uses", "BERT"]],
            "results": [],
        }
    }
    claim = {"polarity": "asserted", "subject": "PAPER"}
    found = {
        "a": {
            "entities": [
                {"name": "FrogNet", "type": "Model", "introduced": True, "mentions": [{"rule": "shape"}]},
                {"name": "BERT", "type": "Task", "introduced": True, "mentions": [{"rule": "shape"}]},
            ],
            "relations": [
                {**claim, "predicate": "introduces", "object": "FrogNet", "rule": "new"},
                {**claim, "predicate": "introduces", "object": "BERT", "rule": "new"},
                {**claim, "predicate": "trainedOn", "object": "FrogNet", "rule": "train"},
            ],
        }
    }
    counts = by_rule(gold, found)
    assert counts["new"] == {True: 1, False: 1}
    assert counts["shape"] == {True: 1, False: 1}
    assert counts["train"] == {False: 1}
