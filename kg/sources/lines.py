"""Files as numbered lines of text: plain or gzip, from disk or standard input, every unreadable line accounted for."""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from kg.sources.base import Skipped, skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN = Path("-")
LONGEST_LINE = 16 * 2**20
"""A longer line is not held in memory: it is no record of a paper."""
_HEAD = 2**16
_BROKEN_GZIP = (EOFError, zlib.error, gzip.BadGzipFile)
UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_UTF8 = "Save the file as UTF-8"


def shown(path: Path) -> str:
    """Return the path as messages and origins show it; bytes that are no text are escaped.

    >>> shown(Path("a/papers.jsonl")), shown(STDIN)
    ('a/papers.jsonl', 'stdin')
    """
    return "stdin" if path == STDIN else os.fsencode(path).decode("utf-8", "backslashreplace")


def plain_suffix(path: Path) -> str:
    """Return the suffix that tells the format, in lower case and without that of compression.

    >>> plain_suffix(Path("a.JSONL.gz"))
    '.jsonl'
    """
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file, or standard input for "-", and unpack it if it is gzip."""
    if path == STDIN:
        yield sys.stdin.buffer
        return
    with path.open("rb") as stream:
        if stream.peek(2)[:2] == b"\x1f\x8b":
            with gzip.open(stream) as unpacked:
                yield cast("BinaryIO", unpacked)
        else:
            yield stream


def head(path: Path) -> bytes:
    """Return the first bytes of a file, without a byte order mark; none of a pipe, which can be read only once."""
    if path == STDIN or (path.exists() and not path.is_file()):
        return b""
    try:
        with open_bytes(path) as stream:
            return stream.read(_HEAD).removeprefix(_BOM)
    except _BROKEN_GZIP:
        return b"\x1f\x8b"


def read_lines(path: Path) -> Iterator[tuple[int, str] | Skipped]:
    """Yield each line with its number, from 1, or why it cannot be read."""
    name = shown(path)
    with open_bytes(path) as stream:
        number = 0
        while True:
            number += 1
            origin = f"{name}:{number}"
            try:
                raw = stream.readline(LONGEST_LINE + 1)
                size = len(raw) if raw.endswith(b"\n") else len(raw) + _drain(stream)
            except _BROKEN_GZIP as error:
                yield _broken_gzip(origin, error)
                return
            if not raw:
                return
            if number == 1 and raw.startswith(UTF16):
                yield skipped(origin, "invalid-utf8", f"the file is UTF-16, not UTF-8. {_UTF8}.")
                return
            yield (
                _line(raw, name, number)
                if size <= LONGEST_LINE
                else skipped(origin, "too-long", f"the line has {size} bytes; at most {LONGEST_LINE} are read.")
            )


def read_text(path: Path) -> str | Skipped:
    """Return the whole text of a file, or why it cannot be read."""
    name = shown(path)
    with open_bytes(path) as stream:
        try:
            raw = stream.read()
        except _BROKEN_GZIP as error:
            return _broken_gzip(f"{name}:1", error)
    return _decode(raw.removeprefix(_BOM), name, 1)


def _broken_gzip(origin: str, error: Exception) -> Skipped:
    return skipped(origin, "broken-gzip", f"the compressed data is damaged or cut off ({error}). Fetch the file again.")


def _decode(raw: bytes, name: str, number: int) -> str | Skipped:
    """Return bytes that start at a line as text, or which byte of which line is no UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = number + raw.count(b"\n", 0, error.start)
        offset = error.start - (raw.rfind(b"\n", 0, error.start) + 1)
        message = f"byte 0x{raw[error.start]:02x} at offset {offset} of the line is not UTF-8. {_UTF8}."
        return skipped(f"{name}:{line}", "invalid-utf8", message)


def _drain(stream: BinaryIO) -> int:
    """Read on to the end of the line and return how many bytes that were."""
    size = 0
    while rest := stream.readline(LONGEST_LINE):
        size += len(rest)
        if rest.endswith(b"\n"):
            break
    return size


def _line(raw: bytes, name: str, number: int) -> tuple[int, str] | Skipped:
    if b"\0" in raw:
        message = f"the byte at offset {raw.index(0)} of the line is NUL. Remove it, or save the file as UTF-8 text."
        return skipped(f"{name}:{number}", "nul-character", message)
    text = _decode(raw.removeprefix(_BOM) if number == 1 else raw, name, number)
    return text if isinstance(text, Skipped) else (number, text.rstrip("\r\n"))
