"""The shape of the code, kept by machine: layers, homes of libraries, light imports, terms in one place."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kg
from kg import ontology

SOURCE = Path(kg.__file__).parent
LAYERS = (
    ("errors", "iri"),
    ("model", "ontology", "rules", "sources"),
    ("linking", "scoring"),
    ("pipeline", "graph", "folding"),
    ("store", "proving", "locking"),
    ("fitting",),
    ("views",),
    ("exporters",),
    ("engines",),
    ("server",),
    ("__init__",),
    ("cli",),
)
"""Lowest first: a module imports from lines above its own, or from its own."""
HOMES = {
    "spacy": {"pipeline"},
    "sklearn": {"pipeline"},
    "rdflib": {"views"},
    "pyshacl": {"views"},
    "pyoxigraph": {"ontology", "views", "exporters", "server"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "jinja2": {"server"},
    "networkx": {"views", "exporters"},
    "pyvis": {"exporters"},
    "pyspark": {"engines"},
    "pyarrow": {"engines", "exporters"},
    "typer": {"cli"},
    "rich": {"cli"},
}
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(SOURCE.rglob("*.py"))


def part(path: Path) -> str:
    """Return the layer part a file belongs to: its folder under kg/, or its own name."""
    inside = path.relative_to(SOURCE).parts
    return inside[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield (dotted name, whether for types only) of all imports of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield (f"{node.module}.{alias.name}", id(node) in typing_only)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in typing_only


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_down(path: Path) -> None:
    """A module imports only from layers below it, and a library only in its home."""
    here = part(path)
    for name, typing_only in imports(path):
        top, _, rest = name.partition(".")
        if top in HOMES and not typing_only:
            assert here in HOMES[top], f"{path.name} imports {top}, whose home is {sorted(HOMES[top])}"
        if top == "kg" and not typing_only and rest != "__version__":
            below = rest.partition(".")[0]
            assert LEVEL[below] <= LEVEL[here], f"{here} must not import {below}"


def test_every_module_has_a_layer() -> None:
    """A new module or folder takes its place in the list of layers."""
    assert {part(path) for path in MODULES} == set(LEVEL)


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p != SOURCE / "__init__.py"], ids=lambda p: str(p.relative_to(SOURCE))
)
def test_no_module_spells_an_ontology_term(path: Path) -> None:
    """Types and relations are named in the ontology and in data rows, never in code."""
    known = ontology.load()
    terms = {*known.types, *known.relations} - ORDINARY
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and node.value in terms:
            raise AssertionError(f"{path.name}:{node.lineno} spells {node.value!r}; ask the ontology for it")


ORDINARY = {"rule", "evidence", "uses", "mentions"}
"""Terms that are also names of plain Python fields."""


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import kg", ("spacy", "rdflib", "pyoxigraph", "networkx", "pyvis", "numpy", "typer")),
        ("import kg; kg.serve", ("spacy", "rdflib", "pyoxigraph", "starlette", "uvicorn", "jinja2")),
        ("import kg.server.worker", ("spacy", "rdflib", "networkx", "numpy", "starlette", "uvicorn")),
        (
            "import kg.cli",
            (
                "starlette",
                "uvicorn",
                "jinja2",
                "spacy",
                "rdflib",
                "pyoxigraph",
                "networkx",
                "pyvis",
                "numpy",
                "rich.table",
            ),
        ),
        ("import kg.views.sparql", ("spacy", "rdflib", "networkx", "pyvis", "numpy")),
        ("import kg; kg.Paper, kg.Record, kg.read", ("spacy", "rdflib", "networkx", "pyvis", "numpy")),
    ],
)
def test_imports_are_light(statement: str, absent: tuple[str, ...]) -> None:
    """The command line and queries load no library that they do not need."""
    code = f"{statement}\nimport sys\nprint([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_exact() -> None:
    """What `kg` exports is what it lists, and each name can be reached."""
    assert sorted(kg.__all__) == kg.__all__
    for name in kg.__all__:
        assert getattr(kg, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'biuld'"):
        kg.biuld  # noqa: B018
