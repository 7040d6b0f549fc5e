"""A sound graph has no violation, and each way of breaking it is noticed, here and in SHACL."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
import rdf_fixture

from kg.errors import CheckError, RuleError
from kg.graph import fold
from kg.views import check, rdf, shacl

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
    "no label in two languages": (
        'INSERT DATA { model:basenet skos:prefLabel "Réseau"@fr , "Filet"@fr }',
        "entity-label",
    ),
    "name without a key": ("DELETE WHERE { method:gadget-norm kg:nameKey ?k }", "name-key"),
    "key of another name": (
        'DELETE DATA { model:basenet kg:nameKey "basenet" } ; INSERT DATA { model:basenet kg:nameKey "BaseNet" }',
        "name-key",
    ),
    "papers miscounted": (
        "DELETE DATA { model:basenet kg:paperCount 1 } ; INSERT DATA { model:basenet kg:paperCount 2 }",
        "paper-count",
    ),
    "given up without successor": ("INSERT DATA { <https://x/model/old> owl:deprecated true }", "tombstone"),
    "given up, but in use": (
        "INSERT DATA { model:basenet owl:deprecated true ; dct:isReplacedBy model:betanet }",
        "tombstone",
    ),
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
    "assertion under a name": (
        "INSERT DATA { GRAPH paper:x { assertion:first a kg:Assertion } }",
        "assertion-complete",
    ),
    "assertion without run": (
        "DELETE { GRAPH ?g { ?a prov:wasGeneratedBy ?r } } "
        f"WHERE {{ {TRAINED} GRAPH ?g {{ ?a prov:wasGeneratedBy ?r }} }}",
        "assertion-complete",
    ),
    "unknown polarity": (
        f'DELETE {{ GRAPH ?g {{ ?a kg:polarity ?p }} }} INSERT {{ GRAPH ?g {{ ?a kg:polarity "perhaps" }} }} '
        f"WHERE {{ {TRAINED} GRAPH ?g {{ ?a kg:polarity ?p }} }}",
        "assertion-confidence",
    ),
    "run without software": (
        "DELETE WHERE { GRAPH ?g { ?run prov:wasAssociatedWith ?agent } }",
        "run-complete",
    ),
    "rule without id": ("DELETE WHERE { GRAPH ?g { rule:uses.test dct:identifier ?id } }", "run-complete"),
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
    "span of another IRI": (
        "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH ?g { paper:x ?p ?o } } "
        f"WHERE {{ {TRAINED} GRAPH ?g {{ ?a kg:evidence ?s . ?s ?p ?o }} }}",
        "span-text",
    ),
    "text of a span changed": (
        'DELETE { GRAPH ?g { ?s nif:anchorOf ?t } } INSERT { GRAPH ?g { ?s nif:anchorOf "something else" } } '
        f"WHERE {{ {TRAINED} GRAPH ?g {{ ?a kg:evidence ?s . ?s nif:anchorOf ?t }} }}",
        "span-text",
    ),
    "span reversed": (
        "DELETE { GRAPH ?g { ?s nif:endIndex ?b } } INSERT { GRAPH ?g { ?s nif:endIndex 0 } } "
        f"WHERE {{ {TRAINED} GRAPH ?g {{ ?a kg:evidence ?s . ?s nif:endIndex ?b }} }}",
        "span-text",
    ),
    "class miscounted": ("DELETE DATA { metric:accuracy a kg:Metric }", "tally"),
    "claims miscounted": (
        "DELETE { GRAPH ?g { ?t kg:tallyCount ?n } } INSERT { GRAPH ?g { ?t kg:tallyCount 99 } } "
        'WHERE { GRAPH ?g { ?t kg:tallyKind "claim" ; kg:tallyCount ?n } }',
        "tally",
    ),
    "count of nothing": (
        "DELETE { GRAPH ?g { ?t kg:tallySubject ?s } } "
        'WHERE { GRAPH ?g { ?t kg:tallyKind "names" ; kg:tallySubject ?s } }',
        "tally",
    ),
    "cycle": ("INSERT DATA { model:basenet kg:basedOn model:betanet }", "based-on-cycle"),
    "contradiction": ("INSERT DATA { model:basenet kg:outperforms model:alphanet }", "mutual-outperforms"),
    "one result, two values": (
        "INSERT { result:other ?p ?o ; kg:value 70.5 . ?paper kg:reportsResult result:other } "
        f"{NUMBER} . ?r ?p ?o . ?paper kg:reportsResult ?r FILTER(?p != kg:value) }}",
        "two-values",
    ),
}


# rdflib's own readers use what rdflib has deprecated.
READS_WITH_RDFLIB = pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
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


def shapes_of(found: tuple[check.Violation, ...]) -> set[str]:
    """Return the names of the shapes or paths that are broken."""
    return {violation.check for violation in found}


@READS_WITH_RDFLIB
@pytest.mark.parametrize("shapes", ["core", "sparql"])
def test_shacl_accepts_a_sound_graph(shapes: str) -> None:
    """Any validator finds a built graph valid."""
    assert shacl.validate(store(), shapes) == ()


SHACL = {
    "core": {
        "prefLabel": ("no label", "no label in two languages"),
        "Entity": ("bad slug",),
        "title": ("two titles",),
        "date": ("date in words",),
        "trainedOn": ("wrong subject", "wrong object"),
        "uses": ("dangling object",),
        "value": ("value as text",),
        "valueKind": ("unknown kind",),
        "rule": ("assertion without rule",),
        "wasDerivedFrom": ("assertion without paper",),
        "wasGeneratedBy": ("assertion without run",),
        "Assertion": ("assertion under a name",),
        "confidence": ("confidence above 1",),
        "polarity": ("unknown polarity",),
        "beginIndex": ("span reversed",),
        "nameKey": ("name without a key",),
        "isReplacedBy": ("given up without successor",),
        "wasAssociatedWith": ("run without software",),
        "identifier": ("rule without id",),
        "tallySubject": ("count of nothing",),
    },
    "sparql": {
        "KindAgrees": ("class and IRI disagree",),
        "NoSelfLoop": ("self loop",),
        "Percentage": ("more than 100 %",),
        "Traceable": ("claim of nobody", "negated claim as triple"),
        "SpanText": ("span off by one", "text of a span changed"),
        "PaperCount": ("papers miscounted",),
        "NothingOfGivenUp": ("given up, but in use",),
        "OneValue": ("one result, two values",),
        "NoCycle": ("cycle",),
        "NoContradiction": ("contradiction",),
    },
}
CORE = [(fault, shape) for shape, faults in SHACL["core"].items() for fault in faults]


@READS_WITH_RDFLIB
@pytest.mark.parametrize(("fault", "shape"), CORE, ids=str)
def test_shacl_finds(fault: str, shape: str) -> None:
    """The portable shapes catch faults too, each by the shape or path that is made for it."""
    assert shape in shapes_of(shacl.validate(broken(fault)))


@READS_WITH_RDFLIB
def test_shacl_finds_with_sparql() -> None:
    """So do the shapes in SPARQL; they are slow, so that all faults are planted at once."""
    graph = store()
    for fault in (fault for faults in SHACL["sparql"].values() for fault in faults):
        graph.update(PREFIXES + FAULTS[fault][0])
    assert set(SHACL["sparql"]) <= shapes_of(shacl.validate(graph, "sparql"))


GONE = {
    "identifier": 'paper:arxiv-2301.00001 dct:identifier "arxiv:2301.00001"',
    "Result": "?paper kg:reportsResult ?r",
}


@READS_WITH_RDFLIB
@pytest.mark.parametrize("shape", GONE)
def test_shacl_finds_what_is_gone(shape: str) -> None:
    """What stands in no graph any more is missed; a paper's own graph would make up for the merged one."""
    graph = store()
    for update in (f"DELETE WHERE {{ {GONE[shape]} }}", f"DELETE WHERE {{ GRAPH ?g {{ {GONE[shape]} }} }}"):
        graph.update(PREFIXES + update)
    found = shacl.validate(graph)
    assert shape in {violation.check for violation in found} or "reported by a paper" in str(found)


@READS_WITH_RDFLIB
def test_shacl_finds_a_dropped_triple() -> None:
    """An assertion whose triple stands nowhere is invalid for any validator, and a relation without what it implies."""
    graph = store()
    for triple in ("model:alphanet kg:trainedOn dataset:corpusone", "model:betanet kg:uses model:alphanet"):
        graph.update(PREFIXES + f"DELETE WHERE {{ {triple} }}")
        graph.update(PREFIXES + f"DELETE WHERE {{ GRAPH ?g {{ {triple} }} }}")
    assert shapes_of(shacl.validate(graph, "sparql")) == {"AssertedTriple", "Implied"}


@READS_WITH_RDFLIB
def test_shacl_tells_errors_from_warnings() -> None:
    """What papers may say of each other is a warning, what the software got wrong an error, with its node."""
    (warning, *_) = shacl.validate(broken("contradiction"), "sparql")[::-1]
    assert (warning.severity, warning.check) == ("warning", "NoContradiction")
    (error,) = shacl.validate(broken("no label"))
    assert str(error) == (
        "error: prefLabel: https://w3id.org/mlkg/model/basenet (an entity has one preferred label in each language)"
    )


def test_shacl_refuses_unknown_shapes() -> None:
    """Shapes that do not exist are refused with those that do."""
    with pytest.raises(CheckError, match=r"no shapes 'cor'. Did you mean 'core'\?"):
        shacl.validate(store(), "cor")


def test_shacl_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pySHACL the message names the extra."""
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    with pytest.raises(CheckError, match=r"pip install 'mlkg\[shacl\]'"):
        shacl.validate(store())


def test_check_takes_a_graph_without_texts() -> None:
    """Offsets without sentences are sound, for both kinds of checks; half of them without are not."""
    graph = store()
    graph.update(PREFIXES + "DELETE WHERE { GRAPH ?g { ?c nif:isString ?t } }")
    assert {violation.check for violation in check.check(graph)} == {"span-text"}
    graph.update(PREFIXES + "DELETE WHERE { GRAPH ?g { ?s nif:anchorOf ?t } }")
    assert check.check(graph) == ()
