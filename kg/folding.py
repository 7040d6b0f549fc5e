"""The fold in parts: linking decides over names alone, and then each paper folds by itself, wherever it is.

A graph is the union of the graphs of its papers and the entities that linking found. So papers can be folded
in any number of processes or machines, and none of them holds all papers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kg import ontology
from kg.graph import KnowledgeGraph, PaperFold
from kg.linking import Names, RecordedPaper, variant
from kg.linking.names import form_of
from kg.model import Mention, Node, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.model import Entity


def named(record: Record) -> Record:
    """Return what linking needs of a record: identity, entities, and those mentions that may name a size or version.

    >>> from kg.model import Entity
    >>> found = tuple(Mention("title", 0, len(text), text, "r") for text in ("BERT", "BERT-large"))
    >>> record = Record("a", "T", "A.", "0", "0", entities=(Entity("BERT", "Model", mentions=found),))
    >>> [m.text for m in named(record).entities[0].mentions]
    ['BERT-large']
    """
    entities = tuple(
        replace(
            entity,
            mentions=tuple(Mention("title", 0, 0, m.text, "") for m in entity.mentions if variant(m.text)),
        )
        for entity in record.entities
    )
    return Record(record.id, record.title, "", record.extractor, record.text_sha256, url=record.url, entities=entities)


class Meaning(NamedTuple):
    """What one name of a paper means: its node, those of its sizes and versions by form, and the families of these."""

    node: str
    variants: tuple[tuple[str, str], ...] = ()
    families: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, names: Names, paper: str, entity: Entity) -> Meaning:
        """Return what linking says of a name of a paper."""
        node = names.id(paper, entity.name)
        variants = {form_of(m.text): found for m in entity.mentions if (found := names.variant(node, m.text))}
        families = {each: up for each in (node, *variants.values()) if (up := names.family(each))}
        return cls(node, tuple(sorted(variants.items())), tuple(sorted(families.items())))

    def to_text(self) -> str:
        """Return the node, or JSON where there is more to say."""
        return json.dumps(self) if self.variants or self.families else self.node

    @classmethod
    def from_text(cls, text: str) -> Meaning:
        """Return what `to_text` wrote."""
        if not text.startswith("["):
            return cls(text)
        node, variants, families = json.loads(text)
        return cls(node, tuple(map(tuple, variants)), tuple(map(tuple, families)))

    @property
    def nodes(self) -> set[str]:
        """Return the nodes that the name, or a size of it, can mean."""
        return {self.node, *(node for _, node in self.variants)}


@dataclass(frozen=True)
class Resolved:
    """What linking says of the names of one paper, or of many: all that their fold asks."""

    ids: Mapping[tuple[str, str], str]
    types: Mapping[str, str]
    variants: Mapping[tuple[str, str], str] = field(default_factory=dict)
    families: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, paper: str, meanings: Mapping[str, Meaning]) -> Resolved:
        """Return what the names of one paper mean."""
        families = {node: up for meaning in meanings.values() for node, up in meaning.families}
        nodes = {node for meaning in meanings.values() for node in meaning.nodes}
        return cls(
            {(paper, name): meaning.node for name, meaning in meanings.items()},
            {node: type_of(node) for node in (*nodes, *families.values())},
            {(m.node, form): node for m in meanings.values() for form, node in m.variants},
            families,
        )

    def id(self, paper: str, name: str) -> str:
        """Return the node of an entity of a paper."""
        return self.ids[paper, name]

    def type(self, node: str) -> str:
        """Return the type of a node."""
        return self.types[node]

    def variant(self, family: str, surface: str) -> str:
        """Return the node of a size or version that a mention of a family names, or ""."""
        return self.variants.get((family, form_of(surface)), "")

    def family(self, node: str) -> str:
        """Return the node that a node is a variant of, or ""."""
        return self.families.get(node, "")


@cache
def _types() -> Mapping[str, str]:
    return {name.lower(): name for name in ontology.load().entity_types}


def type_of(node: str) -> str:
    """Return the type of an entity by its node id.

    >>> type_of("model/bert")
    'Model'
    """
    return _types()[node.partition("/")[0]]


def resolved(paper: RecordedPaper, names: Names, nodes: Mapping[str, Node]) -> Resolved:
    """Return what linking says of the names of one paper, cut loose from all others."""
    entities = paper.record.entities
    ids = {(paper.id, entity.name): names.id(paper.id, entity.name) for entity in entities}
    variants = {
        (ids[paper.id, entity.name], form_of(mention.text)): node
        for entity in entities
        for mention in entity.mentions
        if (node := names.variant(ids[paper.id, entity.name], mention.text))
    }
    found = {*ids.values(), *variants.values()}
    families = {node: family for node in found if (family := names.family(node))}
    return Resolved(ids, {n: nodes[n].type for n in (*found, *families.values())}, variants, families)


def fold_paper(paper: RecordedPaper, names: Resolved) -> KnowledgeGraph:
    """Return the graph of one paper, in which entities have a type and no other attributes."""
    fold = PaperFold(paper, names)
    used = {*names.ids.values(), *names.variants.values(), *names.families.values()}
    nodes = {node: Node(node, names.types[node], "", (), (), (), 0.0) for node in used if node in names.types}
    return KnowledgeGraph(
        papers={fold.node.id: fold.node},
        nodes=nodes,
        assertions=tuple(sorted(fold.assertions(), key=lambda a: a.id)),
        results=tuple(sorted({r.id: r for r in fold.results}.values(), key=lambda r: r.id)),
        records=(paper.record,),
    )
