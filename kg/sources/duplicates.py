"""One record for what several inputs repeat; of those seen, only hashes and places stay in memory.

Only equal repetition is left out here. Whether two records that differ are of one paper, the graph decides, which
knows all of them, so that the order of inputs plays no part; it keeps both as sources.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING

from kg.iri import arxiv_number, doi
from kg.sources.base import Skipped, show, skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.model import Paper


def unique(found: Iterable[Paper | Skipped]) -> Iterator[Paper | Skipped]:
    """Yield each paper once, and a note in place of every repetition of its id with equal contents.

    An id of a source's own that stands for two titles is a conflict; the first one wins.
    """
    files: dict[str, int] = {}
    seen: dict[bytes, int] = {}
    titles: dict[bytes, tuple[bytes, int]] = {}
    for item in found:
        if isinstance(item, Skipped):
            yield item
            continue
        # The hash is of all contents, the id among them.
        key, place = bytes.fromhex(item.sha256)[:16], _place(item.origin, files)
        own = _digest(plain(item.title))
        title, first = titles.setdefault(_digest(item.id), (own, place))
        if key in seen:
            yield skipped(item.origin, "duplicate", f"the same paper as in {_origin(seen[key], files)}; read once.")
        elif title != own and is_local(item.id):
            yield conflict(item, f"{_origin(first, files)}. Give each its own id.")
        else:
            seen[key] = place
            yield item


def is_local(id: str) -> bool:
    """Tell whether an id is of its source's own making, so that two titles under it are two papers."""
    return not (arxiv_number(id) or doi(id))


def conflict(paper: Paper, where: str) -> Skipped:
    """Return the note that the id of a paper stands for another one, and where."""
    return skipped(paper.origin, "conflict", f"id {show(paper.id)} stands for another paper in {where}")


def plain(title: str) -> str:
    """Return a title without what case, white space and Unicode form add."""
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def _place(origin: str, files: dict[str, int]) -> int:
    """Return an origin as one number: a text for each of a million papers would fill the memory."""
    name, _, line = origin.rpartition(":")
    name, number = (name, int(line)) if line.isdecimal() and line.isascii() else (origin, 0)
    return files.setdefault(name, len(files)) << 40 | number


def _origin(place: int, files: dict[str, int]) -> str:
    name = next(name for name, index in files.items() if index == place >> 40)
    number = place & (1 << 40) - 1
    return f"{name}:{number}" if number else name
