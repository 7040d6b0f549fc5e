"""Find the names that the lexicons know, in one pass over the tokens.

Names are compared with hyphens and spaces taken out, so "CIFAR-10", "CIFAR10" and "CIFAR 10" are one name;
a set of all prefixes tells after each token whether a longer name is still possible. That costs one look-up
for most tokens and needs no string matcher.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from spacy.language import Language

from kg import rules
from kg.pipeline.memo import Memo
from kg.pipeline.state import Known, State, state
from kg.pipeline.tokenizer import tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spacy.tokens import Doc

_KEPT = re.compile(r"[^\w+#@*/&%.()]|_|\.(?!\d)|(?<!\d)\.")
_PART = re.compile(r"[^\W\d_]+|\d+|\W+")
_LONGEST = 10
_INNER = frozenset("-.:^'\N{MIDDLE DOT}")
"""Signs that may stand inside a name as tokens of their own: "Mr. TyDi", "IA^3"."""


class Piece(NamedTuple):
    """A token as names are compared: squashed, and that without case.

    `begins` tells that some name goes on behind it or ends with it, `ends` that a name may be it alone.
    """

    cased: str
    plain: str
    begins: bool
    ends: bool


def squash(word: str) -> str:
    """Return a token without hyphens and stray stops.

    >>> squash("Llama-2-7B"), squash("Qwen2.5"), squash("-")
    ('Llama27B', 'Qwen2.5', '')
    """
    return _KEPT.sub("", word)


class Names:
    """Match lexicon names in the tokens of a paper."""

    def __init__(self, rows: Iterable[rules.LexiconRow]) -> None:
        self.names: defaultdict[str, list[tuple[Known, str]]] = defaultdict(list)
        self.prefixes: set[str] = set()
        for row in rows:
            for name in (row.label, *row.aliases):
                self._add(row, name)
        # In order, what goes on behind a prefix follows it.
        self.unfinished = {one for one, other in pairwise(sorted(self.prefixes)) if other.startswith(one)}
        self._pieces = Memo(self._piece)

    def _add(self, row: rules.LexiconRow, name: str) -> None:
        pieces = [squash(name[s:e]) for s, e in tokenize(name)]
        cased = "".join(pieces)
        if not cased or cased.isdigit():
            return
        # A short acronym keeps its case even in a row that matches any case ("AP" is not "ap").
        free = row.match == "any-case" and not (len(cased) <= 5 and cased.isupper())
        known = Known(row.id, row.type, name in row.weak)
        self.names[cased.casefold()].append((known, "" if free else cased))
        prefix = ""
        for piece in pieces:
            for part in _PART.findall(piece.casefold()):
                prefix += part
                self.prefixes.add(prefix)

    def __call__(self, doc: Doc) -> Doc:
        """Add the longest known name at each token to the state, and propose it as a candidate."""
        paper = state(doc)
        pieces = list(map(self._pieces.__getitem__, paper.words))
        stop = 0
        for i in [i for i, piece in enumerate(pieces) if piece.begins]:
            if i < stop or not (pieces[i].ends or self._goes_on(paper, pieces, i)):
                continue
            found, end = self._longest(paper, pieces, i)
            if found:
                stop = end
                paper.known[i, end] = found
                for k in range(i, end):
                    paper.known_at.setdefault(k, []).append((i, end))
                paper.propose((i, end), "candidate.known")
        return doc

    def _piece(self, word: str) -> Piece:
        cased = squash(word)
        plain = cased.casefold()
        ends = plain in self.names or (plain[-1:] == "s" and plain[:-1] in self.names)
        return Piece(cased, plain, plain in self.prefixes and (ends or plain in self.unfinished), ends)

    def _goes_on(self, paper: State, pieces: list[Piece], i: int) -> bool:
        """Tell whether a name may go on behind token i: asked before anything costly, and mostly answered no."""
        if i + 1 == len(pieces):
            return False
        following = pieces[i + 1].plain
        if not following:
            return paper.words[i + 1] in _INNER
        both = pieces[i].plain + following
        return both in self.prefixes or (both[-1] == "s" and both[:-1] in self.prefixes)

    def _longest(self, paper: State, pieces: list[Piece], start: int) -> tuple[list[Known], int]:
        """Return the rows of the longest name that begins at `start`, and its end."""
        words, cased, plain, best, end = paper.words, "", "", [], start + 1
        for k in range(start, min(start + _LONGEST, len(words))):
            if k > start and paper.first[k]:
                break
            piece = pieces[k]
            if not piece.cased:
                if words[k] in _INNER:
                    continue
                break
            cased += piece.cased
            plain += piece.plain
            if hits := self._at(cased, plain):
                best, end = hits, k + 1
            if plain not in self.prefixes:
                break
        return best, end

    def _at(self, cased: str, plain: str) -> list[Known]:
        """Return the rows that a stretch of text names, a plural s aside."""
        if plain in self.names and (hits := self._hits(cased, plain)):
            return hits
        if len(cased) > 3 and cased[-1] == "s" and plain[:-1] in self.names:
            return self._hits(cased[:-1], plain[:-1])
        return []

    def _hits(self, cased: str, plain: str) -> list[Known]:
        out: dict[str, Known] = {}
        for known, exact in self.names[plain]:
            if not exact or exact == cased:
                hit = known
            elif len(cased) > 5 or (len(cased) > 3 and cased[0].isupper() and any(c.isdigit() for c in cased)):
                # Another case of a long name: perhaps the same thing, perhaps a common word.
                hit = known._replace(weak=True)
            else:
                continue
            if known.row not in out or out[known.row].weak:
                out[known.row] = hit
        return list(out.values())


@Language.factory("kg_names")
def make_names(nlp: Language, name: str) -> Names:
    """Make the component that finds known names."""
    return Names(rules.lexicons())
