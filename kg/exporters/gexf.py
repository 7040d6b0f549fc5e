"""Write GEXF 1.2, for Gephi, Gephi Lite and graphology, with the ontology's colours.

GEXF edges have a type of their own (directed or not), so the relation of an edge stands in `relation`: an
attribute named `type` would replace it, and graphology refuses such a file. The date that NetworkX puts into
the head is taken out, so that equal graphs give equal bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import networkx
from networkx.readwrite.gexf import GEXFWriter

from kg import iri, ontology
from kg.views.network import plain, to_networkx

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph


def write(graph: KnowledgeGraph, path: Path) -> Path:
    """Write the merged graph to `path`, the same bytes for equal graphs."""
    full, tidy = to_networkx(graph), networkx.MultiDiGraph()
    colours = {name: _rgb(type_.colour) for name, type_ in ontology.load().types.items() if type_.colour}
    for node, data in full.nodes(data=True):
        attributes = {key: plain(value) for key, value in data.items()}
        tidy.add_node(plain(node), **attributes, viz={"color": colours[data["type"]]})
    for subject, object_, key, data in full.edges(keys=True, data=True):
        attributes = {name: plain(value) for name, value in data.items()}
        edge_id = iri.statement_id("edge", subject, key, object_)
        tidy.add_edge(plain(subject), plain(object_), key=key, id=edge_id, **attributes)
    writer = _Writer(encoding="utf-8", prettyprint=True, version="1.2draft")
    writer.add_graph(tidy)
    writer.xml.find("meta").attrib.pop("lastmodifieddate", None)
    path.write_bytes(f'<?xml version="1.0" encoding="utf-8"?>\n{writer}\n'.encode())
    return path


class _Writer(GEXFWriter):  # type: ignore[misc]  # networkx is untyped
    """Leave out the key of a multigraph's edge, which the relation says already."""

    def add_attributes(self, kind: str, element: object, data: dict[str, object], default: object) -> object:
        data.pop("key", None)
        return super().add_attributes(kind, element, data, default)


def _rgb(colour: str) -> dict[str, int | float]:
    """Return a colour as GEXF has it.

    >>> _rgb("#0072B2")
    {'r': 0, 'g': 114, 'b': 178, 'a': 1.0}
    """
    red, green, blue = (int(part, 16) for part in re.findall("[0-9A-Fa-f]{2}", colour))
    return {"r": red, "g": green, "b": blue, "a": 1.0}
