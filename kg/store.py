"""The record store: one SQLite file that remembers which paper was read, by which extractor, and what it said.

A paper is extracted once for each text and extractor; whatever was committed survives a crash. Three tables
keep a build that is under way apart from the graph that is there: `wanted` holds the papers of the next graph,
`record` what has been extracted, `member` the papers of the graph in the folder. `switch` makes the wanted
papers the members, in one transaction.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import StoreError
from kg.graph import KnowledgeGraph, fold
from kg.linking import NONE, Overrides, read_overrides
from kg.model import Paper, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME = "records.sqlite"
OVERRIDES = "overrides.tsv"
_MARK = 0x6D6C6B67  # "mlkg": says that a database is ours
_LAYOUT = 2
_TABLES = """
CREATE TABLE record (
  id TEXT NOT NULL, text_sha256 TEXT NOT NULL, extractor TEXT NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY (id, text_sha256, extractor)
);
CREATE TABLE member (id TEXT, text_sha256 TEXT, extractor TEXT, PRIMARY KEY (id, text_sha256)) WITHOUT ROWID;
CREATE TABLE wanted (id TEXT, text_sha256 TEXT, extractor TEXT, paper TEXT, PRIMARY KEY (id, text_sha256));
"""
_MOVED = """
ALTER TABLE record RENAME TO old;
{tables}
INSERT INTO record SELECT id, text_sha256, extractor, json FROM old;
INSERT INTO member SELECT id, text_sha256, extractor FROM old;
DROP TABLE old;
"""
_MISSING = """
SELECT count(*) FROM wanted
WHERE (id, text_sha256, extractor) NOT IN (SELECT id, text_sha256, extractor FROM record)
"""
_UNREAD = """
SELECT rowid, CASE WHEN paper != '' THEN paper ELSE
    (SELECT json FROM record AS r WHERE r.id = w.id AND r.text_sha256 = w.text_sha256 LIMIT 1) END
FROM wanted AS w
WHERE rowid > ? AND (id, text_sha256, extractor) NOT IN (SELECT id, text_sha256, extractor FROM record)
ORDER BY rowid LIMIT 200
"""
"""Papers without a record; where the list holds no text of one, an earlier extractor's record does."""
_DROP = "DELETE FROM record WHERE (id, text_sha256, extractor) NOT IN (SELECT id, text_sha256, extractor FROM member)"
# The tables of present and next graph, by whether the next one is meant.
_RECORDS = {
    False: "SELECT json FROM member JOIN record USING (id, text_sha256, extractor) ORDER BY id, text_sha256",
    True: "SELECT json FROM wanted JOIN record USING (id, text_sha256, extractor) ORDER BY id, text_sha256",
}
_KEYS = {
    False: "SELECT id, text_sha256, extractor FROM member",
    True: "SELECT id, text_sha256, extractor FROM wanted",
}
Row = tuple[str, str, str, str]
"""A record as the store holds it: id, hash of the paper's content, extractor, JSON."""


class Store:
    """An open record store; every failure of the database is a StoreError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._told("the record store cannot be opened", "Delete it to build anew."):
            self._db = sqlite3.connect(path, timeout=30)
            try:
                self._check()
            except BaseException:
                self._db.close()
                raise

    def _check(self) -> None:
        mark, layout = (self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and mark != _MARK:
            raise StoreError(f"{self.path}: this SQLite file is not a record store of kg. Choose another folder.")
        if layout > _LAYOUT:
            raise StoreError(f"{self.path}: a newer kg wrote this record store. Use that one, or another folder.")
        if layout < _LAYOUT:
            change = _MOVED.format(tables=_TABLES) if tables else _TABLES
            marks = f"PRAGMA application_id = {_MARK}; PRAGMA user_version = {_LAYOUT};"
            self._db.executescript(f"BEGIN; {change} {marks} COMMIT;")

    @contextmanager
    def _told(self, what: str, remedy: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {what}: {error}. {remedy}") from None

    def _write(self, query: str, rows: Iterable[tuple[Any, ...]] | None = None) -> int:
        """Run a statement in a transaction, and return how many rows it changed."""
        with self._told("the record store cannot be written", "Nothing that was there is lost."), self._db:
            found = self._db.execute(query) if rows is None else self._db.executemany(query, rows)
            return found.rowcount

    def _ask(self, query: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        with self._told("the record store cannot be read", "Delete it to build anew."):
            yield from self._db.execute(query, values)

    # The next graph

    def begin(self, *, keep: bool) -> None:
        """Begin the list of wanted papers: none, or with `keep` those of the present graph."""
        self._write("DELETE FROM wanted")
        if keep:
            self._write("INSERT INTO wanted SELECT id, text_sha256, extractor, '' FROM member")

    def want(self, papers: Iterable[Paper], *, extractor: str, replace: bool = False) -> None:
        """Put papers on the list; with `replace` any other text of theirs leaves it."""
        rows = [(p.id, p.sha256, extractor, json.dumps(asdict(p), ensure_ascii=False)) for p in papers]
        if replace:
            self._write("DELETE FROM wanted WHERE id = ? AND text_sha256 != ?", (row[:2] for row in rows))
        self._write("INSERT OR REPLACE INTO wanted VALUES (?, ?, ?, ?)", rows)

    def titles(self, id: str) -> list[str]:
        """Return the titles under which the list holds an id."""
        query = "SELECT r.json FROM wanted AS w JOIN record AS r USING (id, text_sha256) WHERE id = ?"
        return [json.loads(row[0])["title"] for row in self._ask(query, (id,))]

    def want_records(self, records: Iterable[Record]) -> None:
        """Put the papers of some records on the list, and the records into the store."""
        rows = [row_of(record) for record in records]
        self._write("INSERT OR REPLACE INTO wanted VALUES (?, ?, ?, '')", (row[:3] for row in rows))
        self.put(rows)

    def drop(self, keys: Iterable[tuple[str, str]]) -> None:
        """Take papers off the list by id and hash of content."""
        self._write("DELETE FROM wanted WHERE id = ? AND text_sha256 = ?", keys)

    def unwant(self, ids: Iterable[str]) -> int:
        """Take papers off the list, and return how many there were."""
        return self._write("DELETE FROM wanted WHERE id = ?", ((each,) for each in ids))

    def refresh(self, extractor: str) -> None:
        """Ask for the records of all wanted papers by one extractor."""
        self._write("UPDATE wanted SET extractor = ?", [(extractor,)])

    def count_wanted(self) -> int:
        """Return how many papers the list of a run that did not finish holds."""
        return int(next(self._ask("SELECT count(*) FROM wanted"))[0])

    def missing(self) -> int:
        """Return how many wanted papers have no record yet."""
        return int(next(self._ask(_MISSING))[0])

    def papers(self) -> Iterator[Paper]:
        """Yield the wanted papers that have no record yet, while records may be put."""
        last = -1
        while rows := list(self._ask(_UNREAD, (last,))):
            last = rows[-1][0]
            for _, text in rows:
                yield _paper(json.loads(text))

    def put(self, rows: Iterable[Row]) -> None:
        """Store records, at once and for good."""
        self._write("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", rows)

    def switch(self) -> None:
        """Make the wanted papers those of the graph, and forget all other records."""
        with self._told("the record store cannot be written", "Nothing that was there is lost."), self._db:
            self._db.execute("DELETE FROM member")
            self._db.execute("INSERT INTO member SELECT id, text_sha256, extractor FROM wanted")
            self._db.execute("DELETE FROM wanted")
            # Records of other papers, or by other extractors, are of no graph any more.
            self._db.execute(_DROP)

    # What is there

    def records(self, *, wanted: bool = False) -> Iterator[Record]:
        """Yield the records of the graph by paper id, or those of the next one."""
        for row in self._ask(_RECORDS[wanted]):
            yield Record.from_dict(json.loads(row[0]))

    def record(self, id: str, text_sha256: str, extractor: str) -> Record:
        """Return one record; StoreError where there is none."""
        query = "SELECT json FROM record WHERE id = ? AND text_sha256 = ? AND extractor = ?"
        for row in self._ask(query, (id, text_sha256, extractor)):
            return Record.from_dict(json.loads(row[0]))
        raise StoreError(f"{self.path}: the record of {id!r} is gone. Delete the file to build anew.")

    def keys(self, *, wanted: bool = False) -> list[tuple[str, str, str]]:
        """Return id, hash of content and extractor of the papers of the graph, or of the next one, sorted."""
        return sorted(self._ask(_KEYS[wanted]))

    def extractors(self) -> dict[str, int]:
        """Return how many papers of the graph each extractor has read."""
        return dict(self._ask("SELECT extractor, count(*) FROM member GROUP BY extractor ORDER BY extractor"))

    def ids(self) -> frozenset[str]:
        """Return the ids of the papers of the graph."""
        return frozenset(row[0] for row in self._ask("SELECT id FROM member"))

    def state(self, *, wanted: bool = False) -> str:
        """Return a hash of which papers the graph is of, or the next one, and who read them."""
        return state(self._ask(_KEYS[wanted]))

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def state(keys: Iterable[tuple[str, ...]]) -> str:
    """Return a hash of the papers of a graph (id, hash of content, extractor), in whatever order they come."""
    digest = hashlib.sha256()
    for key in sorted(keys):
        digest.update(json.dumps(key).encode() + b"\n")
    return digest.hexdigest()


def row_of(record: Record) -> Row:
    """Return a record as the store holds it."""
    return record.id, record.text_sha256, record.extractor, record.to_json()


def _paper(row: dict[str, Any]) -> Paper:
    """Return the paper that a record, or a paper, as plain values describes."""
    known = {name: row[name] for name in Paper.__dataclass_fields__ if name in row}
    return Paper(**{**known, "authors": tuple(row.get("authors", ()))})


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """Open a store and close it whatever happens."""
    store = Store(path)
    try:
        yield store
    finally:
        store.close()


def existing(folder: str | Path) -> Path:
    """Return the store of a folder that a graph was built into; StoreError where there is none."""
    path = Path(folder) / NAME
    if not path.is_file():
        raise StoreError(
            f"{folder}: there is no graph here ({NAME} is missing). Build one: kg build SOURCE -o {folder}"
        )
    return path


def kept_overrides(folder: str | Path) -> Overrides:
    """Return the overrides that the graph of a folder was built with."""
    path = Path(folder) / OVERRIDES
    return read_overrides(path) if path.is_file() else NONE


def load(folder: str | Path) -> KnowledgeGraph:
    """Return the graph that was built into a folder, folded from its records."""
    with opened(existing(folder)) as store:
        return fold(store.records(), kept_overrides(folder))
