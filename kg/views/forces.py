"""Forces between points of a plane, as arrays: push, pull, and what is too close moved apart.

Every sum runs in the order of the points (bincount adds one after the other), so that equal input gives
equal bits whatever the processor.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EXACT = 700  # up to so many points all pairs push each other, beyond only those that are close
_NEAR = 2.0  # how far a point pushes then, in units
_REACH = 60.0  # the square of the distance, in units, from which on points hardly push each other
_GAP = 12.0  # free space between two nodes, in pixels


def relaxed(xy: Floats, ends: Ints, pull: Floats, held: Floats, *, steps: int) -> Floats:
    """Return the points after `steps` of cooling: all push, links pull, everything leans to the centre.

    `held` says how readily each point moves.
    """
    a, b = ends[:, 0], ends[:, 1]
    count = len(xy)
    # A hub pushes with its links, so that its leaves have room around it.
    charge: Floats = (1.0 + np.bincount(a, pull, count) + np.bincount(b, pull, count)).astype(np.float64)
    exact = count <= _EXACT
    heat = 0.25 * math.sqrt(count) if exact else 1.5
    i, j = _all_pairs(count) if exact else (a[:0], b[:0])
    for step in range(steps):
        if not exact and step % 3 == 0:  # who is near changes slowly
            i, j = near_pairs(xy, np.array([_NEAR, _NEAR]))
        force = _push(xy, i, j, charge) - (0.05 if exact else 0.004) * xy
        drag = (xy[a] - xy[b]) * pull[:, None]
        for axis in (0, 1):
            force[:, axis] += (np.bincount(b, drag[:, axis], count) - np.bincount(a, drag[:, axis], count)) / charge
        length = np.sqrt(force[:, 0] * force[:, 0] + force[:, 1] * force[:, 1]) + 1e-9
        limit = (heat * (1 - step / steps) + 0.01) * held
        xy = xy + force * (np.minimum(length, limit) / length)[:, None]
    return xy


def _push(xy: Floats, i: Ints, j: Ints, charge: Floats) -> Floats:
    """Return the push of each point j on its i: 1/d near by and less far off, so that loose parts stay close."""
    x, y = np.ascontiguousarray(xy.T)
    dx, dy = x[i] - x[j], y[i] - y[j]
    square = dx * dx + dy * dy
    weight = charge[j] / ((square + 0.01) * (1 + square / _REACH))
    return np.stack([np.bincount(i, weight * d, len(xy)) for d in (dx, dy)], axis=1)


def separated(xy: Floats, sizes: Floats, *, stretch: Floats) -> Floats:
    """Return points in pixels with overlapping discs of these radii pushed apart."""
    count = len(xy)
    if count < 2:
        return xy
    reach = stretch * (2 * float(sizes.max()) + _GAP)
    for _ in range(60 if count < 3000 else 20):
        i, j = near_pairs(xy, reach)
        delta = (xy[i] - xy[j]) / stretch
        distance = np.sqrt(delta[:, 0] * delta[:, 0] + delta[:, 1] * delta[:, 1])
        short = sizes[i] + sizes[j] + _GAP - distance
        close = short > 0.5
        if not close.any():
            break
        i, step = i[close], 0.3 * short[close] / np.maximum(distance[close], 1e-6)
        moved = [np.bincount(i, step * delta[close, axis], count) for axis in (0, 1)]
        xy = xy + np.stack(moved, axis=1) * stretch
    return xy


def _all_pairs(count: int) -> tuple[Ints, Ints]:
    i, j = np.divmod(np.arange(count * count, dtype=np.int64), count)
    return i[i != j], j[i != j]


def near_pairs(xy: Floats, reach: Floats) -> tuple[Ints, Ints]:
    """Return all ordered pairs of points that stand in the same or in adjacent cells of this width and height."""
    places = ((xy - xy.min(axis=0)) / reach).astype(np.int64)
    side = int(places.max()) + 3  # a border of empty cells, so that no row meets the next
    cell = (places[:, 1] + 1) * side + places[:, 0] + 1
    # Cells are many and mostly empty: points are found by binary search among the cells that hold some.
    order = np.argsort(cell, kind="stable")
    there = cell[order]
    left, right = [], []
    for row in (-1, 0, 1):
        begin = np.searchsorted(there, cell + row * side - 1, side="left")
        size = np.searchsorted(there, cell + row * side + 1, side="right") - begin
        within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        left.append(np.repeat(np.arange(len(xy)), size))
        right.append(order[np.repeat(begin, size) + within])
    i, j = np.concatenate(left), np.concatenate(right)
    return i[i != j], j[i != j]
