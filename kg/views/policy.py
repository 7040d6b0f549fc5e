"""Content-Security-Policy for pages that stand alone: what is inline is named by its hash."""

from __future__ import annotations

import base64
import hashlib


def source(content: str) -> str:
    """Return what a policy calls an inline script or style by.

    >>> source("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
