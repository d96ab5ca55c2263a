"""What will happen by itself, and when: batches close, deposits come, authorizations expire.

Whoever looks first after a moment makes what was due happen, in the order of its time. So a clock
that a test moves, or one that is sped up, moves it too.
"""

import heapq
import itertools
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["close_batch", "deposit", "expire", "respond_by", "month_end"]

_NEVER = 2**63


class Appointment(NamedTuple):
    """One thing that will happen; earlier ones are less.

    Args:
        at_ms: when, milliseconds UTC.
        number: keeps what is due at the same moment in the order it was put down.
        kind: what.
        key: with which one: an id, or a currency.
    """

    at_ms: int
    number: int
    kind: Kind
    key: str


class Agenda:
    """The appointments of one sandbox.

    One that has lost its object is harmless: who keeps it looks at the state and finds nothing.
    """

    def __init__(self) -> None:
        self._heap: list[Appointment] = []
        self._numbers = itertools.count()
        self.next_ms = _NEVER
        """When the next appointment is due."""

    def put(self, at_ms: int, kind: Kind, key: str) -> None:
        """Puts an appointment down."""
        heapq.heappush(self._heap, Appointment(at_ms, next(self._numbers), kind, key))
        self.next_ms = self._heap[0].at_ms

    def due(self, now_ms: int) -> Iterator[Appointment]:
        """Takes out what is due until now, earliest first, also what is put down meanwhile."""
        while self._heap and self._heap[0].at_ms <= now_ms:
            appointment = heapq.heappop(self._heap)
            self.next_ms = self._heap[0].at_ms if self._heap else _NEVER
            yield appointment
