"""The command `kg`: options, one call of the library, print. The only place that prints or exits.

Commands import what they need when they run, so that `kg --help` and `kg query` start at once. Messages go
to standard error, answers to standard output, so that answers can be piped.
"""

from __future__ import annotations

import os
import signal
import sys

from kg.cli import building, exporting, keeping, querying, serving, tuning, viewing
from kg.cli.app import app
from kg.cli.printing import say
from kg.errors import KGError

__all__ = ["app", "building", "exporting", "keeping", "main", "querying", "serving", "tuning", "viewing"]


class _Stopped(BaseException):
    """Ctrl-C; not KeyboardInterrupt, which the command's library turns into an exit without a word."""


def _stop(*_: object) -> None:
    raise _Stopped


def main() -> None:
    """Run the command line; a KGError becomes one line on standard error and exit code 1."""
    signal.signal(signal.SIGINT, _stop)
    try:
        app()
    except KGError as error:
        say(f"kg: {error}")
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has gone, as in `kg extract ... | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except _Stopped:
        say("kg: stopped; what was read so far is kept and need not be read again.")
        sys.exit(130)
