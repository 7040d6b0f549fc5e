"""Where the work runs. An engine maps papers to records; the fold is the same for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.graph import KnowledgeGraph, fold
from kg.linking import NONE, Overrides

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.model import Paper


def build(papers: Iterable[Paper], overrides: Overrides = NONE) -> KnowledgeGraph:
    """Return the graph of some papers, worked on in this process; overrides are what a user rules about names."""
    from kg.pipeline import extract  # noqa: PLC0415 - spaCy loads only where text is read

    return fold(extract(papers), overrides)
