"""The server stays up: slow, huge and hostile queries, stalled clients, dying workers, and graphs built anew."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdf_fixture

import kg
from kg.exporters import nquads, summary
from kg.graph import fold
from kg.server import Limits
from kg.views import rdf
from tests.conftest import fastest
from tests.served import Served, listening, serving

pytest.importorskip("uvicorn", reason="the serve extra is not installed")
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
QUICK = "ASK { ?s a kg:Model }"
LIMITS = "workers=2, timeout=1.0, rows=50, answer=20_000, memory=300_000_000, queue=4, header_time=2.0, connections=40"
STALLED = b"GET /sparql?query=ASK HTTP/1.1\r\nHost: x\r\nX-Slow: "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the fixture graph once."""
    return rdf_fixture.graph().write(tmp_path_factory.mktemp("served") / "graph")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Served]:
    """Serve it with small limits."""
    with serving(folder, limits=LIMITS) as running:
        yield running


def answered(server: Served, query: str = QUICK) -> bool:
    """Tell whether a quick query is answered."""
    return server.get(query).text.strip() == "true"


def workers(server: Served) -> list[int]:
    """Return the processes below the server that hold the graph: the keeper first, then its workers."""
    rows = subprocess.run(["ps", "-eo", "pid,ppid,stat"], capture_output=True, text=True, check=True).stdout.split("\n")
    living = [(int(pid), int(parent)) for pid, parent, state in map(str.split, rows[1:-1]) if state[0] != "Z"]
    keeper = next(pid for pid, parent in living if parent == server.process.pid)
    return [keeper, *(pid for pid, parent in living if parent == keeper)]


def test_slow_query_is_stopped_while_others_are_served(server: Served) -> None:
    """A query that takes too long is killed with 503 and Retry-After; meanwhile and afterwards others are answered."""
    out: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: out.append(httpx.get(server.endpoint, params={"query": SLOW}, timeout=20)))
    thread.start()
    time.sleep(0.2)
    start = time.monotonic()
    assert answered(server)
    assert thread.is_alive()
    assert time.monotonic() - start < 0.8
    thread.join()
    assert out[0].status_code == 503
    assert int(out[0].headers["retry-after"]) > 0
    assert "longer than 1 s and was stopped" in out[0].text
    assert answered(server)


def test_short_answers_do_not_wait(server: Served) -> None:
    """An answer goes out at once, and not when the client has confirmed its first half."""

    def ask() -> None:
        server.client.post("/sparql", data={"query": QUICK})

    ask()
    assert fastest(ask, enough=0.03, attempts=30) < 0.03


def test_queue_is_bounded(server: Served) -> None:
    """Where too many queries wait, the next ones are turned away at once and told when to return."""
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(httpx.get(server.endpoint, params={"query": SLOW}, timeout=20))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [503] * 12
    assert all(answer.headers["retry-after"] for answer in answers)
    assert sum("Too many queries are waiting" in answer.text for answer in answers) >= 4
    assert answered(server)


@pytest.mark.parametrize("accept", ["application/json", "application/xml", "text/csv", "text/tab-separated-values"])
def test_rows_and_bytes_of_tables_are_capped(server: Served, accept: str) -> None:
    """An answer with too many rows or bytes is refused with 413, in every format; one that just fits is given."""
    query = 'SELECT ?s ("},{<result>\\n\\"" AS ?trap) { ?s ?p ?o } LIMIT %d'
    assert server.get(query % 50, accept).status_code == 200
    many = server.get(query % 60, accept)
    assert (many.status_code, "more than 50 rows" in many.text) == (413, True)
    long = server.get(f'SELECT ("{"x" * 15_000}" AS ?a) ("{"y" * 15_000}" AS ?b) {{}}', accept)
    assert (long.status_code, "longer than 20,000 bytes" in long.text) == (413, True)


def test_size_of_graphs_is_capped(server: Served) -> None:
    """A CONSTRUCT with too many triples is refused with 413."""
    answer = server.get("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "text/turtle")
    assert (answer.status_code, "more than 50 rows" in answer.text) == (413, True)


def test_endless_answer_costs_no_more_than_its_limit(server: Served) -> None:
    """A cross product without end is stopped by the size of its answer, long before the time limit."""
    start = time.monotonic()
    assert server.get("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }").status_code == 413
    assert time.monotonic() - start < 0.9


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_memory_of_a_query_is_capped(server: Served) -> None:
    """A query that wants too much memory ends its worker alone, with 503."""
    with contextlib.suppress(AssertionError):
        answer = server.get("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?d ?g")
        assert answer.status_code == 503
        assert "memory" in answer.text or "longer than" in answer.text
    assert answered(server)


@pytest.mark.skipif(shutil.which("ps") is None, reason="ps is not installed")
def test_dead_processes_are_replaced(server: Served) -> None:
    """A worker that dies is replaced and its client gets 503; so is the process that holds the graph."""
    out: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: out.append(httpx.get(server.endpoint, params={"query": SLOW}, timeout=20)))
    thread.start()
    time.sleep(0.3)
    for worker in workers(server)[1:]:
        os.kill(worker, 9)
    thread.join()
    assert out[0].status_code == 503
    assert "ended its worker" in out[0].text
    assert all(answered(server) for _ in range(4))
    os.kill(workers(server)[0], 9)
    time.sleep(0.2)
    assert all(answered(server) for _ in range(4))
    assert any("started again" in line for line in server.said)


def test_client_that_leaves_frees_its_worker(server: Served) -> None:
    """A query whose client has gone is not worked on any longer."""
    for _ in range(4):
        with server.raw(
            b"GET /sparql?query="
            + httpx.QueryParams({"q": SLOW}).__str__()[2:].encode()
            + b" HTTP/1.1\r\nHost: x\r\n\r\n"
        ):
            time.sleep(0.05)
    start = time.monotonic()
    assert answered(server)
    assert time.monotonic() - start < 0.8


def test_stalled_connections_do_not_crowd_out_others(server: Served) -> None:
    """Hundreds of clients that never finish a request are cut off, and others are answered all the time."""
    stalled: list[socket.socket] = []
    try:
        for i in range(300):
            stalled.append(server.raw(STALLED if i % 2 else b""))
            if i % 50 == 0:
                assert httpx.get(server.endpoint, params={"query": QUICK}, timeout=5).status_code == 200
        assert httpx.get(server.endpoint, params={"query": QUICK}, timeout=5).status_code == 200
        time.sleep(2.3)
        for connection in stalled:
            connection.settimeout(1)
            with contextlib.suppress(ConnectionError):
                assert connection.recv(100) == b""
    finally:
        for connection in stalled:
            connection.close()
    assert answered(server)


def test_slow_reader_holds_no_worker(folder: Path) -> None:
    """A client that does not read its answer holds a connection for a while, and no worker."""
    query = httpx.QueryParams({"query": f'SELECT ("{"x" * 40_000}" AS ?x) ?a ?b {{ ?a ?p ?o . ?b ?q ?o }} LIMIT 200'})
    request = f"GET /sparql?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with serving(folder, limits="workers=1, write_time=1.0") as server, contextlib.ExitStack() as stack:
        readers = [stack.enter_context(server.raw(request)) for _ in range(2)]
        time.sleep(0.5)
        assert answered(server)
        time.sleep(2)
        for reader in readers:
            reader.settimeout(5)
            got = 0
            with contextlib.suppress(ConnectionError):
                while part := reader.recv(1 << 16):
                    got += len(part)
            assert got < 8_000_000
        assert not any("Exception" in line for line in server.said)


@pytest.mark.parametrize("junk", [b"\x00\xff" * 50, b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"a" * 400_000, b"\r\n" * 10])
def test_junk_is_survived(server: Served, junk: bytes) -> None:
    """Bytes that are hardly a request are answered, refused or not heard, and the server stays."""
    with server.raw() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(junk)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100)[:12] in (b"", b"HTTP/1.1 200", b"HTTP/1.1 400")
    assert answered(server)


def test_new_build_is_taken_up(tmp_path: Path) -> None:
    """A graph that is built anew is served within seconds; a damaged one is reported, and the former one stays."""
    count = "SELECT (COUNT(*) AS ?n) { ?p a kg:Paper }"
    fold((rdf_fixture.ALPHA,)).write(tmp_path)
    with serving(tmp_path) as server:
        assert server.get(count).text.split() == ["n", "1"]
        fold((rdf_fixture.ALPHA, rdf_fixture.BETA)).write(tmp_path)
        server.wait_for("built anew and is served")
        assert server.get(count).text.split() == ["n", "2"]
        (tmp_path / "graph.nq").write_text("<damaged", encoding="utf-8")
        server.wait_for("cannot be loaded, so the former one stays")
        assert server.get(count).text.split() == ["n", "2"]


def test_nothing_is_left_running(folder: Path) -> None:
    """When the server is stopped or killed, its processes end with it."""
    if shutil.which("ps") is None:
        pytest.skip("ps is not installed")
    for signal in (2, 15, 9):
        with serving(folder) as server:
            left = workers(server)
            assert len(left) == 3
            os.kill(server.process.pid, signal)
            assert server.process.wait(20) == {2: 0, 15: -15, 9: -9}[signal]
            assert len(server.said) == 1
        end = time.monotonic() + 10
        while any(Path(f"/proc/{pid}").exists() for pid in left) and time.monotonic() < end:
            time.sleep(0.05)
        assert not any(Path(f"/proc/{pid}").exists() for pid in left)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": 99999}, "99999 is no port"),
        ({"host": "300.1.1.1"}, "cannot be listened on"),
        ({"folder": "nowhere"}, "there is no graph.nq here; run `kg build` first"),
    ],
)
def test_serve_says_why_it_cannot(folder: Path, options: dict[str, object], message: str) -> None:
    """A server that cannot start says what to change."""
    with pytest.raises(kg.KGError, match=message):
        kg.serve(folder.parent / str(options.pop("folder", "graph")), **{"port": 0, **options})  # type: ignore[arg-type]


def test_serve_says_that_a_port_is_taken(folder: Path) -> None:
    """A port that another program has is named."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(kg.ServerError, match=f"127.0.0.1:{port} cannot be listened on: Address already in use"):
            kg.serve(folder, port=port)


def test_limits_must_make_sense() -> None:
    """No workers or no time is refused."""
    for limits, message in (({"workers": 0}, "cannot answer"), ({"timeout": 0.0}, "no time to answer")):
        with pytest.raises(kg.ServerError, match=message):
            Limits(**limits)  # type: ignore[arg-type]


HOSTILE = (
    "SELECT * {{?s ?p ?o.SERVICE <{at}dot> {{?a ?b ?c}}}}",
    "SELECT * {{{{}}SERVICE<{at}adj>{{?a ?b ?c}}}}",
    "SELECT * {{ \\u0053ERVICE <{at}uni> {{?a ?b ?c}}}}",
    'SELECT * {{ BIND("\\"" AS ?q) SERVICE <{at}str> {{?a ?b ?c}}}}',
    "SELECT * {{ <urn:a#b> ?p ?o . SERVICE <{at}hash> {{?a ?b ?c}}}}",
    "SELECT * {{ ?s ?p ?o FILTER(?o<5) SERVICE <{at}lt> {{?a ?b ?c}}}}",
    "SELECT * {{ FILTER(1<2&&3>2)SERVICE <{at}lt2> {{?a ?b ?c}}}}",
    'SELECT * {{ ?s ?p "x"@en.SERVICE <{at}lang> {{?a ?b ?c}}}}',
    "SELECT * {{ BIND(<{at}var> AS ?u) SERVICE ?u {{?a ?b ?c}}}}",
    "SELECT * {{ ?s ?p '''it's \\''' x''' SERVICE <{at}sq> {{?a ?b ?c}}}}",
    "SELECT * {{ ?s ?p 1.SERVICE <{at}num> {{?a ?b ?c}}}}",
    "SELECT * {{ #x\n sErViCe#\n SILENT <{at}silent> {{?s ?p ?o}} }}",
    "SELECT * {{ SERVICE SILENT <{at}all> {{?s ?p ?o}} }}",
)
FETCHING = (
    "SELECT * FROM <{at}from> {{ ?s ?p ?o }}",
    "SELECT * FROM NAMED <{at}named> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "SELECT * FROM <file:///etc/passwd> {{ ?s ?p ?o }}",
    "DESCRIBE <{at}describe>",
)
LOOK_ALIKE = (
    "SELECT ?service {{ ?service ?p ?o }} LIMIT 1",
    "PREFIX service: <urn:x:> SELECT * {{ ?s service:x ?o }} LIMIT 1",
    'SELECT ("SERVICE <{at}>" AS ?x) {{}}',
    "PREFIX ex: <urn:x:> SELECT * {{ ?s ex:SERVICE ?o }} LIMIT 1",
)


def test_no_query_reaches_the_network(server: Served) -> None:
    """Every bypass that was ever tried is refused, FROM fetches nothing, look-alikes pass, and nobody is visited."""
    with listening() as listener:
        at = f"http://127.0.0.1:{listener.port}/"
        for query in HOSTILE:
            answer = server.get(query.format(at=at))
            assert answer.status_code == 403, query
        assert server.client.post("/sparql", data={"update": f"LOAD <{at}load>"}).status_code == 403
        assert server.get(f"LOAD <{at}load>").status_code == 403
        for query in FETCHING:
            answer = server.get(query.format(at=at), "*/*")
            assert (answer.status_code, "root:" in answer.text) == (200, False), query
        assert server.get("ASK { ?s ?p ?o }", **{"default-graph-uri": f"{at}default"}).text.strip() == "false"
        for query in LOOK_ALIKE:
            assert server.get(query.format(at=at)).status_code == 200, query
        time.sleep(0.2)
        assert listener.visits == 0


NO_LEXER = """
from kg.views import guard
guard.check = lambda query: query
from kg.server import sandbox
{also}
from kg.server import keeper
"""


@pytest.mark.parametrize(
    "also",
    ["", "sandbox.leave_network = lambda: False", "sandbox.leave_network = sandbox.confine = lambda *_: False"],
    ids=["both", "no network of its own", "nothing"],
)
def test_worker_without_lexer_has_no_network(folder: Path, also: str) -> None:
    """Should the lexer let a SERVICE pass, the worker cannot send it, by either of two means; without both it would."""
    code = NO_LEXER.format(also=also) + "keeper.main(int(sys.argv[1]), sys.argv[2], '{}')"
    ours, theirs = socket.socketpair()
    with listening() as listener, ours, theirs:
        command = [sys.executable, "-c", f"import sys\n{code}", str(theirs.fileno()), str(folder)]
        with subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process:
            theirs.close()
            assert b"quads" in ours.recv(4096)
            from kg.server import frames
            from kg.server.keeper import COMMAND, FORK

            mine, workers_ = socket.socketpair()
            with mine:
                with workers_:
                    socket.send_fds(ours, [COMMAND.pack(FORK, 0)], [workers_.fileno()])
                    assert len(ours.recv(COMMAND.size)) == COMMAND.size
                query = f"SELECT * {{ SERVICE <http://127.0.0.1:{listener.port}/> {{ ?a ?b ?c }} }}"
                job = {"kind": "query", "query": query, "accept": "*/*", "default": [], "named": []}
                import json

                frames.send(mine, frames.JOB, json.dumps(job).encode())
                mine.settimeout(20)
                end = mine.recv(4096)
            ours.close()
            process.wait(20)
        time.sleep(0.1)
        assert b'"status": 400' in end
        assert bool(listener.visits) == also.startswith("sandbox.leave_network = sandbox.confine")


@pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
def test_python_queries_fetch_nothing() -> None:
    """rdflib, which would fetch what FROM names, is told not to, so that Python queries stay at home too."""
    dataset = rdf.to_rdflib(rdf_fixture.graph())
    with listening() as listener:
        at = f"http://127.0.0.1:{listener.port}/graph.ttl"
        rows = list(dataset.query(f"SELECT * FROM <{at}> FROM <file:///etc/passwd> {{ ?s ?p ?o }}"))
        assert (rows, listener.visits) == ([], 0)
    import rdflib.plugins.sparql

    assert rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS is False


def test_store_is_read_as_it_was_written(tmp_path: Path) -> None:
    """What is served has as many statements as the files of the graph and of its summary."""
    graph = rdf_fixture.graph()
    paths = (nquads.write(graph, tmp_path / "graph.nq"), summary.write(graph, tmp_path / "summary.nq"))
    with serving(tmp_path) as server:
        count = sum(1 for path in paths for _ in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS))
        assert f"({count:,} statements)" in server.said[0]


def test_command_serves_until_it_is_stopped(folder: Path) -> None:
    """`kg serve` says where it listens, answers, and ends quietly; with a folder that holds nothing it exits with 1."""
    command = [sys.executable, "-c", "from kg.cli import main; main()", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen([*command, str(folder)], stderr=subprocess.PIPE, text=True) as process:
        server = Served(process)
        assert answered(server)
        server.client.close()
        os.kill(process.pid, 2)
        assert process.wait(20) == 0
    done = subprocess.run([*command, str(folder.parent)], capture_output=True, text=True, check=False)
    assert (done.returncode, "run `kg build` first" in done.stderr) == (1, True)


def test_serve_names_the_extra_it_needs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages of the extra, the message is the command that installs them."""
    monkeypatch.setattr("kg.server.find_spec", lambda name: None)
    with pytest.raises(kg.ServerError, match=r"pip install 'mlkg\[serve\]'"):
        kg.serve(folder)
