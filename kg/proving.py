"""Rules prove themselves: examples are read, rejects are not, and annotated papers say how often they are right."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kg import linking, rules
from kg.graph import fold
from kg.model import Paper
from kg.pipeline import default_nlp, process, to_record
from kg.pipeline.state import state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kg.model import Record
    from kg.pipeline.state import State

_MARK = re.compile(r"\[(.+?)\]|<(.+?)>")
TALLIES = "rules.jsonl"
"""Name of the file beside the weights that holds what `Proof` tells."""


class Proof(NamedTuple):
    """How often mentions, claims and results of a rule stood in annotated papers, and how often rightly so."""

    fired: int
    right: int


@cache
def proofs() -> Mapping[str, Proof]:
    """Return what unseen annotated papers said of each rule when the weights were fitted."""
    path = rules.data_dir() / "weights" / TALLIES
    return {row["id"]: Proof(row["fired"], row["right"]) for _, row in rules.json_lines(path)} if path.is_file() else {}


def failures(rule: rules.Rule) -> Iterator[str]:
    """Yield what a rule does other than its examples and rejects say."""
    for text in rule.examples:
        objects = [found[1] for found in _MARK.finditer(text) if found[1]]
        subjects = [found[2] for found in _MARK.finditer(text) if found[2]]
        paper = _read(_MARK.sub(lambda found: found[1] or found[2], text), as_title=rule.id.endswith("title-colon"))
        record = to_record(paper)
        if rule.relation:
            got = _claims(record, rule.id)
            wanted = {(s, o) for s in subjects[:1] for o in objects}
            if not (set(objects) <= {o for _, o in got} and wanted <= got):
                yield f"example {text!r}: claims {sorted(got)}"
        elif rule.id.startswith("candidate."):
            if missing := set(objects) - _proposed(paper, rule.id):
                yield f"example {text!r}: does not propose {sorted(missing)}"
        elif (values := [r.value for r in record.results if r.rule == rule.id]) != [o.rstrip("%") for o in objects]:
            yield f"example {text!r}: reads {values}"
    for text in rule.rejects:
        paper = _read(text)
        record = to_record(paper)
        found = [*_claims(record, rule.id), *(r.value for r in record.results if r.rule == rule.id)]
        if found := [*found, *sorted(_proposed(paper, rule.id, title=False))]:
            yield f"reject {text!r}: reads {found}"


def _read(text: str, *, as_title: bool = False) -> State:
    title, abstract = (text, "Nothing more.") if as_title else ("A study", text)
    return state(process(default_nlp(), Paper("example", title, abstract)))


def _claims(record: Record, rule: str) -> set[tuple[str, str]]:
    """Return subject and object of what a rule asserts; "does not outperform" asserts nothing."""
    if rule == linking.VARIANT:  # the graph says it, not the record
        graph = fold([record])
        found = (a for a in graph.assertions if any(evidence.rule == rule for evidence in a.evidence))
        return {(graph.nodes[a.subject].label, graph.nodes[a.object].label) for a in found}
    return {(c.subject, c.object) for c in record.relations if c.rule == rule and c.polarity == "asserted"}


def _proposed(paper: State, rule: str, *, title: bool = True) -> set[str]:
    return {paper.text(s) for s, ids in paper.candidates.items() if rule in ids and (title or s[0] >= paper.body)}
