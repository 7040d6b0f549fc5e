"""Four short papers, annotated by hand, whose graph has a little of everything."""

from __future__ import annotations

import re

from kg import iri
from kg.graph import KnowledgeGraph, fold
from kg.model import Claim, Entity, Field, Mention, Record, Result

EXTRACTOR = "0.1.0+test"


def record(
    id: str,
    text: str,
    entities: tuple[tuple[str, str], ...],
    *,
    claims: tuple[tuple[str, str, str, str, str], ...] = (),
    results: tuple[tuple[str, str, str, str, str, str], ...] = (),
    introduced: tuple[str, ...] = (),
    aliases: dict[str, tuple[str, ...]] | None = None,
    date: str = "",
    url: str = "",
    authors: tuple[str, ...] = (),
) -> Record:
    """Return a record of a text whose first line is the title and each further line a sentence.

    A claim gives a piece of its sentence as its last element; a result's sentence is the one with its value.
    """
    title, *sentences = text.strip().split("\n")
    abstract = " ".join(sentences)
    places: list[tuple[Field, int, int]] = [("title", 0, len(title))]
    for sentence in sentences:
        start = places[-1][2] + 1 if len(places) > 1 else 0
        places.append(("abstract", start, start + len(sentence)))

    def mentions(name: str) -> tuple[Mention, ...]:
        fields: tuple[tuple[Field, str], ...] = (("title", title), ("abstract", abstract))
        return tuple(
            Mention(field, m.start(), m.end(), m[0], "names.known")
            for field, content in fields
            for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", content)
        )

    def sentence(piece: str) -> tuple[Field, int, int]:
        (found,) = (place for place in places[1:] if piece in abstract[place[1] : place[2]])
        return found

    aliases = aliases or {}
    return Record(
        id=id,
        title=title,
        abstract=abstract,
        extractor=EXTRACTOR,
        text_sha256=iri.digest(text),
        date=date,
        url=url,
        authors=authors,
        sentences=tuple(places),
        entities=tuple(
            Entity(name, kind, aliases.get(name, ()), name in introduced, 0.9, mentions(name))
            for name, kind in entities
        ),
        relations=tuple(
            Claim(s, p, o, 0.8, polarity, *sentence(piece), f"{p.lower()}.test")  # type: ignore[arg-type]
            for s, p, o, polarity, piece in claims
        ),
        results=tuple(
            Result(s, target, metric, value, unit, kind, 0.7, *sentence(value), "result.test")  # type: ignore[arg-type]
            for s, target, metric, value, unit, kind in results
        ),
    )


ALPHA = record(
    "arxiv:2301.00001",
    """
AlphaNet: Widgets at Scale
We introduce AlphaNet, which is based on BaseNet.
AlphaNet is trained on CorpusOne.
AlphaNet is evaluated on BenchA, a part of widget sorting.
AlphaNet uses WidgetTuning together with Gadget Norm (GN).
AlphaNet reaches 80.50% accuracy on BenchA.
AlphaNet outperforms BaseNet by 2.3 points on BenchA.
""",
    (
        ("AlphaNet", "Model"),
        ("BaseNet", "Model"),
        ("CorpusOne", "Dataset"),
        ("BenchA", "Benchmark"),
        ("WidgetTuning", "Method"),
        ("Gadget Norm", "Method"),
        ("accuracy", "Metric"),
        ("widget sorting", "Task"),
    ),
    claims=(
        ("AlphaNet", "basedOn", "BaseNet", "asserted", "based on"),
        ("AlphaNet", "trainedOn", "CorpusOne", "asserted", "trained on"),
        ("AlphaNet", "evaluatedOn", "BenchA", "asserted", "evaluated on"),
        ("AlphaNet", "uses", "WidgetTuning", "asserted", "uses"),
        ("AlphaNet", "uses", "Gadget Norm", "asserted", "uses"),
        ("AlphaNet", "outperforms", "BaseNet", "asserted", "outperforms"),
        ("PAPER", "addresses", "widget sorting", "asserted", "widget sorting"),
        ("PAPER", "measuredBy", "accuracy", "asserted", "accuracy"),
    ),
    results=(
        ("AlphaNet", "BenchA", "accuracy", "80.50", "%", "absolute"),
        ("AlphaNet", "BenchA", "", "2.3", "points", "delta"),
    ),
    introduced=("AlphaNet",),
    aliases={"Gadget Norm": ("GN",), "BenchA": ("Bench Alpha",)},
    date="2023-01-05",
    url="https://arxiv.org/abs/2301.00001",
    authors=("Ada Example", "Bo Example"),
)
BETA = record(
    "p2",
    """
BetaNet, a Better Widget
BetaNet extends AlphaNet with more widgets.
BetaNet uses WidgetTuning and also Gadget Norm.
BetaNet is pre-trained on CorpusOne.
BetaNet obtains an accuracy of 82.1% on BenchA.
BetaNet scores 71 on BenchB.
In all tests BetaNet outperforms AlphaNet.
BetaNet does not use GizmoLoss.
BetaNet may be trained on CorpusTwo.
""",
    (
        ("BetaNet", "Model"),
        ("AlphaNet", "Model"),
        ("WidgetTuning", "Method"),
        ("Gadget Norm", "Method"),
        ("GizmoLoss", "Method"),
        ("CorpusOne", "Dataset"),
        ("CorpusTwo", "Dataset"),
        ("BenchA", "Benchmark"),
        ("BenchB", "Dataset"),
        ("accuracy", "Metric"),
    ),
    claims=(
        ("BetaNet", "basedOn", "AlphaNet", "asserted", "extends"),
        ("BetaNet", "uses", "WidgetTuning", "asserted", "uses"),
        ("BetaNet", "uses", "Gadget Norm", "asserted", "uses"),
        ("BetaNet", "pretrainedOn", "CorpusOne", "asserted", "pre-trained"),
        ("BetaNet", "outperforms", "AlphaNet", "asserted", "outperforms"),
        ("BetaNet", "uses", "GizmoLoss", "negated", "does not use"),
        ("BetaNet", "trainedOn", "CorpusTwo", "hedged", "may be"),
    ),
    results=(
        ("BetaNet", "BenchA", "accuracy", "82.1", "%", "absolute"),
        ("BetaNet", "BenchB", "", "71", "", "absolute"),
    ),
    introduced=("BetaNet",),
    date="2023-07",
)
NAMELESS = record(
    "p3",
    """
Sorting Widgets without a Name
We train on CorpusTwo.
We evaluate on BenchB for widget sorting.
Our approach is compared with AlphaNet.
It is 3x faster, and accuracy is 12-38 for widget sorting.
An accuracy of 0.5% is left on BenchA.
""",
    (
        ("CorpusTwo", "Dataset"),
        ("BenchA", "Benchmark"),
        ("BenchB", "Dataset"),
        ("AlphaNet", "Model"),
        ("accuracy", "Metric"),
        ("widget sorting", "Task"),
    ),
    claims=(
        ("PAPER", "trainedOn", "CorpusTwo", "asserted", "We train"),
        ("PAPER", "evaluatedOn", "BenchB", "asserted", "We evaluate"),
        ("PAPER", "comparedWith", "AlphaNet", "asserted", "compared with"),
    ),
    results=(
        ("PAPER", "", "", "3", "x", "absolute"),
        ("PAPER", "widget sorting", "accuracy", "12-38", "", "absolute"),
        ("PAPER", "BenchA", "accuracy", "0.5", "%", "absolute"),
    ),
    date="2024",
)
CONTRARY = record(
    "p4",
    """
A Second Look at Widgets
AlphaNet outperforms BetaNet in our hands.
AlphaNet uses WidgetTuning as before.
""",
    (("AlphaNet", "Model"), ("BetaNet", "Model"), ("WidgetTuning", "Method")),
    claims=(
        ("AlphaNet", "outperforms", "BetaNet", "asserted", "outperforms"),
        ("AlphaNet", "uses", "WidgetTuning", "asserted", "uses"),
    ),
)
RECORDS = (ALPHA, BETA, NAMELESS, CONTRARY)


def graph() -> KnowledgeGraph:
    """Return the graph of the four papers."""
    return fold(RECORDS)
