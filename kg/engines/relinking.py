"""Bring an index up to a set of records: which are of one paper, and which node each name is.

What is decided is decided in groups that cannot touch each other (`kg.linking.reach`), all of them or those that a
change reaches, so that the outcome is that of linking everything at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kg.engines.index import Index, NamedPaper, Standing, node_row
from kg.folding import Meaning
from kg.graph import paper_merges
from kg.linking import Names, RecordedPaper
from kg.linking import papers as papers_of
from kg.linking.names import can_slip, form_of, is_typo, slip_keys
from kg.linking.reach import Spelling, grouped, keys, slip_key
from kg.model import Entity, Mention, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kg.linking import Overrides
    from kg.model import NameMerge, Node
    from kg.store import Store

_BATCH = 20_000
"""Namings that are linked at once; groups that are larger are linked whole."""


@dataclass
class Touched:
    """What linking changed: papers to be folded anew, by number, and nodes before and after."""

    papers: set[int] = field(default_factory=set)
    before: dict[str, Node] = field(default_factory=dict)
    after: dict[str, Node] = field(default_factory=dict)
    unused: tuple[str, ...] = ()


class Relinking:
    """Linking over an index whose records changed."""

    def __init__(self, index: Index, store: Store, overrides: Overrides) -> None:
        self.index, self.store, self.overrides = index, store, overrides
        self._spellings: dict[str, int] = {}
        self.touched = Touched()

    def take(self, papers: Iterable[NamedPaper]) -> None:
        """Take in what new records say of their papers and names."""
        for paper in papers:
            head = json.dumps([paper.title, paper.url, paper.date, paper.doi])
            self.index.ask(
                "UPDATE paper SET mentions = ?, head = ? WHERE number = ?", (paper.mentions, head, paper.number)
            )
            self.index.put("paper_key", ((key, paper.number) for key in sorted(paper.keys)))
            self.index.put(
                "naming",
                ((paper.number, self._spelling(text), sure, int(new), "") for text, sure, new in paper.namings),
            )

    def _spelling(self, text: str) -> int:
        if text not in self._spellings:
            found = self.index.column("SELECT number FROM spelling WHERE json = ?", (text,))
            self._spellings[text] = found[0] if found else self._new(text)
        return self._spellings[text]

    def _new(self, text: str) -> int:
        """Put in a spelling with its keys, those of its slips among them; return its number."""
        type_, name, aliases, sized = json.loads(text)
        spelling = Spelling(type_, name, tuple(aliases), tuple(sized))
        form = form_of(name)
        number = int(self.index.ask("INSERT INTO spelling (json, form) VALUES (?, ?)", (text, form)).lastrowid or 0)
        self.index.put("spelling_key", ((key, number) for key in sorted(keys(spelling))))
        if can_slip(form):
            near = {
                other
                for size in (-1, 0, 1)
                for key in slip_keys(form, len(form) + size)
                for other in self.index.column("SELECT form FROM slip WHERE key = ?", (key,))
                if is_typo(form, other)
            }
            for other in sorted(near):
                alike = self.index.column("SELECT number FROM spelling WHERE form = ?", (other,))
                self.index.put("spelling_key", ((slip_key(form, other), each) for each in (number, *alike)))
            self.index.put("slip", ((key, form) for key in slip_keys(form, len(form))))
        return number

    # Papers

    def identify(self, new: Iterable[int], gone: set[int], *, everything: bool) -> None:
        """Decide which records are of one paper, where that may have changed."""
        groups = self._all_papers() if everything else [sorted(self.index.reached({*new, *gone}, kind="paper"))]
        for group in groups:
            left = [number for number in group if number not in gone]
            # Only between several records does the abstract play a part.
            whole = len(left) > 1 or not everything
            recorded = papers_of(self._record(number, whole=whole) for number in left)
            keys = {self._key(number): number for number in left}
            standing = {
                keys[paper.record.id, paper.record.text_sha256]: (
                    Standing(paper.id, paper.arxiv, paper.doi, paper.sources).to_json(),
                    paper,
                )
                for paper in recorded
            }
            for number in group:
                text, found = standing.get(number, ("", None))
                if text != self.index.standing(number):
                    self.touched.papers.add(number)
                    self.index.ask("UPDATE paper SET standing = ? WHERE number = ?", (text, number))
                    self.index.ask("DELETE FROM merge WHERE paper = ?", (number,))
                    label = (found.record.title or found.record.id) if found else ""
                    self._put_merges(((merge, label) for merge in paper_merges(found)) if found else (), paper=number)

    def _all_papers(self) -> Iterator[list[int]]:
        yield from grouped(self.index.ask("SELECT paper, key FROM paper_key ORDER BY paper"))

    def _key(self, number: int) -> tuple[str, str]:
        row = self.index.ask("SELECT id, text_sha256 FROM paper WHERE number = ?", (number,)).fetchone()
        return row[0], row[1]

    def _record(self, number: int, *, whole: bool) -> Record:
        row = self.index.ask(
            "SELECT id, text_sha256, extractor, head FROM paper WHERE number = ?", (number,)
        ).fetchone()
        if whole:
            return self.store.record(*row[:3])
        title, url, date, doi = json.loads(row[3])
        return Record(row[0], title, "", row[2], row[1], url=url, date=date, doi=doi)

    # Names

    def link(self, *, everything: bool) -> Touched:
        """Decide which node each name is, where that may have changed."""
        if everything:
            for batch in self._all_spellings():
                self._link(batch)
        else:
            self.index.chosen(self.touched.papers)
            seeds = self.index.column("SELECT DISTINCT spelling FROM chosen JOIN naming ON paper = number")
            self._link(self.index.reached(seeds, kind="spelling"))
        return self.touched

    def _all_spellings(self) -> Iterator[list[int]]:
        if self.overrides.rows:
            # A row may join, part or retype anything, and one that nothing matches is told.
            yield self.index.column("SELECT number FROM spelling")
            return
        size = dict(self.index.ask("SELECT spelling, count(*) FROM naming GROUP BY spelling"))
        batch: list[int] = []
        filled = 0
        for group in grouped(self.index.ask("SELECT spelling, key FROM spelling_key ORDER BY spelling")):
            batch += group
            filled += sum(size.get(number, 0) for number in group)
            if filled >= _BATCH:
                yield batch
                batch, filled = [], 0
        if batch:
            yield batch

    def _link(self, spellings: Iterable[int]) -> None:
        """Link the names of some spellings, which nothing outside of them concerns."""
        spellings = sorted(spellings)
        self.index.chosen(spellings)
        before = self.index.nodes()
        rows = self.index.ask(
            "SELECT naming.rowid, paper, spelling, naming.confidence, introduced, said, json, standing "
            "FROM chosen JOIN naming ON spelling = chosen.number JOIN spelling AS s ON s.number = spelling "
            "JOIN paper AS p ON p.number = paper WHERE standing != ''"
        ).fetchall()
        papers: dict[int, tuple[Standing, list[Entity]]] = {}
        entities = []
        for _, paper, _, sure, new, _, text, standing in rows:
            type_, name, aliases, sized = json.loads(text)
            mentions = tuple(Mention("title", 0, 0, each, "") for each in sized)
            entity = Entity(name, type_, tuple(aliases), bool(new), sure, mentions)
            entities.append(entity)
            if paper not in papers:
                papers[paper] = (Standing.from_json(standing), [])
            papers[paper][1].append(entity)
        names = Names(
            (
                RecordedPaper(p.id, Record(p.id, "", "", "", "", entities=tuple(found)), p.sources, p.arxiv, p.doi)
                for p, found in sorted(papers.values(), key=lambda each: each[0].id)
            ),
            self.overrides,
        )
        home: dict[str, int] = {}
        changed = []
        for (row, paper, spelling, _, _, old, _, _), entity in zip(rows, entities, strict=True):
            meaning = Meaning.of(names, papers[paper][0].id, entity)
            for node in meaning.nodes:
                home.setdefault(node, spelling)
            if (said := meaning.to_text()) != old:
                changed.append((said, row))
                self.touched.papers.add(paper)
        self.index.db.executemany("UPDATE naming SET said = ? WHERE rowid = ?", changed)
        after = names.nodes()
        self._replace_nodes(before, after, home)
        self.index.ask("DELETE FROM merge WHERE spelling IN (SELECT number FROM chosen)")
        for merge in names.merges():
            self._put_merges([(merge, after[merge.node].label)], spelling=home[merge.node])
        self.touched.unused = names.unused()

    def _replace_nodes(self, before: Mapping[str, Node], after: Mapping[str, Node], home: Mapping[str, int]) -> None:
        """Take down the nodes that changed, came or went."""
        gone = [node for node in before if before[node] != after.get(node)]
        come = [node for node in after if before.get(node) != after[node]]
        self.index.db.executemany("DELETE FROM node WHERE id = ?", ((node,) for node in gone))
        self.index.put("node", (node_row(after[node], home[node]) for node in come))
        self.touched.before.update((node, before[node]) for node in gone)
        self.touched.after.update((node, after[node]) for node in come)

    def _put_merges(
        self, merges: Iterable[tuple[NameMerge, str]], *, spelling: int | None = None, paper: int | None = None
    ) -> None:
        for m, label in merges:
            row = json.dumps([m.node, m.name, m.type, m.reason, m.evidence, m.papers, label])
            self.index.put("merge", [(spelling, paper, m.reason, row)])
