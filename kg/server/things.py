"""The page of one thing, in the format that the client prefers: what the graph says of it, with every sentence."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import jinja2
import pyoxigraph as ox

from kg import iri, ontology
from kg.server import answers, negotiate
from kg.server.card import Card
from kg.server.refusals import RefusalError
from kg.views import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        ".html": "text/html",
        ".ttl": "text/turtle",
        ".jsonld": "application/ld+json",
        ".nt": "application/n-triples",
        ".rdf": "application/rdf+xml",
    }
)
_OFFERED = (*(type_ for type_ in SUFFIXES.values() if type_ != "text/html"), "text/html")
_NEAREST, _CANDIDATES = 5, 20_000


def prepare() -> None:
    """Read templates, queries and ontology, because a worker can open no file."""
    ontology.load()
    _templates()
    Card.queries()


def kinds() -> tuple[str, ...]:
    """Return the first steps of the paths that things have."""
    return tuple(prefix for prefix, space in vocabulary.prefixes().items() if space == f"{iri.BASE}{prefix}/")


def answer(store: ox.Store, job: Mapping[str, Any], sink: answers.Sink) -> dict[str, str]:
    """Write what is known of the thing at a path into the sink and return the headers."""
    path = str(job["path"])
    stem, dot, suffix = path.rpartition(".")
    if named := SUFFIXES.get(dot + suffix):
        path = stem
    chosen = named or negotiate.best(job["accept"], _OFFERED)
    if not chosen:
        raise RefusalError(406, f"A page is offered as {', '.join(_OFFERED)}.", {"Vary": "Accept"})
    kind, _, name = path.partition("/")
    node = ox.NamedNode(f"{iri.BASE}{kind}/{vocabulary.path(unquote(name))}")
    triples = list(islice(_triples(store, node), sink.limits.rows + 1))
    links = ", ".join(f'</{path}{end}>; rel="alternate"; type="{type_}"' for end, type_ in SUFFIXES.items())
    headers = {"Content-Type": f"{chosen}; charset=utf-8", "Vary": "Accept"}
    if not triples:
        raise _missing(store, kind, unquote(name), html=chosen == "text/html")
    if chosen == "text/html":
        card = Card(store, node)
        sink.write(_templates().get_template("thing.html").render(card=card, path=f"/{path}").encode())
        sink.flush()
    else:
        answers.write_triples(sorted(triples, key=str), sink, chosen)
    return {**headers, "Link": links} if links.isascii() else headers


def _triples(store: ox.Store, node: ox.NamedNode) -> Iterator[ox.Triple]:
    """Yield what the graph claims of a thing and what links to it; of what only a paper says, what the paper says."""
    found = False
    for graph in (ox.DefaultGraph(), None):
        if not found:
            for pattern in ((node, None, None, graph), (None, None, node, graph)):
                for quad in store.quads_for_pattern(*pattern):
                    found = True
                    yield quad.triple


def _missing(store: ox.Store, kind: str, name: str, *, html: bool) -> RefusalError:
    near = nearest(store, kind, name)
    message = f"The graph has no {kind} at this address."
    if html:
        page = _templates().get_template("missing.html").render(message=message, near=near)
        return RefusalError(404, page, {"Content-Type": "text/html; charset=utf-8", "Vary": "Accept"})
    hint = f" Did you mean {', '.join('/' + each for each in near)}?" if near else ""
    return RefusalError(404, message + hint, {"Vary": "Accept"})


def nearest(store: ox.Store, kind: str, name: str) -> list[str]:
    """Return the ids of things that are called about so: those of another kind first, then near spellings."""
    typed = store.quads_for_pattern(None, vocabulary.word("rdf:type"), None, ox.DefaultGraph())
    ids = {str(getattr(quad.subject, "value", "")).removeprefix(iri.BASE) for quad in typed}
    name = name.casefold().strip().replace(" ", "-").replace("_", "-")
    same = sorted(other for other in ids if other.partition("/")[2] == name and not other.startswith(f"{kind}/"))
    names = sorted(other.partition("/")[2] for other in ids if other.startswith(f"{kind}/"))
    if len(names) > _CANDIDATES:
        # Comparing with all would take longer than a query may.
        names = [other for other in names if other[:2] == name[:2]][:_CANDIDATES]
    close = [f"{kind}/{other}" for other in get_close_matches(name[:200], names, _NEAREST)]
    return [*same, *(other for other in close if other not in same)][:_NEAREST]


@cache
def _templates() -> jinja2.Environment:
    folder = Path(str(files("kg"))) / "data" / "server"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(texts), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    for name in texts:
        environment.get_template(name)
    return environment
