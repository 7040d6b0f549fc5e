"""Make a sorted file anew from an old one and what changed, at the cost of a copy: only what changes is looked for."""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import re
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from io import FileIO
    from pathlib import Path

_PIECE = 1 << 22
"""Bytes that are copied at once."""
_HELD = 1 << 26
"""Bytes of a file that are held in memory while it is hashed."""
_NO_COPY = (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP)
"""What a system answers that cannot copy within files, or not between these."""
_CLAIMED = re.compile(rb'\S+ \S+ (?:<[^>]*>|".*"(?:@[\w-]+|\^\^<[^>]*>)?) \.')
"""A line of the default graph: three terms and no fourth."""


def _itself(block: bytes) -> bytes:
    return block


class SortedBlocks:
    """A file of blocks that are sorted by a key, between a head and a tail; it may be larger than memory.

    A block is a line with those behind it that begin with a tab. `between` is what ends each block but the last, which
    has it too where there is no tail.
    """

    def __init__(
        self,
        content: mmap.mmap | bytes,
        *,
        number: int | None = None,
        head: int = 0,
        tail: bytes = b"",
        key: Callable[[bytes], bytes] = _itself,
        between: bytes = b"\n",
    ) -> None:
        """Take the content, the number of the open file that it is of, and what it is made of."""
        self.content, self.number, self.tail = content, number, tail
        self.start, self.end = head, len(content) - len(tail)
        self.key, self.between = key, between

    def place(self, key: bytes, *, start: int | None = None) -> int:
        """Return where a block begins, or would: the first one from `start` on whose key is not before this."""
        low, high = self.start if start is None else start, self.end
        while low < high:
            middle = (low + high) // 2
            begin = self._begin(low, middle)
            if self.key(self.block(begin)) < key:
                low = self._behind(begin)
            else:
                high = begin
        return low

    def block(self, begin: int) -> bytes:
        """Return the block that begins at an offset, without what ends it."""
        return self.content[begin : self._behind(begin)].removesuffix(b"\n").removesuffix(self.between[:-1])

    def has(self, key: bytes) -> bool:
        """Tell whether there is a block."""
        begin = self.place(key)
        return begin < self.end and self.key(self.block(begin)) == key

    def claims(self, subject: bytes) -> list[bytes]:
        """Return the lines of the default graph about a subject ("<...>"), if the blocks are N-Quads."""
        found, begin = [], self.place(subject + b" ")
        while begin < self.end and (line := self.block(begin)).startswith(subject + b" "):
            if _CLAIMED.fullmatch(line):
                found.append(line)
            begin = self._behind(begin)
        return found

    def patched(self, changes: Mapping[bytes, bytes]) -> Iterator[bytes | range]:
        """Yield blocks in place of those of some keys (b"": none), and ranges of what stays, in order."""
        at = self.start
        for key in sorted(changes):
            begin = self.place(key, start=at)
            yield range(at, begin)
            there = begin < self.end and self.key(self.block(begin)) == key
            at = self._behind(begin) if there else begin
            if changes[key]:
                yield changes[key] + self.between
        yield range(at, self.end)

    def write(self, changes: Mapping[bytes, bytes], path: Path, *, head: bytes = b"") -> None:
        """Write the file with some blocks changed to another one."""
        self.put(self.pieces(changes, head=head), path)

    def pieces(self, changes: Mapping[bytes, bytes], *, head: bytes = b"") -> list[bytes | range]:
        """Return what the file with some blocks changed is made of: bytes, and ranges of this file."""
        pieces = chain([head or self.content[: self.start]], self.patched(changes))
        return list(self._tailed(pieces) if self.tail else pieces)

    def put(self, pieces: Iterable[bytes | range], path: Path) -> None:
        """Write pieces to another file; ranges of this one are copied by the system, where it can."""
        with path.open("wb", buffering=0) as file, memoryview(self.content) as content:
            for piece in pieces:
                if isinstance(piece, bytes):
                    file.write(piece)
                else:
                    self._copy(content, piece, file)

    def sha256(self, pieces: Iterable[bytes | range]) -> str:
        """Return the hash of pieces, as the file will have it that they are written to."""
        digest, done = hashlib.sha256(), 0
        with memoryview(self.content) as content:
            for piece in pieces:
                digest.update(piece if isinstance(piece, bytes) else content[piece.start : piece.stop])
                if isinstance(piece, range) and piece.stop - done > _HELD:
                    done = self._let_go(done, piece.stop)
        return digest.hexdigest()

    def _let_go(self, start: int, end: int) -> int:
        """Give back memory that shows a part of the file, which seems to be needed; return where that ends."""
        end -= end % mmap.PAGESIZE
        if isinstance(self.content, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            self.content.madvise(mmap.MADV_DONTNEED, start, end - start)
        return end

    def _tailed(self, pieces: Iterable[bytes | range]) -> Iterator[bytes | range]:
        """Yield pieces with what is between blocks behind the last of the old ones, and the tail for it at the end."""
        head, *rest = [piece for piece in pieces if piece]
        yield head
        for place, piece in enumerate(rest, 1):
            if place < len(rest):
                yield piece
                if isinstance(piece, range) and piece.stop == self.end:
                    yield self.between
            elif isinstance(piece, bytes):
                yield piece.removesuffix(self.between)
            else:  # the last block of the old file ends as the tail has it already
                yield range(piece.start, piece.stop - (0 if piece.stop == self.end else len(self.between)))
        yield self.tail

    def _begin(self, low: int, at: int) -> int:
        """Return where the block begins that an offset is in."""
        begin = self.content.rfind(b"\n", low, at) + 1 or low
        while begin > low and self.content[begin : begin + 1] == b"\t":
            begin = self.content.rfind(b"\n", low, begin - 1) + 1 or low
        return begin

    def _behind(self, begin: int) -> int:
        """Return where the block ends that begins at an offset, its end of line included."""
        while True:
            begin = self.content.find(b"\n", begin, self.end) + 1 or self.end
            if begin >= self.end or self.content[begin : begin + 1] != b"\t":
                return begin

    def _copy(self, content: memoryview, piece: range, to: FileIO) -> None:
        at, copy = piece.start, getattr(os, "copy_file_range", None)
        try:
            while copy and self.number is not None and at < piece.stop:
                at += copy(self.number, to.fileno(), piece.stop - at, at)
        except OSError as error:
            if error.errno not in _NO_COPY:
                raise
        for begin in range(at, piece.stop, _PIECE):
            to.write(content[begin : min(begin + _PIECE, piece.stop)])


@contextmanager
def mapped(path: Path) -> Iterator[tuple[mmap.mmap | bytes, int]]:
    """Give the content of a file, and its number, while it is open."""
    with path.open("rb") as file:
        if path.stat().st_size:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                yield content, file.fileno()
        else:
            yield b"", file.fileno()


@contextmanager
def sorted_lines_of(path: Path) -> Iterator[SortedBlocks]:
    """Give the sorted lines of a file while it is open."""
    with mapped(path) as (content, number):
        yield SortedBlocks(content, number=number)
