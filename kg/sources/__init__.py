"""Read papers from files, folders and standard input: one reader a format, found by name and content.

To add a format, write a reader (`kg.sources.base`) and give it a line in `READERS`; a package of its
own names it under the entry points of group "kg.sources".
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from kg.errors import SourceError, hint
from kg.model import Paper
from kg.sources.base import Reader, Skipped, skipped
from kg.sources.duplicates import unique
from kg.sources.lines import STDIN, UTF16, head, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["READERS", "Skipped", "formats", "read"]

READERS: Mapping[str, str] = MappingProxyType(
    {
        "jsonl": "kg.sources.jsonl:read",
        "hf_pages": "kg.sources.hf_pages:read",
    }
)
"""The built-in formats; detection asks them in this order, before those of other packages."""


def read(
    *locations: str | Path, strict: bool = False, on_skip: Callable[[Skipped], None] | None = None, format: str = ""
) -> Iterator[Paper]:
    """Yield the papers of files and folders ("-" is standard input), each paper once.

    Files of a folder come sorted by name, hidden ones are left out. Whatever gives no paper goes to
    `on_skip` with its reason; with `strict` it raises SourceError instead, except for a harmless
    repetition. A location that does not exist, or whose format cannot be told, raises SourceError at
    the call, before any paper; `format` names a reader (see `formats`) where detection fails.

    >>> list(read("no/such/file.jsonl"))
    Traceback (most recent call last):
    kg.errors.SourceError: There is no file or folder 'no/such/file.jsonl'.
    """
    if not locations:
        raise SourceError("Nothing to read. Name a file, a folder, or '-' for standard input.")
    known = _known()
    if format and format not in known:
        raise SourceError(f"Unknown format {format!r}.{hint(format, known)}")
    inputs: list[tuple[Path, str]] = []
    for location in locations:
        path = _existing(location)
        if path.is_dir():
            inputs += [(child, format) for child in _children(path)]
        else:
            inputs.append((path, format or _named_format(path, known)))
    return _route(unique(_read_all(inputs, known)), strict=strict, on_skip=on_skip)


def formats() -> tuple[str, ...]:
    """Return the names of the formats that can be read, also those of installed packages."""
    return tuple(_known())


def _known() -> dict[str, str]:
    return {**READERS, **{point.name: point.value for point in sorted(entry_points(group="kg.sources"))}}


def _existing(location: str | Path) -> Path:
    path = Path(location)
    try:
        if str(location) and (path == STDIN or path.exists()):
            return path
        names = [child.name for child in path.parent.iterdir()] if str(location) and path.parent.is_dir() else []
    except OSError as error:
        raise SourceError(f"Cannot reach {str(location)!r}: {error.strerror}.") from None
    raise SourceError(f"There is no file or folder {str(location)!r}.{hint(path.name, names, listing=False)}")


def _children(folder: Path) -> list[Path]:
    """Return the files of a folder and of the folders in it, without hidden ones, sorted by name."""
    inside = [path for path in folder.rglob("*") if not path.is_dir()]
    shown_ones = [path for path in inside if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    if not shown_ones:
        raise SourceError(f"Folder {str(folder)!r} holds no file. Put papers there, or name another folder.")
    return sorted(shown_ones, key=lambda path: path.relative_to(folder).parts)


def _named_format(path: Path, known: Mapping[str, str]) -> str:
    """Return the format of a file that the caller named, for which an unknown one is an error."""
    if path == STDIN or not path.is_file():
        return next(iter(READERS))
    try:
        start = head(path)
    except OSError as error:
        raise SourceError(f"Cannot read {str(path)!r}: {error.strerror}.") from None
    if not start.strip():
        return next(iter(READERS))
    if found := _detect(path, start, known):
        return found
    raise SourceError(f"{shown(path)}: {_unknown(known, start)}")


def _detect(path: Path, start: bytes, known: Mapping[str, str]) -> str:
    """Return the first format whose module recognises the file, or "" if none does."""
    for name, place in known.items():
        detect = getattr(_module(name, place), "detect", None)
        if detect and detect(path, start):
            return name
    return ""


def _unknown(known: Iterable[str], start: bytes) -> str:
    if start.startswith(UTF16):
        return "the file is UTF-16, not UTF-8. Save the file as UTF-8."
    return f"the format is not recognised. Known: {', '.join(known)}; name one with format=, or convert to JSON lines."


def _reader(name: str, place: str) -> Reader:
    reader: Reader | None = getattr(_module(name, place), place.partition(":")[2], None)
    if reader is None:
        raise SourceError(f"The reader of format {name!r} cannot be loaded: there is no {place!r}.")
    return reader


def _module(name: str, place: str) -> ModuleType:
    try:
        return import_module(place.partition(":")[0])
    except ImportError as error:
        raise SourceError(f"The reader of format {name!r} cannot be loaded: {error}.") from error


def _read_all(inputs: Iterable[tuple[Path, str]], known: Mapping[str, str]) -> Iterator[Paper | Skipped]:
    for path, name in inputs:
        empty = True
        for item in _read_file(path, name, known):
            empty = False
            yield item
        if empty:
            yield skipped(shown(path), "empty-file", "there is no paper in the file.")


def _read_file(path: Path, name: str, known: Mapping[str, str]) -> Iterator[Paper | Skipped]:
    try:
        if not name and (start := head(path)).strip():
            name = _detect(path, start, known)
            if not name:
                yield skipped(shown(path), "unknown-format", _unknown(known, start))
        if name:
            before = _mark(path)
            yield from _reader(name, known[name])(path)
            if _mark(path) != before:
                message = (
                    "the file changed while it was read, so papers may be missing. Read it again when it is whole."
                )
                yield skipped(shown(path), "changed-while-read", message)
    except OSError as error:
        yield skipped(shown(path), "unreadable", f"the file cannot be read: {error.strerror or error}.")


def _mark(path: Path) -> tuple[int, ...]:
    """Return size and time of a file, by which a change is noticed; nothing of a pipe."""
    if path == STDIN or not path.is_file():
        return ()
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _route(
    found: Iterable[Paper | Skipped], *, strict: bool, on_skip: Callable[[Skipped], None] | None
) -> Iterator[Paper]:
    for item in found:
        if isinstance(item, Paper):
            yield item
        elif strict and item.reason != "duplicate":
            raise SourceError(item.message)
        elif on_skip:
            on_skip(item)
