"""The record store: one SQLite file that remembers which paper was read, by which extractor, and what it said.

A record is found again by the hash of its paper's content and the extractor's version, so a second build
reads only what is new; whatever was committed survives a crash.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import StoreError
from kg.graph import KnowledgeGraph, fold
from kg.linking import NONE, read_overrides
from kg.model import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME = "records.sqlite"
OVERRIDES = "overrides.tsv"
_MARK = 0x6D6C6B67  # "mlkg": says that a database is ours
_TABLE = """
CREATE TABLE IF NOT EXISTS record (
  id TEXT NOT NULL,
  text_sha256 TEXT NOT NULL,
  extractor TEXT NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (id, text_sha256)
) WITHOUT ROWID
"""


class Store:
    """An open record store; use it as a context: it commits on success and always closes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(path)
            mark = self._db.execute("PRAGMA application_id").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if tables and mark != _MARK:
                raise StoreError(f"{path}: this SQLite file is not a record store of kg. Choose another folder.")
            self._db.execute(f"PRAGMA application_id = {_MARK}")
            self._db.execute(_TABLE)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path}: the record store cannot be opened: {error}. Delete it to build anew.") from None

    def has(self, *, text_sha256: str, extractor: str, id: str) -> bool:
        """Tell whether the record of an unchanged paper is here, so that it need not be extracted."""
        query = "SELECT 1 FROM record WHERE id = ? AND text_sha256 = ? AND extractor = ?"
        return self._db.execute(query, (id, text_sha256, extractor)).fetchone() is not None

    def put(self, records: Iterable[Record]) -> None:
        """Store records, replacing those of the same contents under the same id."""
        rows = ((r.id, r.text_sha256, r.extractor, r.to_json()) for r in records)
        self._db.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", rows)
        self._db.commit()

    def keep(self, keys: Iterable[tuple[str, str]]) -> None:
        """Drop all records but those of some ids and hashes of contents."""
        wanted = set(keys)
        gone = [row for row in self._db.execute("SELECT id, text_sha256 FROM record") if row not in wanted]
        self._db.executemany("DELETE FROM record WHERE id = ? AND text_sha256 = ?", gone)
        self._db.commit()

    def records(self) -> Iterator[Record]:
        """Yield all records, by paper id."""
        for row in self._db.execute("SELECT json FROM record ORDER BY id, text_sha256"):
            yield Record.from_dict(json.loads(row[0]))

    def close(self) -> None:
        """Close the file."""
        self._db.close()


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """Open a store and close it whatever happens."""
    store = Store(path)
    try:
        yield store
    finally:
        store.close()


def load(folder: str | Path) -> KnowledgeGraph:
    """Return the graph that was built into a folder, folded from its records."""
    path = Path(folder) / NAME
    if not path.is_file():
        raise StoreError(
            f"{folder}: there is no graph here ({NAME} is missing). Build one: kg build SOURCE -o {folder}"
        )
    overrides = Path(folder) / OVERRIDES
    with opened(path) as store:
        return fold(store.records(), read_overrides(overrides) if overrides.is_file() else NONE)
