"""A corpus of any size: the annotated and demo abstracts shuffled, each copy with an id and names of its own.

What a paper introduces gets a new name in every copy, so that names grow with papers as they do in the world,
while everything else keeps being shared. The same number gives the same papers.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

from kg.model import Paper
from tests.conftest import DEMO, ROOT

GOLD = ROOT / "tests" / "gold"
SYLLABLES = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "x")]


@cache
def bases() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return title, abstract and coined names of the papers that copies are made of."""
    texts = [(GOLD / "written-papers.jsonl", GOLD / "written.jsonl"), (DEMO, GOLD / "demo.jsonl")]
    out = []
    for papers, gold in texts:
        entities = {row["id"]: row["entities"] for row in map(json.loads, gold.read_text("utf-8").splitlines())}
        for row in map(json.loads, papers.read_text("utf-8").splitlines()):
            new = [e["name"] for e in entities.get(row["id"], ()) if e.get("introduced")]
            coined = sorted({n for n in new if any(c.isupper() or c.isdigit() for c in n[1:]) and len(n) > 2})
            out.append((row["title"], row["abstract"], tuple(coined)))
    return tuple(out)


def papers(count: int, *, seed: int = 0, start: int = 0) -> Iterator[Paper]:
    """Yield papers number `start` to `start + count` of the endless corpus of a seed."""
    known = bases()
    for number in range(start, start + count):
        chance = random.Random(f"{seed}/{number}")
        title, abstract, coined = known[chance.randrange(len(known))]
        for name in sorted(coined, key=lambda name: (-len(name), name)):
            new = "".join(chance.choices(SYLLABLES, k=3)).capitalize()
            new = new + name[-1] if name[-1].isdigit() else new + chance.choice(("Net", "Former", "LM", "Bench", "-X"))
            pattern = re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])")
            title, abstract = pattern.sub(new, title), pattern.sub(new, abstract)
        # A number of its own keeps a paper without coined names from being taken for a copy.
        yield Paper(f"corpus:{seed}-{number}", f"{title} ({number})", f"{abstract} This is study {number}.")


def write(path: Path, count: int, *, seed: int = 0, start: int = 0) -> Path:
    """Write papers as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for paper in papers(count, seed=seed, start=start):
            file.write(json.dumps({**asdict(paper), "authors": []}) + "\n")
    return path
