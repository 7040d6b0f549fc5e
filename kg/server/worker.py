"""One worker: takes a job after the other, answers it from the graph, and is killed whenever the server pleases."""

from __future__ import annotations

import json
import resource
import traceback
from typing import TYPE_CHECKING, Any

from kg.server import answers, frames, sandbox, things
from kg.server.limits import Limits
from kg.server.refusals import RefusalError

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    import pyoxigraph as ox

HANDLERS = {"query": answers.answer, "thing": things.answer}
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def prepare(limits: Mapping[str, Any]) -> Limits:
    """Read all that a worker needs, which can open no file later, and return its limits."""
    things.prepare()
    return Limits(**limits)


def run(store: ox.Store, connection: socket.socket, limits: Limits) -> None:
    """Answer jobs until the server goes, or until this process has grown so much that a new one is better."""
    sandbox.confine(limits.memory)
    size = _peak()
    while job := frames.receive(connection):
        end = _do(store, job, connection, limits)
        grown = _peak() - size > limits.memory // 4
        frames.send(connection, frames.END, json.dumps({**end, "again": not grown}).encode())
        if grown:
            return


def _do(store: ox.Store, job: Mapping[str, Any], connection: socket.socket, limits: Limits) -> dict[str, Any]:
    sink = answers.Sink(lambda part: frames.send(connection, frames.BODY, part), limits)
    try:
        return {"status": 200, "headers": HANDLERS[job["kind"]](store, job, sink)}
    except RefusalError as refusal:
        return {"status": refusal.status, "headers": {**_TEXT, **refusal.headers}, "message": refusal.message}
    except MemoryError:
        return {"status": 503, "headers": _TEXT, "message": "The query needs more memory than a query may have."}
    except Exception as error:  # whatever it is, the client hears of it and the worker stays
        where = traceback.extract_tb(error.__traceback__)[-1]
        message = f"The server failed: {type(error).__name__} in {where.name}: {error}"
        return {"status": 500, "headers": _TEXT, "message": message}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
