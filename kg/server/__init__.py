"""A built graph on the web: SPARQL 1.1 Protocol, a page for each thing, and a page to ask from.

The server process speaks HTTP and nothing else. Queries are answered by workers, processes that hold the graph,
have no network, and are killed when a query takes too long or too much (`kg.server.keeper`).
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import ServerError
from kg.server.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Limits", "serve"]


def serve(
    folder: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Serve the graph in a folder until the process is interrupted.

    Args:
        folder: What `kg build` wrote; when it is built again, the server takes up the new graph.
        host: The address to listen on; 127.0.0.1 admits this machine alone.
        port: The port; 0 takes a free one.
        limits: What one query, and all clients together, may use.
        tell: Is called with messages: the address when the server listens, and later what becomes of a new build.

    """
    if missing := [name for name in ("starlette", "uvicorn", "jinja2") if find_spec(name) is None]:
        raise ServerError(f"{missing[0]} is not installed, which a server needs. Run: pip install 'mlkg[serve]'")
    import_module("kg.server.run").run(
        Path(folder), host=host, port=port, limits=limits or Limits(), tell=tell or (lambda _message: None)
    )
