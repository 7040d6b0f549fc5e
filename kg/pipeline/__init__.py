"""Text to records; spaCy lives in this folder only.

Each stage is a registered component that reads and writes the `State` beside the Doc. Anybody's component
can join: spans that it puts into `doc.spans["kg"]` (label = type, id = rule) before `kg_typing` are
candidates like our own.
"""

from __future__ import annotations

import hashlib
from functools import cache
from operator import gt
from pathlib import Path
from typing import TYPE_CHECKING

import spacy
from spacy.tokens import Doc

from kg import __version__, ontology, rules
from kg.model import Entity, Mention, Paper, Record
from kg.pipeline import (  # noqa: F401 - importing a component's module registers it
    abbreviations,
    aliases,
    candidates,
    decisions,
    entities,
    introduced,
    names,
    paper_roles,
    results,
    roles,
    sentences,
    subjects,
)
from kg.pipeline.clean import clean
from kg.pipeline.state import KEY, Entry, State, state
from kg.pipeline.tokenizer import tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.language import Language

COMPONENTS = (
    "kg_sentences",
    "kg_abbreviations",
    "kg_names",
    "kg_candidates",
    "kg_typing",
    "kg_entities",
    "kg_aliases",
    "kg_introduced",
    "kg_roles",
    "kg_subjects",
    "kg_paper_roles",
    "kg_results",
)


def make_nlp(*, components: Iterable[str] = COMPONENTS) -> Language:
    """Return a pipeline of our components on a blank English vocabulary; nothing is downloaded."""
    nlp = spacy.blank("en")
    for name in components:
        nlp.add_pipe(name)
    return nlp


def make_doc(nlp: Language, paper: Paper) -> Doc:
    """Return title and abstract as one Doc of our own tokens, with the state beside it."""
    title, abstract = clean(paper.title), clean(paper.abstract)
    in_title, in_abstract = tokenize(title.text), tokenize(abstract.text)
    words = [title.text[s:e] for s, e in in_title] + [abstract.text[s:e] for s, e in in_abstract]
    starts = [s for s, _ in in_title] + [s for s, _ in in_abstract]
    ends = [e for _, e in in_title] + [e for _, e in in_abstract]
    # A space follows a token where the next one begins later than it ends; one always parts title and abstract.
    spaces = [*map(gt, starts[1:], ends), False] if words else []
    if in_title:
        spaces[len(in_title) - 1] = True
    doc = Doc(nlp.vocab, words=words, spaces=spaces)
    doc.user_data[KEY] = State(
        paper=paper,
        title=title,
        abstract=abstract,
        words=words,
        lower=list(map(str.lower, words)),
        starts=starts,
        ends=ends,
        body=len(in_title),
    )
    return doc


def process(nlp: Language, paper: Paper) -> Doc:
    """Return a paper's Doc after all components of a pipeline."""
    doc = make_doc(nlp, paper)
    for _, component in nlp.pipeline:
        doc = component(doc)
    return doc


def to_record(paper: State) -> Record:
    """Return the record of a processed paper: plain values, cut loose from spaCy."""
    source = paper.paper
    return Record(
        id=source.id,
        title=source.title,
        abstract=source.abstract,
        extractor=extractor(),
        text_sha256=source.sha256,
        date=source.date,
        url=source.url,
        authors=source.authors,
        sentences=tuple(paper.offsets(span) for span in paper.sentences),
        entities=tuple(_entity(paper, entry) for entry in paper.entries),
        relations=tuple(paper.relations),
        results=tuple(paper.results),
    )


def _entity(paper: State, entry: Entry) -> Entity:
    mentions = []
    for span, rule in entry.spans:
        field, start, end = paper.offsets(span)
        text = paper.paper.title if field == "title" else paper.paper.abstract
        mentions.append(Mention(field, start, end, text[start:end], rule))
    return Entity(
        name=entry.name,
        type=entry.type,
        aliases=tuple(sorted(entry.aliases)),
        introduced=entry.introduced,
        confidence=round(entry.confidence, 4),
        mentions=tuple(mentions),
    )


@cache
def extractor() -> str:
    """Return version and data hash of the extraction: records of another one are stale."""
    digest = hashlib.sha256()
    folders = (rules.data_dir() / "rules", rules.data_dir() / "lexicons", rules.data_dir() / "weights")
    code = Path(__file__).parent
    files = [
        rules.data_dir() / "words.json",
        *(f for d in folders for kind in ("*.jsonl", "*.npy") for f in sorted(d.glob(kind))),
    ]
    # Records also hang on the normal form of names and on domains and ranges.
    files += [code.parent / "linking" / "names.py", ontology.schema_dir() / "kg.ttl"]
    for path in [*files, *sorted(code.glob("*.py"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:6]}"


def extract(papers: Iterable[Paper], *, nlp: Language | None = None) -> Iterator[Record]:
    """Yield one record a paper, in order; a function of the paper alone."""
    nlp = nlp or default_nlp()
    for paper in papers:
        yield to_record(state(process(nlp, paper)))


@cache
def default_nlp() -> Language:
    """Return the shipped pipeline, made once in a process."""
    return make_nlp()
