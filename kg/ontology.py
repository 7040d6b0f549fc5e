"""The ontology in schemas/kg.ttl, read once: the only list of types and relations.

Everything that depends on a type or a relation asks here (rule rows, claim filter, RDF writer,
legend), so adding one is a change to the ontology file and to rows, never to Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import SchemaError, hint

if TYPE_CHECKING:
    from collections.abc import Mapping

NS = "https://w3id.org/mlkg/ns#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SCHEMA = "http://schema.org/"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_OWL = "http://www.w3.org/2002/07/owl#"


def schema_dir() -> Path:
    """Return the folder of schema files: the installed one, else the checkout's."""
    installed = Path(str(files("kg"))) / "schemas"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[1] / "schemas"


@dataclass(frozen=True, slots=True)
class Type:
    """A class of the ontology; `entity` is true for those a rule may give to a mention."""

    name: str
    label: str
    definition: str
    parents: frozenset[str]
    colour: str
    shape: str
    entity: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """An object property; `paper_level` names the property that holds when the subject is the paper itself."""

    name: str
    label: str
    definition: str
    parents: tuple[str, ...]
    domain: frozenset[str]
    range: frozenset[str]
    symmetric: bool
    paper_level: str


class Terms:
    """Give each name of the ontology as an attribute; a name it lacks raises when it is asked for."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):  # Python itself asks for these; it must hear that there are none
            raise AttributeError(name)
        if name not in self._names:
            raise SchemaError(f"{name!r} is not in schemas/kg.ttl.{hint(name, self._names)}")
        return name


@dataclass(frozen=True, slots=True)
class Ontology:
    """Types, relations and the questions that code asks about them."""

    types: Mapping[str, Type]
    relations: Mapping[str, Relation]
    terms: Terms

    @property
    def entity_types(self) -> tuple[str, ...]:
        """Return the types that a mention can have, in the order of the file's legend."""
        return tuple(name for name, type_ in self.types.items() if type_.entity)

    def check_type(self, name: str) -> str:
        """Return `name` if it is an entity type, else raise SchemaError with the nearest one."""
        if name not in self.types or not self.types[name].entity:
            raise SchemaError(f"{name!r} is not an entity type.{hint(name, self.entity_types)}")
        return name

    def check_relation(self, name: str) -> str:
        """Return `name` if it is a relation, else raise SchemaError with the nearest one."""
        if name not in self.relations:
            raise SchemaError(f"{name!r} is not a relation.{hint(name, self.relations)}")
        return name

    def is_a(self, type_name: str, ancestor: str) -> bool:
        """Tell whether `type_name` is `ancestor` or a subclass of it."""
        return type_name == ancestor or ancestor in self.types[type_name].parents

    def allows(self, subject: str, relation: str, object: str) -> bool:
        """Tell whether domain and range of `relation` admit these two types."""
        return self.in_domain(subject, relation) and self.in_range(object, relation)

    def in_domain(self, type_name: str, relation: str) -> bool:
        """Tell whether things of a type can be the subject of a relation."""
        return any(self.is_a(type_name, admitted) for admitted in self.relations[relation].domain)

    def in_range(self, type_name: str, relation: str) -> bool:
        """Tell whether things of a type can be the object of a relation."""
        return any(self.is_a(type_name, admitted) for admitted in self.relations[relation].range)

    def closure(self, relation: str) -> tuple[str, ...]:
        """Return the relation and all relations that it implies, nearest first."""
        return (relation, *self.relations[relation].parents)


@cache
def load() -> Ontology:
    """Return the ontology; it is read once in a process."""
    path = schema_dir() / "kg.ttl"
    try:
        store = ox.Store()
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    except (OSError, SyntaxError) as error:
        raise SchemaError(f"{path}: the ontology cannot be read: {error}") from error
    return _Reader(store).ontology()


class _Reader:
    """Turn the triples of kg.ttl into an Ontology."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store

    def objects(self, subject: ox.NamedNode, predicate: str) -> list[str]:
        found = self.store.quads_for_pattern(subject, ox.NamedNode(predicate), None)
        return sorted(getattr(quad.object, "value", "") for quad in found)

    def one(self, subject: ox.NamedNode, predicate: str) -> str:
        return next(iter(self.objects(subject, predicate)), "")

    def ours(self, subject: ox.NamedNode, predicate: str) -> tuple[str, ...]:
        return tuple(o.removeprefix(NS) for o in self.objects(subject, predicate) if o.startswith(NS))

    def ancestors(self, subject: ox.NamedNode, predicate: str) -> tuple[str, ...]:
        """Return our own terms above `subject`, nearest first, each once."""
        out: list[str] = []
        level = list(self.ours(subject, predicate))
        while level:
            out += [name for name in level if name not in out]
            level = [up for name in level for up in self.ours(ox.NamedNode(NS + name), predicate) if up not in out]
        return tuple(out)

    def subjects(self, kind: str) -> list[ox.NamedNode]:
        found = self.store.quads_for_pattern(None, ox.NamedNode(_RDF + "type"), ox.NamedNode(_OWL + kind))
        nodes = [q.subject for q in found if isinstance(q.subject, ox.NamedNode) and q.subject.value.startswith(NS)]
        return sorted(nodes, key=lambda node: (int(self.one(node, NS + "order") or 999), node.value))

    def ontology(self) -> Ontology:
        types, relations = {}, {}
        for node in self.subjects("Class"):
            name = node.value.removeprefix(NS)
            types[name] = Type(
                name=name,
                label=self.one(node, _RDFS + "label"),
                definition=self.one(node, _SKOS + "definition"),
                parents=frozenset(self.ancestors(node, _RDFS + "subClassOf")),
                colour=self.one(node, NS + "colour"),
                shape=self.one(node, NS + "shape"),
                entity=bool(self.one(node, NS + "colour")) and bool(self.ours(node, _RDFS + "subClassOf")),
            )
        for node in self.subjects("ObjectProperty"):
            name = node.value.removeprefix(NS)
            parents = self.ancestors(node, _RDFS + "subPropertyOf")
            # A sub-property without its own domain or range has those of its nearest parent.
            lineage = [node, *(ox.NamedNode(NS + up) for up in parents)]
            domain = next((d for n in lineage if (d := self.ours(n, _SCHEMA + "domainIncludes"))), ())
            range_ = next((r for n in lineage if (r := self.ours(n, _SCHEMA + "rangeIncludes"))), ())
            relations[name] = Relation(
                name=name,
                label=self.one(node, _RDFS + "label"),
                definition=self.one(node, _SKOS + "definition"),
                parents=parents,
                domain=frozenset(domain),
                range=frozenset(range_),
                symmetric=_OWL + "SymmetricProperty" in self.objects(node, _RDF + "type"),
                paper_level=next(iter(self.ours(node, NS + "paperLevel")), ""),
            )
        data = {node.value.removeprefix(NS) for node in self.subjects("DatatypeProperty")}
        names = frozenset({*types, *relations, *data})
        if not types or not relations:
            raise SchemaError(f"{schema_dir() / 'kg.ttl'}: it defines no classes or no object properties.")
        return Ontology(MappingProxyType(types), MappingProxyType(relations), Terms(names))
