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

from playwright.sync_api import sync_playwright
from pyvis.network import Network

import kg
from kg.exporters import html
from tests.browsing import CHROMIUM, QUIET, crowd

if TYPE_CHECKING:
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
    done(frames * 1000 / passed);
  };
  requestAnimationFrame(step);
})"""


def main(sources: list[str]) -> None:
    """Print a table of both pages of both graphs."""
    papers = kg.build(islice(kg.read(*sources), 350)) if sources else crowd(350, fresh=3, lines=12)
    print("".join(f"{title:>14}" for title in COLUMNS))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*QUIET.split(), "--js-flags=--expose-gc"])
        for name, graph in ((f"{len(papers.papers)} papers", papers), ("10,000 nodes", crowd(1415, lines=24))):
            lines = len({tuple(sorted((a.subject, a.object))) for a in graph.assertions})
            for maker, write, measure in (("mlkg", _write_ours, _ours), ("pyvis", _write_pyvis, _pyvis)):
                path = Path(folder) / "page.html"
                write(graph, path)
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                context.route("http*://**", lambda route: route.abort())
                searchable, settled, page = measure(context, path, graph)
                pan, zoom = (page.evaluate(FRAMES, gesture) for gesture in ("pan", "zoom"))
                heap = _heap(context, page)
                size = path.stat().st_size / 1e6
                counts = (f"{len(graph.papers) + len(graph.nodes):,}", f"{lines:,}", f"{size:.2f}")
                row = (maker, name, *counts, searchable, settled, f"{pan:.0f}", f"{zoom:.0f}", f"{heap:.1f}")
                print("".join(f"{cell:>14}" for cell in row), flush=True)
                context.close()
        browser.close()


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


def _ours(context: Any, path: Path, graph: KnowledgeGraph) -> tuple[str, str, Any]:
    page = context.new_page()
    wanted = graph.entities()[-1].label
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.keyboard.press("/")
    page.keyboard.insert_text(wanted)
    page.locator("#suggestions li", has_text=wanted).first.wait_for()
    found = time.perf_counter() - start
    page.keyboard.press("Escape")
    page.wait_for_timeout(600)
    return f"{found:.2f}", "at once", page


def _pyvis(context: Any, path: Path, graph: KnowledgeGraph) -> tuple[str, str, Any]:
    page = context.new_page()
    start = time.perf_counter()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector("canvas", timeout=2 * PATIENCE * 1000)
    settled = f"> {PATIENCE:.0f} (cut)"
    while time.perf_counter() - start < PATIENCE:
        if page.evaluate("network.physics.stabilized"):
            settled = f"{time.perf_counter() - start:.1f}"
            break
        page.wait_for_timeout(500)
    return "no search", settled, page


def _heap(context: Any, page: Any) -> float:
    session = context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["JSHeapUsedSize"]) / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])
