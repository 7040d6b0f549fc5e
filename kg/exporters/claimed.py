"""The merged claims as Turtle and JSON-LD, made of the sorted lines of the default graph, some subjects at a time.

So files of any size are written in little memory, and after a change only the subjects that it touches are made anew.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING

from kg import iri
from kg.exporters import jsonld, turtle
from kg.views import statements
from kg.views.statements import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_SUBJECTS = 500
"""Subjects that are in memory at once."""
Subject = tuple[bytes, list[bytes]]
"""An IRI ("<...>") and the sorted lines of the default graph about it."""


class Census:
    """What VoID counts of the default graph: statements by property, nodes by class, subjects and objects.

    Objects are kept as 64 bits of their hash, of which two in many millions hardly ever are equal.
    """

    def __init__(self) -> None:
        self.properties: Counter[str] = Counter()
        self.classes: Counter[str] = Counter()
        self.objects = array("q")
        self.subjects = 0

    def add(self, lines: Iterable[bytes]) -> None:
        """Count lines, but not their subjects."""
        type_ = statements.word("rdf:type")[1:-1]
        for line in lines:
            _, predicate, rest = line.split(b" ", 2)
            name = predicate[1:-1].decode()
            self.properties[name] += 1
            if name == type_:
                self.classes[rest[1:-3].decode()] += 1
            self.objects.append(int.from_bytes(hashlib.blake2b(rest, digest_size=8).digest(), "big", signed=True))


def by_subject(lines: Iterable[bytes]) -> Iterator[Subject]:
    """Yield the subjects of sorted lines."""
    for subject, some in groupby(lines, lambda line: line[: line.index(b" ")]):
        yield subject, list(some)


def write(lines: Iterable[bytes], folder: Path, names: tuple[str, str], *, base: str = iri.BASE) -> Census:
    """Write Turtle and JSON-LD of the sorted lines of the default graph; return what was counted."""
    census, shortener, first = Census(), jsonld.shortener(base), True
    subjects = by_subject(lines)
    with (folder / names[0]).open("wb") as plain, (folder / names[1]).open("wb") as linked:
        linked.write(jsonld.head(base))
        while some := list(islice(subjects, _SUBJECTS)):
            triples = [[quad.triple for quad in parsed(found)] for _, found in some]
            census.subjects += len(some)
            for _, found in some:
                census.add(found)
            head, blocks = turtle.blocks(chain.from_iterable(triples), base=base)
            plain.write(b"".join([head, *blocks] if first else blocks))
            linked.write((b"" if first else b",\n") + b",\n".join(map(shortener.line, triples)))
            first = False
        linked.write(jsonld.TAIL)
    return census


def patch(
    old: Path, folder: Path, names: tuple[str, str], changes: Mapping[bytes, list[bytes]], *, base: str = iri.BASE
) -> None:
    """Write both files anew with some subjects changed, those without a line gone."""
    triples = {subject: [quad.triple for quad in parsed(lines)] for subject, lines in changes.items()}
    head, blocks = turtle.blocks(chain.from_iterable(found for _, found in sorted(triples.items())), base=base)
    made = zip((subject for subject, found in sorted(triples.items()) if found), blocks, strict=True)
    new = {**dict.fromkeys(triples, b""), **{subject: block.removesuffix(b"\n") for subject, block in made}}
    with turtle.opened(old / names[0], base=base) as file:
        file.write(new, folder / names[0], head=head)
    shortener = jsonld.shortener(base)
    new = {subject: shortener.line(found) if found else b"" for subject, found in triples.items()}
    with jsonld.opened(old / names[1], base=base) as file:
        file.write(new, folder / names[1])
