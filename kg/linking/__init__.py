"""Which node a name means: normal form, lexicons, short forms, slips of the pen, the type of other papers, overrides.

A differing number, version or sign ("LoRA+", "GPT-3.5") never merges; sizes and versions are variants of a family.
Every merge has a reason.
"""

from __future__ import annotations

from kg.linking.linker import Form, Linker, Merge, Naming
from kg.linking.names import best_label, form_of, is_coined, marks, normal
from kg.linking.nodes import VARIANT, Names
from kg.linking.overrides import NONE, Overrides, read_overrides
from kg.linking.papers import RecordedPaper, papers, title_key
from kg.linking.variants import Variant, variant
from kg.model import NameMerge

__all__ = [
    "NONE",
    "VARIANT",
    "Form",
    "Linker",
    "Merge",
    "NameMerge",
    "Names",
    "Naming",
    "Overrides",
    "RecordedPaper",
    "Variant",
    "best_label",
    "form_of",
    "is_coined",
    "marks",
    "normal",
    "papers",
    "read_overrides",
    "title_key",
    "variant",
]
