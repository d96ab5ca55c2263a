"""Deliveries, invoices and payments (M3: ODHEAD, OINVOH, FSLEDG, ARS040)."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count

from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.state.orders import Line, Order, Totals
from streams.core.clock import utc


@dataclass(frozen=True)
class Delivery:
    """What left the warehouse of one order, at one time."""

    DLIX: int
    order: Order
    lines: tuple[Line, ...]
    at_ms: int
    carrier: str
    tracking: str


@dataclass
class Invoice:
    """An invoice and what is still to be paid of it, minor units."""

    CINO: str
    INYR: int
    delivery: Delivery
    totals: Totals
    at_ms: int
    outstanding: int
    paid_ms: int = 0

    @property
    def order(self) -> Order:
        """The order it bills."""
        return self.delivery.order

    @property
    def RECO(self) -> str:
        """Reconciliation code: 9 is paid, 0 is open."""
        return "0" if self.outstanding else "9"


@dataclass(frozen=True)
class Payment:
    """A line of a payment batch: amount in minor units; IRNO is the payer's reference."""

    PBID: str
    TRNO: int
    invoice: Invoice
    amount: int
    IRNO: str


@dataclass
class Batch:
    """A payment batch: its lines are worth nothing until `ControlBatch`."""

    PBID: str
    BOPE: str
    payments: dict[int, Payment] = field(default_factory=dict)
    charges: list[dict[str, str]] = field(default_factory=list)
    controlled: bool = False


@dataclass
class Receivables:
    """Deliveries by order, invoices and payment batches by their numbers."""

    deliveries: dict[str, Delivery] = field(default_factory=dict)
    invoices: dict[tuple[str, int], Invoice] = field(default_factory=dict)
    by_payer: dict[str, list[Invoice]] = field(default_factory=lambda: defaultdict(list))
    batches: dict[str, Batch] = field(default_factory=dict)
    _delivery_series: "count[int]" = field(default_factory=lambda: count(1_000_001))
    _invoice_series: "count[int]" = field(default_factory=lambda: count(100_000_001))

    def deliver(self, order: Order, now_ms: int) -> Delivery:
        """Delivers all lines of an order."""
        dlix = next(self._delivery_series)
        delivery = Delivery(dlix, order, tuple(order.lines), now_ms, "DPD", f"15501{dlix:09}")
        self.deliveries[order.ORNO] = delivery
        return delivery

    def delivery_of(self, order: Order) -> Delivery:
        """What was delivered of an order that is delivered."""
        return self.deliveries[order.ORNO]

    def bill(self, delivery: Delivery, now_ms: int) -> Invoice:
        """Invoices a delivery; an invoice of nothing is paid at once."""
        order = delivery.order
        totals = Totals.of(delivery.lines)
        cino, inyr = str(next(self._invoice_series)), utc(now_ms).year
        invoice = Invoice(cino, inyr, delivery, totals, now_ms, totals.gross)
        self.invoices[cino, inyr] = invoice
        self.by_payer[order.CUNO].append(invoice)
        return invoice

    def invoice(self, cino: str, inyr: int, field_name: str = "CINO") -> Invoice:
        """The invoice of that number and year; WIN0103 refuses an unknown one."""
        found = self.invoices.get((cino, inyr))
        if found is None:
            raise Refused("WIN0103", field_name, cino)
        return found

    def open_batch(self, pbid: str) -> Batch:
        """The batch `pbid`, as long as it is not controlled.

        Raises:
            Refused: WPB0103 there is none, WPB0101 it is controlled.
        """
        batch = self.batches.get(pbid)
        if batch is None:
            raise Refused("WPB0103", "PBID", pbid)
        if batch.controlled:
            raise Refused("WPB0101", "PBID", pbid)
        return batch

    def control(self, batch: Batch, now_ms: int) -> None:
        """Settles what a batch pays, all of it or nothing.

        Raises:
            Refused: WPB0101 the batch is empty, WAM0105 it pays more than is outstanding.
        """
        if not batch.payments:
            raise Refused("WPB0101", "PBID", batch.PBID)
        left: dict[tuple[str, int], int] = {}
        for payment in batch.payments.values():
            key = payment.invoice.CINO, payment.invoice.INYR
            left[key] = left.get(key, payment.invoice.outstanding) - payment.amount
            if left[key] < 0:
                raise Refused("WAM0105", "PYAM", payment.amount)
        for key, outstanding in left.items():
            self.invoices[key].outstanding = outstanding
            self.invoices[key].paid_ms = now_ms
        batch.controlled = True

    def settled(self) -> list[Payment]:
        """All payments of controlled batches."""
        batches = (batch for batch in self.batches.values() if batch.controlled)
        return [payment for batch in batches for payment in batch.payments.values()]
