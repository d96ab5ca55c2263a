"""Heartland's payments of one order, as they really behave: small, and honest about money.

What it tells stands in `told` until it is delivered. Facts: what the connector's sandbox does.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.core.message import Message
from streams.messages import heartland
from streams.messages.heartland import Authorize, Capture, CheckPayment, Reverse
from streams.messages.payment import PaymentNotified, PaymentTaken
from tests.unit.streams.flows.story import said

HELD_MS = 7 * 24 * 3_600_000
"""How long the issuer holds money that nobody captures."""


@dataclass
class Transaction:
    """A payment; amounts in minor units, never going down.

    Attributes:
        mode: GP API's `capture_mode`.
        let_go: what was held and is not any more.
        final: no capture can follow.
        expired: the issuer has let it go by itself.
    """

    id: str
    mode: str
    at: int
    authorized: int
    status: str
    captured: int = 0
    refunded: int = 0
    let_go: int = 0
    final: bool = False
    expired: bool = False

    @property
    def held(self) -> int:
        """What the issuer holds for a capture to come."""
        return 0 if self.final else self.authorized - self.captured - self.let_go

    @property
    def kept(self) -> int:
        """What the merchant has of it."""
        return self.captured - self.refunded

    def end(self, status: str = "") -> None:
        """No capture can follow: what is held is let go."""
        self.let_go, self.final = self.let_go + self.held, True
        self.status = status or self.status


@dataclass
class Heartland:
    """GP API for one order.

    Attributes:
        batch_open: captures of today can be reversed; else they are refunded.
        told: what it tells of its own transactions, and of a checkout's.
    """

    transactions: dict[str, Transaction] = field(default_factory=dict)
    answers: dict[str, Outcome] = field(default_factory=dict)
    batch_open: bool = True
    told: list[Message] = field(default_factory=list)
    checkouts: set[str] = field(default_factory=set)

    def execute(self, command: Any, how: str, now: int) -> Outcome:
        """Has one effect a command; a command that it has seen is answered alike.

        Args:
            command: what to do.
            how: what an issuer says: "approve", "decline", or "part".
            now: ms UTC.
        """
        self.expire(now)
        if command.id not in self.answers:
            do: dict[type, Callable[..., Outcome]] = {
                Authorize: self._authorize,
                CheckPayment: self._check,
                Capture: self._capture,
                Reverse: self._reverse,
                heartland.Refund: self._refund,
            }
            self.answers[command.id] = do[type(command)](command, how, now)
        return self.answers[command.id]

    def checkout(self, amount: int, mode: str, now: int) -> str:
        """The shop's checkout takes a payment itself; its id."""
        new = self._new(amount, mode, now)
        self.checkouts.add(new.id)
        self._tell(new, now)
        return new.id

    def plugin_refund(self, id: str, amount: int) -> bool:
        """The shop's plugin gives captured money of a payment back, if there is enough of it."""
        named = self.transactions.get(id)
        if named is None or named.kept < amount or named.status != "CAPTURED":
            return False
        named.refunded += amount
        return True

    def expire(self, now: int) -> None:
        """What was held too long is let go by the issuer."""
        for each in self.transactions.values():
            if each.held and now >= each.at + HELD_MS:
                each.end("CAPTURED" if each.captured else "REVERSED")
                each.expired = True
                self._tell(each, now)

    def _new(self, amount: int, mode: str, now: int) -> Transaction:
        auto = mode == "AUTO"
        status = "DECLINED" if not amount else "CAPTURED" if auto else "PREAUTHORIZED"
        id = f"TRN_{len(self.transactions) + 1}"
        new = Transaction(id, mode, now, amount, status, amount if auto else 0, final=auto)
        self.transactions[id] = new
        return new

    def _authorize(self, command: Authorize, how: str, now: int) -> Outcome:
        share = {"approve": command.amount, "part": command.amount // 2, "decline": 0}[how]
        return self._answer(self._new(share, command.capture_mode, now), now)

    def _check(self, command: CheckPayment, how: str, now: int) -> Outcome:
        found = self.transactions[command.transaction_id]
        if found.status not in ("PREAUTHORIZED", "CAPTURED"):
            raise Rejected(f"{found.id} is {found.status}", "status")
        if found.authorized != command.amount:
            raise Rejected(f"{found.id} is of another amount", "amount")
        return Outcome(_values(found), found.captured or found.authorized, "GBP")

    def _capture(self, command: Capture, how: str, now: int) -> Outcome:
        sale = self.transactions[command.transaction_id]
        assert command.amount > 0
        if sale.status == "CAPTURED" and sale.captured >= command.captured + command.amount:
            return self._answer(sale, now)
        if sale.final or command.amount > sale.held:
            raise Rejected(f"{sale.id} is {sale.status}: not supported", "amount")
        if command.sequence and (command.sequence == "FIRST") == bool(sale.captured):
            assert command.sequence == "LAST", "the first capture is the FIRST one"
        sale.captured, sale.status = sale.captured + command.amount, "CAPTURED"
        if sale.mode != "MULTIPLE" or command.sequence == "LAST":
            sale.end()
        return self._answer(sale, now)

    def _reverse(self, command: Reverse, how: str, now: int) -> Outcome:
        """All of it, with what was captured; or a part of what is held."""
        sale = self.transactions[command.transaction_id]
        if sale.status == "REVERSED":
            return Outcome(_values(sale), command.amount, "GBP")
        if command.amount == sale.authorized and not sale.refunded and self.batch_open:
            sale.end("REVERSED")
            sale.refunded = sale.captured
        elif sale.held and command.amount <= sale.held:
            sale.let_go += command.amount
            sale.final = not sale.held
        else:
            raise Rejected("partial reversal not supported", "amount")
        self._tell(sale, now)
        return Outcome(_values(sale), command.amount, "GBP")

    def _refund(self, command: heartland.Refund, how: str, now: int) -> Outcome:
        sale = self.transactions[command.transaction_id]
        if command.amount > command.captured or command.amount > sale.kept:
            raise Rejected("more would be given back than was captured", "amount")
        sale.refunded += command.amount
        if self.batch_open and command.amount == sale.captured:
            sale.end("REVERSED")
            self._tell(sale, now)
            return Outcome(_values(sale), command.amount, "GBP")
        back = {"id": f"TRN_R{len(self.answers)}", "status": "CAPTURED"}
        return Outcome(back, command.amount, "GBP")

    def _answer(self, sale: Transaction, now: int) -> Outcome:
        self._tell(sale, now)
        return Outcome(_values(sale), sale.captured or sale.authorized, "GBP")

    def _tell(self, sale: Transaction, now: int) -> None:
        taken = sale.id in self.checkouts
        amount, kind = sale.captured or sale.authorized, PaymentTaken if taken else PaymentNotified
        state = {"transaction_id": sale.id, "status": sale.status, "amount": amount}
        name, result = f"{sale.id} {sale.status} {amount}", "101" if not amount else "00"
        key = {"key": sale.id} if taken else {}
        self.told.append(said(kind, name, **state, **key, currency="GBP", result=result))


def _values(sale: Transaction) -> dict[str, str]:
    said = "101" if sale.status == "DECLINED" else "00"
    return {"id": sale.id, "status": sale.status, "result": said, "message": sale.status}
