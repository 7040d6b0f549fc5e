"""Place papers and entities on a plane, once, when the graph is built.

A browser that has to find positions itself keeps the reader waiting, and finds others each time. Here the
best supported entities are placed first, by themselves, so that what a page opens on is a good picture of
its own; then level by level the rest settles around them. Only +, -, *, / and square roots are used, which
IEEE 754 rounds alike everywhere, sums run in a fixed order, start positions are hashes of the ids, and
coordinates are whole pixels: the same graph has the same coordinates on every machine.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from kg import ontology
from kg.views.forces import Floats, Ints, relaxed, separated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.graph import KnowledgeGraph

PAPER = 7.0
"""The radius of a paper, in pixels."""
_FIRST = 150  # so many entities are placed by themselves
_GROWTH = 4  # each level holds so many times the nodes of the one before
_ROOM = 3200.0  # area that a node with its label asks for, in square pixels
_WIDE = 1.12  # labels are wide and screens too: the plane is stretched, which also keeps labels apart
_MENTION = 0.12  # a mere mention pulls, but far less than a relation: it keeps a paper's names together


def radius(papers: int, *, most: int) -> float:
    """Return the radius in pixels of a node that so many papers mention, where `most` mention the best known one.

    >>> radius(1, most=16), radius(16, most=16)
    (10.0, 22.0)
    """
    return round(6.0 + 16.0 * math.sqrt(papers / max(most, papers, 1)), 1)


def most_papers(graph: KnowledgeGraph) -> int:
    """Return how many papers mention the entity that most papers mention."""
    return max((len(node.papers) for node in graph.nodes.values()), default=0)


def positions(graph: KnowledgeGraph, *, seed: int = 0) -> dict[str, tuple[int, int]]:
    """Return x and y in pixels for the id of each paper and each entity.

    Another `seed` gives another, equally valid picture.
    """
    ids = [*(node.id for node in graph.entities()), *graph.papers]
    if not ids:
        return {}
    start = np.array([_start(node, seed) for node in ids])
    xy = _placed(start, _Links(graph, ids), len(graph.nodes))
    most = most_papers(graph)
    sizes = np.array([radius(len(node.papers), most=most) for node in graph.entities()] + [PAPER] * len(graph.papers))
    stretch = np.array([_WIDE, 1.0])
    xy = separated(_scaled(xy) * stretch, sizes, stretch=stretch)
    whole = np.floor(xy - (xy.min(axis=0) + xy.max(axis=0)) / 2 + 0.5).astype(np.int64)
    return {node: (int(x), int(y)) for node, (x, y) in zip(ids, whole, strict=True)}


def _start(node: str, seed: int) -> tuple[float, float]:
    """Return a point of the unit square that depends on the id alone, so that new papers move little."""
    number = int.from_bytes(hashlib.sha256(f"{seed}\x1f{node}".encode(errors="replace")).digest()[:8])
    return (number >> 32) / 2**32, (number & 0xFFFFFFFF) / 2**32


def _placed(start: Floats, links: _Links, entities: int) -> Floats:
    """Return positions in units: the first level from scratch, each further one around the one before."""
    xy = np.zeros((0, 2))
    for count in _levels(entities, len(start)):
        ends, pull = links.among(count)
        old = len(xy)
        if old:
            xy = _joined(xy * math.sqrt(count / old), start[:count], ends, pull)
        else:
            xy = (start[:count] - 0.5) * 2 * math.sqrt(count)
        held = np.where(np.arange(count) < old, 0.25, 1.0)  # what stands already gives way, but less
        xy = relaxed(xy, ends, pull, held, steps=250 if not old else 40 if count < 3000 else 20)
    return xy


def _scaled(xy: Floats) -> Floats:
    """Return the positions in pixels, so that the inner nine tenths of the nodes have the room they ask for."""
    xy = xy - np.array([np.sort(axis)[len(xy) // 2] for axis in xy.T])
    square = float(np.sort(xy[:, 0] * xy[:, 0] + xy[:, 1] * xy[:, 1])[len(xy) * 9 // 10])
    scaled: Floats = xy * math.sqrt(_ROOM * 0.9 * len(xy) / 3 / max(square, 1e-6))
    return scaled


def _levels(entities: int, everything: int) -> Iterator[int]:
    """Yield how many nodes each level holds; papers come with the last."""
    count = _FIRST
    while count < entities:
        yield count
        count *= _GROWTH
    yield everything


def _joined(xy: Floats, start: Floats, ends: Ints, pull: Floats) -> Floats:
    """Return the positions with new nodes amid their neighbours, the more of these there are the wider apart."""
    count, known = len(start), len(xy)
    out = np.zeros((count, 2))
    out[:known] = xy
    done = np.arange(count) < known
    a = np.concatenate([ends[:, 0], ends[:, 1]])
    b = np.concatenate([ends[:, 1], ends[:, 0]])
    weight = np.concatenate([pull, pull])
    for _ in range(4):  # some hang on what is new itself
        use = ~done[a] & done[b]
        if not use.any():
            break
        near, far, w = a[use], b[use], weight[use]
        total = np.bincount(near, w, count)
        found = total > 0
        middle = np.stack([np.bincount(near, w * out[far, axis], count) for axis in (0, 1)], axis=1)
        # A hub's many leaves need an area of their number: spread by how crowded the hubs are.
        crowd = np.bincount(near, w * np.bincount(far, minlength=count)[far], count)
        spread = np.sqrt(np.maximum(crowd[found] / total[found], 1.0))
        out[found] = middle[found] / total[found, None] + (start[found] - 0.5) * 1.6 * spread[:, None]
        done |= found
    # What no link joins to anything stands around the rest.
    low, high = (out[done].min(axis=0), out[done].max(axis=0)) if done.any() else (np.zeros(2), np.ones(2))
    out[~done] = low + start[~done] * (high - low)
    return out


class _Links:
    """The pull between nodes, which are numbers by importance."""

    def __init__(self, graph: KnowledgeGraph, ids: list[str]) -> None:
        mentions = ontology.load().terms.mentions
        index = {node: i for i, node in enumerate(ids)}
        self.count, self.entities = len(ids), len(graph.nodes)
        self.direct: dict[tuple[int, int], float] = {}
        named: defaultdict[str, set[int]] = defaultdict(set)
        for edge in graph.edges:
            if edge.subject in graph.papers:
                named[edge.subject].add(index[edge.object])
            low, high = sorted((index[edge.subject], index[edge.object]))
            weight = _MENTION if edge.predicate == mentions else 1.0 if edge.subject in graph.nodes else 0.5
            self.direct[low, high] = max(self.direct.get((low, high), 0.0), weight)
        self.together = [sorted(found) for _, found in sorted(named.items())]

    def among(self, count: int) -> tuple[Ints, Floats]:
        """Return the links among the first nodes, as pairs of numbers, and their pull.

        While papers are not there yet, the names that one paper says pull each other instead.
        """
        links = {pair: weight for pair, weight in self.direct.items() if pair[1] < count}
        if count < self.count:
            for found in self.together:
                here = [node for node in found if node < count]
                for pair, share in _pairs(here):
                    links[pair] = links.get(pair, 0.0) + share
        ordered = sorted(links)
        return np.array(ordered, dtype=np.int64).reshape(-1, 2), np.array([links[pair] for pair in ordered])


def _pairs(names: list[int]) -> Iterable[tuple[tuple[int, int], float]]:
    """Return the pull between each two of a paper's names: weak, and weaker the more there are."""
    share = _MENTION * 2 / max(len(names) - 1, 1)
    return (((a, b), share) for i, a in enumerate(names) for b in names[i + 1 :])
