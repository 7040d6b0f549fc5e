"""Numbers: what is one, in which unit, and what beside it tells whose it is."""

from __future__ import annotations

import pytest

from kg.model import Paper
from kg.pipeline import make_nlp, process
from kg.pipeline.numbers import numbers
from kg.pipeline.results import pair_features, scenes
from kg.pipeline.state import Entry, State, state

NLP = make_nlp(components=["kg_sentences"])


def paper(abstract: str) -> State:
    return state(process(NLP, Paper("x", "", abstract)))


def read(text: str) -> list[tuple[str, str]]:
    found = paper(text)
    return [(n.value, n.unit or n.glued) for s in found.sentences for n in numbers(found, s, ())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("an accuracy of 90.1%", [("90.1", "%")]),
        (r"an accuracy of 90.1\% here", [("90.1", "%")]),
        ("by 2.3 points and 1.5 percentage points", [("2.3", "points"), ("1.5", "points")]),
        ("3x faster, 2.5x smaller, 4 times cheaper", [("3", "x"), ("2.5", "x"), ("4", "x")]),
        (r"a $2.5\times$ speedup and $\sim$3x less", [("2.5", "x"), ("3", "x")]),
        ("5times faster, sim3x less", [("5", "x"), ("3", "x")]),
        ("about 50 %-80 % of it", [("50", "%"), ("80", "%")]),
        ("gains of 12-38% and 1.1%-5.4%", [("12-38", "%"), ("1.1", "%"), ("5.4", "%")]),
        ("a score of 1,234.5 there", [("1,234.5", "")]),
        ("a gain of \u22123.2 here", [("3.2", "")]),
        ("runs at 80fps with 7B parameters", [("80", "fps"), ("7", "b")]),
        ("85.0/86.1 F1", [("85.0", ""), ("86.1", "")]),
        ("values ((71.2%) or (72.3%))", [("71.2", "%"), ("72.3", "%")]),
    ],
)
def test_numbers_are_read(text: str, expected: list[tuple[str, str]]) -> None:
    """A number is read with its unit, however it is written."""
    assert read(text) == expected


@pytest.mark.parametrize("text", ["10^5 steps", "since 2019", "an error of \u00b10.3", "ResNet-50 and GPT-3", "1.2.3"])
def test_numbers_leave_others_out(text: str) -> None:
    """Powers, years, error margins, versions and parts of names are no numbers that could be outcomes."""
    assert read(text) == []


def test_a_sign_is_read_where_it_is_one() -> None:
    """A plus or minus right before a number is its sign, a dash between words is none."""
    found = paper("It changes (-3.2) and +1.5 and BERT - 4.1 or 7-9.")
    signs = {n.value: n.signed for s in found.sentences for n in numbers(found, s, ())}
    assert signs == {"3.2": True, "1.5": True, "4.1": False, "7-9": False}


def entry(found: State, name: str, type_: str) -> Entry:
    words = name.split()
    spans = [(i, i + len(words)) for i in range(len(found.words)) if found.words[i : i + len(words)] == words]
    return Entry(name=name, type=type_, confidence=0.9, spans=[(s, "test") for s in spans], aliases=set())


def test_lists_are_aligned_in_order() -> None:
    """Of as many numbers as names, a number is aligned with the name at its own place only."""
    found = paper("It reaches 90.1% and 80.2% on AAA and BBB, respectively.")
    found.entries = [entry(found, "AAA", "Dataset"), entry(found, "BBB", "Dataset")]
    (scene,) = scenes(found)
    for k, number in enumerate(scene.numbers):
        for j, one in enumerate(found.entries):
            features = pair_features(scene, number, one, found.entries, "target")
            assert ("target:aligned-behind=True+respectively" in features) == (k == j)


def test_numbers_inside_names_are_none() -> None:
    """The number of a name belongs to the name."""
    found = paper("It reaches 90.1% on CIFAR 10 data.")
    found.entries = [entry(found, "CIFAR 10", "Dataset")]
    (scene,) = scenes(found)
    assert [n.value for n in scene.numbers] == ["90.1"]
    assert scene.symbols == ["it", "reaches", "#", "on", "<Dataset>", "data", "."]
