"""M3 with one order, as it really behaves: deliveries in parts, an invoice each, returns, clerks.

What it tells stands in `told` until it is delivered. Facts: what the connector's sandbox does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.core.message import Message
from streams.core.money import to_minor
from streams.messages.fulfilment import (
    CreditNoteIssued,
    InvoiceIssued,
    SalesOrderSynced,
    ShipmentSent,
)
from streams.messages.m3 import (
    CancelLines,
    CancelOrder,
    ChangeOrder,
    CreateOrder,
    CreateReturn,
    RecordPayment,
)
from streams.messages.parts import OrderLine as Told
from streams.messages.parts import Shipped
from tests.unit.streams.flows.m3_papers import Bill, OrderLine, Return
from tests.unit.streams.flows.story import said

ORNO = "0010000001"


@dataclass
class M3:
    """M3 of one order; `tells_lines` whether it tells PONR of what it enters and delivers."""

    tells_lines: bool = True
    order: dict[str, OrderLine] = field(default_factory=dict)
    deleted: bool = False
    unbilled: dict[str, tuple[int, dict[str, int]]] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    returns: list[Return] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)
    asked: dict[str, Outcome] = field(default_factory=dict)
    deliveries: int = 0
    _ticks: int = 0
    _now: int = 0
    _gone: set[str] = field(default_factory=set)

    @property
    def open(self) -> bool:
        """Whether there is an order of which something is still to be delivered."""
        return not self.deleted and any(line.left for line in self.order.values())

    @property
    def amount(self) -> int:
        """What the order costs: of a line that is cut, what was delivered."""
        return sum(line.billed if line.cut else line.amount for line in self.order.values())

    @property
    def billed(self) -> int:
        """Invoiced less credited."""
        return sum(bill.amount for bill in self.bills.values())

    @property
    def outstanding(self) -> int:
        """What is open in the receivables, whichever way."""
        return sum(abs(bill.outstanding) for bill in self.bills.values())

    def execute(self, command: Any, how: str, now: int) -> Outcome:
        """Has one effect a command; a command that it has seen is answered alike."""
        self._now = now
        if command.id not in self.asked:
            do: dict[type, Callable[..., Outcome]] = {
                CreateOrder: self._enter,
                CancelOrder: self._cancel,
                CancelLines: self._cancel_lines,
                ChangeOrder: self._change,
                CreateReturn: self._return,
                RecordPayment: self._record,
            }
            self.asked[command.id] = do[type(command)](command, how)
        return self.asked[command.id]

    def deliver(self, wish: Mapping[str, int]) -> None:
        """Delivers pieces by PONR, as far as they are left; services go with what leaves first."""
        parts = {p: min(wish.get(p, 0), each.left) for p, each in self.order.items()}
        goods = [each for each in self.order.values() if not each.service and each.left]
        if goods and not any(parts.values()):
            return
        parts |= {p: each.left for p, each in self.order.items() if each.service}
        parts = {p: pieces for p, pieces in parts.items() if pieces}
        if not parts:
            return
        self.deliveries += 1
        number = f"7{self.deliveries}"
        cost = sum(self.order[p].deliver(pieces) for p, pieces in parts.items())
        self.unbilled[number] = cost, parts
        lines = tuple(
            Shipped(item=self.order[p].item, quantity=q, order_line=p if self.tells_lines else "")
            for p, q in parts.items()
        )
        way = {"carrier": "DPD", "tracking": f"T{number}"}
        sent = said(ShipmentSent, number, m3_order=ORNO, delivery=number, lines=lines, **way)
        self.told.append(sent)
        self._tell()

    def invoice(self) -> None:
        """Invoices the oldest delivery that is not."""
        number = next(iter(self.unbilled))
        amount, pieces = self.unbilled.pop(number)
        bill = self._bill(amount, pieces)
        self.told.append(said(InvoiceIssued, bill.number, **_billed(bill), amount=amount))
        self._tell()

    def close(self, ponr: str) -> bool:
        """A clerk, or CloLine, gives up what of a line is left."""
        if self.deleted or not self.order[ponr].left:
            return False
        self.order[ponr].cut = True
        if all(line.cut and not line.delivered for line in self.order.values()):
            return self.delete()
        self._tell()
        return True

    def lower(self, ponr: str, pieces: int) -> bool:
        """A clerk has fewer pieces of a line delivered, but those that have left; at its price."""
        line = self.order[ponr]
        fewer = max(1, line.delivered) <= pieces < line.ordered
        if self.deleted or line.cut or not fewer or line.amount * pieces % line.ordered:
            return False
        line.ordered, line.amount = pieces, line.amount * pieces // line.ordered
        self._tell()
        return True

    def delete_line(self, ponr: str) -> bool:
        """A clerk, or DelLine, deletes a line of which nothing has left; the last is the order."""
        line = self.order[ponr]
        if self.deleted or line.delivered or line.cut:
            return False
        line.deleted = True
        return self.close(ponr)

    def delete(self) -> bool:
        """A clerk, or DelHead, deletes the order, of which nothing has left."""
        if any(line.delivered for line in self.order.values()):
            return False
        if not self.deleted:
            self.deleted = True
            for line in self.order.values():
                line.cut = True
            self._tell("Canceled")
        return True

    def take_back(self, ponr: str, pieces: int) -> None:
        """A clerk enters a return by hand."""
        line = self.order[ponr]
        share = (2 * line.billed * pieces + line.delivered) // (2 * line.delivered)
        self._announce("", [(ponr, pieces, share)])

    def receive(self) -> None:
        """What comes back is credited: a credit note for each invoice that it is of."""
        for each in self.returns:
            if each.credited or not self._invoiced(each):
                continue
            each.credited = True
            for amount in self._shares(each).values():
                self._credit(each, amount)

    def _shares(self, returned: Return) -> dict[str, int]:
        """What is credited of each invoice, the oldest first."""
        shares: dict[str, int] = {}
        for ponr, pieces, amount in returned.lines:
            done = given = 0
            for bill in self.bills.values():
                part = min(pieces - done, bill.pieces.get(ponr, 0))
                if not part:
                    continue
                bill.pieces[ponr] -= part
                done += part
                share = (2 * amount * done + pieces) // (2 * pieces) - given
                given += share
                shares[bill.number] = shares.get(bill.number, 0) + share
        return shares

    def _credit(self, returned: Return, amount: int) -> None:
        bill = self._bill(-amount, {})
        origin = {"return_number": returned.number, "reference": returned.reference}
        note = said(CreditNoteIssued, bill.number, **_billed(bill), **origin, amount=amount)
        self.told.append(note)

    def _invoiced(self, returned: Return) -> bool:
        return all(
            sum(bill.pieces.get(ponr, 0) for bill in self.bills.values()) >= pieces
            for ponr, pieces, _ in returned.lines
        )

    def _bill(self, amount: int, pieces: dict[str, int]) -> Bill:
        bill = Bill(f"90{len(self.bills) + 1:04}", amount, amount, dict(pieces))
        self.bills[bill.number] = bill
        return bill

    def look(self) -> None:
        """A poller reads M3's tables: they do not have what the order costs."""
        if self.order and not self.deleted:
            self._tell(amount=-1)

    def _tell(self, status: str = "", amount: int | None = None) -> None:
        self._ticks += 1
        lines = tuple(
            Told(
                order_line=each.ponr,
                item=each.item,
                ordered=0 if each.deleted else each.ordered,
                shipped=each.delivered,
                final=not each.left,
            )
            for each in self.order.values()
            if each.ponr not in self._gone
        )
        self._gone |= {each.ponr for each in self.order.values() if each.deleted}
        over = "Shipped" if self.unbilled else "Closed"
        status = status or ("Open" if self.open else over)
        of = {"m3_order": ORNO, "status": status, "variation": self._ticks}
        event = said(
            SalesOrderSynced,
            f"{self._ticks}",
            **of,
            amount=self.amount if amount is None else amount,
            currency="GBP",
            lines=lines,
        )
        self.told.append(event)

    def _enter(self, command: CreateOrder, how: str) -> Outcome:
        if how == "refuse":
            raise Rejected("item does not exist", "ITNO")
        goods = [(line.item, line.quantity, line.amount, False) for line in command.lines]
        services = [(charge.code, 1, charge.amount, True) for charge in command.charges]
        for number, each in enumerate([*goods, *services], 1):
            self.order[str(number)] = OrderLine(str(number), *each)
        self._tell()
        numbers = [ponr for ponr, line in self.order.items() if not line.service]
        ponr = {"PONR": ",".join(numbers)} if self.tells_lines else {}
        return Outcome({"ORNO": ORNO, "STAT": "22", **ponr})

    def _cancel(self, command: CancelOrder, how: str) -> Outcome:
        if how == "refuse" or not self.delete():
            raise Rejected("the order is being delivered", "ORNO")
        return Outcome({"ORNO": ORNO})

    def _cancel_lines(self, command: CancelLines, how: str) -> Outcome:
        done: dict[str, list[str]] = {"DELETED": [], "CLOSED": [], "DELIVERED": []}
        for ponr in command.lines:
            line = self.order[ponr]
            gone = self.deleted or (line.cut and not line.delivered) or self.delete_line(ponr)
            closed = not gone and (line.cut or self.close(ponr))
            done["DELETED" if gone else "CLOSED" if closed else "DELIVERED"].append(ponr)
        return Outcome({"ORNO": ORNO} | {what: ",".join(each) for what, each in done.items()})

    def _change(self, command: ChangeOrder, how: str) -> Outcome:
        """Lines that nobody wants any more are deleted, the others are added."""
        if self.deleted:
            raise Rejected("the order is deleted", "ORNO")
        open_lines = {p: x for p, x in self.order.items() if not (x.cut and not x.delivered)}
        goods = [(line.item, line.quantity, line.amount, False) for line in command.lines]
        services = [(charge.code, 1, charge.amount, True) for charge in command.charges]
        numbers: list[str] = []
        wanted = [*goods, *services]
        for each in wanted:
            same = (p for p, x in open_lines.items() if (x.item, x.ordered, x.amount) == each[:3])
            numbers.append(next(same, ""))
            open_lines.pop(numbers[-1], None)
        if any(line.delivered for line in open_lines.values()):
            raise Rejected("something of it has left", "ORQT")
        for place, each in enumerate(wanted):
            if not numbers[place]:
                numbers[place] = str(len(self.order) + 1)
                self.order[numbers[place]] = OrderLine(numbers[place], *each)
                self._tell()
        for line in open_lines.values():
            line.cut = line.deleted = True
            self._tell()
        changed = {"PONR": ",".join(numbers[: len(goods)]), "LMTS": f"{self._now + self._ticks}"}
        return Outcome({"ORNO": ORNO, **changed})

    def _return(self, command: CreateReturn, how: str) -> Outcome:
        lines = []
        for back in command.lines:
            same = [x for x in self.order.values() if x.item == back.item]
            most = max(same, key=lambda x: x.delivered, default=None)
            line = self.order.get(back.order_line) or most
            if line is None or back.quantity > line.delivered - line.returned:
                raise Rejected("more than was delivered", "REQ0")
            amount = to_minor(back.quantity * Decimal(back.unit_price), "GBP")
            lines.append((line.ponr, back.quantity, amount))
        for charge in command.charges:
            same = [x for x in self.order.values() if x.item == charge.code]
            if not any(x.delivered > x.returned for x in same):
                raise Rejected("more than was delivered", "REQ0")
            lines.append((same[0].ponr, 1, charge.amount))
        return Outcome({"REPN": self._announce(command.id, lines)})

    def _announce(self, reference: str, lines: list[tuple[str, int, int]]) -> str:
        for ponr, pieces, _ in lines:
            self.order[ponr].returned += pieces
        self.returns.append(Return(f"{700 + len(self.returns)}", reference, lines))
        return self.returns[-1].number

    def _record(self, command: RecordPayment, how: str) -> Outcome:
        bill = self.bills[command.invoice_number]
        left = bill.outstanding - command.amount
        if left * bill.outstanding < 0 or abs(left) > abs(bill.outstanding):
            raise Rejected("more than is outstanding", "PYAM")
        bill.outstanding = left
        return Outcome()


def _billed(bill: Bill) -> dict[str, Any]:
    of = {"m3_order": ORNO, "invoice_number": bill.number, "invoice_year": 2026}
    return {**of, "customer_number": "W17850", "currency": "GBP"}
