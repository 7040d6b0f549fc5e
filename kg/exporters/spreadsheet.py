r"""Write nodes.csv, edges.csv, evidence.csv and results.csv, for spreadsheets and every table tool.

Titles and names come from strangers, and a spreadsheet runs a cell that begins with =, +, - or @ as a formula.
Such a cell gets an apostrophe in front, which spreadsheets read as "this is text"; plain numbers keep their
sign. UTF-8 with the mark that Excel needs to know it by, lists joined with "|", a row a line.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from kg.views.tables import tables

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph
    from kg.views.tables import Cell

FILES = ("nodes.csv", "edges.csv", "evidence.csv", "results.csv")
# Full-width forms count too: spreadsheets of East Asian locales take them for the ASCII signs.
_FORMULA = re.compile(r"[\s\"']*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")


def write(graph: KnowledgeGraph, path: Path) -> Path:
    """Write the four tables into the folder `path`, which is there."""
    for table in tables(graph):
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(name for name, _ in table.columns)
        rows.writerows(map(cell, row) for row in table.rows)
        (path / f"{table.name}.csv").write_bytes(out.getvalue().encode("utf-8-sig"))
    return path


def cell(value: Cell) -> str | int | float:
    """Return a value as a spreadsheet may show it, never as one that it would run.

    >>> cell("=HYPERLINK(1)"), cell("-0.5"), cell(("a", "b")), cell(None)
    ("'=HYPERLINK(1)", '-0.5', 'a|b', '')
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else joined(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def joined(names: tuple[str, ...]) -> str:
    """Return names as one text, with "|" between them and none in them."""
    return "|".join(name.replace("|", "\N{BROKEN BAR}") for name in names)
