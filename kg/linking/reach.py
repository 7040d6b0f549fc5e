"""How far linking looks: the keys that two names must share, directly or through others, to play a part for each other.

Linking is a function of all names, but it decides within groups: names whose keys never meet cannot merge, share a
label or be variants. So each group can be linked by itself, and after a change only the groups that it touches.
A key too many costs time; one too few would change the graph.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kg import iri
from kg.linking import curated, senses
from kg.linking.linker import unabbreviated, unwrapped
from kg.linking.names import form_of
from kg.linking.papers import arxiv_of, doi_of, title_key
from kg.linking.variants import variant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.model import Entity, Record


class Spelling(NamedTuple):
    """An entity as papers write it: its type, name and other names, and what it is called with a size or version."""

    type: str
    name: str
    aliases: tuple[str, ...]
    sized: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return all names that papers give as those of one thing."""
        return (self.name, *self.aliases)

    @classmethod
    def of(cls, entity: Entity) -> Spelling:
        """Return how a paper writes an entity."""
        sized = {mention.text for mention in entity.mentions if variant(mention.text)}
        return cls(entity.type, entity.name, tuple(sorted(set(entity.aliases))), tuple(sorted(sized)))


@lru_cache(maxsize=50_000)
def keys(spelling: Spelling) -> frozenset[str]:
    """Return the keys of an entity: forms of its names and of what they may merge with, and slugs of its labels.

    >>> one, other = (Spelling("Method", name, (), ()) for name in ("AdamW", "AdamW optimizer"))
    >>> bool(keys(one) & keys(other)), bool(keys(one) & keys(Spelling("Method", "dropout", (), ())))
    (True, False)
    """
    names = {spelling.name, *spelling.sized, *(name for pair in senses.pairs_of(spelling.names) for name in pair)}
    forms = set(map(form_of, names))
    forms.update(form_of(core) for core in unwrapped(spelling.name))
    forms.add(form_of(unabbreviated(spelling.name)))
    forms.update(form_of(found.family) for name in names if (found := variant(name)))
    slips = curated.slips().near(spelling.type, form_of(spelling.name))
    labels = {label for form in forms | slips if (label := curated.label(spelling.type, form))}
    labels.update(long for form in forms for long in curated.expansions(spelling.type, form))
    forms.update(slips, map(form_of, labels))
    # Two things under one label share an address, of which one then has digits behind it.
    return frozenset({*forms, *(f"/{iri.slug(name)}" for name in names | labels)})


def paper_keys(record: Record) -> frozenset[str]:
    """Return the keys of a record: its identifiers, its title, and the address that it would give its paper."""
    arxiv, doi, title = arxiv_of(record), doi_of(record), title_key(record.title)
    name = record.title or record.id
    found = {f"arxiv {arxiv}" if arxiv else "", f"doi {doi}" if doi else "", f"title {title}" if title else ""}
    addresses = (iri.paper_id(name, arxiv=a, doi=d) for a, d in ((arxiv, doi), ("", doi), ("", "")))
    return frozenset({*filter(None, found), *addresses})


class Groups:
    """Things that share keys, directly or through others, are of one group."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def join(self, keys: Iterable[str]) -> None:
        """Make all of some keys one group."""
        first = ""
        for key in keys:
            root = self.root(key)
            if first and root != first:
                self._parent[root] = first
            first = first or root

    def root(self, key: str) -> str:
        """Return the key that stands for the group of a key."""
        parent = self._parent
        parent.setdefault(key, key)
        while (up := parent[key]) != key:
            parent[key] = key = parent[up]
        return key


def grouped(rows: Iterable[tuple[int, str]]) -> list[list[int]]:
    """Return numbers in groups that share no keys, from rows of a number and one of its keys.

    >>> grouped([(1, "a"), (2, "b"), (3, "a"), (3, "c"), (4, "c")])
    [[1, 3, 4], [2]]
    """
    groups, first = Groups(), dict[int, str]()
    for number, key in rows:
        groups.join((first.setdefault(number, key), key))
    members: defaultdict[str, list[int]] = defaultdict(list)
    for number, key in first.items():
        members[groups.root(key)].append(number)
    return list(members.values())


def slip_key(one: str, other: str) -> str:
    """Return the key that two forms share of which one may be a slip for the other."""
    return "~".join(sorted((one, other)))
