"""Open the page and pyvis's own default page of the same graph side by side: `python -m tests.bench_page [SOURCE...]`.

Measured in headless Chromium, in one run: seconds until a search finds a name, frames a second of panning and zooming
what the page opens on, memory after a collection of garbage, and size of the file. Without a source the 350 papers are
invented ones. pyvis's page is given a minute to settle and has no search; the requests that it makes are refused.
"""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError, sync_playwright  # noqa: A004 - it is what waiting raises
from pyvis.network import Network

import kg
from kg.exporters import html
from tests.browsing import CHROMIUM, QUIET, crowd

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.graph import KnowledgeGraph

PATIENCE = 60.0
COLUMNS = (
    "page", "graph", "nodes", "lines", "file MB", "searchable s", "settled s", "pan frames/s", "zoom frames/s",
    "heap MB",
)  # fmt: skip
FRAMES = """(gesture) => new Promise((done) => {
  const canvas = document.querySelector("canvas");
  const box = canvas.getBoundingClientRect();
  const at = (type, x) => canvas.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, pointerType: "mouse", isPrimary: true, bubbles: true, clientX: x, clientY: box.top + 80,
    button: type === "pointermove" ? -1 : 0, buttons: type === "pointerup" ? 0 : 1,
  }));
  const left = box.left + box.width / 2;
  if (gesture === "pan") at("pointerdown", left);
  // A frame is one in which the drawing was cleared and drawn anew, not any that the browser shows.
  const context = canvas.getContext("2d");
  let frames = 0;
  context.clearRect = (...area) => { frames += 1; CanvasRenderingContext2D.prototype.clearRect.apply(context, area); };
  const start = performance.now();
  const step = () => {
    const passed = performance.now() - start;
    if (gesture === "pan") at("pointermove", left + 150 * Math.sin(passed / 300));
    else canvas.dispatchEvent(new WheelEvent("wheel", {
      deltaY: Math.sin(passed / 300) > 0 ? 20 : -20, bubbles: true, cancelable: true,
      clientX: left, clientY: box.top + box.height / 2,
    }));
    if (passed < 2500) return requestAnimationFrame(step);
    if (gesture === "pan") at("pointerup", left);
    delete context.clearRect;
    done(String(Math.round(frames * 1000 / passed)));
  };
  requestAnimationFrame(step);
})"""


def main(sources: list[str]) -> None:
    """Print a table of both pages of both graphs."""
    papers = kg.build(islice(kg.read(*sources), 350)) if sources else crowd(350, fresh=3, lines=12)
    print("".join(f"{title:>14}" for title in COLUMNS))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "page.html"
        for name, graph in ((f"{len(papers.papers)} papers", papers), ("10,000 nodes", crowd(1415, lines=24))):
            lines = len({tuple(sorted((a.subject, a.object))) for a in graph.assertions})
            for maker, write, measure in (("mlkg", _write_ours, _ours), ("pyvis", _write_pyvis, _pyvis)):
                write(graph, path)
                counts = (f"{len(graph.papers) + len(graph.nodes):,}", f"{lines:,}", f"{path.stat().st_size / 1e6:.2f}")
                row = (maker, name, *counts, *_measured(driver, path, graph, measure))
                print("".join(f"{cell:>14}" for cell in row), flush=True)


def _measured(driver: Any, path: Path, graph: KnowledgeGraph, measure: Callable[..., tuple[str, str]]) -> list[str]:
    """Return the cells of a page's row; a page that does not answer in time gets dashes."""
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())  # each its own: one may hang
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.route("http*://**", lambda route: route.abort())
    context.new_page().goto("about:blank")  # the browser's own start is not the page's
    page = context.new_page()
    cells = [*measure(page, path, graph)]
    try:
        for gesture in ("pan", "zoom"):
            cells.append(page.wait_for_function(FRAMES, arg=gesture, timeout=20_000).json_value())
        session = context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        session.send("Performance.enable")
        metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
        cells.append(f"{metrics['JSHeapUsedSize'] / 1e6:.1f}")
    except TimeoutError:
        cells += ["no answer"] * (5 - len(cells))
    browser.close()
    return cells


def _write_ours(graph: KnowledgeGraph, path: Path) -> None:
    html.write(graph, path)


def _write_pyvis(graph: KnowledgeGraph, path: Path) -> None:
    network = Network(cdn_resources="in_line", directed=True)
    for paper in graph.papers.values():
        network.add_node(paper.id, paper.name)
    for node in graph.nodes.values():
        network.add_node(node.id, node.label)
    for subject, object_ in sorted({(a.subject, a.object) for a in graph.assertions}):
        network.add_edge(subject, object_)
    path.write_text(network.generate_html(notebook=False), encoding="utf-8")


def _ours(page: Any, path: Path, graph: KnowledgeGraph) -> tuple[str, str]:
    wanted = graph.entities()[-1].label
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.keyboard.press("/")
    page.keyboard.insert_text(wanted)
    page.locator("#suggestions li", has_text=wanted).first.wait_for()
    found = time.perf_counter() - start
    page.keyboard.press("Escape")
    page.wait_for_timeout(600)
    return f"{found:.2f}", "at once"


def _pyvis(page: Any, path: Path, graph: KnowledgeGraph) -> tuple[str, str]:
    start = time.perf_counter()
    try:
        page.goto(path.as_uri(), wait_until="commit")
        page.wait_for_function("typeof network === 'object' && network.physics.stabilized", timeout=PATIENCE * 1000)
    except TimeoutError:
        return "no search", f"> {PATIENCE:.0f} (cut)"
    return "no search", f"{time.perf_counter() - start:.1f}"


if __name__ == "__main__":
    main(sys.argv[1:])
