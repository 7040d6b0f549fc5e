"""`kg fit`: cross-validate, fit on everything, and write the weights with what they were fitted on.

The figures in the file's head are those of papers that the weights had not seen: each fifth of the papers is
scored by weights fitted on the other four.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.pipeline import clusters, make_doc, make_nlp, to_record, weights
from kg.pipeline.aliases import Aliases
from kg.pipeline.fit import FOLDS, Annotated, Fitter, pair
from kg.pipeline.introduced import Introduced
from kg.pipeline.paper_roles import PaperRoles
from kg.pipeline.results import Results
from kg.pipeline.state import state
from kg.pipeline.subjects import Subjects
from kg.proving import TALLIES
from kg.scoring import Bin, Row, Tally, by_rule, calibration_error, reliability, score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from kg.model import Paper
    from kg.pipeline.learners import Fitted


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
    parts: dict[str, Fitted] = {}
    for stage in _stages(fitter):
        parts |= _cross_validate(annotated, stage)
    found: dict[str, dict[str, Row]] = {}
    for a, paper in zip(annotated, fitter.states, strict=True):
        found.setdefault(a.origin, {})[a.paper.id] = json.loads(to_record(paper).to_json())
    truth = _by_origin(annotated)
    quality = {name: _quality(rows, found[name]) for name, rows in truth.items()}
    fitted = {
        "sha256": _hash(annotated),
        "folds": FOLDS,
        "cross-validated": {name: found.as_row() for name, found in quality.items()},
    }
    for name, part in parts.items():
        weights.save(folder / f"{name}.jsonl", {"fitted": fitted, **part.head}, part.table, part.units)
    _save_proofs(folder / TALLIES, truth, found)
    return quality


class _Stage(NamedTuple):
    """A step of the pipeline: how its weights, by name, are fitted on some papers, and how it reads a paper.

    `calibrate` says what the probabilities of its last weights are worth, once all papers are read.
    """

    fits: Mapping[str, Callable[[Sequence[int]], Fitted]]
    read: Callable[[Sequence[weights.Weights], int], object]
    calibrate: Callable[[], list[tuple[float, float]]] | None = None


def _stages(fitter: Fitter) -> list[_Stage]:
    """Return the steps from candidates to results, in the order of the pipeline."""
    docs = fitter.docs
    return [
        _Stage(
            {"screen": fitter.screen, "typing": fitter.typing},
            lambda models, i: fitter.decide(i, *models),
            fitter.calibration,
        ),
        _Stage({"aliases": fitter.aliases}, lambda models, i: Aliases(*models)(docs[i])),
        _Stage({"introduced": fitter.introduced}, lambda models, i: Introduced(*models)(docs[i])),
        _Stage({}, lambda _, i: fitter.cue_rules(docs[i])),
        _Stage({"subjects": fitter.subjects}, lambda models, i: Subjects(*models)(docs[i])),
        _Stage({"roles": fitter.roles}, lambda models, i: PaperRoles(*models)(docs[i])),
        _Stage({"outcomes": fitter.outcomes, "links": fitter.links}, lambda models, i: Results(*models)(docs[i])),
    ]


def _cross_validate(annotated: Sequence[Annotated], stage: _Stage) -> dict[str, Fitted]:
    """Let a stage read each paper with weights that had not seen it; return its weights fitted on all papers.

    All fits come before the first reading, since what is read replaces what is fitted on.
    """
    everything = range(len(annotated))
    fitted = {name: fit(everything) for name, fit in stage.fits.items()}
    models = []
    for fold in range(FOLDS):
        train = [i for i, a in enumerate(annotated) if a.fold != fold]
        models.append([weights.make(*fit(train)) for fit in stage.fits.values()])
    for i, a in enumerate(annotated):
        stage.read(models[a.fold], i)
    if stage.calibrate:
        # What probabilities are worth shows only now; the papers are read again with confidences by it.
        points = stage.calibrate()
        name, part = fitted.popitem()
        fitted[name] = part.with_head(calibration=points)
        for i, a in enumerate(annotated):
            *others, model = models[a.fold]
            stage.read([*others, replace(model, calibration=tuple(points))], i)
    return fitted


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
    """Write how often each rule fired, and was right, in papers whose annotations hold all that rules can say."""
    total: dict[str, Counter[bool]] = {}
    for name, rows in gold.items():
        full = {paper_id: row for paper_id, row in rows.items() if "results" in row}
        for rule, counts in by_rule(full, found[name]).items():
            total.setdefault(rule, Counter()).update(counts)
    lines = [{"id": rule, "fired": counts.total(), "right": counts[True]} for rule, counts in sorted(total.items())]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _hash(annotated: Sequence[Annotated]) -> str:
    content = [[a.paper.sha256, json.dumps(a.gold, sort_keys=True, ensure_ascii=False)] for a in annotated]
    return hashlib.sha256(json.dumps(sorted(content)).encode()).hexdigest()
