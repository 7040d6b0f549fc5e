"""Build a folder on this machine: list the papers, extract what is new, fold, write, switch.

A record is stored as soon as its chunk is done, so a build that stops goes on where it was, and the graph that
is there stays whole until the new one takes its place. The folder's graph is that of the sources of the last
build: papers that are gone from them are dropped (`kg add` keeps them).
"""

from __future__ import annotations

import gc
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import exporters
from kg.engines import files
from kg.engines.index import Index
from kg.engines.pool import CHUNK, chosen, mapped
from kg.engines.report import Clock, OnStep, Report
from kg.errors import EngineError, SourceError, StoreError
from kg.exporters import dcat
from kg.exporters.switching import INDEX
from kg.graph import fold
from kg.linking import NONE, Overrides
from kg.locking import locked
from kg.sources import Skipped, read
from kg.store import NAME, Store, load, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from kg.graph import KnowledgeGraph
    from kg.model import Paper

__all__ = ["Report", "build_folder"]

_BATCH = 500
PATCHED = 0.2
"""Files are patched where at most this share of the papers changes; beyond that, making them anew is as fast."""


class Built:
    """A folder and what a run did there. It unpacks into the graph, loaded when it is asked for, and the report.

    A graph of many papers needs more memory than building it: who only wants the files leaves it alone.
    """

    def __init__(self, folder: Path, report: Report) -> None:
        self.folder, self.report = folder, report

    @cached_property
    def graph(self) -> KnowledgeGraph:
        """Return the graph of the folder."""
        return load(self.folder)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.graph, self.report))


class Run:
    """One run over a folder: what it was asked for, whom it tells, and what it did so far."""

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 0,
        chunk: int = CHUNK,
        strict: bool = False,
        without: Collection[str] | None = None,
        on_skip: Callable[[Skipped], None] | None = None,
        on_step: OnStep | None = None,
    ) -> None:
        self.folder, self.workers, self.chunk, self.strict = folder, workers, chunk, strict
        self.without = exporters.left_out(folder) if without is None else without
        self.report, self.clock, self.started = Report(), Clock(), datetime.now(UTC)
        self._on_skip, self.tell = on_skip, on_step or (lambda _step, _done, _all: None)

    def lap(self, step: str) -> None:
        """Take down how long a step took that ends now."""
        self.report.seconds[step] = self.clock.lap()

    def skip(self, note: Skipped) -> None:
        """Take down a record that gives no paper."""
        self.report.skipped.append(note)
        if self._on_skip:
            self._on_skip(note)

    def some(self, papers: Iterable[Paper]) -> Iterator[Paper]:
        """Return the papers if there are any; SourceError says why there are none."""
        stream = iter(papers)
        if first := next(stream, None):
            return chain([first], stream)
        skipped = self.report.skipped
        raise SourceError(
            f"No paper could be read, so nothing was built ({len(skipped)} skipped)."
            + (f" First: {skipped[0].message}" if skipped else "")
        )

    def listed(self, papers: Iterable[Paper], store: Store, *, replace: bool = False) -> None:
        """Put papers on the list of the next graph."""
        from kg.pipeline import extractor  # noqa: PLC0415 - spaCy loads only where text is read

        stream = iter(papers)
        while batch := list(islice(stream, _BATCH)):
            store.want(batch, extractor=extractor(), replace=replace)
            self.report.papers += len(batch)
            self.tell("read", self.report.papers, 0)
        self.lap("read")

    def finish(self, store: Store, overrides: Overrides, *, anew: bool = False) -> Built:
        """Extract what the wanted papers lack, and make theirs the graph of the folder.

        Files that show this graph already are written again only with `anew`.
        """
        missing, done = store.missing(), 0
        self.tell("extract", 0, missing)
        self.report.workers = workers = chosen(self.workers, missing)
        parts = mapped(store.papers() if missing else (), workers=workers, chunk=self.chunk)
        with closing(parts):  # whatever happens, no worker stays
            for rows, failures in parts:
                store.put(rows)
                done += len(rows) + len(failures)
                self.report.extracted += len(rows)
                for *_, origin, message in failures:
                    note = Skipped(origin, "extraction-failed", f"{origin}: extraction failed: {message}")
                    if self.strict:
                        raise EngineError(note.message)
                    self.skip(note)
                store.drop(failure[:2] for failure in failures)
                self.tell("extract", done, missing)
        self.report.reused = max(0, self.report.papers - done)
        self.lap("extract")
        with _uncollected():
            self._written(store, overrides, anew=anew)
        return Built(self.folder, self.report)

    def _written(self, store: Store, overrides: Overrides, *, anew: bool) -> None:
        """Write the files that show the wanted papers, and switch to both."""
        state = store.state(wanted=True)
        current = exporters.is_current(state, overrides.text, self.folder, without=self.without)
        indexed = self._indexed(overrides)
        self.report.written = anew or not current or not indexed
        if self.report.written:
            # A row of the overrides may reach any name.
            little = indexed and not anew and not overrides.rows
            self._write(store, overrides, change=self._change(store) if little else None)
        else:
            store.begin(keep=False)
        self.lap("write")
        with Index.opened(self.folder / INDEX) as index:
            found = files.figures(index)
            self.report.count(found, index)
        exporters.write_report(self.report.as_dict(), self.folder)
        exporters.write_run(found.extractors, self.folder, started=self.started)

    def _indexed(self, overrides: Overrides) -> bool:
        """Tell whether the folder has an index of the files that are there."""
        if not (self.folder / INDEX).is_file():
            return False
        try:
            with Index.opened(self.folder / INDEX) as index:
                return files.is_of(index, self.folder, overrides)
        except StoreError:
            return False

    def _write(self, store: Store, overrides: Overrides, *, change: files.Change | None) -> None:
        workers = chosen(self.workers, store.count_wanted())

        def write(aside: Path) -> None:
            writing = files.Writing(store, aside, overrides, workers=workers, tell=self.tell, lap=self.lap)
            found = writing.patched(self.folder, change) if change else writing.anew()
            drawn = exporters.drawn(found.papers, without=self.without)
            if drawn:
                exporters.write_formats(fold(store.records(wanted=True), overrides), aside, drawn)
            for name in self.without:
                (aside / exporters.EXPORTERS[name][0]).unlink(missing_ok=True)
            if "dcat" not in self.without:
                dcat.write_figures(found, aside / exporters.EXPORTERS["dcat"][0])

        exporters.switch(write, store, self.folder, overrides=overrides, without=self.without)

    def _change(self, store: Store) -> files.Change | None:
        """Return how the wanted papers differ from those of the folder's files, if they differ little."""
        with Index.opened(self.folder / INDEX) as index:
            known = index.known()
        if known.keys() != set(store.keys()):
            return None
        wanted = set(store.keys(wanted=True))
        change = files.Change({known[key] for key in known.keys() - wanted}, sorted(wanted - known.keys()))
        return change if change.size <= PATCHED * len(wanted) else None

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Hold the folder and open its store, with all that an earlier run left undone finished."""
        exporters.prepare(self.folder)
        with locked(self.folder), opened(self.folder / NAME) as store:
            exporters.recovered(self.folder, store)
            yield store


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from looking for garbage among millions of values that are all in use: most of a fold's time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def build_folder(
    sources: Sequence[str | Path],
    folder: str | Path,
    *,
    strict: bool = False,
    format: str = "",
    overrides: Overrides = NONE,
    workers: int = 0,
    chunk: int = CHUNK,
    without: Collection[str] = (),
    on_skip: Callable[[Skipped], None] | None = None,
    on_step: OnStep | None = None,
) -> Built:
    """Build the graph of some sources into a folder; return folder and report, and the graph when it is asked for.

    `workers` are the processes that extract, 0 for all cores, or none for a small job; they take `chunk` papers at
    a time. Formats named in `without` are not written, now and by later additions. `on_step(step, done, all)` is
    told what goes on. Raises SourceError when no source gives a paper: then nothing is written.
    """
    run = Run(
        Path(folder),
        workers=workers,
        chunk=chunk,
        strict=strict,
        without=without,
        on_skip=on_skip,
        on_step=on_step,
    )
    papers = read(*sources, strict=strict, on_skip=run.skip, format=format)
    found = run.some(papers)
    with run.store() as store:
        store.begin(keep=False)
        run.listed(found, store)
        return run.finish(store, overrides)
