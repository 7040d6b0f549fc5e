"""The page in a browser: it opens without a network, answers search and clicks, and runs no hostile text."""

from __future__ import annotations

import shutil
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from kg.exporters import html
from kg.graph import KnowledgeGraph, fold
from kg.model import Claim, Entity, Mention, Record, Result
from tests.conftest import fastest

pytestmark = pytest.mark.browser
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ALARM = "<img src=x onerror=\"document.title='run'\"></script><script>document.title='run'</script>"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--no-sandbox --disable-gpu --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update"
)


def _paper(number: int) -> Record:
    first, second = (
        "We \N{GRINNING FACE} study things.",
        f"Foonet{number} is trained on Barset and reaches 81.5% accuracy.",
    )
    text = f"{first} {second}"
    start, end = len(first) + 1, len(text)

    def entity(name: str, type_: str, *aliases: str) -> Entity:
        at = text.index(name)
        return Entity(name, type_, aliases, False, 0.9, (Mention("abstract", at, at + len(name), name, "names.known"),))

    model = f"Foonet{number}"
    return Record(
        f"p{number}",
        f"{ALARM} {number}",
        text,
        "0",
        "0",
        date="2024-05-01",
        url="https://example.org/paper" if number else "javascript:alert(1)",
        sentences=(("abstract", 0, len(first)), ("abstract", start, end)),
        entities=(
            entity(model, "Model", ALARM, f"Fancy Namesake {number}"),
            entity("Barset", "Dataset"),
            entity("accuracy", "Metric"),
        ),
        relations=(Claim(model, "trainedOn", "Barset", 0.9, "asserted", "abstract", start, end, "trained.cue"),),
        results=(
            Result(model, "Barset", "accuracy", "81.5", "%", "absolute", 0.8, "abstract", start, end, "results.near"),
        ),
    )


def _graph() -> KnowledgeGraph:
    return fold(_paper(number) for number in range(4))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start the Chromium of the system; no browser is ever downloaded."""
    if CHROMIUM is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the path")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield running
        running.close()


class Visit:
    """A page that is open, with what it asked the network for and what it complained of."""

    def __init__(self, browser: Any, path: Path, *, address: str = "", **context: Any) -> None:
        self.page = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context}).new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.url = path.as_uri()
        self.page.goto(self.url + address)
        self.page.wait_for_selector("#graph canvas")

    def panel(self) -> str:
        """Return the text of the panel."""
        return str(self.page.inner_text("#panel"))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page once for all tests."""
    return html.write(_graph(), tmp_path_factory.mktemp("page") / "graph.html", title="Test graph")


@pytest.fixture
def visit(browser: Any, path: Path) -> Iterator[Visit]:
    """Open the page, and make sure at the end that it stayed quiet and offline."""
    opened = Visit(browser, path)
    yield opened
    assert opened.complaints == []
    assert {url.partition("#")[0] for url in opened.requests} == {opened.url}
    assert opened.page.title() == "Test graph"
    opened.page.context.close()


def test_page_draws_every_linked_entity(visit: Visit) -> None:
    """The first picture holds all entities that have a relation, and says how many."""
    assert visit.page.inner_text("#counts") == "4 papers · 6 entities · 8 relations · 4 results"
    assert visit.page.inner_text("#status").startswith("5 of 6 entities shown")
    visit.page.get_by_text("Show them").click()
    assert visit.page.inner_text("#status") == "6 of 6 entities shown"


def test_page_has_ink_on_its_canvas(visit: Visit) -> None:
    """Something is drawn: the canvas holds the colours of the legend."""
    visit.page.wait_for_timeout(300)
    count = visit.page.evaluate(
        "() => { const c = document.querySelector('#graph canvas');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }"
    )
    assert count > 500


def test_search_finds_by_alias_and_enter_opens_it(visit: Visit) -> None:
    """The slash key, an alias in another spelling, Enter: the panel shows the entity."""
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("fancy-namesake 2")
    assert visit.page.get_attribute("#query", "aria-expanded") == "true"
    visit.page.keyboard.press("Enter")
    assert visit.page.inner_text("#panel h2") == "Foonet2"
    assert "node=model%2Ffoonet2" in visit.page.url


def test_search_walks_suggestions_with_arrow_keys(visit: Visit) -> None:
    """Arrow down moves to the next match."""
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("foonet")
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("Enter")
    assert visit.page.inner_text("#panel h2") == "Foonet1"


def test_search_says_when_nothing_is_found(visit: Visit) -> None:
    """An unknown name gets an answer, not an empty box."""
    visit.page.fill("#query", "no such thing")
    assert "Nothing is called" in visit.page.inner_text("#suggestions")


def test_relation_shows_its_sentence_with_both_names_marked(visit: Visit) -> None:
    """From an entity to a relation: the sentence, its names marked, paper, rule and confidence."""
    visit.page.goto(visit.url + "#node=model/foonet1")
    visit.page.locator("#panel .row", has_text="Barset").first.click()
    claim = visit.page.locator("#panel .claim", has_text="Foonet1 trained on Barset")
    assert claim.locator("blockquote").inner_text() == "Foonet1 is trained on Barset and reaches 81.5% accuracy."
    assert claim.locator("mark").all_inner_texts() == ["Foonet1", "Barset"]
    assert "trained.cue" in visit.panel()
    assert "2024-05-01" in visit.panel()
    assert "90% sure" in visit.panel()


def test_click_on_a_line_shows_the_relation(visit: Visit) -> None:
    """A click between two nodes of a shared address selects the line that joins them."""
    visit.page.goto(visit.url + "#node=model/foonet1")
    visit.page.wait_for_timeout(600)
    box = visit.page.locator("#graph").bounding_box()
    visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.page.wait_for_timeout(100)
    assert "Relation" in visit.panel()
    assert "Foonet1 trained on Barset" in visit.panel()


def test_results_table_shows_value_metric_and_target(visit: Visit) -> None:
    """An entity's numbers stand in a table with the sentence below them."""
    visit.page.goto(visit.url + "#node=model/foonet1")
    assert visit.page.locator("#panel tbody td").all_inner_texts()[:4] == ["81.5%", "accuracy", "Foonet1", "Barset"]


def test_links_lead_to_web_addresses_only(visit: Visit) -> None:
    """A paper's https address is a link, a javascript one is not."""
    visit.page.goto(visit.url + "#node=dataset/barset")
    assert set(visit.page.locator("#panel a").evaluate_all("all => all.map((a) => a.href)")) == {
        "https://example.org/paper"
    }


def test_hostile_titles_are_shown_as_text(visit: Visit) -> None:
    """Markup in a title or alias is read, never run; the fixture checks that the title of the page stays."""
    visit.page.goto(visit.url + "#node=model/foonet0")
    assert ALARM in visit.panel()
    visit.page.locator("#panel .link", has_text="onerror").first.click()
    assert ALARM in visit.panel()
    assert visit.page.locator("#panel img, #panel script").count() == 0


def test_type_filter_hides_and_shows(visit: Visit) -> None:
    """The legend is the filter: a press hides a type and everything that hangs on it."""
    button = visit.page.locator("#types button", has_text="Dataset")
    button.press("Enter")
    assert button.get_attribute("aria-pressed") == "false"
    assert visit.page.inner_text("#status").startswith("0 of 6")
    assert visit.page.evaluate("document.activeElement.textContent").startswith("Dataset")
    button.press("Enter")
    assert visit.page.inner_text("#status").startswith("5 of 6")


def test_relation_and_confidence_filters_hide_lines(visit: Visit) -> None:
    """A relation that is switched off, or is less sure than asked for, is not shown."""
    for relation in ("trained on", "evaluated on"):
        visit.page.locator("#relations button", has_text=relation).click()
    assert visit.page.inner_text("#status").startswith("0 of 6")
    visit.page.locator("#reset").click()
    visit.page.locator("#confidence").fill("0.95")
    assert visit.page.inner_text("#status").startswith("0 of 6")


def test_address_reopens_the_view(browser: Any, path: Path) -> None:
    """Selection, filters and search stand in the address; a copy of it shows the same view."""
    first = Visit(browser, path)
    first.page.goto(first.url + "#edge=dataset/barset+model/foonet1")
    first.page.locator("#types button", has_text="Metric").click()
    second = Visit(browser, path, address=first.page.url.removeprefix(first.url))
    assert second.panel() == first.panel()
    assert second.page.locator("#types button", has_text="Metric").get_attribute("aria-pressed") == "false"
    second.page.reload()
    assert "Foonet1 trained on Barset" in second.panel()


def test_back_returns_to_the_previous_selection(visit: Visit) -> None:
    """The browser's history is the reader's trail."""
    visit.page.locator("#panel .row", has_text="Foonet1").first.click()
    visit.page.locator("#panel .row", has_text="Barset").first.click()
    visit.page.get_by_label("Back").click()
    visit.page.wait_for_timeout(100)
    assert visit.page.inner_text("#panel h2") == "Foonet1"
    visit.page.keyboard.press("Escape")
    assert visit.page.inner_text("#panel h2") == "Overview"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_system_and_can_be_switched(browser: Any, path: Path, scheme: str) -> None:
    """The page opens in the system's theme; the button changes it."""
    opened = Visit(browser, path, color_scheme=scheme)
    assert opened.page.evaluate("document.documentElement.dataset.theme") == scheme
    opened.page.locator("#theme").click()
    assert opened.page.evaluate("document.documentElement.dataset.theme") != scheme
    assert opened.complaints == []


@pytest.mark.parametrize("width", [360, 820, 1280, 1920])
def test_page_never_scrolls_sideways(browser: Any, path: Path, width: int) -> None:
    """Every width shows the graph and all controls without cutting them."""
    opened = Visit(browser, path, viewport={"width": width, "height": 800}, address="#node=model/foonet1")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.locator("#graph").bounding_box()["width"] >= min(width, 320)


def test_page_is_usable_in_three_seconds(browser: Any, tmp_path: Path) -> None:
    """A graph of 300 papers answers a search three seconds after it was opened, file and all."""
    large = html.write(fold(_paper(number) for number in range(300)), tmp_path / "large.html")

    def search() -> None:
        opened = Visit(browser, large)
        opened.page.keyboard.press("/")
        opened.page.keyboard.type("Foonet299")
        opened.page.keyboard.press("Enter")
        assert opened.page.inner_text("#panel h2") == "Foonet299"

    assert fastest(search, enough=3) < 3


def _crowd(number: int) -> Record:
    """Return a paper that names forty models, of which each uses the next."""
    names = [f"Model{number}x{i}" for i in range(40)]
    text = " ".join(names)
    places = [(text.index(f"{name} " if name != names[-1] else name), name) for name in names]
    return Record(
        f"p{number}",
        "Many models",
        text,
        "0",
        "0",
        sentences=(("abstract", 0, len(text)),),
        entities=tuple(
            Entity(name, "Model", mentions=(Mention("abstract", at, at + len(name), name, "names.known"),))
            for at, name in places
        ),
        relations=tuple(
            Claim(a, "uses", b, 0.9, "asserted", "abstract", 0, len(text), "uses.cue") for a, b in pairwise(names)
        ),
    )


@pytest.mark.slow
def test_large_graph_opens_with_the_best_supported_part(browser: Any, tmp_path: Path) -> None:
    """More than 1,500 entities: the rest is a click away, and search finds it at once."""
    opened = Visit(browser, html.write(fold(_crowd(number) for number in range(40)), tmp_path / "large.html"))
    assert "1,500 of 1,600 entities shown, only the 1,500 best supported" in opened.page.inner_text("#status")
    opened.page.get_by_text("Show all").click()
    assert opened.page.inner_text("#status") == "1,600 of 1,600 entities shown"
    assert opened.complaints == []
