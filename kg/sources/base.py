"""What every reader shares: the note about a record that gave no paper, and the check that makes a paper of a record.

A reader is a function `(path, **options) -> Iterator[Paper | Skipped]`. Its module may also hold
`detect(path, head) -> bool`, which says by name and first bytes whether a file is of its format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from kg.errors import hint
from kg.model import Paper

LONGEST_TEXT = 50_000
"""More characters than this in a field are a whole paper or a fault, not a title or an abstract."""
_TYPES: Mapping[str, tuple[type, ...]] = {
    "id": (str, int),
    "title": (str,),
    "abstract": (str,),
    "date": (str, int),
    "url": (str,),
    "authors": (str, list, tuple),
    "doi": (str,),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?P<time>[T ].+)?)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or record that gave no paper: where ("papers.jsonl:12"), a short reason to count by, and a sentence."""

    origin: str
    reason: str
    message: str


Reader = Callable[..., Iterator[Paper | Skipped]]


def skipped(origin: str, reason: str, message: str) -> Skipped:
    """Return a note whose message starts with its origin.

    >>> skipped("a.jsonl:3", "missing-id", "there is no 'id'.").message
    "a.jsonl:3: there is no 'id'."
    """
    return Skipped(origin, reason, f"{origin}: {message}")


def make_paper(row: Mapping[str, object], origin: str) -> Paper | Skipped:
    """Return the paper that a record describes, or the first reason why it describes none.

    >>> make_paper({"id": 7, "title": "A  title", "abstract": "We test.", "date": "2024-05"}, "a.jsonl:1").title
    'A title'
    >>> make_paper({"id": 7, "title": "A title"}, "a.jsonl:1").reason
    'missing-abstract'
    """
    for reason, message in _faults(row):
        return skipped(origin, reason, message)
    texts = {key: tidy(" ".join(_strings(row, key))) for key in _TYPES if key != "authors"}
    texts["date"] = iso_date(texts["date"]) if texts["date"] else ""
    authors = tuple(name for name in map(tidy, _strings(row, "authors")) if name)
    return Paper(**texts, authors=authors, origin=origin)


def tidy(text: str) -> str:
    r"""Return the text with each run of white space and control characters as one space, and none at the ends.

    >>> tidy(" two\r\n  lines\t")
    'two lines'
    """
    return " ".join(_CONTROL.sub(" ", text).split())


def iso_date(text: str) -> str:
    """Return the calendar date of an ISO 8601 date or time as YYYY, YYYY-MM or YYYY-MM-DD.

    Anything else raises ValueError.

    >>> iso_date("2024-05-31T10:00:00Z"), iso_date("2024")
    ('2024-05-31', '2024')
    """
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(text)
    datetime.fromisoformat(text if found["time"] else text + "-01-01"[len(text) - 4 :])
    return text[:10]


def show(value: object) -> str:
    """Return the value as a message quotes it: escaped, and cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]}...{text[-1]}"


def _strings(row: Mapping[str, object], key: str) -> list[str]:
    """Return the values of a field as strings; none where the field is absent or null."""
    value = row.get(key)
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]


def _faults(row: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield a reason and a sentence for everything that keeps a record from being a paper."""
    for key, types in _TYPES.items():
        value = row.get(key)
        items = value if isinstance(value, list | tuple) else ()
        if value is not None and (type(value) not in types or any(type(item) is not str for item in items)):
            other = " or a list of strings" if list in types else " or an integer" if int in types else ""
            yield "wrong-type", f"{key!r} must be a string{other}, not {show(value)}."
    for key in ("id", "title", "abstract"):
        # An empty title says that the text has none, as with single sentences; it takes its id as a name.
        untitled = key == "title" and row.get(key) == ""
        if not untitled and not any(c.isalnum() for text in _strings(row, key) for c in text):
            yield f"missing-{key}", _missing(row, key)
    for key in _TYPES:
        yield from _bad_text(key, _strings(row, key))
    try:
        iso_date(tidy("".join(_strings(row, "date"))) or "2000")
    except ValueError:
        yield "bad-date", f"{show(row['date'])} is no date. Write YYYY, YYYY-MM or YYYY-MM-DD, or leave 'date' out."


def _missing(row: Mapping[str, object], key: str) -> str:
    if key in row:
        return f"{key!r} holds no word: {show(row[key])}. A paper needs an id, a title and an abstract."
    keys = [name for name in row if isinstance(name, str) and len(name) <= 40]
    return f"there is no {key!r}.{hint(key, keys)} A paper needs an id, a title and an abstract."


def _bad_text(key: str, texts: list[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        if "\0" in text:
            yield "nul-character", f"{key!r} holds a NUL character at offset {text.index(chr(0))}. Remove it."
        if lone := re.search(r"[\ud800-\udfff]", text):
            yield (
                "lone-surrogate",
                f"{key!r} holds half a character, {lone[0]!r}, at offset {lone.start()}, "
                "which UTF-8 cannot write. Write the whole character or remove it.",
            )
        if len(text) > LONGEST_TEXT:
            yield "too-long", f"{key!r} has {len(text)} characters; at most {LONGEST_TEXT} are read."
