"""What each message adds to what is known of an order; facts only ever grow."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter

from streams.core.evolve import evolve
from streams.core.message import Message, message_id
from streams.flows.order.state import Delivery, Invoice, OrderState, Refund, RefundLine
from streams.messages import heartland
from streams.messages.customer import CustomerKnown
from streams.messages.fulfilment import (
    CreditNoteIssued,
    InvoiceIssued,
    SalesOrderAcknowledged,
    SalesOrderSynced,
    ShipmentSent,
)
from streams.messages.heartland import Authorize, Capture, Reverse
from streams.messages.m3 import (
    CancelOrder,
    CreateOrder,
    CreateReturn,
    EnsureCustomer,
    RecordPayment,
)
from streams.messages.ops import Result, WakeUp
from streams.messages.order import OrderCancelled, OrderPlaced, OrderRefunded
from streams.messages.payment import PaymentNotified
from streams.messages.shop import ReadRefund
from streams.messages.stock import StockAnswered

IN_M3_CANCELLED = "Canceled"
"""Status of M3's SalesOrder BOD for an order that was deleted."""


def absorb(state: OrderState, message: Message) -> OrderState:
    """The state with the message's facts added; the status is not touched."""
    return _ABSORB[type(message)](state, message)


def _placed(state: OrderState, message: OrderPlaced) -> OrderState:
    if state.placed:
        return state
    pieces: Counter[str] = Counter()
    for line in message.lines:
        pieces[line.item] += line.quantity
    return evolve(
        state,
        placed=message,
        pieces=dict(pieces),
        line_ids=tuple(line.line_id for line in message.lines),
        accepted_at=message.received_at,
    )


def _answered(state: OrderState, message: StockAnswered) -> OrderState:
    if state.pieces.get(message.item, message.asked) != message.asked:
        return state
    return evolve(state, granted={message.item: message.quantity, **state.granted})


def _customer(state: OrderState, message: CustomerKnown) -> OrderState:
    refusals = _without(state.refusals, EnsureCustomer.type)
    if message.reason:
        refusals[EnsureCustomer.type] = message.reason
    return evolve(state, customer_number=message.customer_number, refusals=refusals)


def _notified(state: OrderState, message: PaymentNotified) -> OrderState:
    return _paid(
        state,
        message.transaction_id,
        message.status,
        message.amount,
        f"{message.message} ({message.result})",
        message.occurred_at,
    )


def _paid(
    state: OrderState, transaction_id: str, status: str, amount: int, said: str, at: int
) -> OrderState:
    payment = state.payment
    update: dict[str, Any] = {"transaction_id": payment.transaction_id or transaction_id}
    if status in ("PREAUTHORIZED", "CAPTURED", "FUNDED"):
        update["authorized"] = max(payment.authorized, amount)
    if status in ("CAPTURED", "FUNDED"):
        update["captured"] = max(payment.captured, amount)
        update["captured_at"] = payment.captured_at or at
    if status == "REVERSED":
        update["reversed"] = True
    if status in ("DECLINED", "REJECTED", "FAILED") and not payment.authorized:
        update["declined"] = said
    return evolve(state, payment=evolve(payment, **update))


def _sales_order(state: OrderState, message: SalesOrderSynced) -> OrderState:
    known = _known_in_m3(state, message.m3_order)
    return evolve(known, deleted=True) if message.status == IN_M3_CANCELLED else known


def _cancelled(state: OrderState, message: OrderCancelled) -> OrderState:
    return evolve(state, unwanted=True)


def _acknowledged(state: OrderState, message: SalesOrderAcknowledged) -> OrderState:
    """M3's answer to an order that was entered by BOD."""
    if message.m3_order:
        return _known_in_m3(state, message.m3_order)
    if state.m3_order:
        return state
    return evolve(state, refusals={**state.refusals, CreateOrder.type: message.reason})


def _shipment(state: OrderState, message: ShipmentSent) -> OrderState:
    delivery = state.delivery or Delivery(
        delivery=message.delivery, carrier=message.carrier, tracking=message.tracking
    )
    return _known_in_m3(evolve(state, delivery=delivery), message.m3_order)


def _invoice(state: OrderState, message: InvoiceIssued) -> OrderState:
    invoice = state.invoice or Invoice(
        number=message.invoice_number,
        year=message.invoice_year,
        customer_number=message.customer_number,
        amount=message.amount,
        currency=message.currency,
    )
    return _known_in_m3(evolve(state, invoice=invoice), message.m3_order)


def _known_in_m3(state: OrderState, number: str) -> OrderState:
    return evolve(
        state,
        m3_order=state.m3_order or number,
        refusals=_without(state.refusals, CreateOrder.type),
    )


def _credit(state: OrderState, message: CreditNoteIssued) -> OrderState:
    credit = Invoice(
        number=message.invoice_number,
        year=message.invoice_year,
        customer_number=message.customer_number,
        amount=message.amount,
        currency=message.currency,
    )
    return evolve(state, credits={message.return_number: credit, **state.credits})


def _refunded(state: OrderState, message: OrderRefunded) -> OrderState:
    refund = Refund(id=message.refund_id, amount=message.amount, at=message.received_at)
    return evolve(state, refunds={message.refund_id: refund, **state.refunds})


def _result(state: OrderState, message: Result) -> OrderState:
    refund = _refund_of(state, message)
    what = f"{message.command_type} {refund.id}" if refund else message.command_type
    if message.outcome == "rejected":
        reason = f"{message.field}: {message.reason}" if message.field else message.reason
        return evolve(state, refusals={**state.refusals, what: reason})
    if not (message.command_type == CreateOrder.type and not message.values["ORNO"]):
        state = evolve(state, refusals=_without(state.refusals, what))
    if refund:
        done = _REFUND_DONE[message.command_type](refund, message)
        return evolve(state, refunds={**state.refunds, refund.id: done})
    return _DONE.get(message.command_type, _nothing)(state, message)


def _authorization_done(state: OrderState, message: Result) -> OrderState:
    values = message.values
    said = f"{values.get('message', '')} ({values.get('result', '')})"
    amount = message.minor_units or 0
    return _paid(state, values["id"], values["status"], amount, said, message.occurred_at)


def _capture_done(state: OrderState, message: Result) -> OrderState:
    return _paid(
        state, message.values["id"], "CAPTURED", message.minor_units or 0, "", message.occurred_at
    )


def _reversal_done(state: OrderState, message: Result) -> OrderState:
    return _paid(state, message.values["id"], "REVERSED", 0, "", message.occurred_at)


def _order_done(state: OrderState, message: Result) -> OrderState:
    """M3 has the order; or only ION has it, and M3 will tell."""
    if not message.values["ORNO"]:
        return state
    ids, numbers = state.line_ids, message.values.get("PONR", "").split(",")
    lines = dict(zip(ids, numbers, strict=True)) if len(ids) == len(numbers) else {}
    return _known_in_m3(evolve(state, m3_lines=lines or state.m3_lines), message.values["ORNO"])


def _cancel_done(state: OrderState, message: Result) -> OrderState:
    return evolve(state, deleted=True)


def _payment_done(state: OrderState, message: Result) -> OrderState:
    return evolve(state, settled=True)


def _refund_of(state: OrderState, message: Result) -> Refund | None:
    """The refund whose command a result answers."""
    if message.command_type not in _REFUND_DONE:
        return None
    for refund in state.refunds.values():
        if message.command_id == message_id(message.command_type, state.key, f"refund {refund.id}"):
            return refund
    return None


def _refund_read(refund: Refund, message: Result) -> Refund:
    """What the shop's own plugin has given back is not given again."""
    read = evolve(refund, lines=tuple(_LINES.validate_json(message.values["lines"])))
    if message.values.get("refunded_payment") != "true":
        return read
    return evolve(read, given=refund.amount, given_at=message.occurred_at)


def _money_given(refund: Refund, message: Result) -> Refund:
    return evolve(
        refund,
        given=message.minor_units or 0,
        given_at=message.occurred_at,
        transaction_id=message.values["id"],
    )


def _goods_back(refund: Refund, message: Result) -> Refund:
    return evolve(refund, return_number=message.values["REPN"])


def _repaid(refund: Refund, message: Result) -> Refund:
    return evolve(refund, settled=True)


def _nothing(state: OrderState, message: Message) -> OrderState:
    return state


def _without(refusals: Mapping[str, str], command_type: str) -> dict[str, str]:
    return {key: reason for key, reason in refusals.items() if key != command_type}


_LINES = TypeAdapter(list[RefundLine])

_REFUND_DONE: dict[str, Callable[[Refund, Result], Refund]] = {
    ReadRefund.type: _refund_read,
    heartland.Refund.type: _money_given,
    CreateReturn.type: _goods_back,
    RecordPayment.type: _repaid,
}

_DONE: dict[str, Callable[[OrderState, Result], OrderState]] = {
    Authorize.type: _authorization_done,
    Capture.type: _capture_done,
    Reverse.type: _reversal_done,
    CreateOrder.type: _order_done,
    RecordPayment.type: _payment_done,
    CancelOrder.type: _cancel_done,
}

_ABSORB: dict[type[Message], Callable[[OrderState, Any], OrderState]] = {
    OrderPlaced: _placed,
    OrderRefunded: _refunded,
    OrderCancelled: _cancelled,
    CreditNoteIssued: _credit,
    CustomerKnown: _customer,
    StockAnswered: _answered,
    PaymentNotified: _notified,
    SalesOrderSynced: _sales_order,
    SalesOrderAcknowledged: _acknowledged,
    ShipmentSent: _shipment,
    InvoiceIssued: _invoice,
    Result: _result,
    WakeUp: _nothing,
}
