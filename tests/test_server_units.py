"""Parts of the server that need no server: counting rows, and choosing a media type."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg.server import negotiate, rows
from kg.views import guard

TRAPS = ("", "},{", '"},{"', '\\"},{\\', "a\nb\r\nc", "<result>", "</result><result>", 'x"', "\t", "{}", "\\", "é😀")


@pytest.mark.parametrize("format", list(ox.QueryResultsFormat) if hasattr(ox.QueryResultsFormat, "__iter__") else [
    ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML, ox.QueryResultsFormat.CSV, ox.QueryResultsFormat.TSV,
])  # fmt: skip
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
def test_rows_are_counted_in_pieces(format: ox.QueryResultsFormat, size: int) -> None:
    """However an answer is cut and whatever its texts hold, its rows are counted, at most one late."""
    for count in (0, 1, 2, len(TRAPS)):
        values = " ".join(f"({ox.Literal(text)} <urn:{i}>)" for i, text in enumerate(TRAPS[:count]))
        found = ox.Store().query(f"SELECT ?a ?b ?unbound {{ VALUES (?a ?b) {{ {values} }} }}")
        content = found.serialize(format=format)
        assert content is not None
        counter = rows.counter(format)
        seen = [counter(content[at : at + size]) for at in range(0, len(content), size)]
        assert seen == sorted(seen)
        assert max(0, count - 1) <= seen[-1] <= count


def test_empty_rows_are_counted() -> None:
    """A row of nothing is a row."""
    found = ox.Store().query("SELECT ?x { VALUES ?y { 1 2 3 } }").serialize(format=ox.QueryResultsFormat.JSON)
    assert found is not None
    assert rows.counter(ox.QueryResultsFormat.JSON)(found) >= 2


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "text/turtle"),
        ("*/*", "text/turtle"),
        ("text/html", "text/html"),
        ("TEXT/HTML;Q=1.0", "text/html"),
        ("text/turtle;q=0.2, text/html;q=0.3", "text/html"),
        ("text/*;q=0.1, text/html", "text/html"),
        ("text/html;q=nonsense", ""),
        ("text/html;q=0, */*", "text/turtle"),
        (",,;;q=,", ""),
        ("image/*", ""),
    ],
)
def test_media_type_is_chosen(accept: str, chosen: str) -> None:
    """The most special range decides of each type, then its quality, then our own order."""
    if chosen == "" and not accept.strip(",;q="):
        chosen = "text/turtle"  # a header that names nothing refuses nothing
    assert negotiate.best(accept, ("text/turtle", "text/html")) == chosen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT DATA { <a:a> <b:b> 1 }", True),
        ("PREFIX a: <urn:a> BASE <urn:b> # insert\n DELETE WHERE { ?s ?p ?o }", True),
        ("WITH <urn:g> DELETE { ?s ?p ?o } WHERE {}", True),
        ("SELECT * { ?s ?p 'INSERT DATA' }", False),
        ("SELEC ?insert {}", False),
        ("", False),
    ],
)
def test_update_is_told_from_a_broken_query(text: str, expected: bool) -> None:
    """Who sends an update hears that it is one, and not only that it cannot be parsed."""
    assert guard.is_update(text) is expected
