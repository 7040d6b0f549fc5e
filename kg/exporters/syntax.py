"""RDF in its text syntaxes, sorted, so that the same statements give the same bytes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg.views.vocabulary import word

if TYPE_CHECKING:
    from collections.abc import Mapping

Statements = Iterable[ox.Triple] | Iterable[ox.Quad]


def lines(statements: Statements, format: ox.RdfFormat) -> bytes:
    """Return N-Triples or N-Quads, a statement a line, sorted."""
    text = ox.serialize(statements, format=format) or b""
    return b"".join(line + b"\n" for line in sorted(filter(None, text.split(b"\n"))))


def blocks(statements: Statements, format: ox.RdfFormat, prefixes: Mapping[str, str]) -> bytes:
    """Return Turtle or TriG: a block a subject, its types first, and in TriG the default graph first."""
    type_ = word("rdf:type")

    def key(one: ox.Triple | ox.Quad) -> tuple[str, str, bool, str, str]:
        graph = one.graph_name if isinstance(one, ox.Quad) else ox.DefaultGraph()
        place = "" if isinstance(graph, ox.DefaultGraph) else str(graph)
        return place, str(one.subject), one.predicate != type_, one.predicate.value, str(one.object)

    ordered: Any = sorted(statements, key=key)
    return ox.serialize(ordered, format=format, prefixes=dict(prefixes)) or b""


def objects(triples: Iterable[ox.Triple], prefixes: Mapping[str, str], *, vocabulary: str = "") -> bytes:
    r"""Return JSON-LD: one object a node and a line; terms of one vocabulary may stand without a prefix.

    >>> node = ox.NamedNode("http://schema.org/name")
    >>> objects([ox.Triple(node, node, ox.Literal("a"))], {}, vocabulary="http://schema.org/").split(b"\n")[2]
    b'{"@id": "http://schema.org/name", "name": "a"}'
    """
    nodes: defaultdict[str, list[ox.Triple]] = defaultdict(list)
    for triple in triples:
        nodes[str(triple.subject)].append(triple)
    context = {**({"@vocab": vocabulary} if vocabulary else {}), **prefixes}

    def short(iri: str, *, key: bool = False) -> str:
        if key and vocabulary and iri.startswith(vocabulary) and ":" not in iri.removeprefix(vocabulary):
            return iri.removeprefix(vocabulary)
        found = (f"{p}:{iri.removeprefix(space)}" for p, space in prefixes.items() if iri.startswith(space))
        return next((name for name in found if "//" not in name), iri)

    def value(term: Any) -> object:
        if isinstance(term, ox.NamedNode):
            return {"@id": short(term.value)}
        if term.language:
            return {"@value": term.value, "@language": term.language}
        plain = term.datatype == word("xsd:string")
        return term.value if plain else {"@value": term.value, "@type": short(term.datatype.value)}

    def node(found: list[ox.Triple]) -> dict[str, Any]:
        values: defaultdict[str, list[object]] = defaultdict(list)
        for triple in found:
            if triple.predicate == word("rdf:type"):
                values["@type"].append(short(getattr(triple.object, "value", ""), key=True))
            else:
                values[short(triple.predicate.value, key=True)].append(value(triple.object))
        ordered = {name: sorted(values[name], key=_dump) for name in sorted(values)}
        name = short(getattr(found[0].subject, "value", ""))
        return {"@id": name, **{key: many[0] if len(many) == 1 else many for key, many in ordered.items()}}

    rows = ",\n".join(_dump(node(found)) for _, found in sorted(nodes.items()))
    return f'{{"@context": {_dump(context)},\n"@graph": [\n{rows}\n]}}\n'.encode()


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
