"""A WooCommerce shop with one order, as it really behaves.

What it tells stands in `told` until it is delivered. Facts: what the connector's sandbox does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.core.message import Message, message_id
from streams.messages.order import OF_CONTENT, OrderCancelled, OrderPlaced, OrderRefunded
from streams.messages.parts import Address, Charge, Line
from streams.messages.shop import CreateRefund, ReadRefund, UpdateOrder
from tests.unit.streams.flows.story import said

OPEN = ("pending", "processing", "on-hold")
"""Statuses in which an order may be changed, and is told."""


@dataclass(frozen=True)
class Booked:
    """A refund on the shop's books; `moved` if its plugin has moved the money."""

    id: str
    amount: int
    lines: Mapping[str, tuple[int, int]]
    freight: int
    reason: str
    moved: bool


@dataclass
class Shop:
    """The shop and its order; a content has its own id each time, and once known is not told."""

    lines: tuple[Line, ...]
    freight: int
    customer_id: str
    token: str = ""
    transaction_id: str = ""
    street: str = "1 Row"
    status: str = "processing"
    attempt: str = ""
    seen: str = ""
    version: int = 0
    refunds: dict[str, Booked] = field(default_factory=dict)
    told: list[Message] = field(default_factory=list)
    asked: dict[str, Outcome] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """What the order costs, minor units."""
        return self.freight + sum(line.amount for line in self.lines)

    @property
    def refunded(self) -> int:
        """What was given back on its books."""
        return sum(refund.amount for refund in self.refunds.values())

    def taken_back(self, line_id: str) -> int:
        """Pieces of a line that refunds are of."""
        return sum(refund.lines.get(line_id, (0, 0))[0] for refund in self.refunds.values())

    def tell(self, now: int) -> None:
        """The order's webhook."""
        who = Address(first_name="Ada", last_name="Byron", address_1=self.street, country="GB")
        freight = (Charge(kind="freight", code="post", amount=self.freight),) * bool(self.freight)
        content = {
            "shop": "uk",
            "order_id": "536365",
            "order_number": "536365",
            "customer_id": self.customer_id,
            "currency": "GBP",
            "total": self.total,
            "lines": self.lines,
            "charges": freight,
            "bill_to": who,
            "ship_to": who,
            "payment_token": self.token,
            "transaction_id": "" if self.token else self.transaction_id,
        }
        mark, known = message_id(repr(content), self.attempt)[:OF_CONTENT], self.seen.split()
        if known[:1] != [mark]:
            self.version += 1
            id = mark + message_id(mark, known.count(mark))[OF_CONTENT:]
            placed = said(OrderPlaced, "", **content, modified_at=now + self.version)
            self.told.append(placed.model_copy(update={"id": id}))

    def cancel(self) -> None:
        """The customer or a clerk cancels the order."""
        self.status = "cancelled"
        self.told.append(said(OrderCancelled, "cancelled", shop="uk", order_id="536365"))

    def refund(
        self,
        amount: int,
        lines: Mapping[str, tuple[int, int]],
        reason: str,
        moved: bool,
        freight: int = 0,
    ) -> Booked:
        """Books a refund of an amount; `lines` are pieces and amounts by line."""
        booked = Booked(f"{len(self.refunds) + 1}", amount, lines, freight, reason, moved)
        self.refunds[booked.id] = booked
        if self.refunded >= self.total:
            self.status = "refunded"
        of = {"shop": "uk", "order_id": "536365", "refund_id": booked.id}
        self.told.append(
            said(OrderRefunded, booked.id, **of, amount=amount, currency="GBP", reason=reason)
        )
        return booked

    def execute(self, command: Any, how: str, now: int) -> Outcome:
        """Takes a command; what it has done already is not done again."""
        if command.id not in self.asked:
            do: dict[type, Callable[..., Outcome]] = {
                UpdateOrder: partial(self._update, now=now),
                ReadRefund: self._read,
                CreateRefund: self._book,
            }
            self.asked[command.id] = do[type(command)](command)
        return self.asked[command.id]

    def _update(self, command: UpdateOrder, now: int) -> Outcome:
        self.status = command.status or self.status
        self.attempt = command.attempt or self.attempt
        self.seen = command.seen
        self.transaction_id = command.transaction_id or self.transaction_id
        if self.status in OPEN:
            self.tell(now)
        return Outcome()

    def _read(self, command: ReadRefund) -> Outcome:
        booked = self.refunds[command.refund_id]
        items = {line.line_id: line.item for line in self.lines}
        rows = ",".join(
            f'{{"line_id":"{line}","item":"{items.get(line, "")}",'
            f'"quantity":{pieces},"amount":{amount}}}'
            for line, (pieces, amount) in booked.lines.items()
        )
        freight = f'{{"kind":"freight","code":"post","amount":{booked.freight}}}'
        charges = {"charges": f"[{freight}]"} if booked.freight else {}
        moved = {"refunded_payment": str(booked.moved).lower()}
        return Outcome({"lines": f"[{rows}]", **charges, **moved})

    def _book(self, command: CreateRefund) -> Outcome:
        if command.amount > self.total - self.refunded:
            raise Rejected("less is left to refund", "amount")
        booked = self.refund(command.amount, {}, command.reason, moved=False)
        return Outcome({"refund_id": booked.id}, command.amount, "GBP")
