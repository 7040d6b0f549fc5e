"""Match the token patterns of relation rules, only where a word stands that they can begin with.

Two hundred patterns tried at every token cost thirty times the tokenizer; tried in a window behind each
anchor word they cost little.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from spacy.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    from kg.pipeline.state import Span, State
    from kg.rules import Rule


class Cue(NamedTuple):
    """A place where a rule's pattern stands."""

    span: Span
    rule: Rule


class Patterns:
    """Find the cues of a set of rules."""

    def __init__(self, vocab: Vocab, rules: Iterable[Rule]) -> None:
        self.by_word: defaultdict[str, list[tuple[Rule, Matcher]]] = defaultdict(list)
        for rule in rules:
            matcher = Matcher(vocab)
            matcher.add(rule.id, [[dict(token) for token in rule.pattern]])
            for word in rule.anchor:
                self.by_word[word].append((rule, matcher))

    def find(self, doc: Doc, paper: State) -> Iterator[list[Cue]]:
        """Yield the cues of each sentence, in order; of one rule the shortest from each start."""
        for start, end in paper.sentences:
            found = []
            for i in range(start, end):
                for rule, matcher in self.by_word.get(paper.lower[i], ()):
                    window = doc[i : min(i + len(rule.pattern), end)]
                    ends = [b for _, a, b in matcher(window) if a == 0]
                    if ends:
                        found.append(Cue((i, i + min(ends)), rule))
            yield sorted(found, key=lambda cue: (cue.span, cue.rule.id))
