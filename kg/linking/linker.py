"""Which node each entity of each paper is, over a whole pile of papers, and why.

Forms of names are the atoms: a type, a form, and a sense where one short form stands for several things.
Merges join forms, each with a reason: a row of a lexicon, a short form and what it stands for, a slip of the
pen, the type that most papers give, or a user's override. All of it is a function of the set of papers:
neither their order nor the way they were split plays a part.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kg import rules
from kg.linking import curated, senses
from kg.linking.names import Slips, american, best_label, capitals, form_of, is_coined
from kg.linking.overrides import NONE
from kg.linking.variants import is_sized, variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.linking.overrides import Overrides
    from kg.model import Entity

_SURER = 3.0
"""How many times the support of another type a name's main type needs to draw doubtful mentions to it."""
_DOUBTFUL = 0.75
"""A type that some paper gives with more confidence than this is not doubtful."""
_SHOWN = 3


class Form(NamedTuple):
    """A type and a form of name; `sense` is the form of an expansion, where the name has several meanings."""

    type: str
    form: str
    sense: str = ""


class Naming(NamedTuple):
    """An entity as one paper names it."""

    paper: str
    entity: Entity


class Merge(NamedTuple):
    """A form that joined another, why, and what shows it: a lexicon row, papers, or a line of the overrides."""

    source: Form
    target: Form
    reason: str
    evidence: str


@dataclass
class Support:
    """What speaks for a form: its papers with their confidence, how often it is written how, and other names there."""

    papers: dict[str, float] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)
    aliases: set[str] = field(default_factory=set)

    def add(self, paper: str, name: str, confidence: float, aliases: Iterable[str] = ()) -> None:
        """Take in one paper's use of a name."""
        self.papers[paper] = max(self.papers.get(paper, 0.0), confidence)
        self.names[name] += 1
        self.aliases.update(aliases)

    def join(self, other: Support) -> None:
        """Take in what speaks for another form."""
        self.names.update(other.names)
        self.aliases |= other.aliases
        for paper, confidence in other.papers.items():
            self.papers[paper] = max(self.papers.get(paper, 0.0), confidence)

    @property
    def weight(self) -> float:
        """Return the sum of confidence over papers, in an order of its own."""
        return sum(sorted(self.papers.values()))


def unwrapped(name: str) -> Iterator[str]:
    """Yield a name without the nouns behind it that only say what it is, one less each time.

    >>> list(unwrapped("KITTI dataset")), list(unwrapped("KITTI"))
    (['KITTI'], [])
    """
    wrappers, words = rules.words()["wrapper"] | rules.words()["linking.wrapper"], name.split()
    while len(words) > 1 and american(words[-1].lower()) in wrappers:
        words.pop()
        yield " ".join(words)


def unabbreviated(name: str) -> str:
    """Return a name whose words in their short form are written in full."""
    return " ".join(rules.abbreviated().get(word.removesuffix("s"), word) for word in name.split())


class Linker:
    """Group the entities of all papers into nodes."""

    def __init__(self, namings: Iterable[Naming], overrides: Overrides = NONE) -> None:
        self.overrides = overrides
        self.unused = {row.where: row for row in self.overrides.rows}
        self.namings = sorted(namings, key=lambda n: (n.paper, n.entity.name, n.entity.type))
        self.senses = senses.Senses((self._type(n.entity), n.entity) for n in self.namings)
        self.support: defaultdict[Form, Support] = defaultdict(Support)
        self._forms: dict[tuple[str, str], Form] = {}
        self._split: set[Form] = set()
        for paper, entity in self.namings:
            type_, name = self._type(entity), form_of(entity.name)
            found = self._split_off(type_, entity.name) or Form(type_, name, self.senses.of(type_, name, entity))
            self._forms[paper, entity.name] = found
            # A sized form of its name is a node of its own.
            aliases = [alias for alias in entity.aliases if not is_sized(alias, entity)]
            kept = (alias for alias in aliases if not self._is_ruled_out(type_, entity.name, alias))
            self.support[found].add(paper, entity.name, entity.confidence, kept)
        self._parent: dict[Form, Form] = {}
        self._by_form: defaultdict[str, list[Form]] = defaultdict(list)
        for found in self.support:
            self._known(found)
        self.merges: list[Merge] = []
        named = (self._curated, self._wrapped, self._abbreviated, self._expanded)
        for step in (*named, self._overridden, self._mistyped, self._retyped):
            for merge in list(step()):
                self._join(merge)

    def node(self, paper: str, name: str) -> Form:
        """Return the form that stands for the node of an entity of a paper."""
        return self.root(self._forms[paper, name])

    def root(self, found: Form) -> Form:
        """Return the form that a form has joined."""
        while self._parent[found] != found:
            found = self._parent[found]
        return found

    def members(self) -> dict[Form, list[Form]]:
        """Return the forms of each node, by the one that stands for it."""
        out: defaultdict[Form, list[Form]] = defaultdict(list)
        for found in sorted(self._parent):
            out[self.root(found)].append(found)
        return dict(out)

    def label(self, root: Form, members: Iterable[Form]) -> str:
        """Return what a node is called: by an override, a lexicon, or the most frequent name of its form."""
        for row in self.overrides.of("label"):
            if any(row.name.fits(m.type, m.form) for m in members):
                self.unused.pop(row.where, None)
                return row.value
        if root in self._split:
            return root.sense
        if root.sense:  # the short form is taken by the main meaning
            return best_label(self.senses.wordings(*root).items())
        if found := curated.label(root.type, root.form):
            return found
        own = (self.support[m].names for m in members if m in self.support and m.type == root.type)
        return best_label((name, count) for names in own for name, count in names.items())

    def _type(self, entity: Entity) -> str:
        for row in self.overrides.of("type"):
            if row.name.fits(entity.type, form_of(entity.name)):
                self.unused.pop(row.where, None)
                return row.value
        return entity.type

    def _split_off(self, type_: str, name: str) -> Form | None:
        """Return the form of a spelling that an override makes a thing of its own."""
        for row in self.overrides.of("never-same"):
            if row.parts_spellings and name == row.name.written and row.name.fits(type_, form_of(name)):
                self.unused.pop(row.where, None)
                found = Form(type_, form_of(name), name)
                self._split.add(found)
                return found
        return None

    def _is_ruled_out(self, type_: str, name: str, alias: str) -> bool:
        """Tell whether an override says that what a paper gives as another name of a thing is none."""
        for row in self.overrides.of("never-same"):
            for one, other in ((name, alias), (alias, name)):
                said = row.name.fits(type_, form_of(one)) and row.other.fits(type_, form_of(other))
                if said and (not row.parts_spellings or one == row.name.written):
                    self.unused.pop(row.where, None)
                    return True
        return False

    def _join(self, merge: Merge) -> None:
        source, target = self.root(merge.source), self.root(merge.target)
        if source != target and not self._are_parted(source, target):
            self._parent[source] = target
            self.merges.append(merge)

    def _are_parted(self, one: Form, other: Form) -> bool:
        for row in self.overrides.of("never-same"):
            sides = [
                {self.root(f) for f in self._by_form[n.form] if n.fits(f.type, f.form)} for n in (row.name, row.other)
            ]
            if (one in sides[0] and other in sides[1]) or (one in sides[1] and other in sides[0]):
                self.unused.pop(row.where, None)
                return True
        return False

    def _known(self, found: Form) -> Form:
        """Return a form, taken in where no paper uses it."""
        if found not in self._parent:
            self._parent[found] = found
            self._by_form[found.form].append(found)
        return found

    def _meant(self, found: Form) -> Form:
        """Return the form of the label that lexicons give a form, or the form itself."""
        label = curated.label(found.type, found.form)
        return self._known(Form(found.type, form_of(label)) if label else found)

    # The reasons to merge, in the order in which they are tried

    def _curated(self) -> Iterator[Merge]:
        """Yield the forms that a lexicon row lists, and those that have a listed name in their paper."""
        for found in sorted(self.support):
            if not found.sense:
                yield from self._listed(found, found.form)
        for paper, entity in self.namings:
            found = self._forms[paper, entity.name]
            # What a paper presents under a name of its own is not what the name's letters happen to stand for.
            if not (entity.introduced or found.sense or curated.label(found.type, found.form)):
                # A long form says what is meant, unless there are two; a short form is another thing's elsewhere.
                longs = sorted({form_of(long) for _, long in senses.pairs(entity)})
                if len({label for long in longs if (label := curated.label(found.type, long))}) == 1:
                    for long in longs:
                        yield from self._listed(found, long)

    def _listed(self, found: Form, name: str) -> Iterator[Merge]:
        if curated.label(found.type, name) and (main := self._meant(Form(found.type, name))) != found:
            yield Merge(found, main, "lexicon", curated.row(found.type, name))

    def _wrapped(self) -> Iterator[Merge]:
        """Yield names with a noun behind them that only says what they are: "the KITTI dataset", "AdamW optimiser"."""
        for found in sorted(self.support):
            if found.sense or curated.label(found.type, found.form):
                continue
            for name in sorted(self.support[found].names):
                for inner in unwrapped(name):
                    core = Form(found.type, form_of(inner))
                    known = curated.label(core.type, core.form)
                    if core != found and (known or (core in self.support and is_coined(inner.split()[0]))):
                        yield Merge(found, self._meant(core), "wrapping noun", self._papers(found))
                        break

    def _abbreviated(self) -> Iterator[Merge]:
        """Yield names with a word in its short form, where they are known in full: "CoT prompting"."""
        for found in sorted(self.support):
            if found.sense or curated.label(found.type, found.form):
                continue
            for name in sorted(self.support[found].names):
                words = unabbreviated(name)
                full = Form(found.type, form_of(words))
                if " " in words and full != found and (full in self.support or curated.label(full.type, full.form)):
                    yield Merge(found, self._meant(full), "abbreviated word", words)

    def _expanded(self) -> Iterator[Merge]:
        """Yield the names that papers give for a short or a long form, where the other stands alone elsewhere."""
        shown: defaultdict[tuple[Form, Form], set[str]] = defaultdict(set)
        for paper, entity in self.namings:
            found = self._forms[paper, entity.name]
            for short, long in senses.pairs(entity):
                sense = self.senses.of(found.type, form_of(short), entity)
                for other in (Form(found.type, form_of(short), sense), Form(found.type, form_of(long))):
                    # What a lexicon knows is no paper's to give away.
                    if other != found and other in self.support and not curated.label(other.type, other.form):
                        shown[found, other].add(paper)
        # A long form that two short forms claim goes to the one of more papers.
        claims = sorted(shown, key=lambda pair: (-len(shown[pair]), -self._weight(pair[0]), pair))
        taken: set[Form] = set()
        for found, other in claims:
            if other not in taken or self.root(other) == self.root(found):
                taken.add(other)
                yield Merge(other, found, "short form", " ".join(sorted(shown[found, other])[:_SHOWN]))

    def _overridden(self) -> Iterator[Merge]:
        for row in self.overrides.of("same"):
            sources, targets = (
                [f for f in sorted(self._parent) if name.fits(f.type, f.form)] for name in (row.name, row.other)
            )
            for source in sources:
                for target in [t for t in targets if t.type == source.type][:1]:
                    self.unused.pop(row.where, None)
                    yield Merge(source, target, "override", row.where)

    def _mistyped(self) -> Iterator[Merge]:
        """Yield names that are one slip away from a name of more papers, or from one that a lexicon holds."""
        own = [f for f in sorted(self.support) if not f.sense]
        slips = Slips((f.type, f.form) for f in own)
        for found in own:
            if curated.label(found.type, found.form) or any(map(variant, self.support[found].names)):
                continue
            close = slips.near(found.type, found.form) | curated.slips().near(found.type, found.form)
            for other in (Form(found.type, name) for name in sorted(close)):
                if self._is_rarer(found, other) and self._have_equal_capitals(found, other):
                    yield Merge(found, self._meant(other), "spelling", self._papers(found))

    def _have_equal_capitals(self, found: Form, other: Form) -> bool:
        """Tell whether two coined names have the same capitals: GECOBench is no slip for GEO-Bench."""
        wanted = {*self.support[other].names} if other in self.support else curated.spellings(other.type, other.form)
        shown = {capitals(name) for name in self.support[found].names}
        return any(not is_coined(name) or capitals(name) in shown for name in wanted)

    def _is_rarer(self, found: Form, other: Form) -> bool:
        if curated.label(other.type, other.form):
            return True
        return len(self.support[found].papers) < len(self.support[other].papers)

    def _retyped(self) -> Iterator[Merge]:
        """Yield names under a doubtful type that papers surely give another type."""
        by_name: defaultdict[str, list[Form]] = defaultdict(list)
        for found in sorted(self.support):
            if not found.sense:
                by_name[found.form].append(found)
        for alike in by_name.values():
            main = max(alike, key=lambda f: (self._weight(f), f))
            for found in alike:
                sure = max(self.support[found].papers.values()) > _DOUBTFUL
                known = curated.label(found.type, found.form) or self.senses.has(found.type, found.form)
                if found != main and not sure and not known and self._weight(main) >= _SURER * self._weight(found):
                    yield Merge(found, main, "type of other papers", self._papers(main))

    def _weight(self, found: Form) -> float:
        return self.support[found].weight + (2.0 if curated.label(found.type, found.form) else 0.0)

    def _papers(self, found: Form) -> str:
        return " ".join(sorted(self.support[found].papers)[:_SHOWN])
