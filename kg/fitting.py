"""`kg fit`: cross-validate, fit on everything, and write the weights with what they were fitted on.

The figures in the file's head are those of papers that the weights had not seen: each fifth of the papers is
scored by weights fitted on the other four.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg.pipeline import clusters, make_doc, make_nlp, to_record, weights
from kg.pipeline.fit import FOLDS, Annotated, Fitter, pair
from kg.pipeline.introduced import Introduced
from kg.pipeline.paper_roles import PaperRoles
from kg.pipeline.results import Results
from kg.pipeline.state import state
from kg.proving import TALLIES
from kg.scoring import Bin, Row, Tally, by_rule, calibration_error, reliability, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from kg.model import Paper
    from kg.pipeline.state import Entry


@dataclass(frozen=True)
class Quality:
    """How good weights are on papers of one annotated file that they had not seen."""

    papers: int
    tallies: Mapping[str, Tally]
    calibration: Sequence[Bin]

    @property
    def calibration_error(self) -> float:
        """Return how far confidence is from the share that is right."""
        return calibration_error(self.calibration)

    def as_row(self) -> dict[str, Any]:
        """Return what the heads of weight files hold: calibration, and precision, recall and F1 by measure."""
        figures = {k: [round(v, 3) for v in (t.precision, t.recall, t.f1)] for k, t in self.tallies.items()}
        bins = [[b.low, b.high, b.count, round(b.confidence, 3), round(b.right, 3)] for b in self.calibration]
        error = round(self.calibration_error, 3)
        return {"papers": self.papers, "calibration-error": error, "calibration": bins, "measures": figures}


def fit(
    papers: Iterable[Paper], gold: Mapping[str, Iterable[Mapping[str, Any]]], *, folder: Path
) -> dict[str, Quality]:
    """Fit on all annotated papers, and write weights into `folder`; return their quality on unseen papers.

    `gold` holds annotations by the name of their file; the quality is told apart by those names.
    """
    annotated = pair(papers, gold)
    fitter = Fitter(annotated)
    unseen = _unseen(fitter)
    found = _read(fitter, unseen)
    truth = _by_origin(fitter.annotated)
    quality = {name: _quality(rows, found[name]) for name, rows in truth.items()}
    fitted = {
        "sha256": _hash(annotated),
        "folds": FOLDS,
        "cross-validated": {name: found.as_row() for name, found in quality.items()},
    }
    everything = range(len(annotated))
    for name, part in (
        ("typing", fitter.typing(everything)),
        ("introduced", fitter.introduced(unseen)),
        ("roles", fitter.roles(unseen)),
    ):
        weights.save(folder / f"{name}.jsonl", {"fitted": fitted, **part.head}, part.table, part.units)
    _save_proofs(folder / TALLIES, truth, found)
    return quality


def cluster(papers: Iterable[Paper], *, leaving_out: Iterable[Paper], path: Path, origin: str) -> int:
    """Write word clusters of unlabelled papers to `path`; return how many papers they are from.

    Papers in `leaving_out` (those that will be scored) take no part, whatever their ids are.
    """
    nlp = make_nlp(components=())
    known = {_normal(paper.title) for paper in leaving_out} | {""}
    used = [paper for paper in papers if _normal(paper.title) not in known]
    texts = [state(make_doc(nlp, paper)).lower for paper in used]
    digest = hashlib.sha256("".join(sorted(paper.sha256 for paper in used)).encode()).hexdigest()
    clusters.save(path, clusters.build(texts), head={"origin": origin, "papers": len(used), "sha256": digest})
    return len(used)


def _normal(title: str) -> str:
    return " ".join(title.casefold().split())


def _unseen(fitter: Fitter) -> dict[int, list[Entry]]:
    """Return each paper's entities as weights find them that were fitted without its fold."""
    out: dict[int, list[Entry]] = {}
    for fold in range(FOLDS):
        train, test = _split(fitter.annotated, fold)
        model = weights.make(*fitter.typing(train))
        out |= {i: fitter.decide(i, model) for i in test}
    return dict(sorted(out.items()))


def _split(annotated: Sequence[Annotated], fold: int) -> tuple[list[int], list[int]]:
    train = [i for i, a in enumerate(annotated) if a.fold != fold]
    return train, [i for i, a in enumerate(annotated) if a.fold == fold]


def _read(fitter: Fitter, unseen: Mapping[int, list[Entry]]) -> dict[str, dict[str, Row]]:
    """Return the records of all papers by file and id, each read with weights that had not seen it."""
    for fold in range(FOLDS):
        train, test = _split(fitter.annotated, fold)
        component = Introduced(weights.make(*fitter.introduced({i: unseen[i] for i in train})))
        for i in test:
            fitter.states[i].entries = unseen[i]
            component(fitter.docs[i])
    found: dict[str, dict[str, Row]] = {}
    numbers = Results()
    for fold in range(FOLDS):
        train, test = _split(fitter.annotated, fold)
        roles = PaperRoles(weights.make(*fitter.roles({i: unseen[i] for i in train})))
        for i in test:
            fitter.cue(i, unseen[i])
            doc = numbers(roles(fitter.docs[i]))
            record = to_record(state(doc))
            found.setdefault(fitter.annotated[i].origin, {})[record.id] = json.loads(record.to_json())
    return found


def _by_origin(annotated: Iterable[Annotated]) -> dict[str, dict[str, Row]]:
    out: dict[str, dict[str, Row]] = {}
    for a in annotated:
        out.setdefault(a.origin, {})[a.paper.id] = a.gold
    return out


def _quality(gold: Mapping[str, Row], found: Mapping[str, Row]) -> Quality:
    # What an annotation holds nothing of says nothing of quality.
    tallies = {name: tally for name, tally in score(gold, found).items() if tally.right + tally.missed}
    return Quality(len(gold), tallies, reliability(gold, found))


def _save_proofs(path: Path, gold: Mapping[str, dict[str, Row]], found: Mapping[str, dict[str, Row]]) -> None:
    """Write how often each rule fired, and was right, in files whose annotations hold all that rules can say."""
    total: dict[str, Counter[bool]] = {}
    for name, rows in gold.items():
        if any(row["results"] for row in rows.values()):
            for rule, counts in by_rule(rows, found[name]).items():
                total.setdefault(rule, Counter()).update(counts)
    lines = [{"id": rule, "fired": counts.total(), "right": counts[True]} for rule, counts in sorted(total.items())]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _hash(annotated: Sequence[Annotated]) -> str:
    content = [[a.paper.sha256, json.dumps(a.gold, sort_keys=True, ensure_ascii=False)] for a in annotated]
    return hashlib.sha256(json.dumps(sorted(content)).encode()).hexdigest()
