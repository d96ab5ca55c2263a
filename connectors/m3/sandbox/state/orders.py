"""Customer orders: the batch order (M3: OXHEAD) until `Confirm`, the order (OOHEAD) after it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.quantities import half_up

ENTERED, ALLOCATED, DELIVERED, INVOICED = "22", "33", "66", "77"


@dataclass(frozen=True)
class Totals:
    """Money of a line, an order or an invoice, in minor units: gross is net and VAT."""

    net: int
    vat: int

    @property
    def gross(self) -> int:
        """What the customer pays."""
        return self.net + self.vat

    @classmethod
    def of(cls, lines: Iterable["Line"]) -> "Totals":
        """The sum of lines: rounding happens per line, never again."""
        parts = [line.totals for line in lines]
        return cls(sum(part.net for part in parts), sum(part.vat for part in parts))


def split(amount: int, vat_percent: int, *, includes_vat: bool) -> Totals:
    """An amount as priced, split into net and VAT, rounded half up to the minor unit."""
    rate = Decimal(vat_percent) / 100
    if includes_vat:
        net = half_up(Decimal(amount) / (1 + rate))
        return Totals(net, amount - net)
    return Totals(amount, half_up(amount * rate))


@dataclass
class Line:
    """An order line.

    Attributes:
        SACD: sales price quantity: SAPR is the price of so many units.
        stocked: whether the item has a balance.
        totals: what the line costs, discounts taken off.
    """

    PONR: int
    ITNO: str
    ITDS: str
    ORQT: Decimal
    SAPR: Decimal
    UNMS: str
    stocked: bool
    totals: Totals
    SACD: int = 1
    record: dict[str, str] = field(default_factory=dict)
    ORST: str = ENTERED


@dataclass
class Order:
    """An order, from its first head to its invoice.

    Attributes:
        batch_ORNO: the temporary number that `AddBatchHead` gave.
        ORNO: the final number; "" until `Confirm`.
        record: the head's fields as given.
        ORST: highest status of its lines: 22 entered, 33 allocated, 66 delivered, 77 invoiced.
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
    ORST: str = ENTERED
    lines: list[Line] = field(default_factory=list)
    addresses: dict[int, dict[str, str]] = field(default_factory=dict)
    texts: list[dict[str, str]] = field(default_factory=list)
    changed_ms: int = 0

    @property
    def totals(self) -> Totals:
        """What the order costs."""
        return Totals.of(self.lines)

    def line(self, ponr: str) -> Line:
        """The line `ponr`.

        Raises:
            Refused: WPO0103 there is none.
        """
        for line in self.lines:
            if str(line.PONR) == ponr.lstrip("0"):
                return line
        raise Refused("WPO0103", "PONR", ponr)

    def set_status(self, status: str, now_ms: int) -> None:
        """Moves the order and all its lines to `status`."""
        self.ORST = status
        self.changed_ms = now_ms
        for line in self.lines:
            line.ORST = status


@dataclass
class Orders:
    """All orders; one that was deleted is nowhere."""

    batch: dict[str, Order] = field(default_factory=dict)
    final: dict[str, Order] = field(default_factory=dict)
    by_cuor: dict[str, list[Order]] = field(default_factory=lambda: defaultdict(list))
    _batch_series: "count[int]" = field(default_factory=lambda: count(900_000_001))
    _final_series: "count[int]" = field(default_factory=lambda: count(10_000_001))

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

    def get(self, orno: str) -> Order:
        """The confirmed order `orno`; WOR0303 refuses an unknown one."""
        if orno not in self.final:
            raise Refused("WOR0303", "ORNO", orno)
        return self.final[orno]

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
        order.changed_ms = now_ms
        self.final[order.ORNO] = order
        self.by_cuor[order.CUOR].append(order)

    def delete(self, order: Order) -> None:
        """Forgets an order.

        Raises:
            Refused: WOR0301 it is delivered.
        """
        if order.ORST >= DELIVERED:
            raise Refused("WOR0301", "ORNO", order.ORNO)
        del self.batch[order.batch_ORNO]
        if self.final.pop(order.ORNO, None):
            self.by_cuor[order.CUOR].remove(order)
            if not self.by_cuor[order.CUOR]:
                del self.by_cuor[order.CUOR]
