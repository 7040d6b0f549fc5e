"""Find the numbers of a text that may be outcomes, with the unit they are written in.

A number is a token of its own ("90.1", "+2.3%"), one with a unit glued to it ("3x", "80fps"), or a range
("12-38%"). Powers ("10^5"), error margins ("±0.3"), years and numbers inside names are none.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kg import rules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kg.pipeline.state import Span, State

_PLAIN = r"\d+(?:,\d{3})*(?:\.\d+)?"
_NUMBER = re.compile(rf"^([-+]?)({_PLAIN}(?:%?-{_PLAIN})?)(%?)([A-Za-z\u00d7]{{0,4}})$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_DIGITS = frozenset("0123456789")
_SIGNS = frozenset("-+")
_NO_VALUE = frozenset("^\u00b1")
"""Beside these a number is an exponent, a base or an error margin."""
PERCENT, POINTS, TIMES = "%", "points", "x"


class Number(NamedTuple):
    """A number that may be an outcome: where it is, how it is written, its unit, and where the unit ends.

    `glued` holds letters that follow without a space and are no unit that we know ("ms", "B").
    """

    at: int
    value: str
    unit: str
    signed: bool
    end: int
    glued: str


def numbers(paper: State, sentence: Span, inside: Collection[int]) -> list[Number]:
    """Return the numbers of a sentence; those at the tokens `inside` belong to names."""
    words = paper.words
    start, end = sentence
    out = []
    for i in range(start, end):
        first = words[i][0]
        if (first in _DIGITS or first in _SIGNS) and i not in inside and (found := _number(paper, i, sentence)):
            out.append(found)
    return out


def _number(paper: State, i: int, sentence: Span) -> Number | None:
    words, lower = paper.words, paper.lower
    start, stop = sentence
    found = _NUMBER.match(words[i])
    if not found or _YEAR.match(words[i]):
        return None
    sign, value, percent, glued = found.groups()
    before, after = (words[i - 1] if i > start else ""), (words[i + 1] if i + 1 < stop else "")
    if before in _NO_VALUE or after in _NO_VALUE:
        return None
    # A dash right before a number is its sign where nothing stands before the dash: "(-3.2)", not "BERT - 3.2".
    if before in _SIGNS and paper.starts[i] == paper.ends[i - 1] and not _touches(paper, i - 1, start):
        sign = before
    unit, end = PERCENT if percent else "", i + 1
    if glued:
        unit = _units().get(glued.lower(), unit)
        glued = "" if unit else glued.lower()
    # "2.3% points" and "absolute 2.3 percentage points" are points, whatever sign stands between.
    for k in range(end, min(end + 2, stop)):
        if named := _units().get(lower[k]):
            unit, end = named, k + 1
    return Number(i, value.replace("%", ""), unit, bool(sign), end, glued)


def _touches(paper: State, i: int, start: int) -> bool:
    return i > start and paper.starts[i] == paper.ends[i - 1] and paper.words[i - 1][-1].isalnum()


@cache
def _units() -> Mapping[str, str]:
    """Return word -> the unit it writes."""
    words = rules.words()
    named = ((PERCENT, "unit.percent"), (POINTS, "unit.points"), (TIMES, "unit.times"))
    return {word: unit for unit, name in named for word in words[name]}
