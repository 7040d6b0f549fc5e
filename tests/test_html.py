"""The page as a file: self-contained, inert for hostile text, complete, and the same each time."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from kg import ontology
from kg.errors import QueryError
from kg.exporters import html
from kg.exporters.page_data import columns
from kg.graph import KnowledgeGraph, fold
from kg.model import Claim, Entity, Mention, Record, Result

VIEWER = Path(html.__file__).parents[1] / "data" / "viewer"
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!--<script>",
    "$title ${data} {{7*7}}",
    "line\u2028para\u2029end & done",
    "lone \ud800 surrogate, \x00 nul",
)


def _mention(text: str, name: str) -> Mention:
    start = text.index(name)
    return Mention("abstract", start, start + len(name), name, "names.known")


def _record(number: int = 1, *, title: str = "A title", url: str = "") -> Record:
    """Return a paper whose sentence on training stands after an emoji, which JavaScript counts as two."""
    first, second = "We \N{GRINNING FACE} present Foonet.", "Foonet is trained on Barset and reaches 81.5% accuracy."
    text = f"{first} {second}"
    start, end = len(first) + 1, len(text)
    return Record(
        f"p{number}",
        title,
        text,
        "0",
        "0",
        url=url,
        sentences=(("abstract", 0, len(first)), ("abstract", start, end)),
        entities=(
            Entity("Foonet", "Model", ("the Foo network",), introduced=True, mentions=(_mention(text, "Foonet"),)),
            Entity("Barset", "Dataset", mentions=(_mention(text, "Barset"),)),
            Entity("accuracy", "Metric", mentions=(_mention(text, "accuracy"),)),
        ),
        relations=(Claim("Foonet", "trainedOn", "Barset", 0.9, "asserted", "abstract", start, end, "trained.cue"),),
        results=(
            Result(
                "Foonet", "Barset", "accuracy", "81.5", "%", "absolute", 0.8, "abstract", start, end, "results.near"
            ),
        ),
    )


def _hostile() -> KnowledgeGraph:
    return fold([_record(i, title=title, url="javascript:alert(1)") for i, title in enumerate(HOSTILE)])


class _Elements(HTMLParser):
    """Collect the elements of a page, and the text of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}", {}))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("script", "style"):
            self.texts[-1] += data


def _page(graph: KnowledgeGraph, folder: Path, *, title: str = "Test") -> str:
    return html.write(graph, folder / "graph.html", title=title).read_text(encoding="utf-8")


def _data(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.S)
    assert found
    return dict(json.loads(found[1]))


def test_write_returns_its_path(tmp_path: Path) -> None:
    """The exporter says where the page is."""
    assert html.write(fold([_record()]), tmp_path / "a.html") == tmp_path / "a.html"


def test_page_loads_nothing_from_outside(tmp_path: Path) -> None:
    """No element points to another file, and no style imports one."""
    page = _Elements(_page(_hostile(), tmp_path))
    addresses = [
        v for _, attributes in page.found for name, v in attributes.items() if name in ("src", "href", "srcset")
    ]
    assert addresses == ["data:,"]
    assert not [text for text in page.texts if "@import" in text or "sourceMappingURL=" in text]
    assert not re.search(r"url\(\s*['\"]?(?!data:)", page.texts[0])


def test_page_policy_admits_only_its_own_scripts_and_style(tmp_path: Path) -> None:
    """The policy names the hash of each script and style, and forbids every connection."""
    page = _Elements(_page(_hostile(), tmp_path))
    policy = next(
        a["content"] for tag, a in page.found if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "connect-src 'none'" in policy
    assert "unsafe" not in policy
    style, _, library, script = page.texts
    for text in (style, library, script):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy


def test_page_keeps_hostile_titles_as_data(tmp_path: Path) -> None:
    """Markup in a title is neither an element nor the end of one."""
    page = _page(_hostile(), tmp_path, title=HOSTILE[0])
    tags = [tag for tag, _ in _Elements(page).found]
    assert tags.count("script") == 3
    assert "img" not in tags
    assert _data(page)["title"] == HOSTILE[0]


def test_page_keeps_every_title_readable(tmp_path: Path) -> None:
    """A title arrives as it was written, but for what UTF-8 cannot hold."""
    titles = {paper["title"] for paper in _data(_page(_hostile(), tmp_path))["papers"]}
    assert titles == {title.replace("\ud800", "\N{REPLACEMENT CHARACTER}") for title in HOSTILE}


def test_page_holds_every_sentence_and_span_in_javascript_offsets(tmp_path: Path) -> None:
    """Offsets count UTF-16 units, so that an emoji does not shift the highlighted words."""
    graph = fold([_record()])
    data = _data(_page(graph, tmp_path))
    units = data["papers"][0]["abstract"].encode("utf-16-le")

    def cut(start: int, end: int) -> str:
        return units[2 * start : 2 * end].decode("utf-16-le")

    sentences = {graph.sentence(e, paper=a.paper) for a in graph.assertions for e in a.evidence}
    rows = [row for claims in data["edges"]["claims"] for claim in claims for row in claim[4]]
    assert {cut(row[2], row[3]) for row in rows} == sentences
    assert {cut(*span[1:3]) for span in data["papers"][0]["spans"]} == {"Foonet", "Barset", "accuracy"}


def test_page_types_and_relations_come_from_the_ontology(tmp_path: Path) -> None:
    """The legend is the ontology's: labels, colours and shapes."""
    known = ontology.load()
    data = _data(_page(fold([_record()]), tmp_path))
    shown = {(t["name"], t["label"], t["colour"], t["shape"]) for t in data["types"]}
    wanted = map(known.types.__getitem__, (*known.entity_types, known.terms.Paper))
    assert shown == {(t.name, t.label, t.colour, t.shape) for t in wanted}
    assert [relation["name"] for relation in data["relations"]] == list(known.relations)


def test_page_joins_claims_between_two_nodes_in_one_line(tmp_path: Path) -> None:
    """One line a pair of nodes: straight lines on top of each other would hide all but one."""
    edges = _data(_page(fold([_record()]), tmp_path))["edges"]
    pairs = [frozenset(pair) for pair in zip(edges["from"], edges["to"], strict=True)]
    assert len(pairs) == len(set(pairs))


def test_page_draws_without_simulation(tmp_path: Path) -> None:
    """Physics is off and each node has its place, so that the page stands still when it opens."""
    data = _data(_page(fold([_record()]), tmp_path))
    assert data["options"]["physics"] == {"enabled": False}
    assert all(isinstance(place, int) for axis in ("x", "y") for place in data["nodes"][axis])


def test_page_of_equal_graphs_is_byte_identical(tmp_path: Path) -> None:
    """The order of the records does not show in the page."""
    graph = _hostile()
    assert _page(graph, tmp_path) == _page(fold(reversed(graph.records)), tmp_path)


@pytest.mark.parametrize("records", [[], [Record("a", "", "", "0", "0")]])
def test_page_of_an_empty_graph_is_written(records: list[Record], tmp_path: Path) -> None:
    """No paper, or a paper of no text, is a page of nothing, not a crash."""
    assert len(_data(_page(fold(records), tmp_path))["nodes"].get("id", [])) == len(records)


def test_page_says_a_sentence_under_the_most_special_relation_only(tmp_path: Path) -> None:
    """A text that says "pre-trained on" is not shown a second time as "trained on"."""
    record = _record()
    special = replace(record.relations[0], predicate="pretrainedOn", rule="pretrained.cue")
    data = _data(_page(fold([replace(record, relations=(*record.relations, special))]), tmp_path))
    said = [data["relations"][claim[0]]["name"] for claims in data["edges"]["claims"] for claim in claims]
    assert said.count("pretrainedOn") == 1
    assert "trainedOn" not in said


def test_page_counts_what_a_paper_introduces_as_named_by_it(tmp_path: Path) -> None:
    """To introduce a thing is to name it: its support holds that paper too."""
    data = _data(_page(fold([_record()]), tmp_path))
    said = [
        (data["relations"][claim[0]]["name"], data["nodes"]["label"][claim[2]])
        for claims in data["edges"]["claims"]
        for claim in claims
    ]
    assert {("introduces", "Foonet"), ("mentions", "Foonet")} <= set(said)


def test_page_opens_on_the_view_it_is_told(tmp_path: Path) -> None:
    """A page may begin around a thing; a name in it is data like any other."""
    page = html.page(fold([_record()]), start=HOSTILE[0])
    assert _data(page)["start"] == HOSTILE[0]


def test_columns_hold_each_repeated_text_once() -> None:
    """Rows become columns, in which what repeats is a number; other values stay as they are."""
    rows = [{"shape": "dot", "key": f"k{i}", "tags": ["a"]} for i in range(9)]
    found = columns(rows)
    assert found["shape"] == {"values": ["dot"], "at": [0] * 9}
    assert found["key"] == [row["key"] for row in rows]
    assert found["tags"] == [["a"]] * 9


def test_frame_is_sandboxed_and_quotes_its_page() -> None:
    """What a notebook shows is one frame; nothing of the page leaves its attribute, and it cannot reach around it."""
    graph = _hostile()
    shown = graph.show(around="Foonet", depth=2, height=300)._repr_html_()
    frame = next(attributes for tag, attributes in _Elements(shown).found if tag == "iframe")
    assert [tag for tag, _ in _Elements(shown).found] == ["iframe", "/iframe"]
    assert _data(frame["srcdoc"])["start"] == "around=model/foonet&depth=2"
    assert "allow-same-origin" not in frame["sandbox"]
    assert frame["height"] == "300"


def test_to_html_writes_the_page_where_it_is_told(tmp_path: Path) -> None:
    """The method writes what the exporter writes, with a title and an opening view."""
    path = fold([_record()]).to_html(tmp_path / "mine.html", title="Mine & yours", around="Barset")
    assert _data(path.read_text(encoding="utf-8"))["title"] == "Mine & yours"
    with pytest.raises(QueryError, match="knows nothing called 'Fonet'"):
        fold([_record()]).to_html(tmp_path / "no.html", around="Fonet")


def test_script_builds_the_page_from_text_only() -> None:
    """The viewer never parses a string as markup or code, and asks for nothing."""
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "XMLHttp",
    ):
        assert way not in html.viewer()


def test_viewer_joins_all_its_files() -> None:
    """No script lies in the viewer's folder that the page does not hold."""
    assert {path.stem for path in VIEWER.glob("*.js")} == set(html.SCRIPTS)


def test_viewer_spells_no_ontology_term() -> None:
    """Types and relations reach the page as data, so that a new one needs no change there."""
    known = ontology.load()
    for path in VIEWER.glob("*.*"):
        if path.suffix in (".js", ".css", ".html"):
            strings = set(re.findall(r"""["'`](\w+)["'`]""", path.read_text(encoding="utf-8")))
            assert strings & {*known.entity_types, *known.relations} == set(), path.name
