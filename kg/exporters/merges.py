"""merges.tsv: why each name is one of a node's, a row a name, for reading and for writing overrides from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph

COLUMNS = ("node", "label", "name", "type", "reason", "evidence", "papers")


def write(graph: KnowledgeGraph, path: Path) -> Path:
    """Write the names of all nodes but their labels, sorted by node and name."""
    lines = ["\t".join(COLUMNS)]
    for merge in graph.merges:
        label = graph.papers[merge.node].name if merge.node in graph.papers else graph.nodes[merge.node].label
        row = (merge.node, label, merge.name, merge.type, merge.reason, merge.evidence, " ".join(merge.papers))
        lines.append("\t".join(" ".join(cell.split()) for cell in row))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
