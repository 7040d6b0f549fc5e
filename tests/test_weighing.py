"""Weights decide: what a first look drops, whose a claim is, and what confidence is worth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kg import ontology
from kg.model import PAPER, Paper, Record
from kg.pipeline import COMPONENTS, make_nlp, process, weights
from kg.pipeline.decisions import NOTHING, SOMETHING, Decisions
from kg.pipeline.learners import logistic
from kg.pipeline.state import state
from kg.pipeline.subjects import PAPERS, RIGHT, WRONG, Subjects, named_claims

Read = Callable[..., Record]


def up_to(component: str, abstract: str):  # type: ignore[no-untyped-def]
    nlp = make_nlp(components=COMPONENTS[: COMPONENTS.index(component)])
    return process(nlp, Paper("x", "A study", abstract))


@pytest.mark.parametrize(("least", "found"), [(-1.0, True), (1.0, False)])
def test_a_first_look_drops_what_is_hopeless(least: float, found: bool) -> None:
    """A string whose odds by itself are below the least is never weighed with its surroundings."""
    classes = [*ontology.load().entity_types, NOTHING]
    model = weights.make({"classes": classes, "bias": [1.0] * len(classes)}, {"bias": [0.0] * len(classes)})
    head = {"classes": [NOTHING, SOMETHING], "bias": [0.0, 0.0], "least": least}
    doc = up_to("kg_typing", "We train FrogNet here.")
    Decisions(model, weights.make(head, {"bias": [0.0, 0.0]}))(doc)
    assert bool(state(doc).mentions) is found


@pytest.mark.parametrize(("whose", "subjects"), [(RIGHT, {"RoBERTa"}), (PAPERS, {PAPER}), (WRONG, set())])
def test_claims_go_to_whom_the_weights_say(whose: str, subjects: set[str]) -> None:
    """A claim stays with its named subject, becomes the paper's, or is dropped; a denied one is not touched."""
    doc = up_to("kg_subjects", "RoBERTa is trained on CC-News. RoBERTa is not trained on C4.")
    term = ontology.load().terms.trainedOn
    assert {c.subject for c in named_claims(state(doc))} == {"RoBERTa"}
    classes = sorted((RIGHT, PAPERS, WRONG))
    row = [9.0 if c == whose else 0.0 for c in classes]
    Subjects(weights.make({"classes": classes, "bias": [0.0] * 3, "threshold": 0.4}, {"bias": row}))(doc)
    claims = [c for c in state(doc).relations if c.predicate == term]
    assert {c.subject for c in claims if c.object == "CC-News"} == subjects
    assert [c.polarity for c in claims if c.object == "C4"] == ["negated"]


def test_confidence_follows_the_calibration_curve() -> None:
    """Between points confidence is in between; beyond them it is that of the nearest."""
    points = [[0.4, 0.6], [0.8, 0.7], [1.0, 0.9]]
    model = weights.make({"classes": [], "bias": [], "calibration": points}, {})
    wanted = np.interp([0.1, 0.4, 0.5, 0.8, 0.95, 1.0], *zip(*points, strict=True))
    assert [model.confidence(p) for p in (0.1, 0.4, 0.5, 0.8, 0.95, 1.0)] == pytest.approx(list(wanted))


def test_claims_are_as_sure_as_their_share(read_text: Read) -> None:
    """No claim is surer than its object, and results are as sure as all their parts together."""
    record = read_text("RoBERTa obtains 90.2% accuracy on MNLI. We fine-tune BERT with LoRA on GLUE.")
    sure = {e.name: e.confidence for e in record.entities}
    assert record.relations
    assert record.results
    assert all(0 < c.confidence <= sure[c.object] + 1e-9 for c in record.relations)
    assert all(0 < r.confidence <= 1 for r in record.results)


def test_logistic_regression_tells_classes_apart() -> None:
    """Few rows suffice where features are plain; features that few rows have get no weight."""
    rows = [{"bias", "a", f"rare{i}"} if i % 2 else {"bias", "b"} for i in range(40)]
    labels = ["yes" if i % 2 else "no" for i in range(40)]
    part = logistic(rows, labels, minimum=3, c=1.0)
    model = weights.make(*part[:2])
    assert set(model.ids) <= {"a", "b", "bias"}
    shares = model.probabilities([model.encode({"a"}), model.encode({"b"})])
    yes = model.classes.index("yes")
    assert shares[0, yes] > 0.8
    assert shares[1, yes] < 0.2
