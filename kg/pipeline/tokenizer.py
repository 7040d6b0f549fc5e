r"""Cut text into the words of this field: `pre-training`, `Llama-2-7B`, `ROUGE-1`, `LoRA+` and `80.9%` stay whole.

spaCy's English tokenizer cuts "pre-training" in three and "Llama-2-7B" in two. One regular expression is
also faster. An adjectival ending after a name ("BERT-based") is a token of its own, since the name is one.
"""

from __future__ import annotations

import re
from functools import cache

from kg import rules

_TOKEN = re.compile(
    r"""
      # Most tokens are plain words: one look ahead spares them all that follows.
      ([A-Za-z][a-z]+)(?=[\s,;)]|\.(?:\s|$))
    | https?[:;]//\S*[\w/]
    | (?:[A-Za-z]\.){2,}(?![A-Za-z])
    | [-+]?(?<![\w.-])\d+(?:[.,]\d+)*%?(?![\w%-]|[.,]\d)
      # Sites that strip LaTeX leave its words glued to the numbers: "5times faster", "sim3x".
    | \d+(?:\.\d+)*(?=times\b)
    | \bsim(?=\d+(?:\.\d+)?(?:%|x\b|[KMBT]?\b))
    | \d+(?:[.,]\d+)*%
    | [^\W_]+(?:(?:[-_'@*]|\.(?=[\da-z])|(?<=[\dA-Z])/(?=\d)|\+(?=[\da-zA-Z])|(?<=[A-Z])&(?=[A-Z]))[^\W_]+)*
      (?:\++|\*(?!\w))?
    | [^\s\w] | _
    """,
    re.VERBOSE,
)


@cache
def _ending() -> re.Pattern[str]:
    endings = sorted(rules.words()["suffix"], key=lambda w: (-len(w), w))
    return re.compile(rf"-(?:{'|'.join(map(re.escape, endings))})$", re.IGNORECASE)


def tokenize(text: str) -> list[tuple[int, int]]:
    """Return start and end of each token.

    >>> text = "BERT-based Llama-2-7B's F1 of 80.9% (e.g. top-1)."
    >>> [text[s:e] for s, e in tokenize(text)]
    ['BERT', '-based', 'Llama-2-7B', "'s", 'F1', 'of', '80.9%', '(', 'e.g.', 'top-1', ')', '.']
    """
    out: list[tuple[int, int]] = []
    ending = _ending()
    for found in _TOKEN.finditer(text):
        if found.lastindex:
            out.append(found.span())
            continue
        start, end = found.span()
        word = found.group()
        if len(word) < 4:
            out.append((start, end))
        elif word.endswith("'s"):
            out += [(start, end - 2), (end - 2, end)]
        elif "-" in word and (cut := ending.search(word)) and _is_name(word[: cut.start()]):
            out += [(start, start + cut.start()), (start + cut.start(), end)]
        else:
            out.append((start, end))
    return out


def _is_name(head: str) -> bool:
    """Tell whether the part before an ending looks like a name ("BERT"), not like half a word ("self")."""
    return any(c.isupper() or c.isdigit() for c in head) and len(head) > 1
