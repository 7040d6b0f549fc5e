"""The graph as files: one module a format, each `write(graph, path) -> Path`.

`write_all` is what a build leaves in its folder, `kg.exporters.export` writes any format to any place. All files of
a build are written aside and switch together, so that a reader never sees half a file, and a folder that is not
ours is never written to.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from kg.errors import StoreError, hint
from kg.exporters import switching
from kg.locking import LOCK, locked
from kg.store import NAME, OVERRIDES, Store, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from kg.graph import KnowledgeGraph
    from kg.linking import Overrides

EXPORTERS = {
    "nquads": ("graph.nq", "kg.exporters.nquads:write"),
    "turtle": ("graph.ttl", "kg.exporters.turtle:write"),
    "jsonld": ("graph.jsonld", "kg.exporters.jsonld:write"),
    "graphml": ("graph.graphml", "kg.exporters.graphml:write"),
    "html": ("graph.html", "kg.exporters.html:write"),
    "merges": ("merges.tsv", "kg.exporters.merges:write"),
    "summary": ("summary.nq", "kg.exporters.summary:write"),
    "void": ("void.ttl", "kg.exporters.void:write"),
    # Last, because it holds sizes and hashes of the files above.
    "dcat": ("dcat.ttl", "kg.exporters.dcat:write"),
}
"""What a build writes: file name and writer of each."""
FORMATS = {
    "nq": EXPORTERS["nquads"],
    "ttl": EXPORTERS["turtle"],
    "trig": ("graph.trig", "kg.exporters.trig:write"),
    "jsonld": EXPORTERS["jsonld"],
    "nt": ("graph.nt", "kg.exporters.ntriples:write"),
    "graphml": EXPORTERS["graphml"],
    "gexf": ("graph.gexf", "kg.exporters.gexf:write"),
    "parquet": ("graph-parquet", "kg.exporters.parquet:write"),
    "neo4j": ("graph-neo4j", "kg.exporters.neo4j:write"),
    "csv": ("graph-csv", "kg.exporters.spreadsheet:write"),
}
"""What can be exported; a writer whose module has FILES writes these into a folder."""
DRAWN = ("graphml", "html")
"""Formats that programs open whole, to draw them; a build of more than LARGEST papers leaves them out."""
LARGEST = 5_000
REPORT = "report.json"
RUN = "run.nq"
VIEW = "view.html"
"""What `kg view` leaves in a build's folder."""
_ASIDE = (LOCK, switching.STAGING, switching.READY)
_BESIDE = (NAME, REPORT, RUN, OVERRIDES, VIEW, switching.MANIFEST, switching.INDEX)
_OURS = frozenset({*_BESIDE, *_ASIDE, *(name for name, _ in EXPORTERS.values())})


def exporter(name: str) -> Callable[..., Path]:
    """Return the writer of a format: a built-in one, or one that a package offers as `kg.exporters`."""
    if name in EXPORTERS or name in FORMATS:
        module, _, function = {**EXPORTERS, **FORMATS}[name][1].partition(":")
        built_in: Callable[..., Path] = getattr(import_module(module), function)
        return built_in
    offered = {point.name: point for point in entry_points(group="kg.exporters")}
    if name not in offered:
        raise StoreError(f"no exporter is called {name!r}.{hint(name, {*EXPORTERS, *FORMATS, *offered})}")
    loaded: Callable[..., Path] = offered[name].load()
    return loaded


def prepare(folder: Path) -> Path:
    """Create a build's folder, or check that it is empty or holds nothing but a build of ours."""
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: a file stands where the folder should be. Choose another folder with -o.")
    strangers = sorted(p.name for p in folder.iterdir() if not _is_ours(p.name)) if folder.is_dir() else []
    if strangers:
        raise StoreError(
            f"{folder}: the folder holds {strangers[0]!r}, which kg did not write, so nothing is written there. "
            "Choose a new or empty folder with -o."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: the folder cannot be made: {error.strerror}. Choose another with -o.") from None
    return folder


def _is_ours(name: str) -> bool:
    if name.startswith(f"{NAME}-") or name == ".gitignore":  # the database's own journal
        return True
    return name in _OURS or (name.startswith(".") and name.removesuffix(".part")[1:] in _OURS)


def write_all(graph: KnowledgeGraph, folder: Path) -> Path:
    """Write the record store and every built-in format into a folder, all at once."""
    prepare(folder)
    with locked(folder), opened(folder / NAME) as store:
        recovered(folder, store)
        store.begin(keep=False)
        store.want_records(graph.records)
        commit(graph, store, folder)
    return folder


def recovered(folder: Path, store: Store) -> None:
    """Finish what a run that died left undone, if it had all its files ready."""

    def switch(state: str) -> None:
        if store.state(wanted=True) == state:
            store.switch()

    switching.recover(folder, switch=switch)


def commit(graph: KnowledgeGraph, store: Store, folder: Path) -> None:
    """Write all formats aside, and then switch store and files to the graph of the wanted papers."""

    def write(aside: Path) -> None:
        undrawn = set(DRAWN) - set(drawn(len(graph.papers)))
        write_formats(graph, aside, (name for name in EXPORTERS if name not in undrawn))

    switch(write, store, folder, overrides=graph.overrides)


def switch(
    write: Callable[[Path], object], store: Store, folder: Path, *, overrides: Overrides, without: Collection[str] = ()
) -> None:
    """Let `write` fill a folder aside, with the overrides it is made under, and switch store and files to that."""

    def whole(aside: Path) -> None:
        if overrides.text:
            (aside / OVERRIDES).write_text(overrides.text, encoding="utf-8")
        write(aside)

    if unknown := sorted(set(without) - set(EXPORTERS)):
        raise StoreError(f"no file of a build is called {unknown[0]!r}.{hint(unknown[0], EXPORTERS)}")
    switching.stage(folder, whole, state=store.state(wanted=True), without=without)
    store.switch()
    switching.publish(folder)


def drawn(papers: int, *, without: Collection[str] = ()) -> tuple[str, ...]:
    """Return the formats for programs that draw a whole graph which a build of so many papers writes."""
    return tuple(name for name in DRAWN if name not in without) if papers <= LARGEST else ()


def is_current(graph_state: str, overrides: str, folder: Path, *, without: Collection[str] = ()) -> bool:
    """Tell whether the files of a folder are those of a state of its store, under some overrides."""
    kept = folder / OVERRIDES
    same = (kept.read_text(encoding="utf-8") if kept.is_file() else "") == overrides
    return same and set(left_out(folder)) == set(without) and not switching.problem(folder, state=graph_state)


def left_out(folder: Path) -> tuple[str, ...]:
    """Return the formats that the last build of a folder was told to leave out."""
    return switching.left_out(folder)


def write_formats(graph: KnowledgeGraph, folder: Path, names: Iterable[str] = EXPORTERS) -> Path:
    """Write some formats into a folder, all built-in ones unless they are named."""
    for name in names:
        exporter(name)(graph, folder / EXPORTERS[name][0])
    return folder


def write_report(report: dict[str, Any], folder: Path) -> Path:
    """Write the record of a run; it and run.nq are the files that may differ between equal builds."""

    def write(content: dict[str, Any], path: Path) -> Path:
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return path

    return replacing(folder / REPORT, write, report)


def write_run(extractors: Iterable[str], folder: Path, *, started: datetime) -> Path:
    """Write when a run began and that it ends now, in a file that may differ between equal builds."""
    from kg.exporters import runs  # noqa: PLC0415 - it needs what this module defines

    ended = datetime.now(UTC)
    return replacing(folder / RUN, lambda some, path: runs.write(some, path, started=started, ended=ended), extractors)


def replacing(path: Path, write: Callable[..., Path], content: Any) -> Path:
    """Write a file under a temporary name beside it, and rename it when it is whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        write(content, part)
        part.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: it cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return path
