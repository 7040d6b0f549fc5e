"""Fit a perceptron: a linear part, and one hidden layer beside it, over sets of features.

A linear model gives every feature one voice. The hidden units hear combinations: a known name, but in lower
case and in the first sentence. Training is stochastic gradient descent with Adam (Kingma and Ba, 2015), whose
moments are kept up for the features of each batch only, and dropout on the hidden units (Srivastava et al.,
2014). It needs scipy, which comes with the `fit` extra; reading papers does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

UNITS = 96
_RATE = 2e-3
_DROPOUT = 0.5
_DECAY = 1e-5
_MEAN, _SPREAD, _TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Perceptron:
    """`linear` (features, classes) and `hidden` (features, units) are each summed over a row's features.

    Scores are the linear sums, plus `bias`, plus the positive part of (hidden sums + `hidden_bias`) times
    `output` (units, classes).
    """

    linear: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    bias: Floats


class _Adam:
    """Adam's moments for one array."""

    def __init__(self, array: Floats) -> None:
        self.array = array
        self.mean, self.spread = np.zeros_like(array), np.zeros_like(array)

    def step(self, gradient: Floats, rate: float, rows: Any = ...) -> None:
        """Move the array, or some of its rows, against the gradient."""
        mean = self.mean[rows] = _MEAN * self.mean[rows] + (1 - _MEAN) * gradient
        spread = self.spread[rows] = _SPREAD * self.spread[rows] + (1 - _SPREAD) * gradient**2
        self.array[rows] -= rate * mean / (np.sqrt(spread) + _TINY)


def fit(
    rows: Sequence[Sequence[int]],
    labels: Ids,
    *,
    features: int,
    classes: int,
    epochs: int = 5,
    batch: int = 512,
    seed: int = 0,
) -> Perceptron:
    """Return the perceptron fitted on rows of feature ids and the class of each, in so many rounds over all rows."""
    rng = np.random.default_rng(seed)
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    flat = np.fromiter((i for row in rows for i in row), np.int64, count=int(starts[-1]))
    model = Perceptron(
        linear=np.zeros((features, classes), np.float32),
        hidden=rng.normal(0, 0.05, (features, UNITS)).astype(np.float32),
        hidden_bias=np.zeros(UNITS, np.float32),
        output=rng.uniform(-1, 1, (UNITS, classes)).astype(np.float32) / np.float32(np.sqrt(UNITS)),
        bias=np.zeros(classes, np.float32),
    )
    optimisers = [_Adam(a) for a in (model.linear, model.hidden, model.hidden_bias, model.output, model.bias)]
    batches = -(-len(labels) // batch)
    order = rng.permutation(len(labels))
    for step in range(epochs * batches):
        if step % batches == 0:
            order = rng.permutation(len(labels))
        chosen = order[step % batches * batch :][:batch]
        dropout = (rng.random((len(chosen), UNITS)) >= _DROPOUT).astype(np.float32) / np.float32(1 - _DROPOUT)
        # The rate falls linearly to nothing; Adam's moments are corrected for having begun at nothing.
        rate = _RATE * (1 - step / (epochs * batches))
        rate *= np.sqrt(1 - _SPREAD ** (step + 1)) / (1 - _MEAN ** (step + 1))
        rows_, ids = _batch(flat, starts, chosen)
        gradients = _gradients(model, rows_, ids, labels[chosen], dropout)
        for optimiser, gradient, part in zip(optimisers, gradients, (ids, ids, ..., ..., ...), strict=True):
            optimiser.step(gradient, rate, part)
    return model


def _batch(flat: Ids, starts: Ids, chosen: Ids) -> tuple[Any, Ids]:
    """Return the chosen rows as a sparse matrix over just the features they have, and the ids of those."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    parts = [flat[starts[k] : starts[k + 1]] for k in chosen]
    ids, columns = np.unique(np.concatenate(parts), return_inverse=True)
    bounds = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    return csr_matrix((np.ones(len(columns), np.float32), columns, bounds), shape=(len(chosen), len(ids))), ids


def _gradients(model: Perceptron, rows: Any, ids: Ids, labels: Ids, kept: Floats) -> tuple[Floats, ...]:
    """Return the gradients of a batch's cross-entropy, in the order of the perceptron's arrays."""
    before = rows @ model.hidden[ids] + model.hidden_bias
    units = np.maximum(before, 0) * kept
    wrong = softmax(rows @ model.linear[ids] + units @ model.output + model.bias)
    wrong[np.arange(len(labels)), labels] -= 1
    wrong /= len(labels)
    back = (wrong @ model.output.T) * kept * (before > 0)
    linear = rows.T @ wrong + _DECAY * model.linear[ids]
    hidden = rows.T @ back + _DECAY * model.hidden[ids]
    return linear, hidden, back.sum(axis=0), units.T @ wrong, wrong.sum(axis=0)


def softmax(scores: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return probabilities from scores, over the last axis."""
    # The reductions themselves: the methods of arrays call them through several layers of Python.
    powers = np.exp(scores - np.maximum.reduce(scores, axis=1, keepdims=True))
    return powers / np.add.reduce(powers, axis=1, keepdims=True)  # type: ignore[no-any-return]
