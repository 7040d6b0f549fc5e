"""Forms of names: spellings of one name have one form, and some differences never are mere spelling."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from kg import rules

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLURAL = re.compile(r"(?<=\w{3})(?<![su])(?<!is)s$")
"""A plural s is small, also behind capitals ("LSTMs"); the S of "XTREME-S" and "VITS" belongs to the name."""
_NUMBERED = re.compile(r"\d|-\w$")
_GAPS = re.compile(r"[\s_\-]+|(?<!\d)\.|\.(?!\d)")
_NO_NAME = re.compile(r"--|[,;:!?=]")
"""A phrase with these in it was cut out of a sentence."""
_LETTERS = re.compile(r"[A-Za-z]")


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
    text = name if name.isascii() else unicodedata.normalize("NFKC", name)
    if not _NUMBERED.search(text):
        text = _PLURAL.sub("", text)
    text = text.casefold()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return _GAPS.sub("", text)


_BRITISH = re.compile(r"(?<=[a-z]{3})(?:is(ations?|ing|ed|ers?)|(?<=l)l(?=ing\b|ed\b))\b")
_QUOTES = re.compile("[\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb]")
_POSSESSIVE = re.compile("(?<=\\w)['\u2019]s\\b")
_GREEK = re.compile("[\u0391-\u03a9\u03b1-\u03c9]")
_STROKES = str.maketrans(
    {"\u00f8": "o", "\u00d8": "O", "\u0142": "l", "\u0141": "L", "\u0111": "d", "\u00df": "ss", "\u00d7": "x"}
)
_VERSION = re.compile(r"(?<=[\s-])[vV](?=\d+(?:\.\d+)+\b)")
"""What a version can be written without: "SQuAD v1.1" is SQuAD 1.1. Not ".0": DOTA-v2.0 is not Dota 2."""
_IN_BRACKETS = re.compile(r"\s*\(([^()]{2,12})\)$")


@lru_cache(maxsize=100_000)
def form_of(name: str) -> str:
    """Return the normal form of a name for linking: quotes, articles, Greek letters and British endings besides.

    >>> form_of("\u03b2-VAE") == form_of("beta-VAE"), form_of("tokenisation") == form_of("tokenization")
    (True, True)
    >>> form_of("the Cohen\u2019s kappa") == form_of("Cohen kappa"), form_of("SQuAD v2.0") == form_of("SQuAD2.0")
    (True, True)
    """
    text = name
    if not text.isascii():
        text = unicodedata.normalize("NFKC", name).translate(_STROKES)
        text = "".join("-" if unicodedata.category(c) == "Pd" else c for c in text)
        text = _GREEK.sub(lambda found: unicodedata.name(found[0]).rpartition(" ")[2].lower(), text)
    text = _QUOTES.sub("", _POSSESSIVE.sub("", text)).strip()
    if (found := _IN_BRACKETS.search(text)) and expands(found[1], text[: found.start()]):
        text = text[: found.start()]
    first, _, rest = text.partition(" ")
    if rest and first.lower() in rules.words()["article"]:
        text = rest
    return normal(american(_VERSION.sub("", text)))


def american(text: str) -> str:
    """Return a text with American endings.

    >>> american("optimiser and tokenisation")
    'optimizer and tokenization'
    """
    return _BRITISH.sub(lambda found: f"iz{found[1]}" if found[1] else "", text)


def is_acronym(name: str) -> bool:
    """Tell whether a name is a short form: one word of at most ten characters, most of its letters capitals.

    >>> [is_acronym(n) for n in ("BERT", "mIoU", "LoRA", "LSTMs", "T5", "Adam", "residual")]
    [True, True, True, True, True, False, False]
    """
    letters = _LETTERS.findall(name.rstrip("s"))
    capitals = sum(c.isupper() for c in letters)
    if " " in name or not 2 <= len(name) <= 10:
        return False
    return (capitals >= 2 and 2 * capitals >= len(letters)) or (capitals == 1 and name[-1].isdigit() and len(name) < 4)


def expands(short: str, long: str) -> bool:
    """Tell whether a phrase of several words can be what a short form stands for.

    >>> expands("MAE", "masked autoencoder"), expands("MAE", "mean absolute error"), expands("MAE", "metric")
    (True, True, False)
    """
    words = [w for w in re.split(r"[\s\-/]+", long.casefold()) if w]
    letters = [c for c in normal(short) if c.isalpha()]
    if (
        _NO_NAME.search(long)
        or len(words) < 2
        or not letters
        or words[0][0] != letters[0]
        or form_of(long).startswith(form_of(short))
    ):
        return False
    rest = iter("".join(words))
    return all(c in rest for c in letters)


def marks(name: str) -> list[str]:
    """Return the numbers and signs of a name, which never are mere spelling.

    >>> marks("LoRA+"), marks("GPT-3.5")
    (['+'], ['3.5'])
    """
    return re.findall(r"\d+(?:\.\d+)*|[+*#]", name)


def capitals(name: str) -> str:
    """Return the capital letters of a name behind its first, in order."""
    return "".join(c for c in name[1:] if c.isupper())


def is_coined(name: str) -> bool:
    """Tell whether a name is written like one that somebody made up.

    >>> is_coined("BERT"), is_coined("T5"), is_coined("pruning")
    (True, True, False)
    """
    return any(c.isupper() or c.isdigit() for c in name[1:])


def best_label(names: Iterable[tuple[str, int]]) -> str:
    """Return the most frequent name; of equally frequent ones the shortest, then the first in order.

    >>> best_label([("Foonet", 1), ("FooNet", 3)])
    'FooNet'
    """
    counts: Counter[str] = Counter()
    for name, count in names:
        counts[name] += count
    return min(counts, key=lambda name: (-counts[name], len(name), name))


def can_slip(form: str, *, shortest: int = 8) -> bool:
    """Tell whether a normal form is one that slips of the pen are looked for in: long enough, and of letters alone."""
    return len(form) >= shortest and form.isalpha()


def is_typo(one: str, other: str, *, shortest: int = 8) -> bool:
    """Tell whether two normal forms differ by one slip of the pen: a letter lost, added, changed or swapped.

    Forms shorter than `shortest` or with digits or signs, and the first letter, are never mistyped here.

    >>> is_typo("transfomerxl", "transformerxl"), is_typo("imagenetv1", "imagenetv2"), is_typo("lora", "qlora")
    (True, False, False)
    """
    if abs(len(one) - len(other)) > 1 or one == other or one[:1] != other[:1]:
        return False
    if not (can_slip(one, shortest=shortest) and can_slip(other, shortest=shortest)):
        return False
    start = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def slip_keys(form: str, size: int) -> tuple[str, str]:
    """Return the keys of which a form of a size shares one with every form that a slip makes of it.

    >>> slip_keys("transformer", 11)
    ('11 tra*', '11 t*rmer')
    """
    return f"{size} {form[:3]}*", f"{size} {form[:1]}*{form[-4:]}"


class Slips:
    """Find the forms that one slip of the pen leads to, among many of several types.

    A slip leaves the first letter and either the first three or the last four alone; forms are kept by both.
    """

    def __init__(self, forms: Iterable[tuple[str, str]]) -> None:
        self._kept: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for type_, form in forms:
            for key in slip_keys(form, len(form)):
                self._kept[type_, key].append(form)

    def near(self, type_: str, form: str) -> set[str]:
        """Return the kept forms of a type that are one slip away."""
        keys = (key for size in (-1, 0, 1) for key in slip_keys(form, len(form) + size))
        return {kept for key in keys for kept in self._kept.get((type_, key), ()) if is_typo(form, kept)}
