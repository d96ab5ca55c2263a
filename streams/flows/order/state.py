"""What is known of an order: its status and the facts that led there."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from streams.core.evolve import evolve
from streams.flows.order.records import Delivery, Edit, Invoice, Ordered, Payment, Refund, Short
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
    PART_SHIPPED = "part_shipped"
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


IN_M3 = (Status.CONFIRMED, Status.PART_SHIPPED)
"""M3 has the order, and something of it is still to leave."""

BLOCKING = (Authorize.type, CheckPayment.type, EnsureCustomer.type, CreateOrder.type)
"""Commands without which there is no M3 order."""


class OrderState(BaseModel):
    """All that is known of one order.

    Attributes:
        since: when it reached its status, ms UTC.
        accepted_at: when the bridge took the order, `ready_at` when money and M3 order were there.
        placed: the shop's order; its lines and addresses only until M3 has them.
        formerly: the contents of it that were known before, the newest first.
        lines: what was ordered; `charges` freight and fees, minor units.
        prints: short hashes of what a person wrote, by field, to see a change by.
        differs: the shop's order is not as it went on, and a person knows it.
        edits: what M3 is to take over of the shop's edits, one after the other; what it told until
            `edited_at` may be of other lines, and so what it told until `cut_at` (ms UTC).
        dropped: the shop's ids of lines that it took out of the order; `dropping` those that M3 has
            been asked to take out, `overtaken` those that have left all the same.
        asks: the order goes on only with all of its pieces; `granted` what it was told of, by item.
        moving: commands that give the order a status in the shop, which may move its own stock.
        customer_number: M3's CUNO, once known.
        refusals: what was refused for good, by command type, and not repaired yet.
        m3_lines: M3's PONR by the shop's line ids, as far as M3 told it.
        variation: how new what M3 told of the order is; `m3_amount` what it costs there.
        short: lines of which M3 delivers no more than it has; `lowered` those of which it still
            delivers, but fewer pieces than were ordered.
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
    formerly: tuple[str, ...] = ()
    lines: tuple[Ordered, ...] = ()
    charges: int = 0
    prints: dict[str, str] = {}
    differs: bool = False
    edits: tuple[Edit, ...] = ()
    edited_at: int = 0
    cut_at: int = 0
    dropped: tuple[str, ...] = ()
    dropping: tuple[str, ...] = ()
    overtaken: tuple[str, ...] = ()
    asks: bool = False
    granted: dict[str, int] = {}
    moving: tuple[str, ...] = ()
    customer_number: str = ""
    payment: Payment = Field(default_factory=Payment)
    m3_order: str = ""
    m3_lines: dict[str, str] = {}
    variation: int = -1
    m3_amount: int = -1
    short: tuple[Short, ...] = ()
    lowered: tuple[Short, ...] = ()
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
    def waiting_edits(self) -> tuple[Edit, ...]:
        """The edits that M3 has not answered yet."""
        return tuple(edit for edit in self.edits if not edit.refused)

    @property
    def being_edited(self) -> bool:
        """Whether M3 was asked to take over an edit, and has not answered."""
        return any(edit.asked for edit in self.waiting_edits)

    def without_token(self) -> "OrderState":
        """The state once no money can be asked for any more."""
        return evolve(self, payment=evolve(self.payment, token=""))

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
