"""The nodes of a graph by name: their ids, labels, types, variants, and why each name is theirs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kg import iri, ontology
from kg.linking import curated
from kg.linking.linker import Form, Linker, Naming, Support
from kg.linking.names import best_label, form_of
from kg.linking.overrides import NONE
from kg.linking.variants import is_sized, variant
from kg.model import NameMerge, Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.linking.overrides import Overrides
    from kg.linking.papers import RecordedPaper

_ARXIV = "arxiv"
"""The scheme of kg/data/identifiers.json for the paper that introduced a thing."""
VARIANT = "variantOf.name"
"""The rule by which a name with a size or version behind it is a variant of a family."""


class Names:
    """Which node each entity of each paper is, and what those nodes are called."""

    def __init__(self, papers: Iterable[RecordedPaper], overrides: Overrides = NONE) -> None:
        papers = tuple(papers)
        self.records = [(paper.id, paper.record) for paper in papers]
        self.numbers = {paper.id: paper.arxiv for paper in papers}
        self.linker = Linker((Naming(paper, e) for paper, r in self.records for e in r.entities), overrides)
        self.members = {
            root: forms
            for root, forms in self.linker.members().items()
            if any(form in self.linker.support for form in forms)
        }
        self.labels = {root: self.linker.label(root, forms) for root, forms in self.members.items()}
        self._ids: dict[Form, str] = {}
        taken: dict[str, Form] = {}
        for root, label in sorted(self.labels.items()):
            plain = iri.entity_id(root.type, label)
            # Two meanings under one label: the later form in order carries a few digits of its own.
            node = plain if plain not in taken else f"{plain}-{iri.digest(*root, size=6)}"
            taken[node] = root
            self._ids[root] = node
        self._root = {node: root for root, node in self._ids.items()}
        self._families: dict[str, str] = {}
        self._parameters: dict[str, int] = {}
        self._variants: dict[tuple[str, str], str] = {}
        self._sized: defaultdict[str, Support] = defaultdict(Support)
        known = ontology.load()
        self._able = {t for t in known.entity_types if known.allows(t, known.terms.variantOf, t)}
        self._relate_names()
        self._relate_mentions()

    def id(self, paper: str, name: str) -> str:
        """Return the node of an entity of a paper."""
        return self._ids[self.linker.node(paper, name)]

    def type(self, node: str) -> str:
        """Return the type of a node."""
        return self._root[node].type

    def variant(self, family: str, surface: str) -> str:
        """Return the node of a size or version that a mention of a family names, or ""."""
        return self._variants.get((family, form_of(surface)), "")

    def family(self, node: str) -> str:
        """Return the node that a node is a variant of, or ""."""
        return self._families.get(node, "")

    def unused(self) -> tuple[str, ...]:
        """Return where the overrides stand that nothing matched."""
        return tuple(sorted(row.text for row in self.linker.unused.values()))

    def nodes(self) -> dict[str, Node]:
        """Return all nodes by id."""
        new: defaultdict[str, set[str]] = defaultdict(set)
        for paper, record in self.records:
            for entity in record.entities:
                if entity.introduced:
                    new[self.id(paper, entity.name)].add(paper)
        return {node: self._node(node, tuple(sorted(new[node]))) for node in sorted(self._root)}

    def merges(self) -> tuple[NameMerge, ...]:
        """Return why each name that is not a node's label is the node's, sorted by node."""
        why = {m.source: m for m in self.linker.merges}
        out = []
        for root, forms in self.members.items():
            node, label = self._ids[root], self.labels[root]
            for form in (f for f in forms if f in self.linker.support):
                papers = tuple(sorted(self.linker.support[form].papers))
                if form in why:
                    reason, evidence = why[form].reason, why[form].evidence
                else:
                    reason, evidence = (
                        ("short form", " ".join(papers[:3])) if form.sense else ("normal form", form.form)
                    )
                for name in self.linker.support[form].names:
                    if name != label or form.type != root.type:
                        out.append(NameMerge(node, name, form.type, reason, evidence, papers))
        return tuple(sorted(out))

    def _node(self, node: str, new: tuple[str, ...]) -> Node:
        root = self._root[node]
        forms = self.members.get(root, [])
        supports = [self.linker.support[f] for f in forms if f in self.linker.support]
        if node in self._sized:
            supports.append(self._sized[node])
        label = self.labels.get(root) or best_label(self._sized[node].names.items())
        names = {name for support in supports for name in support.names}
        names |= {alias for support in supports for alias in support.aliases}
        return Node(
            id=node,
            type=root.type,
            label=label,
            aliases=tuple(sorted(names - {label})),
            papers=tuple(sorted({paper for support in supports for paper in support.papers})),
            introduced_by=new,
            confidence=round(max(c for support in supports for c in support.papers.values()), 4),
            better=curated.better(root.type, form_of(label)),
            variant_of=self._families.get(node, ""),
            parameters=self._parameters.get(node, 0),
            ids=self._identifiers(root, label, new),
        )

    def _identifiers(self, root: Form, label: str, new: tuple[str, ...]) -> tuple[str, ...]:
        """Return what lexicons know a node by elsewhere, unless a paper of another number presents it as its own."""
        found = () if root.sense else curated.ids(root.type, form_of(label))
        numbers = {number for paper in new if (number := self.numbers[paper])}
        known = {each.partition(":")[2] for each in found if each.startswith(f"{_ARXIV}:")}
        return () if known and numbers and not numbers & known else found

    def _relate_names(self) -> None:
        """Make entities with a size or version in their name variants of the family, where a paper names that."""
        by_form = {form: root for root, forms in self.members.items() for form in forms}
        for root, forms in self.members.items():
            names = {n for form in forms if form in self.linker.support for n in self.linker.support[form].names}
            for name in sorted(names) if root.type in self._able else ():
                if found := variant(name):
                    family = by_form.get(Form(root.type, form_of(found.family)))
                    if family and family != root:
                        self._relate(self._ids[root], self._ids[family], found.parameters)

    def _relate_mentions(self) -> None:
        """Make the sized forms among an entity's mentions ("BERT-large" of BERT) nodes of their own."""
        sized: defaultdict[tuple[str, Form], Support] = defaultdict(Support)
        parameters: dict[Form, int] = {}
        for paper, record in self.records:
            for entity in record.entities:
                node = self.id(paper, entity.name)
                root = self._root[node]
                for mention in entity.mentions if root.type in self._able else ():
                    found, form = variant(mention.text), Form(root.type, form_of(mention.text))
                    if found and is_sized(mention.text, entity):
                        sized[node, form].add(paper, mention.text, entity.confidence)
                        parameters[form] = found.parameters
        for (family, form), support in sorted(sized.items()):
            root = self.linker.root(form) if form in self.linker.support else form
            node = self._ids.get(root) or iri.entity_id(form.type, best_label(support.names.items()))
            if node != family:
                self._root.setdefault(node, root)
                self._variants[family, form.form] = node
                self._sized[node].join(support)
                self._relate(node, family, parameters[form])

    def _relate(self, node: str, family: str, parameters: int) -> None:
        at = family
        while at:  # no circles: a family that is a variant of this node stays the family
            if at == node:
                return
            at = self._families.get(at, "")
        self._families.setdefault(node, family)
        if parameters:
            self._parameters[node] = parameters
