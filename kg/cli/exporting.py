"""The command that writes a built graph for other programs: export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kg.cli.app import Folder, Quiet, app


@app.command()
def export(
    folder: Folder,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            help="nq, ttl, trig, jsonld, nt, graphml, gexf, parquet, neo4j or csv; by default as FILE ends, else nq.",
        ),
    ] = "",
    profile: Annotated[
        str, typer.Option("--profile", "-p", metavar="NAME", help="In other words: schemaorg, lpwc, fair4ml or rdf12.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="PATH", help="File to write, or folder for parquet, neo4j and csv."),
    ] = None,
    no_text: Annotated[
        bool, typer.Option("--no-text", help="Leave out abstracts and sentences; titles and offsets stay.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Write a built graph in another format, or in the words of another vocabulary."""
    from kg.exporters.export import file_name
    from kg.store import load

    # Named after the folder, because exports of several graphs may stand side by side.
    path = output or Path(file_name(format, stem=folder.resolve().name, profile=profile))
    written = load(folder).export(path, format=format, profile=profile, text=not no_text)
    if not quiet:
        print(written)
