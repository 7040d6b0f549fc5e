"""Plain patterns are matched by steps just as spaCy's Matcher matches them, and others by the Matcher itself."""

from __future__ import annotations

import random

import pytest
import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc

from kg import rules
from kg.model import Paper
from kg.pipeline import make_doc
from kg.pipeline.patterns import Patterns
from kg.pipeline.state import state
from kg.pipeline.steps import shortest, steps

PATTERNED = [rule for rule in rules.rules() if rule.pattern]


@pytest.mark.parametrize("rule", PATTERNED, ids=[rule.id for rule in PATTERNED])
def test_steps_match_as_spacy_does(rule: rules.Rule) -> None:
    """Over windows of the pattern's words, common words and punctuation, both find the same shortest match."""
    nlp = spacy.blank("en")
    matcher = Matcher(nlp.vocab)
    matcher.add(rule.id, [[dict(token) for token in rule.pattern]])
    plain = steps(rule.pattern)
    assert plain
    own = sorted({word for step in plain for word in step.words or ()})
    choice = [*own, "favorably", "the", "BERT", ",", "3.5", ")"]
    draw = random.Random(rule.id)
    found = set()
    for _ in range(300):
        words = [
            draw.choice(rule.anchor),
            *draw.choices(choice, k=len(plain)),
        ]
        doc = Doc(nlp.vocab, words=words)
        wanted = min((end for _, start, end in matcher(doc) if start == 0), default=0)
        assert shortest(plain, [word.lower() for word in words]) == wanted, words
        found.add(wanted > 0)
    assert True in found


def test_patterns_of_other_attributes_are_left_to_spacy() -> None:
    """A pattern that asks for the written form or its length is no row of steps, and still finds its cue."""
    pattern = ({"LOWER": "on"}, {"TEXT": {"REGEX": "^[A-Z]"}, "LENGTH": {">=": 3}})
    assert steps(pattern) == ()
    rule = rules.Rule("uses.test", "a test", ("on BERT",), pattern=pattern, anchor=("on",), relation="uses")
    nlp = spacy.blank("en")
    doc = make_doc(nlp, Paper("a", "", "Built on a net, on GPT, on BERT."))
    paper = state(doc)
    paper.sentences = [(0, len(paper.words))]
    (cues,) = Patterns(nlp.vocab, [rule]).find(doc, paper, [{"uses"}])
    assert [" ".join(paper.words[slice(*cue.span)]) for cue in cues] == ["on GPT", "on BERT"]
