"""Invoices, credit notes and payments (M3: OINVOH, FSLEDG, ARS040)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.state.deliveries import Delivery, Part
from connectors.m3.sandbox.state.orders import Order
from connectors.m3.sandbox.state.pricing import Totals
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves
from streams.core.clock import utc


@dataclass
class Invoice:
    """An invoice, or a credit note: then quantities and amounts are negative.

    Attributes:
        DLIX: the delivery it bills; 0 of a credit note.
        REPN, YREF: the return it credits, and that one's reference; "" of an invoice.
        original: the invoice that a credit note takes back from.
        outstanding: what is still to be paid of it, minor units; negative: to be paid out.
    """

    CINO: str
    INYR: int
    order: Order
    parts: tuple[Part, ...]
    totals: Totals
    at_ms: int
    outstanding: int
    DLIX: int = 0
    REPN: str = ""
    YREF: str = ""
    original: "Invoice | None" = None
    paid_ms: int = 0
    credited: dict[int, Decimal] = field(default_factory=dict)

    @property
    def number(self) -> tuple[str, int]:
        """CINO and INYR."""
        return self.CINO, self.INYR

    @property
    def ORNO(self) -> str:
        """The order that M3 bills; a return is credited by an order of its own (by analogy)."""
        return f"{self.CINO:0>10}" if self.REPN else self.order.ORNO

    def lines(self) -> Iterator[tuple[int, Part]]:
        """What is billed, each with its line of the order that M3 bills."""
        for number, part in enumerate(self.parts, 1):
            yield (number if self.REPN else part.line.PONR), part

    def creditable(self) -> Iterator[tuple[int, Decimal]]:
        """PONR and quantity that is billed and not credited, of each line."""
        for part in self.parts:
            yield part.line.PONR, part.quantity - self.credited.get(part.line.PONR, Decimal(0))

    @property
    def RECO(self) -> str:
        """Reconciliation code: 9 is paid, 0 is open."""
        return "0" if self.outstanding else "9"

    @property
    def IVTP(self) -> str:
        """Invoice type: 31 an order's invoice, 32 a credit note (by analogy)."""
        return "32" if self.REPN else "31"

    @property
    def changed_ms(self) -> int:
        """When it was written or last paid."""
        return max(self.at_ms, self.paid_ms)


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


class Receivables:
    """Invoices and payment batches by their numbers.

    Attributes:
        by_payer, by_order: invoices to look at: who changes one asks `invoice`.
    """

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self.invoices: dict[tuple[str, int], Invoice] = shelves.shelf(
            "invoices", Invoice, key="number"
        )
        self.batches: dict[str, Batch] = shelves.shelf("payment_batches", Batch)
        self.by_payer: defaultdict[str, list[Invoice]] = defaultdict(list)
        self.by_order: defaultdict[str, list[Invoice]] = defaultdict(list)
        self._invoice_series = Series(shelves, "CINO", first=100_000_001)
        for invoice in self.invoices.values():
            self._index(invoice)

    def clear(self) -> None:
        """Forgets all invoices and payments; numbers begin again."""
        self.invoices.clear()
        self.batches.clear()
        self.by_payer.clear()
        self.by_order.clear()
        self._invoice_series.restart()

    def bill(self, delivery: Delivery, now_ms: int) -> Invoice:
        """Invoices a delivery; an invoice of nothing is paid at once."""
        delivery.invoiced = True
        for part in delivery.parts:
            part.line.IVQT += part.quantity
        return self._write(delivery.order, delivery.parts, now_ms, dlix=delivery.DLIX)

    def credit(
        self, original: Invoice, repn: str, yref: str, parts: tuple[Part, ...], now_ms: int
    ) -> Invoice:
        """Writes a credit note of parts (negative) of an invoice."""
        original = self.invoices[original.number]
        for part in parts:
            taken = original.credited.get(part.line.PONR, Decimal(0))
            original.credited[part.line.PONR] = taken - part.quantity
        note = self._write(original.order, parts, now_ms)
        note.REPN, note.YREF, note.original = repn, yref, original
        return note

    def _write(
        self,
        order: Order,
        parts: tuple[Part, ...],
        now_ms: int,
        dlix: int = 0,
    ) -> Invoice:
        totals = Totals.of(part.totals for part in parts)
        cino, inyr = str(next(self._invoice_series)), utc(now_ms).year
        invoice = Invoice(cino, inyr, order, parts, totals, now_ms, totals.gross, dlix)
        self.invoices[invoice.number] = invoice
        self._index(invoice)
        return invoice

    def _index(self, invoice: Invoice) -> None:
        self.by_payer[invoice.order.CUNO].append(invoice)
        self.by_order[invoice.order.ORNO].append(invoice)

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
            Refused: WPB0101 the batch is empty, WAM0105 it pays more than is outstanding, or pays
                in the direction that nothing is outstanding in.
        """
        if not batch.payments:
            raise Refused("WPB0101", "PBID", batch.PBID)
        left: dict[tuple[str, int], int] = {}
        for payment in batch.payments.values():
            key, before = payment.invoice.number, payment.invoice.outstanding
            left[key] = left.get(key, before) - payment.amount
            if left[key] * before < 0 or abs(left[key]) > abs(before):
                raise Refused("WAM0105", "PYAM", payment.amount)
        for key, outstanding in left.items():
            self.invoices[key].outstanding = outstanding
            self.invoices[key].paid_ms = now_ms
        batch.controlled = True

    def settled(self) -> list[Payment]:
        """All payments of controlled batches; those of credit notes are negative."""
        batches = (batch for batch in self.batches.values() if batch.controlled)
        return [payment for batch in batches for payment in batch.payments.values()]
