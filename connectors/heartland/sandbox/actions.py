"""The log of API calls behind `GET /ucp/actions`: the second way to ask whether a call arrived."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

_KEPT = 10_000

FILTERS = ("id", "type", "resource", "resource_id", "response_code")
"""The query parameters that the list understands."""


@dataclass(frozen=True)
class Action:
    """One call: what it was about and how it ended. It holds nothing of the call's body."""

    id: str
    type: str
    time_ms: int
    resource: str
    resource_id: str
    http_status: int
    response_code: str
    version: str


class Actions:
    """The latest 10,000 calls; older ones are forgotten."""

    def __init__(self) -> None:
        self._log: deque[Action] = deque(maxlen=_KEPT)

    def add(self, action: Action) -> None:
        """Logs a call."""
        self._log.append(action)

    def find(self, filters: Mapping[str, str], *, ascending: bool = False) -> list[Action]:
        """The calls that meet every filter, newest first unless asked otherwise."""
        found = [
            action
            for action in self._log
            if all(getattr(action, name) == want for name, want in filters.items())
        ]
        return found if ascending else found[::-1]
