"""Turn abstracts of machine-learning papers into a knowledge graph that shows its evidence.

    import kg

    graph = kg.build(kg.read("papers.jsonl"))
    graph.query("SELECT ?name WHERE { ?model a kg:Model ; skos:prefLabel ?name } ORDER BY ?name")

Public names load on first use, so that `import kg` is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.engines import build
    from kg.engines.keeping import Status, add, rebuild, remove, status
    from kg.engines.local import Report, build_folder
    from kg.errors import (
        CheckError,
        EngineError,
        KGError,
        QueryError,
        RefusedError,
        RuleError,
        SchemaError,
        ServerError,
        SourceError,
        StoreError,
    )
    from kg.graph import KnowledgeGraph, fold
    from kg.model import Claim, Entity, Mention, Paper, Record, Result
    from kg.pipeline import extract
    from kg.server import serve
    from kg.sources import Skipped, read
    from kg.store import load
    from kg.views.difference import Difference, diff

__version__ = "0.1.0"

_HOMES = {
    "kg.engines": ("build",),
    "kg.engines.keeping": ("Status", "add", "rebuild", "remove", "status"),
    "kg.engines.local": ("Report", "build_folder"),
    "kg.errors": (
        "CheckError",
        "EngineError",
        "KGError",
        "QueryError",
        "RefusedError",
        "RuleError",
        "SchemaError",
        "ServerError",
        "SourceError",
        "StoreError",
    ),
    "kg.graph": ("KnowledgeGraph", "fold"),
    "kg.model": ("Claim", "Entity", "Mention", "Paper", "Record", "Result"),
    "kg.pipeline": ("extract",),
    "kg.server": ("serve",),
    "kg.sources": ("Skipped", "read"),
    "kg.store": ("load",),
    "kg.views.difference": ("Difference", "diff"),
}
_WHERE = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "CheckError",
    "Claim",
    "Difference",
    "EngineError",
    "Entity",
    "KGError",
    "KnowledgeGraph",
    "Mention",
    "Paper",
    "QueryError",
    "Record",
    "RefusedError",
    "Report",
    "Result",
    "RuleError",
    "SchemaError",
    "ServerError",
    "Skipped",
    "SourceError",
    "Status",
    "StoreError",
    "add",
    "build",
    "build_folder",
    "diff",
    "extract",
    "fold",
    "load",
    "read",
    "rebuild",
    "remove",
    "serve",
    "status",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'kg' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
