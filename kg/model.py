"""The values that flow between the stages; all of them frozen, all of them plain.

A `Paper` goes into the pipeline, a `Record` comes out, and a graph is a fold of records. A record
carries everything that the graph shows of a paper, so that it can be stored, shipped to another
process, or folded a year later without its source. Offsets count Unicode code points in the field
(`title` or `abstract`) as the record holds it, and `text[start:end]` is always the surface.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, asdict, dataclass, fields
from sys import intern
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Field = Literal["title", "abstract"]
Polarity = Literal["asserted", "negated", "hedged"]
Kind = Literal["absolute", "delta"]
FIELDS: tuple[Field, ...] = get_args(Field)
PAPER = "PAPER"
"""The subject of a claim whose sentence names no model or method: the paper itself."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A title and an abstract, with what the source says about them.

    `origin` is where the paper was read ("papers.jsonl:12"); it serves messages and is never output.
    """

    id: str
    title: str
    abstract: str
    date: str = ""
    url: str = ""
    authors: tuple[str, ...] = ()
    origin: str = ""
    doi: str = ""

    @property
    def sha256(self) -> str:
        """Return the hash of all content, the key under which work on this paper is remembered."""
        content = {field.name: getattr(self, field.name) for field in fields(self)} | {"origin": ""}
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that names an entity, and the rule that proposed it."""

    field: Field
    start: int
    end: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing a paper names: all its mentions, under its shortest common name."""

    name: str
    type: str
    aliases: tuple[str, ...] = ()
    introduced: bool = False
    confidence: float = 1.0
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A typed relation that one sentence states; `subject` and `object` are entity names or PAPER."""

    subject: str
    predicate: str
    object: str
    confidence: float
    polarity: Polarity
    field: Field
    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Result:
    """A number that a sentence reports; `target` and `metric` are entity names, or "" where none is named.

    `baseline` names what a difference or a factor is measured against ("2 points over LoRA").
    """

    subject: str
    target: str
    metric: str
    value: str
    unit: str
    kind: Kind
    confidence: float
    field: Field
    start: int
    end: int
    rule: str
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """All that one paper says: the unit of work, of storage and of the fold."""

    id: str
    title: str
    abstract: str
    extractor: str
    text_sha256: str
    date: str = ""
    url: str = ""
    authors: tuple[str, ...] = ()
    sentences: tuple[tuple[Field, int, int], ...] = ()
    entities: tuple[Entity, ...] = ()
    relations: tuple[Claim, ...] = ()
    results: tuple[Result, ...] = ()
    doi: str = ""

    def text(self, field: Field) -> str:
        """Return the text that offsets of `field` count in."""
        return self.title if field == "title" else self.abstract

    def sentence_at(self, field: Field, start: int) -> tuple[int, int]:
        """Return start and end of the sentence of `field` that holds offset `start`."""
        for name, begin, end in self.sentences:
            if name == field and begin <= start < end:
                return begin, end
        return 0, len(self.text(field))

    def to_json(self) -> str:
        """Return the record as one line of JSON (schemas/record.schema.json)."""
        return json.dumps(_jsonable(asdict(self)), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Record:
        """Return the record that a parsed JSON line describes.

        >>> record = Record("a", "T", "A.", "0", "0", entities=(Entity("BERT", "Model"),))
        >>> Record.from_dict(json.loads(record.to_json())) == record
        True
        """
        # Few words say most of what records hold; each is kept once, however many records there are.
        entities = (
            Entity(
                **{
                    **_once(e),
                    "aliases": tuple(map(intern, e["aliases"])),
                    "mentions": tuple(Mention(**_once(m)) for m in e["mentions"]),
                }
            )
            for e in row.get("entities", ())
        )
        results = (
            Result(**_once({**r, "target": r["target"] or "", "metric": r["metric"] or ""}))
            for r in row.get("results", ())
        )
        return cls(
            **{
                **row,
                "authors": tuple(row.get("authors", ())),
                "sentences": tuple((intern(f), s, e) for f, s, e in row.get("sentences", ())),
                "entities": tuple(entities),
                "relations": tuple(Claim(**_once(c)) for c in row.get("relations", ())),
                "results": tuple(results),
            }
        )


@dataclass(frozen=True, slots=True, order=True)
class PaperSource:
    """A record of a paper: the id, address and date there, and why it is of this paper ("" for the main one)."""

    id: str
    url: str = ""
    date: str = ""
    reason: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """An entity of the graph; `papers` mention it, `introduced_by` present it as their own (sorted node ids).

    `better` is "higher" or "lower" for a measure of known direction. A size or version of a family has the node id of
    the family in `variant_of`, and its number of parameters where its name says it. `ids` are identifiers that a
    lexicon gives ("arxiv:1810.04805" is the paper that introduced it), none of them guessed.
    """

    id: str
    type: str
    label: str
    aliases: tuple[str, ...]
    papers: tuple[str, ...]
    introduced_by: tuple[str, ...]
    confidence: float
    better: str = ""
    variant_of: str = ""
    parameters: int = 0
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class NameMerge:
    """Why a name is one of a node's: the name as papers write it, its type there, the reason, and what shows it."""

    node: str
    name: str
    type: str
    reason: str
    evidence: str
    papers: tuple[str, ...]


def _once(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row whose short texts are the same objects as equal ones elsewhere."""
    return {key: intern(value) if type(value) is str else value for key, value in row.items()}


def _jsonable(row: dict[str, Any]) -> dict[str, Any]:
    """Return `row` with an absent target or metric as null, as the annotation guidelines write it."""
    optional = {field.name for field in fields(Result) if field.default is not MISSING}
    row["results"] = [
        {k: v or None if k in ("target", "metric") else v for k, v in result.items() if v or k not in optional}
        for result in row["results"]
    ]
    always = ("title", "abstract", "entities", "relations", "results")
    return {key: value for key, value in row.items() if value or key in always}
