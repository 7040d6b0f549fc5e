"""The page to ask from, in a browser: it runs questions, shows errors where they stand, and needs no other server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.graph import fold
from tests import test_browser, test_server_pages
from tests.rdf_fixture import RECORDS
from tests.served import Served, serving

pytest.importorskip("uvicorn", reason="the serve extra is not installed")
pytestmark = pytest.mark.browser
browser = test_browser.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the fixture graph and a hostile paper."""
    folder = fold((*RECORDS, test_server_pages._evil())).write(tmp_path_factory.mktemp("served") / "graph")
    with serving(folder, limits="workers=2, timeout=2.0") as running:
        yield running


@pytest.fixture
def page(browser: Any, server: Served, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Open the page; at the end make sure that it complained of nothing and asked no other server."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **getattr(request, "param", {})})
    opened = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda asked: requests.append(asked.url))
    opened.goto(f"{server.address}/")
    status(opened, "row")
    yield opened
    # That an answer was refused is no fault of the page.
    assert [text for text in complaints if "Failed to load resource" not in text] == []
    assert [url for url in requests if not url.startswith((server.address, "data:", "blob:"))] == []
    assert opened.title() != "run"
    context.close()


def status(page: Any, text: str) -> str:
    """Wait until the page says something of its last answer, and return it."""
    page.locator("#status", has_text=text).wait_for()
    return str(page.inner_text("#status"))


def ask(page: Any, query: str) -> None:
    """Type a query and run it from the keyboard."""
    page.fill("#query", query)
    page.press("#query", "Control+Enter")


def test_page_runs_a_ready_question(page: Any) -> None:
    """A question is chosen, a parameter changed, and the table links to the pages of things and to the graph."""
    page.fill("#filter", "outperform")
    page.get_by_role("button", name="outperform").first.click()
    status(page, "row")
    page.fill("#filter", "best first")
    page.get_by_role("button", name=re.compile("best first")).first.click()
    field = page.locator("#parameters input[name=dataset]")
    field.fill("BenchA")
    field.press("Enter")
    status(page, "3 rows")
    assert 'VALUES ?dataset { "bencha" }' in page.input_value("#query")
    assert page.inner_text("#answer thead").split("\t")[0] == "metric name"
    link = page.get_by_role("link", name="BetaNet", exact=True).first
    assert link.get_attribute("href") == "/model/betanet"
    assert page.locator("#answer .spot").first.get_attribute("href").startswith("/graph#node=")
    page.locator("#all input").check()
    assert "sentence" in page.inner_text("#answer thead")
    assert "name=leaderboard" in page.url
    assert "dataset=BenchA" in page.url
    link.click()
    assert page.inner_text("h1") == "BetaNet"
    page.get_by_role("link", name="show in graph").click()
    page.wait_for_selector("#graph canvas")
    assert "BetaNet" in page.inner_text("#panel")


def test_page_runs_a_query_from_the_keyboard(page: Any) -> None:
    """Ctrl+Enter runs what is typed; tables, truth values and graphs are shown, and the address keeps the query."""
    ask(page, "SELECT ?m (1.5 AS ?n) { ?m a kg:Model } ORDER BY ?m")
    status(page, "4 rows")
    assert page.locator("#answer td.figure").first.inner_text() == "1.5"
    assert page.inner_text("#title") == "SPARQL"
    ask(page, "ASK { ?s a kg:Nothing }")
    status(page, "No, in")
    ask(page, "DESCRIBE model:alphanet")
    status(page, "A graph, in")
    assert "AlphaNet" in page.inner_text("#answer pre")
    page.reload()
    status(page, "A graph, in")
    assert page.input_value("#query") == "DESCRIBE model:alphanet"
    ask(page, "SELECT * { ?s a kg:Nothing }")
    status(page, "0 rows")
    assert "Nothing in the graph fits" in page.inner_text("#answer")


def test_page_colours_the_query(page: Any) -> None:
    """Keywords, variables, names, texts and comments have colours, and the coloured text is the text typed."""
    text = 'SELECT ?x { # why\n  ?x kg:uses "a <b> 😀" , 12 , <urn:x#y> }'
    page.fill("#query", text)
    colours = {
        kind: page.locator(f"#colours .{kind}").first.inner_text()
        for kind in ("keyword", "variable", "comment", "name", "string", "number", "iri")
    }
    assert colours == {
        "keyword": "SELECT",
        "variable": "?x",
        "comment": "# why",
        "name": "kg:uses",
        "string": '"a <b> 😀"',
        "number": "12",
        "iri": "<urn:x#y>",
    }
    assert page.text_content("#colours") == f"{text}\n"
    boxes = [page.locator(name).bounding_box() for name in ("#colours", "#query")]
    assert boxes[0] == boxes[1]


def test_page_shows_an_error_where_it_stands(page: Any) -> None:
    """A mistake is marked at its place in the editor, explained below, and one click puts the cursor there."""
    ask(page, 'SELECT * {\n  ?s ?p "😀" . ) }')
    page.wait_for_selector("#problem:not([hidden])")
    assert page.inner_text("#problem").startswith("line 2, column ")
    assert page.locator("#colours .bad").count() == 1
    page.locator("#problem button").click()
    assert page.evaluate("() => document.activeElement.id") == "query"
    page.keyboard.press("End")
    page.keyboard.type(" ")
    assert page.locator("#problem").is_hidden()
    assert page.locator("#colours .bad").count() == 0


def test_page_says_when_a_query_is_refused_or_too_slow(page: Any) -> None:
    """A refusal and a stopped query are explained, a running query can be stopped, and the page goes on."""
    ask(page, "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    page.locator("#problem", has_text="SERVICE is refused").wait_for()
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    ask(page, slow)
    page.locator("#problem", has_text="longer than 2 s").wait_for()
    ask(page, slow)
    page.get_by_role("button", name="Stop").click()
    page.locator("#problem", has_text="Stopped.").wait_for()
    ask(page, "ASK { ?s a kg:Model }")
    status(page, "Yes, in")


def test_page_gives_files(page: Any, tmp_path: Path) -> None:
    """The answer can be saved as CSV and JSON."""
    ask(page, "SELECT ?name { ?m a kg:Model ; skos:prefLabel ?name } ORDER BY ?name LIMIT 1")
    status(page, "1 row")
    contents = {}
    for label in ("CSV", "JSON"):
        with page.expect_download() as saved:
            page.get_by_role("button", name=label, exact=True).click()
        saved.value.save_as(tmp_path / label)
        contents[label] = (saved.value.suggested_filename, (tmp_path / label).read_text(encoding="utf-8"))
    assert contents["CSV"] == ("answer.csv", "name\nAlphaNet\n") or contents["CSV"][1].split() == ["name", "AlphaNet"]
    assert contents["JSON"][0] == "answer.json"
    assert json.loads(contents["JSON"][1])["results"]["bindings"][0]["name"]["value"] == "AlphaNet"


def test_page_runs_no_hostile_text(page: Any, server: Served) -> None:
    """Markup in names and sentences is shown in tables and pages, and none of it runs."""
    ask(page, "SELECT ?m ?alias { ?m skos:altLabel ?alias FILTER(CONTAINS(?alias, 'script')) }")
    status(page, "1 row")
    assert "<script>" in page.inner_text("#answer")
    page.goto(f"{server.address}/model/evilnet")
    page.wait_for_timeout(200)
    assert "<script>" in page.inner_text("main")
    assert page.locator("main script, main img").count() == 0


@pytest.mark.parametrize(
    "page", [{"viewport": {"width": 390, "height": 844}}, {"color_scheme": "dark"}], indirect=True, ids=["390", "dark"]
)
def test_page_fits_small_and_dark_screens(page: Any, server: Served) -> None:
    """Nothing is wider than a narrow screen but the table in its own frame, and text is readable in the dark."""
    for path in ("/", "/model/alphanet", "/model/alphanett", "/" + "model/evilnet"):
        page.goto(f"{server.address}{path}")
        page.wait_for_selector("main h1")
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
        colours = page.evaluate("() => ['color', 'backgroundColor'].map((n) => getComputedStyle(document.body)[n])")
        ink, paper = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
        assert abs(ink - paper) > 400
