"""Write GraphML, for Gephi, Cytoscape, yEd, igraph and NetworkX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.views.network import graphml

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph


def write(graph: KnowledgeGraph, path: Path) -> Path:
    """Write the merged graph to `path`, the same bytes for equal graphs."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(graphml(graph))
    return path
