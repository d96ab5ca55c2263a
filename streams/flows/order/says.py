"""What the order's flow says at each step: the commands and events of one order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from streams.core.message import Message, message_id
from streams.core.money import show
from streams.flows.order.state import OrderState, Refund
from streams.flows.policy import Policy
from streams.messages.customer import CustomerNeeded
from streams.messages.heartland import Authorize, Capture, Reverse
from streams.messages.m3 import CancelOrder, CreateOrder, RecordPayment
from streams.messages.ops import Exceptional
from streams.messages.shop import UpdateOrder
from streams.messages.stock import StockReserved, StockUnsure

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Said:
    """Writes the messages of one order; each has an id of its step, so saying it twice is once."""

    state: OrderState
    cause: Message
    policy: Policy

    def placed(self) -> Iterator[Message]:
        """Authorize, find the customer, claim the stock."""
        order, shop = self.state.order, self.policy.shop(self.state.order.shop)
        if order.total:
            yield self._new(
                Authorize,
                shop=order.shop,
                order_number=order.order_number,
                amount=order.total,
                currency=order.currency,
                token=order.payment_token,
                capture_mode="AUTO" if shop.capture == "order" else "LATER",
                country=shop.country,
                payer_name=f"{order.bill_to.first_name} {order.bill_to.last_name}".strip(),
            )
        if order.customer_id:
            yield self._new(
                CustomerNeeded,
                key=f"{order.shop}-{order.customer_id}",
                order_key=self.state.key,
                shop=order.shop,
                customer_id=order.customer_id,
                currency=order.currency,
                address=order.bill_to,
            )
        yield from self._stock(claimed=True)

    def authorized(self) -> Iterator[Message]:
        """Enter the order in M3; the shop hears that the money is safe."""
        order, payment = self.state.order, self.state.payment
        guest = self.policy.shop(order.shop).guest_customer
        yield self._new(
            CreateOrder,
            shop=order.shop,
            order_id=order.order_id,
            order_number=order.order_number,
            customer_number=self.state.customer_number if order.customer_id else guest,
            guest=not order.customer_id,
            currency=order.currency,
            total=order.total,
            ordered_at=order.occurred_at,
            lines=order.lines,
            charges=order.charges,
            bill_to=order.bill_to,
            ship_to=order.ship_to,
            transaction_id=payment.transaction_id,
            customer_note=order.customer_note,
        )
        amount = show(order.total, order.currency)
        taken = "captured" if payment.captured else "authorized"
        note = f"{amount} {taken}: {payment.transaction_id}." if order.total else "Nothing to pay."
        yield self._tell(
            "authorized", status="processing", note=note, transaction_id=payment.transaction_id
        )

    def declined(self) -> Iterator[Message]:
        """The shop hears why; the stock is free again."""
        reason = self.state.payment.declined
        yield self._tell(
            "declined",
            status="failed",
            note=f"Payment declined: {reason}. Ask the customer for another way to pay.",
        )
        yield from self._stock(claimed=False)

    def sold_out(self) -> Iterator[Message]:
        """The shop hears what is gone; `failed`, as only that leaves the shop's own stock alone."""
        names = {line.item: line.name or line.item for line in self.state.order.lines}
        gone = ", ".join(names[item] for item in self.state.sold_out)
        note = f"Sold out before this order came: {gone}. Nothing is delivered or charged."
        yield self._tell("sold out", status="failed", note=note)
        yield from self._stock(claimed=False)

    def confirmed(self) -> Iterator[Message]:
        """The shop hears M3's order number."""
        number = self.state.m3_order
        yield self._tell("confirmed", note=f"M3 order {number}.", m3_order=number)

    def shipped(self) -> Iterator[Message]:
        """Capture; the shop hears of the parcel; the stock has left the warehouse."""
        order, payment, delivery = self.state.order, self.state.payment, self.state.delivery
        if order.total > payment.captured:
            yield self._new(
                Capture,
                transaction_id=payment.transaction_id,
                amount=order.total,
                currency=order.currency,
            )
        if delivery:
            yield self._tell(
                "shipped",
                status="completed",
                note=f"Shipped with {delivery.carrier}, parcel {delivery.tracking}.",
                carrier=delivery.carrier,
                tracking=delivery.tracking,
            )
        yield from self._stock(claimed=False, left_at=self.cause.occurred_at)

    def invoiced(self) -> Iterator[Message]:
        """Report the payment to M3 against the invoice; the shop hears its number."""
        payment, invoice = self.state.payment, self.state.invoice
        if invoice is None:
            return
        if invoice.amount:
            yield self._new(
                RecordPayment,
                invoice_number=invoice.number,
                invoice_year=invoice.year,
                customer_number=invoice.customer_number,
                amount=payment.captured,
                currency=invoice.currency,
                transaction_id=payment.transaction_id,
                paid_at=payment.captured_at,
            )
        yield self._tell(
            "invoiced", note=f"M3 invoice {invoice.number}.", m3_invoice=invoice.number
        )

    def closed(self) -> Iterator[Message]:
        """The shop hears that the books agree."""
        yield self._tell("closed", note="Paid, delivered, invoiced and settled in M3.")

    def refused(self) -> Iterator[Message]:
        """A person must repair it: a case with its money."""
        yield self.case("refused", "; ".join(self.state.blocked_by))
        yield self._tell("refused", status="on-hold", note="Waits for a repair by the back office.")

    def undone(self) -> Iterator[Message]:
        """Nobody repaired it: the money goes back, the stock is free, the shop is told."""
        yield from self.money_back()
        reasons = "; ".join(self.state.blocked_by)
        yield self._tell("failed", status="failed", note=f"The order could not be taken: {reasons}")
        yield from self._stock(claimed=False)

    def cancelling(self) -> Iterator[Message]:
        """M3 is asked to delete the order."""
        yield self._new(CancelOrder, m3_order=self.state.m3_order)

    def cancelled(self) -> Iterator[Message]:
        """The stock is free, the shop hears of it; the money is let go as soon as it is there."""
        yield self._tell("cancelled", status="cancelled", note="Cancelled.")
        yield from self._stock(claimed=False)

    def too_late(self) -> Iterator[Message]:
        """M3 delivers already: a person must see to it that the goods come back."""
        why = self.state.refusals.get(CancelOrder.type, "the goods have left")
        yield self.case("cancelled too late", f"the shop cancelled, but the order goes on: {why}")
        yield self._tell("too late", note=f"Cannot be cancelled any more: {why}")

    def money_back(self) -> Iterator[Message]:
        """Let the authorized money go."""
        payment = self.state.payment
        if payment.authorized:
            yield self._new(
                Reverse,
                transaction_id=payment.transaction_id,
                amount=payment.authorized,
                currency=self.state.order.currency,
                reason="the order could not be taken",
            )

    def told(self, step: str, *, status: str, note: str) -> Message:
        """The shop hears a sentence more, and what the order is now."""
        return self._tell(step, status=status, note=note)

    def of_refund(self, message: type[M], refund: Refund, **fields: Any) -> M:
        """A command of one refund."""
        return self._new(message, step=f"refund {refund.id}", **fields)

    def refund_case(self, kind: str, refund: Refund, reason: str) -> Message:
        """A case for a person, with the refund's money."""
        return self._new(
            Exceptional,
            step=f"{kind} {refund.id}",
            kind=kind,
            reason=reason,
            minor_units=refund.amount,
            currency=self.state.order.currency,
        )

    def case(self, kind: str, reason: str) -> Message:
        """A case for a person, with the order's money."""
        placed, invoice = self.state.placed, self.state.invoice
        currency = placed.currency if placed else invoice.currency if invoice else "XXX"
        return self._new(
            Exceptional,
            step=f"{kind} {self.state.status}",
            kind=kind,
            reason=reason,
            minor_units=placed.total if placed else self.state.payment.authorized,
            currency=currency,
        )

    def _tell(self, step: str, **fields: Any) -> Message:
        order = self.state.order
        return self._new(UpdateOrder, step=step, shop=order.shop, order_id=order.order_id, **fields)

    def _stock(self, *, claimed: bool, left_at: int = 0) -> Iterator[Message]:
        warehouse = self.policy.shop(self.state.order.shop).warehouse
        for item, quantity in self.state.pieces.items():
            yield self._new(
                StockReserved,
                step=f"{item} {claimed}",
                key=f"{item}@{warehouse}",
                item=item,
                warehouse=warehouse,
                order_key=self.state.key,
                quantity=quantity if claimed else 0,
                asks=claimed and self.state.asks,
                left_at=left_at if self.state.asks else 0,
                until=self.cause.received_at + self.policy.claim_ms if claimed else 0,
            )

    def unsure(self) -> Iterator[Message]:
        """The shop has taken a status, and with it perhaps pieces off its own stock once more."""
        shop = self.state.order.shop
        warehouse = self.policy.shop(shop).warehouse
        for item in self.state.pieces:
            yield self._new(
                StockUnsure,
                step=f"{item} {self.cause.id}",
                key=f"{item}@{warehouse}",
                item=item,
                warehouse=warehouse,
                shop=shop,
            )

    def _new(self, message: type[M], *, step: str = "", key: str = "", **fields: Any) -> M:
        return message(
            id=message_id(message.type, self.state.key, step),
            key=key or self.state.key,
            occurred_at=self.cause.occurred_at,
            received_at=self.cause.received_at,
            source="flow/order",
            correlation_id=self.state.key,
            causation_id=self.cause.id,
            **fields,
        )
