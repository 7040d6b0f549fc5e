"""Place papers and entities on a plane, once, when the graph is built.

A browser that has to find positions itself keeps the reader waiting, and finds others each time. This is
a multilevel force layout: the graph is shrunk, placed, and unfolded again. Only +, -, *, / and square
roots are used, which IEEE 754 rounds alike everywhere, and start positions are hashes of the ids, so
that the same graph has the same coordinates on every machine.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kg import ontology

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.graph import KnowledgeGraph

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_COARSE = 40  # a graph this small is placed from scratch
_WIDE = 1.12  # labels are wide and screens too: the plane is stretched, which also keeps labels apart
_GAP = 12.0  # free space between two nodes, in pixels
_REACH = 60.0  # the square of the distance, in edges, from which on nodes hardly push each other
_EDGE = 44.0  # length of an edge at rest, in pixels
_ROOM = 2600.0  # area that a node with its label asks for, in square pixels
_MENTION = 0.12  # a mere mention pulls, but far less than a relation: it keeps a paper's names together


def radius(papers: int) -> float:
    """Return the radius in pixels of a node that so many papers mention.

    >>> radius(1), radius(4)
    (8.0, 12.0)
    """
    return round(min(4.0 + 4.0 * math.sqrt(papers), 26.0), 1)


def positions(graph: KnowledgeGraph, *, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Return x and y in pixels for the id of each paper and each entity.

    All components are placed together: pulled to the centre, the small ones settle around the large ones.
    Another `seed` gives another, equally valid picture.
    """
    ids = [*graph.papers, *graph.nodes]
    if not ids:
        return {}
    sizes = np.array([radius(1)] * len(graph.papers) + [radius(len(n.papers)) for n in graph.nodes.values()])
    links = _links(graph, {node: i for i, node in enumerate(ids)})
    start = np.array([_start(node, seed) for node in ids])
    xy = _separate(_scaled(_embed(start, links, np.ones(len(ids))), links), sizes)
    xy -= (xy.min(axis=0) + xy.max(axis=0)) / 2
    # Adding zero turns -0.0 into 0.0, which would be other bytes.
    return {node: (round(float(x), 1) + 0.0, round(float(y), 1) + 0.0) for node, (x, y) in zip(ids, xy, strict=True)}


def _scaled(xy: Floats, links: Mapping[tuple[int, int], float]) -> Floats:
    """Return the positions in pixels: half of the relations no longer than an edge at rest, and room for each node."""
    strong = np.array([pair for pair, w in sorted(links.items()) if w > _MENTION] or sorted(links), dtype=np.int64)
    if not len(strong):
        return xy
    delta = xy[strong[:, 0]] - xy[strong[:, 1]]
    length = np.sort(np.sqrt(delta[:, 0] * delta[:, 0] + delta[:, 1] * delta[:, 1]))[len(strong) // 2]
    width, height = xy.max(axis=0) - xy.min(axis=0)
    roomy = math.sqrt(_ROOM * len(xy) / _WIDE / max(float(width * height), 1e-6))
    scale = min(_EDGE / max(float(length), 1e-6), 4 * roomy)
    stretched: Floats = xy * max(scale, roomy) * np.array([_WIDE, 1.0])
    return stretched


def _start(node: str, seed: int) -> tuple[float, float]:
    """Return a point of the unit square that depends on the id alone, so that new papers move little."""
    number = int.from_bytes(hashlib.sha256(f"{seed}\x1f{node}".encode(errors="replace")).digest()[:8])
    return (number >> 32) / 2**32, (number & 0xFFFFFFFF) / 2**32


def _links(graph: KnowledgeGraph, index: Mapping[str, int]) -> dict[tuple[int, int], float]:
    """Return the pull between each two linked nodes, by their places in `index`."""
    mentions = ontology.load().terms.mentions
    out: dict[tuple[int, int], float] = {}
    for edge in graph.edges:
        a, b = sorted((index[edge.subject], index[edge.object]))
        weight = _MENTION if edge.predicate == mentions else 1.0 if edge.subject in graph.nodes else 0.5
        out[a, b] = max(out.get((a, b), 0.0), weight)
    return out


def _embed(start: Floats, links: Mapping[tuple[int, int], float], mass: Floats) -> Floats:
    """Return positions in edge lengths: shrink the graph, place the smaller one, unfold and relax."""
    groups = _groups(len(start), links) if len(start) > _COARSE else np.arange(len(start))
    count = int(groups.max()) + 1
    if count == len(start):
        return _relax((start - 0.5) * 2 * math.sqrt(len(start)), links, mass, steps=300)
    merged: defaultdict[tuple[int, int], float] = defaultdict(float)
    for (a, b), weight in links.items():
        low, high = sorted((int(groups[a]), int(groups[b])))
        if low != high:
            merged[low, high] += weight
    heavier: Floats = np.bincount(groups, weights=mass, minlength=count).astype(np.float64)
    first = np.array([np.argmax(groups == g) for g in range(count)])
    coarse = _embed(start[first], merged, heavier)
    # Members of a group share its place; the hash of their ids sets them apart.
    spread = math.sqrt(len(start) / count)
    return _relax(coarse[groups] * spread + (start - 0.5), links, mass, steps=90 if len(start) < 1500 else 60)


def _groups(count: int, links: Mapping[tuple[int, int], float]) -> Ints:
    """Return the group of each node: each joins the neighbour that pulls it most."""
    near: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for (a, b), weight in links.items():
        near[a].append((weight, b))
        near[b].append((weight, a))
    group: dict[int, int] = {}
    for node in sorted(range(count), key=lambda n: (len(near[n]), n)):
        if node in group:
            continue
        ranked = sorted(near[node], key=lambda item: (-item[0], len(near[item[1]]), item[1]))
        free = next((other for _, other in ranked if other not in group), None)
        # A leaf whose hub is taken joins the hub's group, or a star would shrink by one leaf a level.
        group[node] = group[ranked[0][1]] if free is None and ranked else node
        if free is not None:
            group[free] = node
    names = {name: i for i, name in enumerate(sorted(set(group.values())))}
    return np.array([names[group[node]] for node in range(count)], dtype=np.int64)


def _relax(xy: Floats, links: Mapping[tuple[int, int], float], mass: Floats, *, steps: int) -> Floats:
    """Return the positions after `steps` of cooling: nodes repel, links pull, everything leans to the centre."""
    ends = np.array(sorted(links), dtype=np.int64).reshape(-1, 2)
    a, b = ends[:, 0], ends[:, 1]
    pull = np.array([links[int(i), int(j)] for i, j in ends])
    count = len(xy)
    # A hub repels with its degree, so that its leaves have room around it.
    charge = mass + np.bincount(a, pull, count) + np.bincount(b, pull, count)
    heat = 0.25 * math.sqrt(count)
    for step in range(steps):
        force = _repulsion(xy, charge) * charge[:, None] - 0.05 * charge[:, None] * xy
        drag = (xy[a] - xy[b]) * pull[:, None]
        for axis in (0, 1):
            force[:, axis] += np.bincount(b, drag[:, axis], count) - np.bincount(a, drag[:, axis], count)
        force /= charge[:, None]
        length = np.sqrt(force[:, 0] * force[:, 0] + force[:, 1] * force[:, 1]) + 1e-9
        limit = heat * (1 - step / steps) + 0.01
        xy = xy + force * (np.minimum(length, limit) / length)[:, None]
    return xy


def _repulsion(xy: Floats, charge: Floats) -> Floats:
    """Return the push on a unit charge at each node: exact from near cells, from far cells as one body each."""
    count = len(xy)
    side = max(1, round(math.sqrt(count / 24)))
    cell, columns, rows = _cells(xy, side)
    i, j = _pairs(cell, side)
    x, y = np.ascontiguousarray(xy.T)
    dx, dy = x[i] - x[j], y[i] - y[j]
    weight = _fade(charge[j], dx * dx + dy * dy)
    push = [np.bincount(i, weight * d, count) for d in (dx, dy)]
    total: Floats = np.bincount(cell, charge, side * side).astype(np.float64)
    full = np.flatnonzero(total)
    far = (np.abs(columns[:, None] - full % side) > 1) | (np.abs(rows[:, None] - full // side) > 1)
    dx, dy = (v[:, None] - np.bincount(cell, charge * v, side * side)[full] / total[full] for v in (x, y))
    weight = np.where(far, _fade(total[full], dx * dx + dy * dy), 0.0)
    return np.stack([near + (weight * d).sum(axis=1) for near, d in zip(push, (dx, dy), strict=True)], axis=1)


def _fade(charge: Floats, square: Floats) -> Floats:
    """Return the push per unit of distance: 1/d near by and less far off, so that loose parts stay close."""
    return charge / ((square + 0.01) * (1 + square / _REACH))


def _cells(xy: Floats, side: int) -> tuple[Ints, Ints, Ints]:
    """Return the cell, column and row of each node in a square grid over the extent."""
    low = xy.min(axis=0)
    extent = float((xy.max(axis=0) - low).max()) or 1.0
    places = np.minimum((xy - low) / extent * side, side - 1).astype(np.int64)
    return places[:, 1] * side + places[:, 0], places[:, 0], places[:, 1]


def _pairs(cell: Ints, side: int) -> tuple[Ints, Ints]:
    """Return all ordered pairs of nodes that stand in the same or in adjacent cells."""
    order = np.argsort(cell, kind="stable")
    held = np.bincount(cell, minlength=side * side)
    begin = np.cumsum(held) - held
    left, right = [], []
    for dx, dy in ((x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)):
        column, row = cell % side + dx, cell // side + dy
        nodes = np.flatnonzero((column >= 0) & (column < side) & (row >= 0) & (row < side))
        other = (row * side + column)[nodes]
        size = held[other]
        within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        left.append(np.repeat(nodes, size))
        right.append(order[np.repeat(begin[other], size) + within])
    return np.concatenate(left), np.concatenate(right)


def _separate(xy: Floats, sizes: Floats) -> Floats:
    """Return the positions with overlapping nodes pushed apart."""
    count = len(xy)
    if count < 2:
        return xy
    reach = np.array([_WIDE, 1.0]) * (2 * float(sizes.max()) + _GAP)
    for _ in range(60):
        low = xy.min(axis=0)
        side = int(max(1.0, float(((xy.max(axis=0) - low) / reach).max())) + 1)
        places = ((xy - low) / reach).astype(np.int64)
        i, j = _pairs(places[:, 1] * side + places[:, 0], side)
        i, j = i[i != j], j[i != j]
        delta = (xy[i] - xy[j]) / np.array([_WIDE, 1.0])
        distance = np.sqrt(delta[:, 0] * delta[:, 0] + delta[:, 1] * delta[:, 1])
        short = sizes[i] + sizes[j] + _GAP - distance
        close = short > 0.5
        if not close.any():
            break
        i, step = i[close], 0.3 * short[close] / np.maximum(distance[close], 1e-6)
        moved = [np.bincount(i, step * delta[close, axis], count) for axis in (0, 1)]
        xy = xy + np.stack(moved, axis=1) * np.array([_WIDE, 1.0])
    return xy
