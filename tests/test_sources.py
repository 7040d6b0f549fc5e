"""Reading papers: locations, formats, and the account of everything that gave no paper."""

from __future__ import annotations

import gzip
import io
import json
import sys
from importlib import import_module
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from kg import sources
from kg.errors import SourceError
from kg.model import Paper
from kg.sources import Skipped, base, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a paper as a JSON object."""
    return {"id": f"p{number}", "title": f"Title {number}", "abstract": f"Abstract {number}."} | changes


def write(path: Path, *rows: Any) -> Path:
    """Write rows as JSON lines; a row that is a string is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")
    return path


def take(*locations: str | Path, **options: Any) -> tuple[list[Paper], list[Skipped]]:
    """Read all papers and collect what was skipped."""
    notes: list[Skipped] = []
    return list(sources.read(*locations, on_skip=notes.append, **options)), notes


def test_read_takes_all_known_fields(tmp_path: Path) -> None:
    """A line of JSON gives a paper with date, url and authors, and unknown keys are ignored."""
    line = row(date="2024-05-31", url="https://example.org/1", authors=["A. One", "B. Two"], venue="X")
    papers, notes = take(write(tmp_path / "a.jsonl", line))
    url, authors = "https://example.org/1", ("A. One", "B. Two")
    assert papers == [Paper("p1", "Title 1", "Abstract 1.", "2024-05-31", url, authors, f"{tmp_path}/a.jsonl:1")]
    assert notes == []


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"id": 17}, "id", "17"),
        ({"authors": "A. One"}, "authors", ("A. One",)),
        ({"authors": [" A.\tOne ", ""]}, "authors", ("A. One",)),
        ({"authors": None}, "authors", ()),
        ({"url": None}, "url", ""),
        ({"date": ""}, "date", ""),
        ({"date": 2023}, "date", "2023"),
        ({"date": "2023-11"}, "date", "2023-11"),
        ({"date": "2023-11-01T08:15:00Z"}, "date", "2023-11-01"),
        ({"date": "2023-11-01 08:15"}, "date", "2023-11-01"),
        ({"title": " A\r\n  title\u0001of\u00a0two\tlines "}, "title", "A title of two lines"),
        (
            {"abstract": "Caf\u0065\u0301 \\alpha $x$ &amp; \u200b."},
            "abstract",
            "Caf\u0065\u0301 \\alpha $x$ &amp; \u200b.",
        ),
    ],
)
def test_read_normalises_only_white_space_and_dates(
    tmp_path: Path, changes: dict[str, Any], field: str, value: object
) -> None:
    """White space becomes single spaces and dates become ISO dates; all other text stays as it is."""
    papers, notes = take(write(tmp_path / "a.jsonl", row(**changes)))
    assert (getattr(papers[0], field), notes) == (value, [])


@pytest.mark.parametrize(
    ("line", "reason", "words"),
    [
        ('{"id": "p1", "title"', "broken-json", "One complete object"),
        ("[" * 100_000, "broken-json", "JSON"),
        ('{"id": ' + "9" * 5000 + "}", "broken-json", "JSON"),
        ("[1, 2]", "not-an-object", "[1, 2]"),
        ("null", "not-an-object", "None"),
        ({"title": "T", "abstract": "A."}, "missing-id", "no 'id'"),
        ({"id": "a", "Title": "T", "abstract": "A."}, "missing-title", "Did you mean 'Title'?"),
        ({"id": "a", "title": "T"}, "missing-abstract", "no 'abstract'"),
        (row(id=""), "missing-id", "'id' holds no word: ''"),
        (row(title=" \n"), "missing-title", "'title' holds no word"),
        (row(title="\u200b"), "missing-title", "'title' holds no word"),
        (row(abstract=None), "missing-abstract", "'abstract' holds no word: None"),
        (row(id=True), "wrong-type", "'id' must be a string or an integer, not True"),
        (row(id=1.5), "wrong-type", "not 1.5"),
        (row(title=["T"]), "wrong-type", "'title' must be a string, not ['T']"),
        (row(abstract={"a": 1}), "wrong-type", "'abstract'"),
        (row(authors=[{"name": "A"}]), "wrong-type", "'authors' must be a string or a list of strings"),
        (row(url=5), "wrong-type", "'url' must be a string, not 5"),
        (row(date="yesterday"), "bad-date", "'yesterday' is no date. Write YYYY"),
        (row(date="2023-02-30"), "bad-date", "'2023-02-30'"),
        (row(date="2023-13"), "bad-date", "'2023-13'"),
        (row(date="0000"), "bad-date", "'0000'"),
        (row(date="2023-11-01T99:00"), "bad-date", "T99"),
        (row(date=20231101), "bad-date", "20231101"),
        (row(title="T\0"), "nul-character", "'title' holds a NUL character at offset 1"),
        (row(abstract="Half \ud800"), "lone-surrogate", "at offset 5"),
        (row(id="\udfff1"), "lone-surrogate", "'id'"),
        (row(authors=["\ud800x"]), "lone-surrogate", "'authors'"),
        (row(abstract="a" * 50_001), "too-long", "50001 characters"),
    ],
)
def test_read_skips_bad_line_with_reason(tmp_path: Path, line: object, reason: str, words: str) -> None:
    """A line that is no paper is reported by file, line, reason and remedy, and the next one is read."""
    path = write(tmp_path / "a.jsonl", row(), line, row(3))
    papers, notes = take(path)
    assert [paper.id for paper in papers] == ["p1", "p3"]
    assert [(note.origin, note.reason) for note in notes] == [(f"{path}:2", reason)]
    assert notes[0].message.startswith(f"{path}:2: ")
    assert words in notes[0].message
    assert len(notes[0].message.encode()) < 400 + len(str(path))


@pytest.mark.parametrize(
    ("raw", "reason", "words"),
    [
        (b'{"id": "\xff"}', "invalid-utf8", "byte 0xff at offset 8 of the line"),
        (b'{"id": "\0"}', "nul-character", "offset 8 of the line is NUL"),
        (b" " * 101, "too-long", "102 bytes; at most 100"),
    ],
)
def test_read_skips_unreadable_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: bytes, reason: str, words: str
) -> None:
    """Bytes that are no text, and lines too long to hold, cost one line, not the file."""
    monkeypatch.setattr(lines, "LONGEST_LINE", 100)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n" + raw + b"\n" + json.dumps(row()).encode())
    papers, notes = take(path)
    assert [paper.origin for paper in papers] == [f"{path}:3"]
    assert [(note.origin, note.reason) for note in notes] == [(f"{path}:2", reason)]
    assert words in notes[0].message


def test_read_names_utf16_files(tmp_path: Path) -> None:
    """A file in UTF-16 is reported once, with the encoding to use."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(json.dumps(row()).encode("utf-16"))
    assert [(note.reason, "UTF-16" in note.message) for note in take(path)[1]] == [("invalid-utf8", True)]


def test_read_accepts_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    """Files from other systems, with byte order mark, CRLF and blank lines, read the same."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(row()).encode() + b"\r\n\r\n" + json.dumps(row(2)).encode())
    assert [paper.id for paper in take(path)[0]] == ["p1", "p2"]


@pytest.mark.parametrize("text", [json.dumps([row(), row(2)]), json.dumps([row(), row(2)], indent=1)])
def test_read_takes_json_list(tmp_path: Path, text: str) -> None:
    """A JSON list of papers reads like JSON lines; the line in the origin is the place in the list."""
    path = write(tmp_path / "a.json", text)
    assert [paper.origin for paper in take(path)[0]] == [f"{path}:1", f"{path}:2"]


def test_read_takes_one_object_over_many_lines(tmp_path: Path) -> None:
    """One paper laid out over several lines is one paper."""
    assert [paper.id for paper in take(write(tmp_path / "a.json", json.dumps(row(), indent=2)))[0]] == ["p1"]


def test_read_names_line_where_json_list_breaks(tmp_path: Path) -> None:
    """A broken JSON list is reported with the line of the fault."""
    path = write(tmp_path / "a.json", "[", row(), row(2), "]")
    assert [(note.origin, note.reason) for note in take(path)[1]] == [(f"{path}:3", "broken-json")]


def test_read_names_line_of_bad_byte_in_json_list(tmp_path: Path) -> None:
    """A JSON list that is not UTF-8 is reported with the line of the byte."""
    path = tmp_path / "a.json"
    path.write_bytes(b'[\n{"id":\n"\xe9"}]')
    assert [(note.origin, note.reason) for note in take(path)[1]] == [(f"{path}:3", "invalid-utf8")]


@pytest.mark.parametrize(("name", "content"), [("a.jsonl.gz", row()), ("a.json.gz", [row()]), ("packed.jsonl", row())])
def test_read_unpacks_gzip(tmp_path: Path, name: str, content: object) -> None:
    """Compressed files are unpacked, whatever their name says."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(json.dumps(content).encode()))
    assert [paper.id for paper in take(path)[0]] == ["p1"]


@pytest.mark.parametrize("text", [b"[1,", b"{"])
def test_read_reports_damaged_gzip(tmp_path: Path, text: bytes) -> None:
    """A compressed file that was cut off is reported, not raised."""
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(text * 1000)[:-12])
    assert [note.reason for note in take(path)[1]] == ["broken-gzip"]


def test_read_takes_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hyphen as location reads JSON lines from standard input."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(row()).encode())))
    assert [(paper.id, paper.origin) for paper in take("-")[0]] == [("p1", "stdin:1")]


def test_read_goes_through_folders_in_order(tmp_path: Path) -> None:
    """Folders are read recursively, sorted by name, and hidden files and folders are left out."""
    names = ["b.jsonl", "a/z.jsonl", "a/y.ndjson", ".hidden.jsonl", ".git/x.jsonl"]
    for number, name in enumerate(names):
        write(tmp_path / name, row(number))
    papers, notes = take(tmp_path)
    assert ([paper.id for paper in papers], notes) == (["p2", "p1", "p0"], [])


def test_read_skips_unknown_files_in_folder(tmp_path: Path) -> None:
    """A file of unknown format inside a folder is reported, and the others are read."""
    write(tmp_path / "a.txt", "Just a note.")
    write(tmp_path / "b.jsonl", row())
    papers, notes = take(tmp_path)
    assert len(papers) == 1
    assert [(note.origin, note.reason) for note in notes] == [(f"{tmp_path}/a.txt", "unknown-format")]
    assert "Known: jsonl, hf_pages" in notes[0].message


def test_read_reports_broken_link_in_folder(tmp_path: Path) -> None:
    """A file of a folder that cannot be opened is reported, and the others are read."""
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "gone")
    write(tmp_path / "b.jsonl", row())
    papers, notes = take(tmp_path)
    assert (len(papers), [note.reason for note in notes]) == (1, ["unreadable"])


@pytest.mark.parametrize("content", ["", " \n\n"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a.json"])
def test_read_reports_empty_file(tmp_path: Path, name: str, content: str) -> None:
    """A file without any paper in it is reported, alone or in a folder."""
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    for location in (path, tmp_path):
        assert [(note.origin, note.reason) for note in take(location)[1]] == [(str(path), "empty-file")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("papers.json", "Did you mean 'papers.jsonl'?"),
        ("no/where.jsonl", "There is no file or folder"),
        ("note.txt", "note.txt: the format is not recognised. Known: jsonl, hf_pages"),
        ("wide.txt", "UTF-16"),
        ("empty", "holds no file"),
        ("x" * 300, "Cannot reach"),
    ],
)
def test_read_refuses_location_at_once(tmp_path: Path, name: str, words: str) -> None:
    """A location that cannot be read at all raises at the call, before any paper is read."""
    first = write(tmp_path / "papers.jsonl", row())
    write(tmp_path / "note.txt", "Just a note.")
    (tmp_path / "wide.txt").write_text("Just a note.", encoding="utf-16")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError) as caught:
        sources.read(first, tmp_path / name)
    assert words in str(caught.value)


@pytest.mark.parametrize("locations", [(), ("",)])
def test_read_refuses_no_location(locations: tuple[str, ...]) -> None:
    """No location, or an empty one, is an error and not the current folder."""
    with pytest.raises(SourceError):
        sources.read(*locations)


def test_read_refuses_unknown_format(tmp_path: Path) -> None:
    """An unknown format name is refused with the nearest known one."""
    with pytest.raises(SourceError, match=r"Unknown format 'hf_page'\. Did you mean 'hf_pages'\?"):
        sources.read(tmp_path, format="hf_page")


def test_read_follows_named_format(tmp_path: Path) -> None:
    """A named format is used where neither name nor content tells it."""
    path = write(tmp_path / "papers.data", " ", row())
    assert [paper.id for paper in take(path, format="jsonl")[0]] == ["p1"]


@pytest.mark.parametrize(
    ("second", "reasons"),
    [
        (row(), ["duplicate"]),
        (row(abstract="Abstract  1."), ["duplicate"]),
        (row(2, title="Title 1", abstract="Abstract 1."), []),
        (row(abstract="Another abstract."), []),
        (row(title="Another title"), ["conflict"]),
        (row(date="2024"), []),
        (row(2), []),
    ],
)
def test_read_gives_equal_records_once(tmp_path: Path, second: dict[str, Any], reasons: list[str]) -> None:
    """An equal record is read once, an id of two titles is a conflict, and the rest is for the graph to join."""
    one, two = write(tmp_path / "a.jsonl", row()), write(tmp_path / "b.jsonl", second)
    papers, notes = take(one, two)
    assert papers[0].origin == f"{one}:1"
    assert (len(papers), [note.reason for note in notes]) == (2 - len(reasons), reasons)
    assert all(note.origin == f"{two}:1" and f"{one}:1" in note.message for note in notes)


def test_read_strict_raises_on_first_fault(tmp_path: Path) -> None:
    """In strict mode the papers before a fault come out, and the fault raises its message."""
    path = write(tmp_path / "a.jsonl", row(), row(2, title=" "), row(3))
    papers = sources.read(path, strict=True)
    assert next(papers).id == "p1"
    with pytest.raises(SourceError, match=r"a\.jsonl:2: 'title' holds no word"):
        next(papers)


def test_read_strict_permits_duplicates(tmp_path: Path) -> None:
    """A paper that is there twice is no fault, also in strict mode."""
    path = write(tmp_path / "a.jsonl", row())
    papers, notes = take(path, path, strict=True)
    assert (len(papers), [note.reason for note in notes]) == (1, ["duplicate"])


def test_read_yields_before_the_end(tmp_path: Path) -> None:
    """Papers come one by one: the first is out before the last line is looked at."""
    notes: list[Skipped] = []
    papers = sources.read(write(tmp_path / "a.jsonl", row(), "broken"), on_skip=notes.append)
    assert (next(papers).id, notes) == ("p1", [])


def lines_of_text(path: Path) -> Iterator[Paper | Skipped]:
    """Read a format of a test's own: a paper of each line."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        yield base.make_paper({"id": number, "title": line, "abstract": line}, f"{path}:{number}")


def detect(path: Path, start: bytes) -> bool:
    """Know files of this test's own format."""
    return path.suffix == ".own"


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return a function that installs a reader under a name, as another package would."""

    def install(name: str, value: str) -> None:
        monkeypatch.setattr(sources, "entry_points", lambda group: [EntryPoint(name, value, group)])

    return install


def test_read_finds_readers_of_other_packages(tmp_path: Path, install: Callable[[str, str], None]) -> None:
    """A reader that another package names under kg.sources is known, and recognises its files."""
    install("own", f"{__name__}:lines_of_text")
    path = tmp_path / "a.own"
    path.write_text("One\nTwo\n", encoding="utf-8")
    assert [paper.title for paper in take(path)[0]] == ["One", "Two"]
    assert sources.formats() == ("jsonl", "hf_pages", "own")


@pytest.mark.parametrize("value", ["no_such_package:read", "kg.errors:no_such_reader"])
def test_read_names_broken_reader(tmp_path: Path, install: Callable[[str, str], None], value: str) -> None:
    """A reader that cannot be loaded is named in the error."""
    install("own", value)
    with pytest.raises(SourceError, match="The reader of format 'own' cannot be loaded"):
        list(sources.read(write(tmp_path / "a.jsonl", row()), format="own"))


@pytest.mark.parametrize("place", sources.READERS.values())
def test_readers_of_manifest_exist(place: str) -> None:
    """Every built-in reader can be loaded and can detect its files."""
    module, _, function = place.partition(":")
    assert callable(getattr(import_module(module), function))
    assert callable(import_module(module).detect)


@pytest.mark.parametrize("text", ["2023", "2023-11", "2023-11-01", "2023-11-01T08:15:00.5+02:00"])
def test_iso_date_keeps_precision(text: str) -> None:
    """A date is as precise as its source, and a time is dropped."""
    assert base.iso_date(text) == text[:10]


def test_read_takes_texts_without_a_title(tmp_path: Path) -> None:
    """An empty title is a source's word that a text has none; the text is read."""
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "s1", "title": "", "abstract": "We use BERT."}\n', encoding="utf-8")
    assert [(paper.id, paper.title) for paper in sources.read(path)] == [("s1", "")]
