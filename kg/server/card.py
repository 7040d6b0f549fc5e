"""What the graph says of one thing, as values for a page: names, claims in both directions, results, sentences."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri, ontology
from kg.errors import RuleError
from kg.views import rdf
from kg.views.vocabulary import word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = dict[str, str]
_DOTS = "\N{HORIZONTAL ELLIPSIS}"
_WEB = re.compile(r"https?://")


@dataclass(frozen=True, slots=True)
class Link:
    """Something named, and where its own page is, if it has one."""

    name: str
    href: str = ""
    kind: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in parts, each marked or not, with its source."""

    parts: tuple[tuple[str, bool], ...]
    paper: Link
    date: str
    rule: str
    confidence: str


@dataclass(slots=True)
class Statement:
    """One claim with its sentences; a negated or hedged one says so."""

    subject: Link
    relation: str
    object: Link
    polarity: str
    sentences: list[Sentence] = field(default_factory=list)


class Card:
    """Ask the graph for one thing; each part is asked for when the page shows it."""

    def __init__(self, store: ox.Store, node: ox.NamedNode) -> None:
        self.store, self.node, self.known = store, node, ontology.load()
        self.iri = node.value
        self.id = node.value.removeprefix(iri.BASE)
        self.marks: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)

    @staticmethod
    @cache
    def queries() -> Mapping[str, str]:
        """Return the queries of pages by name."""
        folder = Path(str(files("kg"))) / "data" / "server"
        return MappingProxyType({path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.rq")})

    def ask(self, name: str) -> list[Row]:
        """Return the rows of a query about this thing, unbound values as ""."""
        # str() of a node is its IRI in brackets, which a valid IRI cannot leave.
        found = self.store.query(self.queries()[name].replace("<urn:thing>", str(self.node)), prefixes=rdf.prefixes())
        if not isinstance(found, ox.QuerySolutions):
            raise RuleError(f"kg/data/server/{name}.rq: it must be a SELECT.")
        names = [variable.value for variable in found.variables]
        return [
            {n: "" if v is None else str(getattr(v, "value", v)) for n, v in zip(names, row, strict=True)}
            for row in found
        ]

    @cached_property
    def facts(self) -> list[Row]:
        """Return what the graph holds of the thing itself."""
        return self.ask("facts")

    def values(self, *properties: str) -> list[str]:
        """Return the values of properties given in short form, in their order, each once."""
        wanted = [word(name).value for name in properties]
        return list(dict.fromkeys(f["o"] for each in wanted for f in self.facts if f["p"] == each))

    @cached_property
    def label(self) -> str:
        """Return what the thing is called."""
        return next(iter(self.values("skos:prefLabel", "dct:title")), self.id)

    @property
    def aliases(self) -> list[str]:
        """Return its other names."""
        return self.values("skos:altLabel")

    @property
    def types(self) -> list[Link]:
        """Return its types."""
        names = (type_.removeprefix(ontology.NS) for type_ in self.values("rdf:type"))
        return [Link(self.known.types[n].label, f"/ns#{n}", n.lower()) for n in names if n in self.known.types]

    @property
    def details(self) -> list[tuple[str, Link]]:
        """Return all further facts: property and value."""
        shown = {word(name).value for name in ("rdf:type", "skos:prefLabel", "skos:altLabel", "dct:title")}
        relations = {ontology.NS + name for name in self.known.relations} if self.types else set()
        rest = (f for f in self.facts if f["p"] not in shown | relations)
        return [(self.word(f["p"]), self.link(f["o"], f["label"])) for f in rest]

    @cached_property
    def statements(self) -> dict[str, list[Statement]]:
        """Return claims by heading: what the thing does first, then what is done to it."""
        self._mark()
        out: dict[tuple[str, ...], Statement] = {}
        for row in self.ask("claims"):
            key = (row["s"], row["p"], row["o"], row["polarity"])
            if key not in out:
                subject, object_ = self.link(row["s"], row["s_name"]), self.link(row["o"], row["o_name"])
                out[key] = Statement(subject, self.word(row["p"]), object_, row["polarity"])
            out[key].sentences.append(self.sentence(row, self.marks[row["s"], row["context"]], row["o"]))
        groups: defaultdict[str, list[Statement]] = defaultdict(list)
        for outgoing in (True, False):
            for (source, *_), statement in out.items():
                if (source == self.iri) == outgoing:
                    relation = statement.relation
                    groups[f"{relation} {_DOTS}" if outgoing else f"{_DOTS} {relation} this"].append(statement)
        return dict(groups)

    @cached_property
    def results(self) -> list[tuple[Row, dict[str, Link], Sentence]]:
        """Return reported numbers with what they are of, and the sentence."""
        out: dict[str, tuple[Row, dict[str, Link], Sentence]] = {}
        for row in self.ask("results"):
            ends = {name: self.link(row[name], row[f"{name}_name"]) for name in ("model", "target", "metric")}
            at = row["text"].find(row["printed"]) + int(row["begin"] or 0)
            spans = [(at, at + len(row["printed"]))] if row["printed"] in row["text"] else []
            out.setdefault(row["result"], (row, ends, self.sentence({"rule": "", "confidence": "", **row}, spans)))
        return list(out.values())

    @cached_property
    def mentions(self) -> list[tuple[Link, str]]:
        """Return the papers that name the thing, with their dates."""
        return [(self.link(row["paper"], row["title"]), row["date"]) for row in self.ask("mentions")]

    @cached_property
    def texts(self) -> list[tuple[str, list[tuple[str, Link | None]]]]:
        """Return a paper's title and abstract in parts, of which some are links to what they name."""
        named: defaultdict[str, list[Row]] = defaultdict(list)
        texts = self.ask("texts")
        for row in self.ask("names") if texts else ():
            named[row["context"]].append(row)
        return [(t["context"].rpartition("#")[2], self._linked(t["text"], named[t["context"]])) for t in texts]

    @cached_property
    def links(self) -> list[tuple[Link, str]]:
        """Return what links to a thing that is neither entity nor paper."""
        return [(self.link(row["s"], row["label"]), self.word(row["p"])) for row in self.ask("links")]

    def sentence(self, row: Row, spans: Iterable[tuple[int, int]], *others: str) -> Sentence:
        """Return the sentence of a row, with spans in the paper's text marked."""
        begin, text = int(row["begin"] or 0), row["text"]
        places = [*spans, *(span for other in others for span in self.marks[other, row["context"]])]
        inside = sorted({(b - begin, e - begin) for b, e in places if b >= begin and e <= begin + len(text)})
        parts: list[tuple[str, bool]] = []
        at = 0
        for start, end in inside:
            if start >= at:
                parts += [(text[at:start], False), (text[start:end], True)]
                at = end
        parts.append((text[at:], False))
        paper, rule = self.link(row["paper"], row["title"]), row["rule"].rpartition("/")[2]
        return Sentence(tuple(p for p in parts if p[0]), paper, row["date"], rule, row["confidence"])

    def link(self, value: str, name: str = "") -> Link:
        """Return a value as a link: to our own page, to the web, or nowhere."""
        if value.startswith(ontology.NS):
            return Link(name or self.word(value), f"/ns#{value.removeprefix(ontology.NS)}")
        if value.startswith(iri.BASE):
            path = value.removeprefix(iri.BASE)
            return Link(name or path, f"/{path}", path.partition("/")[0])
        return Link(name or value, value, outside=True) if _WEB.match(value) else Link(name or value)

    def word(self, iri_: str) -> str:
        """Return a property in words: its label in the ontology, or the last part of its IRI."""
        name = re.split(r"[#/]", iri_)[-1]
        relation = self.known.relations.get(name) if iri_.startswith(ontology.NS) else None
        return relation.label if relation else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()

    def _mark(self) -> None:
        for row in self.ask("marks"):
            self.marks[row["about"], row["context"]].append((int(row["begin"]), int(row["end"])))

    def _linked(self, text: str, rows: list[Row]) -> list[tuple[str, Link | None]]:
        out: list[tuple[str, Link | None]] = []
        at = 0
        for row in rows:
            begin, end = int(row["begin"]), int(row["end"])
            if begin >= at:
                out += [(text[at:begin], None), (text[begin:end], self.link(row["about"], row["name"]))]
                at = end
        return [*out, (text[at:], None)]


def kind_colours() -> str:
    """Return the colours of types as a style sheet, from the ontology."""
    rules = (f".kind-{name.lower()} {{ --kind: {type_.colour}; }}\n" for name, type_ in ontology.load().types.items())
    return "".join(rules)
