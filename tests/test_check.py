"""A sound graph has no violation, and each way of breaking it is noticed, here and in SHACL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyshacl
import pytest
import rdf_fixture
import rdflib

from kg import ontology
from kg.errors import RuleError
from kg.graph import fold
from kg.views import check, rdf

if TYPE_CHECKING:
    from pathlib import Path

    import pyoxigraph as ox


RECORDS = rdf_fixture.RECORDS[:3]  # the fourth contradicts the second, which is worth a warning
PREFIXES = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in rdf.prefixes().items())
TRAINED = "GRAPH ?g { ?a rdf:subject model:alphanet ; rdf:predicate kg:trainedOn }"
NUMBER = 'WHERE { ?r kg:valueText "80.50" ; kg:value ?old'

FAULTS: dict[str, tuple[str, str]] = {
    "no label": ("DELETE WHERE { model:basenet skos:prefLabel ?l }", "entity-label"),
    "two labels": ('INSERT DATA { model:basenet skos:prefLabel "B"@en }', "entity-label"),
    "class and IRI disagree": ("INSERT DATA { model:basenet a kg:Method }", "node-kind"),
    "bad slug": ('INSERT DATA { <https://x/model/B%20(x)> a kg:Model ; skos:prefLabel "x"@en }', "node-kind"),
    "two titles": ('INSERT DATA { paper:arxiv-2301.00001 dct:title "Other" }', "paper-complete"),
    "no identifier": ("DELETE WHERE { paper:arxiv-2301.00001 dct:identifier ?i }", "paper-complete"),
    "date in words": ('INSERT DATA { paper:arxiv-2301.00001 dct:date "May" }', "paper-date"),
    "dangling object": ("INSERT DATA { model:basenet kg:uses method:nowhere }", "dangling"),
    "wrong subject": ("INSERT DATA { metric:accuracy kg:trainedOn dataset:corpusone }", "domain"),
    "wrong object": ("INSERT DATA { model:basenet kg:trainedOn metric:accuracy }", "range"),
    "self loop": ("INSERT DATA { model:basenet kg:basedOn model:basenet }", "self-loop"),
    "implied relation missing": ("DELETE DATA { model:betanet kg:trainedOn dataset:corpusone }", "implied"),
    "result without a value": (f"DELETE {{ ?r kg:value ?old }} {NUMBER} }}", "result-complete"),
    "result of no paper": (
        f"DELETE {{ ?p kg:reportsResult ?r }} {NUMBER} . ?p kg:reportsResult ?r }}",
        "result-complete",
    ),
    "two values in a result": (f"INSERT {{ ?r kg:value 81.5 }} {NUMBER} }}", "result-single"),
    "value as text": (f'DELETE {{ ?r kg:value ?old }} INSERT {{ ?r kg:value "80.5" }} {NUMBER} }}', "result-value"),
    "unknown kind": (f'INSERT {{ ?r kg:valueKind "abs" }} {NUMBER} }}', "result-value"),
    "more than 100 %": (
        f"DELETE {{ ?r kg:value ?old }} INSERT {{ ?r kg:value 805.5 }} {NUMBER} }}",
        "result-percentage",
    ),
    "assertion without rule": (
        f"DELETE {{ GRAPH ?g {{ ?a kg:rule ?r }} }} WHERE {{ {TRAINED} GRAPH ?g {{ ?a kg:rule ?r }} }}",
        "assertion-complete",
    ),
    "assertion without paper": (
        f"DELETE {{ GRAPH ?g {{ ?a prov:wasDerivedFrom ?g }} }} WHERE {{ {TRAINED} }}",
        "assertion-complete",
    ),
    "confidence above 1": (
        f"DELETE {{ GRAPH ?g {{ ?a kg:confidence ?c }} }} INSERT {{ GRAPH ?g {{ ?a kg:confidence 1.2 }} }} "
        f"WHERE {{ {TRAINED} GRAPH ?g {{ ?a kg:confidence ?c }} }}",
        "assertion-confidence",
    ),
    "asserted triple dropped": ("DELETE DATA { model:alphanet kg:trainedOn dataset:corpusone }", "assertion-triple"),
    "claim of nobody": ("INSERT DATA { model:basenet kg:uses method:widgettuning }", "traceable"),
    "negated claim as triple": ("INSERT DATA { model:betanet kg:uses method:gizmoloss }", "traceable"),
    "span off by one": (
        "DELETE { GRAPH ?g { ?s nif:beginIndex ?b } } INSERT { GRAPH ?g { ?s nif:beginIndex ?c } } "
        f"WHERE {{ {TRAINED} GRAPH ?g {{ ?a kg:evidence ?s . ?s nif:beginIndex ?b BIND(?b + 1 AS ?c) }} }}",
        "span-text",
    ),
    "span reversed": (
        "DELETE { GRAPH ?g { ?s nif:endIndex ?b } } INSERT { GRAPH ?g { ?s nif:endIndex 0 } } "
        f"WHERE {{ {TRAINED} GRAPH ?g {{ ?a kg:evidence ?s . ?s nif:endIndex ?b }} }}",
        "span-text",
    ),
    "cycle": ("INSERT DATA { model:basenet kg:basedOn model:betanet }", "based-on-cycle"),
    "contradiction": ("INSERT DATA { model:basenet kg:outperforms model:alphanet }", "mutual-outperforms"),
    "one result, two values": (
        "INSERT { result:other ?p ?o ; kg:value 70.5 . ?paper kg:reportsResult result:other } "
        f"{NUMBER} . ?r ?p ?o . ?paper kg:reportsResult ?r FILTER(?p != kg:value) }}",
        "two-values",
    ),
}


HEADER = "# title: T\n# severity: "


def store() -> ox.Store:
    """Return a sound graph in a store of its own."""
    return rdf.to_store(fold(RECORDS))


def broken(fault: str) -> ox.Store:
    """Return a graph with one fault, which was sound before."""
    out = store()
    before = sorted(map(str, out))
    out.update(PREFIXES + FAULTS[fault][0])
    assert sorted(map(str, out)) != before, "the fault changes nothing"
    return out


def test_check_finds_nothing_in_a_sound_graph() -> None:
    """What the software builds breaks none of its own constraints."""
    assert check.check(store()) == ()


@pytest.mark.parametrize("fault", FAULTS)
def test_check_finds(fault: str) -> None:
    """Each fault is reported by the check that is made for it."""
    found = check.check(broken(fault))
    assert FAULTS[fault][1] in {violation.check for violation in found}


def test_every_check_has_a_fault() -> None:
    """No check is shipped that was never seen to fail."""
    assert {constraint.name for constraint in check.checks()} == {name for _, name in FAULTS.values()}


def test_check_puts_errors_first() -> None:
    """Warnings come after errors, and a violation reads as one line with its node."""
    found = check.check(broken("cycle"))
    assert [v.severity for v in found] == sorted(v.severity for v in found)
    assert found[-1].severity == "warning"
    assert "warning: based-on-cycle: https://w3id.org/mlkg/model/" in str(found[-1])


def test_check_fills_every_table() -> None:
    """What a check asks of the ontology is there when it runs."""
    assert not [constraint.name for constraint in check.checks() if "{}" in constraint.query]


@pytest.mark.parametrize("text", ["SELECT * {}", f"{HEADER}bad\n", f"{HEADER}error\nVALUES ?x {{}}"])
def test_broken_check_is_refused(text: str, tmp_path: Path) -> None:
    """A check without title or severity, or with a table that the ontology cannot fill, is refused."""
    path = tmp_path / "broken.rq"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"broken\.rq"):
        check._read(path)


def shacl(shapes: str, graph: ox.Store) -> tuple[bool, set[str]]:
    """Return whether a graph conforms, and the names of the shapes that it breaks."""
    data = rdflib.Graph()
    lines = sorted({f"{quad.triple} .\n" for quad in graph})
    data.parse(data="".join(lines), format="nt")
    conforms, report, _ = pyshacl.validate(
        data,
        shacl_graph=rdflib.Graph().parse(ontology.schema_dir() / f"shapes-{shapes}.ttl"),
        ont_graph=rdflib.Graph().parse(ontology.schema_dir() / "kg.ttl"),
        advanced=shapes == "sparql",
        allow_warnings=True,
    )
    query = """PREFIX sh: <http://www.w3.org/ns/shacl#>
        SELECT DISTINCT ?shape ?path { ?r sh:sourceShape ?shape OPTIONAL { ?shape sh:path ?path } }"""
    return conforms, {str(row.path or row.shape).replace("#", "/").rpartition("/")[2] for row in report.query(query)}


@pytest.mark.parametrize("shapes", ["core", "sparql"])
def test_shacl_accepts_a_sound_graph(shapes: str) -> None:
    """Any validator finds a built graph valid."""
    assert shacl(shapes, store()) == (True, set())


SHACL = {
    "core": (
        {
            "prefLabel": ("no label",),
            "Entity": ("bad slug",),
            "title": ("two titles",),
            "date": ("date in words",),
            "trainedOn": ("wrong subject", "wrong object"),
            "uses": ("dangling object",),
            "value": ("value as text",),
            "valueKind": ("unknown kind",),
            "rule": ("assertion without rule",),
            "wasDerivedFrom": ("assertion without paper",),
            "confidence": ("confidence above 1",),
            "beginIndex": ("span reversed",),
        }
    ),
    "sparql": (
        {
            "KindAgrees": ("class and IRI disagree",),
            "NoSelfLoop": ("self loop",),
            "Percentage": ("more than 100 %",),
            "Traceable": ("claim of nobody", "negated claim as triple"),
            "SpanText": ("span off by one",),
            "NoCycle": ("cycle",),
            "NoContradiction": ("contradiction",),
        }
    ),
}


@pytest.mark.parametrize("shapes", SHACL)
def test_shacl_finds_faults(shapes: str) -> None:
    """The shapes for other validators catch the same faults; all are planted at once."""
    graph = store()
    for fault in (fault for faults in SHACL[shapes].values() for fault in faults):
        graph.update(PREFIXES + FAULTS[fault][0])
    conforms, found = shacl(shapes, graph)
    assert not conforms
    assert set(SHACL[shapes]) <= found


def test_shacl_finds_a_dropped_triple() -> None:
    """An assertion whose triple stands nowhere is invalid for any validator."""
    graph = store()
    graph.update(PREFIXES + "DELETE WHERE { model:alphanet kg:trainedOn dataset:corpusone }")
    graph.update(PREFIXES + "DELETE WHERE { GRAPH ?g { model:alphanet kg:trainedOn dataset:corpusone } }")
    assert shacl("sparql", graph) == (False, {"AssertedTriple"})
