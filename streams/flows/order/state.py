"""What is known of an order: its status and the facts that led there."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from streams.core.evolve import evolve
from streams.messages.heartland import Authorize
from streams.messages.m3 import CreateOrder, EnsureCustomer
from streams.messages.order import OrderPlaced
from streams.messages.parts import Address
from streams.messages.shop import UpdateOrder


class Status(StrEnum):
    """Where an order stands."""

    EXPECTED = "expected"
    PLACED = "placed"
    AUTHORIZED = "authorized"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    INVOICED = "invoiced"
    CLOSED = "closed"
    DECLINED = "declined"
    REFUSED = "refused"
    FAILED = "failed"
    SOLD_OUT = "sold_out"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


MEANING: dict[Status, str] = {
    Status.EXPECTED: "A payment or M3 spoke of the order before the shop did.",
    Status.PLACED: "The shop's order is here; payment, customer and stock are asked for.",
    Status.AUTHORIZED: "The money is authorized (or none is due); M3 is entering the order.",
    Status.CONFIRMED: "M3 has the order.",
    Status.SHIPPED: "M3 delivered; the money is being captured.",
    Status.INVOICED: "M3's invoice and the captured money meet; the payment goes to M3.",
    Status.CLOSED: "Ordered, captured, invoiced and settled agree.",
    Status.DECLINED: "The payment was declined; no M3 order exists.",
    Status.REFUSED: "A system refused the order; it waits for a person to repair it.",
    Status.FAILED: "Nobody repaired it in time; it was undone.",
    Status.SOLD_OUT: "Others had the last pieces; the money is let go, no M3 order exists.",
    Status.CANCELLING: "The shop cancelled; M3 is asked to delete the order.",
    Status.CANCELLED: "Cancelled by the shop or in M3; the money is let go, the stock is free.",
}


BLOCKING = (Authorize.type, EnsureCustomer.type, CreateOrder.type)
"""Commands without which there is no M3 order."""


class Payment(BaseModel):
    """What Heartland said; amounts in minor units, never going down."""

    model_config = ConfigDict(frozen=True)

    transaction_id: str = ""
    authorized: int = 0
    captured: int = 0
    reversed: bool = False
    declined: str = ""
    captured_at: int = 0


class Delivery(BaseModel):
    """What M3 said of the delivery."""

    model_config = ConfigDict(frozen=True)

    delivery: str
    carrier: str
    tracking: str


class Invoice(BaseModel):
    """What M3 said of the invoice; `amount` gross in minor units."""

    model_config = ConfigDict(frozen=True)

    number: str
    year: int
    customer_number: str
    amount: int
    currency: str


RefundStep = Literal["read", "money", "return", "settle", "closed", "late"]


class RefundLine(BaseModel):
    """Goods that come back; `amount` is what is given back for them, minor units."""

    model_config = ConfigDict(frozen=True)

    line_id: str
    item: str
    quantity: int
    amount: int


class Refund(BaseModel):
    """Money and goods on their way back.

    Attributes:
        id: the shop's.
        amount: minor units; `given` what Heartland has given back of it, and when.
        at: when Tandem learnt of it, ms UTC.
        lines: the goods; None until the shop has told them.
        transaction_id: Heartland's, of what gave the money back.
        return_number: M3's REPN.
        settled: M3 has taken the repayment against its credit note.
        steps: what has been done.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    amount: int
    at: int
    lines: tuple[RefundLine, ...] | None = None
    given: int = 0
    given_at: int = 0
    transaction_id: str = ""
    return_number: str = ""
    settled: bool = False
    steps: tuple[RefundStep, ...] = ()


class OrderState(BaseModel):
    """All that is known of one order.

    Attributes:
        since: when it reached its status, ms UTC.
        accepted_at: when the bridge took the order, `ready_at` when money and M3 order were there.
        placed: the shop's order; its lines and addresses only until M3 has them.
        pieces: how many of each item were ordered.
        asks: the order goes on only with all of its pieces; `granted` what it was told of, by item.
        moving: commands that give the order a status in the shop, which may move its own stock.
        customer_number: M3's CUNO, once known.
        refusals: what was refused for good, by command type, and not repaired yet.
        settled: M3 has taken the payment against the invoice.
        line_ids: the shop's ids of the lines; `m3_lines` M3's PONR by them, as far as M3 told it.
        refunds: what goes back, by the shop's id; `credits` M3's credit notes by return number.
        untold: what the shop is yet to hear, all in one; `tell_at` when, ms UTC.
        unwanted: the shop has cancelled the order; `deleted` M3 has it no longer.
        let_go: Heartland has been asked to let the money go.
        late: the status whose deadline has passed, if it was reported.
        expired: the time for a repair has passed.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    status: Status = Status.EXPECTED
    since: int = 0
    accepted_at: int = 0
    ready_at: int = 0
    placed: OrderPlaced | None = None
    pieces: dict[str, int] = {}
    asks: bool = False
    granted: dict[str, int] = {}
    moving: tuple[str, ...] = ()
    customer_number: str = ""
    payment: Payment = Payment()
    m3_order: str = ""
    delivery: Delivery | None = None
    invoice: Invoice | None = None
    settled: bool = False
    line_ids: tuple[str, ...] = ()
    m3_lines: dict[str, str] = {}
    refunds: dict[str, Refund] = {}
    credits: dict[str, Invoice] = {}
    refusals: dict[str, str] = {}
    unwanted: bool = False
    deleted: bool = False
    let_go: bool = False
    untold: UpdateOrder | None = None
    tell_at: int | None = None
    late: Status | None = None
    expired: bool = False

    @property
    def blocked_by(self) -> tuple[str, ...]:
        """Why the order cannot go on to M3, in plain words; empty if nothing was refused."""
        return tuple(reason for kind, reason in self.refusals.items() if kind in BLOCKING)

    @property
    def sold_out(self) -> tuple[str, ...]:
        """The items that the order asked for and did not get."""
        granted = self.granted
        return tuple(i for i, pieces in self.pieces.items() if granted.get(i, pieces) < pieces)

    @property
    def has_stock(self) -> bool:
        """Whether the order has all its pieces, or takes them as they come."""
        return not self.asks or (self.granted.keys() >= self.pieces.keys() and not self.sold_out)

    @property
    def order(self) -> OrderPlaced:
        """The shop's order; only asked for in statuses that have one."""
        if self.placed is None:
            raise LookupError(f"{self.key} was never placed")
        return self.placed

    def without_details(self) -> "OrderState":
        """The state without what M3 has by now: less to keep, less to know of a person."""
        slim = {"lines": (), "charges": (), "bill_to": Address(), "ship_to": Address()}
        none = {"payment_token": "", "customer_note": ""}
        return evolve(self, placed=evolve(self.order, **slim, **none))

    @property
    def refunded(self) -> int:
        """What was given back, minor units."""
        return sum(refund.given for refund in self.refunds.values())

    @property
    def refunding(self) -> bool:
        """Whether money or goods are on their way back."""
        return any("closed" not in refund.steps for refund in self.refunds.values())

    @property
    def total(self) -> int:
        """What the order costs, minor units."""
        return self.order.total
