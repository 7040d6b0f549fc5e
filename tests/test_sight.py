"""Reading counts in ids what fitting counts by name, and all weights see the same surroundings, read once."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from itertools import islice

import pytest

from kg.model import Paper
from kg.pipeline import COMPONENTS, features, make_nlp, process, weights
from kg.pipeline.introduced import Introduced
from kg.pipeline.memo import Memo
from kg.pipeline.paper_roles import PaperRoles
from kg.pipeline.sight import Sight, beside
from kg.pipeline.state import State, state
from kg.pipeline.surroundings import Around, Surroundings
from kg.sources import read
from tests.conftest import DEMO


@pytest.fixture(scope="module")
def papers() -> list[State]:
    """Return papers read up to their entities."""
    nlp = make_nlp(components=COMPONENTS[: COMPONENTS.index("kg_introduced")])
    return [state(process(nlp, paper)) for paper in islice(read(DEMO), 12)]


def named(paper: State) -> Around[str]:
    """Return what stands around the names of a paper by the names of features, as fitting counts it."""
    return Around(paper, Surroundings[str](str))


def test_typing_reads_what_was_fitted(papers: list[State]) -> None:
    """The ids of a string's features are those of its features by name, alone and in its surroundings."""
    model = weights.load("typing")
    by_name, by_id = features.Features[str](str), features.Features[int](model.ids.get)
    sight = Sight(model)
    for paper in papers:
        around, near = sight.around(paper), named(paper)
        for key, spans in features.groups(paper).items():
            names = {*by_name.of_string(key), *by_name.of_form(paper, spans)}
            assert {*by_id.of_string(key), *by_id.of_form(paper, spans)} == set(model.encode(names))
            assert sight.ids(around.of_spans(spans)) == set(model.encode(near.of_spans(spans)))


@pytest.mark.parametrize("name", ["introduced", "roles"])
def test_all_weights_know_their_own_among_shared_numbers(papers: list[State], name: str) -> None:
    """Features are found under shared numbers as under the weights' own, those in company of a type too."""
    model = weights.load(name)
    shared, own = Sight(model), Sight(replace(model))
    assert shared.numbering is Sight(weights.load("typing")).numbering
    assert own.numbering is not shared.numbering
    for paper in papers:
        near, entries = named(paper), [(e.type, [span for span, _ in e.spans]) for e in paper.entries]
        for type_, spans in entries:
            names = set(near.of_first(spans))
            for sight in (shared, own):
                around = sight.around(paper)
                assert sight.ids(around.of_first(spans)) == set(model.encode(names))
                wanted = set(model.encode(names | beside(type_, names)))
                assert sight.ids_beside(type_, around.of_first(spans)) == wanted


def test_surroundings_are_read_once(papers: list[State]) -> None:
    """Components whose weights share numbers share what one of them has read."""
    one, other = Introduced(weights.load("introduced")), PaperRoles(weights.load("roles"))
    assert one.sight.around(papers[0]) is other.sight.around(papers[0])
    assert one.sight.around(papers[0]) is not one.sight.around(papers[1])


def test_a_paper_that_was_read_is_gone_at_once() -> None:
    """What components keep beside a paper holds no cycle, so that papers do not wait for the garbage collector."""
    nlp = make_nlp()
    gc.disable()
    try:
        doc = process(nlp, Paper("x", "A study", "We train RoBERTa on C4. It obtains 90.2% accuracy on MNLI."))
        kept = weakref.ref(state(doc).around)
        assert kept() is not None
        del doc
        assert kept() is None
    finally:
        gc.enable()


def test_numbers_of_other_weights_say_nothing() -> None:
    """Features that only other weights know change no probability."""
    model = weights.load("typing")
    row = model.encode(["bias", "l=the"])
    beyond = len(model.ids) + 1
    assert max(Sight(model).numbering.ids.values()) > beyond
    assert model.probabilities([row, []]).tolist() == model.probabilities([[*row, beyond], [beyond + 7]]).tolist()


def test_memory_of_words_is_bounded() -> None:
    """A table that is full begins anew, and goes on answering right."""
    asked: list[int] = []

    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    memo = Memo(double, most=10)
    assert [memo[k % 25] for k in range(100)] == [2 * (k % 25) for k in range(100)]
    assert len(memo) <= 10
    before = len(asked)
    assert memo[99 % 25] == 2 * (99 % 25)
    assert len(asked) == before


def test_text_of_new_words_takes_no_more_memory() -> None:
    """However many words were read, tables hold no more than they may."""
    nlp = make_nlp()
    names = nlp.get_pipe("kg_names")
    names._pieces.most = 50
    for k in range(5):
        text = " ".join(f"word{k}x{i} is new." for i in range(40))
        process(nlp, Paper(str(k), "A study", text))
    assert len(names._pieces) <= 50
