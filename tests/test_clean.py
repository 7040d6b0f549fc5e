"""Cleaning makes text plain without losing where it came from."""

from __future__ import annotations

import pytest

from kg.pipeline.clean import clean


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (r"80.9\% of $k$-means", "80.9% of k-means"),
        (r"{\bf BERT} and \textbf{GPT}", "BERT and GPT"),
        (r"Erd\H{o}s, Schr\"odinger, Caf\'e", "Erdős, Schrödinger, Café"),
        ("R&amp;D &lt;5", "R&D <5"),
        ("GPT\u20113 \u2013 pre\u00adtraining", "GPT-3 - pretraining"),
        ("\ufb01ne-tuning e\ufb03cient", "fine-tuning efficient"),
        ("plain text", "plain text"),
        ("a\u200bb\u00a0c", "ab c"),
    ],
)
def test_clean_reads_markup_as_text(given: str, plain: str) -> None:
    """LaTeX, HTML entities, dashes and ligatures read as the characters they stand for."""
    assert clean(given).text == plain


@pytest.mark.parametrize("given", [r"with {\bf BERT} here", "\ufb01rst R&amp;D of BERT", "BERT"])
def test_clean_remembers_offsets(given: str) -> None:
    """A span of the clean text leads back to the same name in the given text."""
    cleaned = clean(given)
    start = cleaned.text.find("BERT") if "BERT" in cleaned.text else 0
    begin, end = cleaned.source(start, start + 4)
    assert given[begin:end] == "BERT"
