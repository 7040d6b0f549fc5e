"""The files of a build: all of them anew from the records, or the old ones with what a change touches.

Both ways end in the same bytes. Memory holds names and what workers have in hand, never all papers: lines are sorted
in runs on disk and merged; the page and GraphML, which programs open whole, are made of graphs up to a size.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kg import ontology
from kg.engines import counting
from kg.engines.counting import Counted
from kg.engines.index import Index, NamedPaper, copied, node_of
from kg.engines.pool import spread
from kg.engines.relinking import Relinking
from kg.engines.tasks import Folded, fold
from kg.exporters import EXPORTERS, claimed, merges, nquads, summary, void
from kg.exporters.figures import Figures, examples
from kg.exporters.patching import sorted_lines_of
from kg.exporters.switching import INDEX, remember, sha256, sync, writer
from kg.views import shards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from kg.engines.report import OnStep
    from kg.linking import Overrides
    from kg.store import Store

NQUADS, TURTLE, JSONLD = (EXPORTERS[name][0] for name in ("nquads", "turtle", "jsonld"))
STREAMED = (NQUADS, TURTLE, JSONLD)
"""Files that are patched when little changed."""
_NAMED = 200
"""Papers whose names a worker reads at a time."""
_RUNS = 100
"""At most about so many sorted runs are merged at once, each an open file."""
_FOLDED = 100
"""At least so many papers are folded into a run."""
_NODES = 20_000
_CLAIMS = "SELECT predicate, count(*) FROM (SELECT DISTINCT subject, predicate, object FROM claim) GROUP BY predicate"
_MOST_NAMED = """
SELECT min(id), json FROM node WHERE (type, papers) IN (SELECT type, max(papers) FROM node GROUP BY type) GROUP BY type
"""
_SIZES = "size"
"""The kind of tally that holds how many subjects and quads there are."""


class Change(NamedTuple):
    """Papers that are gone, by number in an index, and that come, by id, hash of content and extractor."""

    gone: set[int]
    come: list[tuple[str, str, str]]

    @property
    def size(self) -> int:
        """Return how many papers come or go."""
        return len(self.gone) + len(self.come)


class Writing:
    """The files of the wanted papers of a store, written into a folder aside with their index."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        overrides: Overrides,
        *,
        workers: int = 1,
        tell: OnStep = lambda _step, _done, _all: None,
        lap: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self.store, self.folder, self.overrides, self.workers = store, folder, overrides, workers
        self.tell, self.lap = tell, lap
        self.unused: tuple[str, ...] = ()

    def anew(self) -> Figures:
        """Write everything from the records."""
        with Index.opened(self.folder / INDEX, new=True) as index:
            relinking = Relinking(index, self.store, self.overrides)
            with index.change():
                self._take(relinking, self.store.keys(wanted=True), first=1)
            index.order()
            with index.change():
                relinking.identify((), set(), everything=True)
                self.unused = relinking.link(everything=True).unused
            self.lap("link")
            runs = self.folder / ".runs"
            runs.mkdir()
            self._fold(index, runs)
            self.lap("fold")
            self.tell("write", 0, 0)
            counted, quads = self._merge(index, runs)
            with self._kept(), index.change():
                _tally(index, counted, quads)
                found = self._describe(index)
            shutil.rmtree(runs)
            self._sign(index)
        return found

    def patched(self, old: Path, change: Change) -> Figures:
        """Write the files of another folder as they are after a change."""
        with ExitStack() as stack:
            before = stack.enter_context(Index.opened(old / INDEX))
            index = stack.enter_context(Index.opened(copied(old / INDEX, self.folder / INDEX)))
            stack.enter_context(index.change())
            relinking = Relinking(index, self.store, self.overrides)
            first = (index.column("SELECT max(number) FROM paper")[0] or 0) + 1
            new = self._take(relinking, change.come, first=first)
            relinking.identify(new, change.gone, everything=False)
            touched = relinking.link(everything=False)
            self.lap("link")
            papers = sorted(touched.papers)
            past = fold(self.store, before, [number for number in papers if before.standing(number)])
            present = fold(self.store, index, [number for number in papers if index.standing(number)])
            left = _reclaimed(index, papers, past, present)
            index.forget(change.gone)
            self.lap("fold")
            past.claimed += shards.of_entities(touched.before.values())
            present.claimed += shards.of_entities(touched.after.values())
            past.said += _run_lines(before)
            present.said += _run_lines(index)
            with self._patched(index, old, past, present, left):
                found = self._describe(index)
            self._sign(index)
        return found

    @contextmanager
    def _patched(self, index: Index, old: Path, past: Folded, present: Folded, left: set[bytes]) -> Iterator[None]:
        """Write the large files anew: what papers said is gone, but for what others claim; what they say is there.

        The N-Quads go to the disk meanwhile, to the end of the context.
        """
        lost, gone = set(past.claimed) - left - set(present.claimed), set(past.said) - set(present.said)
        with sorted_lines_of(old / NQUADS) as lines, ThreadPoolExecutor(2) as aside:
            found = {line for line in set(present.claimed) - set(past.claimed) if not lines.has(line)}
            come = set(present.said) - set(past.said)
            had = {subject: set(lines.claims(subject)) for subject in map(_subject, lost | found)}
            changes = {**dict.fromkeys(lost | gone, b""), **{line: line for line in found | come}}
            path, pieces = self.folder / NQUADS, lines.pieces(changes)
            # Hashing takes longer than copying, and goes on while the rest is done.
            hashing = aside.submit(lines.sha256, pieces)
            lines.put(pieces, path)
            syncing = aside.submit(sync, path)
            has = {subject: some - lost for subject, some in had.items()}
            for line in found:
                has[_subject(line)].add(line)
            claimed.patch(old, self.folder, (TURTLE, JSONLD), {subject: sorted(some) for subject, some in has.items()})
            _recount(index, found, lost)
            subjects = sum(map(bool, has.values())) - sum(map(bool, had.values()))
            index.count(_SIZES, (("subjects", subjects), ("quads", len(found | come) - len(lost | gone))))
            yield
            syncing.result()
            remember(path, hashing.result())

    # What is in the records

    def _take(self, relinking: Relinking, keys: Sequence[tuple[str, str, str]], *, first: int) -> range:
        """Let an index take in papers by id, hash of content and extractor; return their numbers, from the first on."""
        papers = [(number, *key) for number, key in enumerate(keys, first)]
        relinking.index.put("paper", papers)
        requests = ({"store": str(self.store.path), "papers": some} for some in _parts(papers, _NAMED))
        done = 0
        for answer in spread("names", requests, workers=self.workers if len(papers) > 2 * _NAMED else 1):
            relinking.take(NamedPaper(*row) for row in answer)
            done += len(answer)
            self.tell("link", done, len(papers))
        return range(first, first + len(papers))

    def _fold(self, index: Index, runs: Path) -> None:
        """Fold all papers into sorted runs of lines, and take down what they claim."""
        numbers = index.column("SELECT number FROM paper WHERE standing != '' ORDER BY number")
        size, done = max(_FOLDED, len(numbers) // _RUNS), 0
        requests = (
            {"store": str(self.store.path), "index": str(index.path), "papers": some, "run": str(runs / f"{place}")}
            for place, some in enumerate(_parts(numbers, size))
        )
        fired: Counter[str] = Counter()
        for answer in spread("lines", requests, workers=self.workers if len(numbers) > size else 1):
            for extractor, rule, count in answer:
                fired[_key(extractor, rule)] += count
            done += size
            self.tell("fold", min(done, len(numbers)), len(numbers))
        with index.change():  # not before: workers read what would change under them
            index.count("fired", fired.items())
            for path in sorted(runs.glob("*.claims")):
                with path.open(encoding="utf-8") as file:
                    index.put("claim", map(json.loads, file))
            for path in sorted(runs.glob("*.counted")):
                with path.open(encoding="utf-8") as file:
                    counting.put(index, (Counted(*json.loads(row)) for row in file))

    # Files

    def _merge(self, index: Index, runs: Path) -> tuple[dict[str, Any], int]:
        """Merge the runs into the N-Quads, and write what is claimed in other syntaxes beside that.

        Returned is what was counted of the claims (`kg.engines.tasks.claims`), and the number of quads.
        """
        nodes = map(node_of, index.column("SELECT json FROM node ORDER BY id"))
        for place, some in enumerate(iter(lambda: list(islice(nodes, _NODES)), [])):
            _run(runs / f"nodes{place}.claimed", shards.of_entities(some))
        _run(runs / "rules.said", _run_lines(index))
        plain = runs / "all.lines"
        with plain.open("wb") as file:
            file.writelines(nquads.merged(sorted(runs.glob("*.claimed")), unique=True))
        request = {"lines": str(plain), "folder": str(self.folder), "turtle": TURTLE, "jsonld": JSONLD}
        with ThreadPoolExecutor(1) as aside:
            # A second process writes those files meanwhile, where there is more than one.
            describing = aside.submit(lambda: next(spread("claims", [request], workers=min(2, self.workers))))
            quads = self._write(nquads.merged([plain, *sorted(runs.glob("*.said"))]))
            return describing.result(), quads

    def _write(self, parts: Iterable[bytes]) -> int:
        """Write the N-Quads, and return the number of lines."""
        lines = 0
        with (self.folder / NQUADS).open("wb") as file:
            for part in parts:
                file.write(part)
                lines += part.count(b"\n")
        return lines

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Let the N-Quads be hashed and go to the disk, which takes as long as writing them, meanwhile."""
        with ThreadPoolExecutor(2) as aside:
            waiting = [aside.submit(work, self.folder / NQUADS) for work in (sha256, sync)]
            yield
            for each in waiting:
                each.result()

    def _describe(self, index: Index) -> Figures:
        """Write the small files that say what is in the graph; return how much that is."""
        found = figures(index)
        summary.write_counts(counting.OfIndex(index), self.folder / EXPORTERS["summary"][0])
        merges.write_rows(index.merges(), self.folder / EXPORTERS["merges"][0])
        void.write_figures(found, self.folder / EXPORTERS["void"][0])
        return found

    def _sign(self, index: Index) -> None:
        """Take down in an index what it is of."""
        index.say(
            files=json.dumps({name: stamp(self.folder / name) for name in STREAMED}),
            overrides=self.overrides.text,
            unused=json.dumps(self.unused),
            writer=writer(),
        )


def figures(index: Index) -> Figures:
    """Return how much is in the graph of an index."""
    sizes = index.tally(_SIZES)
    return Figures(
        papers=index.column("SELECT count(*) FROM paper WHERE standing != ''")[0],
        results=index.tally("class").get(ontology.NS + ontology.load().terms.Result, 0),
        entities=dict(index.ask("SELECT type, count(*) FROM node GROUP BY type ORDER BY type")),
        claims=index.tally("claim"),
        extractors=tuple(index.extractors()),
        examples=examples(_ranked(index)),
        properties=index.tally("property"),
        classes=index.tally("class"),
        subjects=sizes.get("subjects", 0),
        objects=index.column("SELECT count(*) FROM object")[0],
        quads=sizes.get("quads", 0),
    )


def is_of(index: Index, folder: Path, overrides: Overrides) -> bool:
    """Tell whether an index is of the files that are in a folder, made under the same overrides."""
    about = index.about()
    known: dict[str, list[int]] = json.loads(about.get("files", "{}"))
    there = all((folder / name).is_file() and stamp(folder / name) == found for name, found in known.items())
    made = (about.get("overrides"), about.get("writer"))
    return bool(known) and there and made == (overrides.text, writer())


def stamp(path: Path) -> list[int]:
    """Return size and time of a file, which say whether it is the one that an index was made with."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def _key(extractor: str, rule: str) -> str:
    return json.dumps([extractor, rule])


def _subject(line: bytes) -> bytes:
    return line[: line.index(b" ")]


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _run(path: Path, lines: Iterable[bytes]) -> None:
    """Write lines as a sorted run."""
    with path.open("wb") as file:
        file.writelines(line + b"\n" for line in sorted(set(lines)))


def _run_lines(index: Index) -> list[bytes]:
    """Return what is known of each run of an extractor."""
    fired: dict[str, list[str]] = {extractor: [] for extractor in index.extractors()}
    for key in index.tally("fired"):
        extractor, rule = json.loads(key)
        fired[extractor].append(rule)
    return shards.of_runs(fired)


def _reclaimed(index: Index, papers: Iterable[int], past: Folded, present: Folded) -> set[bytes]:
    """Let papers claim what they claim now; return the lines of all they ever claimed that some paper claims."""
    triples = {row[1:4] for row in (*past.claims, *present.claims)}
    had = _made(index, triples)
    index.db.executemany("DELETE FROM claim WHERE paper = ?", ((number,) for number in papers))
    index.put("claim", present.claims)
    counting.drop(index, papers)
    counting.put(index, present.counted)
    left = _made(index, triples)
    for some, times in ((left - had, 1), (had - left, -1)):
        index.count("claim", ((predicate, times) for _, predicate, _ in some))
    for folded, times in ((past, -1), (present, 1)):
        index.count("fired", ((_key(*key), times * count) for key, count in folded.fired.items()))
    return {*shards.of_claims(left)}


def _made(index: Index, triples: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Return those claims that some paper of an index makes."""
    query = "SELECT 1 FROM claim WHERE subject = ? AND predicate = ? AND object = ? LIMIT 1"
    return {triple for triple in triples if index.ask(query, triple).fetchone()}


def _tally(index: Index, found: dict[str, Any], quads: int) -> None:
    """Take down what was counted while files were written."""
    index.count("property", found["properties"].items())
    index.count("class", found["classes"].items())
    index.count("claim", index.ask(_CLAIMS))
    hashes, counts = np.unique(np.fromfile(found["objects"], dtype=np.int64), return_counts=True)
    index.put("object", zip(hashes.tolist(), counts.tolist(), strict=True))
    index.put("tally", ((_SIZES, "subjects", found["subjects"]), (_SIZES, "quads", quads)))


def _recount(index: Index, found: set[bytes], lost: set[bytes]) -> None:
    """Take what came and went in the default graph into the counts."""
    for lines, times in ((found, 1), (lost, -1)):
        census = claimed.Census()
        census.add(lines)
        index.count("property", ((name, times * n) for name, n in census.properties.items()))
        index.count("class", ((name, times * n) for name, n in census.classes.items()))
        index.db.executemany(
            "INSERT INTO object VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            ((each, times * n) for each, n in Counter(census.objects).items()),
        )
    index.ask("DELETE FROM object WHERE count = 0")


def _ranked(index: Index) -> Iterator[tuple[str, str, int, tuple[str, ...]]]:
    """Yield the most mentioned node of each type, with the papers that introduce it."""
    for _, text in index.ask(_MOST_NAMED):
        node = node_of(text)
        yield node.id, node.type, len(node.papers), node.introduced_by
