"""A difference of two graphs for people: as lines of text, and as a page without any script."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from kg.views import policy
from kg.views.difference import HOWS, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.views.difference import Change, Difference

_SIGNS = {"came": "+", "went": "-", "changed": "~"}


def text(difference: Difference, *, brief: bool = False) -> str:
    """Return a difference as lines, each change behind a sign; `brief` gives the counts alone."""
    lines = []
    for kind, counts in difference.counts().items():
        lines.append(f"{kind}: {', '.join(f'{count} {how}' for how, count in counts.items())}")
        for change in () if brief else (c for how in HOWS for c in difference.of(kind, how)):
            lines.append(f"  {_SIGNS[change.how]} {change.name}")
            lines += [f"      {name}: {before or '-'} -> {after or '-'}" for name, before, after in change.fields]
            if change.sentence:
                lines.append(f'      "{change.sentence}" ({change.paper})')
    return "\n".join(lines) + "\n"


def page(difference: Difference, *, old: str, new: str) -> str:
    """Return a difference as one page of HTML; all that papers say is text in it."""
    style = _asset("diff.css")
    counts = difference.counts()
    return Template(_asset("diff.html")).substitute(
        title="What is new",
        about=escape(f"From {old} to {new}"),
        style=style,
        style_hash=policy.source(style),
        counts="\n".join(
            f'<tr><th scope="row">{kind}</th>' + "".join(f"<td>{count}</td>" for count in row.values()) + "</tr>"
            for kind, row in counts.items()
        ),
        sections="\n".join(line for kind in KINDS if any(counts[kind].values()) for line in _section(difference, kind)),
    )


def _section(difference: Difference, kind: str) -> Iterator[str]:
    yield f"<h2>{kind.capitalize()}</h2>"
    for how in HOWS:
        if changes := difference.of(kind, how):
            # What came is what most readers open the page for.
            yield f"<details{' open' if how == 'came' else ''}><summary>{len(changes)} {how}</summary><ul>"
            yield from map(_item, changes)
            yield "</ul></details>"


def _item(change: Change) -> str:
    fields = "".join(
        f'<div class="field">{escape(name)}: {escape(before) or "-"} &rarr; {escape(after) or "-"}</div>'
        for name, before, after in change.fields
    )
    said = f"<q>{escape(change.sentence)}</q><cite>{escape(change.paper)}</cite>" if change.sentence else ""
    return f'<li class="{change.how}">{escape(change.name)}{fields}{said}</li>'


def _asset(name: str) -> str:
    return (files("kg") / "data" / "pages" / name).read_text(encoding="utf-8")
