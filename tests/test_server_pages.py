"""Each thing has a page: as HTML with its sentences, as RDF for programs, and hostile text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pyoxigraph as ox
import pytest
import rdf_fixture

from kg import ontology
from kg.graph import fold
from kg.model import Claim, Entity, Mention, Record, Result
from tests.served import Served, serving

pytest.importorskip("uvicorn", reason="the serve extra is not installed")
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ALARM = "<img src=x onerror=\"document.title='run'\"></script><script>document.title='run'</script>{{7*7}}"
TEXT = f"😀 EvilNet {ALARM} is trained on Barset and reaches 81.5% accuracy."


def _evil() -> Record:
    def entity(name: str, type_: str, *aliases: str) -> Entity:
        at = TEXT.index(name)
        return Entity(name, type_, aliases, False, 0.9, (Mention("abstract", at, at + len(name), name, "names.known"),))

    end = len(TEXT)
    return Record(
        "evil",
        f"A title {ALARM}",
        TEXT,
        "0",
        "0",
        date="2024-05-01",
        url="javascript:alert(1)",
        sentences=(("abstract", 0, end),),
        entities=(
            entity("EvilNet", "Model", ALARM),
            entity("Barset", "Dataset"),
            entity("accuracy", "Metric"),
        ),
        relations=(Claim("EvilNet", "trainedOn", "Barset", 0.9, "asserted", "abstract", 0, end, "trained.cue"),),
        results=(Result("EvilNet", "Barset", "accuracy", "81.5", "%", "absolute", 0.8, "abstract", 0, end, "near"),),
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the fixture graph and a hostile paper."""
    folder = fold((*rdf_fixture.RECORDS, _evil())).write(tmp_path_factory.mktemp("served") / "graph")
    with serving(folder) as running:
        yield running


class Page(HTMLParser):
    """The text, links and elements of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text, self.links, self.marked = "", set[str](), list[str]()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag == "a":
            self.links.add(dict(attrs)["href"] or "")
        if tag == "mark":
            self.marked.append("")

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data
        if self.elements and self.elements[-1][0] == "mark":
            self.marked[-1] += data
            self.elements.append(("", {}))


def page(server: Served, path: str) -> Page:
    """Return the HTML page at a path."""
    answer = server.client.get(path, headers=HTML)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    return Page(answer.text)


def test_entity_page_shows_claims_both_ways_with_sentences(server: Served) -> None:
    """The page of an entity shows type, names, claims in both directions, results, and sentences with marks."""
    found = page(server, "/model/alphanet")
    assert {"/ns#Model", "/model/basenet", "/model/betanet"} <= found.links
    for text in ("outperforms \N{HORIZONTAL ELLIPSIS}", "outperforms this", "Reported results", "80.50%"):
        assert text in found.text
    assert "AlphaNet outperforms BaseNet by 2.3 points on BenchA." in found.text
    assert "BaseNet" in found.marked
    assert any(link.startswith("/paper/") for link in found.links)
    assert "/graph#node=model/alphanet" in found.links


def test_denied_statement_says_so(server: Served) -> None:
    """What a paper denies is shown with its sentence, and said to be denied."""
    found = page(server, "/model/betanet")
    assert "negated" in found.text
    assert "BetaNet does not use GizmoLoss." in found.text


def test_paper_page_shows_its_text_with_links(server: Served) -> None:
    """The page of a paper shows its title and abstract, in which each name is a link."""
    found = page(server, "/" + next(iter(rdf_fixture.graph().papers)))
    assert {"/ns#Paper", "/model/alphanet"} <= found.links
    assert "Title" in found.text
    assert "Abstract" in found.text


def test_statement_and_result_have_pages(server: Served) -> None:
    """Whatever has an IRI has a page: a result, an assertion, a rule, a run."""
    graph = rdf_fixture.graph()
    rule = server.get("SELECT ?r { GRAPH ?g { ?r a kg:Rule } } LIMIT 1").text.split()[1]
    for path in (graph.results[0].id, graph.assertions[0].id, rule.removeprefix("https://w3id.org/mlkg/")):
        assert page(server, f"/{path}").elements


@pytest.mark.parametrize(
    ("accept", "suffix", "format"),
    [
        ("text/turtle", "", ox.RdfFormat.TURTLE),
        ("application/ld+json", "", ox.RdfFormat.JSON_LD),
        ("*/*", "", ox.RdfFormat.TURTLE),
        ("text/html", ".ttl", ox.RdfFormat.TURTLE),
        ("text/html", ".jsonld", ox.RdfFormat.JSON_LD),
        ("text/html", ".nt", ox.RdfFormat.N_TRIPLES),
        ("text/html", ".rdf", ox.RdfFormat.RDF_XML),
    ],
)
def test_thing_is_offered_as_rdf(server: Served, accept: str, suffix: str, format: ox.RdfFormat) -> None:
    """By Accept or by suffix, a thing is what the graph claims of it and what links to it."""
    answer = server.client.get(f"/model/alphanet{suffix}", headers={"Accept": accept})
    node = ox.NamedNode("https://w3id.org/mlkg/model/alphanet")
    triples = [quad.triple for quad in ox.parse(answer.content, format=format)]
    assert "Accept" in answer.headers["vary"]
    assert all(node in (triple.subject, triple.object) for triple in triples)
    assert {triple.subject == node for triple in triples} == {True, False}
    assert '</model/alphanet.ttl>; rel="alternate"; type="text/turtle"' in answer.headers["link"]


def test_page_refuses_what_it_cannot_be(server: Served) -> None:
    """No image is offered, and nothing can be sent to a page."""
    assert server.client.get("/model/alphanet", headers={"Accept": "image/png"}).status_code == 406
    assert server.client.post("/model/alphanet").status_code == 405
    assert server.client.head("/model/alphanet").status_code == 200


def test_unknown_thing_offers_the_nearest(server: Served) -> None:
    """What is not there is 404 with the nearest names, in a page or in text; so is a path of no kind."""
    for path, near in (("/model/alphanett", "/model/alphanet"), ("/dataset/alphanet", "/model/alphanet")):
        answer = server.client.get(path, headers=HTML)
        assert answer.status_code == 404
        assert near in Page(answer.text).links
        plain = server.client.get(path, headers={"Accept": "text/turtle"})
        assert (plain.status_code, f"Did you mean {near}" in plain.text) == (404, True)
    hostile = server.client.get("/model/%3Cscript%3Ealert(1)%3C/script%3E%00%ff", headers=HTML)
    assert (hostile.status_code, "<script" in hostile.text) == (404, False)
    missing = ("/nothing", "/nothing/here", "/model/", "/assets/../site.py", "/assets/%2e%2e%2fsite.py", "/.git/x")
    for path in missing:
        assert server.client.get(path).status_code == 404


def test_hostile_text_stays_text(server: Served) -> None:
    """Markup in names, titles and sentences is shown as text; no page has a script, a handler or a bad link."""
    paper = next(node for node in fold([_evil()]).papers)
    for path in ("/model/evilnet", "/dataset/barset", f"/{paper}"):
        found = page(server, path)
        assert ALARM in found.text
        assert "49" not in re.sub(r"[0-9a-f]{6,}", "", found.text)
        for tag, attributes in found.elements:
            assert tag not in ("script", "img")
            assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert not any(link.lower().startswith(("javascript:", "data:")) for link in found.links)
    assert {"EvilNet", "Barset"} <= set(page(server, "/model/evilnet").marked)


def test_graph_page_is_served_under_its_own_policy(server: Served) -> None:
    """The interactive page comes as the file has it; the server's stricter policy would stop its script."""
    answer = server.client.get("/graph")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert "Content-Security-Policy" in answer.text
    assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"


def test_questions_are_bound_as_values(server: Served) -> None:
    """A ready question comes with its parameters set as literals; what it lacks is said."""
    listed = server.client.get("/queries").json()
    assert {"leaderboard", "evidence"} <= {query["name"] for query in listed["queries"]}
    assert listed["prefixes"]["model"] == "https://w3id.org/mlkg/model/"
    text = server.client.get("/queries/leaderboard", params={"dataset": 'A" } #'}).text
    assert 'VALUES ?dataset { "a\\" } #" }' in text
    assert "# title" not in text
    assert server.get(text).status_code == 200
    assert "Did you mean 'leaderboard'" in server.client.get("/queries/leaderbord").text
    assert server.client.get("/queries/leaderboard?datset=x").status_code == 400


def test_ontology_is_served(server: Served) -> None:
    """The vocabulary is at its path, so that the links of types lead somewhere."""
    answer = server.client.get("/ns", headers={"Accept": "text/turtle"})
    subjects = {str(quad.subject) for quad in ox.parse(answer.content, format=ox.RdfFormat.TURTLE)}
    assert all(f"<{ontology.NS}{name}>" in subjects for name in ontology.load().types)
    assert "--kind: #" in server.client.get("/assets/kinds.css").text
