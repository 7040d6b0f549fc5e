"""One interactive HTML file that makes no network request: graph, evidence, search and drawing library.

pyvis makes the drawing's nodes, edges and options (`page_data`) and carries the vis-network library. Its own
page template is not used: even its inline mode loads scripts from the network, and it pastes titles into the
page as markup. Here all text travels as JSON and becomes DOM text, and the page's policy admits only its own
two scripts.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import pyvis

from kg.errors import StoreError
from kg.exporters.page_data import PageData, safe_text
from kg.views import policy

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

SCRIPTS = (
    "data", "words", "state", "filters", "scope", "places", "drawing", "labels", "pictures",
    "search", "cards", "guide", "tables", "boards", "main",
)  # fmt: skip
"""The files of the viewer's script, in the order in which they are joined."""
TITLE = "Knowledge graph"


def write(graph: KnowledgeGraph, path: Path, *, title: str = TITLE, start: str = "") -> Path:
    """Write the graph as one self-contained page, the same bytes for equal graphs, and return `path`."""
    path.write_bytes(page(graph, title=title, start=start).encode())
    return path


def page(graph: KnowledgeGraph, *, title: str = TITLE, start: str = "") -> str:
    """Return the page; `start` is the address fragment of the view that it opens on, as "around=model/bert"."""
    style, script, library = _asset("viewer.css"), viewer(), _library()
    sources = " ".join(map(policy.source, (library, script)))
    return Template(_asset("template.html")).substitute(
        policy=(
            f"default-src 'none'; script-src {sources}; style-src {policy.source(style)}; img-src data:; "
            "connect-src 'none'; base-uri 'none'; form-action 'none'"
        ),
        title=html.escape(safe_text(title)),
        style=style,
        data=_json({"title": safe_text(title), "start": safe_text(start), **PageData(graph).rows()}),
        library=library,
        script=script,
    )


@cache
def viewer() -> str:
    """Return the viewer's script: its files, joined in one scope of their own."""
    return "\n".join(['"use strict";', "(() => {", *(_asset(f"{name}.js") for name in SCRIPTS), "})();", ""])


def _json(value: Any) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element or begin another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _asset(name: str) -> str:
    return (Path(str(files("kg"))) / "data" / "viewer" / name).read_text(encoding="utf-8")


@cache
def _library() -> str:
    """Return the newest vis-network that pyvis carries, without the source map that a browser would ask for."""
    found = sorted((Path(pyvis.__file__).parent / "lib").glob("vis-*/vis-network.min.js"), key=_version)
    if not found:
        raise StoreError(f"{pyvis.__file__}: this pyvis carries no vis-network. Install pyvis 0.3.2.")
    code = re.sub(r"//# sourceMappingURL=\S*", "", found[-1].read_text(encoding="utf-8"))
    return code.replace("</script", "<\\/script")


def _version(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path.parent.name)]
