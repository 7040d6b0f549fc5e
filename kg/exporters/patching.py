"""Make a sorted file anew from an old one and what changed, at the cost of a copy: only what changes is looked for."""

from __future__ import annotations

import mmap
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

_PIECE = 1 << 22
"""Bytes that are copied at once."""
_CLAIMED = re.compile(rb'\S+ \S+ (?:<[^>]*>|".*"(?:@[\w-]+|\^\^<[^>]*>)?) \.')
"""A line of the default graph: three terms and no fourth."""


class SortedLines:
    """A file of sorted lines that may be larger than memory."""

    def __init__(self, content: mmap.mmap | bytes) -> None:
        self.content, self.size = content, len(content)

    def place(self, line: bytes, *, start: int = 0) -> int:
        """Return where a line begins, or would: the offset of the first line from `start` on that is not before it."""
        low, high = start, self.size
        while low < high:
            middle = (low + high) // 2
            begin = self.content.rfind(b"\n", low, middle) + 1 or low
            if self._at(begin) < line:
                low = begin + len(self._at(begin)) + 1
            else:
                high = begin
        return low

    def _at(self, begin: int) -> bytes:
        end = self.content.find(b"\n", begin)
        return self.content[begin : end if end >= 0 else self.size]

    def has(self, line: bytes) -> bool:
        """Tell whether there is a line."""
        begin = self.place(line)
        return begin < self.size and self._at(begin) == line

    def claims(self, subject: bytes) -> list[bytes]:
        """Return the lines of the default graph about a subject ("<...>")."""
        found, begin = [], self.place(subject + b" ")
        while begin < self.size and (line := self._at(begin)).startswith(subject + b" "):
            if _CLAIMED.fullmatch(line):
                found.append(line)
            begin += len(line) + 1
        return found

    def patched(self, gone: Collection[bytes], come: Collection[bytes]) -> Iterator[bytes]:
        """Yield the file with some lines gone and others come; what comes and is there already stays as it is."""
        at, gone = 0, frozenset(gone)
        for line in sorted({*gone, *come}):
            begin = self.place(line, start=at)
            yield from self._pieces(at, begin)
            there = begin < self.size and self._at(begin) == line
            at = begin + (len(line) + 1 if there else 0)
            if line not in gone:
                yield line + b"\n"
        yield from self._pieces(at, self.size)

    def _pieces(self, start: int, end: int) -> Iterator[bytes]:
        for begin in range(start, end, _PIECE):
            yield self.content[begin : min(begin + _PIECE, end)]


@contextmanager
def sorted_lines_of(path: Path) -> Iterator[SortedLines]:
    """Give the sorted lines of a file while it is open."""
    with path.open("rb") as file:
        if path.stat().st_size:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                yield SortedLines(content)
        else:
            yield SortedLines(b"")


def replaced(blocks: Iterable[bytes], key: Callable[[bytes], bytes], changes: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """Yield blocks sorted by key with those of some keys replaced, dropped (b"") or put in.

    >>> list(replaced([b"a1", b"c1"], lambda block: block[:1], {b"b": b"b2", b"c": b""}))
    [b'a1', b'b2']
    """
    left = sorted(changes.items(), reverse=True)
    for block in blocks:
        name = key(block)
        while left and left[-1][0] <= name:
            changed, new = left.pop()
            if new:
                yield new
            if changed == name:
                break
        else:
            if name not in changes:
                yield block
    while left:
        if new := left.pop()[1]:
            yield new
