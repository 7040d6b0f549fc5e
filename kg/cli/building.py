"""Commands that read papers: build, extract, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.app import Quiet, SourceFormat, Sources, Strict, Workers, app
from kg.cli.printing import progress, say, skip_printer, summary, table
from kg.errors import EngineError, KGError, hint

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from kg.engines.local import Built
    from kg.linking import Overrides


@app.command()
def build(
    sources: Sources,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="DIR", help="Folder to write to: new, empty, or of an earlier build."),
    ],
    overrides: Annotated[
        Path | None,
        typer.Option("--overrides", metavar="FILE", help="Names to join, part, type or label (tab separated)."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="FORMAT", help="Leave a file out, as html or graphml.")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="local, or spark: tables and shards at any path of Spark's.")
    ] = "local",
    workers: Workers = 0,
    strict: Strict = False,
    format: SourceFormat = "",
    quiet: Quiet = False,
) -> None:
    """Build the graph of some papers into a folder: store, RDF, GraphML, page and report.

    In a folder of an earlier build, papers that are not in these sources are dropped; `kg add` keeps them.
    """
    from kg.linking import NONE, read_overrides

    ruled = read_overrides(overrides) if overrides else NONE
    if engine not in ENGINES:
        raise EngineError(f"engine {engine!r} is unknown.{hint(engine, ENGINES)}")
    if engine == "spark":
        from kg.engines import spark

        if strict or workers or without:
            raise EngineError("--strict, --workers and --without are options of the local engine; Spark has its own.")
        counts = spark.build(sources, output, format=format, overrides=ruled)
        if not quiet:
            print(f"{counts.papers} papers, {counts.extracted} extracted; tables and N-Quads shards in {output}")
        return
    built = _build(
        sources,
        Path(output),
        strict=strict,
        format=format,
        quiet=quiet,
        overrides=ruled,
        workers=workers,
        without=without or (),
    )
    if not quiet:
        tell(built)


def tell(built: Built) -> None:
    """Print what a run over a folder did."""
    from kg.exporters import LARGEST

    for where in built.report.unused_overrides:
        say(f"override {where} matches no name of these papers")
    print(summary(built.report))
    if (page := built.folder / "graph.html").is_file():
        print(f"Page: {page}")
    elif built.report.in_graph > LARGEST:
        print(
            f"No page: over {LARGEST} papers it is too large to open. See a part: kg view {built.folder} --around NAME"
        )


@app.command()
def extract(
    sources: Sources,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write instead of standard output.")
    ] = None,
    strict: Strict = False,
    format: SourceFormat = "",
    quiet: Quiet = False,
) -> None:
    """Print what each paper says: one JSON record a line (schemas/record.schema.json)."""
    from kg.exporters import replacing
    from kg.pipeline import extract as extract_records
    from kg.sources import read

    records = extract_records(read(*sources, strict=strict, format=format, on_skip=skip_printer(quiet)))
    count = 0

    def lines(stream: Callable[[str], object]) -> None:
        nonlocal count
        for record in records:
            stream(record.to_json() + "\n")
            count += 1

    if output is None:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        lines(sys.stdout.write)
        sys.stdout.flush()
    else:

        def write(_: object, path: Path) -> Path:
            with path.open("w", encoding="utf-8") as file:
                lines(file.write)
            return path

        replacing(output, write, None)
    if not count:
        raise KGError("No paper could be read, so there are no records.")


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder to write to.")] = Path(
        "output/demo"
    ),
    quiet: Quiet = False,
) -> None:
    """Build the graph of the bundled demo papers and ask it three questions."""
    from kg.rules import data_dir
    from kg.views.sparql import bind, named, open_folder, query_store

    built = _build([str(data_dir() / "demo" / "papers.jsonl")], output, strict=True, format="", quiet=quiet)
    if quiet:
        return
    print(summary(built.report))
    store = open_folder(output)
    for name, values in DEMO:
        ready = named(name)
        chosen = " ".join(
            f"--set {key}={value!r}" if " " in value else f"--set {key}={value}" for key, value in values.items()
        )
        print(f"\n{ready.title}\n$ kg query {output} --name {name} {chosen}".rstrip())
        print(table(query_store(store, bind(ready, values)), columns=ready.table, rows=6), end="")
    print(f"\nOpen the graph in a browser: {(output / 'graph.html').resolve()}")


ENGINES = ("local", "spark")
"""Where a build can run."""
DEMO: tuple[tuple[str, dict[str, str]], ...] = (
    ("leaderboard", {"dataset": "ImageNet"}),
    ("trained-and-evaluated", {"trained": "C4", "evaluated": "GLUE"}),
    ("who-beats", {"name": "XLNet"}),
)
"""The questions that the demo asks."""


def _build(
    sources: list[str],
    output: Path,
    *,
    strict: bool,
    format: str,
    quiet: bool,
    overrides: Overrides | None = None,
    workers: int = 0,
    without: Collection[str] = (),
) -> Built:
    from kg.engines.local import build_folder
    from kg.linking import NONE

    skip = skip_printer(quiet)
    with progress(quiet) as step:
        return build_folder(
            sources,
            output,
            strict=strict,
            format=format,
            overrides=overrides or NONE,
            workers=workers,
            without=without,
            on_skip=skip,
            on_step=step,
        )
