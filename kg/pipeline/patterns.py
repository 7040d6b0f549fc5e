"""Match the token patterns of relation rules, only where a word stands that they can begin with.

Two hundred patterns tried at every token cost thirty times the tokenizer; tried in a window behind each
anchor word they cost little. Patterns of words and punctuation are matched by `steps`, all others by spaCy's Matcher.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.matcher import Matcher

from kg.pipeline.steps import Step, shortest, steps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    from kg.pipeline.state import Span, State
    from kg.rules import Rule


class Cue(NamedTuple):
    """A place where a rule's pattern stands."""

    span: Span
    rule: Rule


class Trigger(NamedTuple):
    """A rule behind one of its anchor words, with the words without which its pattern cannot match.

    `steps` is its pattern; where that asks for more than steps can, `matcher` reads it. `at_once` tells that the
    anchor alone is the shortest match: all that may follow is optional.
    """

    rule: Rule
    steps: tuple[Step, ...]
    matcher: Matcher | None
    needs: tuple[frozenset[str], ...]
    at_once: bool


class Patterns:
    """Find the cues of a set of rules."""

    def __init__(self, vocab: Vocab, rules: Iterable[Rule]) -> None:
        self.by_word: defaultdict[str, list[Trigger]] = defaultdict(list)
        for rule in rules:
            plain = steps(rule.pattern)
            matcher = None if plain else _matcher(vocab, rule)
            trigger = Trigger(rule, plain, matcher, needed(rule.pattern), _is_anchor_enough(rule.pattern))
            for word in rule.anchor:
                self.by_word[word].append(trigger)

    def find(self, doc: Doc, paper: State, relations: Sequence[Collection[str]]) -> Iterator[list[Cue]]:
        """Yield the cues of each sentence, in order; of one rule the shortest from each start.

        `relations[k]` holds the relations for which sentence k names an object: cues of others are not sought.
        """
        lower, by_word = paper.lower, self.by_word
        for (start, end), open_ in zip(paper.sentences, relations, strict=True):
            found = []
            for i in [i for i in range(start, end) if lower[i] in by_word] if open_ else ():
                for trigger in by_word[lower[i]]:
                    if trigger.rule.relation not in open_:
                        continue
                    if stop := self._shortest(doc, paper, trigger, (i, end)):
                        found.append(Cue((i, stop), trigger.rule))
            yield sorted(found, key=lambda cue: (cue.span, cue.rule.id))

    def _shortest(self, doc: Doc, paper: State, trigger: Trigger, span: Span) -> int:
        """Return where the shortest match that begins with the span ends, or 0."""
        start = span[0]
        if trigger.at_once:
            return start + 1
        stop = min(start + len(trigger.rule.pattern), span[1])
        # Most windows lack a needed word; sets tell so at a hundredth of the matcher's cost.
        words = paper.lower[start + 1 : stop]
        if any(need.isdisjoint(words) for need in trigger.needs):
            return 0
        if trigger.matcher is None:
            length = shortest(trigger.steps, paper.lower[start:stop])
            return start + length if length else 0
        return min((start + b for _, a, b in trigger.matcher(doc[start:stop]) if a == 0), default=0)


def _matcher(vocab: Vocab, rule: Rule) -> Matcher:
    matcher = Matcher(vocab)
    matcher.add(rule.id, [[dict(token) for token in rule.pattern]])
    return matcher


def _is_anchor_enough(pattern: tuple[Mapping[str, Any], ...]) -> bool:
    return set(pattern[0]) == {"LOWER"} and all(token.get("OP") in ("?", "*") for token in pattern[1:])


def needed(pattern: tuple[Mapping[str, Any], ...]) -> tuple[frozenset[str], ...]:
    """Return, for each token after the first that must be there, the words it can be.

    >>> needed(({"LOWER": "on"}, {"LOWER": {"IN": ["par"]}}, {"LOWER": "with", "OP": "?"}))
    (frozenset({'par'}),)
    """
    out = []
    for token in pattern[1:]:
        lower = token.get("LOWER")
        words = [lower] if isinstance(lower, str) else lower.get("IN") if isinstance(lower, dict) else None
        if words and token.get("OP", "1") in ("1", "+"):
            out.append(frozenset(words))
    return tuple(out)
