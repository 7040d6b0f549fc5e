"""Leaderboards from what abstracts claim: absolute values on a dataset or for a task, the best first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kg.errors import QueryError
from kg.views import sparql

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyoxigraph as ox

    from kg.graph import KnowledgeGraph
    from kg.views.answer import Answer

CLAIMED = "as claimed in the abstracts"


@dataclass(frozen=True, slots=True)
class Place:
    """One value on a leaderboard, as one sentence of one abstract claims it; "" stands for what it does not name.

    `better` says whether "higher" or "lower" values of the metric are better, where that is agreed.
    """

    dataset: str
    metric: str
    better: str
    value: str
    unit: str
    model: str
    paper: str
    date: str
    sentence: str


def answer(store: ox.Store, dataset: str = "", *, metric: str = "", task: str = "") -> Answer:
    """Return the answer of the ready query behind a leaderboard; a dataset or a task must be given."""
    if not (dataset or task):
        raise QueryError("a leaderboard needs a dataset or a task.")
    if dataset:
        text = sparql.bind(sparql.named("leaderboard"), {"dataset": dataset, "metric": metric, "task": task})
    else:
        text = sparql.bind(sparql.named("task-leaderboard"), {"task": task, "metric": metric})
    return sparql.query_store(store, text)


def places(found: Answer) -> tuple[Place, ...]:
    """Return the rows of such an answer, in its order."""
    at = {name: k for k, name in enumerate(found.variables)}
    return tuple(
        Place(
            dataset=row[at["dataset_name"]],
            metric=row[at["metric_name"]],
            better=row[at["better"]],
            value=row[at["value"]],
            unit=row[at["unit"]],
            model=row[at["model_name"]],
            paper=row[at["title"]],
            date=row[at["date"]],
            sentence=" ".join(row[at["sentence"]].split()),
        )
        for row in found.rows
    )


def of_graph(graph: KnowledgeGraph, dataset: str = "", *, metric: str = "", task: str = "") -> tuple[Place, ...]:
    """Return the leaderboard of a dataset or a task in a graph, the best value of each metric first."""
    return places(answer(sparql.store_of(graph), dataset, metric=metric, task=task))


def text(found: Iterable[Place]) -> str:
    """Return a leaderboard as text: a heading for each dataset and metric, then value, model, paper and sentence."""
    out = []
    for (dataset, metric, better), group in groupby(found, key=lambda p: (p.dataset, p.metric, p.better)):
        notes = f"{better} is better, {CLAIMED}" if better else CLAIMED
        heading = ", ".join(part for part in (dataset, metric or "metric not named") if part)
        out.append(f"{heading} ({notes})")
        rows = [(f"{p.value}{p.unit if p.unit in ('%', '') else ' ' + p.unit}", p) for p in group]
        width = max(len(value) for value, _ in rows)
        for rank, (value, p) in enumerate(rows, 1):
            source = ", ".join(part for part in (p.paper, p.date) if part)
            out.append(f"{rank:4}  {value:>{width}}  {p.model or '(not named)'} - {source}")
            out.append(f"{'':{width + 8}}{p.sentence}")
        out.append("")
    return "\n".join(out)
