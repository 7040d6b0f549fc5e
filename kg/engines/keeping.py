"""Keep a built folder: add papers, remove some, say how it stands, write its files anew."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.engines.local import Run
from kg.errors import SourceError, StoreError, hint
from kg.exporters import REPORT, switching
from kg.sources import read
from kg.sources.duplicates import conflict, is_local, plain
from kg.store import existing, kept_overrides, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kg.engines.local import Built
    from kg.engines.report import OnStep
    from kg.linking import Overrides
    from kg.model import Paper
    from kg.sources import Skipped
    from kg.store import Store


@dataclass(frozen=True)
class Status:
    """How a folder stands: papers, who read them, what is stale, and why the files are not those of the records."""

    papers: int
    extractor: str
    extractors: dict[str, int]
    problem: str
    unfinished: int
    run: dict[str, Any] = field(default_factory=dict)

    @property
    def stale(self) -> int:
        """Return how many papers another extractor has read than that of this kg."""
        return self.papers - self.extractors.get(self.extractor, 0)


def add(
    folder: str | Path,
    *sources: str | Path,
    replace: bool = False,
    strict: bool = False,
    format: str = "",
    workers: int = 0,
    on_skip: Callable[[Skipped], None] | None = None,
    on_step: OnStep | None = None,
) -> Built:
    """Add the papers of some sources to the graph of a folder, as if they had been built together.

    With `replace` a new text of a known id takes the place of the old one; without, a paper keeps both as its sources.
    """
    existing(folder)
    run = Run(Path(folder), workers=workers, strict=strict, on_skip=on_skip, on_step=on_step)
    papers = run.some(read(*sources, strict=strict, on_skip=run.skip, format=format))
    with run.store() as store:
        store.begin(keep=True)
        run.listed(papers if replace else _fitting(papers, store, run), store, replace=replace)
        return run.finish(store, kept_overrides(folder))


def _fitting(papers: Iterable[Paper], store: Store, run: Run) -> Iterator[Paper]:
    """Yield papers, and a note in place of one whose own id stands for another paper here."""
    for paper in papers:
        titles = store.titles(paper.id)
        if titles and is_local(paper.id) and plain(paper.title) not in map(plain, titles):
            note = conflict(paper, "the folder.")
            if run.strict:
                raise SourceError(note.message)
            run.skip(note)
        else:
            yield paper


def remove(folder: str | Path, *ids: str, workers: int = 0, on_step: OnStep | None = None) -> Built:
    """Remove papers from the graph of a folder by the ids that their sources gave; StoreError for an unknown one."""
    existing(folder)
    run = Run(Path(folder), workers=workers, on_step=on_step)
    with run.store() as store:
        known = store.ids()
        if unknown := sorted(set(ids) - known):
            raise StoreError(
                f"{folder}: there is no paper {unknown[0]!r} here.{hint(unknown[0], known, listing=False)}"
            )
        store.begin(keep=True)
        store.unwant(ids)
        return run.finish(store, kept_overrides(folder))


def rebuild(
    folder: str | Path, *, overrides: Overrides | None = None, workers: int = 0, on_step: OnStep | None = None
) -> Built:
    """Write the files of a folder anew from its records, reading again the papers that another extractor has read.

    Other `overrides` than those that the folder was built with take their place.
    """
    from kg.pipeline import extractor  # noqa: PLC0415 - spaCy loads only where text is read

    existing(folder)
    run = Run(Path(folder), workers=workers, on_step=on_step)
    with run.store() as store:
        store.begin(keep=True)
        store.refresh(extractor())
        run.report.papers = sum(store.extractors().values())
        ruled = kept_overrides(folder) if overrides is None else overrides
        return run.finish(store, ruled, anew=True)


def status(folder: str | Path) -> Status:
    """Return how a folder stands; nothing is written."""
    from kg.pipeline import extractor  # noqa: PLC0415 - spaCy loads only where text is read

    path = Path(folder)
    report = path / REPORT
    with opened(existing(folder)) as store:
        readers, state = store.extractors(), store.state()
        unfinished = store.count_wanted()
    try:
        run = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    except ValueError:
        run = {}
    return Status(sum(readers.values()), extractor(), readers, switching.problem(path, state=state), unfinished, run)
