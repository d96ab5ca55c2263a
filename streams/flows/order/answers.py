"""What the results of commands add to what is known of an order."""

from collections.abc import Callable

from pydantic import TypeAdapter

from streams.core.evolve import evolve
from streams.core.message import message_id
from streams.flows.order import edits, partial
from streams.flows.order.credits import credit_step, refund_step
from streams.flows.order.known import in_m3, paid, without
from streams.flows.order.paying import attempt_step, renewal_step
from streams.flows.order.records import Invoice, Payment, Refund, RefundLine, Short, Surplus
from streams.flows.order.shipping import invoice_step, rest_step
from streams.flows.order.state import OrderState
from streams.flows.policy import MINUTE_MS
from streams.messages import heartland
from streams.messages.heartland import Authorize, Capture, CheckPayment, Increment, Reverse
from streams.messages.m3 import (
    CancelLines,
    CancelOrder,
    ChangeOrder,
    CreateOrder,
    CreateReturn,
    RecordPayment,
)
from streams.messages.ops import Result
from streams.messages.parts import Charge
from streams.messages.shop import CreateRefund, ReadRefund


def answered(state: OrderState, message: Result) -> OrderState:
    """The state with a result's facts; a refusal is kept until a repair is answered."""
    if _is_of(state, message, Authorize.type, renewal_step(state.payment)):
        return _renewed(state, message)
    if message.command_type == Increment.type:
        return partial.answered(state, message)
    if message.command_type == ChangeOrder.type:
        return edits.answered(state, message)
    if message.outcome == "rejected" and _is_of(state, message, Reverse.type, rest_step(state)):
        return evolve(state, payment=evolve(state.payment, lapses=True))
    if _is_of_former_attempt(state, message):
        return _too_late(state, message)
    refund = _refund_of(state, message)
    what = f"{message.command_type} {refund.id if refund else _bill_of(state, message)}".strip()
    if message.outcome == "rejected":
        reason = f"{message.field}: {message.reason}" if message.field else message.reason
        return evolve(state, refusals={**state.refusals, what: reason})
    if not (message.command_type == CreateOrder.type and not message.values["ORNO"]):
        state = evolve(state, refusals=without(state.refusals, what))
    if refund:
        done = _REFUND_DONE[message.command_type](refund, message)
        state = evolve(state, refunds={**state.refunds, refund.id: done})
        return state if message.command_type != CancelLines.type else _lines_gone(state, message)
    take = _DONE.get(message.command_type, _nothing)
    return take(state, message)


def _is_of(state: OrderState, message: Result, kind: str, step: str) -> bool:
    return message.command_type == kind and message.command_id == message_id(kind, state.key, step)


def _checked(state: OrderState, message: Result) -> OrderState:
    payment = evolve(state.payment, checked=True)
    return _payment_answered(evolve(state, payment=payment), message)


def _is_of_former_attempt(state: OrderState, message: Result) -> bool:
    kind = message.command_type
    asks = kind in (Authorize.type, CheckPayment.type)
    return asks and not _is_of(state, message, kind, attempt_step(state.payment))


def _too_late(state: OrderState, message: Result) -> OrderState:
    """Another attempt has taken its place: if it holds money after all, that is let go.

    Not what the newest attempt looks at again.
    """
    amount, id = message.minor_units, message.values.get("id", "")
    if message.outcome == "rejected" or not amount or id == state.order.transaction_id:
        return state
    return evolve(state, payment=_left_over(state.payment, Surplus(id, amount)))


def _payment_answered(state: OrderState, message: Result) -> OrderState:
    values = message.values
    said = f"{values.get('message', '')} ({values.get('result', '')})"
    amount = message.minor_units or 0
    return paid(state, values["id"], values["status"], amount, said, message.occurred_at)


def _renewed(state: OrderState, message: Result) -> OrderState:
    """The new authorization takes the place of the old one, unless that is captured or let go.

    It is not older than its asking, whatever clock the sink goes by: else it is renewed for ever.
    """
    payment, amount = state.payment, message.minor_units or 0
    if message.outcome == "rejected" or amount < state.total:
        why = message.reason or message.values.get("message", "")
        payment = evolve(payment, expires=f"the renewal was refused: {why}")
        if amount:
            payment = _left_over(payment, Surplus(message.values["id"], amount))
        return evolve(state, payment=payment)
    new = Surplus(message.values["id"], amount)
    if payment.asked or payment.captured or state.let_go:
        return evolve(state, payment=_left_over(payment, new))
    old = Surplus(payment.transaction_id, payment.authorized)
    renewed = evolve(
        _left_over(payment, old),
        transaction_id=new.transaction_id,
        authorized=amount,
        authorized_at=max(message.occurred_at, payment.renewal_asked_at),
        renewing=False,
    )
    return evolve(state, payment=renewed)


def _left_over(payment: Payment, surplus: Surplus) -> Payment:
    past = tuple(dict.fromkeys((*payment.past, surplus.transaction_id)))
    return evolve(payment, past=past, surplus=surplus)


def _captured(state: OrderState, message: Result) -> OrderState:
    return paid(
        state, message.values["id"], "CAPTURED", message.minor_units or 0, "", message.occurred_at
    )


def _reversed(state: OrderState, message: Result) -> OrderState:
    """Of a part, or of a rest, nothing else becomes of the payment."""
    status = message.values["status"]
    return paid(state, message.values["id"], status, 0, "", message.occurred_at)


def _given_back(state: OrderState, message: Result) -> OrderState:
    """What was given back of a former attempt is none of this one's."""
    steps = ("", state.payment.transaction_id)
    if not any(_is_of(state, message, heartland.Refund.type, step) for step in steps):
        return state
    returned = state.payment.returned + (message.minor_units or 0)
    return evolve(state, payment=evolve(state.payment, returned=returned))


def _order_entered(state: OrderState, message: Result) -> OrderState:
    """M3 has the order; or only ION has it, and M3 will tell."""
    if not message.values["ORNO"]:
        return state
    numbers = message.values.get("PONR", "").split(",")
    told = zip(state.lines, numbers, strict=True) if len(state.lines) == len(numbers) else ()
    lines = {line.line_id: number for line, number in told if number}
    return in_m3(evolve(state, m3_lines=lines or state.m3_lines), message.values["ORNO"])


def _order_cancelled(state: OrderState, message: Result) -> OrderState:
    """M3 has deleted the order, or keeps it, for it is on its way."""
    if kept := message.values.get("KEPT"):
        return evolve(state, refusals={**state.refusals, CancelOrder.type: kept})
    return evolve(state, deleted=True)


def _lines_gone(state: OrderState, message: Result) -> OrderState:
    """Of what M3 deleted nothing will come; of what it closed, its own BOD tells how much has."""
    gone = [Short("", number, 0) for number in _split(message, "DELETED")]
    short = tuple(dict.fromkeys((*state.short, *gone)))
    return evolve(state, short=short, cut_at=message.occurred_at + MINUTE_MS)


def _split(message: Result, name: str) -> list[str]:
    return [each for each in message.values.get(name, "").split(",") if each]


def _recorded(state: OrderState, message: Result) -> OrderState:
    """M3 has taken the payment of an invoice, or the repayment of a credit note."""
    number = _bill_of(state, message)
    for name in ("invoices", "credits"):
        bills: dict[str, Invoice] = getattr(state, name)
        if number in bills:
            settled = {**bills, number: evolve(bills[number], settled=True)}
            state = evolve(state, **{name: settled})
    return state


def _bill_of(state: OrderState, message: Result) -> str:
    """The number of the invoice or credit note whose payment a result answers."""
    if message.command_type != RecordPayment.type:
        return ""
    steps = {invoice_step(bill): number for number, bill in state.invoices.items()}
    steps |= {credit_step(bill): number for number, bill in state.credits.items()}
    for step, number in steps.items():
        if _is_of(state, message, RecordPayment.type, step):
            return number
    return ""


def _refund_of(state: OrderState, message: Result) -> Refund | None:
    """The refund whose command a result answers."""
    if message.command_type not in _REFUND_DONE:
        return None
    for refund in state.refunds.values():
        if _is_of(state, message, message.command_type, refund_step(refund)):
            return refund
    return None


def _refund_read(refund: Refund, message: Result) -> Refund:
    """What the shop's own plugin has given back is not given again."""
    lines = tuple(_LINES.validate_json(message.values["lines"]))
    charges = tuple(_CHARGES.validate_json(message.values.get("charges", "[]")))
    read = evolve(refund, lines=lines, charges=charges)
    if message.values.get("refunded_payment") != "true":
        return read
    return evolve(read, given=refund.amount, given_at=message.occurred_at)


def _refund_lines_gone(refund: Refund, message: Result) -> Refund:
    return evolve(refund, cancelled=tuple(_split(message, "DELETED")))


def _money_given(refund: Refund, message: Result) -> Refund:
    return evolve(
        refund,
        given=message.minor_units or 0,
        given_at=message.occurred_at,
        transaction_id=message.values["id"],
    )


def _goods_back(refund: Refund, message: Result) -> Refund:
    return evolve(refund, return_number=message.values["REPN"])


def _booked(refund: Refund, message: Result) -> Refund:
    return evolve(refund, booked=message.values["refund_id"])


def _nothing(state: OrderState, message: Result) -> OrderState:
    return state


_LINES = TypeAdapter(list[RefundLine])
_CHARGES = TypeAdapter(list[Charge])

_REFUND_DONE: dict[str, Callable[[Refund, Result], Refund]] = {
    ReadRefund.type: _refund_read,
    CancelLines.type: _refund_lines_gone,
    heartland.Refund.type: _money_given,
    CreateReturn.type: _goods_back,
    CreateRefund.type: _booked,
}

_DONE: dict[str, Callable[[OrderState, Result], OrderState]] = {
    Authorize.type: _payment_answered,
    CheckPayment.type: _checked,
    Capture.type: _captured,
    Reverse.type: _reversed,
    heartland.Refund.type: _given_back,
    CreateOrder.type: _order_entered,
    RecordPayment.type: _recorded,
    CancelOrder.type: _order_cancelled,
    CancelLines.type: _lines_gone,
}
