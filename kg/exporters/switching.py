"""All files of a build switch together: written aside, declared complete by one rename, then moved into place.

`.staging` is being written, `.ready` is whole. A run that dies before the rename changed nothing; one that
dies after it is finished by the next run, since moving a file into place again does no harm. What a reader must
know to be sure that the files belong together stands in `manifest.json`, which is moved last: the hash
and size of each file, and the state of the store that they show.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import StoreError
from kg.ontology import schema_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

MANIFEST = "manifest.json"
INDEX = "index.sqlite"
"""What the files show of each paper (`kg.engines.index`); it moves with them, and is none of them."""
STAGING, READY = ".staging", ".ready"
_CODE = ("linking", "views", "exporters", "engines", "data/lexicons", "data/synonyms", "data/viewer", "data/words.json")
_PIECE = 1 << 24
"""Bytes that are hashed at once: with many small pieces, other threads would be waited for between them."""
_LIBRARIES = ("networkx", "numpy", "pyoxigraph", "pyvis")


def stage(folder: Path, write: Callable[[Path], object], *, state: str, without: Collection[str] = ()) -> Path:
    """Let `write` fill a folder aside, and declare it complete; nothing that is there changes before that.

    `without` are the formats that the user wants left out, which later runs ask for. Raises StoreError where a file
    cannot be written; what was written aside is gone then.
    """
    staging = folder / STAGING
    with told(folder):
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            write(staging)
            found = {"state": state, "writer": writer(), "without": sorted(without), "files": _described(staging)}
            (staging / MANIFEST).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            for path in staging.iterdir():
                sync(path)
            staging.replace(folder / READY)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return folder / READY


def publish(folder: Path) -> None:
    """Move the files of a complete folder into place, the manifest last, and drop those that it does not name."""
    ready = folder / READY
    with told(folder):
        new = files(ready)
        for name in sorted(files(folder) - new):
            (folder / name).unlink(missing_ok=True)
        for name in (*sorted(new), INDEX, MANIFEST):
            # A file that is not there was moved by the run that was cut short.
            if (ready / name).exists():
                (ready / name).replace(folder / name)
        ready.rmdir()


def recover(folder: Path, *, switch: Callable[[str], None]) -> None:
    """Finish the switch of a run that died in the middle of it; `switch` is told the state that the store must have."""
    shutil.rmtree(folder / STAGING, ignore_errors=True)
    if (folder / READY).is_dir():
        if state := _read(folder / READY / MANIFEST).get("state"):
            switch(state)
            publish(folder)
        else:  # the manifest is moved last, so that all files are in place
            shutil.rmtree(folder / READY)


def left_out(folder: Path) -> tuple[str, ...]:
    """Return the formats that the last build of a folder was told to leave out."""
    return tuple(_read(folder / MANIFEST).get("without", ()))


def files(folder: Path) -> frozenset[str]:
    """Return the names of the files that the last build left in a folder."""
    return frozenset(_read(folder / MANIFEST).get("files", ()))


def problem(folder: Path, *, state: str) -> str:
    """Return why the files of a folder are not those of a state of the store; "" if they are."""
    manifest = _read(folder / MANIFEST)
    if not manifest:
        return "there is no manifest"
    if manifest["state"] != state:
        return "the records have changed since the files were written"
    if manifest["writer"] != writer():
        return "another version of kg wrote the files"
    for name, known in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != known["bytes"] or sha256(path) != known["sha256"]:
            return f"{name} has changed since it was written"
    return ""


@cache
def writer() -> str:
    """Return a hash of all that makes files of records: the code and data of linking, fold and export."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    found = [package / name for name in ("folding.py", "graph.py", "iri.py", "model.py", "ontology.py")]
    for name in _CODE:
        path = package / name
        found += sorted(p for p in path.rglob("*") if p.suffix != ".pyc" and p.is_file()) if path.is_dir() else [path]
    for path in (*found, *sorted(schema_dir().iterdir())):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(" ".join(f"{name} {version(name)}" for name in _LIBRARIES).encode())
    return digest.hexdigest()[:12]


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Say where the system refuses to write, and that what was there is still there."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise StoreError(
            f"{where}: it cannot be written: {error.strerror or error}. What was in {path} before is unchanged."
        ) from error


def _described(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.name: {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(folder.iterdir())
        if path.name not in (MANIFEST, INDEX)
    }


_hashes: dict[tuple[str, int, int, int], str] = {}


def sha256(path: Path) -> str:
    """Return the hash of a file's content, read once as long as the file does not change."""
    key = _stamp(path)
    if key not in _hashes:
        digest, piece = hashlib.sha256(), memoryview(bytearray(_PIECE))
        with path.open("rb", buffering=0) as file:
            while read := file.readinto(piece):
                digest.update(piece[:read])
        remember(path, digest.hexdigest())
    return _hashes[key]


def remember(path: Path, digest: str) -> None:
    """Take down the hash of a file as it is now, so that nobody need read it."""
    _hashes[_stamp(path)] = digest


def _stamp(path: Path) -> tuple[str, int, int, int]:
    known = path.stat()
    return str(path), known.st_ino, known.st_size, known.st_mtime_ns


def sync(path: Path) -> None:
    """Wait until a file is on the disk, so that a loss of power after the switch finds it whole."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
