"""Commands that keep a built folder: add, remove, status, rebuild."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations when it runs
from typing import Annotated

import typer

from kg.cli.app import Folder, Quiet, SourceFormat, Sources, Strict, Workers, app
from kg.cli.building import tell
from kg.cli.printing import progress, skip_printer

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of papers, as their sources gave them.")]


@app.command()
def add(
    folder: Folder,
    sources: Sources,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let a new text of a known id take the place of the old one.")
    ] = False,
    workers: Workers = 0,
    strict: Strict = False,
    format: SourceFormat = "",
    quiet: Quiet = False,
) -> None:
    """Add papers to the graph of a folder, as if they had been built together."""
    from kg.engines import keeping

    skip = skip_printer(quiet)
    with progress(quiet) as step:
        built = keeping.add(
            folder, *sources, replace=replace, strict=strict, format=format, workers=workers, on_skip=skip, on_step=step
        )
    if not quiet:
        tell(built)


@app.command()
def remove(folder: Folder, ids: Ids, quiet: Quiet = False) -> None:
    """Remove papers from the graph of a folder, by their ids."""
    from kg.engines import keeping

    with progress(quiet) as step:
        built = keeping.remove(folder, *ids, on_step=step)
    if not quiet:
        tell(built)


@app.command()
def rebuild(
    folder: Folder,
    overrides: Annotated[
        Path | None, typer.Option("--overrides", metavar="FILE", help="Overrides in place of those of the last build.")
    ] = None,
    workers: Workers = 0,
    quiet: Quiet = False,
) -> None:
    """Write the files of a folder anew from its records; papers that an older kg has read are read again."""
    from kg.engines import keeping
    from kg.linking import read_overrides

    ruled = read_overrides(overrides) if overrides else None
    with progress(quiet) as step:
        built = keeping.rebuild(folder, overrides=ruled, workers=workers, on_step=step)
    if not quiet:
        tell(built)


@app.command()
def status(folder: Folder, quiet: Quiet = False) -> None:
    """Say how a folder stands; exits with 1 where its records or files are not up to date."""
    from kg.engines import keeping

    found = keeping.status(folder)
    if not quiet:
        seconds = sum(found.run.get("seconds", {}).values())
        skipped = found.run.get("skipped", {}).get("count", 0)
        print(f"{found.papers} papers, read by extractor {', '.join(found.extractors) or '-'}")
        print(f"This kg's extractor: {found.extractor}; {found.stale} records are stale")
        print(f"Graph files: {found.problem or 'up to date'}")
        if found.unfinished:
            print(f"A run over {found.unfinished} papers did not finish; run it again, and it goes on.")
        if found.run:
            print(f"Last run: {found.run['papers']['extracted']} papers extracted, {skipped} skipped, {seconds:.1f} s")
        if found.stale or found.problem:
            print(f"Bring it up to date: kg rebuild {folder}")
    if found.stale or found.problem:
        raise typer.Exit(1)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of the older build.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the newer build.")],
    format: Annotated[str, typer.Option("--format", "-f", help="text, json or html.")] = "text",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write instead of standard output.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Say which papers, entities, claims and results came, went or changed between two builds; -q gives counts."""
    import json

    from kg.errors import QueryError, hint
    from kg.exporters import replacing
    from kg.store import load
    from kg.views import changelog
    from kg.views import difference as differences

    if format not in FORMATS:
        raise QueryError(f"format {format!r} is unknown.{hint(format, FORMATS)}")
    found = differences.diff(load(old), load(new))
    if format == "json":
        shown = json.dumps(found.as_dict(), indent=2, ensure_ascii=False) + "\n"
    elif format == "html":
        shown = changelog.page(found, old=str(old), new=str(new))
    else:
        shown = changelog.text(found, brief=quiet)
    if output is None:
        print(shown, end="")
    else:
        replacing(output, lambda content, path: path.write_text(content, encoding="utf-8") and path, shown)


FORMATS = ("text", "json", "html")
"""What a difference can be printed as."""
