"""Word clusters: words that stand in like contexts, in three grains, learnt from unlabelled abstracts.

They carry what is known of "inpainting" over to "outpainting". Words are clustered by k-means over the first
singular vectors of their positive pointwise mutual information with neighbouring words (Levy and Goldberg,
"Neural word embedding as implicit matrix factorization", 2014). The shipped file holds cluster numbers only.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from kg import rules
from kg.errors import RuleError
from kg.pipeline.state import singular

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


GRAINS = (40, 160, 600)
"""How many clusters each grain has, the coarsest first."""
_WORDS, _CONTEXTS, _DIMENSIONS = 12_000, 3_000, 100
_OFFSETS = (-2, -1, 1, 2)
_RAREST = 5


@cache
def load() -> Mapping[str, tuple[int, ...]]:
    """Return word -> its cluster in each grain; empty where none are shipped."""
    path = rules.data_dir() / "weights" / "clusters.jsonl"
    if not path.exists():
        return MappingProxyType({})
    rows = rules.json_lines(path)
    next(rows)
    try:
        return MappingProxyType({row["w"]: tuple(row["c"]) for _, row in rows})
    except KeyError as error:
        raise RuleError(f"{path.name}: a row lacks {error}. Build the file again with `kg fit --unlabelled`.") from None


def build(
    texts: Sequence[Sequence[str]], *, grains: Sequence[int] = GRAINS, dimensions: int = _DIMENSIONS
) -> dict[str, tuple[int, ...]]:
    """Return the clusters of the words of some texts (lower-case tokens), one number a grain; needs scikit-learn."""
    from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415 - needed for fitting only
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415

    stems = [[singular(word) for word in text] for text in texts]
    frequency = Counter(word for text in stems for word in text)
    ordered = sorted(frequency, key=lambda w: (-frequency[w], w))
    words = [w for w in ordered if frequency[w] >= _RAREST][:_WORDS]
    vectors = TruncatedSVD(dimensions, random_state=1).fit_transform(_association(stems, words, ordered[:_CONTEXTS]))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    numbers = [
        MiniBatchKMeans(k, random_state=1, n_init=3, batch_size=4096).fit_predict(vectors).tolist() for k in grains
    ]
    return dict(zip(words, zip(*numbers, strict=True), strict=True))


def _association(stems: Iterable[Sequence[str]], words: Sequence[str], contexts: Sequence[str]) -> Any:
    """Return the sparse matrix of positive pointwise mutual information, words by (offset, context word)."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415

    row_of = {word: i for i, word in enumerate(words)}
    column_of = {word: i for i, word in enumerate(contexts)}
    counts: Counter[tuple[int, int]] = Counter()
    for text in stems:
        for i, word in enumerate(text):
            if (row := row_of.get(word)) is None:
                continue
            for k, offset in enumerate(_OFFSETS):
                at = i + offset
                if 0 <= at < len(text) and (column := column_of.get(text[at])) is not None:
                    counts[row, k * len(contexts) + column] += 1
    pairs = np.array(list(counts), dtype=np.int64)
    values = np.array(list(counts.values()), dtype=np.float64)
    shape = (len(words), len(_OFFSETS) * len(contexts))
    rows, columns = pairs[:, 0], pairs[:, 1]
    by_row = np.bincount(rows, values, shape[0])
    by_column = np.bincount(columns, values, shape[1])
    information = np.log(values * values.sum() / (by_row[rows] * by_column[columns]))
    return coo_matrix((np.maximum(information, 0), (rows, columns)), shape=shape).tocsr()


def save(path: Path, clusters: Mapping[str, Sequence[int]], *, head: Mapping[str, Any]) -> None:
    """Write clusters, a word a line, after a head that says where they come from."""
    lines = [json.dumps({**head, "grains": GRAINS}, ensure_ascii=False)]
    lines += [
        json.dumps({"w": w, "c": c}, ensure_ascii=False, separators=(",", ":")) for w, c in sorted(clusters.items())
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
