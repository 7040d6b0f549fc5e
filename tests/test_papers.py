"""Which records are one paper."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from kg import linking, ontology
from kg.graph import fold
from kg.model import Record
from kg.views.why import why_apart, why_same

TERMS = ontology.load().terms
TEXT = "We introduce BERT, a model of language that is trained on both sides of a word."
OTHER = "Here we correct an error in a proof about convex sets that readers noticed last year."


def record(id_: str, title: str = "BERT: Pre-training of Models", abstract: str = TEXT, **more: str) -> Record:
    return Record(id_, title, abstract, "test", f"sha of {id_}", **more)


def papers(*records: Record) -> list[set[str]]:
    return [{source.id for source in paper.sources} for paper in linking.papers(records)]


@pytest.mark.parametrize(
    "other",
    [
        record("mine", "Another title", OTHER, url="https://arxiv.org/abs/1810.04805v2"),
        record("1810.04805v1", "Another title", OTHER),
        record("doi:10.48550/arXiv.1810.04805", "Another title", OTHER),
        record("x", "Another title", OTHER, doi="10.48550/ARXIV.1810.04805"),
        record("x", "BERT: PRE-TRAINING OF MODELS"),
        record("x", r"\textbf{BERT}: {P}re-training  of Models"),
        record("x", "BERT \N{EM DASH} Pre\N{HYPHEN}training of Models.", TEXT[:60]),
    ],
    ids=str,
)
def test_records_of_one_paper_are_one_paper(other: Record) -> None:
    """One arXiv number, or one title in any spelling with like abstracts, is one paper with both records as sources."""
    assert papers(record("arxiv:1810.04805"), other) == [{"arxiv:1810.04805", other.id}]


def test_records_of_one_doi_are_one_paper() -> None:
    """A DOI makes one paper of an id, an address and a field."""
    rows = [
        record("10.1145/1.2", "A", "One text."),
        record("b", "B", "Two words.", url="https://doi.org/10.1145/1.2"),
        record("c", "C", "Three lines.", doi="doi:10.1145/1.2"),
    ]
    assert papers(*rows) == [{"10.1145/1.2", "b", "c"}]
    assert linking.papers(rows)[0].id.startswith("paper/doi-10.1145-1.2")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (record("arxiv:1810.04805"), record("arxiv:1910.04805")),
        (record("10.1145/1.2"), record("10.1145/1.3")),
        (record("a", "Erratum", TEXT), record("b", "Erratum", OTHER)),
        (record("a"), record("b", "BERT: Pre-training of Models 2")),
    ],
)
def test_other_papers_stay_apart(one: Record, other: Record) -> None:
    """Different numbers, different texts under one title, or another title: two papers under two ids."""
    found = linking.papers([one, other])
    assert [len(paper.sources) for paper in found] == [1, 1]
    assert found[0].id != found[1].id


def test_record_that_fits_two_papers_is_of_neither() -> None:
    """Where two numbers share a title, a third record of that title tells nothing of either."""
    rows = (record("arxiv:1810.04805"), record("arxiv:1910.04805"), record("x"))
    assert len(papers(*rows)) == 3


def test_number_and_doi_meet_in_a_third_record() -> None:
    """A record with both identifiers joins those that have one each."""
    rows = (
        record("arxiv:1810.04805", "A", "One text."),
        record("10.1145/1.2", "B", "Two words."),
        record("arXiv:1810.04805", "C", "Three lines.", doi="10.1145/1.2"),
    )
    for each in permutations(rows):
        assert papers(*each) == [{"arxiv:1810.04805", "10.1145/1.2", "arXiv:1810.04805"}]


def test_papers_are_free_of_order() -> None:
    """Any order of the records gives the same papers, ids and sources."""
    rows = [record(f"arxiv:1810.0480{n}", f"Title {n % 3}", TEXT if n % 2 else OTHER) for n in range(6)]
    rows += [record(f"x{n}", f"TITLE {n % 4}", TEXT if n % 2 else OTHER) for n in range(12)]
    wanted = linking.papers(rows)
    for seed in range(5):
        assert linking.papers(random.Random(seed).sample(rows, len(rows))) == wanted


def test_fold_keeps_both_records_as_sources() -> None:
    """The paper has the address and date that any of its records gives, and each record says why it is of it."""
    rows = [record("arxiv:1810.04805"), record("x", "bert: pre-training of models", date="2018", url="https://a.b/c")]
    graph = fold(rows)
    (paper,) = graph.papers.values()
    assert (paper.id, paper.source_id, paper.date, paper.url) == (
        "paper/arxiv-1810.04805",
        "arxiv:1810.04805",
        "2018",
        "https://a.b/c",
    )
    assert [(source.id, source.reason) for source in paper.sources] == [("arxiv:1810.04805", ""), ("x", "title")]
    assert [(merge.node, merge.name, merge.reason) for merge in graph.merges] == [(paper.id, "x", "title")]
    assert graph.records == tuple(rows)
    assert "are one paper" in why_same(graph, "x", "arxiv:1810.04805")
    answer = graph.query("SELECT ?id { ?p a kg:Paper ; dct:identifier ?id } ORDER BY ?id")
    assert answer.rows == (("arxiv:1810.04805",), ("x",))
    same = graph.query("SELECT ?page { ?p a kg:Paper ; schema:sameAs ?page }")
    assert same.rows == (("https://arxiv.org/abs/1810.04805",),)


def test_why_apart_tells_papers_apart() -> None:
    """Two papers are apart for their numbers or for their texts."""
    graph = fold([record("arxiv:1810.04805"), record("arxiv:1910.04805"), record("b", "Erratum", OTHER)])
    assert "1910.04805" in why_apart(graph, "arxiv:1810.04805", "arxiv:1910.04805")
    assert "title" in why_apart(graph, "arxiv:1810.04805", "b")
