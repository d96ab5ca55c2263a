"""The log of API calls behind `GET /ucp/actions`: the second way to ask whether a call arrived."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.heartland.sandbox.errors import NOT_HERE, GpApiError
from connectors.heartland.sandbox.fields import moment
from connectors.sandbox.keeping.shelves import MEMORY, Shelves

_KEPT = 10_000
_NEVER = 2**63

_SHOWN: Mapping[str, Callable[["Action"], str]] = {
    "id": lambda a: a.id,
    "type": lambda a: a.type,
    "resource": lambda a: a.resource,
    "resource_id": lambda a: a.resource_id,
    "resource_status": lambda a: a.resource_status,
    "response_code": lambda a: a.response_code,
    "http_response_code": lambda a: str(a.http_status),
    "http_code": lambda a: str(a.http_status),
    "version": lambda a: a.version,
}

FILTERS = (*_SHOWN, "from_time_created", "to_time_created")
"""The query parameters that the list understands."""


@dataclass(frozen=True)
class Action:
    """One call: what it was about and how it ended. It holds nothing of the call's body."""

    id: str
    type: str
    time_ms: int
    resource: str
    resource_id: str
    resource_status: str
    http_status: int
    response_code: str
    version: str


class Actions:
    """The latest 10,000 calls; older ones are forgotten."""

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self._log: dict[str, Action] = shelves.shelf("actions", Action)
        self._ids = deque(self._log)

    def add(self, action: Action) -> None:
        """Logs a call."""
        self._log[action.id] = action
        self._ids.append(action.id)
        if len(self._ids) > _KEPT:
            del self._log[self._ids.popleft()]

    def clear(self) -> None:
        """Forgets all calls."""
        self._log.clear()
        self._ids.clear()

    def get(self, id: str) -> Action:
        """The call of an id.

        Raises:
            GpApiError: 404 40118 (by analogy).
        """
        action = self._log.get(id)
        if action is None:
            raise GpApiError(NOT_HERE, f"Actions {id} not found at this /ucp/actions/{id}")
        return action

    def find(self, filters: Mapping[str, str], *, ascending: bool = False) -> list[Action]:
        """The calls that meet every filter, newest first unless asked otherwise.

        Raises:
            GpApiError: 40213 a time is neither a date nor ISO 8601.
        """
        first, last = filters.get("from_time_created"), filters.get("to_time_created")
        from_ms = moment(first, "from_time_created") if first else 0
        to_ms = moment(last, "to_time_created", end_of_day=True) if last else _NEVER
        tests = [(_SHOWN[name], want) for name, want in filters.items() if name in _SHOWN]
        found = [
            action
            for action in self._log.values()
            if from_ms <= action.time_ms <= to_ms
            and all(shown(action) == want for shown, want in tests)
        ]
        return found if ascending else found[::-1]
