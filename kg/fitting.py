"""`kg fit`: cross-validate, fit on everything, and write the weights with what they were fitted on.

The figures in the file's head are those of papers that the weights had not seen: each fifth of the papers is
scored by weights fitted on the other four.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from kg.pipeline import clusters, make_doc, make_nlp, to_record, weights
from kg.pipeline.fit import FOLDS, Annotated, Fitter, pair
from kg.pipeline.introduced import Introduced
from kg.pipeline.paper_roles import PaperRoles
from kg.pipeline.state import state
from kg.scoring import Tally, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from kg.model import Paper
    from kg.pipeline.state import Entry


def fit(papers: Iterable[Paper], gold: Iterable[Mapping[str, Any]], *, folder: Path) -> dict[str, Tally]:
    """Write typing.jsonl, introduced.jsonl and roles.jsonl into `folder`; return the cross-validated tallies."""
    annotated = pair(papers, gold)
    fitter = Fitter(annotated)
    unseen = _unseen(fitter)
    tallies = _cross_validate(fitter, unseen)
    meta = {
        "fitted": {
            "papers": len(annotated),
            "sha256": _hash(annotated),
            "folds": FOLDS,
            "cross-validated": {
                name: [round(v, 3) for v in (t.precision, t.recall, t.f1)] for name, t in tallies.items()
            },
        }
    }
    everything = range(len(annotated))
    head, table = fitter.typing(everything)
    weights.save(folder / "typing.jsonl", {**meta, "calibration": _calibration(fitter, unseen), **head}, table)
    head, table = fitter.introduced(unseen)
    weights.save(folder / "introduced.jsonl", {**meta, **head}, table)
    head, table = fitter.roles(unseen)
    weights.save(folder / "roles.jsonl", {**meta, **head}, table)
    return tallies


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


def _cross_validate(fitter: Fitter, unseen: Mapping[int, list[Entry]]) -> dict[str, Tally]:
    """Return the tallies of entities, introduced flag and relations over all folds."""
    for fold in range(FOLDS):
        train, test = _split(fitter.annotated, fold)
        component = Introduced(weights.make(*fitter.introduced({i: unseen[i] for i in train})))
        for i in test:
            fitter.states[i].entries = unseen[i]
            component(fitter.docs[i])
    found = {}
    for fold in range(FOLDS):
        train, test = _split(fitter.annotated, fold)
        roles = PaperRoles(weights.make(*fitter.roles({i: unseen[i] for i in train})))
        for i in test:
            fitter.cue(i, unseen[i])
            roles(fitter.docs[i])
            found[fitter.annotated[i].paper.id] = json.loads(to_record(fitter.states[i]).to_json())
    gold = {a.paper.id: {**a.gold, "results": []} for a in fitter.annotated}
    return {name: t for name, t in score(gold, found).items() if not name.startswith("result")}


def _calibration(fitter: Fitter, unseen: Mapping[int, list[Entry]]) -> list[list[float]]:
    """Return rows of (confidence from, to, share that the annotation holds, count) on unseen papers."""
    judged = []
    for i, entries in unseen.items():
        gold = fitter.gold[i]
        judged += [(e.confidence, any(span in gold for span, _ in e.spans)) for e in entries]
    out = []
    for low in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        inside = [
            right for confidence, right in judged if low <= confidence < low + 0.1 or (low == 0.9 and confidence >= 1)
        ]
        if inside:
            out.append([low, round(low + 0.1, 1), round(sum(inside) / len(inside), 3), len(inside)])
    return out


def _hash(annotated: Sequence[Annotated]) -> str:
    content = [[a.paper.sha256, json.dumps(a.gold, sort_keys=True, ensure_ascii=False)] for a in annotated]
    return hashlib.sha256(json.dumps(sorted(content)).encode()).hexdigest()
