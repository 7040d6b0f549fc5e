"""What the server itself knows: the page to ask from, the ready queries, the ontology, and what the service is."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from kg import ontology
from kg.errors import QueryError
from kg.server import card, negotiate
from kg.server.answers import GRAPHS
from kg.server.protocol import parameters
from kg.server.refusals import RefusalError
from kg.views import questions, vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)
_HEADER = re.compile(r"^# (?:title|param|table):.*\n", re.MULTILINE)
_ASSETS: Mapping[str, str] = MappingProxyType({".css": "text/css", ".js": "text/javascript"})


def routes(folder: Path) -> list[Route]:
    """Return the routes of all that needs no worker."""

    async def graph(_request: Request) -> Response:
        page = folder / "graph.html"
        if not page.is_file():
            raise HTTPException(404)
        # The page has a policy of its own, by hashes; two policies would admit only what both do.
        return FileResponse(page, headers={"Content-Security-Policy": "frame-ancestors 'none'"}, media_type="text/html")

    return [
        Route("/", _page, methods=["GET"]),
        Route("/assets/{name}", _asset, methods=["GET"]),
        Route("/queries", _queries, methods=["GET"]),
        Route("/queries/{name}", _query, methods=["GET"]),
        Route("/graph", graph, methods=["GET"]),
        Route("/ns", _ontology, methods=["GET"]),
    ]


def service(request: Request) -> Response:
    """Return the description of the service (SPARQL 1.1 Service Description)."""
    try:
        endpoint = ox.NamedNode(str(request.url.replace(query="", fragment="")))
    except ValueError:
        raise RefusalError(400, "The Host header is no host.") from None
    text = data("service.ttl").replace("<urn:endpoint", str(endpoint)[:-1])
    return _rdf(request, text.encode())


@cache
def data(name: str) -> str:
    """Return a data file of the server."""
    return (Path(str(files("kg"))) / "data" / "server" / name).read_text(encoding="utf-8")


def _rdf(request: Request, turtle: bytes) -> Response:
    offered = tuple(GRAPHS)[:4]
    chosen = negotiate.best(request.headers.get("accept", ""), offered)
    if not chosen:
        raise RefusalError(406, f"This is offered as {', '.join(offered)}.")
    triples = (quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE))
    content = ox.serialize(triples, format=GRAPHS[chosen], prefixes=dict(vocabulary.VOCABULARIES))
    return Response(content, headers={"Vary": "Accept"}, media_type=chosen)


async def _ontology(request: Request) -> Response:
    return _rdf(request, (ontology.schema_dir() / "kg.ttl").read_bytes())


async def _page(_request: Request) -> Response:
    return Response(data("index.html"), media_type="text/html")


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "kinds.css":
        return Response(card.kind_colours(), media_type="text/css")
    if name not in _assets():
        raise HTTPException(404)
    return Response(data(name), media_type=_ASSETS[Path(name).suffix])


@cache
def _assets() -> frozenset[str]:
    folder = Path(str(files("kg"))) / "data" / "server"
    return frozenset(path.name for path in folder.iterdir() if path.suffix in _ASSETS)


async def _queries(_request: Request) -> Response:
    return JSONResponse(_listing())


@cache
def _listing() -> dict[str, Any]:
    return {
        "prefixes": vocabulary.prefixes(),
        "queries": [
            {
                "name": query.name,
                "title": query.title,
                "table": query.table,
                "parameters": [{"name": p.name, "default": p.default, "meaning": p.meaning} for p in query.parameters],
            }
            for query in questions.queries()
        ],
    }


async def _query(request: Request) -> Response:
    """Return a ready query with its parameters set, as text to run or to change."""
    values = dict(parameters(request.scope["query_string"]))
    try:
        query = questions.named(request.path_params["name"])
        # The page shows title and parameters itself. No value can hold such a line: it would be escaped.
        text = _HEADER.sub("", questions.bind(query, values))
        return Response(text, media_type="application/sparql-query")
    except QueryError as error:
        raise RefusalError(404 if "parameter" not in str(error) else 400, str(error)) from None
