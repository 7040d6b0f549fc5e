"""Families and variants by name: "ViT-B/16" is a ViT, "LLaMA-7B" a LLaMA of 7 billion parameters.

A size, a patch size, a version number or a named part at the end of a name makes a variant; what is left
is the family's name. Which endings there are stands in kg/data/words.json.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kg import rules
from kg.linking.names import form_of

if TYPE_CHECKING:
    from kg.model import Entity

_PARAMETERS = re.compile(r"^(?P<number>\d+(?:\.\d+)?)(?P<unit>[mbt])(?P<rest>\d?)$", re.IGNORECASE)
_CODE = re.compile(r"^(?:[a-z]{1,2}/?)?\d{1,3}(?:gf|h|k)?$|^v\d+(?:\.\d+)*$|^\d+(?:\.\d+)+$", re.IGNORECASE)
"""What stands behind a family's name: a patch size (B/16), a code (B0), a version (v2, 1.5), a count (21k, 960h)."""
_GLUED = re.compile(r"^(?P<stem>.*[^\W\d_])(?P<tail>v?\d+(?:\.\d+)*)$", re.IGNORECASE)
_SIZED = re.compile(r"^(?P<stem>.*\d)(?P<tail>[nsmlx])$")
_TIMES = {"m": 10**6, "b": 10**9, "t": 10**12}


class Variant(NamedTuple):
    """A name taken apart: the family's name, what is added to it, and the number of parameters or 0."""

    family: str
    addition: str
    parameters: int = 0


@lru_cache(maxsize=100_000)
def variant(name: str) -> Variant | None:
    """Return a name as a variant of a family, or None; whether there is such a family is another question.

    >>> variant("LLaMA-7B")
    Variant(family='LLaMA', addition='7B', parameters=7000000000)
    >>> variant("ViT-B/16").family, variant("BERT large").family, variant("ImageNet-1K").family
    ('ViT', 'BERT', 'ImageNet')
    >>> variant("BERT") is None
    True
    """
    parts = [part for part in re.split(r"[\s\-_]+", name) if part]
    if len(parts) > 1 and (found := _behind(name, parts)):
        return found
    for pattern in (_SIZED, _GLUED):
        if (glued := pattern.match(name)) and len(glued["stem"]) > 2:
            return Variant(glued["stem"].rstrip(" -_"), glued["tail"])
    return None


def is_sized(surface: str, entity: Entity) -> bool:
    """Tell whether a name is one of an entity's own names with a size or version behind it."""
    found = variant(surface)
    if not found or form_of(surface) == form_of(entity.name):
        return False
    return form_of(found.family) in {form_of(n) for n in (entity.name, *entity.aliases) if not variant(n)}


def _behind(name: str, parts: list[str]) -> Variant | None:
    """Return a variant by its last words."""
    words = rules.words()
    for count in (2, 1):
        addition = "-".join(parts[-count:]).lower()
        found = _PARAMETERS.match(addition) if count == 1 else None
        known = addition in words["variant.size"] or addition in words["variant.part"]
        if len(parts) > count and (known or found or (count == 1 and _CODE.match(addition))):
            at = len(name)
            for part in reversed(parts[-count:]):
                at = name.rindex(part, 0, at)
            family = name[:at].rstrip(" -_")
            if len(family) > 1:
                return Variant(family, name[at:], _count(found) if found else 0)
    return None


def _count(found: re.Match[str]) -> int:
    return round(float(found["number"]) * _TIMES[found["unit"].lower()])
