"""`kg export` and `graph.export`: every format, without text, to the right place, the same bytes each time."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet
import pytest
import rdf_fixture

import kg
from kg import ontology
from kg.errors import StoreError
from kg.exporters import FORMATS
from kg.exporters.export import export, file_name, formats, without_text
from kg.exporters.spreadsheet import cell
from kg.graph import KnowledgeGraph, fold
from kg.views import rdf, tables
from kg.views.profiles import profiles
from tests.test_build import run

GRAPH = rdf_fixture.graph()
FOLDERS = ("csv", "neo4j", "parquet")
HOSTILE = '=HYPERLINK("http://evil.example","click")'


def hostile() -> KnowledgeGraph:
    """Return a graph whose names, titles and authors would run in a spreadsheet."""
    paper = replace(
        rdf_fixture.ALPHA,
        title=HOSTILE,
        authors=("@SUM(1)", "+1|cmd"),
        entities=tuple(replace(e, aliases=("-2+3", 'say "\\', "a|b")) for e in rdf_fixture.ALPHA.entities),
        results=tuple(replace(r, value=v) for r, v in zip(rdf_fixture.ALPHA.results, ("-0.5", "+2.3"), strict=True)),
    )
    return fold([paper])


def content(path: Path) -> dict[str, bytes]:
    """Return the bytes of a file, or of all files in a folder, by their place in it."""
    files = [p for p in sorted(path.rglob("*")) if p.is_file()] if path.is_dir() else [path]
    return {str(p.relative_to(path)): p.read_bytes() for p in files}


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("format", formats())
def test_export_writes_each_format(format: str, tmp_path: Path) -> None:
    """Every format gives a file or a folder of files, and leaves nothing temporary behind."""
    path = GRAPH.export(tmp_path / file_name(format), format=format)
    assert path.is_dir() == (format in FOLDERS)
    assert all(content(path).values())
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert not [p for p in tmp_path.rglob("*") if p.name.endswith(".part")]


def test_export_is_the_same_under_any_hash_seed(tmp_path: Path) -> None:
    """Three processes with different hash seeds write the same bytes in every format and profile."""
    code = """
import sys; sys.path[:0] = sys.argv[2:]
import pathlib, random, rdf_fixture
from kg.exporters.export import file_name, formats
from kg.graph import fold
from kg.views.profiles import profiles
out = pathlib.Path(sys.argv[1])
graph = fold(random.sample(rdf_fixture.RECORDS, 4))
for format in formats():
    graph.export(out / file_name(format), format=format)
for profile in profiles():
    for format in ("nq", "ttl", "trig", "nt") + (("jsonld",) if profile.name != "rdf12" else ()):
        graph.export(out / file_name(format, profile=profile.name), format=format, profile=profile.name)
"""
    here = Path(__file__).parent
    for seed in ("1", "2", "3"):
        command = [sys.executable, "-c", code, str(tmp_path / seed), str(here), str(here.parent)]
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
    first = content(tmp_path / "1")
    assert len(first) > 30
    assert content(tmp_path / "2") == content(tmp_path / "3") == first


def test_export_takes_the_format_from_the_ending(tmp_path: Path) -> None:
    """`graph.export("x.ttl")` needs no format, and a name without an ending is N-Quads."""
    assert GRAPH.export(tmp_path / "x.trig").read_bytes() == GRAPH.export(tmp_path / "y", format="trig").read_bytes()
    assert GRAPH.export(tmp_path / "plain").read_bytes() == GRAPH.export(tmp_path / "z.nq").read_bytes()


def test_trig_holds_the_whole_dataset(tmp_path: Path) -> None:
    """TriG says what N-Quads say, named graphs included; Turtle and N-Triples say the merged claims."""
    import pyoxigraph as ox

    read = {
        name: set(ox.parse(path=str(GRAPH.export(tmp_path / f"x.{name}")), format=syntax))
        for name, syntax in (
            ("nq", ox.RdfFormat.N_QUADS),
            ("trig", ox.RdfFormat.TRIG),
            ("ttl", ox.RdfFormat.TURTLE),
            ("nt", ox.RdfFormat.N_TRIPLES),
        )
    }
    assert read["nq"] == read["trig"] == set(rdf.quads(GRAPH))
    assert read["ttl"] == read["nt"] == {quad for quad in read["nq"] if quad.graph_name == ox.DefaultGraph()}


# ---------------------------------------------------------------- without text


def abstracts() -> list[str]:
    """Return every stretch of four words of every abstract that no title and no name holds."""
    public = " ".join([p.title for p in GRAPH.papers.values()] + [n.label for n in GRAPH.nodes.values()])
    words = [paper.abstract.split() for paper in GRAPH.papers.values()]
    found = {" ".join(w[i : i + 4]) for w in words for i in range(len(w) - 3)}
    return sorted(piece for piece in found if piece not in public)


@pytest.mark.parametrize(
    ("format", "profile"), [(f, "") for f in formats()] + [("nq", p.name) for p in profiles()] + [("trig", "rdf12")]
)
def test_no_text_leaves_no_abstract_in_any_file(format: str, profile: str, tmp_path: Path) -> None:
    """Without text no stretch of an abstract is left in any file of any format, and titles are."""
    full = GRAPH.export(tmp_path / "full", format=format, profile=profile)
    bare = GRAPH.export(tmp_path / "bare", format=format, profile=profile, text=False)
    found = {path.name: readable(path) for path in (full, bare)}
    pieces = abstracts()
    assert len(pieces) > 80
    assert not [piece for piece in pieces if piece in found["bare"]]
    assert 'nif-core#anchorOf> "AlphaNet is' not in found["bare"]
    if format not in ("ttl", "nt", "jsonld") and (not profile or profile == "rdf12"):
        assert [piece for piece in pieces if piece in found["full"]], "the test sees no text where there is some"
    assert "BetaNet, a Better Widget" in found["bare"] or (profile == "fair4ml" and "AlphaNet" in found["bare"])


def readable(path: Path) -> str:
    """Return all text of an export; Parquet is compressed, so its cells are read."""
    if any(p.suffix == ".parquet" for p in path.rglob("*")):
        return json.dumps([pyarrow.parquet.read_table(p).to_pylist() for p in sorted(path.iterdir())])
    return b"\n".join(content(path).values()).decode("utf-8")


def test_no_text_keeps_offsets_and_everything_else(tmp_path: Path) -> None:
    """Without text, the RDF lacks sentences and abstracts and nothing else: every span still says where it is."""
    lines = {
        text: set(GRAPH.export(tmp_path / f"{text}.nq", text=text).read_text(encoding="utf-8").split("\n"))
        for text in (True, False)
    }
    gone = lines[True] - lines[False]
    assert lines[False] < lines[True]
    assert {re.search(r"nif-core#(\w+)> ", line)[1] for line in gone} == {"isString", "anchorOf"}  # type: ignore[index]
    assert not [line for line in gone if "title" in line.split()[0]]
    assert sum("nif-core#beginIndex" in line for line in lines[False]) > 20


def test_no_text_empties_the_column_of_sentences(tmp_path: Path) -> None:
    """In tables the offsets stay and only cells with text of abstracts are empty."""
    path = GRAPH.export(tmp_path / "bare", format="csv", text=False)
    found = rows(path / "evidence.csv")
    assert {row["sentence"] for row in found if row["field"] == "abstract"} == {""}
    assert all(row["end"] > "0" for row in found)
    assert {row["sentence"] for row in rows(path / "results.csv")} == {""}


def test_without_text_leaves_the_graph_as_it_was() -> None:
    """What is exported without text is another graph; the caller's keeps its abstracts."""
    assert without_text(GRAPH).edges != ()
    assert all(paper.abstract for paper in GRAPH.papers.values())


# ---------------------------------------------------------------- tables


def test_tables_hold_each_node_edge_and_result() -> None:
    """Four tables have a row for every paper, entity, merged claim, sentence of an assertion, and number."""
    found = {table.name: table for table in tables.tables(GRAPH)}
    assert len(found["nodes"].rows) == len(GRAPH.papers) + len(GRAPH.nodes)
    assert len(found["edges"].rows) == len(GRAPH.edges)
    assert len(found["results"].rows) == len(GRAPH.results)
    sentences = sum(len(a.evidence) for a in GRAPH.assertions) + len(GRAPH.results)
    assert len(found["evidence"].rows) == sentences
    assert all(len(row) == len(table.columns) for table in found.values() for row in table.rows)


def test_csv_says_who_claims_what(tmp_path: Path) -> None:
    """A row of evidence can be read without another table: names, polarity, sentence and offsets stand in it."""
    path = GRAPH.export(tmp_path / "csv", format="csv")
    (row,) = [r for r in rows(path / "evidence.csv") if r["polarity"] == "negated"]
    assert (row["subject_label"], row["predicate"], row["object_label"]) == ("BetaNet", "uses", "GizmoLoss")
    assert row["sentence"] == "BetaNet does not use GizmoLoss."
    abstract = GRAPH.papers[row["paper"]].abstract
    assert abstract[int(row["start"]) : int(row["end"])] == row["sentence"]


def test_csv_runs_no_formula(tmp_path: Path) -> None:
    """Hostile names and titles are text in a spreadsheet; numbers with a sign stay numbers."""
    path = hostile().export(tmp_path / "csv", format="csv")
    cells = [value for file in sorted(path.iterdir()) for row in rows(file) for value in row.values()]
    assert f"'{HOSTILE}" in cells
    assert not [c for c in cells if c[:1] in set("=+-@\t\r") and not re.fullmatch(r"[+-]?[\d.]+", c)]
    assert {"-0.5", "+2.3"} <= {row["value_text"] for row in rows(path / "results.csv")}
    assert (path / "nodes.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "text", ["=1", "+a", "-a", "@a", "\t=1", "\r=1", " =1", "\n@a", "＝1", "－a", '"=1', "-1+cmd|' /C calc'!A0", "+1;1"]
)
def test_cell_guards_against_formulas(text: str) -> None:
    """Whatever a spreadsheet might take for a formula begins with an apostrophe."""
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a=1", "BERT", "-0.5", "+2.3", "-1,200", "12-38", "", "'quoted'"])
def test_cell_leaves_plain_text_alone(text: str) -> None:
    """Names and numbers stay as they are."""
    assert cell(text) == text


def test_neo4j_files_fit_together(tmp_path: Path) -> None:
    """The bulk import finds typed headers, unique ids, labels of the ontology, and both ends of each relation."""
    path = GRAPH.export(tmp_path / "neo4j", format="neo4j")
    nodes, links = rows(path / "nodes.csv"), rows(path / "relationships.csv")
    assert {"id:ID", ":LABEL", "confidence:double", "support:long", "aliases:string[]"} <= set(nodes[0])
    assert list(links[0])[:4] == [":START_ID", ":END_ID", ":TYPE", "confidence:double"]
    ids = [node["id:ID"] for node in nodes]
    assert len(ids) == len(set(ids)) == len(GRAPH.papers) + len(GRAPH.nodes) + len(GRAPH.results)
    assert all(node["iri"] == f"https://w3id.org/mlkg/{node['id:ID']}" for node in nodes)
    assert {link[end] for link in links for end in (":START_ID", ":END_ID")} <= set(ids)
    known = ontology.load()
    assert {label for node in nodes for label in node[":LABEL"].split("|")} <= set(known.types)
    assert {link[":TYPE"] for link in links} <= set(known.relations)
    assert "Benchmark|Dataset" in {node[":LABEL"] for node in nodes}
    edges = {(e.subject, e.object, e.predicate) for e in GRAPH.edges}
    assert edges < {(k[":START_ID"], k[":END_ID"], k[":TYPE"]) for k in links}


def test_neo4j_relations_of_results_are_those_of_the_rdf(tmp_path: Path) -> None:
    """Numbers are tied to papers, models, data and metrics by the same triples as in RDF."""
    path = GRAPH.export(tmp_path / "neo4j", format="neo4j")
    found = {(k[":START_ID"], k[":TYPE"], k[":END_ID"]) for k in rows(path / "relationships.csv")}
    query = """SELECT ?s ?p ?o { { ?s a kg:Result ; ?p ?o } UNION { ?o a kg:Result . ?s ?p ?o }
        FILTER(isIRI(?o) && ?p != rdf:type) }"""
    base = "https://w3id.org/mlkg/"
    triples = {tuple(v.removeprefix(base).removeprefix("ns#") for v in map(str, r)) for r in GRAPH.query(query).values}
    assert len(triples) > 15
    assert triples <= found


def test_neo4j_script_loads_every_label_and_type(tmp_path: Path) -> None:
    """The Cypher script has a statement for each label and type that the tables have, and reads their columns."""
    path = GRAPH.export(tmp_path / "neo4j", format="neo4j")
    script = (path / "load.cypher").read_text(encoding="utf-8")
    for file, column in (("nodes.csv", ":LABEL"), ("relationships.csv", ":TYPE")):
        found = rows(path / file)
        named = set(re.findall(rf'`{column}` = "([^"]+)"', script))
        assert named == {row[column] for row in found}
    columns = {*rows(path / "nodes.csv")[0], *rows(path / "relationships.csv")[0]}
    assert set(re.findall(r"row\.`([^`]+)`", script)) == columns


def test_neo4j_cells_survive_both_readers(tmp_path: Path) -> None:
    """No cell ends in a backslash or has one before a quotation mark, and no cell spans lines."""
    path = hostile().export(tmp_path / "neo4j", format="neo4j")
    for file in ("nodes.csv", "relationships.csv"):
        found = rows(path / file)
        assert len((path / file).read_text(encoding="utf-8").splitlines()) == len(found) + 1
        assert not [v for row in found for v in row.values() if re.search(r'\\("|$)', v)]
    aliases = next(row["aliases:string[]"] for row in rows(path / "nodes.csv") if row["id:ID"] == "model/alphanet")
    assert aliases.split("|").count("a\N{BROKEN BAR}b") == 1


def test_parquet_keeps_lists_and_numbers(tmp_path: Path) -> None:
    """Lists are lists, numbers numbers, and what is not known is null."""
    path = GRAPH.export(tmp_path / "parquet", format="parquet")
    nodes = {row["id"]: row for row in pyarrow.parquet.read_table(path / "nodes.parquet").to_pylist()}
    assert nodes["paper/arxiv-2301.00001"]["authors"] == ["Ada Example", "Bo Example"]
    assert nodes["paper/arxiv-2301.00001"]["confidence"] is None
    values = [row["value"] for row in pyarrow.parquet.read_table(path / "results.parquet").to_pylist()]
    assert 80.5 in values
    assert None in values


def test_parquet_of_an_empty_graph_has_columns(tmp_path: Path) -> None:
    """A graph of no papers is tables of no rows with the same columns."""
    empty = fold([]).export(tmp_path / "empty", format="parquet")
    full = GRAPH.export(tmp_path / "full", format="parquet")
    for name in ("nodes", "edges", "assertions", "results"):
        one, other = (pyarrow.parquet.read_table(path / f"{name}.parquet") for path in (empty, full))
        assert one.schema == other.schema
        assert one.num_rows == 0


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever lacks the extra is told its name."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(StoreError, match=r"mlkg\[parquet\]"):
        GRAPH.export(tmp_path / "parquet", format="parquet")


def test_gexf_has_no_date_and_no_attribute_type_on_edges(tmp_path: Path) -> None:
    """The file is free of clocks, and of the attribute that overwrites what GEXF itself says of an edge."""
    text = GRAPH.export(tmp_path / "x.gexf").read_text(encoding="utf-8")
    assert "lastmodified" not in text
    edges = text[text.index('class="edge"') : text.index("</attributes>")]
    assert 'title="relation"' in edges
    assert 'title="type"' not in edges
    assert "networkx_key" not in text


def test_gexf_survives_control_characters(tmp_path: Path) -> None:
    """A title with characters that XML cannot hold gives a file that XML readers accept."""
    import xml.etree.ElementTree as ET

    graph = fold([replace(rdf_fixture.ALPHA, title="AlphaNet\x00\x0b \ud800 <b>&")])
    root = ET.parse(graph.export(tmp_path / "x.gexf")).getroot()
    labels = {node.get("label") for node in root.iter("{http://www.gexf.net/1.2draft}node")}
    assert "AlphaNet\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER} <b>&" in labels


# ---------------------------------------------------------------- places and the command


def test_export_refuses_the_folder_of_a_build(tmp_path: Path) -> None:
    """Nothing is written beside a build's files, where it would be taken for one of them or stop the next build."""
    GRAPH.write(tmp_path / "graph")
    before = content(tmp_path / "graph")
    for path, chosen in (("graph/graph.nq", ""), ("graph/mine.ttl", ""), ("graph", "csv")):
        with pytest.raises(StoreError, match="folder of a build"):
            GRAPH.export(tmp_path / path, format=chosen)
    assert content(tmp_path / "graph") == before


def test_export_refuses_strange_places(tmp_path: Path) -> None:
    """A folder of others, a folder where a file should be, and a file where a folder should be are left alone."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("text", encoding="utf-8")
    (tmp_path / "file").write_text("text", encoding="utf-8")
    with pytest.raises(StoreError, match=r"thesis\.tex"):
        GRAPH.export(tmp_path / "mine", format="csv")
    with pytest.raises(StoreError, match="one file"):
        GRAPH.export(tmp_path / "mine", format="ttl")
    with pytest.raises(StoreError, match="cannot be written"):
        GRAPH.export(tmp_path / "file", format="csv")
    with pytest.raises(StoreError, match="cannot be written"):
        GRAPH.export(tmp_path / "file" / "x.ttl")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "text"


def test_export_replaces_an_earlier_one(tmp_path: Path) -> None:
    """Exporting again to the same place brings it up to date."""
    for chosen in ("csv", "ttl"):
        path = fold([]).export(tmp_path / file_name(chosen), format=chosen)
        old = content(path)
        assert content(GRAPH.export(path, format=chosen)).keys() == old.keys()
        assert content(path) != old


@pytest.mark.parametrize(("format", "near"), [("turtle", "ttl"), ("parqet", "parquet"), ("txt", "ttl")])
def test_unknown_format_offers_what_there_is(format: str, near: str, tmp_path: Path) -> None:
    """A format that kg has not is answered with one that it has."""
    with pytest.raises(StoreError, match=near):
        GRAPH.export(tmp_path / f"x.{format}")


def test_export_command_writes_what_python_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works from a built folder, names the file after it, prints the name, and says the same."""
    GRAPH.write(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    done = run("export", "mine", "--format", "ttl", "--profile", "fair4ml")
    assert (done.returncode, done.stdout) == (0, "mine-fair4ml.ttl\n")
    assert Path("mine-fair4ml.ttl").read_bytes() == GRAPH.export("x.ttl", profile="fair4ml").read_bytes()
    done = run("export", "-q", "mine", "-o", "out/x.nq", "--no-text")
    assert (done.returncode, done.stdout) == (0, "")
    assert Path("out/x.nq").read_bytes() == GRAPH.export("y.nq", text=False).read_bytes()
    assert run("export", "mine", "--format", "csv").stdout == "mine-csv\n"
    assert len(rows(Path("mine-csv") / "edges.csv")) == len(GRAPH.edges)


def test_export_command_fails_in_one_line(tmp_path: Path) -> None:
    """A folder without a graph and a wrong format are one line on standard error and exit code 1."""
    GRAPH.write(tmp_path / "graph")
    for arguments in (("nowhere",), (tmp_path / "graph", "-f", "xml"), (tmp_path / "graph", "-p", "skos")):
        done = run("export", *arguments, "-o", tmp_path / "x.nq")
        assert done.returncode == 1
        assert done.stderr.startswith("kg: ")
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "x.nq").exists()


def test_export_help_names_every_format_and_profile() -> None:
    """What can be chosen stands in the help."""
    text = run("export", "--help", COLUMNS="200").stdout
    for name in (*FORMATS, *(profile.name for profile in profiles())):
        assert re.search(rf"\b{name}\b", text), name


def test_formats_of_other_packages_can_be_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that offers an exporter under `kg.exporters` adds a format, with and without text."""
    from importlib.metadata import EntryPoint

    def offered(*, group: str) -> tuple[EntryPoint, ...]:
        return (EntryPoint("papers", "tests.test_export:list_papers", group),) if group == "kg.exporters" else ()

    for module in ("kg.exporters", "kg.exporters.export"):
        monkeypatch.setattr(f"{module}.entry_points", offered)
    path = export(GRAPH, tmp_path / "x.papers", text=False)
    assert path.read_text(encoding="utf-8").split("\n")[0] == "A Second Look at Widgets 0"
    assert kg.KnowledgeGraph is KnowledgeGraph


def list_papers(graph: KnowledgeGraph, path: Path) -> Path:
    """Write titles and the lengths of abstracts: an exporter as another package would have it."""
    path.write_text("\n".join(f"{p.title} {len(p.abstract)}" for p in graph.papers.values()), encoding="utf-8")
    return path
