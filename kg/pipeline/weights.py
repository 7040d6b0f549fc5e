"""Linear weights as a data file: what they were fitted on, how good they were, and one line a feature.

The file is JSON lines: a head (classes, bias, endings, calibration, how it was fitted), then a feature and
its weight for each class on every line, sorted, so that a refit can be reviewed as a diff.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kg import rules
from kg.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Weights:
    """A linear model: `table[feature id]` holds one weight a class, in hundredths; the last row is zero.

    Whole numbers, because sums of floats hang on their order and rows are sets: another hash seed, another order.
    """

    classes: tuple[str, ...]
    bias: npt.NDArray[np.float32]
    ids: Mapping[str, int]
    table: npt.NDArray[np.int32]
    endings: frozenset[str]
    threshold: float
    head: Mapping[str, Any]

    def encode(self, features: Iterable[str]) -> list[int]:
        """Return the ids of those features that have weights."""
        get = self.ids.get
        return [i for f in features if (i := get(f)) is not None]

    def probabilities(self, rows: Iterable[Collection[int]]) -> npt.NDArray[np.float32]:
        """Return the class probabilities of rows of feature ids, shape (rows, classes)."""
        scores = self._scores(rows)
        scores -= scores.max(axis=1, keepdims=True)
        powers = np.exp(scores)
        out: npt.NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return out

    def independent(self, rows: Iterable[Collection[int]]) -> npt.NDArray[np.float32]:
        """Return the probability of each class on its own, for weights whose classes exclude nothing."""
        out: npt.NDArray[np.float32] = np.reciprocal(1 + np.exp(-self._scores(rows)), dtype=np.float32)
        return out

    def _scores(self, rows: Iterable[Collection[int]]) -> npt.NDArray[np.float32]:
        # reduceat needs one id a row at least: the bias feature is in every row that we make.
        filled = [row or (-1,) for row in rows]
        flat = np.fromiter(chain.from_iterable(filled), np.int64)
        lengths = np.array([len(row) for row in filled])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        sums = np.add.reduceat(self.table[flat], starts, axis=0)
        out: npt.NDArray[np.float32] = (sums / 100).astype(np.float32) + self.bias
        return out


@cache
def load(name: str) -> Weights:
    """Return the weights shipped under kg/data/weights; an empty model where none are fitted yet."""
    path = rules.data_dir() / "weights" / f"{name}.jsonl"
    if not path.exists():
        return make({"classes": [], "bias": [], "endings": [], "threshold": 0.5}, {})
    rows = rules.json_lines(path)
    _, head = next(rows)
    table = {row["f"]: row["w"] for _, row in rows}
    try:
        return make(head, table)
    except (KeyError, ValueError) as error:
        raise RuleError(f"{path.name}: the weights are damaged ({error!r}). Fit them again with `kg fit`.") from None


def make(head: Mapping[str, Any], table: Mapping[str, list[float]]) -> Weights:
    """Return weights from a head and a table of features."""
    width = len(head["classes"])
    rows = np.array([*table.values(), [0.0] * width]).reshape(len(table) + 1, width)
    return Weights(
        classes=tuple(head["classes"]),
        bias=np.array(head["bias"], dtype=np.float32),
        ids={feature: i for i, feature in enumerate(table)},
        table=np.rint(rows * 100).astype(np.int32),
        endings=frozenset(head.get("endings", ())),
        threshold=float(head.get("threshold", 0.5)),
        head=dict(head),
    )


def save(path: Path, head: Mapping[str, Any], table: Mapping[str, list[float]]) -> None:
    """Write weights; features whose weights are all near nothing are left out by the caller."""
    lines = [json.dumps(dict(head), ensure_ascii=False)]
    lines += [json.dumps({"f": f, "w": w}, ensure_ascii=False) for f, w in sorted(table.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
