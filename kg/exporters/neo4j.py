r"""Write nodes.csv and relationships.csv for Neo4j, with the typed headers of its bulk import, and a Cypher script.

    neo4j-admin database import full --array-delimiter="|" --nodes=nodes.csv --relationships=relationships.csv neo4j

loads them into an empty database; load.cypher does the same in a running one, where labels and types cannot be
taken from a cell, so that it holds a statement for each. Numbers that papers report are nodes too.
LOAD CSV takes a backslash before a quotation mark for an escape and the bulk import does not: a backslash
there becomes a slash, so that both read the same cells.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from kg import iri, ontology
from kg.exporters.spreadsheet import joined
from kg.views import rdf
from kg.views.tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kg.graph import KnowledgeGraph
    from kg.views.tables import Cell, Kind, Table

FILES = ("nodes.csv", "relationships.csv", "load.cypher")
_TYPES: dict[Kind, str] = {"text": "", "texts": ":string[]", "whole": ":long", "number": ":double"}
_CASTS: dict[Kind, str] = {"whole": "toInteger({})", "number": "toFloat({})", "texts": 'split({}, "|")', "text": "{}"}
_ENDS: tuple[tuple[str, Kind], ...] = ((":START_ID", "text"), (":END_ID", "text"), (":TYPE", "text"))
_RESULT = ("value", "value_text", "unit", "kind")
_EDGE = ("confidence", "support", "papers", "sentence", "sentence_paper", "rule")


def write(graph: KnowledgeGraph, path: Path) -> Path:
    """Write the three files into the folder `path`, which is there."""
    found = {table.name: table for table in tables(graph)}
    nodes, edges, results = found["nodes"], found["edges"], found["results"]
    known = ontology.load()
    own = [(name, kind) for name, kind in nodes.columns if name not in ("id", "type")]
    numbers = [(name, kind) for name, kind in results.columns if name in _RESULT]
    rows = [
        [row["id"], *(row[name] for name, _ in own), *(None for _ in numbers), _labels(str(row["type"]))]
        for row in _dicts(nodes)
    ]
    for row in _dicts(results):
        shown = {**row, "iri": f"{iri.BASE}{row['id']}", "label": row["value_text"]}
        values = (*(shown.get(name) for name, _ in own), *(row[name] for name, _ in numbers))
        rows.append([row["id"], *values, known.terms.Result])
    columns = (("id:ID", "text"), *own, *numbers, (":LABEL", "text"))
    _csv(path / "nodes.csv", columns, rows)
    kinds = dict(edges.columns)
    links = [[row["subject"], row["object"], row["predicate"], *(row[name] for name in _EDGE)] for row in _dicts(edges)]
    links += [[*link, *(None for _ in _EDGE)] for link in _parts(graph)]
    said = [(name, kinds[name]) for name in _EDGE]
    _csv(path / "relationships.csv", (*_ENDS, *said), links)
    labels = sorted({str(row[-1]) for row in rows})
    types = sorted({str(row[2]) for row in links})
    (path / "load.cypher").write_bytes(_script(labels, types, (*own, *numbers), said).encode())
    return path


def _labels(type_name: str) -> str:
    """Return the labels of a node: its type, and the types above it that entities have."""
    types = ontology.load().types
    return "|".join((type_name, *sorted(up for up in types[type_name].parents if types[up].entity)))


def _parts(graph: KnowledgeGraph) -> list[tuple[str, str, str]]:
    """Return what links results with papers and entities: the same triples as in RDF."""
    space, ours = rdf.prefixes()["kg"], {*graph.papers, *graph.nodes, *(result.id for result in graph.results)}
    results = {result.id for result in graph.results}
    out = []
    for triple in rdf.triples(graph, base="mlkg:"):
        subject, object_ = (
            getattr(term, "value", "").removeprefix("mlkg:") for term in (triple.subject, triple.object)
        )
        if {subject, object_} <= ours and {subject, object_} & results:
            out.append((subject, object_, triple.predicate.value.removeprefix(space)))
    return sorted(out)


def _dicts(table: Table) -> list[dict[str, Cell]]:
    names = [name for name, _ in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def _csv(path: Path, columns: Iterable[tuple[str, Kind]], rows: Iterable[Iterable[Cell]]) -> None:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(name + ("" if ":" in name else _TYPES[kind]) for name, kind in columns)
    table.writerows([_cell(value) for value in row] for row in rows)
    path.write_bytes(out.getvalue().encode())


def _cell(value: Cell) -> str | int | float:
    if value is None or isinstance(value, int | float):
        return "" if value is None else value
    text = value if isinstance(value, str) else joined(value)
    return re.sub(r'\\+(?="|$)', lambda found: "/" * len(found[0]), text)


def _script(
    labels: list[str], types: list[str], node: Iterable[tuple[str, Kind]], edge: Iterable[tuple[str, Kind]]
) -> str:
    """Return the Cypher that loads the two files from the database's import folder."""
    out = [
        "// Loads the two tables from the import folder of a running Neo4j 5: cypher-shell -f load.cypher",
        "CREATE CONSTRAINT mlkg_id IF NOT EXISTS FOR (n:Mlkg) REQUIRE n.id IS UNIQUE;",
    ]
    for label in labels:
        marks = "".join(f":`{name}`" for name in label.split("|"))
        out.append(
            'LOAD CSV WITH HEADERS FROM "file:///nodes.csv" AS row\n'
            f'WITH row WHERE row.`:LABEL` = "{label}"\n'
            f"MERGE (n:Mlkg {{id: row.`id:ID`}}) SET n{marks}, n += {{{_sets(node)}}};"
        )
    for name in types:
        out.append(
            'LOAD CSV WITH HEADERS FROM "file:///relationships.csv" AS row\n'
            f'WITH row WHERE row.`:TYPE` = "{name}"\n'
            "MATCH (a:Mlkg {id: row.`:START_ID`}), (b:Mlkg {id: row.`:END_ID`})\n"
            f"MERGE (a)-[r:`{name}`]->(b) SET r += {{{_sets(edge)}}};"
        )
    return "\n".join(out) + "\n"


def _sets(columns: Iterable[tuple[str, Kind]]) -> str:
    return ", ".join(f"{name}: " + _CASTS[kind].format(f"row.`{name}{_TYPES[kind]}`") for name, kind in columns)
