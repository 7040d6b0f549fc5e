"""Which node a name means: the curated name of a lexicon, else the name's normal form.

Two names are one thing only when they differ in case, hyphens, spaces, Unicode form or a plural s, or
when a lexicon row lists both. A differing number, version or sign ("LoRA+", "GPT-3.5") never merges.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kg import rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.model import Entity

_PLURAL = re.compile(r"(?<=\w{3})(?<![su])(?<!is)s$")
"""A plural s is small, also behind capitals ("LSTMs"); the S of "XTREME-S" and "VITS" belongs to the name."""


@lru_cache(maxsize=100_000)
def normal(name: str) -> str:
    """Return the form under which spellings of one name are equal.

    >>> normal("CIFAR-10") == normal("Cifar 10") == normal("CIFAR10")
    True
    >>> normal("Transformers") == normal("transformer")
    True
    >>> normal("GPT-3") == normal("GPT-3.5") or normal("LoRA") == normal("LoRA+")
    False
    """
    text = unicodedata.normalize("NFKC", name)
    if not re.search(r"\d|-\w$", text):
        text = _PLURAL.sub("", text)
    text = text.casefold()
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return re.sub(r"[\s_\-]+|(?<!\d)\.|\.(?!\d)", "", text)


@dataclass(frozen=True, slots=True)
class Key:
    """What names of one node share: a type, and a curated label or a normal form."""

    type: str
    form: str
    label: str = ""


@cache
def _curated() -> dict[tuple[str, str], str]:
    """Return (type, normal form) -> label over all lexicon names."""
    out: dict[tuple[str, str], str] = {}
    rows = rules.lexicons()
    for row in rows:
        for alias in row.aliases:
            out.setdefault((row.type, normal(alias)), row.label)
    out.update({(row.type, normal(row.label)): row.label for row in rows})
    return out


def key(entity: Entity) -> Key:
    """Return the key of the node that an entity of a record belongs to."""
    curated = _curated()
    for name in (entity.name, *entity.aliases):
        if label := curated.get((entity.type, normal(name))):
            return Key(entity.type, normal(label), label)
    return Key(entity.type, normal(entity.name))


@cache
def _directions() -> dict[tuple[str, str], str]:
    return {(row.type, row.label): row.better for row in rules.lexicons() if row.better}


def better(key: Key) -> str:
    """Return "higher" or "lower" for a measure of known direction, else ""."""
    return _directions().get((key.type, key.label), "")


def best_label(names: Iterable[tuple[str, int]]) -> str:
    """Return the most frequent name; of equally frequent ones the shortest, then the first in order.

    >>> best_label([("Foonet", 1), ("FooNet", 3)])
    'FooNet'
    """
    counts: Counter[str] = Counter()
    for name, count in names:
        counts[name] += count
    return min(counts, key=lambda name: (-counts[name], len(name), name))
