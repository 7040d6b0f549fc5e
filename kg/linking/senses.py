"""Short forms and what they stand for: "MAE" is a masked autoencoder in one paper, an error in another."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from kg import rules
from kg.linking import curated
from kg.linking.names import expands, form_of, is_acronym, is_typo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kg.model import Entity

_SHARED = 2
_STEM = 6
"""Letters by which words are compared: "answer" and "answering" are one."""


def pairs(entity: Entity) -> Iterator[tuple[str, str]]:
    """Yield the short forms among an entity's names, each with each long form that it can stand for."""
    return pairs_of((entity.name, *sorted(entity.aliases)))


def pairs_of(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the short forms among some names of one thing, each with each long form that it can stand for."""
    for short in names:
        if is_acronym(short):
            for long in names:
                if expands(short, long):
                    yield short, long


class Senses:
    """The meanings of each short form of a type over all papers; a meaning is named by the form of a wording."""

    def __init__(self, namings: Iterable[tuple[str, Entity]]) -> None:
        found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for type_, entity in namings:
            for short, long in pairs(entity):
                found[type_, form_of(short)][long] += 1
        self._of: dict[tuple[str, str], dict[str, Counter[str]]] = {}
        for key, wordings in found.items():
            senses: dict[str, Counter[str]] = {}
            # Curated wordings first, then the frequent ones: later ones join the meaning they are like.
            for name in curated.expansions(*key):
                senses.setdefault(self._like(senses, name) or form_of(name), Counter())[name] += 0
            for wording, count in sorted(wordings.items(), key=lambda w: (-w[1], w[0])):
                senses.setdefault(self._like(senses, wording) or form_of(wording), Counter())[wording] += count
            self._of[key] = senses

    def of(self, type_: str, short: str, entity: Entity) -> str:
        """Return the meaning that a paper gives to a short form; "" for the main one, or where it gives none."""
        senses = self._of.get((type_, short), {})
        if len(senses) > 1:
            for each, long in pairs(entity):
                if form_of(each) == short and (sense := self._like(senses, long)):
                    return "" if sense == self._main(type_, short) else sense
        return ""

    def wordings(self, type_: str, short: str, sense: str) -> Mapping[str, int]:
        """Return how a meaning is worded, and how often."""
        return self._of[type_, short][sense]

    def has(self, type_: str, short: str) -> bool:
        """Tell whether any paper says what a short form stands for."""
        return (type_, short) in self._of

    def _main(self, type_: str, short: str) -> str:
        """Return the main meaning of a short form: the curated one, else that of most papers."""
        senses = self._of[type_, short]
        for name in curated.expansions(type_, short):
            if sense := self._like(senses, name):
                return sense
        return min(senses, key=lambda s: (-senses[s].total(), s))

    def _like(self, senses: Mapping[str, Counter[str]], wording: str) -> str:
        """Return the meaning that a wording is like, or ""."""
        wanted = form_of(wording)
        for sense, wordings in senses.items():
            if sense == wanted or any(_alike(w, wording) or is_typo(form_of(w), wanted) for w in wordings):
                return sense
        return ""


def _alike(one: str, other: str) -> bool:
    """Tell whether two wordings say the same: they begin alike and share two words, small and wrapping ones aside."""
    a, b = _stems(one), _stems(other)
    if "".join(a) == "".join(b):
        return True
    return a[:1] == b[:1] and len(set(a) & set(b)) >= _SHARED


@lru_cache(maxsize=10_000)
def _stems(wording: str) -> list[str]:
    small = rules.words()["function"] | rules.words()["wrapper"]
    return [form_of(word)[:_STEM] for word in wording.replace("-", " ").split() if word.lower() not in small]
