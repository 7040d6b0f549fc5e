"""The command that serves a built graph on the web."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from kg.cli.app import Folder, Quiet, app
from kg.cli.printing import say


@app.command()
def serve(
    folder: Folder,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 0.0.0.0 admits other machines.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", help="Port to listen on; 0 takes a free one.")] = 8000,
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", help="Queries answered at a time; 0 goes by the cores.")
    ] = 0,
    timeout: Annotated[float, typer.Option("--timeout", metavar="S", help="Seconds that a query may take.")] = 10.0,
    quiet: Quiet = False,
) -> None:
    """Serve a graph: SPARQL endpoint, pages of things, and a page to ask from."""
    from kg.server import Limits
    from kg.server import serve as run

    # Serving ends by Ctrl-C, which loses nothing and is no failure: the server's own way out, not that of builds.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    limits = Limits(workers=workers, timeout=timeout) if workers else Limits(timeout=timeout)
    run(folder, host=host, port=port, limits=limits, tell=(lambda _message: None) if quiet else say)
