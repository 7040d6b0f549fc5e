"""The command itself, and the options that several of its commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kg import __version__

app = typer.Typer(
    name="kg",
    help="Turn abstracts of machine-learning papers into a knowledge graph that shows its evidence.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Sources = Annotated[
    list[str], typer.Argument(metavar="SOURCE...", help="Files or folders of papers; - is standard input.")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `kg build` has written.")]
Out = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="Folder to write to: new, empty, or of an earlier build.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but the answer and errors.")]
NameOne = Annotated[str, typer.Argument(metavar="NAME", help="A name, an alias or a node id.")]
NameTwo = Annotated[str, typer.Argument(metavar="NAME", help="Another one.")]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first record that cannot be read.")]
SourceFormat = Annotated[
    str, typer.Option("--from", metavar="FORMAT", help="Format of the sources, where it cannot be told.")
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers", "-w", metavar="N", min=0, help="Processes that extract; 0 is all cores, for small jobs one."
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"kg {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options of the command itself."""
