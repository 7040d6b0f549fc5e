"""Time extraction against the bare English tokenizer on the same texts in the same run: `make bench`.

Seconds say little on a shared machine, so the figure is the ratio. Rounds alternate between the two, and
medians are compared; start-up (reading lexicons and weights) is timed apart.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import spacy
from spacy.language import Language

from kg.model import Paper
from kg.pipeline import extract, make_nlp
from kg.sources import read
from tests.conftest import DEMO, SHARED

ROUNDS = 3


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print seconds, papers a second, and the ratio."""
    varied = SHARED / "data" / "public" / "scale.jsonl"
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else varied if varied.is_file() else DEMO
    papers = list(read(source))
    start_up = timed(lambda: list(extract([Paper("a", "Warm up", "We use BERT.")])))

    def tokenize(nlp: Language) -> None:
        for paper in papers:
            nlp.make_doc(f"{paper.title}\n{paper.abstract}")

    def read_all(nlp: Language) -> None:
        for _ in extract(papers, nlp=nlp):
            pass

    bare, ours = [], []
    for _ in range(ROUNDS):
        # Both get a fresh vocabulary each round.
        plain, full = spacy.blank("en"), make_nlp()
        bare.append(timed(lambda: tokenize(plain)))  # noqa: B023 - called at once
        ours.append(timed(lambda: read_all(full)))  # noqa: B023 - called at once
    a, b = statistics.median(bare), statistics.median(ours)
    print(f"{len(papers)} papers of {source.name}, median of {ROUNDS} rounds, start-up {start_up:.2f} s apart")
    print(f"tokenizer alone  {a:7.2f} s  {len(papers) / a:7.0f} papers/s")
    print(f"extraction       {b:7.2f} s  {len(papers) / b:7.0f} papers/s")
    print(f"ratio            {b / a:7.2f}")


if __name__ == "__main__":
    main()
