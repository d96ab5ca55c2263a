"""Customer orders: the batch order (M3: OXHEAD) until `Confirm`, the order (OOHEAD) after it.

A line's status has two digits: how far its least and its furthest quantity is (2 to allocate, 3
allocated, 6 delivered, 7 invoiced), so 26 is partly delivered; 99 is completed without delivery
(Infor's user guide, "Status - Customer Order Line"). That the head's lowest status (ORSL) doubles
the least digit of its lines and its highest (ORST) the furthest is by analogy.
"""

from bisect import insort
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.state.pricing import NOTHING, Cost, Totals
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves

ENTERED, ALLOCATED, DELIVERED, INVOICED, COMPLETED = "22", "33", "66", "77", "99"
RELEASED, RELEASED_BY_HAND = "0", "9"


@dataclass
class Line:
    """An order line, and how far its quantity is.

    Attributes:
        SACD: sales price quantity: SAPR is the price of so many units.
        stocked: whether the item has a balance.
        totals: what the line costs, discounts taken off; of a closed line, what was delivered.
        ALQT, DLQT, IVQT: allocated and not yet delivered, delivered, invoiced.
        RTQT: returned by the customer, as announced.
        billed: cost of what is delivered.
        ORST: status as the order was last told that the line has moved.
        batch_ORNO: the temporary number of its order.
        closed: what is left will not be delivered.
    """

    PONR: int
    ITNO: str
    ITDS: str
    ORQT: Decimal
    SAPR: Decimal
    UNMS: str
    stocked: bool
    cost: Cost
    SACD: int = 1
    record: dict[str, str] = field(default_factory=dict)
    ALQT: Decimal = Decimal(0)
    DLQT: Decimal = Decimal(0)
    IVQT: Decimal = Decimal(0)
    RTQT: Decimal = Decimal(0)
    billed: Totals = NOTHING
    closed: bool = False
    ORST: str = ENTERED
    changed_ms: int = 0
    batch_ORNO: str = ""
    totals: Totals = field(init=False)

    def __post_init__(self) -> None:
        self.totals = self.cost.totals()

    @property
    def left(self) -> Decimal:
        """What is still to be allocated."""
        return Decimal(0) if self.closed else self.ORQT - self.DLQT - self.ALQT

    def status(self) -> str:
        """Lowest and highest status, a digit each, of its quantities."""
        low = "2" if self.left else "3" if self.ALQT else "6" if self.DLQT > self.IVQT else ""
        high = "7" if self.IVQT else "6" if self.DLQT else "3" if self.ALQT else low
        return (low or high) + high if high else COMPLETED

    def share(self, quantity: Decimal) -> Totals:
        """What the first `quantity` of the line costs: shares of the whole add up to `totals`."""
        if quantity == self.ORQT and not self.closed:
            return self.totals
        return self.cost.totals(quantity, self.ORQT)

    def deliver(self, quantity: Decimal) -> Totals:
        """Delivers an allocated quantity; what it costs."""
        self.ALQT -= quantity
        self.DLQT += quantity
        part = self.share(self.DLQT) - self.billed
        self.billed += part
        return part

    def close(self) -> None:
        """Gives up what is not delivered."""
        self.closed = True
        self.totals = self.billed

    def reprice(self, quantity: Decimal, price: Decimal, amount: int) -> None:
        """Orders another quantity at another price; `amount` is what it costs now."""
        self.ORQT, self.SAPR = quantity, price
        self.cost = Cost(amount, self.cost.vat_percent, self.cost.includes_vat)
        self.totals = self.cost.totals()


@dataclass
class Order:
    """An order, from its first head to its last invoice.

    Attributes:
        batch_ORNO: the temporary number that `AddBatchHead` gave.
        ORNO: the final number; "" until `Confirm`.
        record: the head's fields as given.
        ORSL, ORST: lowest and highest status of its lines: 22, 33, 66, 77, or 99.
        back_orders: what is on hand may go before the rest.
        OBLC: stop code: 0 is none, 9 released by hand; with any other the order does not move.
    """

    batch_ORNO: str
    CUNO: str
    CUOR: str
    ORTP: str
    currency: str
    includes_vat: bool
    record: dict[str, str]
    entered_ms: int
    ORNO: str = ""
    ORSL: str = ENTERED
    ORST: str = ENTERED
    back_orders: bool = False
    OBLC: str = RELEASED
    lines: list[Line] = field(default_factory=list)
    addresses: dict[int, dict[str, str]] = field(default_factory=dict)
    texts: list[dict[str, str]] = field(default_factory=list)
    changed_ms: int = 0

    @property
    def totals(self) -> Totals:
        """What the order costs."""
        return Totals.of(line.totals for line in self.lines)

    @property
    def stopped(self) -> bool:
        """Whether it must not move."""
        return self.OBLC not in (RELEASED, RELEASED_BY_HAND)

    @property
    def open(self) -> bool:
        """Whether something is still to be allocated."""
        return any(line.left for line in self.lines)

    def line(self, ponr: str, field_name: str = "PONR") -> Line:
        """The line `ponr`.

        Raises:
            Refused: WPO0103 there is none.
        """
        for line in self.lines:
            if str(line.PONR) == ponr.lstrip("0"):
                return line
        raise Refused("WPO0103", field_name, ponr)

    def moved(self, now_ms: int, *lines: Line) -> None:
        """Tells lowest and highest status again, after these lines have moved."""
        self.changed_ms = now_ms
        for line in lines:
            line.changed_ms = now_ms
            line.ORST = line.status()
        states = [line.ORST for line in self.lines if line.ORST != COMPLETED]
        self.ORSL = min(state[0] for state in states) * 2 if states else COMPLETED
        self.ORST = max(state[1] for state in states) * 2 if states else COMPLETED


def _number(order: Order) -> str:
    return order.ORNO


class Orders:
    """All orders; one that was deleted is nowhere.

    Attributes:
        batch: orders by their temporary number, confirmed or not.
        final, by_cuor: the confirmed ones, to look at: who changes one asks `get`.
    """

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self.batch: dict[str, Order] = shelves.shelf("orders", Order, key="batch_ORNO")
        self.final: dict[str, Order] = {}
        self.by_cuor: dict[str, list[Order]] = {}
        self._batch_series = Series(shelves, "batch_ORNO", first=900_000_001)
        self._final_series = Series(shelves, "ORNO", first=10_000_001)
        shelves.refer(Line, lambda line: [line.batch_ORNO, line.PONR], self._line)
        confirmed = [order for order in self.batch.values() if order.ORNO]
        for order in sorted(confirmed, key=_number):
            self._index(order)

    def clear(self) -> None:
        """Forgets all orders; numbers begin again."""
        self.batch.clear()
        self.final.clear()
        self.by_cuor.clear()
        self._batch_series.restart()
        self._final_series.restart()

    def next_batch_number(self) -> str:
        """A new temporary number."""
        return f"{next(self._batch_series):010}"

    def open_batch(self, orno: str) -> Order:
        """The batch order `orno`, as long as it is not confirmed.

        Raises:
            Refused: WOR0303 there is none, WOR0304 it is confirmed.
        """
        order = self.get_batch(orno)
        if order.ORNO:
            raise Refused("WOR0304", "ORNO", orno)
        return order

    def get_batch(self, orno: str) -> Order:
        """The batch order `orno`, confirmed or not; WOR0303 refuses an unknown one."""
        if orno not in self.batch:
            raise Refused("WOR0303", "ORNO", orno)
        return self.batch[orno]

    def get(self, orno: str, field_name: str = "ORNO") -> Order:
        """The confirmed order `orno`; WOR0303 refuses an unknown one."""
        if orno not in self.final:
            raise Refused("WOR0303", field_name, orno)
        return self.batch[self.final[orno].batch_ORNO]

    def add(self, order: Order) -> None:
        """Keeps a new batch order."""
        self.batch[order.batch_ORNO] = order

    def confirm(self, order: Order, now_ms: int) -> None:
        """Gives a batch order its final number.

        Raises:
            Refused: WPO0102 it has no line.
        """
        if not order.lines:
            raise Refused("WPO0102", "ORNO", order.batch_ORNO)
        order.ORNO = f"{next(self._final_series):010}"
        order.moved(now_ms, *order.lines)
        self._index(order)

    def refer(self, order: Order, fields: dict[str, str], now_ms: int) -> None:
        """Changes references of a confirmed order; under another CUOR it is found by that."""
        order.record = {**order.record, **fields}
        order.changed_ms = now_ms
        self._forget_cuor(order)
        order.CUOR = fields.get("CUOR", order.CUOR)
        self._index(order)

    def _index(self, order: Order) -> None:
        self.final[order.ORNO] = order
        insort(self.by_cuor.setdefault(order.CUOR, []), order, key=_number)

    def _line(self, at: list[Any]) -> Line:
        batch_number, ponr = at
        return next(line for line in self.batch[batch_number].lines if ponr == line.PONR)

    def _forget_cuor(self, order: Order) -> None:
        self.by_cuor[order.CUOR].remove(order)
        if not self.by_cuor[order.CUOR]:
            del self.by_cuor[order.CUOR]

    def delete(self, order: Order) -> None:
        """Forgets an order.

        Raises:
            Refused: WOR0301 something of it is delivered.
        """
        if any(line.DLQT for line in order.lines):
            raise Refused("WOR0301", "ORNO", order.ORNO)
        del self.batch[order.batch_ORNO]
        if self.final.pop(order.ORNO, None):
            self._forget_cuor(order)
