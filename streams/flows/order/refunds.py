"""Returns: what goes back to the customer, at Heartland and in M3, and is told to the shop.

Each refund of an order goes its own way, whatever the order's status: goods that have not left are
taken out of the M3 order, and never paid for; the money of the others goes back as soon as it was
captured, the goods into M3 as soon as M3 has invoiced them, then the credit note is settled with
the money. A return that begins in M3 begins with its credit note, and the shop books it. A step is
taken when its facts are there, and noted in the refund, so it is taken once.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from streams.core.evolve import evolve
from streams.core.message import Message
from streams.core.money import show, unit_price
from streams.flows.order import credits
from streams.flows.order.credits import refund_step
from streams.flows.order.goods import (
    complete,
    delivered_of,
    due,
    never_left,
    shipped,
    taken_at_once,
    to_credit,
)
from streams.flows.order.records import Refund, RefundStep
from streams.flows.order.says import Said
from streams.flows.order.state import IN_M3, OrderState, Status
from streams.flows.policy import DAY_MS
from streams.messages import heartland
from streams.messages.m3 import CancelLines, CreateReturn
from streams.messages.parts import Returned
from streams.messages.shop import CreateRefund, ReadRefund

WAIT_MS = 7 * DAY_MS
"""How long a refund may be on its way before it is a case for a person."""

_BEFORE_M3 = (Status.EXPECTED, Status.PLACED, Status.AUTHORIZED, Status.REFUSED, Status.CANCELLING)
_NEVER_PAID = (Status.DECLINED, Status.FAILED, Status.SOLD_OUT)

Taken = tuple[Refund, Sequence[Message]]
"""The refund after a step, and what the step says."""

Step = Callable[[OrderState, Refund, Said], Taken | None]
"""A step, taken when its facts are there; None until then."""


def advanced(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    """Takes all steps that the facts allow; the state with them noted, and what they say."""
    if state.placed is None or not (state.refunds or state.credits):
        return state, []
    if _comes_to_nothing(state):
        return evolve(state, unwanted=True), []
    state = credits.begun_in_m3(state, said.cause.received_at)
    out: list[Message] = []
    for refund_id in state.refunds:
        while step := next(_due(state, state.refunds[refund_id], said), None):
            name, (refund, says) = step
            refund = evolve(refund, steps=(*refund.steps, name))
            state = evolve(state, refunds={**state.refunds, refund_id: refund})
            out += says
    return credits.repaid(state, said, out)


def deadline(state: OrderState) -> int | None:
    """When the first of the refunds on their way is late, ms UTC."""
    return min((r.at + WAIT_MS for r in state.refunds.values() if _may_be_late(r)), default=None)


def _may_be_late(refund: Refund) -> bool:
    return not {"closed", "late"} & set(refund.steps)


def _comes_to_nothing(state: OrderState) -> bool:
    """Whether all goods are refunded before any has left: then the order is not wanted any more."""
    if state.unwanted or state.deliveries or state.status is not Status.CONFIRMED:
        return False
    if state.waiting_edits:
        return False
    back: Counter[str] = Counter()
    for refund in state.refunds.values():
        for line in refund.lines or ():
            back[line.line_id] += line.quantity
    whole = all(back[line.line_id] >= line.quantity for line in state.lines)
    return whole and bool(state.lines)


def _due(state: OrderState, refund: Refund, said: Said) -> Iterator[tuple[RefundStep, Taken]]:
    if "closed" in refund.steps:
        return
    for name, step in _STEPS.items():
        if name not in refund.steps and (taken := step(state, refund, said)) is not None:
            yield name, taken


def _read(state: OrderState, refund: Refund, said: Said) -> Taken | None:
    """The shop's webhook does not tell what it gives back."""
    order = state.order
    read = _of_refund(
        said,
        ReadRefund,
        refund,
        shop=order.shop,
        order_id=order.order_id,
        refund_id=refund.id,
        currency=order.currency,
    )
    return refund, [read]


def _cancel(state: OrderState, refund: Refund, said: Said) -> Taken | None:
    """Whole lines of which nothing has left are taken out of the M3 order, if they are in it.

    Not while M3 is changing its lines: others may take their place.
    """
    if refund.lines is None or state.status in _BEFORE_M3 or state.waiting_edits:
        return None
    left = shipped(state)
    ordered = {line.line_id: line.quantity for line in state.lines}
    whole = [
        state.m3_lines[line.line_id]
        for line in refund.lines
        if line.quantity == ordered.get(line.line_id)
        and not left.get(line.line_id)
        and line.line_id in state.m3_lines
    ]
    if not whole or state.status not in IN_M3:
        return evolve(refund, cancelled=()), []
    cancel = _of_refund(said, CancelLines, refund, m3_order=state.m3_order, lines=tuple(whole))
    return refund, [cancel]


def _money(state: OrderState, refund: Refund, said: Said) -> Taken | None:
    """Waits for the capture, which a declined order never has; never more goes back than is left.

    All that is captured waits while more is to be: it may be reversed, with what is held.
    Whether the shop's own plugin has moved the money is known when the refund was read.
    """
    payment, currency = state.payment, state.order.currency
    if not refund.in_m3 and (refund.lines is None or refund.cancelled is None):
        return None
    refund = evolve(refund, never=tuple(never_left(state, refund)))
    wanted = _to_give(state, refund)
    if refund.given or not wanted or state.status is Status.CANCELLED:
        return refund, []
    if state.status in _NEVER_PAID:
        reason = f"the shop gave money back, but the order is {state.status}: none was taken"
        return refund, [_refund_case(said, "refund without payment", refund, reason)]
    if not payment.captured or payment.captured < due(state):
        return None
    others = [r for r in state.refunds.values() if "money" in r.steps]
    left = payment.captured - sum(_to_give(state, other) for other in others)
    part = payment.multiple and wanted != left
    if not (part or complete(state) or not state.deliveries):
        return None
    if wanted > left:
        over, money = (show(amount, currency) for amount in (wanted, left))
        reason = f"the shop gave back {over}, but only {money} of the captured money is left"
        return refund, [_refund_case(said, "refund too large", refund, reason)]
    back = _of_refund(
        said,
        heartland.Refund,
        refund,
        transaction_id=payment.transaction_id,
        amount=wanted,
        currency=currency,
        captured=left,
        reason="goods returned",
    )
    return evolve(refund, asked=wanted), [back]


def _to_give(state: OrderState, refund: Refund) -> int:
    """What was or will be paid for: not what M3 never delivers, unless it was taken at once."""
    if taken_at_once(state):
        return refund.amount
    return refund.amount - sum(line.amount for line in never_left(state, refund))


def _return(state: OrderState, refund: Refund, said: Said) -> Taken | None:
    if refund.lines is None or refund.cancelled is None:
        return None
    if state.status is Status.CANCELLED:
        return refund, []
    if not state.invoices or state.invoiced < due(state):
        return None
    goods = delivered_of(state, refund)
    if not goods and refund.amount <= sum(line.amount for line in never_left(state, refund)):
        return refund, []
    if not goods and not refund.charges:
        reason = "money was given back without goods: credit it in M3 by hand"
        return refund, [_refund_case(said, "refund without goods", refund, reason)]
    currency = state.order.currency
    prices = [unit_price(line.amount, line.quantity, currency) for line in goods]
    if any(pieces > 1 for _, pieces in prices):
        reason = "no price of one piece gives the line's amount: return the goods in M3 by hand"
        return refund, [_refund_case(said, "refund without price", refund, reason)]
    back = _of_refund(
        said,
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
            for line, (price, _) in zip(goods, prices, strict=True)
        ),
        charges=refund.charges,
    )
    return evolve(refund, returning=True), [back]


def _settle(state: OrderState, refund: Refund, said: Said) -> Taken | None:
    """A return over goods of several invoices has a credit note for each."""
    notes, owed = credits.of_refund(state, refund), to_credit(state, refund)
    if not refund.given or not (notes or not owed):
        return None
    credited = sum(note.amount for note in notes)
    if credited == owed:
        return refund, []
    if len(notes) < len(state.invoices) and credited < owed:
        return None
    amounts = (show(amount, state.order.currency) for amount in (credited, owed))
    reason = "M3 credited {}, Heartland gave back {}".format(*amounts)
    return refund, [_refund_case(said, "refund difference", refund, reason)]


def _closed(state: OrderState, refund: Refund, said: Said) -> Taken | None:
    currency, order = state.order.currency, state.order
    if "money" in refund.steps and "return" in refund.steps and _came_to_nothing(state, refund):
        note = f"{show(refund.amount, currency)} is not taken: M3 will not deliver it."
        return refund, [said.tell(f"refund {refund.id}", note=note)]
    notes = credits.of_refund(state, refund)
    if "settle" not in refund.steps or not all(note.settled for note in notes):
        return None
    if refund.in_m3:
        booked = _of_refund(
            said,
            CreateRefund,
            refund,
            shop=order.shop,
            order_id=order.order_id,
            amount=refund.amount,
            currency=currency,
            reason=credits.booked_as(notes[0]),
        )
        return refund, [booked]
    amount, by = show(refund.given, currency), refund.transaction_id or "by the shop"
    numbers = ", ".join(note.number for note in notes)
    back = f" M3 return {refund.return_number}, credit note {numbers}." if notes else ""
    note = f"{amount} given back: {by}.{back}"
    status = "refunded" if state.refunded >= state.total else ""
    return refund, [said.tell(f"refund {refund.id}", status=status, note=note)]


def _came_to_nothing(state: OrderState, refund: Refund) -> bool:
    return not refund.given and (not _to_give(state, refund) or state.status is Status.CANCELLED)


def _late(state: OrderState, refund: Refund, said: Said) -> Taken | None:
    if said.cause.received_at < refund.at + WAIT_MS:
        return None
    reason = "the refund has been on its way for too long"
    return refund, [_refund_case(said, "refund late", refund, reason)]


def _of_refund(said: Said, message: type[Any], refund: Refund, **fields: Any) -> Message:
    made: Message = said.new(message, step=refund_step(refund), **fields)
    return made


def _refund_case(said: Said, kind: str, refund: Refund, reason: str) -> Message:
    return said.case(kind, reason, step=refund.id, amount=refund.amount)


_STEPS: dict[RefundStep, Step] = {
    "read": _read,
    "cancel": _cancel,
    "money": _money,
    "return": _return,
    "settle": _settle,
    "closed": _closed,
    "late": _late,
}
