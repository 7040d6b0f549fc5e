"""Papers as JSON: one object a line, or a file that holds one list of objects.

Keys: `id`, `title`, `abstract`, and if known `date`, `url`, `authors`; others are ignored. The line
in the origin of a paper from a list is its place in the list, from 1.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kg.sources.base import Skipped, make_paper, show, skipped
from kg.sources.lines import head, plain_suffix, read_lines, read_text, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.model import Paper

_SUFFIXES = (".jsonl", ".ndjson", ".json")
_REMEDY = 'One complete object {"id": ..., "title": ..., "abstract": ...} must stand on each line.'


def detect(path: Path, start: bytes) -> bool:
    """Say whether a file is JSON, by its name or its first bytes.

    >>> from pathlib import Path
    >>> detect(Path("a.jsonl"), b""), detect(Path("a.txt"), b' {"id": 1}'), detect(Path("a.txt"), b"Title")
    (True, True, False)
    """
    return plain_suffix(path) in _SUFFIXES or start.lstrip().startswith((b'{"', b"[{"))


def read(path: Path) -> Iterator[Paper | Skipped]:
    """Yield the papers of a file of JSON lines or of one JSON list."""
    start = head(path).lstrip()
    # A lone bracket on the first line opens one object laid out over many lines.
    if start.startswith(b"[") or start.split(b"\n", 1)[0].strip() == b"{":
        yield from _read_whole(path)
        return
    name = shown(path)
    for line in read_lines(path):
        if isinstance(line, Skipped):
            yield line
        elif line[1].strip():
            yield _paper(line[1], f"{name}:{line[0]}")


def _read_whole(path: Path) -> Iterator[Paper | Skipped]:
    name = shown(path)
    text = read_text(path)
    if isinstance(text, Skipped):
        yield text
        return
    rows = _parse(text, f"{name}:1")
    if isinstance(rows, Skipped):
        yield rows
        return
    for number, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
        yield _checked(row, f"{name}:{number}")


def _paper(text: str, origin: str) -> Paper | Skipped:
    row = _parse(text, origin)
    return row if isinstance(row, Skipped) else _checked(row, origin)


def _parse(text: str, origin: str) -> object | Skipped:
    try:
        value: object = json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        where = f"{origin.rpartition(':')[0]}:{error.lineno}" if error.lineno > 1 else origin
        return skipped(where, "broken-json", f"broken JSON at column {error.colno}: {error.msg}. {_REMEDY}")
    except (ValueError, RecursionError) as error:
        return skipped(origin, "broken-json", f"JSON that cannot be held: {error}. {_REMEDY}")
    return value


def _checked(row: object, origin: str) -> Paper | Skipped:
    if isinstance(row, dict):
        return make_paper(row, origin)
    return skipped(origin, "not-an-object", f"{show(row)} is not an object. {_REMEDY}")
