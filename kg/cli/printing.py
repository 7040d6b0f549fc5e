"""What commands print: messages, progress, tables."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kg.engines.report import OnStep, Report
    from kg.scoring import Tally
    from kg.sources import Skipped
    from kg.views.sparql import Answer


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[OnStep]:
    """Give a function that shows progress: a moving line on a terminal, a line now and then elsewhere."""
    if quiet:
        yield lambda _step, _done, _all: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        pace = TextColumn("{task.fields[pace]}")
        columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn(), pace)
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("starting", total=None, pace="")
            timed = Pace()

            def moving(step: str, done: int, all: int) -> None:
                bar.update(task, description=STEPS[step], completed=done, total=all or None, pace=timed(done, all))

            yield moving
    else:
        timed, shown = Pace(), [""]

        def plain(step: str, done: int, all: int) -> None:
            if step != shown[0] or done - int(shown[1]) >= 1000:
                shown[:] = [step, str(done)]
                count = f" ({done} of {all} papers)" if all else f" ({done} papers)" if done else ""
                pace = timed(done, all)
                say(f"{STEPS[step]}{count}{', ' + pace if pace else ''}")

        yield plain


STEPS = {
    "read": "reading papers",
    "extract": "extracting",
    "link": "linking names",
    "fold": "folding papers",
    "write": "writing files",
}


class Pace:
    """The rate of a step and the time that is left of it, from when it was first told of a number of papers."""

    def __init__(self) -> None:
        self.all, self.start = 0, 0.0

    def __call__(self, done: int, all: int) -> str:
        """Return rate and time left as text, or "" where there is nothing to say yet."""
        if all != self.all:
            self.all, self.start = all, time.monotonic()
        passed = time.monotonic() - self.start
        if not all or not done or passed < 1:
            return ""
        rate = done / passed
        left = round((all - done) / rate)
        return f"{rate:.0f} papers/s, {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"


def skip_printer(quiet: bool) -> Callable[[Skipped], None]:
    """Return what tells of each record that could not be read, or of none."""
    return (lambda _note: None) if quiet else (lambda note: say(f"skipped {note.message}"))


def say(message: str) -> None:
    """Print a message to standard error."""
    print(message, file=sys.stderr)


def summary(report: Report) -> str:
    """Return what a build found, as a few aligned lines."""
    skipped = Counter(note.reason for note in report.skipped)
    parts = ", ".join(f"{count} {reason}" for reason, count in sorted(skipped.items()))
    read = f"{report.papers} papers read ({report.extracted} extracted, {report.reused} unchanged)"
    lines = [f"{read}, {len(report.skipped)} skipped" + (f": {parts}" if parts else "")]
    lines.append(f"{report.in_graph} papers in the graph")
    for title, counts in (("entities", report.entities), ("claims", report.claims)):
        named = ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
        lines.append(f"{sum(counts.values())} {title}: {named}")
    lines.append(f"{report.results} results")
    return "\n".join(lines)


def scores(tallies: Mapping[str, Tally]) -> str:
    """Return tallies as an aligned table."""
    return figures({k: ((t.precision, t.recall, t.f1), (t.right, t.spurious, t.missed)) for k, t in tallies.items()})


def figures(measures: Mapping[str, tuple[Iterable[float], Iterable[int]]]) -> str:
    """Return precision, recall and F1 by measure, with the counts behind them where there are any."""
    counted = any(counts for _, counts in measures.values())
    heads = [f"{head:>7}" for head in ("P", "R", "F1", *(("right", "extra", "missed") if counted else ()))]
    lines = [f"{'':26}{''.join(heads)}"]
    for name, (figures, counts) in measures.items():
        lines.append(f"{name:26}" + "".join([f"{f:7.3f}" for f in figures] + [f"{n:7}" for n in counts]))
    return "\n".join(lines)


def writer(format: str, plain: str, show: Callable[[Answer], str]) -> Callable[[Answer], str]:
    """Return what writes an answer in a format: `plain`, which is for people, or one for programs."""
    from kg.errors import hint

    writers: dict[str, Callable[[Answer], str]] = {
        plain: show,
        "json": lambda a: a.json() + "\n",
        "csv": lambda a: a.csv(),
        "tsv": lambda a: a.tsv(),
    }
    if format not in writers:
        raise QueryError(f"format {format!r} is unknown.{hint(format, writers)}")
    return writers[format]


def table(answer: Answer, *, columns: tuple[str, ...] = (), rows: int = 0) -> str:
    """Return an answer as a table as wide as the terminal, of some columns; `rows` cuts it, and says so."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if answer.boolean is not None:
        return "yes\n" if answer.boolean else "no\n"
    if not answer.rows:
        return "(no rows)\n"
    table = Table(box=None, pad_edge=False, header_style="bold")
    chosen = [i for i, variable in enumerate(answer.variables) if not columns or variable in columns]
    for i in chosen:
        table.add_column(answer.variables[i].replace("_", " "), overflow="fold")
    shown = answer.rows[:rows] if rows else answer.rows
    for row in shown:
        # Text, not markup: titles are free to hold square brackets.
        table.add_row(*(Text(row[i]) for i in chosen))
    console = Console(width=None if sys.stdout.isatty() else 160)
    with console.capture() as captured:
        console.print(table)
    more = f"... {len(answer.rows) - len(shown)} more rows\n" if len(shown) < len(answer.rows) else ""
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n" + more
