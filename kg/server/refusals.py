"""A request that is not answered, wherever that is decided."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class RefusalError(Exception):
    """What the client is told: a status of HTTP, a message that helps, and further headers."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers)
