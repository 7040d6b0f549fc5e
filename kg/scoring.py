"""Score records against hand annotations, at the level of papers.

Two entities are the same when the name of one is a name or alias of the other, case, punctuation and a
plural s aside. Annotated entities that are not required cost nothing, found or missed. The paper and what
it introduces are one subject, since an abstract calls its method "we", "it" and by its name at will.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg import ontology
from kg.errors import SourceError
from kg.model import PAPER

if TYPE_CHECKING:
    from pathlib import Path

Row = Mapping[str, Any]
End = int | str | None
"""An end of a relation: the number of an annotated entity, PAPER, or a name that no annotation knows."""


@dataclass(slots=True)
class Tally:
    """Counts of right, spurious and missed, and what follows from them."""

    right: int = 0
    spurious: int = 0
    missed: int = 0

    def add(self, *, right: int = 0, spurious: int = 0, missed: int = 0) -> None:
        """Count further cases."""
        self.right += right
        self.spurious += spurious
        self.missed += missed

    @property
    def precision(self) -> float:
        """Return the share of what was found that is right."""
        return self.right / max(1, self.right + self.spurious)

    @property
    def recall(self) -> float:
        """Return the share of what should be found that was."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        return 2 * self.right / max(1, 2 * self.right + self.spurious + self.missed)


@dataclass(frozen=True, slots=True, order=True)
class Miss:
    """An entity that was missed, spurious, or given another type, with a sentence and a rule where one is known."""

    kind: str
    type: str
    name: str
    paper: str
    rule: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Entities of like confidence: from `low` to `high`, how sure they were on average, and the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


def read_rows(path: Path) -> dict[str, Row]:
    """Return the annotation or record lines of a file by paper id."""
    out = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                out[str(row["id"])] = row
            except (ValueError, KeyError, TypeError):
                raise SourceError(f"{path.name}:{number}: expected a JSON object with an 'id'.") from None
    return out


def read_gold(path: Path) -> dict[str, Row]:
    """Return the annotations of a file by paper id, with what they may leave out.

    An entity is required, not introduced, and without aliases or further types, unless it says so. A row
    without "results" says nothing of results.
    """
    usual = {"alt_types": [], "aliases": [], "introduced": False, "required": True}
    return {
        paper_id: {"relations": [], **row, "entities": [usual | e for e in row["entities"]]}
        for paper_id, row in read_rows(path).items()
    }


def fold_name(name: str) -> str:
    """Return a name without case, punctuation and plural s.

    >>> fold_name("Swin Transformers") == fold_name("swin-transformer")
    True
    """
    text = unicodedata.normalize("NFKC", name).casefold().replace("_", " ")
    words = re.findall(r"[\w+#@]+", text)
    if words and len(words[-1]) > 3 and re.search(r"[^su]s$", words[-1]) and not words[-1].endswith("is"):
        words[-1] = words[-1][:-1]
    return "".join(words)


def names(entity: Row) -> set[str]:
    """Return all folded names of an entity."""
    return {fold_name(entity["name"]), *map(fold_name, entity.get("aliases", ()))}


def score(gold: Mapping[str, Row], found: Mapping[str, Row]) -> dict[str, Tally]:
    """Return tallies by measure: "entities", each type, "introduced", "relations", each predicate, "results"."""
    tallies: dict[str, Tally] = {}
    for paper_id, truth in gold.items():
        _Paper(truth, found.get(paper_id, {"entities": ()}), tallies).score()
    return dict(sorted(tallies.items()))


def misses(gold: Mapping[str, Row], found: Mapping[str, Row]) -> list[Miss]:
    """Return what went wrong with entities, sorted by kind, type and name."""
    out = []
    for paper_id, truth in gold.items():
        paper = _Paper(truth, found.get(paper_id, {"entities": ()}), {})
        out += paper.misses(paper_id)
    return sorted(out)


def reliability(gold: Mapping[str, Row], found: Mapping[str, Row], *, bins: int = 5) -> list[Bin]:
    """Return how often entities of like confidence are right; optional entities count as right."""
    judged = []
    for paper_id, truth in gold.items():
        paper = _Paper(truth, found.get(paper_id, {"entities": ()}), {})
        for p, guess in enumerate(paper.guess["entities"]):
            right = p in paper.link and _typed(guess, truth["entities"][paper.link[p]])
            judged.append((float(guess.get("confidence", 1.0)), right))
    out = []
    for k in range(bins):
        low, high = k / bins, (k + 1) / bins
        inside = [(c, r) for c, r in judged if low <= c < high or (c == 1 and high == 1)]
        if inside:
            mean = sum(c for c, _ in inside) / len(inside)
            out.append(Bin(low, high, len(inside), mean, sum(r for _, r in inside) / len(inside)))
    return out


def by_rule(gold: Mapping[str, Row], found: Mapping[str, Row]) -> dict[str, Counter[bool]]:
    """Return, by rule, how many mentions and claims that carry it are right and wrong; optional ones count as right."""
    out: dict[str, Counter[bool]] = {}
    for paper_id, truth in gold.items():
        for rule, right in _Paper(truth, found.get(paper_id, {"entities": ()}), {}).verdicts_by_rule():
            out.setdefault(rule, Counter())[right] += 1
    return out


class _Paper:
    """Compare the annotation of one paper with what was found."""

    def __init__(self, truth: Row, guess: Row, tallies: dict[str, Tally]) -> None:
        self.truth, self.guess, self.tallies = truth, guess, tallies
        self.link = self._align()
        self.new = {g for g, e in enumerate(truth["entities"]) if e["introduced"]}

    def score(self) -> None:
        self._entities()
        self._introduced()
        self._relations()
        self._results()

    def _tally(self, name: str) -> Tally:
        return self.tallies.setdefault(name, Tally())

    def _align(self) -> dict[int, int]:
        """Pair found with annotated entities one to one: right type first, then equal name, then required."""
        pairs = []
        for p, guess in enumerate(self.guess["entities"]):
            for g, truth in enumerate(self.truth["entities"]):
                if fold_name(guess["name"]) in names(truth) or fold_name(truth["name"]) in names(guess):
                    exact = fold_name(guess["name"]) == fold_name(truth["name"])
                    pairs.append((not _typed(guess, truth), not exact, not truth["required"], p, g))
        link: dict[int, int] = {}
        for *_, p, g in sorted(pairs):
            if p not in link and g not in link.values():
                link[p] = g
        return link

    def _verdicts(self) -> Iterator[tuple[str, Row | None, Row | None]]:
        """Yield (verdict, found, wanted) for all entities but the optional ones, which cost nothing."""
        for p, guess in enumerate(self.guess["entities"]):
            if p not in self.link:
                yield "spurious", guess, None
            elif (want := self.truth["entities"][self.link[p]])["required"]:
                yield "right" if _typed(guess, want) else "typed", guess, want
        for g, want in enumerate(self.truth["entities"]):
            if want["required"] and g not in self.link.values():
                yield "missed", None, want

    def _entities(self) -> None:
        total = self._tally("entities")
        for verdict, guess, want in self._verdicts():
            if guess and want and verdict == "right":
                total.add(right=1)
                self._tally(f"type {want['type']}").add(right=1)
                continue
            if guess:
                total.add(spurious=1)
                self._tally(f"type {guess['type']}").add(spurious=1)
            if want:
                total.add(missed=1)
                self._tally(f"type {want['type']}").add(missed=1)

    def misses(self, paper_id: str) -> list[Miss]:
        """Return what went wrong with the entities of the paper."""
        out = []
        for verdict, guess, want in self._verdicts():
            if verdict == "right":
                continue
            kind = f"typed {guess['type']}" if guess and want else verdict
            mention = next(iter(guess.get("mentions", ())), None) if guess else None
            named = want or guess or {}
            rule = mention["rule"] if mention else ""
            out.append(Miss(kind, named["type"], named["name"], paper_id, rule, self._sentence(mention)))
        return out

    def verdicts_by_rule(self) -> Iterator[tuple[str, bool]]:
        """Yield the rule of each mention, claim and result, and whether the annotation holds it."""
        for p, guess in enumerate(self.guess["entities"]):
            right = p in self.link and _typed(guess, self.truth["entities"][self.link[p]])
            for mention in guess.get("mentions", ()):
                yield mention["rule"], right
        ends: dict[tuple[End, End], set[str]] = {}
        for s, predicate, o in self.truth["relations"]:
            ends.setdefault((self._gold_end(s), self._gold_end(o)), set()).add(predicate)
        known = ontology.load()
        for claim in self.guess.get("relations", ()):
            subject, obj = self._found_end(claim["subject"]), self._found_end(claim["object"])
            if claim["predicate"] == known.terms.introduces:
                at = self._found(claim["object"])
                yield claim["rule"], at is not None and self.link.get(at) in self.new
            elif claim.get("polarity", "asserted") == "asserted":
                said = ends.get((subject, obj), set()) & set(known.closure(claim["predicate"]))
                yield claim["rule"], bool(said) or self._is_neutral(subject) or self._is_neutral(obj)
        values = {self._result(r, self._gold_end, full=False) for r in self.truth["results"]}
        for result in self.guess.get("results", ()):
            yield result["rule"], self._result(result, self._found_end, full=False) in values

    def _sentence(self, mention: Row | None) -> str:
        if mention is None:
            return ""
        text = self.guess.get(mention["field"], "")
        for field, start, end in self.guess.get("sentences", ()):
            if field == mention["field"] and start <= mention["start"] < end:
                return str(text[start:end])
        return str(text)

    def _introduced(self) -> None:
        found = [p for p, e in enumerate(self.guess["entities"]) if e.get("introduced")]
        right = {self.link[p] for p in found if self.link.get(p) in self.new}
        neutral = {g for g in self.new if not self.truth["entities"][g]["required"]}
        self._tally("introduced").add(
            right=len(right - neutral),
            spurious=sum(self.link.get(p) not in self.new for p in found),
            missed=len(self.new - right - neutral),
        )

    def _gold_end(self, name: str | None) -> End:
        if name in (PAPER, None):
            return PAPER
        wanted = fold_name(str(name))
        at = next((g for g, e in enumerate(self.truth["entities"]) if wanted in names(e)), None)
        return PAPER if at in self.new else wanted if at is None else at

    def _found(self, name: str) -> int | None:
        """Return the number of the found entity of a name."""
        wanted = fold_name(name)
        return next((p for p, e in enumerate(self.guess["entities"]) if wanted == fold_name(e["name"])), None)

    def _found_end(self, name: str | None) -> End:
        if name in (PAPER, None):
            return PAPER
        at = self._found(str(name))
        if at is None:
            return fold_name(str(name))
        own = self.guess["entities"][at].get("introduced") or self.link.get(at) in self.new
        return PAPER if own else self.link.get(at, fold_name(str(name)))

    def _relations(self) -> None:
        known = ontology.load()
        wanted = {(self._gold_end(s), p, self._gold_end(o)) for s, p, o in self.truth["relations"]}
        judged = {p for _, p, _ in wanted} | {r for r in known.relations if not known.relations[r].parents}
        skipped = {known.terms.mentions, known.terms.introduces}
        given = {
            (self._found_end(c["subject"]), c["predicate"], self._found_end(c["object"]))
            for c in self.guess.get("relations", ())
            if c["predicate"] in judged - skipped and c.get("polarity", "asserted") == "asserted"
        }
        for triple in given | wanted:
            if triple in given and triple in wanted:
                counts = {"right": 1}
            elif self._is_neutral(triple[0]) or self._is_neutral(triple[2]):
                continue
            else:
                counts = {"spurious": 1} if triple in given else {"missed": 1}
            self._tally("relations").add(**counts)
            self._tally(f"relation {triple[1]}").add(**counts)

    def _is_neutral(self, end: End) -> bool:
        return isinstance(end, int) and not self.truth["entities"][end]["required"]

    def _results(self) -> None:
        if "results" not in self.truth:
            return
        for label, full in (("results value+metric", False), ("results full", True)):
            want = Counter(self._result(r, self._gold_end, full=full) for r in self.truth["results"])
            have = Counter(self._result(r, self._found_end, full=full) for r in self.guess.get("results", ()))
            both = sum((want & have).values())
            self._tally(label).add(right=both, spurious=sum(have.values()) - both, missed=sum(want.values()) - both)

    def _result(self, row: Row, end: Any, *, full: bool) -> tuple[object, ...]:
        digits = re.search(r"-?\d[\d,]*\.?\d*", str(row["value"]))
        value = float(digits[0].replace(",", "")) if digits else str(row["value"])
        ends: Iterable[object] = (end(row["metric"]) if row.get("metric") else None,)
        if full:
            ends = (*ends, end(row["target"]) if row.get("target") else None, end(row.get("subject")))
        return (value, *ends)


def _typed(guess: Row, truth: Row) -> bool:
    return guess["type"] == truth["type"] or guess["type"] in truth.get("alt_types", ())


def calibration_error(bins: Iterable[Bin]) -> float:
    """Return how far confidence is from the share that is right, on average over entities."""
    table = list(bins)
    return sum(b.count * abs(b.confidence - b.right) for b in table) / max(1, sum(b.count for b in table))
