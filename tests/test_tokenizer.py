"""The tokenizer keeps the field's words whole and cuts what is not part of a name."""

from __future__ import annotations

import pytest

from kg.pipeline.tokenizer import tokenize


def words(text: str) -> list[str]:
    return [text[s:e] for s, e in tokenize(text)]


@pytest.mark.parametrize(
    "word",
    ["pre-training", "Llama-2-7B", "ROUGE-1", "F1", "top-1", "LoRA+", "ImageNet-1K", "80.9%", "ViT-B/16", "Recall@1"]
    + ["GPT-3.5", "Qwen2.5", "C++", "e.g.", "U.S.", "R&D", "1,024", "CodeT5+", "self-supervised", "3D"],
)
def test_tokenize_keeps_names_whole(word: str) -> None:
    """A name of the field is one token, in the middle of a sentence and at its end."""
    assert words(f"We use {word} here") == ["We", "use", word, "here"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("BERT-based", ["BERT", "-based"]),
        ("ImageNet-pretrained", ["ImageNet", "-pretrained"]),
        ("BERT's", ["BERT", "'s"]),
        ("image/text", ["image", "/", "text"]),
        ("(BERT)", ["(", "BERT", ")"]),
        ("end.The", ["end", ".", "The"]),
        ("GLUE.", ["GLUE", "."]),
        ("+2.3", ["+2.3"]),
        ("https://a.b/c.", ["https://a.b/c", "."]),
    ],
)
def test_tokenize_cuts_what_is_not_the_name(text: str, tokens: list[str]) -> None:
    """Adjectival endings, possessives and punctuation are tokens of their own."""
    assert words(text) == tokens


def test_tokenize_loses_nothing() -> None:
    """All characters but white space are in some token."""
    text = "We (re)train Llama-2-7B's \u03b2-VAE\u2014on 3\u00d7 data; 80.9\u2009% [1,2] \U0001f600 \u4e2d\u6587."
    assert "".join(words(text)) == "".join(text.split())
