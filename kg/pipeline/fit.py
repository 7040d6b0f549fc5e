"""Fit the weights on annotated papers.

This needs scikit-learn and scipy (the `fit` extra). Typing is a perceptron over the strings of papers, what a
paper introduces another one over its entities; which roles those play is a logistic regression for each relation.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kg.errors import SourceError
from kg.linking import normal
from kg.model import PAPER
from kg.pipeline import features, make_nlp, perceptron, process, weights
from kg.pipeline.candidates import Candidates
from kg.pipeline.decisions import BORDERLINE, NOTHING, Decisions
from kg.pipeline.entities import Entities
from kg.pipeline.introduced import Introduced
from kg.pipeline.paper_roles import PaperRoles, paper_votes
from kg.pipeline.roles import Roles
from kg.pipeline.state import Entry, Span, State, singular, state
from kg.pipeline.tokenizer import tokenize

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from kg.model import Paper

FOLDS = 5
_SEEN = 4
"""Rows that must have a feature for typing to weigh it."""
_SMALLEST = 0.05
"""Weights nearer to nothing than this change no decision and are not written."""


class Fitted(NamedTuple):
    """What `weights.make` and `weights.save` take."""

    head: dict[str, Any]
    table: dict[str, list[float]]
    units: npt.NDArray[np.int8] | None = None


@dataclass(frozen=True)
class Annotated:
    """A paper and its annotation (the form of the annotation guidelines)."""

    paper: Paper
    gold: Mapping[str, Any]
    fold: int
    origin: str


def pair(papers: Iterable[Paper], gold: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Annotated]:
    """Return papers with their annotations, by the name of the annotated file; a fold is drawn from the id's hash."""
    texts = {paper.id: paper for paper in papers}
    out = []
    for origin, rows in gold.items():
        for row in rows:
            if row["id"] not in texts:
                raise SourceError(f"paper {row['id']!r} is annotated, but its text is in no given source.")
            out.append(Annotated(texts[row["id"]], row, fold_of(row["id"]), origin))
    return out


def fold_of(paper_id: str) -> int:
    """Return the cross-validation fold of a paper, 0 to 4."""
    return int(hashlib.sha256(paper_id.encode()).hexdigest(), 16) % FOLDS


def gold_spans(paper: State, gold: Mapping[str, Any]) -> dict[Span, str]:
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


def endings(papers: Sequence[State], spans: Sequence[Mapping[Span, str]]) -> frozenset[str]:
    """Return the words that end an annotated name twice or more, and in one of eight of their uses."""
    ends: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    for paper, found in zip(papers, spans, strict=True):
        ends.update({singular(paper.lower[b - 1]) for _, b in found})
        uses.update(singular(word) for word in paper.lower)
    return frozenset(w for w, n in ends.items() if n >= 2 and n / uses[w] > 0.12)


class Fitter:
    """Hold the annotated papers, read once, for several fits."""

    def __init__(self, annotated: Sequence[Annotated]) -> None:
        self.annotated = annotated
        self.nlp = make_nlp(components=("kg_sentences", "kg_abbreviations", "kg_names"))
        # As far as Docs do not depend on weights.
        self.docs = [process(self.nlp, a.paper) for a in annotated]
        self.states = [state(doc) for doc in self.docs]
        self.base = [{span: set(r) for span, r in s.candidates.items()} for s in self.states]
        self.cue_rules = Roles(self.nlp.vocab)
        self.gold = [gold_spans(s, a.gold) for s, a in zip(self.states, annotated, strict=True)]

    def typing(self, train: Sequence[int]) -> Fitted:
        """Fit typing on some papers."""
        ends = endings([self.states[i] for i in train], [self.gold[i] for i in train])
        rows: list[list[str]] = []
        labels: list[str] = []
        for i in train:
            paper = self.propose(i, ends)
            found = features.groups(paper)
            rows += features.of_paper(paper, found)
            labels += [label_of(self.gold[i], spans) for spans in found.values()]
        fitted = layered(rows, labels, minimum=_SEEN)
        return fitted._replace(head=fitted.head | {"endings": sorted(ends), "threshold": 0.4})

    def propose(self, i: int, ends: frozenset[str]) -> State:
        """Return a paper's state with fresh candidates."""
        paper = self.states[i]
        paper.candidates = {span: set(r) for span, r in self.base[i].items()}
        Candidates(ends)(self.docs[i])
        return paper

    def decide(self, i: int, model: weights.Weights) -> list[Entry]:
        """Return the entries that weights find in a paper."""
        self.propose(i, model.endings)
        Decisions(model)(self.docs[i])
        Entities()(self.docs[i])
        return self.states[i].entries

    def introduced(self, found: Mapping[int, list[Entry]]) -> Fitted:
        """Fit the introduced flag on entities found in papers."""
        rows, labels = [], []
        component = Introduced(weights.make({"classes": [], "bias": []}, {}))
        for i, entries in found.items():
            most = max((len(entry.spans) for entry in entries), default=0)
            for entry in entries:
                flag = flag_of(entry, self.annotated[i].gold)
                if flag is not None:
                    rows.append(component.features(self.states[i], entry, most=most))
                    labels.append("introduced" if flag else NOTHING)
        fitted = layered(rows, labels, minimum=3)
        return fitted._replace(head=fitted.head | {"threshold": 0.5})

    def roles(self, found: Mapping[int, list[Entry]], *, minimum: int = 3, c: float = 0.3) -> Fitted:
        """Fit the roles that entities play for the paper: one column for each relation with a weighed rule."""
        component = PaperRoles(weights.make({"classes": [], "bias": []}, {}))
        relations = sorted(component.rules)
        samples: list[tuple[Entry, set[str], list[bool | None]]] = []
        for i, entries in found.items():
            self.cue(i, entries)
            votes = paper_votes(self.states[i])
            labels = role_labels(entries, self.annotated[i].gold, relations)
            for entry, row in zip(entries, labels, strict=True):
                samples.append((entry, component.features(self.states[i], entry, votes[entry.name]), row))
        bias, columns = [], []
        for k, relation in enumerate(relations):
            judged = [s for s in samples if s[2][k] is not None and component.admits(relation, s[0])]
            labels_k = ["yes" if s[2][k] else "no" for s in judged]
            head, table = logistic([s[1] for s in judged], labels_k, minimum=minimum, c=c)
            bias.append(round(head["bias"][1] - head["bias"][0], 3))
            columns.append({feature: round(w[1] - w[0], 2) for feature, w in table.items()})
        features_ = sorted({f for column in columns for f in column})
        joined = {f: [column.get(f, 0.0) for column in columns] for f in features_}
        return Fitted({"classes": relations, "bias": bias, "threshold": 0.4}, joined)

    def cue(self, i: int, entries: list[Entry]) -> None:
        """Give a paper these entities, and the relations that cue rules claim of them."""
        self.states[i].entries = entries
        self.cue_rules(self.docs[i])


def role_labels(entries: Sequence[Entry], gold: Mapping[str, Any], relations: Sequence[str]) -> list[list[bool | None]]:
    """Return for each entity and relation whether the annotation says it of the paper; None where it is open.

    The paper and what it introduces are one subject. Optional entities and unknown ones are open.
    """
    own = {PAPER, *(e["name"] for e in gold["entities"] if e["introduced"])}
    number: dict[str, int] = {}
    for k, entity in enumerate(gold["entities"]):
        for name in (entity["name"], *entity.get("aliases", ())):
            number.setdefault(normal(name), k)
    said = {(p, number.get(normal(o))) for s, p, o in gold["relations"] if s in own}
    out = []
    for entry in entries:
        found = next((number[n] for n in map(normal, (entry.name, *sorted(entry.aliases))) if n in number), None)
        is_open = found is None or not gold["entities"][found]["required"]
        out.append(
            [True if (r, found) in said and found is not None else None if is_open else False for r in relations]
        )
    return out


def flag_of(entry: Entry, gold: Mapping[str, Any]) -> bool | None:
    """Return whether the annotation says that an entity is introduced; None where it does not know the entity."""
    names = {normal(n) for n in (entry.name, *entry.aliases)}
    for entity in gold["entities"]:
        if names & {normal(n) for n in (entity["name"], *entity.get("aliases", ()))}:
            return bool(entity["introduced"])
    return None


def label_of(gold: Mapping[Span, str], spans: Sequence[Span]) -> str:
    """Return the class of a string: the type most of its annotated occurrences have."""
    found = Counter(gold[s] for s in spans if s in gold)
    types = {label: n for label, n in found.items() if label != BORDERLINE}
    if types:
        return min(types, key=lambda label: (-types[label], label))
    return BORDERLINE if found else NOTHING


def layered(rows: Sequence[Collection[str]], labels: Sequence[str], *, minimum: int) -> Fitted:
    """Fit a perceptron on sets of features, and round it to what the files hold."""
    classes = sorted(set(labels))
    names, indices = _numbered(rows, minimum)
    number = {label: k for k, label in enumerate(classes)}
    answers = np.array([number[label] for label in labels], np.int64)
    model = perceptron.fit(indices, answers, features=len(names), classes=len(classes))
    scale = np.abs(model.hidden).max(axis=0) / 127
    head = {
        "classes": classes,
        "bias": _rounded(model.bias),
        "scale": _rounded(scale, 7),
        "hidden-bias": _rounded(model.hidden_bias),
        "output": [_rounded(row) for row in model.output],
    }
    table = {name: _rounded(row, 2) for name, row in zip(names, model.linear, strict=True)}
    return Fitted(head, table, np.rint(model.hidden / np.array(head["scale"])).clip(-127, 127).astype(np.int8))


def logistic(
    rows: Sequence[Collection[str]], labels: Sequence[str], *, minimum: int, c: float
) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """Fit a multinomial logistic regression on sets of features; return head and table."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    names, indices = _numbered(rows, minimum)
    starts = np.concatenate([[0], np.cumsum([len(r) for r in indices])])
    flat = np.concatenate([np.array(r, dtype=np.int64) for r in indices])
    matrix = csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(rows), len(names)))
    model = LogisticRegression(C=c, max_iter=200, tol=1e-3).fit(matrix, labels)
    table, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one column for two classes
        table, bias = np.hstack([-table / 2, table / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    head = {"classes": [str(x) for x in model.classes_], "bias": _rounded(bias)}
    kept = {f: _rounded(w, 2) for f, w in zip(names, table, strict=True) if np.abs(w).max() >= _SMALLEST}
    return head, kept


def _numbered(rows: Sequence[Collection[str]], minimum: int) -> tuple[list[str], list[list[int]]]:
    """Return the features that `minimum` rows have, sorted, and the rows as numbers of those."""
    counts = Counter(f for row in rows for f in row)
    names = sorted(f for f, n in counts.items() if n >= minimum)
    ids = {f: k for k, f in enumerate(names)}
    return names, [sorted(ids[f] for f in row if f in ids) for row in rows]


def _rounded(values: Iterable[float], digits: int = 3) -> list[float]:
    return [round(float(v), digits) for v in values]
