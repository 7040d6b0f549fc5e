"""The command that draws: view."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - the options are read from the annotations
from typing import Annotated

import typer

from kg.cli.app import Folder, Quiet, app
from kg.errors import QueryError


@app.command()
def view(
    folder: Folder,
    around: Annotated[
        str, typer.Option("--around", "-a", metavar="NAME", help="Draw what stands around a thing.")
    ] = "",
    depth: Annotated[int, typer.Option("--depth", min=1, max=3, help="How many relations away, 1 to 3.")] = 1,
    name: Annotated[
        str,
        typer.Option("--query", "-n", metavar="NAME", help="Draw what a ready query finds; `kg queries` lists them."),
    ] = "",
    values: Annotated[
        list[str] | None, typer.Option("--set", "-s", metavar="KEY=VALUE", help="Set a parameter of the ready query.")
    ] = None,
    sparql: Annotated[
        str, typer.Option("--sparql", metavar="SPARQL", help="Draw what a SELECT or CONSTRUCT query finds.")
    ] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Page to write instead of view.html in DIR.")
    ] = None,
    opened: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    quiet: Quiet = False,
) -> None:
    """Draw a built graph, what stands around a thing, or what a query finds, as a page, and open it."""
    from kg.exporters import VIEW, replacing
    from kg.exporters.html import TITLE
    from kg.store import load
    from kg.views.sparql import named

    if name and sparql:
        raise QueryError("Give either --query with the name of a ready query or --sparql, not both.")
    if values and not name:
        raise QueryError("--set belongs to a ready query: give its name with --query too.")
    graph = load(folder)
    if name or sparql:
        graph = graph.subgraph(answer=graph.query(_ready(name, values or []) if name else sparql))
    if around:
        graph = graph.subgraph(around, depth=depth)
    title = around or (named(name).title if name else "") or TITLE
    path = output or folder / VIEW
    replacing(path, lambda part, target: part.to_html(target, title=title, around=around, depth=depth), graph)
    if not quiet:
        print(f"{len(graph.papers)} papers, {len(graph.nodes)} entities drawn in {path}")
    if opened and typer.launch(str(path)) != 0 and not quiet:
        print("No browser was found; open the file yourself.")


def _ready(name: str, values: list[str]) -> str:
    from kg.cli.querying import parameters
    from kg.views.sparql import bind, named

    return bind(named(name), parameters(values))
