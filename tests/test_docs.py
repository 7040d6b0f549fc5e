"""README tells the truth: its commands exist, its code runs, and nothing is missing from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from kg import ontology
from kg.cli import app
from kg.exporters import EXPORTERS, REPORT
from kg.store import NAME
from kg.views.sparql import queries
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_readme_starts_with_the_two_commands() -> None:
    """The first block of code is what a newcomer types."""
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert block is not None
    assert [line.split("#")[0].strip() for line in block[1].splitlines()] == ["make demo", "make test"]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_is_documented(name: str) -> None:
    """Every command has help, stands in README, and takes -q."""
    assert COMMANDS[name].help
    assert f"`kg {name}" in README
    assert "-q" in {option for parameter in COMMANDS[name].params for option in parameter.opts}


def test_readme_names_every_file_type_and_relation() -> None:
    """README lists all files of a build, all types, and the relations between entities."""
    for name in (NAME, REPORT, *(file for file, _ in EXPORTERS.values()), *ontology.load().entity_types):
        assert name in README
    terms = ontology.load().terms
    for name in (terms.trainedOn, terms.evaluatedOn, terms.uses, terms.comparedWith, terms.addresses, terms.measuredBy):
        assert f"`{name}`" in README


def test_readme_python_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Python example of README runs as it stands."""
    block = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert block is not None
    (tmp_path / "kg").symlink_to(ROOT / "kg")
    monkeypatch.chdir(tmp_path)
    exec(compile(block[1], "README.md", "exec"), {})
    assert "ResNet" in capsys.readouterr().out
    assert (tmp_path / "output" / "mine" / "graph.html").is_file()


def test_readme_queries_exist() -> None:
    """Every ready question that README asks is shipped, with the parameters it sets."""
    known = {query.name: {p.name for p in query.parameters} for query in queries()}
    for name, rest in re.findall(r"--name ([\w-]+)(.*)", README.replace("--name NAME", "")):
        assert set(re.findall(r"--set (\w+)=", rest)) <= known[name]


def test_project_speaks_of_itself_alone() -> None:
    """No file names a path of the machine it was made on."""
    here = str(ROOT)
    for path in [*ROOT.glob("*.*"), *ROOT.glob("kg/**/*.*"), *ROOT.glob("schemas/*"), *ROOT.glob("tests/**/*.py")]:
        if path.is_file() and path.suffix not in (".pyc", ".sqlite", ".npy", ".webp"):
            assert here not in path.read_text(encoding="utf-8"), path
