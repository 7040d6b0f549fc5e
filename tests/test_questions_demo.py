"""The ready questions over the bundled papers: each answer stands with the piece of text that makes it right."""

from __future__ import annotations

import json

import pytest

from kg.graph import fold
from kg.pipeline import extract
from kg.sources import read
from kg.views import rdf, sparql
from tests.conftest import DEMO

Row = dict[str, str]

TEXTS = {
    row["id"]: f"{row['title']} {row['abstract']} {row.get('date', '')} {' '.join(row.get('authors', ()))}"
    for row in map(json.loads, DEMO.read_text(encoding="utf-8").splitlines())
}
SAID: dict[str, tuple[Row, Row, tuple[tuple[str, str], ...]]] = {
    "alternatives": (
        {"name": "xlnet"},
        {"label": "RoBERTa"},
        (("arxiv:1907.11692", "RoBERTa achieves"), ("arxiv:1907.11692", "It outperforms XLNet")),
    ),
    "ancestors": ({"name": "LLaMA-65B"}, {"label": "LLaMA"}, (("arxiv:2302.13971", "LLaMA, a family"),)),
    "descendants": (
        {"name": "LLaMA"},
        {"label": "LLaMA-65B"},
        (("arxiv:2302.13971", "LLaMA-65B has an accuracy of 63.4% on MMLU"),),
    ),
    "best-results": (
        {},
        {"dataset_name": "CIFAR-10", "metric_name": "FID", "value": "3.17"},
        (("arxiv:2006.11239", "on CIFAR10, DDPM achieves an FID of 3.17"),),
    ),
    "co-occurring-methods": (
        {"at_least": "3"},
        {"first_name": "PPO", "second_name": "RLHF", "papers": "3"},
        (
            ("arxiv:2203.02155", "human feedback (RLHF)"),
            ("arxiv:2203.02155", "against it with PPO"),
            ("arxiv:2305.18290", "PPO"),
            ("arxiv:2307.09288", "PPO"),
        ),
    ),
    "compared-pairs": (
        {},
        {"first_name": "ALBERT", "second_name": "XLNet"},
        (("arxiv:1909.11942", "surpassing both XLNet and RoBERTa"),),
    ),
    "dataset-adoption": (
        {"dataset": "glue"},
        {"year": "2018", "papers": "2"},  # the paper on GLUE and the one on BERT
        (("arxiv:1804.07461", "2018-04-20"), ("arxiv:1810.04805", "2018-10-11"), ("arxiv:1810.04805", "80.5% on GLUE")),
    ),
    "datasets-of-model": (
        {"name": "T5"},
        {"relation": "pretrainedOn", "label": "C4"},
        (
            (
                "arxiv:1910.10683",
                "pre-trained with a span corruption objective on the Colossal Clean Crawled Corpus (C4)",
            ),
        ),
    ),
    "datasets-without-results": (
        {"at_least": "2"},
        {"label": "Common Crawl"},  # read for training, never a number on it
        (("arxiv:1910.10683", "cleaned from Common Crawl"), ("arxiv:2302.13971", "trained on Common Crawl")),
    ),
    "evaluated-on-both": (
        {"first": "GLUE", "second": "SQuAD"},
        {"name": "RoBERTa"},
        (("arxiv:1907.11692", "88.5 on GLUE and an accuracy of 83.2% on RACE, and we also evaluate it on SQuAD"),),
    ),
    "evidence": (
        {"subject": "roberta", "predicate": "outperforms", "object": "XLNet"},
        {"relation": "outperforms", "object_name": "XLNet", "polarity": "asserted"},
        (("arxiv:1907.11692", "It outperforms XLNet"),),
    ),
    "find": ({"name": "distil"}, {"label": "DistilBERT", "type": "Model"}, (("arxiv:1910.01108", "call DistilBERT"),)),
    "gains": (
        {"dataset": "GLUE"},
        {"value": "7.7", "unit": "points", "kind": "delta-points"},
        (("arxiv:1810.04805", "80.5% on GLUE, 7.7 points above the best earlier system"),),
    ),
    "introduced-by": (
        {"name": "low-rank adaptation"},
        {"label": "LoRA", "date": "2021-06-17"},
        (("arxiv:2106.09685", "introduces LoRA (Low-Rank Adaptation)"), ("arxiv:2106.09685", "2021-06-17")),
    ),
    "introduced-for-task": (
        {"task": "image classification"},
        {"label": "ViT", "type": "Model"},
        (
            ("arxiv:2010.11929", "introduce the Vision Transformer (ViT)"),
            ("arxiv:2010.11929", "for image classification"),
        ),
    ),
    "largest-models": (
        {"at_least": "65000000000"},
        {"label": "LLaMA-65B", "parameters": "65000000000", "family": "LLaMA"},
        (("arxiv:2302.13971", "LLaMA-65B"),),
    ),
    "leaderboard": (
        {"dataset": "Imagenet", "metric": "accuracy"},
        {"value": "88.55", "unit": "%"},
        (("arxiv:2010.11929", "an accuracy of 88.55% on ImageNet"),),
    ),
    "many-names": (
        {"at_least": "3"},
        {"label": "BookCorpus"},  # of three spellings in three papers
        (
            ("arxiv:1810.04805", "BooksCorpus"),
            ("arxiv:1907.11692", "BookCorpus"),
            ("arxiv:1910.01108", "Toronto Book Corpus"),
        ),
    ),
    "meanings": (
        {"name": "momentum contrast"},
        {"label": "MoCo", "type": "Method"},
        (("arxiv:1911.05722", "Momentum Contrast (MoCo)"),),
    ),
    "metrics-of-task": (
        {"task": "question answering"},
        {"label": "F1"},
        (("arxiv:1810.04805", "In question answering, our model reaches an F1 of 93.2"),),
    ),
    "most-compared": (
        {},
        {"label": "Chinchilla", "others": "5"},  # Gopher, GPT-3, Jurassic-1, MT-NLG; and LLaMA, on par with it
        (
            ("arxiv:2203.15556", "Chinchilla outperforms Gopher"),
            ("arxiv:2203.15556", "surpasses published results of GPT-3, Jurassic-1 and MT-NLG 530B"),
            ("arxiv:2302.13971", "on par with Chinchilla"),
        ),
    ),
    "most-used-datasets": (
        {"at_least": "3"},
        {"label": "ImageNet"},
        (("krizhevsky2012", "on ImageNet"), ("arxiv:1911.05722", "on ImageNet"), ("arxiv:2010.11929", "on ImageNet")),
    ),
    "named-in-year": (
        {"year": "2021"},
        {"label": "LoRA", "type": "Method", "papers": "1"},
        (("arxiv:2106.09685", "2021-06-17"), ("arxiv:2106.09685", "LoRA")),
    ),
    "named-with": (
        {"name": "LoRA"},
        {"label": "DeBERTa", "type": "Model"},
        (("arxiv:2106.09685", "We apply it to RoBERTa, DeBERTa, GPT-2 and GPT-3"),),
    ),
    "new-since": (
        {"since": "2024-12"},
        {"date": "2025-05-14", "introduced": "Qwen3"},
        (("arxiv:2505.09388", "2025-05-14"), ("arxiv:2505.09388", "Qwen3")),
    ),
    "paper-card": (
        {"paper": "ARXIV:1810.04805"},
        {"relation": "introduces", "label": "BERT"},
        (("arxiv:1810.04805", "We propose BERT"),),
    ),
    "papers-by-author": (
        {"author": "devlin"},
        {"author_name": "Jacob Devlin", "date": "2018-10-11"},
        (("arxiv:1810.04805", "Jacob Devlin"),),
    ),
    "papers-naming-both": (
        {"first": "DeBERTa", "second": "WikiSQL"},
        {"title": "LoRA: Low-Rank Adaptation of Large Language Models"},
        (("arxiv:2106.09685", "DeBERTa"), ("arxiv:2106.09685", "WikiSQL")),
    ),
    "papers-on": (
        {"name": "ViT"},
        {"date": "2020-10-22", "introduces": "true"},
        (("arxiv:2010.11929", "We introduce the Vision Transformer (ViT)"),),
    ),
    "papers-with-results": (
        {"name": "MMLU"},
        {"title": "LLaMA: Open and Efficient Foundation Language Models", "results": "1"},
        (("arxiv:2302.13971", "63.4% on MMLU"),),
    ),
    "result-timeline": (
        {"dataset": "ImageNet", "metric": "accuracy"},
        {"date": "2020-10-22", "value": "88.55"},
        (("arxiv:2010.11929", "88.55% on ImageNet"), ("arxiv:2010.11929", "2020-10-22")),
    ),
    "statistics": ({}, {"what": "class", "name": "Paper", "count": "60"}, ()),
    "support": (
        {"at_least": "3"},
        {"subject_name": "BERT-large", "relation": "variantOf", "object_name": "BERT"},
        (("arxiv:1810.04805", "BERT-large"), ("arxiv:1909.11942", "BERT-large")),
    ),
    "task-leaderboard": (
        {"task": "image classification", "metric": "accuracy"},
        {"dataset_name": "ImageNet", "value": "88.55"},
        (("arxiv:2010.11929", "fine-tune it for image classification"), ("arxiv:2010.11929", "88.55% on ImageNet")),
    ),
    "tasks-of-dataset": (
        {"dataset": "ImageNet"},
        {"label": "image classification"},
        (("arxiv:2010.11929", "for image classification"), ("arxiv:2010.11929", "88.55% on ImageNet")),
    ),
    "trained-and-evaluated": (
        {"trained": "C4", "evaluated": "SuperGLUE"},
        {"name": "T5"},
        (("arxiv:1910.10683", "Corpus (C4)"), ("arxiv:1910.10683", "We evaluate T5 on GLUE and SuperGLUE")),
    ),
    "trained-on": (
        {"dataset": "the pile"},
        {"relation": "trainedOn"},
        (("arxiv:2312.00752", "Trained on the Pile, Mamba-2.8B"),),
    ),
    "variants": (
        {"name": "llama"},
        {"label": "LLaMA-65B", "parameters": "65000000000"},
        (("arxiv:2302.13971", "LLaMA-65B"),),
    ),
    "wikidata-links": (
        {},
        {"label": "BERT", "wikidata": "http://www.wikidata.org/entity/Q61726893"},  # as its lexicon row says
        (("arxiv:1810.04805", "BERT"),),
    ),
    "who-beats": (
        {"name": "XLNet"},
        {"winner_name": "RoBERTa"},
        (("arxiv:1907.11692", "It outperforms XLNet"),),
    ),
}
EMPTY = ("contradictions",)
"""No bundled paper contradicts another."""
SENSES = ("claims-by-rule", "doubted", "low-confidence")
"""These depend on how the text was read, not only on what it says."""


@pytest.fixture(scope="module")
def store() -> object:
    """Return the graph of the bundled papers."""
    return rdf.to_store(fold(extract(read(DEMO, strict=True))))


def test_every_question_is_asked_of_the_bundled_papers() -> None:
    """No ready question is left out."""
    assert sorted((*SAID, *EMPTY, *SENSES)) == [question.name for question in sparql.queries()]


@pytest.mark.parametrize("name", SAID)
def test_question_finds_what_the_texts_say(name: str, store: object) -> None:
    """A row that a reader of the texts expects is in the answer."""
    values, expected, proof = SAID[name]
    for paper, piece in proof:
        assert piece in TEXTS[paper], "the proof is not in the text"
    found = sparql.query_store(store, sparql.bind(sparql.named(name), values))  # type: ignore[arg-type]
    rows = [dict(zip(found.variables, row, strict=True)) for row in found.rows]
    assert any(expected.items() <= row.items() for row in rows), rows[:20]


@pytest.mark.parametrize("name", EMPTY)
def test_question_finds_nothing_where_nothing_is(name: str, store: object) -> None:
    """A question without an answer has no rows."""
    assert sparql.query_store(store, sparql.named(name).text).rows == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("claims-by-rule", {"rule": "evaluatedOn.outperforms-on"}, "sentence"),
        ("doubted", {}, "sentence"),
        ("low-confidence", {"predicate": "uses", "at_most": "1"}, "sentence"),
    ],
)
def test_question_about_reading_shows_sentences(name: str, values: Row, sentence: str, store: object) -> None:
    """What was read by one rule, with doubt or unsurely, stands with a sentence of a bundled paper."""
    found = sparql.query_store(store, sparql.bind(sparql.named(name), values))  # type: ignore[arg-type]
    shown = [row[found.variables.index(sentence)] for row in found.rows]
    assert shown
    assert all(any(each in text for text in TEXTS.values()) for each in shown)
