r"""Refuse SERVICE before a query is evaluated, because Oxigraph would send requests to any address named.

There is no switch for it and no parser to ask, so this reads the text itself and refuses in doubt:
what cannot be part of a string, an IRI, a comment, a variable or a prefixed name, and holds the word,
is refused. A server must not rely on this alone and gives its workers no network.

"<" begins an IRI or compares numbers, and a text can be written so that a wrong guess hides a keyword:
in `?a <'x>' ) ...` a quote would seem to be part of an IRI. So an IRI with a quote or a "#" in it must
have "://" after its scheme, where no comparison can have it.
"""

from __future__ import annotations

import re

from kg.errors import RefusedError

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
# Names are matched in ASCII only, and without their dots: where an engine sees a name end earlier than
# this does, a keyword could hide in the rest.
_INERT = re.compile(
    r"""
    \"{3} (?: [^"\\] | \\. | "(?!"") )* \"{3}
    | '{3} (?: [^'\\] | \\. | '(?!'') )* '{3}
    | " (?: [^"\\\n\r] | \\. )* "
    | ' (?: [^'\\\n\r] | \\. )* '
    | < [a-z][a-z0-9+.-]* :// (?: [^<>"{}|^`\\\x00-\x20] | \\u[0-9a-f]{4} | \\U[0-9a-f]{8} )* >
    | < (?: [^<>"{}|^`\\\x00-\x20'\#] | \\u[0-9a-f]{4} | \\U[0-9a-f]{8} )* >
    | (?P<doubt> < (?: [^<>"{}|^`\\\x00-\x20] | \\u[0-9a-f]{4} | \\U[0-9a-f]{8} )* > )
    | \\.                                   # an escape in a name, which may look like a quote or a comment
    | \# [^\n\r]*
    | [?$] [a-z0-9_]+
    | (?<![a-z0-9_-]) (?! [a-z0-9_-]*service) [a-z][a-z0-9_-]* : [a-z0-9_-]*
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
_PREFIX_SERVICE = re.compile(r"(?<![a-z0-9_-])service:[a-z0-9_-]*", re.IGNORECASE | re.ASCII)
_UPDATE = re.compile(
    r"(?:(?:base|prefix)\b\s*:?\s*)*(insert|delete|load|clear|create|drop|copy|move|add|with)\b", re.IGNORECASE
)
_EMPTY_PREFIX = re.compile(r"prefix\s*:", re.IGNORECASE)


def check(query: str) -> str:
    """Return the query if it names no SERVICE.

    >>> check("SELECT ?service { ?service ?p 'SERVICE <http://a/>' }")[:15]
    'SELECT ?service'
    """
    # An engine may decode \uXXXX before or after it cuts the text into tokens: both readings must be clean.
    for reading in (query, _ESCAPE.sub(_decoded, query)):
        bare = _INERT.sub(_blank, reading)
        if not _EMPTY_PREFIX.search(bare):
            # "service:x" is a prefixed name, unless it can be read as the keyword and the name ":x".
            bare = _PREFIX_SERVICE.sub(" ", bare)
        if "service" in bare.casefold():
            raise RefusedError("SERVICE is refused: a query is answered from this graph alone, never from the network.")
    return query


def is_update(text: str) -> bool:
    """Tell whether a text that is no query is an update.

    >>> is_update("PREFIX a: <urn:a> INSERT DATA { a:b a:b a:b }"), is_update("SELEC * { ?insert ?p ?o }")
    (True, False)
    """
    try:
        return _UPDATE.match(_INERT.sub(_blank, text).strip()) is not None
    except RefusedError:
        return False


def _blank(token: re.Match[str]) -> str:
    if doubt := token["doubt"]:
        raise RefusedError(f"{doubt!r} may be an IRI or a comparison: write spaces around '<', or an IRI with '://'.")
    return " "


def _decoded(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF else " "
