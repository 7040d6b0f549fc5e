"""One thing, one node: what merges, what never does, why, and that neither order nor split plays a part."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from kg import rules
from kg.errors import RuleError, SourceError
from kg.graph import KnowledgeGraph, fold
from kg.linking import Linker, Naming, form_of, read_overrides, variant
from kg.linking.curated import is_same, label
from kg.model import Entity, Mention, Record
from kg.pipeline import extract
from kg.sources import read
from kg.views import why
from tests.conftest import DEMO, ROOT
from tests.test_build import Write, graph_files, run

PRECISION, RECALL, VARIANTS = 0.99, 0.95, 0.9
"""Floors on the pairs of tests/gold/pairs.tsv, all of them written by hand."""


def pairs() -> list[dict[str, str]]:
    with (ROOT / "tests" / "gold" / "pairs.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def entity(row: dict[str, str], side: str) -> Entity:
    aliases = (alias.strip() for alias in (row[f"aliases_{side}"] or "").split(" | "))
    return Entity(row[f"name_{side}"], row[f"type_{side}"], tuple(a for a in aliases if a), confidence=0.9)


def are_one(one: Entity, other: Entity) -> bool:
    linker = Linker([Naming("paper/1", one), Naming("paper/2", other)])
    return linker.node("paper/1", one.name) == linker.node("paper/2", other.name)


def test_pairs_are_linked_as_people_say() -> None:
    """Of hand-made pairs, nearly all that are one thing merge, and hardly any that are two."""
    rows = pairs()
    wanted = [row["verdict"] == "same" for row in rows]
    assert sum(wanted) > 200 < len(wanted) - sum(wanted)
    found = [are_one(entity(row, "a"), entity(row, "b")) for row in rows]
    right = sum(f and w for f, w in zip(found, wanted, strict=True))
    assert right / sum(found) >= PRECISION
    assert right / sum(wanted) >= RECALL


def test_variants_are_known_by_name() -> None:
    """Of hand-made variants, nearly all are told from their name."""
    rows = [row for row in pairs() if row["verdict"] == "variant"]
    found = [variant(row["name_a"]) for row in rows]
    right = sum(
        v is not None and form_of(v.family) == form_of(row["name_b"]) for v, row in zip(found, rows, strict=True)
    )
    assert right / len(rows) >= VARIANTS


def record(paper: str, *entities: tuple[str, str, tuple[str, ...]], confidence: float = 0.9) -> Record:
    text = ". ".join("; ".join((name, *aliases)) for name, _, aliases in entities) + "."

    def mention(surface: str) -> Mention:
        at = text.index(surface)
        return Mention("abstract", at, at + len(surface), surface, "test")

    built = tuple(
        Entity(name, type_, aliases, confidence=confidence, mentions=tuple(map(mention, (name, *aliases))))
        for name, type_, aliases in entities
    )
    return Record(paper, f"Title {paper}", text, "0", "0", sentences=(("abstract", 0, len(text)),), entities=built)


def nodes(graph: KnowledgeGraph) -> dict[str, tuple[str, ...]]:
    return {node.label: node.aliases for node in graph.nodes.values()}


def test_short_forms_are_told_apart_by_what_they_stand_for() -> None:
    """One short form with two meanings is two nodes; a long form alone joins its meaning."""
    graph = fold(
        [
            record("a", ("GLUX", "Model", ("gated linear unit extension",))),
            record("b", ("GLUX", "Model", ("global lookup extractor",))),
            record("c", ("gated linear unit extension", "Model", ())),
            record("d", ("GLUX", "Model", ("Gated Linear Unit Extension",))),
        ]
    )
    assert {node.label: len(node.papers) for node in graph.nodes.values()} == {
        "GLUX": 3,
        "global lookup extractor": 1,
    }


def test_a_short_form_alone_is_no_proof() -> None:
    """An acronym that a paper uses for a thing of its own does not make that thing the famous one."""
    graph = fold([record("a", ("Gadget Norm", "Method", ("GN",))), record("b", ("Group Normalization", "Method", ()))])
    assert len(graph.nodes) == 2


def test_a_coined_name_is_not_what_its_letters_stand_for() -> None:
    """What a paper introduces stays its own, though its name abbreviates a famous phrase."""
    coined = record("a", ("SELFie", "Method", ("self-supervised pretraining",)))
    own = replace(coined, entities=(replace(coined.entities[0], introduced=True),))
    graph = fold([own, record("b", ("self-supervised pre-training", "Method", ()))])
    assert sorted(nodes(graph)) == ["SELFie", "self-supervised pre-training"]


def test_slips_of_the_pen_join_the_frequent_name() -> None:
    """A long name one slip away from that of more papers joins it; short names and equals stay."""
    graph = fold(
        [record(p, ("FrogTransformer", "Model", ())) for p in "ab"] + [record("c", ("FrogTransfomer", "Model", ()))]
    )
    assert list(nodes(graph)) == ["FrogTransformer"]
    assert [m.reason for m in graph.merges] == ["spelling"]
    apart = fold([record("a", ("FrogTransformer", "Model", ())), record("c", ("FrogTransfomer", "Model", ()))])
    assert len(apart.nodes) == 2


def test_doubtful_types_follow_sure_ones() -> None:
    """A name under a doubtful type is what other papers surely say it is; two sure types stay two."""
    sure = [record(p, ("FrogNet", "Model", ())) for p in "abcd"]
    doubtful = fold([*sure, record("e", ("FrogNet", "Method", ()), confidence=0.5)])
    assert [(n.type, len(n.papers)) for n in doubtful.nodes.values()] == [("Model", 5)]
    assert [m.reason for m in doubtful.merges] == ["type of other papers"]
    assert len(fold([*sure, record("e", ("FrogNet", "Method", ()))]).nodes) == 2


def test_sizes_are_variants_of_their_family() -> None:
    """A sized form is a node of its own, a variant of its family with evidence, and knows its parameters."""
    graph = fold(
        [record("a", ("FrogLM", "Model", ("FrogLM-7B", "FrogLM-base"))), record("b", ("FrogLM-13B", "Model", ()))]
    )
    found = {n.label: (n.variant_of, n.parameters) for n in graph.nodes.values()}
    assert found == {
        "FrogLM": ("", 0),
        "FrogLM-7B": ("model/froglm", 7_000_000_000),
        "FrogLM-base": ("model/froglm", 0),
        "FrogLM-13B": ("model/froglm", 13_000_000_000),
    }
    edge = next(e for e in graph.edges if e.predicate == "variantOf" and e.subject == "model/froglm-7b")
    assert "FrogLM-7B" in graph.sentence(edge.assertions[0].evidence[0], paper=edge.papers[0])
    query = "SELECT ?n { model:froglm-7b kg:variantOf* ?f ; kg:paramCount ?n . ?f skos:prefLabel 'FrogLM'@en }"
    assert graph.query(query).rows == (("7000000000",),)


def shuffled(records: Iterable[Record], seed: int) -> list[Record]:
    out = list(records)
    random.Random(seed).shuffle(out)
    return out


def test_order_plays_no_part() -> None:
    """Any order of the records gives the same nodes, names, merges and assertions."""
    records = list(extract(read(DEMO)))
    first = fold(records)
    for seed in range(3):
        again = fold(shuffled(records, seed))
        assert again.nodes == first.nodes
        assert again.merges == first.merges
        assert again.assertions == first.assertions


def test_any_order_and_split_under_any_hash_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Papers in another order, in one file or in three, under three hash seeds, give files equal byte for byte."""
    lines = DEMO.read_text(encoding="utf-8").splitlines()[:24]
    found = []
    for seed, parts in (("1", 1), ("2", 2), ("3", 3)):
        mixed = list(lines)
        random.Random(seed).shuffle(mixed)
        sources = [tmp_path / f"{seed}-{k}.jsonl" for k in range(parts)]
        for k, source in enumerate(sources):
            source.write_text("".join(f"{line}\n" for line in mixed[k::parts]), encoding="utf-8")
        out = tmp_path / f"out-{seed}"
        assert run("build", "-q", *sources, "-o", out, PYTHONHASHSEED=seed).returncode == 0
        found.append(graph_files(out))
    assert found[0] == found[1] == found[2]
    assert len(found[0]["merges.tsv"].splitlines()) > 5


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["rule\tname\tvalue\twhy", *(row.replace(" | ", "\t") for row in rows)]) + "\n")
    return path


def test_overrides_win(tmp_path: Path) -> None:
    """A user's row joins, parts, types and labels, and one that matches nothing is reported."""
    file = write(
        tmp_path / "o.tsv",
        "same | ToadNet | FrogNet | one team",
        "never-same | TadpoleTransfomer | TadpoleTransformer",
        "type | NewtSet | Dataset",
        "label | FrogNet | Frog Net",
        "same | Nothing | FrogNet",
    )
    records = [
        record("a", ("FrogNet", "Model", ()), ("TadpoleTransformer", "Model", ())),
        record("b", ("ToadNet", "Model", ()), ("TadpoleTransformer", "Model", ())),
        record("c", ("TadpoleTransfomer", "Model", ()), ("NewtSet", "Model", ())),
    ]
    graph = fold(records, read_overrides(file))
    assert {(n.label, n.type, len(n.papers)) for n in graph.nodes.values()} == {
        ("Frog Net", "Model", 2),
        ("TadpoleTransformer", "Model", 2),
        ("TadpoleTransfomer", "Model", 1),
        ("NewtSet", "Dataset", 1),
    }
    assert len(graph.unused_overrides) == 1
    assert "o.tsv:6" in graph.unused_overrides[0]


def test_override_parts_two_spellings(tmp_path: Path) -> None:
    """A row can make a thing of its own of one spelling, and take a name away that a paper gives as another name."""
    rows = ("never-same | Frog-Net | FrogNet", "never-same | ToadNet | NewtNet")
    file = write(tmp_path / "o.tsv", *rows)
    records = [
        record("a", ("FrogNet", "Model", ())),
        record("b", ("Frog-Net", "Model", ()), ("ToadNet", "Model", ("NewtNet",))),
        record("c", ("frognet", "Model", ()), ("NewtNet", "Model", ())),
    ]
    graph = fold(records, read_overrides(file))
    assert nodes(graph) == {"FrogNet": ("frognet",), "Frog-Net": (), "ToadNet": (), "NewtNet": ()}
    assert not graph.unused_overrides
    assert f"{file}:2" in why.why_apart(graph, "model/frog-net", "model/frognet")
    assert fold(reversed(records), read_overrides(file)).nodes == graph.nodes


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["join | A1 | B1"], r"o.tsv:2: rule 'join' is unknown"),
        (["same | A1 | B1", "same | B1 | C1", "same | C1 | A1"], r"o.tsv:4: a cycle"),
        (["same | A1 | B1", "never-same | A1 | B1"], r"o.tsv:3: other rows make these names the same"),
        (["same | Model:A1 | Dataset:B1"], r"o.tsv:2: .* have two types"),
        (["type | A1 | Frog"], r"o.tsv:2: type 'Frog' is unknown"),
        (["type | A1 | Model", "type | A1 | Task"], r"o.tsv:3: the name has another type in .*o.tsv:2"),
        (["same | Frog-Net | FrogNet"], r"o.tsv:2: both names are spellings of one"),
        (["never-same | FrogNet | FrogNet"], r"o.tsv:2: both names are spellings of one"),
        (["label | A1 |"], r"o.tsv:2: label needs a name and a value"),
    ],
)
def test_bad_overrides_are_refused_with_their_line(tmp_path: Path, rows: list[str], message: str) -> None:
    """Contradictions, unknown rules and types, and gaps are refused before anything is built."""
    with pytest.raises(SourceError, match=message):
        read_overrides(write(tmp_path / "o.tsv", *rows))


def test_unknown_columns_are_refused(tmp_path: Path) -> None:
    """A misspelt column is refused with a hint."""
    (tmp_path / "o.tsv").write_text("rule\tnam\tvalue\n")
    with pytest.raises(SourceError, match=r"o.tsv:1: column 'nam' is unknown.*name"):
        read_overrides(tmp_path / "o.tsv")


def test_why_says_why() -> None:
    """Why two names are one node, or two, is said in a sentence."""
    graph = fold(
        [
            record("a", ("COCO", "Dataset", ()), ("FrogLM", "Model", ("FrogLM-7B",)), ("GPT-3", "Model", ())),
            record("b", ("Microsoft COCO", "Dataset", ()), ("frog-lm", "Model", ()), ("GPT-3.5", "Model", ())),
        ]
    )
    assert "lexicon row dataset/" in why.why_same(graph, "COCO", "Microsoft COCO")
    assert "is a spelling of it" in why.why_same(graph, "FrogLM", "frog-lm")
    assert "differ in numbers or signs (3, 3.5)" in why.why_apart(graph, "GPT-3", "GPT-3.5")
    assert "size or version of FrogLM" in why.why_apart(graph, "FrogLM", "FrogLM-7B")
    assert "is a dataset and" in why.why_apart(graph, "COCO", "GPT-3")
    assert why.why_same(graph, "GPT-3", "GPT-3.5").startswith("GPT-3 and GPT-3.5 are not the same")
    assert {m.name for m in why.aliases(graph, "COCO")} >= {"COCO", "Microsoft COCO"}


def test_build_writes_merges_and_keeps_overrides(tmp_path: Path, papers_file: Write) -> None:
    """The folder says why names are one, answers why, and is loaded again with its overrides."""
    one = {"id": "a", "title": "A study", "abstract": "We train BERT on ImageNet."}
    two = {"id": "b", "title": "Another", "abstract": "We train Bert on Imagenet and compare with RoBERTa."}
    out, ruled = tmp_path / "out", write(tmp_path / "o.tsv", "label | ImageNet | The ImageNet", "same | XYZ | BERT")
    done = run("build", papers_file(one, two), "-o", out, "--overrides", ruled)
    assert done.returncode == 0
    assert "o.tsv:3 (same) matches no name" in done.stderr
    assert "normal form" in (out / "merges.tsv").read_text()
    assert run("why-same", out, "ImageNet", "Imagenet").stdout.startswith(
        "ImageNet and Imagenet are one dataset, The ImageNet"
    )
    assert "Imagenet" in run("aliases", "-q", out, "ImageNet").stdout.splitlines()
    assert run("why-apart", out, "BERT", "RoBERTa").returncode == 0
    bad = run(
        "build", papers_file(one, two), "-o", tmp_path / "bad", "--overrides", write(tmp_path / "p.tsv", "x | y | z")
    )
    assert (bad.returncode, (tmp_path / "bad").exists()) == (1, False)
    assert run("build", "-q", papers_file(one, two), "-o", out).returncode == 0
    assert not (out / "overrides.tsv").exists()


def test_synonyms_are_names_of_one_thing() -> None:
    """Rows of synonyms are sorted, and no row lists a size, version or part of its label as another name of it."""
    rows = rules.synonyms()
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    assert label("Model", form_of("long short-term memory")) == "LSTM"
    assert not is_same("LLaMA", "LLaMA-7B")
    assert not is_same("ARC", "ARC-Easy")
    assert is_same("T5", "Text-to-Text Transfer Transformer")
    assert replace(rows[0]).aliases


def test_identifiers_come_from_lexicon_rows() -> None:
    """A known thing has the numbers its lexicon row gives, as links in RDF; an unknown one has none."""
    graph = fold([record("a", ("BERT", "Model", ()), ("FrogNet-XR", "Model", ()))])
    ids = {node.label: node.ids for node in graph.nodes.values()}
    assert (ids["BERT"], ids["FrogNet-XR"]) == (("arxiv:1810.04805", "wikidata:Q61726893"), ())
    found = graph.query("SELECT ?page { model:bert schema:sameAs|skos:exactMatch ?page } ORDER BY ?page")
    assert found.rows == (("http://www.wikidata.org/entity/Q61726893",), ("https://arxiv.org/abs/1810.04805",))


@pytest.mark.parametrize(("paper", "given"), [("arxiv:1810.04805", True), ("arxiv:2410.00001", False), ("x", True)])
def test_identifiers_are_not_given_to_a_namesake(paper: str, given: bool) -> None:
    """What a paper of another number presents under a known name is not the known thing."""
    found = record(paper, ("BERT", "Model", ()))
    own = replace(found, entities=(replace(found.entities[0], introduced=True),))
    assert bool(fold([own]).nodes["model/bert"].ids) == given


def test_identifier_of_no_scheme_is_refused() -> None:
    """A lexicon row with an identifier that is none is refused with its place."""
    with pytest.raises(RuleError, match=r"model\.jsonl:7: 'arxiv:18\.04' is no identifier"):
        rules._lexicon_row({"id": "a", "type": "Model", "label": "A", "ids": ["arxiv:18.04"]}, "model.jsonl:7")
