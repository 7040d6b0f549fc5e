"""schemas/record.schema.json describes the lines that a Record writes, and no others."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rdf_fixture
from jsonschema import Draft202012Validator

from kg import ontology
from kg.model import Record

SCHEMA = json.loads((ontology.schema_dir() / "record.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
ROW: dict[str, Any] = json.loads(rdf_fixture.ALPHA.to_json())


def test_schema_is_valid() -> None:
    """The schema follows JSON Schema 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("record", [*rdf_fixture.RECORDS, Record("a", "", "", "0", "0")], ids=lambda r: r.id)
def test_schema_admits_what_records_write(record: Record) -> None:
    """Every line that a record writes is valid, also that of an empty paper."""
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(record.to_json()))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), None),
        (("id",), ""),
        (("extra",), 1),
        (("sentences", 0), ["title", 0]),
        (("sentences", 0, 0), "body"),
        (("entities", 0, "type"), "Modle"),
        (("entities", 0, "confidence"), 1.5),
        (("entities", 0, "introduced"), "yes"),
        (("entities", 0, "mentions", 0, "start"), -1),
        (("relations", 0, "predicate"), "likes"),
        (("relations", 0, "polarity"), "maybe"),
        (("results", 0, "value"), 80.5),
        (("results", 0, "kind"), "ratio"),
    ],
)
def test_schema_refuses_what_no_record_writes(path: tuple[str | int, ...], value: object) -> None:
    """A wrong type, relation, offset or key in a line is refused."""
    row = json.loads(json.dumps(ROW))
    *way, last = path
    place = row
    for step in way:
        place = place[step]
    place[last] = value
    assert not VALIDATOR.is_valid(row)
