"""Reading saved listing pages of Hugging Face daily papers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kg import sources

if TYPE_CHECKING:
    from kg.model import Paper
    from kg.sources import Skipped

PAGE = Path(__file__).parent / "data" / "sources" / "page.txt"
SHARED = Path(__file__).parents[2] / "shared" / "data"
ABSTRACT = "We brew a language model over twelve hours. " * 10


def take(*locations: Path, format: str = "hf_pages") -> tuple[list[Paper], list[Skipped]]:
    """Read all papers and collect what was skipped."""
    notes: list[Skipped] = []
    return list(sources.read(*locations, on_skip=notes.append, format=format)), notes


def page(folder: Path, text: str) -> Path:
    """Write the text of a page."""
    path = folder / "page.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_hf_pages_finds_titles_between_furniture() -> None:
    """A saved page is recognised by itself and gives its papers, nothing else."""
    papers, notes = take(PAGE, format="")
    assert [paper.title for paper in papers] == [
        "Teapots: A Small Corpus of Kitchen Dialogues",
        "Does Stirring Help? Clockwise vs. Counter-Clockwise Optimisation",
        "SugarCube: Sweet Representations",
        "Cold Brewing of Language Models",
    ]
    assert notes == []


def test_hf_pages_takes_abstracts_verbatim() -> None:
    """The abstract is the whole paragraph after the title."""
    texts = PAGE.read_text(encoding="utf-8").splitlines()
    assert all(paper.abstract in texts for paper in take(PAGE)[0])


def test_hf_pages_takes_only_dates_with_year() -> None:
    """A date below an abstract dates the paper if it has a year; a date without one says nothing."""
    assert [paper.date for paper in take(PAGE)[0]] == ["2023-11-01", "2024-12-24", "", ""]


def test_hf_pages_origin_is_line_of_title() -> None:
    """The origin of a paper is the line of its title."""
    assert take(PAGE)[0][0].origin == f"{PAGE}:12"


def test_hf_pages_id_is_the_same_on_every_page(tmp_path: Path) -> None:
    """The id depends on the title alone, but for case and white space."""
    one = page(tmp_path, f"Cold  brewing of Language Models\n\n{ABSTRACT}")
    assert take(one)[0][0].id == take(PAGE)[0][3].id == "hf:277ad9cc7e1c"


@pytest.mark.parametrize(
    "text",
    [
        f"A Title\n{ABSTRACT}",
        f"A\nTitle\n\n{ABSTRACT.replace('. ', '.' + chr(10))}",
        f"A Title\r\n\r\n{ABSTRACT}\r\n",
        f"Mar 17\nA Title\n\n{ABSTRACT}\n42\n",
        f"A Title\n\n{ABSTRACT}\n\n  • 2 authors\n\n·\n\nFeb 31, 2023\n",
        "A Title\n\n" + ABSTRACT[:131],
    ],
)
def test_hf_pages_tolerates_other_layouts(tmp_path: Path, text: str) -> None:
    """Glued titles, wrapped lines, foreign line ends and impossible dates do not lose a paper."""
    papers, notes = take(page(tmp_path, text))
    assert [(paper.title, paper.date) for paper in papers] == [("A Title", "")]
    assert ABSTRACT.startswith(papers[0].abstract)
    assert notes == []


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        (f"Lost Title\n\n  • 2 authors\n·\nMay 2, 2023\n\nA Title\n\n{ABSTRACT}", "missing-abstract", 1),
        (f"Lost Title\n\nA Title\n\n{ABSTRACT}", "missing-abstract", 1),
        (f"A Title\n\n{ABSTRACT}\n\nLost Title", "missing-abstract", 5),
        (f"A Title\n\n{ABSTRACT}\n\n{ABSTRACT}", "missing-title", 5),
    ],
)
def test_hf_pages_reports_text_without_partner(tmp_path: Path, text: str, reason: str, line: int) -> None:
    """A title without abstract, or an abstract without title, is reported and shifts no other paper."""
    path = page(tmp_path, text)
    papers, notes = take(path)
    assert [(paper.title, paper.abstract, paper.date) for paper in papers] == [("A Title", ABSTRACT.strip(), "")]
    assert [(note.origin, note.reason) for note in notes] == [(f"{path}:{line}", reason)]


def test_hf_pages_reports_unreadable_line(tmp_path: Path) -> None:
    """A line that is no text is reported and costs only its own paper."""
    path = tmp_path / "page.txt"
    path.write_bytes(b"Lost Title\n\nWe \xff brew.\n\nA Title\n\n" + ABSTRACT.encode())
    papers, notes = take(path)
    assert [paper.title for paper in papers] == ["A Title"]
    assert [note.reason for note in notes] == ["invalid-utf8", "missing-abstract"]


def test_hf_pages_without_paper_is_empty(tmp_path: Path) -> None:
    """A page of furniture alone is reported as empty."""
    path = page(tmp_path, "new\n\nSubscribe\n\nbyAK and the research community\n")
    assert [note.reason for note in take(path, format="")[1]] == ["empty-file"]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the annotated papers are not beside the checkout")
def test_hf_pages_reads_real_pages_exactly() -> None:
    """Five real pages give the 215 papers that stand on them, letter for letter, and nothing else."""
    papers, notes = take(SHARED / "hf_pages", format="")
    with (SHARED / "papers.jsonl").open(encoding="utf-8") as rows:
        wanted = {(row["title"], row["abstract"]) for row in map(json.loads, rows)}
    assert len(wanted) == 215
    assert {(paper.title, paper.abstract) for paper in papers} == wanted
    assert {note.reason for note in notes} == {"duplicate"}
