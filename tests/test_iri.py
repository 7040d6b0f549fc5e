"""IRIs are pure functions of names, and different names have different ones."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import unicodedata
from itertools import product

import pytest

from kg import iri

BASES = ("LoRA", "SatMAE", "C4", "ViT-B", "Qwen2.5", "GPT 3.5", "Übermodell", "模型", "Ω-net", "x", "Å")
SIGNS = (*tuple('+#*@%&²³!_~"\\é'), "", "++", "(v2)", "/16", " α", " β", "'s", "<b>")
NAMES = sorted({left + right for pair in ((BASES, SIGNS), (SIGNS, BASES)) for left, right in product(*pair)})
ODD = ("", " ", "\ud800", "\x00", "a\nb", "<>", "'; DROP", "..", "😀", "-", "x" * 999)


def key(name: str) -> str:
    """Return what is the same in two names that may share an IRI: case, and how words are joined."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return re.sub(r"[\s_-]+", "-", " ".join(folded.split()))


def test_slug_keeps_different_names_apart() -> None:
    """Of several hundred nasty names, no two that differ in more than case and white space share a slug."""
    assert len(NAMES) > 300
    assert len({iri.slug(name) for name in NAMES}) == len({key(name) for name in NAMES})


@pytest.mark.parametrize("name", [*NAMES[::9], *ODD])
def test_slug_is_a_safe_path(name: str) -> None:
    """Whatever a paper calls a thing, its slug holds only letters, digits, dots and hyphens."""
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", iri.slug(name))


def test_slug_ignores_case_and_space() -> None:
    """Spellings that differ in case, in white space or in Unicode form share a slug."""
    assert iri.slug("Stable  Diffusion") == iri.slug("stable diffusion") == iri.slug("Stable-Diffusion")
    assert iri.slug("Caf\N{LATIN SMALL LETTER E WITH ACUTE}") == iri.slug("Cafe\N{COMBINING ACUTE ACCENT}")


def test_slug_depends_on_the_name_alone() -> None:
    """Neither what was named before nor the process changes a slug."""
    shuffled = random.Random(7).sample(NAMES, len(NAMES))
    here = dict(zip(shuffled, map(iri.slug, shuffled), strict=True))
    code = "import sys, json; from kg import iri; print(json.dumps([iri.slug(n) for n in json.load(sys.stdin)]))"

    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(NAMES), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [here[name] for name in NAMES]


def test_entity_id_keeps_homographs_apart() -> None:
    """One name is two nodes when it means two kinds of things."""
    assert iri.entity_id("Metric", "MAE") != iri.entity_id("Model", "MAE")


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("arxiv:1810.04805", ""),
        ("arXiv.1810.04805v2", ""),
        ("1810.04805v2", ""),
        ("10.48550/arXiv.1810.04805", ""),
        ("x", "https://arxiv.org/abs/1810.04805"),
        ("x", "http://arxiv.org/pdf/1810.04805v1"),
    ],
)
def test_arxiv_number_is_found_however_written(source: str, url: str) -> None:
    """An arXiv number is found in an id or an address, its version aside."""
    assert iri.arxiv_number(source, url=url) == "1810.04805"


@pytest.mark.parametrize("source", ["x1", "1813.04805", "10.1145/1810.04805", "2024.12345678"])
def test_arxiv_number_is_not_guessed(source: str) -> None:
    """Digits that are no year, month and place are no arXiv number."""
    assert iri.arxiv_number(source) == ""


@pytest.mark.parametrize("text", ["10.1145/3292500.X", "doi:10.1145/3292500.x", "https://doi.org/10.1145/3292500.X."])
def test_doi_is_found_however_written(text: str) -> None:
    """A DOI is one in any case, with a prefix, an address or a full stop."""
    assert iri.doi(text) == "10.1145/3292500.x"


@pytest.mark.parametrize("title", ["", "模型", "<script>", "a" * 400, "\ud800", "A: B – C (2nd ed.)"])
def test_paper_id_is_a_safe_path(title: str) -> None:
    """Whatever the title, the paper's id holds only letters, digits, dots and hyphens."""
    assert re.fullmatch(r"paper/[a-z0-9.-]+", iri.paper_id(title))


def test_statement_id_depends_on_each_part() -> None:
    """Statements that differ in one part differ in id, also when text moves from one part to the next."""
    assert iri.statement_id("assertion", "ab", "c") != iri.statement_id("assertion", "a", "bc")
