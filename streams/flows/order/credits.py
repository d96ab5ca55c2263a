"""Credit notes: which refund each is for, and their settling with the money that went back.

A return that begins in M3 begins with its credit note; the shop is to book it.
"""

from streams.core.evolve import evolve
from streams.core.message import Message, message_id
from streams.flows.order.goods import to_credit
from streams.flows.order.records import Invoice, Refund
from streams.flows.order.says import Said
from streams.flows.order.state import OrderState
from streams.messages.m3 import CreateReturn, RecordPayment

_YREF = 30
"""Characters that M3 keeps of a return's reference, which is the id of its command."""


def refund_step(refund: Refund) -> str:
    """The step by which the commands of a refund are known."""
    return f"refund {refund.id}"


def credit_step(credit: Invoice) -> str:
    """The step by which the repayment of a credit note is known."""
    return f"credit {credit.number}"


def booked_as(credit: Invoice) -> str:
    """The reason by which the shop's refund is known that M3's credit note led to."""
    return f"M3 return {credit.return_number}, credit note {credit.number}"


def begun_in_m3(state: OrderState, now: int) -> OrderState:
    """Credit notes that answer no return of ours are refunds; nothing is to be asked of the shop.

    One that names no reference may be of a return whose number is still to come: it waits.
    """
    steps = (refund_step(refund) for refund in state.refunds.values())
    ours = {message_id(CreateReturn.type, state.key, step)[:_YREF] for step in steps}
    numbers = {r.return_number for r in state.refunds.values() if not r.in_m3}
    awaited = any(_awaits_number(state, refund) for refund in state.refunds.values())
    for credit in state.credits.values():
        known = _in_m3(credit) in state.refunds or credit.return_number in numbers - {""}
        if known or credit.reference in ours or (awaited and not credit.reference):
            continue
        refund = Refund(
            id=_in_m3(credit),
            amount=credit.amount,
            at=now,
            in_m3=True,
            lines=(),
            return_number=credit.return_number,
            steps=("read", "cancel", "return"),
        )
        state = evolve(state, refunds={**state.refunds, refund.id: refund})
    return state


def _awaits_number(state: OrderState, refund: Refund) -> bool:
    refused = f"{CreateReturn.type} {refund.id}" in state.refusals
    return refund.returning and not refund.return_number and not refused


def _in_m3(credit: Invoice) -> str:
    return f"m3-{credit.number}"


def of_refund(state: OrderState, refund: Refund) -> list[Invoice]:
    """The credit notes of a refund, so far."""
    if refund.in_m3:
        return [credit for credit in state.credits.values() if _in_m3(credit) == refund.id]
    number = refund.return_number
    return [c for c in state.credits.values() if number and c.return_number == number]


def repaid(state: OrderState, said: Said, out: list[Message]) -> tuple[OrderState, list[Message]]:
    """M3 hears of the repayment of each credit note that agrees with the money."""
    for refund in state.refunds.values():
        credits = of_refund(state, refund)
        agrees = sum(credit.amount for credit in credits) == to_credit(state, refund)
        for credit in credits if agrees and refund.given else ():
            if credit.settling:
                continue
            out.append(_repayment(state, refund, credit, said))
            settling = evolve(credit, settling=True)
            state = evolve(state, credits={**state.credits, credit.number: settling})
    return state, out


def _repayment(state: OrderState, refund: Refund, credit: Invoice, said: Said) -> Message:
    return said.new(
        RecordPayment,
        step=credit_step(credit),
        invoice_number=credit.number,
        invoice_year=credit.year,
        customer_number=credit.customer_number,
        amount=-credit.amount,
        currency=credit.currency,
        transaction_id=refund.transaction_id or state.payment.transaction_id,
        paid_at=refund.given_at,
    )
