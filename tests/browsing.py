"""What the tests and the benchmark of the page share: the browser, a visit, and graphs made by hand."""

from __future__ import annotations

import shutil
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kg.graph import KnowledgeGraph, fold
from kg.model import Claim, Entity, Mention, Record, Result

if TYPE_CHECKING:
    from pathlib import Path

ALARM = "<img src=x onerror=\"document.title='run'\"></script><script>alert(document.title='run')</script>"
HOSTILE = (
    ALARM,
    "</ScRiPt ><svg onload=alert(1)>",
    "<!--<script>",
    "\"'`onmouseover=alert(1) ${alert(1)} {{7*7}}",
    "right\N{RIGHT-TO-LEFT OVERRIDE}-to-left \N{RIGHT-TO-LEFT MARK}mark",
    "lone \ud800 surrogate and nul \x00",
    "line\u2028para\u2029end & done",
    '=HYPERLINK("http://evil.example")',
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--no-sandbox --disable-gpu --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update"
)


def paper(number: int) -> Record:
    """Return a paper that trains a model on one dataset and measures it, after a sentence with an emoji."""
    first, second = (
        "We \N{GRINNING FACE} study things.",
        f"Foonet{number} is trained on Barset and reaches 81.5% accuracy.",
    )
    text = f"{first} {second}"
    start, end = len(first) + 1, len(text)

    def entity(name: str, type_: str, *aliases: str, sure: float = 0.9) -> Entity:
        at = text.index(name)
        return Entity(
            name, type_, aliases, False, sure, (Mention("abstract", at, at + len(name), name, "names.known"),)
        )

    model = f"Foonet{number}"
    return Record(
        f"p{number}",
        f"{ALARM} {number}",
        text,
        "0",
        "0",
        date=f"{2020 + number % 5}-05-01",
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


def graph(papers: int = 4) -> KnowledgeGraph:
    """Return a graph of such papers."""
    return fold(paper(number) for number in range(papers))


def hostile() -> KnowledgeGraph:
    """Return a graph whose titles, sentences, names, aliases, authors and addresses are all attacks."""
    records = []
    for i, attack in enumerate(HOSTILE):
        text = f"{attack} is trained on {HOSTILE[i - 1]} set."
        names = (attack, f"{HOSTILE[i - 1]} set")
        whole = ("abstract", 0, len(text))

        def entity(name: str, type_: str, text: str = text) -> Entity:
            at = text.rindex(name)
            return Entity(
                name, type_, (f"{name} too",), True, 0.9, (Mention("abstract", at, at + len(name), name, "a.rule"),)
            )

        records.append(
            Record(
                f"p{i}", attack, text, "0", "0", date="2024-01-01<script>", url=f"javascript:alert({i})",
                authors=HOSTILE,
                sentences=(whole,), entities=(entity(names[0], "Model"), entity(names[1], "Dataset")),
                relations=(Claim(names[0], "trainedOn", names[1], 0.9, "asserted", *whole, attack),),
                results=(Result(*names, "", "9<script>", attack, "absolute", 0.9, *whole, attack),),
            )
        )  # fmt: skip
    return fold(records)


def crowd(papers: int, *, fresh: int = 6, lines: int = 20) -> KnowledgeGraph:
    """Return a graph in which each paper brings some models of its own and relates these to well-known ones.

    A paper of 20 lines has 10 that say a name and 10 that relate two of these.
    """
    records = []
    for number in range(papers):
        own = [f"Model{number}x{i}" for i in range(fresh)]
        known = sorted({f"Known{(number * 7 + i * i * 13) % (40 + 9 * i)}" for i in range(lines // 2 - fresh)})
        names = [*own, *known]
        text = f" {' '.join(names)} "
        mentions = [(text.index(f" {n} ") + 1, n) for n in names]
        pairs = [*pairwise(names), *((names[i], names[-1 - i]) for i in range(len(names) // 2 - 1))][: lines // 2]
        records.append(
            Record(
                f"p{number}", f"Many models, number {number}", text, "0", "0", date=f"{2015 + number % 10}-01-01",
                sentences=(("abstract", 0, len(text)),),
                entities=tuple(
                    Entity(n, "Model", confidence=0.9, mentions=(Mention("abstract", at, at + len(n), n, "a.rule"),))
                    for at, n in mentions
                ),
                relations=tuple(
                    Claim(a, "uses", b, 0.9, "asserted", "abstract", 0, len(text), "uses.cue") for a, b in pairs
                ),
            )
        )  # fmt: skip
    return fold(records)


class Visit:
    """A page that is open, with what it asked the network for, what it complained of and what popped up."""

    def __init__(self, browser: Any, path: Path, *, address: str = "", **context: Any) -> None:
        self.page = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context}).new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.url = path.as_uri()
        self.page.goto(self.url + address)
        self.page.wait_for_selector("html[data-ready]")

    def panel(self) -> str:
        """Return the text of the panel."""
        return str(self.page.inner_text("#panel"))

    def go(self, address: str) -> None:
        """Follow an address of the page, as another page's link would."""
        self.page.goto(self.url + address)
        self.page.wait_for_timeout(60)

    def quiet(self) -> bool:
        """Tell whether the page asked for nothing but itself, complained of nothing, and nothing popped up."""
        asked = {url.partition("#")[0] for url in self.requests if not url.startswith(("blob:", "data:"))}
        return asked == {self.url} and not self.complaints and not self.dialogs
