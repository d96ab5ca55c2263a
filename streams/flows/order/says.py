"""What the order's flow says at each step: the commands and events of one order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from streams.core.message import Message, following, message_id
from streams.core.money import show
from streams.flows.order.goods import deliverable
from streams.flows.order.state import OrderState
from streams.flows.policy import Policy
from streams.messages import heartland
from streams.messages.customer import CustomerNeeded
from streams.messages.heartland import Reverse
from streams.messages.m3 import CancelOrder, CreateOrder
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
        """Find the customer, claim the stock."""
        order = self.state.order
        if order.customer_id:
            yield self.new(
                CustomerNeeded,
                key=f"{order.shop}-{order.customer_id}",
                order_key=self.state.key,
                shop=order.shop,
                customer_id=order.customer_id,
                currency=order.currency,
                address=order.bill_to,
            )
        yield from self._stock(claimed=True)

    def claimed_anew(self) -> Iterator[Message]:
        """The customer pays anew: the stock is claimed again."""
        yield from self._stock(claimed=True)

    def authorized(self) -> Iterator[Message]:
        """Enter the order in M3; the shop hears that the money is safe."""
        order, payment = self.state.order, self.state.payment
        guest = self.policy.shop(order.shop).guest_customer
        yield self.new(
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
        yield self.tell(
            "authorized", status="processing", note=note, transaction_id=payment.transaction_id
        )

    def declined(self) -> Iterator[Message]:
        """The shop hears why; the stock is free again."""
        reason = self.state.payment.declined
        yield self.tell(
            "declined",
            status="failed",
            attempt=self._next_attempt,
            note=f"Payment declined: {reason}. Ask the customer for another way to pay.",
        )
        yield from self._stock(claimed=False)

    def sold_out(self) -> Iterator[Message]:
        """The shop hears what is gone; `failed`, as only that leaves the shop's own stock alone."""
        names = {line.item: line.name or line.item for line in self.state.order.lines}
        gone = ", ".join(names[item] for item in self.state.sold_out)
        note = f"Sold out before this order came: {gone}. Nothing is delivered or charged."
        yield self.tell("sold out", status="failed", note=note, attempt=self._next_attempt)
        yield from self._stock(claimed=False)

    @property
    def _next_attempt(self) -> str:
        """An order that comes back with it is told as another."""
        return str(self.state.payment.attempt + 1)

    def confirmed(self) -> Iterator[Message]:
        """The shop hears M3's order number."""
        number = self.state.m3_order
        yield self.tell("confirmed", note=f"M3 order {number}.", m3_order=number)

    def shipped(self) -> Iterator[Message]:
        """The shop hears that all has left; what will not come is claimed no longer."""
        yield self.tell("shipped", status="completed")
        wanted = deliverable(self.state)
        short = {x.item: 0 for x in self.state.lines if wanted[x.line_id] < x.quantity}
        yield from self.claims(short, "short", left=True)

    def invoiced(self) -> Iterator[Message]:
        """The shop hears the invoices' numbers."""
        numbers = ", ".join(self.state.invoices)
        what = "invoices" if len(self.state.invoices) > 1 else "invoice"
        yield self.tell("invoiced", note=f"M3 {what} {numbers}.", m3_invoice=numbers)

    def closed(self) -> Iterator[Message]:
        """The shop hears that the books agree."""
        yield self.tell("closed", note="Paid, delivered, invoiced and settled in M3.")

    def refused(self) -> Iterator[Message]:
        """A person must repair it: a case with its money."""
        yield self.case("refused", "; ".join(self.state.blocked_by))
        note = "Waits for a repair by the back office."
        yield self.tell(f"refused {self.cause.id}", status="on-hold", note=note)

    def undone(self) -> Iterator[Message]:
        """Nobody repaired it: the stock is free, the shop is told, and the money goes back."""
        reasons = "; ".join(self.state.blocked_by)
        note = f"The order could not be taken: {reasons}"
        yield self.tell("failed", status="failed", note=note, attempt=self._next_attempt)
        yield from self._stock(claimed=False)

    def cancelling(self) -> Iterator[Message]:
        """M3 is asked to delete the order."""
        yield self.new(CancelOrder, m3_order=self.state.m3_order)

    def cancelled(self) -> Iterator[Message]:
        """The stock is free, the shop hears of it; the money is let go as soon as it is there."""
        yield from self.called_off()
        yield from self._stock(claimed=False)

    def called_off(self) -> Iterator[Message]:
        """The shop hears that it is cancelled; no stock was claimed any more."""
        refunded = sum(refund.amount for refund in self.state.refunds.values())
        whole = refunded and refunded >= self.state.total
        status = "refunded" if whole else "cancelled"
        yield self.tell("cancelled", status=status, note="Cancelled.", attempt=self._next_attempt)

    def too_late(self) -> Iterator[Message]:
        """M3 delivers already: a person must see to it that the goods come back.

        Of goods that are refunded everybody knows that they do.
        """
        if not self.state.unwanted_at and not self.state.dropping:
            return
        why = self.state.refusals.get(CancelOrder.type, "the goods have left")
        yield self.case("cancelled too late", f"the shop cancelled, but the order goes on: {why}")
        yield self.tell("too late", note=f"Cannot be cancelled any more: {why}")

    def money_back(
        self, reason: str = "the order could not be taken", *, step: str = ""
    ) -> Iterator[Message]:
        """Let the authorized money go, or give back what was captured."""
        payment, currency = self.state.payment, self.state.order.currency
        named = {"transaction_id": payment.transaction_id, "currency": currency, "reason": reason}
        left = payment.captured - self.state.going_back
        if left > 0:
            yield self.new(heartland.Refund, step=step, amount=left, captured=left, **named)
        elif payment.authorized and not payment.captured:
            yield self.new(Reverse, step=step, amount=payment.authorized, **named)

    def case(self, kind: str, reason: str, *, step: str = "", amount: int | None = None) -> Message:
        """A case for a person, with the order's money or a part of it; once a step.

        The step is the message that led to it, unless it is named: what comes again is told again.
        """
        placed, invoice = self.state.placed, next(iter(self.state.invoices.values()), None)
        currency = placed.currency if placed else invoice.currency if invoice else "XXX"
        whole = placed.total if placed else self.state.payment.authorized
        return self.new(
            Exceptional,
            step=f"{kind} {step or self.cause.id}",
            kind=kind,
            reason=reason,
            minor_units=whole if amount is None else amount,
            currency=currency,
        )

    def tell(self, step: str, **fields: Any) -> Message:
        """The shop hears what became of the order; `step` names it, once an attempt to pay."""
        order, attempt = self.state.order, self.state.payment.attempt
        return self.new(
            UpdateOrder,
            step=f"{step} {attempt}" if attempt else step,
            shop=order.shop,
            order_id=order.order_id,
            seen=" ".join((order.content, *self.state.formerly)),
            **fields,
        )

    def claims(
        self, pieces: Mapping[str, int], step: str, *, left: bool = False
    ) -> Iterator[Message]:
        """What the order claims from now on of each item; `left` if the others left just now."""
        asks = self.state.asks and not left
        warehouse = self.policy.shop(self.state.order.shop).warehouse
        for item, quantity in pieces.items():
            yield self.new(
                StockReserved,
                step=f"{item} {step} {quantity}",
                key=f"{item}@{warehouse}",
                item=item,
                warehouse=warehouse,
                order_key=self.state.key,
                quantity=quantity,
                asks=asks and quantity > 0,
                left_at=self.cause.occurred_at if left and self.state.asks else 0,
                until=self.cause.received_at + self.policy.claim_ms if quantity else 0,
            )

    def _stock(self, *, claimed: bool) -> Iterator[Message]:
        pieces = self.state.pieces if claimed else dict.fromkeys(self.state.pieces, 0)
        yield from self.claims(pieces, f"attempt {self.state.payment.attempt}")

    def unsure(self) -> Iterator[Message]:
        """The shop has taken a status, and with it perhaps pieces off its own stock once more."""
        shop = self.state.order.shop
        warehouse = self.policy.shop(shop).warehouse
        for item in self.state.pieces:
            yield self.new(
                StockUnsure,
                step=f"{item} {self.cause.id}",
                key=f"{item}@{warehouse}",
                item=item,
                warehouse=warehouse,
                shop=shop,
            )

    def new(self, message: type[M], *, step: str = "", key: str = "", **fields: Any) -> M:
        """A message of the order, with the id of its step."""
        id = message_id(message.type, self.state.key, step)
        order = self.state.key
        return following(message, self.cause, "flow/order", id, key or order, order, **fields)
