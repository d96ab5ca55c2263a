"""What will happen by itself, and when: batches close, deposits come, authorizations expire.

Whoever looks first after a moment makes what was due happen, in the order of its time. So a clock
that a test moves, or one that is sped up, moves it too.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves

Kind = Literal["close_batch", "deposit", "expire", "respond_by", "month_end"]

_NEVER = 2**63


@dataclass(frozen=True, order=True)
class Appointment:
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

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self._numbers = Series(shelves, "agenda")
        self._open: dict[int, Appointment] = shelves.shelf("agenda", Appointment)
        self._heap = sorted(self._open.values())

    def clear(self) -> None:
        """Crosses everything out."""
        self._open.clear()
        self._heap.clear()

    @property
    def next_ms(self) -> int:
        """When the next appointment is due."""
        return self._heap[0].at_ms if self._heap else _NEVER

    def put(self, at_ms: int, kind: Kind, key: str) -> None:
        """Puts an appointment down."""
        appointment = Appointment(at_ms, next(self._numbers), kind, key)
        self._open[appointment.number] = appointment
        heapq.heappush(self._heap, appointment)

    def due(self, now_ms: int) -> Iterator[Appointment]:
        """Takes out what is due until now, earliest first, also what is put down meanwhile."""
        while self._heap and self._heap[0].at_ms <= now_ms:
            appointment = heapq.heappop(self._heap)
            del self._open[appointment.number]
            yield appointment
