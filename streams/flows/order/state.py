"""What is known of an order: its status and the facts that led there."""

from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from streams.core.evolve import evolve
from streams.messages.heartland import Authorize, CheckPayment
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
    PART_SHIPPED = "part-shipped"
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
    Status.PART_SHIPPED: "M3 delivered a part, captured if the account can; more will come.",
    Status.SHIPPED: "M3 delivered all that it will; the money is being captured.",
    Status.INVOICED: "M3's invoices and the captured money meet; the payment goes to M3.",
    Status.CLOSED: "Ordered, captured, invoiced and settled agree.",
    Status.DECLINED: "The payment was declined; no M3 order exists. The customer may pay anew.",
    Status.REFUSED: "A system refused the order; it waits for a person to repair it.",
    Status.FAILED: "Nobody repaired it in time; it was undone.",
    Status.SOLD_OUT: "Others had the last pieces; the money is let go, no M3 order exists.",
    Status.CANCELLING: "The shop cancelled; M3 is asked to delete the order.",
    Status.CANCELLED: "Cancelled by the shop or in M3; the money is let go, the stock is free.",
}


BLOCKING = (Authorize.type, CheckPayment.type, EnsureCustomer.type, CreateOrder.type)
"""Commands without which there is no M3 order."""


class Ordered(NamedTuple):
    """A line as it was ordered; `line_id` is the shop's, `amount` in minor units."""

    line_id: str
    item: str
    quantity: int
    amount: int


class Left(NamedTuple):
    """A line of a delivery; `order_line` is M3's PONR, empty if it was not told."""

    item: str
    quantity: int
    order_line: str


class Short(NamedTuple):
    """A line of which M3 delivers no more than `shipped` pieces in all."""

    item: str
    order_line: str
    shipped: int


class Surplus(NamedTuple):
    """A transaction that is left over, and what it holds."""

    transaction_id: str
    amount: int


class Payment(BaseModel):
    """What Heartland said of one attempt to pay; amounts in minor units, never going down.

    Attributes:
        attempt: how many were declined before; `past` their transactions, and renewed ones.
        sought: it has been asked for; `multiple` whether for several captures.
        checked: the payment that the checkout took is the order's; what is said of it counts.
        token: to renew the authorization with, until the money is captured.
        authorized_at: when, ms UTC; `captured_at` likewise.
        asked: what captures were asked for in all.
        lapses: the rest could not be let go; the bank does in time.
        returned: what was given back of an order that came to nothing.
        rests: increments that are not answered yet: by transaction, also of a former attempt, what
            was authorized of it before.
        unmet: why the issuer did not approve the rest.
        renewals: how often a renewal was asked for; `renewing` it is, or cannot be.
        surplus: what is left over, to be let go.
        expires: why the authorization could not be renewed.
    """

    model_config = ConfigDict(frozen=True)

    attempt: int = 0
    past: tuple[str, ...] = ()
    sought: bool = False
    multiple: bool = False
    checked: bool = False
    token: str = ""
    transaction_id: str = ""
    authorized: int = 0
    authorized_at: int = 0
    asked: int = 0
    captured: int = 0
    captured_at: int = 0
    reversed: bool = False
    declined: str = ""
    lapses: bool = False
    returned: int = 0
    rests: dict[str, int] = {}
    unmet: str = ""
    renewals: int = 0
    renewing: bool = False
    surplus: Surplus | None = None
    expires: str = ""


class Delivery(BaseModel):
    """What M3 said of a delivery.

    Attributes:
        lines: what left; nothing if M3 did not tell, then it is all that was to come.
        told: the shop has heard of it, and its pieces are claimed no longer.
    """

    model_config = ConfigDict(frozen=True)

    carrier: str
    tracking: str
    lines: tuple[Left, ...] = ()
    told: bool = False


class Invoice(BaseModel):
    """What M3 said of an invoice or a credit note; `amount` gross, minor units, above zero.

    Attributes:
        return_number: of a credit note: M3's REPN; `reference` its YREF.
        settling: the payment of it has been reported to M3; `settled` M3 has taken it.
    """

    model_config = ConfigDict(frozen=True)

    number: str
    year: int
    customer_number: str
    amount: int
    currency: str
    return_number: str = ""
    reference: str = ""
    settling: bool = False
    settled: bool = False


RefundStep = Literal["read", "cancel", "money", "return", "settle", "closed", "late"]


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
        amount: minor units; `asked` what Heartland was asked to give back of it, `given` what it
            has, and when.
        at: when Tandem learnt of it, ms UTC.
        in_m3: it began in M3, and the shop is to book it.
        lines: the goods; None until the shop has told them.
        cancelling: M3's numbers of lines that it was asked to take out, `cancelled` those it did.
        booked: the shop's id of what it booked, of a refund that began in M3.
        transaction_id: Heartland's, of what gave the money back.
        returning: M3 was asked to take the goods back; `return_number` its REPN.
        steps: what has been done.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    amount: int
    at: int
    in_m3: bool = False
    lines: tuple[RefundLine, ...] | None = None
    cancelling: tuple[str, ...] = ()
    cancelled: tuple[str, ...] | None = None
    booked: str = ""
    asked: int = 0
    given: int = 0
    given_at: int = 0
    transaction_id: str = ""
    returning: bool = False
    return_number: str = ""
    steps: tuple[RefundStep, ...] = ()


class OrderState(BaseModel):
    """All that is known of one order.

    Attributes:
        since: when it reached its status, ms UTC.
        accepted_at: when the bridge took the order, `ready_at` when money and M3 order were there.
        placed: the shop's order; its lines and addresses only until M3 has them.
        lines: what was ordered; `charges` freight and fees, minor units.
        prints: short hashes of what a person wrote, by field, to see a change by.
        dropped: the shop's ids of lines that it took out of the order; `dropping` those that M3 has
            been asked to take out.
        asks: the order goes on only with all of its pieces; `granted` what it was told of, by item.
        moving: commands that give the order a status in the shop, which may move its own stock.
        customer_number: M3's CUNO, once known.
        refusals: what was refused for good, by command type, and not repaired yet.
        m3_lines: M3's PONR by the shop's line ids, as far as M3 told it.
        variation: how new what M3 told of the order is; `m3_amount` what it costs there.
        short: lines of which M3 delivers no more than it has.
        deliveries: by M3's DLIX; `invoices` and `credits` (credit notes) by their number.
        refunds: what goes back, by the shop's id, or M3's credit note.
        untold: what the shop is yet to hear, all in one; `tell_at` when, ms UTC.
        unwanted: the shop has cancelled the order, `unwanted_at` when (ms UTC, by the shop);
            `deleted` M3 has it no longer.
        let_go: Heartland has been asked to let the money, or the rest of it, go.
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
    lines: tuple[Ordered, ...] = ()
    charges: int = 0
    prints: dict[str, str] = {}
    dropped: tuple[str, ...] = ()
    dropping: tuple[str, ...] = ()
    asks: bool = False
    granted: dict[str, int] = {}
    moving: tuple[str, ...] = ()
    customer_number: str = ""
    payment: Payment = Payment()
    m3_order: str = ""
    m3_lines: dict[str, str] = {}
    variation: int = -1
    m3_amount: int = -1
    short: tuple[Short, ...] = ()
    deliveries: dict[str, Delivery] = {}
    invoices: dict[str, Invoice] = {}
    credits: dict[str, Invoice] = {}
    refunds: dict[str, Refund] = {}
    refusals: dict[str, str] = {}
    unwanted: bool = False
    unwanted_at: int = 0
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
    def pieces(self) -> dict[str, int]:
        """Pieces that were ordered, by item."""
        pieces: dict[str, int] = {}
        for line in self.lines:
            pieces[line.item] = pieces.get(line.item, 0) + line.quantity
        return pieces

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
    def awaits_check(self) -> bool:
        """Whether nobody knows yet that the payment that the order names is its own."""
        named = self.placed is not None and bool(self.placed.transaction_id)
        return named and not self.payment.checked

    @property
    def invoiced(self) -> int:
        """What M3 has invoiced, minor units."""
        return sum(invoice.amount for invoice in self.invoices.values())

    @property
    def refunded(self) -> int:
        """What was given back, minor units."""
        return self.payment.returned + sum(refund.given for refund in self.refunds.values())

    @property
    def going_back(self) -> int:
        """What was given back, or is to be, minor units."""
        refunds = self.refunds.values()
        return self.payment.returned + sum(max(each.asked, each.given) for each in refunds)

    @property
    def refunding(self) -> bool:
        """Whether money or goods are on their way back."""
        return any("closed" not in refund.steps for refund in self.refunds.values())

    @property
    def total(self) -> int:
        """What the order costs, minor units."""
        return self.order.total
