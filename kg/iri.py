"""IRIs as pure functions of names: no registry, no counter, the same on every machine.

A node id is `kind/slug` ("model/qwen2.5"); its IRI is the base plus the id. The kind stands in the id
because one name can mean several things (MAE the metric, MAE the model): a wrong kind then splits a
node, which can be repaired, instead of merging two in silence.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

BASE = "https://w3id.org/mlkg/"
_ARXIV = re.compile(r"(?:arxiv[:.\-]|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5}|[a-z\-]+(?:\.[A-Z]{2})?/\d{7})", re.I)

_BARE_ARXIV = re.compile(r"(\d\d(?:0[1-9]|1[0-2])\.\d{4,5})(?:v\d+)?")
"""An id that is nothing but an arXiv number: year, month and place."""
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")


def slug(name: str) -> str:
    """Return the name in the letters a-z, 0-9, "." and "-".

    Where more than case and white space is lost, six digits of a hash keep different names apart.

    >>> slug("Qwen2.5"), slug("CIFAR-10"), slug("Stable  Diffusion")
    ('qwen2.5', 'cifar-10', 'stable-diffusion')
    >>> slug("CodeT5+")
    'codet5-plus-70624e'
    """
    key = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    plain = re.sub(r"[\s_-]+", "-", key)
    kept = "".join(c if re.match(r"[a-z0-9.-]", c) else _spell(c) for c in plain)
    kept = re.sub(r"-+", "-", kept).strip("-.")
    return kept if kept and kept == plain else f"{kept or 'x'}-{digest(key, size=6)}"


def _spell(character: str) -> str:
    """Return a character in ASCII: its base letter, the word for a Greek letter or a telling sign, or a hyphen."""
    if base := "".join(c for c in unicodedata.normalize("NFKD", character) if c.isascii() and c.isalpha()):
        return base
    name = unicodedata.name(character, "").lower().removesuffix(" sign")
    telling = character in "+#*@%&\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}" or name.startswith("greek")
    return f"-{name.rpartition(' ')[2]}-" if telling else "-"


def digest(*parts: str, size: int = 16) -> str:
    """Return `size` hexadecimal digits of the hash of the parts."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:size]


def entity_id(type_name: str, name: str) -> str:
    """Return the node id of an entity.

    >>> entity_id("Model", "BERT")
    'model/bert'
    """
    return f"{type_name.lower()}/{slug(name)}"


def arxiv_number(source_id: str, *, url: str = "") -> str:
    """Return the arXiv number that an id or an address names, or "".

    >>> arxiv_number("x", url="https://arxiv.org/abs/1810.04805v2")
    '1810.04805'
    """
    found = _ARXIV.search(source_id) or _BARE_ARXIV.fullmatch(source_id) or _ARXIV.search(url)
    return found[1].lower().replace("/", "-") if found else ""


def doi(text: str) -> str:
    """Return the DOI that an id or an address holds, or "".

    >>> doi("https://doi.org/10.18653/V1/N19-1423"), doi("arxiv:1810.04805")
    ('10.18653/v1/n19-1423', '')
    """
    found = _DOI.search(text)
    return found[0].rstrip(".,;)").lower() if found else ""


def paper_id(title: str, *, arxiv: str = "", doi: str = "") -> str:
    """Return the node id of a paper: by its arXiv number or DOI where one is known, else by its title.

    >>> paper_id("BERT: Pre-training", arxiv="1810.04805")
    'paper/arxiv-1810.04805'
    >>> paper_id("A Title").startswith("paper/a-title-"), paper_id("A Title") == paper_id("A TITLE")
    (True, True)
    """
    if arxiv:
        return f"paper/arxiv-{arxiv}"
    if doi:
        return f"paper/doi-{slug(doi)}"
    return f"paper/{_cut(title) or 'untitled'}-{digest(title.casefold(), size=8)}"


def _cut(title: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", title).casefold()).strip("-")
    return words if len(words) <= 48 else words[:49].rpartition("-")[0] or words[:48]


def statement_id(kind: str, *parts: str) -> str:
    """Return the node id of an assertion or a result, a hash over what it says.

    >>> statement_id("assertion", "paper/x", "model/bert", "uses", "method/adam")[:10]
    'assertion/'
    """
    return f"{kind}/{digest(*parts)}"
