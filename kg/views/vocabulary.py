"""The words and literals of our RDF: prefixes, terms, and text, numbers and dates in safe, canonical form."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox

from kg import iri, ontology

if TYPE_CHECKING:
    from collections.abc import Mapping

VOCABULARIES: Mapping[str, str] = MappingProxyType(
    {
        "kg": ontology.NS,
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "dct": "http://purl.org/dc/terms/",
        "prov": "http://www.w3.org/ns/prov#",
        "nif": "http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#",
        "schema": "http://schema.org/",
    }
)
# Characters that no XML document may hold, and halves of surrogate pairs, which no UTF-8 text may.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)")
_DATES = (
    (re.compile(r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?:[T ].*)?"), "date"),
    (re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))"), "gYearMonth"),
    (re.compile(r"(\d{4})"), "gYear"),
)
_WEB = re.compile(r"https?://[^/]", re.I)


def prefixes(*, base: str = iri.BASE) -> dict[str, str]:
    """Return the prefixes of queries and files: one for each kind of node, and the vocabularies.

    >>> prefixes()["model"]
    'https://w3id.org/mlkg/model/'
    """
    known = ontology.load()
    kinds = (
        *known.entity_types,
        known.terms.Paper,
        known.terms.Result,
        known.terms.Assertion,
        known.terms.Rule,
        "run",
        "summary",
    )
    return {**{kind.lower(): f"{base}{kind.lower()}/" for kind in kinds}, **VOCABULARIES}


@cache
def word(curie: str) -> ox.NamedNode:
    """Return a term of a vocabulary by its short form.

    >>> word("skos:prefLabel").value
    'http://www.w3.org/2004/02/skos/core#prefLabel'
    """
    prefix, _, name = curie.partition(":")
    return ox.NamedNode(VOCABULARIES[prefix] + name)


@cache
def term(name: str) -> ox.NamedNode:
    """Return a term of the ontology."""
    return ox.NamedNode(ontology.NS + name)


@lru_cache(maxsize=10_000)
def path(text: str) -> str:
    """Return text as one step of an IRI's path: the same text, with what an IRI cannot hold escaped."""
    return quote(text, safe="+", errors="surrogatepass")


def clean(text: str) -> str:
    r"""Return the text with every character replaced that no RDF or XML file can hold, so that offsets stay.

    >>> clean("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"
    True
    """
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def literal(text: str, *, type: str = "") -> ox.Literal:
    """Return a literal of the XML Schema type `type`, or a plain string."""
    return ox.Literal(clean(text), datatype=word(f"xsd:{type}")) if type else ox.Literal(clean(text))


def key(text: str) -> str:
    """Return what a name is looked up by: its text without regard to case, Unicode form and white space.

    >>> key("  Stable  Diffusion ") == key("stable diffusion")
    True
    """
    return " ".join(unicodedata.normalize("NFC", clean(text)).casefold().split())


def name(text: str) -> ox.Literal:
    """Return a name in English."""
    return ox.Literal(clean(text), language="en")


@lru_cache(maxsize=10_000)
def decimal(text: str) -> str:
    r"""Return a printed number in the canonical form of xsd:decimal, or "" if it is not one number.

    >>> decimal("68.50"), decimal("1,200"), decimal("\N{MINUS SIGN}.5"), decimal("12-38")
    ('68.5', '1200', '-0.5', '')
    """
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    if not _NUMBER.fullmatch(plain):
        return ""
    number = f"{Decimal(plain.replace(',', '')):f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return "0" if number == "-0" else number


def date(text: str) -> tuple[ox.Literal, ...]:
    """Return a date as precise as the text gives it: a day, a month or a year; nothing if it is none.

    >>> [d.value for t in ("2023-07-01T10:00:00Z", "2023-07", "2023", "May") for d in date(t)]
    ['2023-07-01', '2023-07', '2023']
    """
    found = ((pattern.fullmatch(text.strip()), kind) for pattern, kind in _DATES)
    return tuple(literal(match[1], type=kind) for match, kind in found if match)


def link(url: str) -> ox.NamedNode | ox.Literal:
    """Return a web address as an IRI, or as text if it is not a valid one."""
    try:
        return ox.NamedNode(url) if _WEB.match(url) else literal(url)
    except ValueError:
        return literal(url)


def is_abbreviation(alias: str, label: str) -> bool:
    """Tell whether an alias is the short form of a name of several words.

    >>> is_abbreviation("CNN", "Convolutional Neural Network"), is_abbreviation("LLaMA 7B", "LLaMA")
    (True, False)
    """
    capitals = sum(c.isupper() for c in alias)
    return " " not in alias and " " in label and capitals >= 2 and alias[0].casefold() == label[0].casefold()
