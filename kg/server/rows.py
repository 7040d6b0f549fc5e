"""Count the rows of an answer in the bytes of a standard format as they pass, so that one too long can be stopped.

The engine writes whole answers in one call and does not say where a row ends; each format does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:(?P<end>")|(?P<half>\\?)\Z)', re.DOTALL)


def counter(format: ox.QueryResultsFormat) -> Callable[[bytes], int]:
    r"""Return a function that takes an answer piece by piece, and returns how many rows have come so far, about.

    It may be one behind: a row counts when the next one begins, or when its line ends.

    >>> count = counter(ox.QueryResultsFormat.CSV)
    >>> count(b'a,b\r\n1,"x\ny"\r'), count(b"\n2,3\r\n")
    (0, 2)
    """
    if format == ox.QueryResultsFormat.CSV:
        return _QuotedLines().count
    if format == ox.QueryResultsFormat.TSV:
        return _Lines().count
    return _Elements().count if format == ox.QueryResultsFormat.XML else _Objects().count


class _Lines:
    """TSV escapes the breaks in its texts, so that lines are rows, after one of names."""

    def __init__(self) -> None:
        self.seen = -1

    def count(self, part: bytes) -> int:
        self.seen += part.count(b"\n")
        return max(self.seen, 0)


class _QuotedLines(_Lines):
    """In CSV a break between an odd and an even quote belongs to a text."""

    def __init__(self) -> None:
        super().__init__()
        self.quoted = False

    def count(self, part: bytes) -> int:
        for i, stretch in enumerate(part.split(b'"')):
            self.quoted ^= i > 0
            if not self.quoted:
                self.seen += stretch.count(b"\n")
        return max(self.seen, 0)


class _Elements:
    """XML escapes "<" in its texts, so that a tag is a tag."""

    def __init__(self) -> None:
        self.seen, self.rest = 0, b""

    def count(self, part: bytes) -> int:
        data = self.rest + part
        self.seen += data.count(b"<result>")
        self.rest = data[-len(b"result>") :]
        return self.seen


class _Objects:
    """In JSON only a row follows another object directly: within one, a name comes first."""

    def __init__(self) -> None:
        self.seen, self.before, self.rest = 0, b"", b""

    def count(self, part: bytes) -> int:
        data, self.rest = self.rest + part, b""
        outside = self.before + _TEXT.sub(self._drop, data)
        self.seen += outside.count(b"},{")
        self.before = outside[-2:]
        return self.seen

    def _drop(self, text: re.Match[bytes]) -> bytes:
        # Of a text that goes on in the next piece, its quote is enough, and half an escape at its end.
        self.rest = b"" if text["end"] else b'"' + text["half"]
        return b""
