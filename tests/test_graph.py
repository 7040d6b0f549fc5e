"""The fold: order-free, reversible, and every edge with its evidence."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from kg import ontology
from kg.graph import KnowledgeGraph, fold
from kg.linking import normal
from kg.model import Claim, Entity, Mention, Record, Result
from kg.pipeline import extract
from kg.sources import read
from tests.conftest import DEMO

TERMS = ontology.load().terms
TITLE = "FrogNet"
ABSTRACT = "We train FrogNet on ImageNet. It beats BERT."


def entity(name: str, type_: str, *, introduced: bool = False, aliases: Sequence[str] = ()) -> Entity:
    start = ABSTRACT.index(name)
    mention = Mention("abstract", start, start + len(name), name, "candidate.shape")
    return Entity(name, type_, tuple(aliases), introduced, 0.9, (mention,))


def record(
    id_: str = "x1", *, entities: Sequence[Entity] = (), relations: Sequence[Claim] = (), results: Sequence[Result] = ()
) -> Record:
    return Record(
        id=id_,
        title=f"{TITLE} {id_}",
        abstract=ABSTRACT,
        extractor="test",
        text_sha256=id_,
        sentences=(("title", 0, 8 + len(id_)), ("abstract", 0, 29), ("abstract", 30, 44)),
        entities=tuple(entities),
        relations=tuple(relations),
        results=tuple(results),
    )


def claim(subject: str, predicate: str, object_: str, *, polarity: str = "asserted") -> Claim:
    return Claim(subject, predicate, object_, 0.9, polarity, "abstract", 0, 29, "test.rule")  # type: ignore[arg-type]


FROG = entity("FrogNet", TERMS.Model, introduced=True)
DATA = entity("ImageNet", TERMS.Dataset)
BERT = entity("BERT", TERMS.Model)


def triples(graph: KnowledgeGraph) -> set[tuple[str, str, str]]:
    return {(edge.subject, edge.predicate, edge.object) for edge in graph.edges}


def test_fold_is_free_of_order() -> None:
    """The same records in any order give an equal graph."""
    records = list(extract(list(read(DEMO))[:20]))
    shuffled = random.Random(3).sample(records, len(records))
    assert fold(records) == fold(shuffled)


def test_fold_forgets_a_removed_paper() -> None:
    """A graph without a paper equals the graph that never saw it."""
    records = list(extract(list(read(DEMO))[:10]))
    assert fold(r for r in fold(records).records if r.id != records[0].id) == fold(records[1:])


def test_paper_mentions_each_of_its_entities() -> None:
    """Every entity of a record is mentioned by its paper, with the sentence that names it."""
    graph = fold([record(entities=[DATA, BERT])])
    (paper,) = graph.papers
    assert triples(graph) == {(paper, TERMS.mentions, node) for node in graph.nodes}
    assert {graph.sentence(a.evidence[0], paper=paper) for a in graph.assertions} == {ABSTRACT[:29], ABSTRACT[30:]}


def test_flag_alone_introduces() -> None:
    """An entity that is flagged as introduced is introduced by its paper, though no claim says so."""
    graph = fold([record(entities=[FROG])])
    assert (next(iter(graph.papers)), TERMS.introduces, "model/frognet") in triples(graph)
    assert graph.nodes["model/frognet"].introduced_by == tuple(graph.papers)


def test_paper_as_subject_means_what_it_introduces() -> None:
    """A claim of the paper belongs to the one model that the paper introduces."""
    graph = fold([record(entities=[FROG, DATA], relations=[claim("PAPER", TERMS.trainedOn, "ImageNet")])])
    assert ("model/frognet", TERMS.trainedOn, "dataset/imagenet") in triples(graph)


def test_paper_without_a_model_keeps_the_role() -> None:
    """Where a paper introduces nothing that could be trained, the claim stays with the paper under its own relation."""
    graph = fold([record(entities=[DATA], relations=[claim("PAPER", TERMS.trainedOn, "ImageNet")])])
    (paper,) = graph.papers
    assert (paper, TERMS.trainsOnInPaper, "dataset/imagenet") in triples(graph)
    assert not [t for t in triples(graph) if t[1] == TERMS.trainedOn]


def test_special_claim_implies_the_general_one() -> None:
    """Who pre-trains on data trains on it, and the implied edge shows the same evidence."""
    graph = fold([record(entities=[FROG, DATA], relations=[claim("FrogNet", TERMS.pretrainedOn, "ImageNet")])])
    edges = {edge.predicate: edge for edge in graph.edges}
    assert edges[TERMS.trainedOn].assertions == edges[TERMS.pretrainedOn].assertions


@pytest.mark.parametrize("polarity", ["negated", "hedged"])
def test_denied_claims_are_no_edges(polarity: str) -> None:
    """A negated or hedged claim is kept as an assertion and is never an edge."""
    denied = claim("FrogNet", TERMS.trainedOn, "ImageNet", polarity=polarity)
    graph = fold([record(entities=[FROG, DATA], relations=[denied])])
    assert TERMS.trainedOn not in {edge.predicate for edge in graph.edges}
    assert [a.polarity for a in graph.assertions if a.predicate == TERMS.trainedOn] == [polarity]


def test_result_implies_evaluation() -> None:
    """A number on a dataset says that the model was evaluated on it."""
    result = Result("PAPER", "ImageNet", "", "90.1", "%", "absolute", 0.8, "abstract", 0, 29, "results.number")
    graph = fold([record(entities=[FROG, DATA], results=[result])])
    assert [(r.subject, r.target, r.metric) for r in graph.results] == [("model/frognet", "dataset/imagenet", "")]
    assert ("model/frognet", TERMS.evaluatedOn, "dataset/imagenet") in triples(graph)


def test_spellings_are_one_node_and_versions_are_not() -> None:
    """Case, hyphen and plural do not part names; a version or sign does."""
    assert normal("Cifar 10") == normal("CIFAR-10")
    pairs = [("GPT-3", "GPT-3.5"), ("LoRA", "LoRA+"), ("F1", "F2"), ("ViT", "DeiT"), ("Recall@1", "Recall@5")]
    assert all(normal(a) != normal(b) for a, b in [*pairs, ("CIFAR-10", "CIFAR-100"), ("CLIP", "BLIP")])


def test_support_counts_papers() -> None:
    """An edge that two papers state shows both."""
    said = claim("FrogNet", TERMS.trainedOn, "ImageNet")
    rows = [record(id_, entities=[FROG, DATA], relations=[said]) for id_ in ("a", "b")]
    edge = next(e for e in fold(rows).edges if e.predicate == TERMS.trainedOn)
    assert len(edge.papers) == len(edge.assertions) == 2


def test_entities_are_asked_by_type() -> None:
    """entities(type=...) gives those of the type, the most mentioned first; an unknown type names the nearest."""
    rows = [record("a", entities=[FROG, BERT]), record("b", entities=[BERT])]
    graph = fold(rows)
    assert [node.label for node in graph.entities(type=TERMS.Model)] == ["BERT", "FrogNet"]
    with pytest.raises(Exception, match="Did you mean 'Model'"):
        graph.entities(type="Modle")


def test_untitled_paper_goes_by_its_id() -> None:
    """A paper without a title has its id as name, in a node of its own."""
    nameless = [Record(id_, "", "We use BERT.", "0", id_) for id_ in ("s1", "s2")]
    assert [paper.name for paper in fold(nameless).papers.values()] == ["s1", "s2"]


def test_claims_outside_domain_and_range_are_left_out() -> None:
    """What the ontology does not admit is no assertion, also where a record of others claims it."""
    wrong = [claim("ImageNet", TERMS.trainedOn, "FrogNet"), claim("FrogNet", TERMS.addresses, "ImageNet")]
    result = Result("ImageNet", "", "", "90.1", "%", "absolute", 0.8, "abstract", 0, 29, "results.number")
    graph = fold([record(entities=[FROG, DATA], relations=wrong, results=[result])])
    assert {a.predicate for a in graph.assertions} == {TERMS.mentions, TERMS.introduces}
    assert [r.subject for r in graph.results] == [""]


def test_records_of_one_paper_are_one() -> None:
    """Of two records under one arXiv number the first in order stands for the paper."""
    rows = [record("arxiv:1810.04805", entities=[FROG]), record("arXiv.org/abs/1810.04805v2", entities=[BERT])]
    assert list(fold(rows).papers) == ["paper/arxiv-1810.04805"]
    assert fold(rows) == fold(reversed(rows))
