"""What the demo sees of Tandem while it runs: orders, dead letters, exceptions."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.flows.order.state import OrderState, Status
from streams.messages.ops import DeadLetter, Exceptional

CLOSED = frozenset({Status.CLOSED})
DECLINED = frozenset({Status.DECLINED})
CANCELLED = frozenset({Status.FAILED, Status.CANCELLED, Status.SOLD_OUT})
SETTLED = CLOSED | DECLINED | CANCELLED | {Status.REFUSED}
"""Statuses that an order does not leave by itself; a refused one waits for a person."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An order as it was last seen; amounts in minor units, `latency_ms` None until it is ready.

    Attributes:
        refunding: goods or money of it are on their way back; `returned` what has come back.
        declined: why the payment was declined.
    """

    status: Status
    currency: str
    ordered: int
    authorized: int
    captured: int
    refunded: int
    refunding: bool
    returned: int
    invoiced: int
    declined: str
    latency_ms: int | None


@dataclass
class Money:
    """Sums of one currency, minor units."""

    ordered: int = 0
    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    invoiced: int = 0


@dataclass
class Watch:
    """Collects what the composition reads from Tandem's topics; for one event loop, never blocks.

    Attributes:
        orders: by key, as last seen.
        exceptions: cases for a person, by message id.
        dead_letters: by message id.
        changed: set by everything that is seen; who waits for it clears it first.
    """

    orders: dict[str, Seen] = field(default_factory=dict)
    exceptions: dict[str, Exceptional] = field(default_factory=dict)
    dead_letters: dict[str, DeadLetter] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def order(self, state: OrderState) -> None:
        """Takes the newest state of an order; states of one order must come in their order."""
        self.orders[state.key] = _seen(state)
        self.changed.set()

    def exception(self, case: Exceptional) -> None:
        """Takes a case for a person; the same one again changes nothing."""
        self.exceptions[case.id] = case
        self.changed.set()

    def dead_letter(self, letter: DeadLetter) -> None:
        """Takes a dead letter; the same one again changes nothing."""
        self.dead_letters[letter.id] = letter
        self.changed.set()

    def settled(self, key: str, back: int = 0) -> bool:
        """Whether an order has come to where it stays by itself, with so much of it come back."""
        seen = self.orders.get(key)
        if seen is None or seen.status not in SETTLED:
            return False
        return seen.status not in CLOSED or (seen.returned >= back and not seen.refunding)

    def for_a_person(self, key: str) -> bool:
        """Whether Tandem has made a case of an order: it need not go on by itself."""
        return any(case.key == key for case in self.exceptions.values())

    @property
    def statuses(self) -> Counter[Status]:
        """How many orders stand in which status."""
        return Counter(seen.status for seen in self.orders.values())

    @property
    def money(self) -> dict[str, Money]:
        """Sums by currency, of all orders that were seen."""
        return money(self.orders.values())

    @property
    def latencies_ms(self) -> list[int]:
        """Of all orders that got there: ms from the bridge to "confirmed and authorized"."""
        return [s.latency_ms for s in self.orders.values() if s.latency_ms is not None]


def money(orders: Iterable[Seen]) -> dict[str, Money]:
    """Sums by currency."""
    sums: dict[str, Money] = {}
    for seen in orders:
        if seen.currency:
            total = sums.setdefault(seen.currency, Money())
            total.ordered += seen.ordered
            total.authorized += seen.authorized
            total.captured += seen.captured
            total.refunded += seen.refunded
            total.invoiced += seen.invoiced
    return sums


def percentile(values: Iterable[int], percent: int) -> int:
    """The nearest-rank percentile; 0 of nothing."""
    ordered = sorted(values)
    if not ordered:
        return 0
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _seen(state: OrderState) -> Seen:
    placed = state.placed
    ready = state.ready_at and state.accepted_at
    return Seen(
        status=state.status,
        currency=placed.currency if placed else "",
        ordered=placed.total if placed else 0,
        authorized=state.payment.authorized,
        captured=state.payment.captured,
        refunded=state.refunded,
        refunding=state.refunding,
        returned=sum(r.amount for r in state.refunds.values() if "closed" in r.steps),
        invoiced=state.invoiced,
        declined=state.payment.declined,
        latency_ms=state.ready_at - state.accepted_at if ready else None,
    )
