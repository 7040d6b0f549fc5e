"""From text to a record: sentences, abbreviations, entities, relations, results, and their evidence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import astuple
from importlib.metadata import entry_points

import pytest

from kg import ontology
from kg.model import Paper, Record
from kg.pipeline import COMPONENTS, default_nlp, extract, make_doc, make_nlp, weights
from kg.pipeline.paper_roles import PaperRoles
from kg.pipeline.state import state
from kg.sources import read
from tests.conftest import DEMO, fastest

Read = Callable[..., Record]


def sentences(text: str) -> list[str]:
    nlp = make_nlp(components=["kg_sentences"])
    doc = make_doc(nlp, Paper("a", "T", text))
    paper = state(nlp.get_pipe("kg_sentences")(doc))
    return [paper.text(span) for span in paper.sentences[1:]]


@pytest.mark.parametrize(
    "whole",
    [
        "Results of Devlin et al. (2019) are good.",
        "Some tasks, e.g. Translation, are hard.",
        "See Fig. 3 for it, i.e. The plot.",
        "J. Smith wrote it vs. Others.",
    ],
)
def test_sentences_survive_abbreviations(whole: str) -> None:
    """A full stop of an abbreviation or an initial ends no sentence."""
    assert sentences(f"{whole} Next one.") == [whole, "Next one."]


def test_sentences_keep_closing_quotes() -> None:
    """A bracket or quote right behind the stop belongs to the sentence that ends there."""
    assert sentences('It is "good." Is it (very.) "So it is." Yes.') == [
        'It is "good."',
        "Is it (very.)",
        '"So it is."',
        "Yes.",
    ]


@pytest.mark.parametrize(
    ("title", "abstract", "short", "long"),
    [
        ("T", "We use Low-Rank Adaptation (LoRA) here.", "LoRA", "Low-Rank Adaptation"),
        ("T", "We use LoRA (Low-Rank Adaptation) here.", "LoRA", "Low-Rank Adaptation"),
        ("T", "We use the graph neural networks (GNNs).", "GNNs", "graph neural networks"),
        ("POA: Pre-training Once for All", "Text.", "POA", "Pre-training Once for All"),
        ("T", "We use T5, the Text-to-Text Transfer Transformer, here.", "T5", "Text-to-Text Transfer Transformer"),
        ("T", "We use SOP, which stands for sentence order prediction.", "SOP", "sentence order prediction"),
        (
            "T",
            "bidirectional encoder representations from transformers (BERT)",
            "BERT",
            "bidirectional encoder representations from transformers",
        ),
    ],
)
def test_abbreviations_pair_short_and_long(title: str, abstract: str, short: str, long: str) -> None:
    """Short and long form are paired in either order, and in titles with a colon."""
    nlp = make_nlp(components=["kg_sentences", "kg_abbreviations"])
    doc = make_doc(nlp, Paper("a", title, abstract))
    for _, component in nlp.pipeline:
        doc = component(doc)
    paper = state(doc)
    assert [(paper.text(p.short), paper.text(p.long)) for p in paper.abbreviations] == [(short, long)]


def test_abbreviations_need_matching_letters() -> None:
    """A word in brackets that the text before does not spell is no abbreviation."""
    nlp = make_nlp(components=["kg_sentences", "kg_abbreviations"])
    doc = make_doc(nlp, Paper("a", "T", "We use graph networks (BERT) here."))
    for _, component in nlp.pipeline:
        doc = component(doc)
    assert state(doc).abbreviations == []


def test_entities_join_forms_of_one_name(read_text: Read) -> None:
    """Acronym, long form, plural and size are one entity; another version is another entity."""
    record = read_text("We compare Low-Rank Adaptation (LoRA) on LLaMA and LLaMA-7B with GPT-3 and GPT-3.5 on GLUE.")
    names = {entity.name: set(entity.aliases) for entity in record.entities}
    assert "Low-Rank Adaptation" in names["LoRA"]
    assert "LLaMA-7B" in names["LLaMA"]
    assert {"GPT-3", "GPT-3.5"} <= names.keys()


def test_introduced_is_what_the_authors_present(read_text: Read) -> None:
    """The phrase "We introduce X" marks X, and no name that is only used."""
    record = read_text(
        "Pre-training is costly. We introduce FrogNet, a new convolutional neural network trained on ImageNet. "
        "FrogNet outperforms ResNet-50 on CIFAR-10.",
        title="FrogNet: A Fast Network",
    )
    assert [e.name for e in record.entities if e.introduced] == ["FrogNet"]


@pytest.mark.parametrize(
    ("abstract", "polarity"),
    [
        ("We train RoBERTa on CC-News.", "asserted"),
        ("RoBERTa is not trained on CC-News.", "negated"),
        ("RoBERTa may be trained on CC-News.", "hedged"),
    ],
)
def test_claims_keep_polarity(read_text: Read, abstract: str, polarity: str) -> None:
    """A denied or doubtful statement is kept as such."""
    term = ontology.load().terms.trainedOn
    found = [c for c in read_text(abstract).relations if c.predicate == term]
    assert [(c.subject, c.object, c.polarity) for c in found] == [("RoBERTa", "CC-News", polarity)]


def test_claims_imply_their_parents(read_text: Read) -> None:
    """What is pre-trained on data is also trained on it."""
    terms = ontology.load().terms
    found = {c.predicate for c in read_text("RoBERTa is pre-trained on CC-News.").relations if c.object == "CC-News"}
    assert {terms.pretrainedOn, terms.trainedOn} <= found


@pytest.mark.parametrize(
    ("abstract", "row"),
    [
        ("BERT reaches an accuracy of 86.7% on MNLI.", ("MNLI", "accuracy", "86.7", "%", "absolute")),
        ("It improves accuracy on MNLI by 2.5 points.", ("MNLI", "accuracy", "2.5", "points", "delta")),
        ("Our model obtains 28.4 BLEU on WMT 2014.", ("WMT 2014", "BLEU", "28.4", "", "absolute")),
        ("LoRA makes BERT 3 times faster.", ("", "", "3", "x", "absolute")),
        ("Training is 14x faster than BERT.", ("", "", "14", "x", "absolute")),
    ],
)
def test_results_hold_value_unit_and_kind(read_text: Read, abstract: str, row: tuple[str, ...]) -> None:
    """A reported number comes with its target, metric, unit and kind."""
    results = read_text(abstract).results
    assert [(r.target, r.metric, r.value, r.unit, r.kind) for r in results] == [row]


def test_results_pair_lists_in_order(read_text: Read) -> None:
    """The numbers of a list belong to the targets of a list, one to one."""
    results = read_text("It reaches an accuracy of 90.1% and 80.2% on CIFAR-10 and CIFAR-100, respectively.").results
    assert [(r.value, r.target) for r in results] == [("90.1", "CIFAR-10"), ("80.2", "CIFAR-100")]


@pytest.mark.parametrize(
    "abstract",
    [
        "The model has 12 layers and 7B parameters.",
        "We train for 300k steps with 2e-5.",
        "We evaluate on 12 tasks in 2019.",
        "We use 10% of the labels.",
    ],
)
def test_results_leave_sizes_out(read_text: Read, abstract: str) -> None:
    """Sizes, counts, settings, years and shares of data are no results."""
    assert read_text(abstract).results == ()


@pytest.mark.parametrize(
    ("abstract", "allowed"),
    [
        ("An accuracy of 90.1% is reached.", {"90.1"}),
        (
            "It reaches 90.1%, 80.2% and 70.3% accuracy on CIFAR-10 and CIFAR-100, respectively.",
            {"90.1", "80.2", "70.3"},
        ),
        ("The model (trained on ImageNet (81.2% top-1) (and more)) is good.", {"81.2"}),
        ("Accuracy on SQuAD is 50 %-80 % of that of BERT.", {"50", "80"}),
        ("It obtains a score of 1,234.5 on Atari.", {"1,234.5"}),
        ("It changes the accuracy on GLUE by \u22123.2 points.", {"3.2"}),
        ("We search 10^5 configurations in 10^-3 seconds.", set()),
        ("It reaches an accuracy of 93.1 \u00b1 0.3 on GLUE.", {"93.1"}),
        ("%%% 90 %% of .5 5. 1.2.3 ((( 7 )) x x 3x", {"90", "7", "3"}),
    ],
)
def test_results_of_odd_numbers_are_read_or_left_out(read_text: Read, abstract: str, allowed: set[str]) -> None:
    """No value is made up: each stands in the text as it is given, and powers and error margins are none."""
    record = read_text(abstract)
    assert {r.value for r in record.results} <= allowed
    names = {e.name for e in record.entities}
    assert all({r.target, r.metric} <= names | {""} and r.subject in names | {"PAPER"} for r in record.results)


@pytest.mark.parametrize("paper", list(read(DEMO)), ids=lambda p: p.id)
def test_spans_are_the_text(paper: Paper) -> None:
    """Every mention's span is its text, every claim's and result's span is a sentence of the paper."""
    record = next(extract([paper]))
    for entity in record.entities:
        assert entity.mentions
        for m in entity.mentions:
            assert record.text(m.field)[m.start : m.end] == m.text
    for said in (*record.relations, *record.results):
        assert (said.field, said.start, said.end) in record.sentences
        assert said.rule
    for result in record.results:
        assert result.value in record.text(result.field)[result.start : result.end]
    places = {e.name: {(m.field, m.start) for m in e.mentions} for e in record.entities}
    for claim in record.relations:
        for name in {claim.subject, claim.object} - {"PAPER"}:
            assert any(f == claim.field and claim.start <= at < claim.end for f, at in places[name])


def test_extract_survives_odd_text(read_text: Read) -> None:
    """Emoji, markup, brackets and other scripts neither break extraction nor shift spans."""
    record = read_text(
        r"\U0001F600 <b>BERT</b> &amp; {\bf RoBERTa} ((( on $\mathrm{GLUE}$ 中文 reach 90\% 😀 on SQuAD."
    )
    assert {"BERT", "RoBERTa"} <= {e.name for e in record.entities}
    for entity in record.entities:
        for m in entity.mentions:
            assert record.text(m.field)[m.start : m.end] == m.text


def test_extract_is_a_function_of_the_paper() -> None:
    """A record does not depend on the papers before it."""
    papers = list(read(DEMO))[:6]
    forth = {r.id: r for r in extract(papers)}
    back = {r.id: r for r in extract(reversed(papers))}
    assert forth == back


def test_record_round_trips_through_json() -> None:
    """A record read back from its JSON line equals itself."""
    import json

    for record in extract(list(read(DEMO))[:5]):
        assert Record.from_dict(json.loads(record.to_json())) == record


def test_components_are_registered_with_spacy() -> None:
    """Every component is a spaCy factory that a user can remove or replace."""
    nlp = default_nlp()
    assert tuple(nlp.pipe_names) == COMPONENTS
    assert all(nlp.has_factory(name) for name in COMPONENTS)


def test_components_are_offered_to_spacy() -> None:
    """Each component is an entry point, so that spaCy finds it though nobody imported kg."""
    offered = {point.name: point.value for point in entry_points(group="spacy_factories")}
    assert all(offered[name].startswith("kg.pipeline.") for name in COMPONENTS)
    code = "import spacy; nlp = spacy.blank('en'); nlp.add_pipe('kg_sentences'); print(nlp.pipe_names)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['kg_sentences']"


def test_other_components_are_witnesses(read_text: Read) -> None:
    """A span that another component puts into doc.spans["kg"] becomes a candidate under its rule id."""
    from spacy.language import Language
    from spacy.tokens import Doc, Span

    @Language.component("frog_finder")
    def frog_finder(doc: Doc) -> Doc:
        doc.spans["kg"] = [
            Span(doc, t.i, t.i + 1, label="Model", span_id="frogs.finder") for t in doc if t.text == "frog"
        ]
        return doc

    nlp = make_nlp()
    nlp.add_pipe("frog_finder", before="kg_typing")
    doc = make_doc(nlp, Paper("a", "T", "We use a frog here."))
    for _, component in nlp.pipeline:
        doc = component(doc)
    assert any("frogs.finder" in proposed for proposed in state(doc).candidates.values())


def test_values_are_plain(read_text: Read) -> None:
    """Nothing of spaCy leaves the pipeline: a record is strings, numbers and tuples."""

    def plain(value: object) -> bool:
        return all(map(plain, value)) if isinstance(value, tuple) else isinstance(value, str | int | float | bool)

    assert plain(astuple(read_text("We train RoBERTa on CC-News with an accuracy of 90.1%.")))


REPEATED = {
    "one word": "BERT ",
    "one clause": "train BERT on GLUE ",
    "numbers": "90.1% accuracy on GLUE ",
    "open brackets": "BERT ( ",
    "definitions": "Low Rank Adaptation (LoRA) ",
    "markup": r"$\alpha_{i}$ {\bf BERT} ",
    "right to left": "\u0645\u0631\u062d\u0628\u0627 BERT ",
    "emoji": "\U0001f600 BERT ",
    "no spaces": "a-",
}


@pytest.mark.parametrize("piece", REPEATED.values(), ids=REPEATED.keys())
def test_extraction_takes_linear_time(piece: str) -> None:
    """Four times the text takes about four times as long, also of odd text, and its spans stay right."""

    def read(characters: int) -> None:
        paper = Paper("a", "T", (piece * characters)[:characters])
        for entity in next(extract([paper])).entities:
            assert all(paper.abstract[m.start : m.end] == m.text for m in entity.mentions if m.field == "abstract")

    # Quadratic time would be sixteenfold; a floor keeps noise of tiny times out.
    limit = 9 * max(fastest(lambda: read(12_000), enough=0), 0.02)
    assert fastest(lambda: read(48_000), enough=limit) < limit


def test_paper_roles_follow_the_weights() -> None:
    """A likely role is added without a cue, an unlikely one is dropped, and claims with their own subject stay."""
    terms = ontology.load().terms
    nlp = make_nlp(components=[name for name in COMPONENTS if name != "kg_paper_roles"])
    doc = make_doc(nlp, Paper("a", "T", "We use BERT. RoBERTa is based on BERT. Results are given for GLUE."))
    for _, component in nlp.pipeline:
        doc = component(doc)
    before = {(c.subject, c.predicate, c.object) for c in state(doc).relations}
    assert {("PAPER", terms.uses, "BERT"), ("RoBERTa", terms.uses, "BERT")} <= before

    def revised(uses: float, evaluated: float) -> set[tuple[str, str, str]]:
        classes = ["nothing", terms.evaluatedOn, f"{terms.comparedWith}+{terms.uses}"]
        head = {"classes": classes, "bias": [0.0, 0.0, 0.0], "threshold": 0.4}
        state(doc).relations = [c for c in given if c.predicate != terms.evaluatedOn]
        PaperRoles(weights.make(head, {"bias": [0.0, evaluated, uses]}))(doc)
        return {(c.subject, c.predicate, c.object) for c in state(doc).relations}

    given = list(state(doc).relations)
    assert ("PAPER", terms.uses, "BERT") in revised(9.0, 0.0)
    assert ("PAPER", terms.evaluatedOn, "GLUE") in revised(0.0, 9.0)
    unlikely = revised(-9.0, -9.0)
    assert ("RoBERTa", terms.uses, "BERT") in unlikely
    assert not {("PAPER", terms.uses, "BERT"), ("PAPER", terms.evaluatedOn, "GLUE")} & unlikely
