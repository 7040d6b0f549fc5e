"""Fit weights on sets of features: a perceptron, or where rows are few a logistic regression.

This needs scikit-learn and scipy (the `fit` extra).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kg.pipeline import perceptron

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_SMALLEST = 0.05
"""Weights nearer to nothing than this change no decision and are not written."""


class Fitted(NamedTuple):
    """What `weights.make` and `weights.save` take."""

    head: dict[str, Any]
    table: dict[str, list[float]]
    units: npt.NDArray[np.int8] | None = None

    def with_head(self, **further: object) -> Fitted:
        """Return the same with further entries in its head."""
        return self._replace(head=self.head | further)


def layered(
    rows: Sequence[Collection[str]], labels: Sequence[str], *, minimum: int, epochs: int = 5, batch: int = 512
) -> Fitted:
    """Fit a perceptron on sets of features, and round it to what the files hold.

    Features that fewer than `minimum` rows have are left out.
    """
    classes = sorted(set(labels))
    names, indices = _numbered(rows, minimum)
    number = {label: k for k, label in enumerate(classes)}
    answers = np.array([number[label] for label in labels], np.int64)
    model = perceptron.fit(indices, answers, features=len(names), classes=len(classes), epochs=epochs, batch=batch)
    scale = np.abs(model.hidden).max(axis=0) / 127
    head = {
        "classes": classes,
        "bias": _rounded(model.bias),
        "scale": _rounded(scale, 7),
        "hidden-bias": _rounded(model.hidden_bias),
        "output": [_rounded(row) for row in model.output],
    }
    table = {name: _rounded(row, 2) for name, row in zip(names, model.linear, strict=True)}
    return Fitted(head, table, np.rint(model.hidden / np.array(head["scale"])).clip(-127, 127).astype(np.int8))


def logistic(rows: Sequence[Collection[str]], labels: Sequence[str], *, minimum: int, c: float) -> Fitted:
    """Fit a multinomial logistic regression on sets of features; `c` is the inverse of its regularisation."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    names, indices = _numbered(rows, minimum)
    starts = np.concatenate([[0], np.cumsum([len(r) for r in indices])])
    flat = np.concatenate([np.array(r, dtype=np.int64) for r in indices])
    matrix = csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(rows), len(names)))
    model = LogisticRegression(C=c, max_iter=200, tol=1e-3).fit(matrix, labels)
    table, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one column for two classes
        table, bias = np.hstack([-table / 2, table / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    head = {"classes": [str(x) for x in model.classes_], "bias": _rounded(bias)}
    return Fitted(head, {f: _rounded(w, 2) for f, w in zip(names, table, strict=True) if np.abs(w).max() >= _SMALLEST})


def _numbered(rows: Sequence[Collection[str]], minimum: int) -> tuple[list[str], list[list[int]]]:
    """Return the features that `minimum` rows have, sorted, and the rows as numbers of those."""
    counts = Counter(f for row in rows for f in row)
    names = sorted(f for f, n in counts.items() if n >= minimum)
    ids = {f: k for k, f in enumerate(names)}
    return names, [sorted(ids[f] for f in row if f in ids) for row in rows]


def _rounded(values: Iterable[float], digits: int = 3) -> list[float]:
    return [round(float(v), digits) for v in values]
