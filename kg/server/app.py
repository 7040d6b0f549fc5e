"""What stands at which address, and what every answer has in common."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from kg.server import negotiate, protocol, site, things
from kg.server.answers import GRAPHS, TABLES
from kg.server.pool import ClientGoneError, Pool
from kg.server.refusals import RefusalError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kg.server.workers import Reply

_PART = 1 << 16
_CLIENT_LEFT = 499
_UNREAD = (408, 413)
_METHODS = ["GET", "HEAD", "POST", "OPTIONS"]


def application(pool: Pool) -> Starlette:
    """Return the application that answers from a pool of workers."""

    async def sparql(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(_METHODS)})
        job = await protocol.job_of(request, pool.limits)
        if request.method != "POST" and _is_for_people(request):
            target = f"/#query={quote(job['query'])}" if job else "/"
            return RedirectResponse(target, 303, {"Vary": "Accept"})
        return await answer(request, job) if job else site.service(request)

    async def thing(request: Request) -> Response:
        path = request.scope["raw_path"].decode("ascii", "replace").removeprefix("/")
        if path.partition("/")[0] not in known or len(path) > pool.limits.query:
            raise HTTPException(404)
        accept = request.headers.get("accept", "")
        return await answer(request, {"kind": "thing", "path": path, "accept": accept})

    async def answer(request: Request, job: dict[str, object]) -> Response:
        async def gone() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        reply = await pool.ask(job, gone=gone)
        headers = {**reply.headers, "Content-Length": str(reply.size)}
        return StreamingResponse(_parts(reply), reply.status, headers)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await pool.close()

    known = frozenset(things.kinds())
    app = Starlette(
        routes=[
            Route("/sparql", sparql, methods=_METHODS),
            *site.routes(pool.folder),
            Route("/{kind}/{name:path}", thing, methods=["GET"]),
        ],
        middleware=[
            Middleware(_Guarded, write_time=pool.limits.write_time),
            # Any page may ask, and none with the cookies or passwords of its reader.
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=_METHODS, allow_headers=["*"],
                       expose_headers=["Link", "Retry-After"]),
        ],
        exception_handlers={
            HTTPException: _wrong_address,
            RefusalError: _refused,
            ClientGoneError: _gone,
        },
        lifespan=lifespan,
    )  # fmt: skip
    app.router.redirect_slashes = False
    return app


class _Guarded:
    """Give every answer the headers that keep a browser from guessing, and no client for ever to take it."""

    def __init__(self, app: ASGIApp, *, write_time: float) -> None:
        self.app, self.write_time = app, write_time

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] += [pair for pair in site.HEADERS if pair[0] not in present]
            async with asyncio.timeout(self.write_time):
                await send(message)

        await self.app(scope, receive, guarded if scope["type"] == "http" else send)


async def _parts(reply: Reply) -> AsyncIterator[bytes]:
    with reply.body as body:
        while part := body.read(_PART):
            yield part


def _is_for_people(request: Request) -> bool:
    offered = (*TABLES, *GRAPHS, "text/html")
    return negotiate.best(request.headers.get("accept", ""), offered) == "text/html"


def _text(status: int, message: str, headers: dict[str, str]) -> Response:
    return Response(message + "\n", status, headers, "text/plain; charset=utf-8")


async def _refused(_request: Request, error: Exception) -> Response:
    refusal = cast("RefusalError", error)
    # What was not read of a request must not be taken for the next one.
    unread = {"Connection": "close"} if refusal.status in _UNREAD else {}
    return _text(refusal.status, refusal.message, {**refusal.headers, **unread})


async def _wrong_address(request: Request, error: Exception) -> Response:
    wrong = cast("HTTPException", error)
    headers = dict(wrong.headers or {})
    message = "There is nothing at this address. / is the page to ask from, /sparql the endpoint."
    if wrong.status_code == 405:
        message = f"{request.method} is not for this address; {headers.get('Allow', 'GET')} is."
    return _text(wrong.status_code, message, headers)


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=_CLIENT_LEFT)
