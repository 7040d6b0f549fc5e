"""Commands for those who mend the extraction: rules, fit, cluster, eval."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kg.cli.app import Quiet, Sources, app
from kg.cli.printing import figures, scores, skip_printer


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
    quality = run(read(*texts, on_skip=skip_printer(quiet)), rows, folder=output)
    if not quiet:
        for name, found in quality.items():
            print(f"{name}: {found.papers} unseen papers, calibration error {found.calibration_error:.3f}")
            print(scores(found.tallies) + "\n")


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

    skip = skip_printer(True)
    without = read(*leaving_out, on_skip=skip) if leaving_out else ()
    count = run(read(*sources, on_skip=skip_printer(quiet)), leaving_out=without, path=output, origin=origin)
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
    print(scores(tallies))
    print("\nconfidence      count  mean   right")
    for each in reliability(wanted, found):
        print(f"{each.low:.1f} to {each.high:.1f}    {each.count:7}  {each.confidence:.3f}  {each.right:.3f}")
    if errors:
        print()
        for miss in misses(wanted, found):
            print("\t".join((miss.kind, miss.type, miss.name, miss.paper, miss.rule, miss.sentence)))


def _cross_validated(*, quiet: bool) -> None:
    """Print what the weights reached on papers they had not seen, by annotated file."""
    from kg.pipeline.weights import load

    for name, found in load("typing").head["fitted"]["cross-validated"].items():
        if quiet:
            print(f"{name}\t{found['measures']['entities'][2]:.3f}")
            continue
        print(f"{name}: {found['papers']} unseen papers, calibration error {found['calibration-error']:.3f}")
        print(figures({measure: (values, ()) for measure, values in found["measures"].items()}) + "\n")
