"""The page in a browser: it opens without a network, answers search and clicks, and runs no hostile text."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kg.exporters import html
from kg.graph import fold
from kg.model import Paper, Record
from kg.pipeline import extract
from tests.browsing import ALARM, CHROMIUM, HOSTILE, QUIET, Visit, crowd, graph, hostile
from tests.conftest import ROOT, fastest

pytestmark = pytest.mark.browser
if TYPE_CHECKING:
    from collections.abc import Iterator

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
SQUARE = """() => {
  const frame = document.querySelector("#graph").getBoundingClientRect();
  const canvas = document.querySelector("#graph canvas");
  const ink = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let [x, y, found] = [0, 0, 0];
  for (let i = 0; i < ink.length; i += 4) {
    if (ink[i] !== 0 || ink[i + 1] !== 158 || ink[i + 2] !== 115 || ink[i + 3] !== 255) continue;
    x += (i / 4) % canvas.width;
    y += Math.floor(i / 4 / canvas.width);
    found += 1;
  }
  const scale = frame.width / canvas.width;
  return found ? [frame.left + (x / found) * scale, frame.top + (y / found) * scale] : null;
}"""
"""Where the squares of the colour of datasets stand on the screen."""
FOCUS = """() => {
  const here = document.activeElement;
  return [here.id || here.closest("[id]")?.id, getComputedStyle(here).outlineStyle];
}"""
FINDINGS = """axe.run().then((found) => found.violations.map((each) =>
  [each.impact, each.id, each.nodes.map((node) => node.html.slice(0, 160) + node.failureSummary)]))"""
AXE = ROOT / "output" / "axe" / "package" / "axe.min.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start the Chromium of the system; no browser is ever downloaded."""
    if CHROMIUM is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the path")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield running
        running.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page once for all tests."""
    return html.write(graph(), tmp_path_factory.mktemp("page") / "graph.html", title="Test graph")


@pytest.fixture
def visit(browser: Any, path: Path) -> Iterator[Visit]:
    """Open the page, and make sure at the end that it stayed quiet and offline."""
    opened = Visit(browser, path)
    yield opened
    assert opened.quiet(), (opened.complaints, opened.dialogs, opened.requests)
    assert opened.page.title() == "Test graph"
    opened.page.context.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the bundled papers and return the page."""
    import kg

    return html.write(
        kg.build(kg.read(ROOT / "kg" / "data" / "demo" / "papers.jsonl")),
        tmp_path_factory.mktemp("demo") / "graph.html",
    )


# ---------------------------------------------------------------- the overview


def test_page_opens_on_an_overview_and_says_how_much_it_shows(visit: Visit) -> None:
    """The first picture is of the best supported entities, and the panel says what to do first."""
    assert visit.page.inner_text("#counts") == "4 papers · 6 entities · 8 relations · 4 results"
    assert visit.page.inner_text("#status").startswith("6 of 6 entities")
    assert visit.panel().startswith("Start here")


def test_page_has_ink_on_its_canvas(visit: Visit) -> None:
    """Something is drawn: the canvas holds the colours of the legend."""
    visit.page.wait_for_timeout(300)
    count = visit.page.evaluate(
        "() => { const c = document.querySelector('#graph canvas');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }"
    )
    assert count > 500


# ---------------------------------------------------------------- find


def test_search_finds_by_alias_and_enter_opens_it(visit: Visit) -> None:
    """The slash key, an alias in another spelling, Enter: the panel shows the entity."""
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("fancy-namesake 2")
    assert visit.page.get_attribute("#query", "aria-expanded") == "true"
    visit.page.keyboard.press("Enter")
    assert visit.page.inner_text("#panel h2") == "Foonet2"
    assert "node=model/foonet2" in visit.page.url


def test_search_walks_suggestions_with_arrow_keys(visit: Visit) -> None:
    """Arrow down moves to the next match, and Escape closes the list."""
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("foonet")
    visit.page.keyboard.press("Escape")
    assert visit.page.locator("#suggestions").is_hidden()
    visit.page.keyboard.press("/")
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("Enter")
    assert visit.page.inner_text("#panel h2") == "Foonet1"


def test_search_finds_papers_by_words_of_their_title(visit: Visit) -> None:
    """Words in any order find a title, and the paper opens with its text marked."""
    visit.page.fill("#query", "script img 3")
    visit.page.keyboard.press("Enter")
    assert ALARM in visit.page.inner_text("#panel h2")
    assert "Foonet3" in visit.page.locator("#panel .abstract mark").all_inner_texts()


def test_search_says_when_nothing_is_found(visit: Visit) -> None:
    """An unknown name gets an answer, not an empty box."""
    visit.page.fill("#query", "no such thing")
    assert "Nothing is called" in visit.page.inner_text("#suggestions")


# ---------------------------------------------------------------- follow


def test_relation_shows_its_sentence_with_both_names_marked(visit: Visit) -> None:
    """From an entity to a relation: the sentence, its names marked, paper, rule and confidence."""
    visit.go("#node=model/foonet1")
    visit.page.locator("#panel .row", has_text="Barset").first.click()
    claim = visit.page.locator("#panel .claim", has_text="Foonet1 trained on Barset")
    assert claim.locator("blockquote").inner_text() == "Foonet1 is trained on Barset and reaches 81.5% accuracy."
    assert claim.locator("mark").all_inner_texts() == ["Foonet1", "Barset"]
    for said in ("trained.cue", "2021-05-01", "90% sure", "example.org"):
        assert said in visit.panel()


def test_click_on_a_line_shows_the_relation(visit: Visit) -> None:
    """A click between two nodes selects the line that joins them."""
    visit.go("#around=model/foonet1")
    visit.page.wait_for_timeout(500)
    middle = visit.page.evaluate(
        "() => { const c = document.querySelector('#graph canvas'); return [c.clientWidth, c.clientHeight]; }"
    )
    assert min(middle) > 200
    visit.page.locator("#panel .row", has_text="Barset").first.click()
    assert visit.page.inner_text("#panel .kind") == "Evidence"
    assert "edge=" in visit.page.url


def test_click_on_a_node_shows_its_card(visit: Visit) -> None:
    """In a neighbourhood the centre stands in the middle; a click on it keeps its card."""
    visit.go("#around=dataset/barset&node=model/foonet1")
    assert visit.page.inner_text("#panel h2") == "Foonet1"
    visit.page.wait_for_timeout(500)
    hit = visit.page.evaluate(SQUARE)
    assert hit, "no square of the colour of datasets is drawn"
    visit.page.mouse.click(*hit)
    visit.page.wait_for_timeout(400)
    assert visit.page.inner_text("#panel h2") == "Barset"


def test_results_show_value_measure_and_target_with_the_sentence(visit: Visit) -> None:
    """An entity's numbers stand with what they measure, and the number is marked in its sentence."""
    visit.go("#node=model/foonet1")
    result = visit.page.locator("#panel figure", has_text="results.near")
    assert result.locator("p").inner_text() == "81.5% accuracy on Barset"
    assert result.locator("mark").all_inner_texts() == ["Foonet1", "Barset", "81.5", "accuracy"]


def test_links_lead_to_web_addresses_only(visit: Visit) -> None:
    """A paper's https address is a link out, a javascript one is none; all others lead to the page itself."""
    visit.go("#node=dataset/barset")
    links = visit.page.locator("#panel a").evaluate_all("all => all.map((a) => a.href)")
    assert {link for link in links if not link.startswith(f"{visit.url}#node=")} == {"https://example.org/paper"}


def test_neighbours_can_be_added_and_hidden_again(visit: Visit) -> None:
    """A node's neighbours come and go with a button, and a node can be hidden."""
    visit.go("#around=model/foonet0&node=dataset/barset")
    assert visit.page.inner_text("#status").startswith("2 of 6")
    visit.page.get_by_role("button", name="Add neighbours").click()
    assert visit.page.inner_text("#status").startswith("5 of 6")
    visit.page.get_by_role("button", name="Hide neighbours").click()
    assert visit.page.inner_text("#status").startswith("2 of 6")
    visit.page.get_by_role("button", name="Hide", exact=True).click()
    assert visit.page.inner_text("#status").startswith("1 of 6")
    visit.page.get_by_text("1 hidden: show").click()
    assert visit.page.inner_text("#status").startswith("2 of 6")


def test_depth_widens_the_neighbourhood(visit: Visit) -> None:
    """One step from a model is its dataset, two steps are the other models trained on it."""
    visit.go("#around=model/foonet0")
    assert visit.page.inner_text("#status").startswith("2 of 6")
    visit.page.locator("#where").get_by_role("button", name="Within 2 steps").click()
    assert visit.page.inner_text("#status").startswith("5 of 6")
    assert "depth=2" in visit.page.url


def test_path_joins_two_nodes_with_their_sentences(visit: Visit) -> None:
    """The shortest way between two models leads over their dataset, each step with its sentence; keyboard only."""
    visit.go("#node=model/foonet0")
    visit.page.get_by_role("button", name="Path to").press("Enter")
    visit.page.keyboard.type("foonet3")
    visit.page.keyboard.press("Enter")
    assert visit.page.inner_text("#panel h2") == "Foonet0 → Foonet3"
    assert "2 steps" in visit.panel()
    assert visit.page.locator("#panel .claim h3").all_inner_texts() == [
        "Foonet0 trained on Barset",
        "Foonet3 trained on Barset",
    ]


def test_back_and_forward_walk_the_trail(visit: Visit) -> None:
    """The page's buttons and the browser's history are the reader's trail."""
    visit.page.locator("#panel .row", has_text="Foonet1").first.click()
    visit.page.locator("#panel .row", has_text="Barset").first.click()
    visit.page.locator("#back").click()
    visit.page.wait_for_timeout(150)
    assert visit.page.inner_text("#panel h2") == "Foonet1"
    visit.page.locator("#forward").click()
    visit.page.wait_for_timeout(150)
    assert "Barset" in visit.page.inner_text("#panel h2")
    visit.page.keyboard.press("Escape")
    assert visit.page.inner_text("#panel h2") == "Start here"


# ---------------------------------------------------------------- filter


def test_type_filter_hides_and_shows(visit: Visit) -> None:
    """The legend is the filter: a press hides a type and everything that hangs on it, and counts follow."""
    button = visit.page.locator("#types button", has_text="Dataset")
    relation = visit.page.locator("#relations button", has_text="trained on").last
    assert relation.inner_text().split("\n")[-1] == "4"
    button.press("Enter")
    assert button.get_attribute("aria-pressed") == "false"
    assert visit.page.inner_text("#status").startswith("5 of 5")
    assert relation.inner_text().split("\n")[-1] == "0"
    assert visit.page.evaluate("document.activeElement.textContent").startswith("Dataset")
    button.press("Enter")
    assert visit.page.inner_text("#status").startswith("6 of 6")


def test_page_opens_at_solid_and_says_what_that_means(visit: Visit) -> None:
    """Confidence begins at the tier that is right nine times in ten, and the page says how often it expects to be."""
    solid = visit.page.get_by_role("button", name="Solid")
    assert solid.get_attribute("aria-pressed") == "true"
    assert "about 85% are right" in visit.page.inner_text("#right")
    visit.page.get_by_role("button", name="Very sure").click()
    assert visit.page.locator("#confidence").input_value() == "0.9"
    visit.page.locator("#confidence").fill("0.95")
    assert "No relation passes" in visit.page.inner_text("#right")


def test_years_and_support_narrow_what_counts(visit: Visit) -> None:
    """Outside the years a paper supports nothing, and an entity of fewer papers than asked for is not shown."""
    visit.page.select_option("#to", "2021")
    assert visit.page.inner_text("#status").startswith("4 of 4")
    assert "Barset" in visit.panel()
    assert "to=2021" in visit.page.url
    visit.page.locator("#support").fill("2")
    assert visit.page.inner_text("#status").startswith("2 of 2")


def test_address_reopens_the_view(browser: Any, path: Path) -> None:
    """Selection, filters, depth and tab stand in the address; a copy of it shows the same view."""
    first = Visit(browser, path, address="#around=dataset/barset&depth=2&edge=dataset/barset+model/foonet1")
    first.page.locator("#types button", has_text="Metric").click()
    second = Visit(browser, path, address=first.page.url.removeprefix(first.url))
    assert second.panel() == first.panel()
    assert second.page.inner_text("#status") == first.page.inner_text("#status")
    assert second.page.locator("#types button", has_text="Metric").get_attribute("aria-pressed") == "false"
    second.page.reload()
    assert "Foonet1 trained on Barset" in second.panel()


def test_address_of_an_unknown_thing_says_so(visit: Visit) -> None:
    """A link to what this graph does not hold opens the overview and says what is missing."""
    visit.go("#node=model/no-such-model")
    assert "This graph holds nothing called “model/no-such-model”." in visit.panel()
    assert "Start here" in visit.panel()


# ---------------------------------------------------------------- tables


def test_tables_sort_and_open_cards(visit: Visit) -> None:
    """A press on a heading sorts, another turns it round, and a name opens its card beside the table."""
    visit.page.get_by_role("tab", name="Models").click()
    heading = visit.page.get_by_role("columnheader", name="Name")
    names = visit.page.locator("#sheet tbody td:first-child")
    heading.get_by_role("button").click()
    assert names.all_inner_texts() == ["Foonet0", "Foonet1", "Foonet2", "Foonet3"]
    heading.get_by_role("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert names.first.inner_text() == "Foonet3"
    names.first.get_by_role("button").click()
    assert visit.page.inner_text("#panel h2") == "Foonet3"
    assert "tab=Model" in visit.page.url


def test_leaderboard_ranks_claims_with_their_sentences(visit: Visit) -> None:
    """A leaderboard shows place, value, model, paper, date and sentence of absolute values."""
    visit.page.get_by_role("tab", name="Leaderboards").click()
    assert visit.page.locator("#board option").all_inner_texts() == ["Barset · accuracy · % (4)"]
    first = visit.page.locator("#sheet tbody tr").first.locator("td").all_inner_texts()
    assert first[1:3] == ["81.5%", "Foonet0"]
    assert "higher is better" in visit.page.inner_text("#sheet")
    assert visit.page.locator("#sheet tbody tr").count() == 4


def _download(visit: Visit, name: str) -> bytes:
    with visit.page.expect_download() as found:
        visit.page.get_by_role("button", name=name).click()
    return Path(found.value.path()).read_bytes()


def test_csv_holds_the_table_and_no_formula(browser: Any, tmp_path: Path) -> None:
    """A download has every row of the table; a cell that a spreadsheet would run stands as text."""
    opened = Visit(browser, html.write(hostile(), tmp_path / "hostile.html"), address="#tab=Model&confidence=0")
    rows = list(csv.reader(io.StringIO(_download(opened, "Download CSV").decode("utf-8-sig"))))
    names = {row[0] for row in rows[1:]}
    assert len(names) == len(HOSTILE)
    assert '\'=HYPERLINK("http://evil.example")' in names
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_pictures_show_the_view(visit: Visit) -> None:
    """PNG and SVG of the view can be kept; the SVG is well-formed and names what it shows."""
    visit.go("#node=model/foonet1")
    visit.page.wait_for_timeout(400)
    assert _download(visit, "PNG").startswith(b"\x89PNG")
    svg = ET.fromstring(_download(visit, "SVG"))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert {"Foonet1", "Barset"} <= {element.text for element in svg.iter("{http://www.w3.org/2000/svg}title")}


# ---------------------------------------------------------------- hostile text


def test_hostile_text_is_text_everywhere(browser: Any, tmp_path: Path) -> None:
    """Every card, table and search of a page of attacks shows them: no dialog, no request, no error, no element."""
    opened = Visit(browser, html.write(hostile(), tmp_path / "hostile.html", title=ALARM), address="#confidence=0")
    assert opened.page.title() == ALARM
    keys = opened.page.evaluate("JSON.parse(document.getElementById('data').textContent).nodes.key")
    for key in keys:
        opened.page.evaluate("key => { location.hash = new URLSearchParams({ around: key, confidence: 0 }); }", key)
        opened.page.wait_for_timeout(30)
        for edge in opened.page.locator("#panel .row").all()[:1]:
            edge.click()
    for tab in opened.page.locator("#tabs button").all():
        tab.click()
    for attack in HOSTILE:
        opened.page.fill("#query", attack.replace("\ud800", ""))
    assert (
        opened.page.locator("main img, main script, main iframe, main svg:not(.glyph), a[href^=javascript]").count()
        == 0
    )
    assert opened.quiet(), (opened.complaints, opened.dialogs, opened.requests)


def test_hostile_titles_are_shown_as_they_are(visit: Visit) -> None:
    """Markup in a title or alias is read, never run."""
    visit.go("#node=model/foonet0")
    assert ALARM in visit.panel()
    visit.page.locator("#panel .link", has_text="onerror").first.click()
    assert ALARM in visit.panel()


def test_notebook_frame_shows_the_page(browser: Any, tmp_path: Path) -> None:
    """The frame that a notebook shows draws, searches and walks back inside its sandbox, without a complaint."""
    outer = tmp_path / "notebook.html"
    outer.write_text(f"<meta charset=utf-8><p>cell</p>{graph().show(around='Foonet1')._repr_html_()}", encoding="utf-8")
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(outer.as_uri())
    frame = page.frame_locator("iframe")
    assert frame.locator("#panel h2").inner_text() == "Foonet1"
    frame.locator("#query").fill("Foonet2")
    frame.locator("#query").press("Enter")
    assert frame.locator("#panel h2").inner_text() == "Foonet2"
    frame.locator("#back").click()
    assert frame.locator("#panel h2").inner_text() == "Foonet1"
    assert complaints == []


@pytest.mark.parametrize("records", [[], [Record("a", "", "", "0", "0")]])
def test_graph_of_nothing_opens_quietly(browser: Any, tmp_path: Path, records: list[Record]) -> None:
    """No paper, or a paper of no text, is a page of nothing in every tab, without an error."""
    opened = Visit(browser, html.write(fold(records), tmp_path / "empty.html"))
    for tab in opened.page.locator("#tabs button").all():
        tab.click()
    opened.go("#view=all")
    assert opened.page.inner_text("#status").startswith("0 of 0")
    assert opened.quiet(), opened.complaints


# ---------------------------------------------------------------- for everyone


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_system_and_can_be_switched(browser: Any, path: Path, scheme: str) -> None:
    """The page opens in the system's theme; the button changes it."""
    opened = Visit(browser, path, color_scheme=scheme)
    assert opened.page.evaluate("document.documentElement.dataset.theme") == scheme
    opened.page.locator("#theme").click()
    assert opened.page.evaluate("document.documentElement.dataset.theme") != scheme
    assert opened.complaints == []


@pytest.mark.parametrize("width", [360, 390, 820, 1280, 1920])
def test_page_never_scrolls_sideways(browser: Any, path: Path, width: int) -> None:
    """Every width shows the graph and all controls without cutting them, and no panel scrolls sideways."""
    opened = Visit(browser, path, viewport={"width": width, "height": 800}, address="#node=model/foonet1")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.locator("#graph").bounding_box()["width"] >= min(width, 320)
    for part in ("#panel", "#filters"):
        box = opened.page.locator(part)
        if box.is_visible():
            assert box.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, part
    for button in opened.page.locator("button:visible").all():
        place = button.bounding_box()
        inside = button.evaluate("e => Boolean(e.closest('#tabs'))")
        assert inside or place["x"] + place["width"] <= width, button.inner_text()


def test_everything_can_be_reached_by_keyboard(visit: Visit) -> None:
    """Tab reaches search, tabs, filters, drawing and card, and what has the focus shows it."""
    seen = []
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        seen.append(visit.page.evaluate(FOCUS))
    assert {"query", "tab-graph", "types", "relations", "graph", "panel", "fit"} <= {name for name, _ in seen}
    assert {style for name, style in seen if name} <= {"solid", "auto"}
    visit.page.locator("#graph").focus()
    visit.page.keyboard.press("n")
    assert visit.page.inner_text("#panel h2") == "Barset"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "address",
    [
        "",
        "#node=model/foonet1",
        "#edge=dataset/barset+model/foonet1",
        "#path=model/foonet0+model/foonet1",
        "#tab=boards",
        "#tab=Model",
    ],
)
def test_axe_finds_nothing_serious(browser: Any, path: Path, address: str, scheme: str) -> None:
    """axe-core has no serious or critical finding in any state of the page, in either theme."""
    if not AXE.is_file():
        pytest.skip("axe-core is not here: `make axe` fetches it")
    opened = Visit(browser, path, address=address, color_scheme=scheme)
    opened.page.wait_for_timeout(300)
    opened.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = opened.page.evaluate(FINDINGS)
    assert [violation for violation in found if violation[0] in ("serious", "critical")] == []


# ---------------------------------------------------------------- size


def test_page_is_usable_in_three_seconds(browser: Any, tmp_path: Path) -> None:
    """A graph of 300 papers answers a search three seconds after it was opened, file and all."""
    large = html.write(graph(300), tmp_path / "large.html")

    def search() -> None:
        opened = Visit(browser, large)
        opened.page.keyboard.press("/")
        opened.page.keyboard.type("Foonet299")
        opened.page.keyboard.press("Enter")
        assert opened.page.inner_text("#panel h2") == "Foonet299"

    assert fastest(search, enough=3) < 3


def test_page_of_350_papers_would_stay_small(demo: Path) -> None:
    """With the space that each bundled paper takes, a page of 350 papers stays below 2.5 MB."""
    whole = demo.stat().st_size
    data = len(demo.read_text(encoding="utf-8").partition('type="application/json">')[2].partition("</script>")[0])
    assert (whole - data) + data * 350 / 60 < 2_500_000


@pytest.mark.slow
def test_large_graph_opens_with_the_best_supported_part(browser: Any, tmp_path: Path) -> None:
    """Of a thousand entities the overview shows what the screen can label; more come by a click, up to a cap."""
    opened = Visit(browser, html.write(crowd(150), tmp_path / "large.html"))
    first = int(opened.page.inner_text("#status").split()[0])
    assert 20 <= first <= 90
    opened.page.get_by_text("Show more").click()
    assert int(opened.page.inner_text("#status").split()[0]) > first
    opened.page.get_by_text("Map of all").click()
    assert int(opened.page.inner_text("#status").split()[0]) == 400
    assert opened.quiet()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "address", "context"),
    [
        ("overview", "", {}),
        ("node-card", "#node=model/bert", {}),
        ("edge-evidence", "#around=model/roberta&edge=dataset/glue+model/roberta", {}),
        ("leaderboard", "#tab=boards", {}),
        ("dark", "#node=model/vit&depth=2", {"color_scheme": "dark"}),
        ("phone", "#node=model/roberta", {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}),
    ],
)
def test_screenshots_are_taken_of_a_quiet_page(
    browser: Any, demo: Path, name: str, address: str, context: dict[str, Any]
) -> None:
    """The pictures for people to judge are of the bundled papers; no label in them covers another."""
    folder = ROOT / "output" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    opened = Visit(browser, demo, address=address, **{"viewport": {"width": 1440, "height": 900}, **context})
    opened.page.wait_for_timeout(700)
    opened.page.screenshot(path=folder / f"{name}.png")
    assert (folder / f"{name}.png").stat().st_size > 20_000
    if "tab=" not in address:
        assert _overlaps(browser, _download(opened, "SVG")) == []
    assert opened.quiet(), (opened.complaints, opened.dialogs, opened.requests)


def _overlaps(browser: Any, svg: bytes) -> list[list[str]]:
    """Return the labels of a picture that cover each other; lines of one label may touch."""
    page = browser.new_page()
    page.set_content(svg.decode())
    found: list[list[str]] = page.evaluate(
        """() => {
      const boxes = [...document.querySelectorAll("text")].map((each) => [each.textContent, each.getBBox()]);
      const apart = (a, b) => a.x + a.width <= b.x + 1 || b.x + b.width <= a.x + 1
        || a.y + a.height <= b.y + 5 || b.y + b.height <= a.y + 5;
      return boxes.flatMap(([text, box], i) => boxes.slice(i + 1)
        .flatMap(([other, its]) => apart(box, its) ? [] : [[text, other]]));
    }"""
    )
    page.close()
    return found


def test_card_links_to_what_lexicons_identify(browser: Any, tmp_path: Path) -> None:
    """The card of a known thing links to its paper and its item elsewhere, without asking anything of them."""
    read = fold(extract([Paper("a", "A study of BERT", "We fine-tune BERT on GLUE.")]))
    opened = Visit(browser, html.write(read, tmp_path / "page.html"), address="#node=model/bert")
    links = opened.page.locator("#panel a[target=_blank]")
    assert [links.nth(i).get_attribute("href") for i in range(links.count())] == [
        "https://arxiv.org/abs/1810.04805",
        "http://www.wikidata.org/entity/Q61726893",
    ]
    assert opened.quiet()
