"""The command `kg`: options, one call of the library, print. The only place that prints or exits.

Commands import what they need when they run, so that `kg --help` and `kg query` start at once. Messages go
to standard error, answers to standard output, so that answers can be piped.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg import __version__
from kg.errors import KGError, QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kg.engines.local import Report
    from kg.graph import KnowledgeGraph
    from kg.linking import Overrides
    from kg.scoring import Tally
    from kg.sources import Skipped
    from kg.views.sparql import Answer

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


def main() -> None:
    """Run the command line; a KGError becomes one line on standard error and exit code 1."""
    try:
        app()
    except KGError as error:
        _say(f"kg: {error}")
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has gone, as in `kg extract ... | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        _say("kg: stopped; what was read so far is kept and need not be read again.")
        sys.exit(130)


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


@app.command()
def build(
    sources: Sources,
    output: Out,
    overrides: Annotated[
        Path | None,
        typer.Option("--overrides", metavar="FILE", help="Names to join, part, type or label (tab separated)."),
    ] = None,
    strict: Strict = False,
    format: SourceFormat = "",
    quiet: Quiet = False,
) -> None:
    """Build the graph of some papers into a folder: store, RDF, GraphML, page and report."""
    from kg.linking import NONE, read_overrides

    ruled = read_overrides(overrides) if overrides else NONE
    graph, report = _build(sources, output, strict=strict, format=format, quiet=quiet, overrides=ruled)
    for where in () if quiet else graph.unused_overrides:
        _say(f"override {where} matches no name of these papers")
    if not quiet:
        print(_summary(graph, report))
        print(f"Page: {output / 'graph.html'}")


@app.command()
def extract(
    sources: Sources,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write instead of standard output.")
    ] = None,
    strict: Strict = False,
    format: SourceFormat = "",
    quiet: Quiet = False,
) -> None:
    """Print what each paper says: one JSON record a line (schemas/record.schema.json)."""
    from kg.exporters import replacing
    from kg.pipeline import extract as extract_records
    from kg.sources import read

    records = extract_records(read(*sources, strict=strict, format=format, on_skip=_skip_printer(quiet)))
    count = 0

    def lines(stream: Callable[[str], object]) -> None:
        nonlocal count
        for record in records:
            stream(record.to_json() + "\n")
            count += 1

    if output is None:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        lines(sys.stdout.write)
        sys.stdout.flush()
    else:

        def write(_: object, path: Path) -> Path:
            with path.open("w", encoding="utf-8") as file:
                lines(file.write)
            return path

        replacing(output, write, None)
    if not count:
        raise KGError("No paper could be read, so there are no records.")


@app.command()
def query(
    folder: Folder,
    sparql: Annotated[
        str, typer.Argument(metavar="SPARQL", help="The query; the prefixes of the graph are declared.")
    ] = "",
    name: Annotated[
        str, typer.Option("--name", "-n", metavar="NAME", help="Run a ready query; `kg queries` lists them.")
    ] = "",
    values: Annotated[
        list[str] | None, typer.Option("--set", "-s", metavar="KEY=VALUE", help="Set a parameter of the ready query.")
    ] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="table, json, csv or tsv.")] = "table",
    quiet: Quiet = False,
) -> None:
    """Answer a SPARQL query, or a ready one, from a built graph."""
    from kg.views.sparql import bind, named, open_folder, query_store

    write = _writer(format, "table", lambda a: a.triples or _table(a, columns=ready.table if ready else ()))
    if bool(sparql) == bool(name):
        raise QueryError("Give either a SPARQL query or --name with the name of a ready one (`kg queries` lists them).")
    if values and not name:
        raise QueryError("--set belongs to a ready query: give its --name too.")
    pairs = [value.partition("=") for value in values or ()]
    if bad := [key for key, equals, _ in pairs if not equals]:
        raise QueryError(f"--set {bad[0]!r} has no value. Write --set {bad[0]}=VALUE.")
    ready = named(name) if name else None
    answer = query_store(open_folder(folder), bind(ready, {k: v for k, _, v in pairs}) if ready else sparql)
    if ready and format == "table" and not quiet:
        _say(ready.title)
    print(write(answer), end="")


@app.command()
def queries(quiet: Quiet = False) -> None:
    """List the ready queries and their parameters; with -q only their names."""
    from kg.views.sparql import queries as ready

    for each in ready():
        print(each.name if quiet else f"{each.name}\n    {each.title}")
        for parameter in () if quiet else each.parameters:
            print(f"    --set {parameter.name}={parameter.default or '...'}   {parameter.meaning}")


@app.command()
def leaderboard(
    folder: Folder,
    dataset: Annotated[str, typer.Option("--dataset", "-d", metavar="NAME", help="The dataset.")] = "",
    metric: Annotated[str, typer.Option("--metric", "-m", metavar="NAME", help="Only values of this metric.")] = "",
    task: Annotated[str, typer.Option("--task", "-t", metavar="NAME", help="Only papers on this task.")] = "",
    format: Annotated[str, typer.Option("--format", "-f", help="text, json, csv or tsv.")] = "text",
    quiet: Quiet = False,  # noqa: ARG001 - there is nothing but the answer
) -> None:
    """List the values that abstracts claim on a dataset or for a task, best first, with their sentences.

    Gains and ratios are left out: "+2.3 points" is no place on a leaderboard.
    """
    from kg.views.leaderboard import answer, places, text
    from kg.views.sparql import open_folder

    write = _writer(format, "text", lambda a: text(places(a)) or "(no values)\n")
    if not (dataset or task):
        raise QueryError("Give --dataset or --task: a leaderboard is of one of them.")
    print(write(answer(open_folder(folder), dataset, metric=metric, task=task)), end="")


@app.command()
def explain(
    folder: Folder,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Name of an entity, or id or title of a paper.")],
    predicate: Annotated[str, typer.Argument(metavar="[PREDICATE", help="A relation, as trainedOn.")] = "",
    object: Annotated[str, typer.Argument(metavar="OBJECT]", help="Name of an entity.")] = "",
    quiet: Quiet = False,
) -> None:
    """Print every sentence behind what the graph says of a thing, with paper, rule and confidence."""
    from kg.store import load

    found = load(folder).explain(subject, predicate, object)
    statement: tuple[str, ...] = ()
    for each in found:
        if (each.subject, each.predicate, each.object, each.polarity) != statement:
            statement = (each.subject, each.predicate, each.object, each.polarity)
            denied = "" if each.polarity == "asserted" else f"  ({each.polarity})"
            print(f"{each.subject}  {each.predicate}  {each.object}{denied}")
        print(f"    {each.text()}")
        if quiet:
            continue
        source = ", ".join(part for part in (each.paper, each.date, each.url) if part)
        print(f"        {source}; rule {each.rule}, confidence {each.confidence:.2f}")
    if not found:
        print("(nothing is said of that)")


@app.command(name="why-same")
def why_same(folder: Folder, one: NameOne, other: NameTwo, quiet: Quiet = False) -> None:  # noqa: ARG001
    """Say why two names are one node."""
    from kg.store import load
    from kg.views.why import why_same as run

    print(run(load(folder), one, other))


@app.command(name="why-apart")
def why_apart(folder: Folder, one: NameOne, other: NameTwo, quiet: Quiet = False) -> None:  # noqa: ARG001
    """Say why two names are two nodes."""
    from kg.store import load
    from kg.views.why import why_apart as run

    print(run(load(folder), one, other))


@app.command()
def aliases(folder: Folder, name: NameOne, quiet: Quiet = False) -> None:
    """List the names of a node, with the reason for each; with -q only the names."""
    from kg.store import load
    from kg.views.why import aliases as run

    for each in run(load(folder), name):
        reason = f"{each.reason} {each.evidence}".strip()
        print(each.name if quiet else f"{each.node}\t{each.name}\t{reason}\t{len(each.papers)} papers")


@app.command()
def check(folder: Folder, quiet: Quiet = False) -> None:
    """Check a built graph against the ontology; exit with 1 on a violation."""
    from kg.views.check import check as run
    from kg.views.sparql import open_folder

    found = run(open_folder(folder))
    errors = [violation for violation in found if violation.severity == "error"]
    for violation in found:
        if violation.severity == "error" or not quiet:
            print(violation)
    if not quiet:
        print(f"{folder}: {len(errors)} violations, {len(found) - len(errors)} warnings.")
    if errors:
        raise typer.Exit(1)


@app.command()
def rules(
    verb: Annotated[str, typer.Argument(metavar="list|show|test", help="What to do; an id alone is shown.")] = "list",
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of a rule, as mentions and claims carry it.")] = "",
    quiet: Quiet = False,
) -> None:
    """List the rules of extraction, show one, or test them on their examples; with -q only ids.

    Beside each stands how often it fired in annotated papers that the weights had not seen, and how often rightly.
    """
    from kg import proving
    from kg.errors import RuleError, hint
    from kg.rules import rules as rows

    by_id = {row.id: row for row in rows()}
    if verb not in ("list", "show", "test"):
        verb, name = "show", verb
    if (name or verb == "show") and name not in by_id:
        raise RuleError(f"there is no rule {name!r}.{hint(name, by_id)}")
    chosen = [by_id[name]] if name else list(by_id.values())
    if verb == "test":
        broken = [f"{row.source}: {row.id}: {problem}" for row in chosen for problem in proving.failures(row)]
        for line in broken:
            print(line)
        if not quiet:
            print(f"{len(chosen)} rules tested, {len(broken)} examples or rejects fail.")
        if broken:
            raise typer.Exit(1)
        return
    none = proving.Proof(0, 0)
    if verb == "list" and not quiet:
        print(f"{'rule':32} {'fired':>6} {'right':>6}  why")
    for row in chosen:
        fired, right = proving.proofs().get(row.id, none)
        if quiet:
            print(row.id)
        elif verb == "list":
            print(f"{row.id:32} {fired:6} {f'{right / fired:.0%}' if fired else '-':>6}  {row.why}")
        else:
            print(f"{row.id}\n  file      kg/data/rules/{row.source}\n  why       {row.why}")
            print(f"  relation  {row.relation or '-'}\n  fired     {fired} times on annotated papers")
            print(f"  right     {right} times")
            print("".join(f"  example   {text}\n" for text in row.examples), end="")
            print("".join(f"  reject    {text}\n" for text in row.rejects), end="")


@app.command()
def fit(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD...", help="Annotated papers, one JSON object a line.")],
    texts: Annotated[
        list[str], typer.Option("--texts", metavar="SOURCE", help="The texts of those papers; repeat for several.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the weights.")] = Path(
        "output/weights"
    ),
    quiet: Quiet = False,
) -> None:
    """Fit the weights of extraction on annotated papers (needs scikit-learn: pip install "mlkg[fit]")."""
    from kg.fitting import fit as run
    from kg.scoring import read_gold
    from kg.sources import read

    rows = {path.stem: read_gold(path).values() for path in gold}
    quality = run(read(*texts, on_skip=_skip_printer(quiet)), rows, folder=output)
    if not quiet:
        for name, found in quality.items():
            print(f"{name}: {found.papers} unseen papers, calibration error {found.calibration_error:.3f}")
            print(_scores(found.tallies) + "\n")


@app.command()
def cluster(
    sources: Sources,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="File for the clusters.")],
    origin: Annotated[str, typer.Option("--origin", help="Where the texts are from, and under what licence.")],
    leaving_out: Annotated[
        list[str] | None,
        typer.Option("--leaving-out", metavar="SOURCE", help="Papers that take no part, since they will be scored."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Learn word clusters from unlabelled papers (needs scikit-learn: pip install "mlkg[fit]")."""
    from kg.fitting import cluster as run
    from kg.sources import read

    skip = _skip_printer(True)
    without = read(*leaving_out, on_skip=skip) if leaving_out else ()
    count = run(read(*sources, on_skip=_skip_printer(quiet)), leaving_out=without, path=output, origin=origin)
    if not quiet:
        print(f"{output}: clusters of the words of {count} papers")


@app.command(name="eval")
def evaluate(
    gold: Annotated[
        Path | None, typer.Argument(metavar="[GOLD", help="Annotated papers, one JSON object a line.")
    ] = None,
    records: Annotated[
        Path | None, typer.Argument(metavar="RECORDS]", help="Records that `kg extract` printed.")
    ] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="List what was missed, spurious or of another type.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Score records against annotated papers; with -q print only the F1 of typed entities.

    Without any, print how good the shipped weights are on papers they had not seen.
    """
    from kg.errors import SourceError
    from kg.scoring import misses, read_gold, read_rows, reliability, score

    if gold is None:
        _cross_validated(quiet=quiet)
        return
    if records is None:
        raise SourceError(f"which records shall {gold.name} judge? Give the output of `kg extract` as a second file.")
    wanted, found = read_gold(gold), read_rows(records)
    tallies = score(wanted, found)
    if quiet:
        print(f"{tallies['entities'].f1:.3f}")
        return
    print(_scores(tallies))
    print("\nconfidence      count  mean   right")
    for each in reliability(wanted, found):
        print(f"{each.low:.1f} to {each.high:.1f}    {each.count:7}  {each.confidence:.3f}  {each.right:.3f}")
    if errors:
        print()
        for miss in misses(wanted, found):
            print("\t".join((miss.kind, miss.type, miss.name, miss.paper, miss.rule, miss.sentence)))


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder to write to.")] = Path(
        "output/demo"
    ),
    quiet: Quiet = False,
) -> None:
    """Build the graph of the bundled demo papers and ask it three questions."""
    from kg.rules import data_dir
    from kg.views.sparql import bind, named, open_folder, query_store

    graph, report = _build([str(data_dir() / "demo" / "papers.jsonl")], output, strict=True, format="", quiet=quiet)
    if quiet:
        return
    print(_summary(graph, report))
    store = open_folder(output)
    for name, values in DEMO:
        ready = named(name)
        chosen = " ".join(
            f"--set {key}={value!r}" if " " in value else f"--set {key}={value}" for key, value in values.items()
        )
        print(f"\n{ready.title}\n$ kg query {output} --name {name} {chosen}".rstrip())
        print(_table(query_store(store, bind(ready, values)), columns=ready.table, rows=6), end="")
    print(f"\nOpen the graph in a browser: {(output / 'graph.html').resolve()}")


DEMO: tuple[tuple[str, dict[str, str]], ...] = (
    ("leaderboard", {"dataset": "ImageNet"}),
    ("trained-and-evaluated", {"trained": "C4", "evaluated": "GLUE"}),
    ("who-beats", {"name": "XLNet"}),
)
"""The questions that the demo asks."""


def _build(
    sources: list[str], output: Path, *, strict: bool, format: str, quiet: bool, overrides: Overrides | None = None
) -> tuple[KnowledgeGraph, Report]:
    from kg.engines.local import build_folder
    from kg.linking import NONE

    skip = _skip_printer(quiet)
    with _progress(quiet) as step:
        return build_folder(
            sources, output, strict=strict, format=format, overrides=overrides or NONE, on_skip=skip, on_step=step
        )


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int], None]]:
    """Give a function that shows progress: a moving line on a terminal, a line now and then elsewhere."""
    if quiet:
        yield lambda _step, _count: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("starting", total=None)
            yield lambda step, count: bar.update(task, description=STEPS[step], completed=count)
    else:

        def plain(step: str, count: int) -> None:
            if step != "read" or count % 1000 == 0:
                _say(f"{STEPS[step]} ({count} papers)")

        yield plain


STEPS = {"read": "reading papers", "fold": "merging records", "write": "writing files"}


def _skip_printer(quiet: bool) -> Callable[[Skipped], None]:
    return (lambda _note: None) if quiet else (lambda note: _say(f"skipped {note.message}"))


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def _summary(graph: KnowledgeGraph, report: Report) -> str:
    """Return what a build found, as a few aligned lines."""
    skipped = Counter(note.reason for note in report.skipped)
    parts = ", ".join(f"{count} {reason}" for reason, count in sorted(skipped.items()))
    read = f"{report.papers} papers read ({report.extracted} extracted, {report.reused} unchanged)"
    lines = [f"{read}, {len(report.skipped)} skipped" + (f": {parts}" if parts else "")]
    for title, counts in (("entities", report.entities), ("claims", report.claims)):
        named = ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
        lines.append(f"{sum(counts.values())} {title}: {named}")
    lines.append(f"{len(graph.results)} results")
    return "\n".join(lines)


def _cross_validated(*, quiet: bool) -> None:
    """Print what the weights reached on papers they had not seen, by annotated file."""
    from kg.pipeline.weights import load

    for name, found in load("typing").head["fitted"]["cross-validated"].items():
        if quiet:
            print(f"{name}\t{found['measures']['entities'][2]:.3f}")
            continue
        print(f"{name}: {found['papers']} unseen papers, calibration error {found['calibration-error']:.3f}")
        print(_figures({measure: (figures, ()) for measure, figures in found["measures"].items()}) + "\n")


def _scores(tallies: Mapping[str, Tally]) -> str:
    """Return tallies as an aligned table."""
    return _figures({k: ((t.precision, t.recall, t.f1), (t.right, t.spurious, t.missed)) for k, t in tallies.items()})


def _figures(measures: Mapping[str, tuple[Iterable[float], Iterable[int]]]) -> str:
    """Return precision, recall and F1 by measure, with the counts behind them where there are any."""
    counted = any(counts for _, counts in measures.values())
    heads = [f"{head:>7}" for head in ("P", "R", "F1", *(("right", "extra", "missed") if counted else ()))]
    lines = [f"{'':26}{''.join(heads)}"]
    for name, (figures, counts) in measures.items():
        lines.append(f"{name:26}" + "".join([f"{f:7.3f}" for f in figures] + [f"{n:7}" for n in counts]))
    return "\n".join(lines)


def _writer(format: str, plain: str, show: Callable[[Answer], str]) -> Callable[[Answer], str]:
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


def _table(answer: Answer, *, columns: tuple[str, ...] = (), rows: int = 0) -> str:
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
