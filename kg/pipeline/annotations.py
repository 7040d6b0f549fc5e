"""What hand annotations say of what was found: which strings are names, which entities are one, whose a claim is.

Labels are None where the annotation is silent or calls a thing optional: fitting leaves those out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg import ontology
from kg.linking import normal
from kg.model import PAPER
from kg.pipeline.decisions import BORDERLINE, NOTHING
from kg.pipeline.paper_roles import JOIN
from kg.pipeline.state import Entry, Span, State, singular
from kg.pipeline.subjects import PAPERS, RIGHT, WRONG
from kg.pipeline.tokenizer import tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.model import Claim
    from kg.pipeline.numbers import Number
    from kg.pipeline.results import End
    from kg.pipeline.scenes import Scene

Gold = Mapping[str, Any]
"""A row of annotation, in the form of the annotation guidelines."""


def gold_spans(paper: State, gold: Gold) -> dict[Span, str]:
    """Return the token spans of annotated names with their type, the longest name first.

    An alias that only wraps a shorter form of its entity ("BLUE benchmark") labels the shorter form.
    """
    names = []
    for entity in gold["entities"]:
        label = entity["type"] if entity["required"] else BORDERLINE
        forms = {
            form: [form[s:e].lower() for s, e in tokenize(form)]
            for form in {entity["name"], *entity.get("aliases", ())}
        }
        for form, words in forms.items():
            wraps = form != entity["name"] and any(
                len(other) < len(words) and f" {' '.join(other)} " in f" {' '.join(words)} "
                for name, other in forms.items()
                if other and (len(other) > 1 or len(name) > 2)
            )
            if words and not wraps:
                names.append((-len(words), label == BORDERLINE, form, words, label))
    out: dict[Span, str] = {}
    used = [False] * len(paper.words)
    for _, _, form, words, label in sorted(names):
        for start in range(len(paper.words) - len(words) + 1):
            span = (start, start + len(words))
            if not any(used[span[0] : span[1]]) and _stands(paper, span, form, words):
                used[span[0] : span[1]] = [True] * len(words)
                out[span] = label
    return out


def _stands(paper: State, span: Span, form: str, words: list[str]) -> bool:
    if len(words) == 1 and len(form) <= 4 and form.isupper():
        return paper.words[span[0]] in (form, form + "s")
    here = paper.lower[span[0] : span[1]]
    return here[:-1] == words[:-1] and singular(here[-1]) == singular(words[-1])


def label_of(gold: Mapping[Span, str], spans: Sequence[Span]) -> str:
    """Return the class of a string: the type most of its annotated occurrences have."""
    found = Counter(gold[s] for s in spans if s in gold)
    types = {label: n for label, n in found.items() if label != BORDERLINE}
    if types:
        return min(types, key=lambda label: (-types[label], label))
    return BORDERLINE if found else NOTHING


@dataclass(frozen=True)
class Truth:
    """The annotation of one paper, beside the entities that were found in it.

    `number` maps the names of found entities to annotated ones, `new` are those that the paper introduces.
    """

    gold: Gold
    by_name: Mapping[str, int]
    number: Mapping[str, int | None]
    new: frozenset[int]

    @classmethod
    def of(cls, gold: Gold, entries: Sequence[Entry]) -> Truth:
        """Find the annotated entity of each found one, by its name and else by an alias."""
        by_name: dict[str, int] = {}
        for k, entity in enumerate(gold["entities"]):
            for name in (entity["name"], *entity.get("aliases", ())):
                by_name.setdefault(normal(name), k)
        number = {
            e.name: next((by_name[n] for n in map(normal, (e.name, *sorted(e.aliases))) if n in by_name), None)
            for e in entries
        }
        return cls(gold, by_name, number, frozenset(k for k, e in enumerate(gold["entities"]) if e["introduced"]))

    def end(self, name: str | None) -> int | str | None:
        """Return the annotated entity that a name in the annotation means; what is introduced is the paper."""
        if not name:
            return None
        found = PAPER if name == PAPER else self.by_name.get(normal(name))
        return PAPER if found in self.new else found

    def is_introduced(self, entry: Entry) -> bool | None:
        """Return whether the paper introduces an entity."""
        found = self.number[entry.name]
        return None if found is None else bool(self.gold["entities"][found]["introduced"])

    def is_right(self, entry: Entry) -> bool:
        """Return whether the annotation holds an entity, required or optional, under its type."""
        found = self.number[entry.name]
        if found is None:
            return False
        wanted = self.gold["entities"][found]
        return entry.type == wanted["type"] or entry.type in wanted["alt_types"]

    def are_one(self, one: Entry, other: Entry) -> bool | None:
        """Return whether two found entities are one annotated entity."""
        a, b = self.number[one.name], self.number[other.name]
        return None if a is None or b is None else a == b

    def roles(self, entry: Entry, relations: Sequence[str]) -> str | None:
        """Return the roles that an entity has for the paper, joined; nothing for what is no entity."""
        found = self.number[entry.name]
        if found is None:
            return NOTHING
        said = {(p, self.by_name.get(normal(o))) for s, p, o in self.gold["relations"] if self.end(s) == PAPER}
        joint = JOIN.join(r for r in relations if (r, found) in said)
        return joint or (NOTHING if self.gold["entities"][found]["required"] else None)

    def whose(self, claim: Claim) -> str | None:
        """Return whether a claim is its named subject's, the paper's, or wrong."""
        subject, object_ = self.number[claim.subject], self.number[claim.object]
        if subject is None or object_ is None:
            return WRONG
        ends = [PAPER if k in self.new else k for k in (subject, object_)]
        closure = ontology.load().closure(claim.predicate)
        said = {(self.end(s), self.end(o)) for s, p, o in self.gold["relations"] if p in closure}
        if (ends[0], ends[1]) in said:
            return RIGHT
        if not all(self.gold["entities"][k]["required"] for k in (subject, object_) if k not in self.new):
            return None
        return PAPERS if (PAPER, ends[1]) in said else WRONG

    def outcomes(self, found: Sequence[Scene]) -> dict[int, list[Gold] | None]:
        """Return, by token, the annotated results that a number may be; None where the annotation does not say."""
        wanted: defaultdict[float, list[Gold]] = defaultdict(list)
        for result in self.gold["results"]:
            wanted[_value(result["value"])].append(result)
        places: defaultdict[float, list[Number]] = defaultdict(list)
        for scene in found:
            for number in scene.numbers:
                places[_value(number.value)].append(number)
        out: dict[int, list[Gold] | None] = {}
        for value, numbers in places.items():
            results = wanted[value]
            # Where a value stands more often than it is reported, the places with a unit are meant.
            for k, number in enumerate(sorted(numbers, key=lambda n: (not n.unit, n.at))):
                if len(numbers) == 1:
                    out[number.at] = results
                else:
                    out[number.at] = [results[k]] if k < len(results) else None if results else []
        return out

    def belongs(self, entry: Entry, results: Sequence[Gold], end: End) -> bool | None:
        """Return whether a number belongs to an entity in one respect.

        The paper and what it introduces are one subject: the annotation does not say which is meant.
        """
        wanted = {self.by_name.get(normal(r[end])) for r in results if r.get(end) and r[end] != PAPER}
        found = self.number[entry.name]
        if found is not None and found in wanted:
            return True
        if end == "subject" and entry.introduced and any(self.end(r[end]) == PAPER for r in results):
            return None
        return False


def _value(text: str) -> float:
    """Return a value as a number, a range as its beginning."""
    plain = text.replace(",", "").lstrip("+-")
    try:
        return float(plain.partition("-")[0].rstrip("%"))
    except ValueError:
        return float("nan")
