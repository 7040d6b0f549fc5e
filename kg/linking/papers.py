"""Which records are of one paper: by arXiv number, by DOI, or by a title with like abstracts.

Two records with different arXiv numbers, or different DOIs, never are one paper, whatever their titles say. All
of it is a function of the set of records.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kg import iri
from kg.linking.names import form_of
from kg.model import PaperSource, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_COMMAND = re.compile(r"\\(?:[a-zA-Z]+(?=\s*\{)|[^a-zA-Z])|\\(?=[a-zA-Z])|[{}$~^]")
r"""What LaTeX puts around letters: `\textbf{`, `\'`, braces and dollars; of `\alpha` the word stays."""
_WORD = re.compile(r"\w+")
_CONTRARY = 2
"""So many arXiv numbers are those of different papers."""
_ALIKE = 0.5
"""Two abstracts with this share of the shorter one's words in common are versions of one text."""


@dataclass(frozen=True, slots=True)
class RecordedPaper:
    """A paper, the record that stands for it, and all records of it with the reason why each is of it."""

    id: str
    record: Record
    sources: tuple[PaperSource, ...]
    arxiv: str = ""
    doi: str = ""


def title_key(title: str) -> str:
    r"""Return the form under which spellings of a title are equal: case, white space, LaTeX, accents and signs aside.

    >>> title_key(r"{\'E}tude of \textbf{BERT}: $\alpha$-Models") == title_key("Étude of BERT:  α-models")
    True
    """
    return form_of(" ".join(_WORD.findall(_COMMAND.sub("", title).casefold())))


def papers(records: Iterable[Record]) -> tuple[RecordedPaper, ...]:
    """Return the papers that records are of, sorted by id."""
    groups = list(_grouped(sorted(records, key=_order)))
    shared: defaultdict[str, list[RecordedPaper]] = defaultdict(list)
    for group in groups:
        main = group[0]
        arxiv, doi = (next(filter(None, map(known, group)), "") for known in (arxiv_of, doi_of))
        node = iri.paper_id(main.title or main.id, arxiv=arxiv, doi=doi)
        sources = tuple(sorted(_source(record, main) for record in group))
        shared[node].append(RecordedPaper(node, main, sources, arxiv, doi))
    # Papers of one title (errata, reports) that nothing joins carry a few digits of their own.
    out = [
        replace(each, id=f"{node}-{iri.digest(*_order(each.record)[3:], size=6)}") if len(alike) > 1 else each
        for node, alike in shared.items()
        for each in alike
    ]
    return tuple(sorted(out, key=lambda paper: paper.id))


def _order(record: Record) -> tuple[bool, bool, int, str, str, str]:
    """Return the place of a record: one with an identifier and a long abstract stands for the paper."""
    return (
        not arxiv_of(record),
        not doi_of(record),
        -len(record.abstract),
        record.id,
        record.text_sha256,
        record.title,
    )


def arxiv_of(record: Record) -> str:
    """Return the arXiv number of a record, or ""."""
    return iri.arxiv_number(record.id, url=record.url) or iri.arxiv_number(record.doi)


def doi_of(record: Record) -> str:
    """Return the DOI of a record, unless it is one of an arXiv number, or ""."""
    found = next(filter(None, map(iri.doi, (record.doi, record.id, record.url))), "")
    return "" if iri.arxiv_number(found) else found


def _grouped(records: Sequence[Record]) -> Iterator[list[Record]]:
    """Yield the records of each paper, the one that stands for it first."""
    identified: dict[str, list[Record]] = {}
    by_title: defaultdict[str, list[list[Record]]] = defaultdict(list)
    for record in records:
        names = [f"{kind} {found}" for kind, found in (("arXiv", arxiv_of(record)), ("DOI", doi_of(record))) if found]
        groups = [identified[name] for name in names if name in identified]
        group = next((g for g in groups if len({arxiv_of(record), *map(arxiv_of, g)} - {""}) < _CONTRARY), [])
        if not group:
            by_title[title_key(record.title)].append(group)
        group.append(record)
        for name in names:
            identified.setdefault(name, group)
    for title, groups in by_title.items():
        yield from _joined(groups) if title and len(groups) > 1 else groups


def _joined(groups: Sequence[list[Record]]) -> Iterator[list[Record]]:
    """Yield groups of one title, those with like abstracts and no contrary identifiers as one."""
    out: list[list[Record]] = []
    for group in groups:
        fitting = [other for other in out if _fit(group, other)]
        # A record that fits two papers which are known to be different is of neither.
        if len(fitting) == 1:
            fitting[0].extend(group)
        else:
            out.append(list(group))
    yield from out


def _fit(one: Sequence[Record], other: Sequence[Record]) -> bool:
    for known in (arxiv_of, doi_of):
        found = [{known(record) for record in group} - {""} for group in (one, other)]
        if all(found) and found[0] != found[1]:
            return False
    return any(_are_alike(a.abstract, b.abstract) for a in one for b in other)


def _are_alike(one: str, other: str) -> bool:
    a, b = (set(_WORD.findall(text.casefold())) for text in (one, other))
    return len(a & b) >= _ALIKE * min(len(a), len(b))


def _source(record: Record, main: Record) -> PaperSource:
    reason, evidence = "", ""
    if record is not main:
        if (number := arxiv_of(record)) and number == arxiv_of(main):
            reason, evidence = "arXiv number", number
        elif (doi := doi_of(record)) and doi == doi_of(main):
            reason, evidence = "DOI", doi
        else:
            reason, evidence = "title", record.title
    return PaperSource(record.id, record.url, record.date, reason, evidence)
