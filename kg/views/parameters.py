"""What a parameter of a ready question admits: a kind says what is right, and turns a value into a literal.

A value can only ever become a literal, and one that cannot be meant is refused with what would be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from kg import ontology
from kg.errors import QueryError, hint
from kg.views import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a user may set: of a kind, with its default and what it means; optional if the default is empty."""

    name: str
    kind: str
    default: str
    meaning: str


def literal(parameter: Parameter, value: str) -> str:
    """Return a value as SPARQL writes it; QueryError names the parameter and says what would be right.

    >>> literal(Parameter("dataset", "name", "GLUE", "a dataset"), " Image  Net ")
    '"image net"'
    >>> literal(Parameter("at_least", "count", "2", "papers"), "3")
    '3'
    """
    value = value.strip()
    if not value and parameter.default:
        raise QueryError(f"parameter {parameter.name!r} needs a value: {parameter.meaning}.")
    return KINDS[parameter.kind](parameter.name, value)


def _name(_: str, value: str) -> str:
    """Names are compared by their keys, so a value becomes one."""
    return str(vocabulary.literal(vocabulary.key(value)))


def _matching(pattern: str, wanted: str) -> Callable[[str, str], str]:
    def write(name: str, value: str) -> str:
        if value and not re.fullmatch(pattern, value, re.ASCII):
            raise QueryError(f"parameter {name!r} is {value!r}, but must be {wanted}.")
        return str(vocabulary.literal(value))

    return write


def _date(name: str, value: str) -> str:
    wanted = "a date such as 2024-05-31, a month such as 2024-05 or a year such as 2024"
    text = _matching(r"\d{4}(-\d\d(-\d\d)?)?", wanted)(name, value)
    try:
        date.fromisoformat((value + "-01-01")[:10] if value else "2000-01-01")
    except ValueError:
        raise QueryError(f"parameter {name!r} is {value!r}, which is no day of the calendar; give {wanted}.") from None
    return text


def _count(name: str, value: str) -> str:
    if not re.fullmatch(r"[0-9]{1,15}", value):
        raise QueryError(f"parameter {name!r} is {value!r}, but must be a whole number such as 2.")
    return str(int(value))


def _share(name: str, value: str) -> str:
    if not re.fullmatch(r"0(\.[0-9]+)?|1(\.0+)?|\.[0-9]+", value):
        raise QueryError(f"parameter {name!r} is {value!r}, but must be a number from 0 to 1 such as 0.5.")
    number = vocabulary.decimal(value)
    return number if "." in number else f"{number}.0"


def _relation(name: str, value: str) -> str:
    known = ontology.load().relations
    if value and value not in known:
        raise QueryError(f"parameter {name!r} is {value!r}, which is not a relation.{hint(value, known)}")
    return f"kg:{value}" if value else "UNDEF"


def _polarity(name: str, value: str) -> str:
    return _matching("negated|hedged", "negated or hedged")(name, value)


KINDS: Mapping[str, Callable[[str, str], str]] = MappingProxyType(
    {
        "name": _name,
        "year": _matching(r"\d{4}", "a year of four digits such as 2024"),
        "date": _date,
        "count": _count,
        "share": _share,
        "relation": _relation,
        "polarity": _polarity,
        "rule": _matching(r"[\w.+*-]+", "the id of a rule such as uses.with-backbones (`kg rules list` lists them)"),
    }
)
"""How a value of each kind is checked and written."""
