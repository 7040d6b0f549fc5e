"""Which of several media types a client would rather have (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUALITY = re.compile(r"[01](?:\.\d{0,3})?")


def best(accept: str, offered: Iterable[str]) -> str:
    """Return the offered type that an Accept header prefers, the first of equals, or "" if it admits none.

    >>> best("text/csv;q=0.9, application/json;q=0.1", ("application/json", "text/csv"))
    'text/csv'
    >>> best("text/*, text/csv;q=0", ("text/csv", "text/plain")), best("image/png", ("text/csv",))
    ('text/plain', '')
    """
    wanted = _ranges(accept) or {"*/*": 1.0}
    best_type, best_quality = "", 0.0
    for type_ in offered:
        ranges = (type_, f"{type_.partition('/')[0]}/*", "*/*")
        quality = next((wanted[name] for name in ranges if name in wanted), 0.0)
        if quality > best_quality:
            best_type, best_quality = type_, quality
    return best_type


def _ranges(accept: str) -> dict[str, float]:
    out: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((p.partition("=")[2].strip() for p in parameters if p.partition("=")[0].strip() == "q"), "1")
        if name:
            out[name] = min(float(quality), 1.0) if _QUALITY.fullmatch(quality) else 0.0
    return out
