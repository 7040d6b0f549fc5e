r"""Make the text of an abstract plain, and remember where each character came from.

Abstracts carry LaTeX (`80.9\%`, `$k$-means`, `{\bf BERT}`), HTML entities, Unicode dashes, ligatures
and soft hyphens. Rules should see one spelling, evidence must point into the text as it was given.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

_SPECIAL = re.compile(r"[\\$&{}~\x00-\x1f]|[^\x20-\x7e]")
_MARKUP = re.compile(
    r"""
      (?P<entity>&(?:[a-zA-Z]{2,8}|\#\d{1,6}|\#x[0-9a-fA-F]{1,5});)
    | \\(?P<literal>[%&_#${}])
    | \\(?P<sign>times|sim|approx|pm)(?![a-zA-Z])
    | \\(?P<accent>['"`^~=.uvHc])\{?(?P<letter>[a-zA-Z])\}?
    | (?P<drop>\\(?:text[a-z]{2}|math[a-z]{2,4}|emph|em|bf|it|tt|sc|rm|cite[pt]?|left|right)\b\s?|\\[a-z]{3,}\b|[${}])
    | (?P<odd>[^\x20-\x7e])
    """,
    re.VERBOSE,
)
_SIGNS = {"times": "\N{MULTIPLICATION SIGN}", "sim": "~", "approx": "~", "pm": "\N{PLUS-MINUS SIGN}"}
_ACCENTS = dict(zip("'\"`^~=.uvHc", "\u0301\u0308\u0300\u0302\u0303\u0304\u0307\u0306\u030c\u030b\u0327", strict=True))


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Plain text with, per character, where its source starts and ends; no arrays when nothing changed."""

    text: str
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the given text of `text[start:end]`."""
        return (self.starts[start], self.ends[end - 1]) if self.starts else (start, end)


def clean(text: str) -> Cleaned:
    r"""Return the text without markup.

    >>> clean(r"reaches 80.9\% with {\bf BERT}").text
    'reaches 80.9% with BERT'
    >>> clean("R&amp;D").source(1, 2)
    (1, 6)
    """
    if not _SPECIAL.search(text):
        return Cleaned(text)
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def put(piece: str, start: int, end: int) -> None:
        out.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))

    def copy(start: int, end: int) -> None:
        out.append(text[start:end])
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))

    at = 0
    for found in _MARKUP.finditer(text):
        copy(at, found.start())
        put(_plain(found), found.start(), found.end())
        at = found.end()
    copy(at, len(text))
    return Cleaned("".join(out), tuple(starts), tuple(ends))


def _plain(found: re.Match[str]) -> str:
    """Return what a piece of markup or an odd character reads as."""
    if entity := found["entity"]:
        return html.unescape(entity)
    if literal := found["literal"]:
        return literal
    if sign := found["sign"]:
        return _SIGNS[sign]
    if letter := found["letter"]:
        return unicodedata.normalize("NFC", letter + _ACCENTS[found["accent"]])
    if found["drop"]:
        return ""
    return _plain_character(found["odd"])


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs" or character in "\t\n\r":
        return " "
    if category in ("Cf", "Cc"):  # soft hyphen, zero-width and control characters
        return ""
    if (category == "Pd" and character != "\N{EM DASH}") or character == "\N{MINUS SIGN}":
        return "-"
    if category in ("Pi", "Pf"):
        return "'" if "SINGLE" in unicodedata.name(character) else '"'
    if "LIGATURE" in unicodedata.name(character, ""):
        return unicodedata.normalize("NFKC", character)
    return character
