"""The graph in the words of other vocabularies: the CONSTRUCT files of kg/data/profiles.

A profile reads the default graph, which holds what is claimed; one that says `# graphs: each` is run on every
graph by itself, so that what it makes of a named graph can stay in that graph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri, ontology
from kg.errors import QueryError, RuleError, hint
from kg.views import rdf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEADER = re.compile(r"# (title|description|vocabulary|graphs): *(.*)")
_PREFIX = re.compile(r"PREFIX (\w*): <([^>]*)>")
_NAME = re.compile(r"(?<![\w:<?$])(\w+):(\w+)")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|<[^<>\s]*>|(?m:^#.*$)')


@dataclass(frozen=True, slots=True)
class Profile:
    """A way to say the graph: its name is that of its file.

    `vocabulary` is the namespace whose terms JSON-LD may write bare, "" for none; `each` says that it is run
    on every graph by itself.
    """

    name: str
    title: str
    description: str
    vocabulary: str
    each: bool
    prefixes: Mapping[str, str]
    text: str

    @property
    def terms(self) -> tuple[str, ...]:
        """Return the IRIs of all terms of other vocabularies that the profile names, sorted."""
        bare = _QUOTED.sub(" ", self.text)
        found = {self.prefixes[prefix] + name for prefix, name in _NAME.findall(bare) if prefix in self.prefixes}
        return tuple(sorted(term for term in found if not term.startswith(ontology.NS)))

    def spaces(self, *, base: str = iri.BASE) -> dict[str, str]:
        """Return the prefixes of a file in this profile: one a kind of node, and those of its vocabularies."""
        kinds = {key: space for key, space in rdf.prefixes(base=base).items() if space.startswith(base)}
        return {**kinds, **({} if not self.each else rdf.prefixes(base=base)), **self.prefixes}


@cache
def profiles() -> tuple[Profile, ...]:
    """Return all profiles by name."""
    folder = Path(str(files("kg"))) / "data" / "profiles"
    return tuple(_read(path) for path in sorted(folder.glob("*.rq")))


def profile(name: str) -> Profile:
    """Return the profile of that name, else raise QueryError with the nearest one.

    >>> profile("fair4ml").title
    'FAIR4ML 0.1.0'
    """
    for found in profiles():
        if found.name == name:
            return found
    raise QueryError(f"no profile is called {name!r}.{hint(name, (p.name for p in profiles()))}")


def construct(store: ox.Store, profile: Profile) -> Iterator[ox.Quad]:
    """Yield what a profile makes of a store, each quad once."""
    graphs: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [ox.DefaultGraph()]
    graphs += store.named_graphs() if profile.each else []
    for graph in graphs:
        found = store.query(profile.text, default_graph=graph)
        if not isinstance(found, ox.QueryTriples):
            raise QueryError(f"profile {profile.name!r} is not a CONSTRUCT query.")
        yield from (ox.Quad(triple.subject, triple.predicate, triple.object, graph) for triple in dict.fromkeys(found))


def _read(path: Path) -> Profile:
    text = path.read_text(encoding="utf-8")
    headers = dict(_HEADER.findall(text))
    if not headers.get("title") or not headers.get("description"):
        raise RuleError(f"{path}:1: a profile begins with '# title: ...' and '# description: ...'.")
    prefixes = dict(_PREFIX.findall(text))
    bare = headers.get("vocabulary", "")
    if bare and bare not in prefixes:
        raise RuleError(f"{path}: the vocabulary {bare!r} is not one of its prefixes.{hint(bare, prefixes)}")
    graphs = headers.get("graphs", "default")
    if graphs not in ("default", "each"):
        raise RuleError(f"{path}: graphs is {graphs!r}; it is 'default' or 'each'.")
    return Profile(
        name=path.stem,
        title=headers["title"],
        description=headers["description"],
        vocabulary=prefixes.get(bare, ""),
        each=graphs == "each",
        prefixes=MappingProxyType(prefixes),
        text=text,
    )
