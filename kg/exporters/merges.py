"""merges.tsv: why each name is one of a node's, a row a name, for reading and for writing overrides from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kg.graph import KnowledgeGraph
    from kg.model import NameMerge

COLUMNS = ("node", "label", "name", "type", "reason", "evidence", "papers")


def write(graph: KnowledgeGraph, path: Path) -> Path:
    """Write the names of all nodes but their labels, sorted by node and name."""
    labels = {**{p.id: p.name for p in graph.papers.values()}, **{n.id: n.label for n in graph.nodes.values()}}
    return write_rows(((merge, labels[merge.node]) for merge in graph.merges), path)


def write_rows(merges: Iterable[tuple[NameMerge, str]], path: Path) -> Path:
    """Write sorted merges, each with the label of its node."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for merge, label in merges:
            row = (merge.node, label, merge.name, merge.type, merge.reason, merge.evidence, " ".join(merge.papers))
            file.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
    return path
