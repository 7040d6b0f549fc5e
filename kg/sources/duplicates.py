"""One paper for what several inputs repeat; of those seen, only hashes and places stay in memory."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING

from kg.iri import arxiv_number
from kg.sources.base import Skipped, show, skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.model import Paper


def unique(found: Iterable[Paper | Skipped]) -> Iterator[Paper | Skipped]:
    """Yield each paper once, and a note in place of every repetition.

    The first one wins. Papers are the same if their titles and abstracts are, but for case, white
    space and Unicode form; an id, or an arXiv number, that two different texts claim is a conflict.
    """
    files: dict[str, int] = {}
    ids: dict[bytes, int] = {}
    texts: dict[bytes, int] = {}
    for item in found:
        if isinstance(item, Skipped):
            yield item
            continue
        by_id, by_text = (
            _digest(arxiv_number(item.id, url=item.url) or item.id),
            _digest(_normal(item.title), _normal(item.abstract)),
        )
        if by_text in texts:
            first = _origin(texts[by_text], files)
            yield skipped(item.origin, "duplicate", f"the same paper as in {first}; read once.")
        elif by_id in ids:
            first = _origin(ids[by_id], files)
            yield skipped(
                item.origin, "conflict", f"id {show(item.id)} stands for another text in {first}. Give each its own id."
            )
        else:
            ids[by_id] = texts[by_text] = _place(item.origin, files)
            yield item


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()[:16]


def _place(origin: str, files: dict[str, int]) -> int:
    """Return an origin as one number: a text for each of a million papers would fill the memory."""
    name, _, line = origin.rpartition(":")
    name, number = (name, int(line)) if line.isdecimal() and line.isascii() else (origin, 0)
    return files.setdefault(name, len(files)) << 40 | number


def _origin(place: int, files: dict[str, int]) -> str:
    name = next(name for name, index in files.items() if index == place >> 40)
    number = place & (1 << 40) - 1
    return f"{name}:{number}" if number else name
