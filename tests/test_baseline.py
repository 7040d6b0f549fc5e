"""What a difference is measured against."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.model import Record


@pytest.mark.parametrize(
    ("text", "baseline"),
    [
        ("FrogNet outperforms LoRA by 2.3 points on GLUE.", "LoRA"),
        ("FrogNet improves accuracy by 2.3 points over BERT on GLUE.", "BERT"),
        ("Compared to BERT, FrogNet improves accuracy by 2.3% on GLUE.", "BERT"),
        ("FrogNet outperforms BERT and LoRA by 2.3 points on GLUE.", ""),
        ("FrogNet, built on BERT, improves accuracy by 2.3 points on GLUE.", ""),
        ("FrogNet does not outperform BERT, and improves accuracy by 2.3 points on GLUE.", ""),
    ],
)
def test_baseline_is_the_one_thing_that_is_beaten(read_text: Callable[..., Record], text: str, baseline: str) -> None:
    """A difference is against what its sentence says is beaten; of two, or where nothing is beaten, none is guessed."""
    found = read_text(f"We propose FrogNet, a new model. {text}", title="FrogNet: a model")
    assert [result.baseline for result in found.results if result.value == "2.3"] == [baseline]


def test_absolute_value_has_no_baseline(read_text: Callable[..., Record]) -> None:
    """A score is measured against nothing."""
    found = read_text("FrogNet outperforms BERT and reaches an accuracy of 91.5% on GLUE.", title="FrogNet: a model")
    assert [result.baseline for result in found.results if result.kind == "absolute"] == [""]
