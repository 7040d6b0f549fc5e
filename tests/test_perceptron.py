"""The perceptron learns what a linear model cannot, the same each time, and its rounded file says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kg.errors import RuleError
from kg.pipeline import perceptron, weights
from kg.pipeline.fit import layered

# Exclusive or: neither feature alone says anything.
ROWS = [["bias"], ["bias", "a"], ["bias", "b"], ["bias", "a", "b"]] * 600
LABELS = ["no", "yes", "yes", "no"] * 600


def test_hidden_units_hear_combinations() -> None:
    """A row that has just one of two features is told from those with none or both."""
    fitted = layered(ROWS, LABELS, minimum=2)
    model = weights.make(*fitted)
    shares = model.probabilities([model.encode(row) for row in ROWS[:4]])
    assert [model.classes[k] for k in shares.argmax(axis=1)] == LABELS[:4]
    assert np.allclose(shares.sum(axis=1), 1)


def test_fit_gives_the_same_weights() -> None:
    """Two fits of the same rows are equal."""
    labels = np.array([label == "yes" for label in LABELS], np.int64)
    ids = [[("bias", "a", "b").index(f) for f in row] for row in ROWS]
    one, two = (perceptron.fit(ids, labels, features=3, classes=2) for _ in range(2))
    assert np.array_equal(one.hidden, two.hidden)
    assert np.array_equal(one.output, two.output)


def test_saved_weights_read_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights with a hidden layer come back from their two files; without the second one the error says what to do."""
    fitted = layered(ROWS, LABELS, minimum=2)
    weights.save(tmp_path / "weights" / "trial.jsonl", fitted.head, fitted.table, fitted.units)
    monkeypatch.setattr(weights.rules, "data_dir", lambda: tmp_path)
    rows = [[0], [0, 1], [1, 2]]
    weights.load.cache_clear()
    try:
        assert np.array_equal(weights.load("trial").probabilities(rows), weights.make(*fitted).probabilities(rows))
        weights.load.cache_clear()
        (tmp_path / "weights" / "trial.npy").unlink()
        with pytest.raises(RuleError, match="kg fit"):
            weights.load("trial")
    finally:
        weights.load.cache_clear()
