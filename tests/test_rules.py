"""Every row of data proves itself: its examples work, its rejects stay silent, its file is in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kg import ontology, proving, rules
from kg.errors import RuleError
from kg.linking import normal
from kg.model import Paper, Record
from kg.pipeline import default_nlp, make_doc
from kg.pipeline.state import state
from kg.pipeline.surroundings import cues, heads

RULES = {rule.id: rule for rule in rules.rules()}


@pytest.mark.parametrize("rule", RULES)
def test_rule_reads_its_examples_and_no_reject(rule: str) -> None:
    """A rule proposes, claims or reports what its examples mark, in the whole pipeline, and is silent on rejects."""
    assert list(proving.failures(RULES[rule])) == []


def test_broken_example_is_told() -> None:
    """A rule whose example or reject does not hold is found out, with what it did instead."""
    rule = RULES["uses.based-on"]
    wrong = replace(
        rule, examples=("<CLIP> eats [contrastive learning].",), rejects=("Our model is built on RoBERTa.",)
    )
    said = list(proving.failures(wrong))
    assert said[0].startswith("example '<CLIP> eats")
    assert "reads" in said[-1]


def test_rule_counts_are_those_of_annotated_papers() -> None:
    """Most rules have fired in annotated papers, none was right more often than that."""
    counts = proving.proofs()
    assert counts.keys() <= RULES.keys()
    assert all(0 <= proof.right <= proof.fired for proof in counts.values())
    assert len(counts) > len(RULES) / 2


def test_every_claim_and_mention_names_a_rule_that_exists(read_text: Callable[..., Record]) -> None:
    """Rule ids in records lead to rows that `kg rules` shows."""
    record = read_text("We propose FrogNet, trained on ImageNet. It outperforms BERT by 2.3% accuracy on GLUE.")
    known = {rule.id for rule in rules.rules()}
    assert {m.rule for e in record.entities for m in e.mentions} <= known
    assert {c.rule for c in (*record.relations, *record.results)} <= known


@pytest.mark.parametrize("path", sorted((rules.data_dir() / "lexicons").glob("*.jsonl")), ids=lambda p: p.stem)
def test_lexicon_file_is_in_order(path: Path) -> None:
    """A lexicon holds one type, sorted by id, without repeated names."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    for row in rows:
        assert row["id"].startswith(row["type"].lower() + "/")
        assert row["type"].lower() == path.stem
        assert row["label"] not in row.get("aliases", [])
        assert len(set(row.get("aliases", []))) == len(row.get("aliases", []))


def test_lexicon_name_under_two_types_is_weak() -> None:
    """A name that several rows share with other types needs context, and its row says so."""
    strong: dict[str, set[str]] = {}
    for row in rules.lexicons():
        for name in {row.label, *row.aliases} - set(row.weak):
            strong.setdefault(name.casefold(), set()).add(row.type)
    assert {name: types for name, types in strong.items() if len(types) > 1} == {}


@pytest.mark.parametrize("type_", sorted({row.type for row in rules.lexicons()}))
def test_lexicon_names_are_found_in_text(type_: str) -> None:
    """Each name of a lexicon is found where it stands, under its own row."""
    names, split = default_nlp().get_pipe("kg_names"), default_nlp().get_pipe("kg_sentences")
    missed = []
    for row in rules.lexicons():
        if row.type != type_:
            continue
        for name in (row.label, *row.aliases):
            doc = make_doc(default_nlp(), Paper("a", "T", f"they saw {name} there"))
            paper = state(names(split(doc)))
            if row.id not in {k.row for found in paper.known.values() for k in found}:
                missed.append((row.id, name))
    assert missed == []


def test_lexicon_label_and_aliases_of_a_type_are_unambiguous() -> None:
    """Within a type, one normal form leads to one label: linking cannot depend on the order of rows."""
    labels: dict[tuple[str, str], set[str]] = {}
    for row in rules.lexicons():
        labels.setdefault((row.type, normal(row.label)), set()).add(row.label)
    assert {key: found for key, found in labels.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "x.a", "why": "w", "examples": ["e"], "patern": []}, "unknown key 'patern'. Did you mean 'pattern'?"),
        ({"id": "x.a", "why": "w", "examples": ["e"], "source": "elsewhere"}, "unknown key 'source'"),
        ({"id": "y.a", "why": "w", "examples": ["e"]}, "must begin with its file's name"),
        ({"id": "x.a", "why": "w", "examples": []}, "at least one example"),
        ({"id": "x.a", "why": "w", "examples": ["e"], "relation": "traindOn"}, "Did you mean 'trainedOn'?"),
        ({"id": "x.a", "why": "w", "examples": ["e"], "role": "object-rihgt"}, "Did you mean 'object-right'?"),
        ({"id": "x.a", "why": "w", "examples": ["e"], "pattern": [{"LOWER": "a"}]}, "needs a `relation`"),
    ],
)
def test_broken_rule_row_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: dict[str, object], message: str
) -> None:
    """A broken row is refused with file, line and the nearest right name."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "x.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    monkeypatch.setattr(rules, "data_dir", lambda: tmp_path)
    rules.rules.cache_clear()
    try:
        with pytest.raises(RuleError, match=r"x\.jsonl:1") as caught:
            rules.rules()
    finally:
        monkeypatch.undo()
        rules.rules.cache_clear()
    assert message in str(caught.value)


def test_broken_json_row_is_refused(tmp_path: Path) -> None:
    """A line that is no JSON object is refused with file and line."""
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": 1}\n{oops\n', encoding="utf-8")
    with pytest.raises(RuleError, match=r"x\.jsonl:2: not JSON"):
        list(rules.json_lines(path))


def test_word_classes_have_reasons() -> None:
    """Each word class says why it exists, holds words, and those of types name types."""
    table = json.loads((rules.data_dir() / "words.json").read_text(encoding="utf-8"))
    assert all(entry["why"] and entry["words"] == sorted(set(entry["words"])) for entry in table.values())
    known = ontology.load().entity_types
    assert {name.removeprefix("head.") for name in table if name.startswith("head.")} <= set(known)
    assert cues()["outperforms"] == ("compare",)
    assert "Dataset" in heads()["corpus"]
