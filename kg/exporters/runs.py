"""run.nq: when a build ran, and which software it was; beside report.json the only file with a time in it.

It has a graph of its own, so that whoever loads it with the rest can tell what is of one run from what is not.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import __version__, iri
from kg.exporters import syntax
from kg.views.evidence import run
from kg.views.vocabulary import literal, word

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

TIMES = "run/times"
AGENT = f"run/agent-kg-{__version__}"


def write(extractors: Iterable[str], path: Path, *, started: datetime, ended: datetime, base: str = iri.BASE) -> Path:
    """Write the times of a run of some extractors to `path`; both carry their time zone."""
    name, agent = ox.NamedNode(base + TIMES), ox.NamedNode(base + AGENT)
    facts: list[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]] = [
        (agent, word("rdf:type"), word("prov:SoftwareAgent")),
        (agent, word("dct:title"), literal("mlkg")),
        (agent, word("dct:hasVersion"), literal(__version__)),
    ]
    for node in (ox.NamedNode(base + run(extractor)) for extractor in extractors):
        facts += [
            (node, word("rdf:type"), word("prov:Activity")),
            (node, word("prov:wasAssociatedWith"), agent),
            (node, word("prov:startedAtTime"), _time(started)),
            (node, word("prov:endedAtTime"), _time(ended)),
        ]
    path.write_bytes(syntax.lines((ox.Quad(*fact, graph_name=name) for fact in facts), ox.RdfFormat.N_QUADS))
    return path


def _time(moment: datetime) -> ox.Literal:
    return literal(moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), type="dateTime")
