"""Deliveries (M3: ODHEAD, ODLINE): what is picked of an order, then leaves the warehouse."""

from dataclasses import dataclass
from decimal import Decimal

from connectors.m3.sandbox.state.orders import ALLOCATED, DELIVERED, INVOICED, Line, Order
from connectors.m3.sandbox.state.pricing import Totals
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves


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


class Deliveries:
    """All deliveries; the numbers DLIX are one series."""

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self._by_dlix: dict[int, Delivery] = shelves.shelf("deliveries", Delivery, key="DLIX")
        self._of_order: dict[str, list[int]] = {}
        self._series = Series(shelves, "DLIX", first=1_000_001)
        for delivery in self._by_dlix.values():
            self._index(delivery)

    def clear(self) -> None:
        """Forgets all deliveries; numbers begin again."""
        self._by_dlix.clear()
        self._of_order.clear()
        self._series.restart()

    def pick(self, order: Order, picked: list[tuple[Line, Decimal]], now_ms: int) -> Delivery:
        """Allocates quantities of an order to a new delivery."""
        delivery = Delivery(next(self._series), order, picked, now_ms)
        for line, quantity in picked:
            line.ALQT += quantity
        self._by_dlix[delivery.DLIX] = delivery
        self._index(delivery)
        return delivery

    def get(self, dlix: int) -> Delivery:
        """The delivery of that number; KeyError if there is none."""
        return self._by_dlix[dlix]

    def forget(self, order: Order) -> None:
        """Forgets the deliveries of an order that was deleted."""
        for dlix in self._of_order.pop(order.ORNO, ()):
            del self._by_dlix[dlix]

    def waiting(self, order: Order) -> list[Delivery]:
        """An order's deliveries that are picked and have not left."""
        found = (self._by_dlix[dlix] for dlix in self._of_order.get(order.ORNO, ()))
        return [delivery for delivery in found if delivery.picked and not delivery.parts]

    def left(self) -> list[Delivery]:
        """All deliveries that have left, in the order of their orders."""
        every = dict(self._by_dlix.items())
        numbers = (dlix for found in self._of_order.values() for dlix in found)
        return [every[dlix] for dlix in numbers if every[dlix].parts]

    def _index(self, delivery: Delivery) -> None:
        self._of_order.setdefault(delivery.order.ORNO, []).append(delivery.DLIX)
