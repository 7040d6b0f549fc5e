"""Two names of one thing are joined where fitted weights find them likely, and only then."""

from __future__ import annotations

import pytest

from kg.model import Paper
from kg.pipeline import aliases, make_nlp, process, weights
from kg.pipeline.aliases import Aliases
from kg.pipeline.state import Entry, state

NLP = make_nlp(components=["kg_sentences"])


def doc(*names: str, type: str = "Task"):  # type: ignore[no-untyped-def]
    text = " and ".join(names)
    made = process(NLP, Paper("x", "", text))
    paper, at = state(made), 0
    for name in names:
        size = len(name.split())
        paper.entries.append(
            Entry(name=name, type=type, confidence=0.5 + at / 100, spans=[((at, at + size), "test")], aliases=set())
        )
        at += size + 1
    return made


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("dense image prediction", "dense prediction", "within"),
        ("video object segmentation", "object segmentation", "end"),
        ("graph neural network", "graph network", "within"),
        ("convolutional neural network", "CNN", "initials"),
        ("image classification", "image recognition", "first"),
        ("transformers", "transforming", "stem"),
    ],
)
def test_likeness_of_names(one: str, other: str, kind: str) -> None:
    """Names that share words, initials or a beginning are a pair to weigh."""
    paper = state(doc(one, other))
    (pair,) = aliases.pairs(paper, paper.entries)
    assert any(f.startswith(f"{kind} ") for f in pair.features)


def test_names_without_likeness_are_no_pair() -> None:
    """Names with nothing in common are not weighed."""
    paper = state(doc("object detection", "BERT"))
    assert aliases.pairs(paper, paper.entries) == []


@pytest.mark.parametrize(("bias", "left"), [(9.0, 1), (-9.0, 3)])
def test_likely_pairs_are_joined(bias: float, left: int) -> None:
    """Joined entities keep all names and places; the surer one lends its name."""
    made = doc("dense image prediction", "dense prediction", "image prediction")
    head = {"classes": ["no", "yes"], "bias": [0.0, 0.0], "threshold": 0.4}
    Aliases(weights.make(head, {"bias": [0.0, bias]}))(made)
    found = state(made).entries
    assert len(found) == left
    if left == 1:
        assert found[0].name == "image prediction"
        assert found[0].aliases == {"dense image prediction", "dense prediction"}
        assert len(found[0].spans) == 3
