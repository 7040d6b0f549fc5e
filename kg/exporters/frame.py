"""The page inside a notebook: a frame that Jupyter, VS Code and Colab show as it stands.

The page is the frame's own source, so no file and no server is needed. The frame is sandboxed: its scripts run,
but reach nothing of the notebook around it.
"""

from __future__ import annotations

import html
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A page to be shown; notebooks ask it for `_repr_html_`."""

    page: str
    height: int = 640

    def _repr_html_(self) -> str:
        """Return the frame as notebooks embed it."""
        return (
            f'<iframe title="Knowledge graph" width="100%" height="{self.height}" '
            'sandbox="allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox" '
            f'style="border: 1px solid #8888; border-radius: 8px" srcdoc="{html.escape(self.page)}"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<graph page of {len(self.page.encode()):,} bytes; a notebook shows it, to_html(path) writes it>"
