"""Validate a graph with SHACL, as any linked-data tool would: slower than `kg.views.check`, by an independent program.

The core shapes say what SHACL Core can; the SPARQL shapes say the rest and take minutes on a large graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import ontology
from kg.errors import CheckError, hint
from kg.views.check import Violation

if TYPE_CHECKING:
    import pyoxigraph as ox
    import rdflib

SHAPES = ("core", "sparql")
"""The files of shapes: schemas/shapes-core.ttl and schemas/shapes-sparql.ttl."""
_RESULTS = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?severity ?shape ?path ?message ?node ?value WHERE {
  ?result a sh:ValidationResult ; sh:resultSeverity ?severity ; sh:focusNode ?node .
  OPTIONAL { ?result sh:sourceShape ?shape FILTER(isIRI(?shape)) }
  OPTIONAL { ?result sh:resultPath ?path FILTER(isIRI(?path)) }
  OPTIONAL { ?result sh:resultMessage ?message }
  OPTIONAL { ?result sh:value ?value }
}
"""


def validate(store: ox.Store, shapes: str = "core") -> tuple[Violation, ...]:
    """Return what breaks the shapes in a store, errors first.

    All graphs are validated as one, together with the ontology. CheckError says if pySHACL is missing.
    """
    try:
        import pyshacl  # noqa: PLC0415 - an extra, for those who ask for it
    except ImportError:
        raise CheckError("SHACL needs pySHACL, which is not here: pip install 'mlkg[shacl]'.") from None
    if shapes not in SHAPES:
        raise CheckError(f"there are no shapes {shapes!r}.{hint(shapes, SHAPES)}")
    folder = ontology.schema_dir()
    _, report, _ = pyshacl.validate(
        _merged(store),
        shacl_graph=_turtle(folder / f"shapes-{shapes}.ttl"),
        ont_graph=_turtle(folder / "kg.ttl"),
        advanced=shapes == "sparql",
    )
    if isinstance(report, Exception):
        raise CheckError(f"the shapes {shapes!r} cannot be applied: {report}")
    found = {_violation(row) for row in report.query(_RESULTS)}
    return tuple(sorted(found, key=lambda v: (v.severity, v.check, v.found, v.title)))


def _merged(store: ox.Store) -> rdflib.Graph:
    """Return all triples of a store as one rdflib graph."""
    import rdflib  # noqa: PLC0415

    lines = sorted({f"{quad.triple} .\n" for quad in store})
    return rdflib.Graph().parse(data="".join(lines), format="nt")


def _turtle(path: object) -> rdflib.Graph:
    import rdflib  # noqa: PLC0415

    return rdflib.Graph().parse(str(path), format="turtle")


def _violation(row: tuple[object, ...]) -> Violation:
    severity, shape, path, message, node, value = ("" if part is None else str(part) for part in row)
    kind = "error" if severity.endswith("#Violation") else "warning"
    name = (path or shape or "shape").replace("#", "/").rpartition("/")[2]
    return Violation(name, " ".join(message.split()), kind, tuple(part for part in (node, value) if part))
