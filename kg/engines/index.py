"""The index of a built folder: what its files show of each paper, name and claim, for changes at their own cost.

One SQLite file that switches together with the files it describes. It is made of the records alone and says
nothing that they do not: where it is missing, or not of the files that are there, a run makes all of it anew.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.errors import StoreError
from kg.model import NameMerge, Node, PaperSource
from kg.views.counts import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LAYOUT = 1
_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE paper (
  number INTEGER PRIMARY KEY, id TEXT, text_sha256 TEXT, extractor TEXT,
  mentions INTEGER DEFAULT 0, head TEXT DEFAULT '', standing TEXT DEFAULT '', date TEXT DEFAULT ''
);
CREATE TABLE paper_key (key TEXT, paper INTEGER);
CREATE TABLE spelling (number INTEGER PRIMARY KEY, json TEXT, form TEXT);
CREATE TABLE spelling_key (key TEXT, spelling INTEGER);
CREATE TABLE slip (key TEXT, form TEXT);
CREATE TABLE naming (paper INTEGER, spelling INTEGER, confidence REAL, introduced INTEGER, said TEXT DEFAULT '');
CREATE TABLE node (
  id TEXT PRIMARY KEY, spelling INTEGER, type TEXT, papers INTEGER, names INTEGER, better TEXT, json TEXT
) WITHOUT ROWID;
CREATE TABLE merge (spelling INTEGER, paper INTEGER, reason TEXT, json TEXT);
CREATE TABLE claim (paper INTEGER, subject TEXT, predicate TEXT, object TEXT, confidence REAL);
CREATE TABLE read (paper INTEGER, rule TEXT, assertion TEXT, confidence REAL);
CREATE TABLE value (paper INTEGER, dataset TEXT, metric TEXT, result TEXT, number TEXT);
CREATE TABLE object (hash INTEGER PRIMARY KEY, count INTEGER);
CREATE TABLE tally (kind TEXT, name TEXT, count INTEGER, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE UNIQUE INDEX spelling_by_json ON spelling (json);
CREATE INDEX spelling_by_form ON spelling (form);
CREATE INDEX slip_by_key ON slip (key, form);
"""
_ORDERS = """
CREATE INDEX IF NOT EXISTS paper_by_id ON paper (id, text_sha256, extractor);
CREATE INDEX IF NOT EXISTS paper_key_by_key ON paper_key (key, paper);
CREATE INDEX IF NOT EXISTS paper_key_by_paper ON paper_key (paper);
CREATE INDEX IF NOT EXISTS spelling_key_by_key ON spelling_key (key, spelling);
CREATE INDEX IF NOT EXISTS spelling_key_by_spelling ON spelling_key (spelling);
CREATE INDEX IF NOT EXISTS naming_by_paper ON naming (paper);
CREATE INDEX IF NOT EXISTS naming_by_spelling ON naming (spelling);
CREATE INDEX IF NOT EXISTS node_by_spelling ON node (spelling);
CREATE INDEX IF NOT EXISTS merge_by_spelling ON merge (spelling);
CREATE INDEX IF NOT EXISTS merge_by_paper ON merge (paper);
CREATE INDEX IF NOT EXISTS claim_by_triple ON claim (subject, predicate, object);
CREATE INDEX IF NOT EXISTS claim_by_paper ON claim (paper);
CREATE INDEX IF NOT EXISTS read_by_rule ON read (rule, confidence DESC, assertion);
CREATE INDEX IF NOT EXISTS read_by_paper ON read (paper);
CREATE INDEX IF NOT EXISTS value_by_paper ON value (paper);
"""
_PUT = {
    "paper": "INSERT INTO paper (number, id, text_sha256, extractor) VALUES (?, ?, ?, ?)",
    "paper_key": "INSERT INTO paper_key VALUES (?, ?)",
    "spelling_key": "INSERT INTO spelling_key VALUES (?, ?)",
    "slip": "INSERT INTO slip VALUES (?, ?)",
    "naming": "INSERT INTO naming VALUES (?, ?, ?, ?, ?)",
    "node": "INSERT OR REPLACE INTO node VALUES (?, ?, ?, ?, ?, ?, ?)",
    "merge": "INSERT INTO merge VALUES (?, ?, ?, ?)",
    "read": "INSERT INTO read VALUES (?, ?, ?, ?)",
    "value": "INSERT INTO value VALUES (?, ?, ?, ?, ?)",
    "claim": "INSERT INTO claim VALUES (?, ?, ?, ?, ?)",
    "object": "INSERT INTO object VALUES (?, ?)",
    "tally": "INSERT OR REPLACE INTO tally VALUES (?, ?, ?)",
}
_FORGET = (
    "DELETE FROM paper WHERE number = ?",
    "DELETE FROM paper_key WHERE paper = ?",
    "DELETE FROM naming WHERE paper = ?",
)
_NEIGHBOURS = {
    "paper": """
SELECT DISTINCT other.paper FROM chosen JOIN paper_key AS own ON own.paper = chosen.number
JOIN paper_key AS other ON other.key = own.key
""",
    "spelling": """
SELECT DISTINCT other.spelling FROM chosen JOIN spelling_key AS own ON own.spelling = chosen.number
JOIN spelling_key AS other ON other.key = own.key
""",
}
"""Which papers or spellings share a key with the chosen ones."""


class NamedPaper(NamedTuple):
    """What a record says of its paper's identity and names: all that linking asks of it."""

    number: int
    mentions: int
    keys: list[str]
    title: str
    url: str
    date: str
    doi: str
    namings: list[tuple[str, float, bool]]
    """Spellings as JSON, each with confidence and whether the paper introduces it."""


class Standing(NamedTuple):
    """A paper as the graph holds it, kept with the record that stands for it: node id, numbers, all its records."""

    id: str
    arxiv: str
    doi: str
    sources: tuple[PaperSource, ...]

    def to_json(self) -> str:
        """Return the values as JSON."""
        return json.dumps([self.id, self.arxiv, self.doi, [tuple(asdict(s).values()) for s in self.sources]])

    @classmethod
    def from_json(cls, text: str) -> Standing:
        """Return what `to_json` wrote."""
        id_, arxiv, doi, sources = json.loads(text)
        return cls(id_, arxiv, doi, tuple(PaperSource(*source) for source in sources))


class Index:
    """An open index; `about` says of which records and files it is."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self.path = path
        self.db = sqlite3.connect(path if new else f"file:{path}?mode=rw", uri=not new, isolation_level=None)
        if new:
            # It is written aside and moves into place when it is whole, so that a crash costs no more than itself.
            self.db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
            self.db.execute(f"PRAGMA user_version = {LAYOUT}")
        else:
            self.db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")

    @classmethod
    @contextmanager
    def opened(cls, path: Path, *, new: bool = False) -> Iterator[Index]:
        """Open an index and close it whatever happens; a failure of the database is a StoreError."""
        try:
            index = cls(path, new=new)
            try:
                yield index
            finally:
                index.db.close()
        except sqlite3.Error as error:
            raise StoreError(
                f"{path}: the index cannot be written or read: {error}. Nothing that was there is lost."
            ) from None

    @contextmanager
    def change(self) -> Iterator[None]:
        """Do some work in one transaction."""
        self.db.execute("BEGIN")
        yield
        self.db.execute("COMMIT")

    def order(self) -> None:
        """Make the orders by which rows are found; before that, many can be put in at once."""
        self.db.executescript(_ORDERS)

    def about(self) -> dict[str, str]:
        """Return what the index says of itself; nothing if another version wrote it."""
        if self.db.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
            return {}
        return dict(self.db.execute("SELECT key, value FROM about"))

    def say(self, **facts: str) -> None:
        """Take down what the index is of."""
        self.db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", facts.items())

    def ask(self, query: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        """Return the rows of a query."""
        return self.db.execute(query, tuple(values))

    def column(self, query: str, values: Iterable[Any] = ()) -> list[Any]:
        """Return the first column of a query."""
        return [row[0] for row in self.db.execute(query, tuple(values))]

    def put(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Put rows into a table."""
        self.db.executemany(_PUT[table], rows)

    def chosen(self, numbers: Iterable[int]) -> None:
        """Make some numbers the rows of the table `chosen` of this connection."""
        self.db.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (number INTEGER PRIMARY KEY)")
        self.db.execute("DELETE FROM chosen")
        self.db.executemany("INSERT OR IGNORE INTO chosen VALUES (?)", ((number,) for number in numbers))

    def reached(self, numbers: Iterable[int], *, kind: str) -> set[int]:
        """Return the papers or spellings (`kind`) that share keys with some, directly or through others."""
        found: set[int] = set()
        new = set(numbers)
        while new:
            found |= new
            self.chosen(new)
            new = {*self.column(_NEIGHBOURS[kind])} - found
        return found

    def forget(self, papers: Iterable[int]) -> None:
        """Drop the rows of papers, but those of what they claim."""
        for query in _FORGET:
            self.db.executemany(query, ((number,) for number in papers))

    # Papers and their names

    def known(self) -> dict[tuple[str, str, str], int]:
        """Return the papers of the index by id, hash of content and extractor."""
        rows = self.db.execute("SELECT id, text_sha256, extractor, number FROM paper")
        return {row[:3]: row[3] for row in rows}

    def standing(self, number: int) -> str:
        """Return the paper that a record stands for, as JSON, or ""."""
        row = self.db.execute("SELECT standing FROM paper WHERE number = ?", (number,)).fetchone()
        return str(row[0]) if row else ""

    def extractors(self) -> list[str]:
        """Return the extractors that read the papers of the graph, sorted."""
        return self.column("SELECT DISTINCT extractor FROM paper WHERE standing != '' ORDER BY extractor")

    def nodes(self) -> dict[str, Node]:
        """Return the nodes of the chosen spellings."""
        rows = self.column("SELECT json FROM chosen JOIN node ON spelling = number")
        return {node.id: node for node in map(node_of, rows)}

    def merges(self) -> list[tuple[NameMerge, str]]:
        """Return why each name is a node's, sorted, each with the node's label."""
        found = []
        for text in self.column("SELECT json FROM merge"):
            node, name, type_, reason, evidence, papers, label = json.loads(text)
            found.append((NameMerge(node, name, type_, reason, evidence, tuple(papers)), label))
        return sorted(found)

    # Counts

    def tally(self, kind: str) -> dict[str, int]:
        """Return the counts of a kind by name."""
        rows = self.db.execute("SELECT name, count FROM tally WHERE kind = ? AND count > 0 ORDER BY name", (kind,))
        return dict(rows)

    def count(self, kind: str, counts: Iterable[tuple[str, int]]) -> None:
        """Add to counts, or take from them."""
        self.db.executemany(
            "INSERT INTO tally VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            ((kind, name, count) for name, count in counts),
        )


def node_of(text: str) -> Node:
    """Return a node from its JSON."""
    row: dict[str, Any] = json.loads(text)
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Node(**plain)


def node_row(node: Node, spelling: int) -> tuple[str, int, str, int, int, str, str]:
    """Return a node as a row."""
    plain = json.dumps(asdict(node), ensure_ascii=False)
    return node.id, spelling, node.type, len(node.papers), names(node), node.better, plain


def copied(index: Path, to: Path) -> Path:
    """Copy an index, to be changed."""
    shutil.copyfile(index, to)
    return to
