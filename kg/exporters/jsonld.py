"""Write the merged claims as JSON-LD: one readable object a node, with the context inside the file.

The context stands in the file because a reader may be offline; it is schemas/context.jsonld.
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg import iri, ontology
from kg.exporters.patching import SortedBlocks, mapped
from kg.views import rdf
from kg.views.vocabulary import word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kg.graph import KnowledgeGraph


TAIL = b"\n]}\n"


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write the default graph to `path`, one node a line, sorted by id."""
    nodes: defaultdict[str, list[ox.Triple]] = defaultdict(list)
    for triple in rdf.triples(graph, base=base):
        nodes[str(triple.subject)].append(triple)
    short = shortener(base)
    path.write_bytes(head(base) + b",\n".join(short.line(triples) for _, triples in sorted(nodes.items())) + TAIL)
    return path


def head(base: str) -> bytes:
    """Return what stands before the nodes: the context."""
    return f'{{"@context": {_dump(_context(base))},\n"@graph": [\n'.encode()


@contextmanager
def opened(path: Path, *, base: str = iri.BASE) -> Iterator[SortedBlocks]:
    """Give the nodes of a file that this module wrote, by their IRIs."""
    with mapped(path) as (content, number):
        parts = {"head": len(head(base)), "tail": TAIL, "between": b",\n", "key": shortener(base).subject}
        yield SortedBlocks(content, number=number, **parts)  # type: ignore[arg-type]


def shortener(base: str) -> Shortener:
    """Return what says triples in the words of the context."""
    return Shortener(_context(base))


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _context(base: str) -> dict[str, Any]:
    """Return the context, with the prefixes of node kinds moved to the base of this graph."""
    text = (ontology.schema_dir() / "context.jsonld").read_text(encoding="utf-8")
    context: dict[str, Any] = json.loads(text)["@context"]
    moved = {prefix: space for prefix, space in rdf.prefixes(base=base).items() if isinstance(context.get(prefix), str)}
    return {**context, **moved}


class Shortener:
    """Say triples in the words of a context."""

    def __init__(self, context: dict[str, Any]) -> None:
        self.prefixes = {key: value for key, value in context.items() if str(value).endswith(("/", "#"))}
        self.types: dict[str, str] = {}
        self.keys: dict[str, tuple[str, dict[str, str]]] = {}
        for key, value in context.items():
            definition = value if isinstance(value, dict) else {"@id": value}
            prefix, _, name = str(definition["@id"]).partition(":") if key[0] != "@" else ("", "", "")
            if prefix in self.prefixes and key not in self.prefixes:
                self.keys[self.prefixes[prefix] + name] = (key, definition)

    def node(self, triples: Iterable[ox.Triple]) -> dict[str, Any]:
        """Return all triples of one subject as an object."""
        values: defaultdict[str, list[Any]] = defaultdict(list)
        subject = ""
        for triple in triples:
            subject = self.short(triple.subject)
            if triple.predicate == word("rdf:type"):
                values["type"].append(self.word(triple.object))
            else:
                key, definition = self.keys[triple.predicate.value]
                values[key].append(self.value(triple.object, definition))
        found = {key: values[key] for key in sorted(values, key=lambda key: (key != "type", key))}
        return {"id": subject, **{key: v[0] if len(v) == 1 else sorted(v, key=_dump) for key, v in found.items()}}

    def line(self, triples: Iterable[ox.Triple]) -> bytes:
        """Return all triples of one subject as a line of JSON."""
        return _dump(self.node(triples)).encode()

    def subject(self, line: bytes) -> bytes:
        """Return the IRI ("<...>") that a line is about."""
        name = str(json.loads(line[len('{"id": ') : line.index(b'"', len('{"id": "')) + 1]))
        prefix, _, rest = name.partition(":")
        return f"<{self.prefixes[prefix]}{rest}>".encode() if prefix in self.prefixes else f"<{name}>".encode()

    def value(self, term: Any, definition: dict[str, str]) -> Any:
        """Return an object, in the short form where the context says the rest."""
        if isinstance(term, ox.NamedNode):
            return self.short(term) if definition.get("@type") == "@id" else {"id": self.short(term)}
        if term.language:
            return term.value if definition.get("@language") == term.language else _tagged(term)
        kind = self.short(term.datatype)
        if kind == definition.get("@type", "" if "@language" in definition else "xsd:string"):
            return term.value
        # rdflib takes a plain string and one typed as string for two.
        return {"@value": term.value} if kind == "xsd:string" else {"@value": term.value, "@type": kind}

    def word(self, class_: Any) -> str:
        """Return the word of the context for a class."""
        return self.keys[class_.value][0]

    def short(self, node: Any) -> str:
        """Return an IRI as prefix and name where a prefix fits."""
        for prefix, namespace in self.prefixes.items():
            if node.value.startswith(namespace):
                return f"{prefix}:{node.value.removeprefix(namespace)}"
        return str(node.value)


def _tagged(term: ox.Literal) -> dict[str, str | None]:
    return {"@value": term.value, "@language": term.language}
