"""`kg diff`: what came, went and changed between two builds, as text, JSON and a page that is safe to open."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import kg
from kg.views import changelog
from kg.views.difference import diff
from tests.test_build import GOOD, OTHER, run

LATER = {"id": "c", "title": "NewtNet", "abstract": "NewtNet outperforms BERT on GLUE. NewtNet reaches 91.2 on GLUE."}
HOSTILE = {
    "id": "x",
    "title": "<script>alert(1)</script> & \u202etxt",
    "abstract": "We propose Ev<b>ilNet</b>, trained on ImageNet.",
}
Write = Callable[..., Path]


def graph(*rows: dict[str, str]) -> kg.KnowledgeGraph:
    """Return the graph of some papers."""
    return kg.build(kg.Paper(row["id"], row["title"], row["abstract"]) for row in rows)


def test_diff_of_equal_graphs_is_empty() -> None:
    """Nothing came, went or changed between a graph and itself."""
    assert diff(graph(GOOD, OTHER), graph(OTHER, GOOD)).changes == ()


def test_diff_tells_what_came_went_and_changed() -> None:
    """A paper that comes brings entities, claims and results; one that goes takes its own along; support changes."""
    found = diff(graph(GOOD, OTHER), graph(OTHER, LATER))
    assert [c.name for c in found.of("papers", "came")] == ["NewtNet"]
    assert [c.name for c in found.of("papers", "went")] == ["FrogNet"]
    assert "NewtNet (Model)" in [c.name for c in found.of("entities", "came")]
    assert "ImageNet (Dataset)" in [c.name for c in found.of("entities", "went")]
    (glue,) = [c for c in found.of("entities", "changed") if c.name == "GLUE (Dataset)"]
    assert glue.fields == (("papers", "1", "2"),)
    came = {c.name: c for c in found.of("claims", "came")}
    assert came["NewtNet outperforms BERT"].sentence == "NewtNet outperforms BERT on GLUE."
    assert any("91.2" in c.name for c in found.of("results", "came"))
    back = diff(graph(OTHER, LATER), graph(GOOD, OTHER))
    assert [c.id for c in back.of("claims", "went")] == [c.id for c in found.of("claims", "came")]


def test_diff_tells_a_changed_text() -> None:
    """A paper whose abstract changed is told as changed, with both texts."""
    (change,) = diff(graph(GOOD), graph({**GOOD, "abstract": GOOD["abstract"] + " More."})).of("papers", "changed")
    assert change.fields == (("abstract", GOOD["abstract"], GOOD["abstract"] + " More."),)


def test_diff_page_shows_hostile_text_as_text() -> None:
    """Titles and names with markup stand in the page escaped, and the page admits no script at all."""
    page = changelog.page(diff(graph(), graph(HOSTILE)), old="<i>a", new='"b')
    assert "<script" not in page
    assert html.escape("<script>alert(1)</script>") in page
    assert "\u202e" not in page
    assert "&lt;i&gt;a" in page
    assert "default-src 'none'" in page


@pytest.fixture
def folders(tmp_path: Path, papers_file: Write) -> tuple[Path, Path]:
    """Return the folders of two builds."""
    old, new = tmp_path / "old", tmp_path / "new"
    kg.build_folder([papers_file(GOOD, OTHER)], old)
    kg.build_folder([papers_file(OTHER, LATER, name="later.jsonl")], new)
    return old, new


def test_diff_prints_each_format(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Text, JSON and HTML say the same, twice the same bytes; -o writes a file; a wrong format is told."""
    text = run("diff", *folders).stdout
    assert "papers: 1 came, 1 went, 0 changed" in text
    assert "  + NewtNet outperforms BERT" in text
    first, again = (run("diff", *folders, "-f", "json", PYTHONHASHSEED=seed).stdout for seed in "12")
    assert first == again
    assert json.loads(first)["counts"]["papers"] == {"came": 1, "went": 1, "changed": 0}
    assert run("diff", *folders, "-f", "html", "-o", tmp_path / "new.html").stdout == ""
    assert "NewtNet outperforms BERT" in (tmp_path / "new.html").read_text(encoding="utf-8")
    assert len(run("diff", "-q", *folders).stdout.splitlines()) == 4
    done = run("diff", *folders, "-f", "htm")
    assert (done.returncode, "Did you mean 'html'?" in done.stderr) == (1, True)


def test_diff_needs_two_builds(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """A folder without a graph is told by its name."""
    done = run("diff", folders[0], tmp_path / "none")
    assert (done.returncode, "none: there is no graph here" in done.stderr) == (1, True)
