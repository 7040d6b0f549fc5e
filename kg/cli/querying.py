"""Commands that ask a built graph: answers, sentences, names and checks."""

from __future__ import annotations

from typing import Annotated

import typer

from kg.cli.app import Folder, NameOne, NameTwo, Quiet, app
from kg.cli.printing import say, table, writer
from kg.errors import QueryError


def _list(wanted: bool) -> None:
    """Print the ready queries for --list, before anything else is asked for."""
    if wanted:
        queries()
        raise typer.Exit


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
    listing: Annotated[  # noqa: ARG001 - its callback answers
        bool,
        typer.Option("--list", "-l", callback=_list, is_eager=True, help="List the ready queries, as `kg queries`."),
    ] = False,
) -> None:
    """Answer a SPARQL query, or a ready one, from a built graph."""
    from kg.views.sparql import bind, named, open_folder, query_store

    write = writer(format, "table", lambda a: a.triples or table(a, columns=ready.table if ready else ()))
    if bool(sparql) == bool(name):
        raise QueryError("Give either a SPARQL query or --name with the name of a ready one (`kg queries` lists them).")
    if values and not name:
        raise QueryError("--set belongs to a ready query: give its --name too.")
    ready = named(name) if name else None
    answer = query_store(open_folder(folder), bind(ready, parameters(values or [])) if ready else sparql)
    if ready and format == "table" and not quiet:
        say(ready.title)
    print(write(answer), end="")


def parameters(values: list[str]) -> dict[str, str]:
    """Return the parameters that options `--set KEY=VALUE` give."""
    pairs = [value.partition("=") for value in values]
    if bad := [key for key, equals, _ in pairs if not equals]:
        raise QueryError(f"--set {bad[0]!r} has no value. Write --set {bad[0]}=VALUE.")
    return {key: value for key, _, value in pairs}


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

    write = writer(format, "text", lambda a: text(places(a)) or "(no values)\n")
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


@app.command()
def check(
    folder: Folder,
    shacl: Annotated[
        bool, typer.Option("--shacl", help="Validate with SHACL instead (`mlkg[shacl]`); slower.")
    ] = False,
    shapes: Annotated[str, typer.Option("--shapes", metavar="NAME", help="With --shacl: core or sparql.")] = "core",
    quiet: Quiet = False,
) -> None:
    """Check a built graph against the ontology; exit with 1 on a violation."""
    from kg.views.check import check as run
    from kg.views.shacl import validate
    from kg.views.sparql import open_folder

    store = open_folder(folder)
    found = validate(store, shapes) if shacl else run(store)
    errors = [violation for violation in found if violation.severity == "error"]
    for violation in found:
        if violation.severity == "error" or not quiet:
            print(violation)
    if not quiet:
        print(f"{folder}: {len(errors)} violations, {len(found) - len(errors)} warnings.")
    if errors:
        raise typer.Exit(1)


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
