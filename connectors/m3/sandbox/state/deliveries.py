"""Deliveries (M3: ODHEAD, ODLINE): what is picked of an order, then leaves the warehouse."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

from connectors.m3.sandbox.state.orders import ALLOCATED, DELIVERED, INVOICED, Line, Order
from connectors.m3.sandbox.state.pricing import Totals


@dataclass(frozen=True)
class Part:
    """A quantity of an order line and what it costs; both negative in a credit note."""

    line: Line
    quantity: Decimal
    totals: Totals


@dataclass
class Delivery:
    """What leaves the warehouse of one order at one time.

    Attributes:
        picked: line and quantity, as allocated; empty if the lines were deleted.
        parts: what has left; empty until then.
    """

    DLIX: int
    order: Order
    picked: list[tuple[Line, Decimal]]
    at_ms: int
    parts: tuple[Part, ...] = ()
    invoiced: bool = False
    carrier: str = "DPD"

    @property
    def tracking(self) -> str:
        """The carrier's number of the parcel."""
        return f"15501{self.DLIX:09}"

    @property
    def ORST(self) -> str:
        """33 allocated, 66 delivered, 77 invoiced."""
        if self.invoiced:
            return INVOICED
        return DELIVERED if self.parts else ALLOCATED

    def leave(self, now_ms: int) -> None:
        """Delivers what is picked."""
        self.parts = tuple(Part(line, qty, line.deliver(qty)) for line, qty in self.picked)
        self.at_ms = now_ms

    def drop(self, line: Line) -> Decimal:
        """Takes a line out of what is picked; how much of it there was."""
        dropped = sum((qty for each, qty in self.picked if each is line), Decimal(0))
        self.picked = [(each, qty) for each, qty in self.picked if each is not line]
        line.ALQT -= dropped
        return dropped


@dataclass
class Deliveries:
    """All deliveries, by the order they are of; the numbers DLIX are one series."""

    by_order: dict[str, list[Delivery]] = field(default_factory=lambda: defaultdict(list))
    _series: "count[int]" = field(default_factory=lambda: count(1_000_001))

    def pick(self, order: Order, picked: list[tuple[Line, Decimal]], now_ms: int) -> Delivery:
        """Allocates quantities of an order to a new delivery."""
        delivery = Delivery(next(self._series), order, picked, now_ms)
        for line, quantity in picked:
            line.ALQT += quantity
        self.by_order[order.ORNO].append(delivery)
        return delivery

    def waiting(self, order: Order) -> list[Delivery]:
        """An order's deliveries that are picked and have not left."""
        found = self.by_order.get(order.ORNO, ())
        return [delivery for delivery in found if delivery.picked and not delivery.parts]

    def left(self) -> list[Delivery]:
        """All deliveries that have left, in the order of their orders."""
        every = (delivery for found in self.by_order.values() for delivery in found)
        return [delivery for delivery in every if delivery.parts]
