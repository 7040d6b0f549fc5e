"""schemas/kg.ttl is complete, consistent, and agrees with the files that repeat parts of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from kg import ontology
from kg.errors import SchemaError
from kg.views import summary
from kg.views.rdf import prefixes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = ontology.load()
SCHEMAS = ontology.schema_dir()


def ttl(name: str) -> ox.Store:
    """Return a file of schemas/ in a store."""
    store = ox.Store()
    store.load(path=str(SCHEMAS / name), format=ox.RdfFormat.TURTLE)
    return store


def select(store: ox.Store, query: str) -> set[tuple[str, ...]]:
    """Return the rows of a query as strings."""
    spaces = {**prefixes(), "sh": "http://www.w3.org/ns/shacl#"}
    return {tuple(getattr(v, "value", "") for v in row) for row in store.query(query, prefixes=spaces)}


@pytest.mark.parametrize("kind", ["Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty"])
def test_ontology_explains_every_term(kind: str) -> None:
    """Every class and property has one label, one definition and one example."""
    terms = select(ttl("kg.ttl"), f"SELECT ?t {{ ?t a owl:{kind} }}")
    told = select(
        ttl("kg.ttl"),
        f"SELECT ?t ?l ?d ?e {{ ?t a owl:{kind} ; rdfs:label ?l ; skos:definition ?d ; skos:example ?e }}",
    )
    assert len(told) == len(terms) > 0
    assert {row[:1] for row in told} == terms


def test_ontology_orders_entity_types() -> None:
    """A mention can have the six types of the legend; papers and results are no such types."""
    assert KNOWN.entity_types == ("Model", "Dataset", "Benchmark", "Method", "Metric", "Task")


def test_ontology_draws_each_type_apart() -> None:
    """No two types share a colour, so that no reader mistakes one for the other."""
    drawn = [type_ for type_ in KNOWN.types.values() if type_.colour]
    assert len({type_.colour for type_ in drawn}) == len(drawn) == len(KNOWN.entity_types) + 2
    assert all(type_.shape for type_ in drawn)


@pytest.mark.parametrize(
    ("subject", "relation", "object", "allowed"),
    [
        ("Model", "trainedOn", "Dataset", True),
        ("Model", "trainedOn", "Benchmark", True),
        ("Model", "pretrainedOn", "Dataset", True),
        ("Paper", "addresses", "Task", True),
        ("Paper", "mentions", "Metric", True),
        ("Result", "onDataset", "Benchmark", True),
        ("Result", "forTask", "Task", True),
        ("Dataset", "trainedOn", "Dataset", False),
        ("Model", "trainedOn", "Metric", False),
        ("Model", "basedOn", "Dataset", False),
        ("Paper", "trainedOn", "Dataset", False),
        ("Result", "onDataset", "Task", False),
    ],
)
def test_ontology_allows_by_domain_and_range(subject: str, relation: str, object: str, allowed: bool) -> None:
    """A relation admits the classes of its domain and range, their subclasses, and no others."""
    assert KNOWN.allows(subject, relation, object) is allowed


def test_ontology_closes_over_implied_relations() -> None:
    """A relation implies those above it, the nearest first."""
    assert KNOWN.closure("finetunedFrom") == ("finetunedFrom", "basedOn", "uses")
    assert KNOWN.closure("introduces") == ("introduces", "mentions")


def test_ontology_narrows_implied_relations() -> None:
    """What a relation admits, each relation that it implies admits too."""
    for name, relation in KNOWN.relations.items():
        for up in KNOWN.closure(name):
            assert all(any(KNOWN.is_a(d, b) for b in KNOWN.relations[up].domain) for d in relation.domain), (name, up)
            assert all(any(KNOWN.is_a(r, b) for b in KNOWN.relations[up].range) for r in relation.range), (name, up)


def test_ontology_gives_each_relation_a_paper_level() -> None:
    """Where a relation cannot start at a paper, its paper-level relation can, with the same objects."""
    relations = KNOWN.relations.values()
    stated = [r for r in relations if r.paper_level]
    assert {r.name for r in stated} == {
        r.name for r in relations if r.domain == {"Model", "Method"} and r.name != "variantOf"
    }
    for relation in stated:
        level = KNOWN.relations[relation.paper_level]
        assert level.domain == {"Paper"}
        assert "mentions" in level.parents
        assert level.range >= relation.range


def test_ontology_knows_what_is_symmetric() -> None:
    """Comparison holds in both directions, doing better in one."""
    assert [r.name for r in KNOWN.relations.values() if r.symmetric] == ["comparedWith"]


def test_terms_refuse_a_misspelt_name() -> None:
    """A term that the ontology lacks raises with the nearest one."""
    with pytest.raises(SchemaError, match="Did you mean 'trainedOn'"):
        _ = KNOWN.terms.trainedOm


def test_terms_are_no_names_of_str_methods() -> None:
    """No term is a method of str, which rdflib's namespaces would return in its place."""
    assert not [name for name in (*KNOWN.types, *KNOWN.relations, *_datatypes()) if hasattr(str, name)]


def test_load_explains_a_broken_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken ontology is refused with its path."""
    (tmp_path / "kg.ttl").write_text("kg:Model a", encoding="utf-8")
    monkeypatch.setattr(ontology, "schema_dir", lambda: tmp_path)
    with pytest.raises(SchemaError, match=r"kg\.ttl: the ontology cannot be read"):
        ontology.load.__wrapped__()


def vocabularies() -> dict[str, tuple[str, set[str]]]:
    """Return the header and the terms of each list of term names."""
    out = {}
    for path in sorted((ROOT / "tests" / "data" / "vocabularies").glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        head = [line for line in lines if line.startswith("# ")]
        out[path.stem] = ("\n".join(head), set(lines[len(head) :]))
    return out


LISTS = vocabularies()
LISTED = {term for _, terms in LISTS.values() for term in terms}


@pytest.mark.parametrize("name", LISTS)
def test_vocabulary_list_says_where_it_is_from(name: str) -> None:
    """A list of term names says vocabulary, version, day and source, and holds only full IRIs of one host."""
    head, terms = LISTS[name]
    title, version, day, source = head.split("\n")
    assert (title[:2], version[:11], source[:14]) == ("# ", "# version: ", "# known from: ")
    assert re.fullmatch(r"# read: \d{4}-\d\d-\d\d", day)
    assert terms
    assert all(re.fullmatch(r"https?://[^\s<>\"]+", term) for term in terms)
    assert len({term.split("/")[2] for term in terms}) == 1


def test_mapped_terms_exist() -> None:
    """Each term of another vocabulary that the ontology names is in the list of that vocabulary."""
    terms = {
        term.value
        for quad in ttl("kg.ttl")
        for term in (quad.predicate, quad.object)
        if isinstance(term, ox.NamedNode) and not term.value.startswith("https://w3id.org/mlkg/ns")
    }
    elsewhere = {"http://www.w3.org/2001/XMLSchema#", "https://www.apache.org/licenses/"}
    unknown = {term for term in terms - LISTED if not term.startswith(tuple(elsewhere))}
    assert unknown == set()
    assert len(terms) > 60


def test_words_of_the_software_exist() -> None:
    """Each foreign term that the software writes is in the list of its vocabulary."""
    spelt = {
        word
        for path in (ROOT / "kg").rglob("*.py")
        for word in re.findall(r'word\("(\w+:\w+)"\)', path.read_text(encoding="utf-8"))
    }
    assert "nif:anchorOf" in spelt
    assert {prefixes()[w.split(":")[0]] + w.split(":")[1] for w in spelt if not w.startswith("xsd:")} <= LISTED


def test_words_of_queries_exist() -> None:
    """Each term that a ready question or a check names exists, ours in the ontology and others in their lists."""
    spaces = {**prefixes(), "sh": ""}
    ours = {ontology.NS + name for name in (*KNOWN.types, *KNOWN.relations, *_datatypes())}
    for path in [
        path for name in ("queries", "checks", "counts") for path in (ROOT / "kg" / "data" / name).glob("*.rq")
    ]:
        text = re.sub(r'"[^"]*"|#[^\n]*', "", path.read_text(encoding="utf-8"))
        for prefix, name in re.findall(r"(?<![\w?])([a-z]+):([A-Za-z]+)", text):
            graph = f"{prefix}/{name}" == summary.GRAPH
            assert spaces[prefix] + name in LISTED | ours or prefix == "xsd" or graph, f"{path.name}: {prefix}:{name}"


def test_context_names_every_term() -> None:
    """The JSON-LD context has each term of the ontology, under its own name and IRI."""
    context = json.loads((SCHEMAS / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    for name in (*KNOWN.types, *KNOWN.relations, *_datatypes()):
        entry = context[name]
        assert (entry if isinstance(entry, str) else entry["@id"]) == f"kg:{name}"
    for prefix, namespace in prefixes().items():
        assert context[prefix] == namespace or prefix in KNOWN.relations


def test_record_schema_names_every_type() -> None:
    """The schema of records admits exactly the entity types, and only relations of the ontology."""
    schema = json.loads((SCHEMAS / "record.schema.json").read_text(encoding="utf-8"))["$defs"]
    assert tuple(schema["type"]["enum"]) == KNOWN.entity_types
    admitted = {
        name
        for name, relation in KNOWN.relations.items()
        if not relation.domain & {"Result", "Assertion", "Tally"} and relation.domain != {"Paper"}
    }
    assert set(schema["predicate"]["enum"]) == {*admitted, "introduces"}


def test_shapes_repeat_domain_and_range() -> None:
    """The portable shapes list the classes that the ontology admits, subclasses included."""
    shapes = ttl("shapes-core.ttl")
    for name, relation in KNOWN.relations.items():
        if relation.domain in ({"Assertion"}, {"Tally"}):
            continue
        shape = f"?shape sh:targetSubjectsOf kg:{name}"
        listed = "sh:class|(sh:or/rdf:rest*/rdf:first/sh:class)"
        subjects = select(shapes, f"SELECT ?c {{ {shape} ; {listed} ?c }}")
        objects = select(shapes, f"SELECT ?c {{ {shape} ; sh:property ?p . ?p sh:path kg:{name} ; {listed} ?c }}")
        assert subjects == _leaves(relation.domain), name
        assert objects == _leaves(relation.range), name


def _leaves(names: frozenset[str]) -> set[tuple[str, ...]]:
    """Return the classes of a domain or range, without the abstract one that no node is given."""
    found = [t for t in KNOWN.types if any(KNOWN.is_a(t, name) for name in names) and t != "ResearchEntity"]
    return {(ontology.NS + name,) for name in found}


def _datatypes() -> list[str]:
    found = select(ttl("kg.ttl"), "SELECT ?t { ?t a owl:DatatypeProperty }")
    return sorted(row[0].removeprefix(ontology.NS) for row in found)
