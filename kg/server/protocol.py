"""SPARQL 1.1 Protocol: what a request asks, and what is wrong with it if it asks nothing that can be answered."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from kg.server.refusals import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from kg.server.limits import Limits

FORM, QUERY, UPDATE = (
    "application/x-www-form-urlencoded",
    "application/sparql-query",
    "application/sparql-update",
)
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")
_MOST_PARAMETERS = 200
_PATIENCE = 4_000_000


async def job_of(request: Request, limits: Limits) -> dict[str, Any] | None:
    """Return the job that a request asks for, or None for a bare GET, which asks what the service is."""
    if len(request.scope["query_string"]) > limits.request:
        raise RefusalError(414, f"The address is too long for a query of up to {limits.query:,} characters. Use POST.")
    given = parameters(request.scope["query_string"])
    if request.method == "POST":
        given += await _posted(request, limits)
    if any(name == "update" for name, _ in given):
        raise RefusalError(403, "The graph is only read here; updates are refused.")
    asked = [value for name, value in given if name == "query"]
    if not asked and request.method != "POST":
        return None
    if len(asked) != 1:
        raise RefusalError(400, f"Exactly one query is needed, and {len(asked) or 'none'} came. Send one as 'query'.")
    if len(asked[0]) > limits.query:
        status = 413 if request.method == "POST" else 414
        message = f"The query has {len(asked[0]):,} characters; up to {limits.query:,} are answered."
        raise RefusalError(status, message)
    return {
        "kind": "query",
        "query": asked[0],
        "accept": request.headers.get("accept", ""),
        "default": _graphs(given, "default-graph-uri"),
        "named": _graphs(given, "named-graph-uri"),
    }


def parameters(encoded: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string or form; RefusalError says what is wrong with it.

    >>> parameters(b"query=ASK%7B%7D&query=a+b")
    [('query', 'ASK{}'), ('query', 'a b')]
    """
    if found := _BAD_ESCAPE.search(encoded):
        shown = encoded[found.start() : found.start() + 3].decode("ascii", "replace")
        raise RefusalError(400, f"{shown!r} at byte {found.start() + 1} is no percent-encoding; '%' itself is %25.")
    try:
        text = encoded.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise RefusalError(400, "The parameters are not UTF-8.") from None
    except ValueError:
        raise RefusalError(400, f"There are more than {_MOST_PARAMETERS} parameters.") from None


async def _posted(request: Request, limits: Limits) -> list[tuple[str, str]]:
    body = await _body(request, limits)
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == UPDATE:
        raise RefusalError(403, "The graph is only read here; updates are refused.")
    if kind not in (FORM, QUERY):
        raise RefusalError(415, f"A query comes as {FORM} or {QUERY}, not as {kind or 'nothing named'!r}.")
    charset = _CHARSET.search(content_type)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise RefusalError(415, f"A query comes in UTF-8, not in {charset[1]!r}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusalError(415, "A query comes as it is, without Content-Encoding.")
    if kind == FORM:
        return parameters(body)
    try:
        return [("query", body.decode("utf-8"))]
    except UnicodeDecodeError as error:
        raise RefusalError(400, f"The query is not UTF-8 at byte {error.start + 1}.") from None


async def _body(request: Request, limits: Limits) -> bytes:
    body, size = bytearray(), 0
    try:
        async with asyncio.timeout(limits.body_time):
            async for part in request.stream():
                size += len(part)
                if size <= limits.request:
                    body += part
                # What is a little too long is read to its end: a client hears nothing before it has sent all.
                elif size > limits.request + _PATIENCE:
                    break
    except TimeoutError:
        raise RefusalError(408, f"The request did not arrive within {limits.body_time:g} s.") from None
    if size > limits.request:
        raise RefusalError(413, f"The request is longer than {limits.request:,} bytes.")
    return bytes(body)


def _graphs(given: Iterable[tuple[str, str]], name: str) -> list[str]:
    found = [value for key, value in given if key == name]
    for value in found:
        if not _IRI.fullmatch(value):
            raise RefusalError(400, f"{name}={value!r} is no absolute IRI.")
    return found
