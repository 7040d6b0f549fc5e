"""Fitted weights as data files: what they were fitted on, how good they were, and one line a feature.

`NAME.jsonl` has a head (classes, bias, endings, calibration, how it was fitted), then on every line a feature
and its weight for each class, sorted, so that a refit can be reviewed as a diff. Weights with a hidden layer
keep what each feature says to its units beside that, in `NAME.npy`: one row of whole numbers a feature, in the
same order.
"""

from __future__ import annotations

import json
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kg import rules
from kg.errors import RuleError
from kg.pipeline.perceptron import softmax

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

Floats = npt.NDArray[np.float64]
Sums = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Hidden:
    """The hidden layer: unit sums times `scale`, plus `bias`; its positive part times `output` joins the scores."""

    scale: Floats
    bias: Floats
    output: Floats


@dataclass(frozen=True, eq=False)
class Weights:
    """A linear model, perhaps with a hidden layer beside it; each is itself, whatever its numbers.

    `table[feature id]` holds a weight in hundredths for each class, then a whole number for each hidden unit;
    the last row is zero. Whole numbers, because sums of fractions hang on their order and rows are sets: another
    hash seed, another order.
    """

    classes: tuple[str, ...]
    bias: Floats
    ids: Mapping[str, int]
    table: Sums
    endings: frozenset[str]
    threshold: float
    head: Mapping[str, Any]
    hidden: Hidden | None = None
    calibration: tuple[tuple[float, float], ...] = ()
    """Points (probability, share that was right on unseen papers), sorted: what a probability is worth."""

    def confidence(self, probability: float) -> float:
        """Return the share of things of this probability that are right, as unseen papers showed.

        >>> make({"classes": [], "bias": [], "calibration": [[0.4, 0.6], [1.0, 0.9]]}, {}).confidence(0.7)
        0.75
        """
        points = self.calibration
        if not points:
            return probability
        at = bisect(points, (probability, 2.0))
        if at in (0, len(points)):
            return points[min(at, len(points) - 1)][1]
        (low, worth), (high, more) = points[at - 1], points[at]
        return worth + (more - worth) * (probability - low) / (high - low)

    def encode(self, features: Iterable[str]) -> list[int]:
        """Return the ids of those features that have weights."""
        get = self.ids.get
        return [i for f in features if (i := get(f)) is not None]

    def probabilities(self, rows: Sequence[Collection[int]]) -> Floats:
        """Return the class probabilities of rows of feature ids, shape (rows, classes).

        Ids beyond the table are those of other weights, and say nothing here.
        """
        return softmax(self._scores(rows))

    def independent(self, rows: Sequence[Collection[int]]) -> Floats:
        """Return the probability of each class on its own, for weights whose classes exclude nothing."""
        out: Floats = 1 / (1 + np.exp(-self._scores(rows)))
        return out

    def _scores(self, rows: Sequence[Collection[int]]) -> Floats:
        # reduceat needs one id a row at least; the last row of the table says nothing.
        silent = (len(self.table) - 1,)
        filled = [row or silent for row in rows]
        starts = [*accumulate(map(len, filled), initial=0)]
        flat = np.fromiter(chain.from_iterable(filled), np.intp, starts.pop())
        # "clip": what is beyond the table is as silent as its last row. The sums are exact in any order: float32
        # holds every whole number up to 2 ** 24.
        sums = np.add.reduceat(self.table.take(flat, axis=0, mode="clip"), starts, axis=0).astype(np.float64)
        width = len(self.classes)
        out: Floats = sums[:, :width] / 100 + self.bias
        if self.hidden:
            units = sums[:, width:] * self.hidden.scale
            units += self.hidden.bias
            out += np.maximum(units, 0, out=units) @ self.hidden.output
        return out


@cache
def load(name: str) -> Weights:
    """Return the weights shipped under kg/data/weights; an empty model where none are fitted yet."""
    path = rules.data_dir() / "weights" / f"{name}.jsonl"
    if not path.exists():
        return make({"classes": [], "bias": [], "endings": [], "threshold": 0.5}, {})
    rows = rules.json_lines(path)
    try:
        _, head = next(rows)
        table = {row["f"]: row["w"] for _, row in rows}
        units = np.load(path.with_suffix(".npy")) if "output" in head else None
        return make(head, table, units)
    except (KeyError, ValueError, OSError) as error:
        raise RuleError(f"{path.name}: the weights are damaged ({error!r}). Fit them again with `kg fit`.") from None


def make(
    head: Mapping[str, Any], table: Mapping[str, list[float]], units: npt.NDArray[np.int8] | None = None
) -> Weights:
    """Return weights from a head, a table of features, and what those say to hidden units (features, units)."""
    width = len(head["classes"])
    # Filled in place: stacking parts would hold all that is large three times over.
    whole = np.zeros((len(table) + 1, width + (0 if units is None else units.shape[1])), dtype=np.float32)
    if table:
        whole[:-1, :width] = np.rint(np.array([*table.values()], dtype=np.float64).reshape(len(table), width) * 100)
    hidden = None
    if units is not None:
        whole[:-1, width:] = units
        hidden = Hidden(*(np.array(head[key], dtype=np.float64) for key in ("scale", "hidden-bias", "output")))
    return Weights(
        classes=tuple(head["classes"]),
        bias=np.array(head["bias"], dtype=np.float64),
        ids={feature: i for i, feature in enumerate(table)},
        table=whole,
        endings=frozenset(head.get("endings", ())),
        threshold=float(head.get("threshold", 0.5)),
        head=dict(head),
        hidden=hidden,
        calibration=tuple((float(x), float(y)) for x, y in head.get("calibration", ())),
    )


def save(
    path: Path,
    head: Mapping[str, Any],
    table: Mapping[str, list[float]],
    units: npt.NDArray[np.int8] | None = None,
) -> None:
    """Write weights; `table` is sorted by feature, `units` in its order."""
    lines = [json.dumps(dict(head), ensure_ascii=False)]
    lines += [json.dumps({"f": f, "w": w}, ensure_ascii=False, separators=(",", ":")) for f, w in table.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if units is not None:
        np.save(path.with_suffix(".npy"), units)
