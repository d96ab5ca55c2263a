"""What comes back: received by itself, the stock put back, and a credit note written.

The lines of a return that are entered within `return_ms` of the first come in together; lines
entered later come in by themselves and have a credit note of their own. A receipt has a credit
note for each invoice that it takes back from: the one that the return names, else the oldest
first.
"""

from collections.abc import Sequence
from decimal import Decimal

from connectors.m3.sandbox.announcer import Announcer
from connectors.m3.sandbox.life import Life, Step
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.m3.sandbox.state.books import Books
from connectors.m3.sandbox.state.deliveries import Part
from connectors.m3.sandbox.state.pricing import NOTHING, Totals, portion
from connectors.m3.sandbox.state.receivables import Invoice
from connectors.m3.sandbox.state.returns import Return, ReturnLine
from streams.core.clock import Clock

Taken = tuple[Invoice, Decimal, Totals]


class Returning:
    """Moves returns on, by the clock of the orders' life."""

    def __init__(
        self,
        settings: SandboxSettings,
        clock: Clock,
        books: Books,
        announcer: Announcer,
        life: Life,
    ):
        self._settings = settings
        self._clock = clock
        self._books = books
        self._announcer = announcer
        self._life = life
        life.takes("receive", self._receive)
        life.takes("credit", self._credit)

    def announced(self, returned: Return) -> None:
        """Expects what has been entered; it comes with the lines that are expected already."""
        if sum(not line.received for line in returned.lines) == 1:
            delay_ms = self._settings.return_ms
            self._life.later(returned.order, "receive", returned.REPN, delay_ms=delay_ms)

    def _receive(self, step: Step) -> None:
        returned = self._books.returns.get(step.subject)
        came = [line for line in returned.lines if not line.received]
        for entry in came:
            entry.received = True
            if entry.line.stocked:
                item = self._books.items.get(entry.line.ITNO)
                item.STQT += entry.REQ0
                self._announcer.balance(item)
        returned.changed_ms = self._clock.now_ms()
        numbers = tuple(entry.RELI for entry in came)
        self._life.later(returned.order, "credit", returned.REPN, numbers)
        self._life.stock_came()

    def _credit(self, step: Step) -> None:
        returned = self._books.returns.get(step.subject)
        came = [entry for entry in returned.lines if entry.RELI in step.lines]
        parts = self._parts(returned, came)
        if parts is None:
            self._life.later(returned.order, "credit", returned.REPN, step.lines)
            return
        now = self._clock.now_ms()
        for entry in came:
            entry.credited = True
        returned.changed_ms = now
        reference = returned.record.get("YREF", "")
        for original, credited in parts:
            note = self._books.receivables.credit(
                original, returned.REPN, reference, tuple(credited), now
            )
            self._announcer.invoice(note)

    def _parts(
        self, returned: Return, came: Sequence[ReturnLine]
    ) -> list[tuple[Invoice, list[Part]]] | None:
        """What is credited of which invoice; None while it is not all invoiced."""
        bills = [
            bill
            for bill in self._books.receivables.by_order.get(returned.order.ORNO, ())
            if bill.original is None
        ]
        bills.sort(key=lambda bill: bill is not returned.original)
        open_ = {(bill.CINO, ponr): left for bill in bills for ponr, left in bill.creditable()}
        parts: dict[str, tuple[Invoice, list[Part]]] = {}
        for entry in came:
            done, credited = Decimal(0), NOTHING
            for bill in bills:
                key = bill.CINO, entry.line.PONR
                taken = min(entry.REQ0 - done, open_.get(key, Decimal(0)))
                if not taken:
                    continue
                open_[key] -= taken
                done += taken
                share = portion(entry.totals, done, entry.REQ0) - credited
                credited += share
                parts.setdefault(bill.CINO, (bill, []))[1].append(Part(entry.line, -taken, -share))
            if done < entry.REQ0:
                return None
        return list(parts.values())
