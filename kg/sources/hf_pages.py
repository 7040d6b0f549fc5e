"""Saved text of Hugging Face daily-papers pages: titles and abstracts between page furniture.

What the furniture looks like stands in `kg/data/sources/hf_pages.json`. The pages give papers no id,
so that a paper's id is a hash of its title: the same paper has the same id on every page.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from kg.iri import digest
from kg.sources.base import Skipped, iso_date, make_paper, show, skipped, tidy
from kg.sources.lines import read_lines, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from kg.model import Paper


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph and the line it starts at; one without text is a line of authors and date."""

    line: int
    text: str
    date: str = ""


def detect(path: Path, start: bytes) -> bool:  # noqa: ARG001 - all readers have one signature
    """Say whether a file is a saved listing page, by the furniture among its first lines."""
    lines = start.decode(errors="replace").splitlines()
    return any(re.fullmatch(sign, tidy(line)) for line in lines for sign in _layout()["signatures"])


def read(path: Path) -> Iterator[Paper | Skipped]:
    """Yield the papers of a saved page, each with its date if the page shows one with a year."""
    lines: list[tuple[int, str]] = []
    for line in read_lines(path):
        if isinstance(line, Skipped):
            yield line
        else:
            lines.append((line[0], tidy(line[1])))
    yield from _pair(list(_blocks(lines)), shown(path))


@cache
def _layout() -> dict[str, Any]:
    layout: dict[str, Any] = json.loads((files("kg") / "data" / "sources" / "hf_pages.json").read_text("utf-8"))
    return layout


def _blocks(lines: Sequence[tuple[int, str]]) -> Iterator[_Block]:
    """Yield the paragraphs and bylines of a page, in order and without its furniture."""
    layout = _layout()
    paragraph: list[tuple[int, str]] = []
    byline = False
    for index, (number, line) in enumerate(lines):
        follower = lines[index + 1][1] if index + 1 < len(lines) else ""
        date = re.fullmatch(layout["date"], line)
        # Where no number of authors is shown, the name of an organisation stands before the separator.
        signed = re.fullmatch(layout["separator"], follower) and len(line) <= layout["longest_title"]
        if line and (re.fullmatch(f"{layout['authors']}|{layout['separator']}", line) or signed):
            yield from _paragraphs(paragraph)
            paragraph, byline = [], True
            yield _Block(number, "")
        elif date or not line or any(re.fullmatch(pattern, line) for pattern in layout["furniture"]):
            yield from _paragraphs(paragraph)
            paragraph = []
            if date and byline:
                yield _Block(number, "", _iso(date))
            byline = byline and not line
        else:
            paragraph.append((number, line))
            byline = False
    yield from _paragraphs(paragraph)


def _paragraphs(lines: Sequence[tuple[int, str]]) -> Iterator[_Block]:
    """Yield lines that stand together as one paragraph, or as two where a title is glued to its abstract."""
    long = [index for index, (_, line) in enumerate(lines) if len(line) > _layout()["longest_title"]]
    cut = long[0] if long else 0
    for part in (lines[:cut], lines[cut:]):
        if part:
            yield _Block(part[0][0], " ".join(line for _, line in part))


def _pair(blocks: Sequence[_Block], name: str) -> Iterator[Paper | Skipped]:
    """Yield a paper for each title that an abstract follows, and a note for each text that has no partner."""
    title: _Block | None = None
    row: dict[str, object] = {}
    origin = ""
    for block in (*blocks, None):
        if block and not block.text:
            row |= {"date": block.date} if row and not title and block.date else {}
            continue
        if row:
            yield make_paper(row, origin)
            row = {}
        if block and _is_abstract(block.text, title):
            if title:
                origin = f"{name}:{title.line}"
                row = {"id": _id(title.text), "title": title.text, "abstract": block.text}
            else:
                yield skipped(f"{name}:{block.line}", "missing-title", f"no title stands above {show(block.text)}.")
            title = None
        else:
            if title:
                yield skipped(f"{name}:{title.line}", "missing-abstract", f"no abstract follows {show(title.text)}.")
            title = block


def _is_abstract(text: str, title: _Block | None) -> bool:
    layout = _layout()
    ends = title and len(text) >= layout["shortest_abstract"] and re.search(layout["abstract_end"], text)
    return bool(ends) or len(text) > layout["longest_title"]


def _id(title: str) -> str:
    return f"hf:{digest(unicodedata.normalize('NFC', title).casefold(), size=12)}"


def _iso(date: re.Match[str]) -> str:
    """Return a date with a year in ISO form; one without, or one that no calendar has, is none."""
    month = _layout()["months"].index(date["month"]) + 1
    try:
        return iso_date(f"{date['year'] or ''}-{month:02}-{int(date['day']):02}")
    except ValueError:
        return ""
