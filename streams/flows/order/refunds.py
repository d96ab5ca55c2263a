"""Returns: what goes back to the customer, at Heartland and in M3, and is told to the shop.

Each refund of an order goes its own way, whatever the order's status: the money back as soon as it
was captured, the goods into M3 as soon as M3 has invoiced them, then the credit note settled with
the money. A step is taken when its facts are there, and noted in the refund, so it is taken once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from streams.core.evolve import evolve
from streams.core.message import Message
from streams.core.money import show, unit_price
from streams.flows.order.says import Said
from streams.flows.order.state import OrderState, Refund, RefundStep, Status
from streams.flows.policy import DAY_MS
from streams.messages import heartland
from streams.messages.m3 import CreateReturn, RecordPayment
from streams.messages.parts import Returned
from streams.messages.shop import ReadRefund

WAIT_MS = 7 * DAY_MS
"""How long a refund may be on its way before it is a case for a person."""


@dataclass(frozen=True)
class Taken:
    """A step that a refund takes now, and what it says."""

    step: RefundStep
    says: tuple[Message, ...] = ()


Step = Callable[[OrderState, Refund, Said], list[Message] | None]
"""What a step says when its facts are there; None until then."""


def advanced(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    """Takes all steps that the facts allow; the state with them noted, and what they say."""
    out: list[Message] = []
    for refund_id in state.refunds:
        while taken := next(_due(state, state.refunds[refund_id], said), None):
            refund = state.refunds[refund_id]
            refund = evolve(refund, steps=(*refund.steps, taken.step))
            state = evolve(state, refunds={**state.refunds, refund_id: refund})
            out += taken.says
    return state, out


def deadline(state: OrderState) -> int | None:
    """When the first of the refunds on their way is late, ms UTC."""
    return min((r.at + WAIT_MS for r in state.refunds.values() if _may_be_late(r)), default=None)


def _may_be_late(refund: Refund) -> bool:
    return not {"closed", "late"} & set(refund.steps)


def _due(state: OrderState, refund: Refund, said: Said) -> Iterator[Taken]:
    if "closed" in refund.steps or state.placed is None:
        return
    for step, make in _STEPS.items():
        if step not in refund.steps and (says := make(state, refund, said)) is not None:
            yield Taken(step, tuple(says))


def _read(state: OrderState, refund: Refund, said: Said) -> list[Message] | None:
    """The shop's webhook does not tell which goods come back."""
    order = state.order
    read = said.of_refund(
        ReadRefund,
        refund,
        shop=order.shop,
        order_id=order.order_id,
        refund_id=refund.id,
        currency=order.currency,
    )
    return [read]


def _money(state: OrderState, refund: Refund, said: Said) -> list[Message] | None:
    """Waits for the capture, which a declined order never has; never more goes back than is left.

    Whether the shop's own plugin has moved the money is known when the refund was read.
    """
    payment = state.payment
    if refund.lines is None:
        return None
    if refund.given:
        return []
    if state.status in (Status.DECLINED, Status.FAILED):
        reason = f"the shop gave money back, but the order is {state.status}: none was taken"
        return [said.refund_case("refund without payment", refund, reason)]
    if not payment.captured or payment.captured < state.total:
        return None
    left = payment.captured - sum(r.amount for r in state.refunds.values() if "money" in r.steps)
    if refund.amount > left:
        over, money = (show(a, state.order.currency) for a in (refund.amount, left))
        reason = f"the shop gave back {over}, but only {money} of the captured money is left"
        return [said.refund_case("refund too large", refund, reason)]
    back = said.of_refund(
        heartland.Refund,
        refund,
        transaction_id=payment.transaction_id,
        amount=refund.amount,
        currency=state.order.currency,
        captured=left,
        reason="goods returned",
    )
    return [back]


def _return(state: OrderState, refund: Refund, said: Said) -> list[Message] | None:
    if refund.lines is None or state.invoice is None:
        return None
    if not refund.lines:
        reason = "money was given back without goods: credit it in M3 by hand"
        return [said.refund_case("refund without goods", refund, reason)]
    currency = state.order.currency
    prices = [unit_price(line.amount, line.quantity, currency)[0] for line in refund.lines]
    back = said.of_refund(
        CreateReturn,
        refund,
        shop=state.order.shop,
        refund_id=refund.id,
        m3_order=state.m3_order,
        currency=currency,
        lines=tuple(
            Returned(
                order_line=state.m3_lines.get(line.line_id, ""),
                item=line.item,
                quantity=line.quantity,
                unit_price=price,
            )
            for line, price in zip(refund.lines, prices, strict=True)
        ),
    )
    return [back]


def _settle(state: OrderState, refund: Refund, said: Said) -> list[Message] | None:
    credit = state.credits.get(refund.return_number)
    if credit is None or not refund.given:
        return None
    if credit.amount != refund.given:
        amounts = (show(a, state.order.currency) for a in (credit.amount, refund.given))
        reason = "M3 credited {}, Heartland gave back {}".format(*amounts)
        return [said.refund_case("refund difference", refund, reason)]
    settle = said.of_refund(
        RecordPayment,
        refund,
        invoice_number=credit.number,
        invoice_year=credit.year,
        customer_number=credit.customer_number,
        amount=-credit.amount,
        currency=credit.currency,
        transaction_id=refund.transaction_id or state.payment.transaction_id,
        paid_at=refund.given_at,
    )
    return [settle]


def _closed(state: OrderState, refund: Refund, said: Said) -> list[Message] | None:
    credit = state.credits.get(refund.return_number)
    if not refund.settled or credit is None:
        return None
    amount, by = show(refund.given, state.order.currency), refund.transaction_id or "by the shop"
    numbers = f"M3 return {refund.return_number}, credit note {credit.number}"
    note = f"{amount} given back: {by}. {numbers}."
    status = "refunded" if state.refunded >= state.total else ""
    return [said.told(f"refund {refund.id}", status=status, note=note)]


def _late(state: OrderState, refund: Refund, said: Said) -> list[Message] | None:
    if said.cause.received_at < refund.at + WAIT_MS:
        return None
    return [said.refund_case("refund late", refund, "the refund has been on its way for too long")]


_STEPS: dict[RefundStep, Step] = {
    "read": _read,
    "money": _money,
    "return": _return,
    "settle": _settle,
    "closed": _closed,
    "late": _late,
}
