"""The endpoint speaks the SPARQL 1.1 Protocol: what comes in, what goes out, and what is refused and how."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pytest
import rdf_fixture

from kg.views import rdf
from tests.served import Served, serving

pytest.importorskip("uvicorn", reason="the serve extra is not installed")
MODELS = "SELECT ?name { ?m a kg:Model ; skos:prefLabel ?name } ORDER BY ?name"
NAMES = ["AlphaNet", "BaseNet", "BetaNet"]
DESCRIBE = "DESCRIBE model:alphanet"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
GRAPHS = "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
PAPER = next(iter(rdf_fixture.graph().papers))
IRI = f"https://w3id.org/mlkg/{PAPER}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the fixture graph for all tests of this file."""
    folder = rdf_fixture.graph().write(tmp_path_factory.mktemp("served") / "graph")
    with serving(folder, limits="workers=2, query=2000, body_time=1.0") as running:
        yield running


def names(answer: httpx.Response) -> list[str]:
    """Return the first column of a CSV answer."""
    assert answer.status_code == 200, answer.text
    return [row[0] for row in csv.reader(io.StringIO(answer.text))][1:]


def test_endpoint_answers_get_post_form_and_post_direct(server: Served) -> None:
    """A query is answered alike however the protocol lets it come."""
    accept = {"Accept": "text/csv"}
    assert names(server.get(MODELS)) == NAMES
    assert names(server.client.post("/sparql", data={"query": MODELS}, headers=accept)) == NAMES
    direct = {**accept, "Content-Type": "application/sparql-query; charset=UTF-8"}
    assert names(server.client.post("/sparql", content=MODELS, headers=direct)) == NAMES


def test_endpoint_decodes_a_query_once(server: Served) -> None:
    """A literal that looks like an escape stays as it is."""
    query = 'SELECT ("a%2Bb+c é😀" AS ?x) {}'
    accept = {"Accept": "text/csv"}
    assert names(server.get(query)) == ["a%2Bb+c é😀"]
    assert names(server.client.post("/sparql", data={"query": query}, headers=accept)) == ["a%2Bb+c é😀"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("application/json", "application/json"),
        ("*/*", "application/sparql-results+json"),
        ("", "application/sparql-results+json"),
        ("application/sparql-results+json;q=0.1, text/csv;q=0.9", "text/csv; charset=utf-8"),
        ("text/*;q=0.5, text/csv;q=0, application/xml;q=0.4", "text/tab-separated-values; charset=utf-8"),
        ("image/png, application/*;q=0.2", "application/sparql-results+json"),
    ],
)
def test_endpoint_negotiates_tables(server: Served, accept: str, chosen: str) -> None:
    """The format is the one that Accept prefers, with q-values, and caches are told."""
    for query in (MODELS, "ASK { ?s a kg:Model }"):
        answer = server.get(query, accept)
        assert (answer.status_code, answer.headers["content-type"]) == (200, chosen)
        assert "Accept" in answer.headers["vary"]
        if "json" in chosen:
            assert set(json.loads(answer.text)) == {"head", "results" if query == MODELS else "boolean"}
        if "xml" in chosen:
            assert ElementTree.fromstring(answer.text).tag.endswith("sparql")


@pytest.mark.parametrize(
    ("accept", "chosen", "format"),
    [
        ("text/turtle", "text/turtle; charset=utf-8", ox.RdfFormat.TURTLE),
        ("application/n-triples", "application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("application/rdf+xml", "application/rdf+xml", ox.RdfFormat.RDF_XML),
        ("application/ld+json", "application/ld+json", ox.RdfFormat.JSON_LD),
        ("text/csv, */*;q=0.1", "text/turtle; charset=utf-8", ox.RdfFormat.TURTLE),
    ],
)
def test_endpoint_negotiates_graphs(server: Served, accept: str, chosen: str, format: ox.RdfFormat) -> None:
    """CONSTRUCT and DESCRIBE give the same triples in every syntax, each once."""
    for query in (DESCRIBE, "CONSTRUCT { ?s a kg:Model } { ?s a kg:Model . ?s ?p ?o }"):
        answer = server.get(query, accept)
        assert (answer.status_code, answer.headers["content-type"]) == (200, chosen)
        expected = set(rdf.to_store(rdf_fixture.graph()).query(query, prefixes=rdf.prefixes()))
        found = [quad.triple for quad in ox.parse(answer.content, format=format)]
        assert len(found) == len(expected)
        assert set(found) == expected


@pytest.mark.parametrize(
    ("request_", "status", "message"),
    [
        ({"params": {"query": "SELEC * {}"}}, 400, "error at 1:10: expected CONSTRUCT"),
        ({"params": {"query": "SELECT * {\n ?s ?p ; }"}}, 400, "error at 2:"),
        ({"params": {"query": ""}}, 400, "cannot be parsed"),
        ({"params": {"query": "ASK {}", "default-graph-uri": "no iri"}}, 400, "'no iri' is no absolute IRI"),
        ({"params": [("query", "ASK {}"), ("query", "ASK {}")]}, 400, "Exactly one query is needed, and 2 came"),
        ({"method": "POST", "data": {"other": "x"}}, 400, "and none came"),
        ({"method": "POST", "params": {"query": "ASK {}"}, "data": {"query": "ASK {}"}}, 400, "and 2 came"),
        ({"url": "/sparql?query=ASK%zz"}, 400, "'%zz' at byte 10 is no percent-encoding"),
        ({"url": "/sparql?query=ASK%7B%7D%ff"}, 400, "not UTF-8"),
        ({"method": "POST", "content": b"query=%", "type": "application/x-www-form-urlencoded"}, 400, "'%' at byte 7"),
        ({"method": "POST", "content": b"ASK {\xff}", "type": "application/sparql-query"}, 400, "UTF-8 at byte 6"),
        ({"method": "POST", "content": b"&a=b" * 300, "type": "application/x-www-form-urlencoded"}, 400, "parameters"),
        ({"method": "POST", "data": {"update": "INSERT DATA { kg:a kg:b kg:c }"}}, 403, "only read"),
        ({"params": {"update": "CLEAR ALL"}}, 403, "only read"),
        ({"params": {"query": "INSERT DATA { kg:a kg:b kg:c }"}}, 403, "This is an update"),
        ({"params": {"query": "PREFIX a: <urn:a> LOAD <http://127.0.0.1:9/>"}}, 403, "This is an update"),
        ({"method": "POST", "content": b"CLEAR ALL", "type": "application/sparql-update"}, 403, "only read"),
        ({"params": {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> {} }"}}, 403, "SERVICE is refused"),
        ({"params": {"query": "ASK {}"}, "accept": "image/png"}, 406, "application/sparql-results+json, "),
        ({"params": {"query": DESCRIBE}, "accept": "text/csv"}, 406, "text/turtle, "),
        ({"accept": "image/png"}, 406, "text/turtle, "),
        ({"method": "POST", "data": {"query": "#" * 2001}}, 413, "2,001 characters; up to 2,000"),
        ({"method": "POST", "data": {"query": "#" * 50_000}}, 413, "longer than"),
        ({"params": {"query": "#" * 2001}}, 414, "2,001 characters; up to 2,000"),
        ({"params": {"query": "#" * 20_000}}, 414, "Use POST"),
        ({"method": "POST", "content": b"ASK {}", "type": "text/plain"}, 415, "not as 'text/plain'"),
        ({"method": "POST", "content": b"ASK {}"}, 415, "not as 'nothing named'"),
        ({"method": "POST", "content": b"ASK {}", "type": "application/sparql-query; charset=utf-16"}, 415, "utf-16"),
        ({"method": "PUT", "content": b"ASK {}"}, 405, "PUT is not for this address"),
        ({"method": "DELETE"}, 405, "DELETE is not"),
    ],
)
def test_endpoint_refuses_with_the_right_status(
    server: Served, request_: dict[str, object], status: int, message: str
) -> None:
    """Whatever is wrong with a request, its status and message say so, and the next one is answered."""
    wanted = {"method": "GET", "url": "/sparql", **request_}
    headers = {"Accept": str(wanted.pop("accept", "*/*"))}
    if kind := wanted.pop("type", None):
        headers["Content-Type"] = str(kind)
    answer = server.client.request(**wanted, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/plain; charset=utf-8")
    assert message in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    if status == 405:
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert names(server.get(MODELS)) == NAMES


def test_endpoint_waits_a_bounded_time_for_a_body(server: Served) -> None:
    """A request whose body does not come is answered with 408, and the connection is closed."""
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 9\r\n\r\nASK"
    with server.raw(head) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_endpoint_describes_itself(server: Served) -> None:
    """A bare GET says what the service is, in the syntax that is asked for; a browser is sent to the page."""
    for accept, syntax in (("text/turtle", ox.RdfFormat.TURTLE), ("application/ld+json", ox.RdfFormat.JSON_LD)):
        answer = server.client.get("/sparql", headers={"Accept": accept})
        triples = {quad.triple for quad in ox.parse(answer.content, format=syntax)}
        service = "http://www.w3.org/ns/sparql-service-description#"
        endpoint = ox.NamedNode(server.endpoint)
        assert ox.Triple(endpoint, ox.NamedNode(f"{service}endpoint"), endpoint) in triples
        assert "Accept" in answer.headers["vary"]
    page = server.client.get("/sparql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["location"]) == (303, "/")
    asked = server.get("ASK { }", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    assert (asked.status_code, asked.headers["location"]) == (303, "/#query=ASK%20%7B%20%7D")
    strange = server.client.get("/sparql", headers={"Host": 'a"> . <urn:x> <urn:y> "'})
    assert strange.status_code == 400 or list(ox.parse(strange.content, format=ox.RdfFormat.TURTLE))
    assert "urn:y" not in strange.text


def test_endpoint_answers_head_and_options(server: Served) -> None:
    """HEAD gives the headers of GET without a body; OPTIONS names the methods."""
    for parameters in ({}, {"query": MODELS}):
        get, head = (server.client.request(m, "/sparql", params=parameters) for m in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (200, b"")
        assert [head.headers[h] for h in ("content-type", "content-length")] == [
            get.headers[h] for h in ("content-type", "content-length")
        ]
    assert "POST" in server.client.options("/sparql").headers["allow"]


def test_endpoint_lets_any_page_ask_without_credentials(server: Served) -> None:
    """CORS admits every origin and never its cookies, for simple requests and after a preflight."""
    origin = {"Origin": "https://example.org"}
    preflight = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for answer in (
        server.client.get("/sparql", params={"query": "ASK {}"}, headers=origin),
        server.client.get("/sparql", params={"query": "SELEC"}, headers=origin),
        server.client.options("/sparql", headers=preflight),
    ):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    assert answer.status_code == 200
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_endpoint_honours_the_dataset_of_the_request(server: Served) -> None:
    """Named graphs are those that are named, the default graph is what is given, and nothing is fetched."""
    everything, in_paper = (
        int(names(server.get(COUNT))[0]),
        int(names(server.get(COUNT, **{"default-graph-uri": IRI}))[0]),
    )
    assert everything > in_paper > 0
    assert names(server.get(COUNT, **{"default-graph-uri": "urn:nothing"})) == ["0"]
    assert int(names(server.get(GRAPHS))[0]) > 3
    assert names(server.get(GRAPHS, **{"default-graph-uri": IRI})) == ["0"]
    assert names(server.get(GRAPHS, **{"named-graph-uri": IRI})) == ["1"]
    assert names(server.get(COUNT, **{"named-graph-uri": IRI})) == ["0"]
    inside = [COUNT.replace("{", f"FROM {graph} {{", 1) for graph in (f"<{IRI}>", "<urn:nothing>")]
    assert [names(server.get(query)) for query in inside] == [[str(in_paper)], ["0"]]
    # The dataset of the protocol stands over that of the query.
    assert names(server.get(inside[1], **{"default-graph-uri": IRI})) == [str(in_paper)]
    assert names(server.get(GRAPHS.replace("{", f"FROM <{IRI}> {{", 1))) == ["0"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_sparqlwrapper_is_served(server: Served) -> None:
    """The common Python client gets tables, truth values and graphs, by GET and by POST."""
    wrapper = pytest.importorskip("SPARQLWrapper")
    client = wrapper.SPARQLWrapper(server.endpoint)
    for method in (wrapper.GET, wrapper.POST):
        client.setMethod(method)
        client.setReturnFormat(wrapper.JSON)
        client.setQuery(MODELS)
        assert [row["name"]["value"] for row in client.queryAndConvert()["results"]["bindings"]] == NAMES
        client.setQuery("ASK { ?s a kg:Model }")
        assert client.queryAndConvert()["boolean"] is True
        client.setReturnFormat(wrapper.TURTLE)
        client.setQuery(DESCRIBE)
        assert b"AlphaNet" in client.queryAndConvert()
    client.setReturnFormat(wrapper.JSON)
    client.setQuery("SELECT * { ?s")
    with pytest.raises(wrapper.SPARQLExceptions.QueryBadFormed, match="error at 1:14"):
        client.query()


def test_pandas_is_served(server: Served) -> None:
    """A table is one line of pandas."""
    pandas = pytest.importorskip("pandas")
    address = f"{server.endpoint}?{httpx.QueryParams({'query': MODELS})}"
    frame = pandas.read_csv(address, storage_options={"Accept": "text/csv"})
    assert list(frame["name"]) == NAMES
