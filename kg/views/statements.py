"""Terms and statements as text of N-Triples, which is what most of a graph's RDF is written as.

A statement is "subject predicate object" without an end, so that it becomes a line of N-Triples or, with the name of a
graph, one of N-Quads. Text costs a fraction of what terms as objects do, and a paper has hundreds of statements.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import ontology
from kg.views import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SPECIAL = re.compile('["\\\\\n\r\t\x7f]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\x7f": "\\u007F"}


@cache
def word(curie: str) -> str:
    """Return a term of a vocabulary by its short form.

    >>> word("skos:prefLabel")
    '<http://www.w3.org/2004/02/skos/core#prefLabel>'
    """
    return str(vocabulary.word(curie))


@cache
def term(name: str) -> str:
    """Return a term of the ontology."""
    return f"<{ontology.NS}{name}>"


def statement(subject: str, predicate: str, object: str) -> str:
    """Return three terms as a statement."""
    return f"{subject} {predicate} {object}"


def literal(text: str, *, type: str = "") -> str:
    r"""Return a literal of the XML Schema type `type`, or a plain string.

    >>> literal('say "a\nb"'), literal("1", type="integer")
    ('"say \\"a\\nb\\""', '"1"^^<http://www.w3.org/2001/XMLSchema#integer>')
    """
    return f'"{_escaped(text)}"^^{word(f"xsd:{type}")}' if type else f'"{_escaped(text)}"'


def name(text: str) -> str:
    """Return a name in English."""
    return f'"{_escaped(text)}"@en'


@lru_cache(maxsize=10_000)
def link(url: str) -> str:
    """Return a web address as an IRI, or as text if it is not a valid one."""
    return str(vocabulary.link(url))


def date(text: str) -> Iterator[str]:
    """Yield a date as precise as the text gives it, or nothing."""
    yield from map(str, vocabulary.date(text))


def _escaped(text: str) -> str:
    plain = vocabulary.clean(text)
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], plain) if _SPECIAL.search(plain) else plain


def lines(statements: Iterable[str], *, graph: str = "") -> list[bytes]:
    """Return statements as lines without their ends, each once, in the default graph or in one of a name.

    >>> lines(["<a:b> <a:c> <a:d>"], graph="<a:g>")
    [b'<a:b> <a:c> <a:d> <a:g> .']
    """
    end = f" {graph} ." if graph else " ."
    return [f"{statement}{end}".encode() for statement in dict.fromkeys(statements)]


def parsed(some: Iterable[bytes]) -> Iterator[ox.Quad]:
    """Yield the quads of lines."""
    yield from ox.parse(b"\n".join(some), format=ox.RdfFormat.N_QUADS)
