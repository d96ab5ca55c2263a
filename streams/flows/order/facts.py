"""What each message adds to what is known of an order; facts only ever grow."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from streams.core.message import Message
from streams.flows.order.state import Delivery, Invoice, OrderState
from streams.messages.customer import CustomerKnown
from streams.messages.fulfilment import InvoiceIssued, SalesOrderSynced, ShipmentSent
from streams.messages.heartland import Authorize, Capture, Reverse
from streams.messages.m3 import CreateOrder, EnsureCustomer, RecordPayment
from streams.messages.ops import Result, WakeUp
from streams.messages.order import OrderPlaced
from streams.messages.payment import PaymentNotified


def absorb(state: OrderState, message: Message) -> OrderState:
    """The state with the message's facts added; the status is not touched."""
    return _ABSORB[type(message)](state, message)


def _placed(state: OrderState, message: OrderPlaced) -> OrderState:
    if state.placed:
        return state
    pieces: Counter[str] = Counter()
    for line in message.lines:
        pieces[line.item] += line.quantity
    return state.model_copy(
        update={"placed": message, "pieces": dict(pieces), "accepted_at": message.received_at}
    )


def _customer(state: OrderState, message: CustomerKnown) -> OrderState:
    refusals = _without(state.refusals, EnsureCustomer.type)
    if message.reason:
        refusals[EnsureCustomer.type] = message.reason
    return state.model_copy(
        update={"customer_number": message.customer_number, "refusals": refusals}
    )


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
    return state.model_copy(update={"payment": payment.model_copy(update=update)})


def _sales_order(state: OrderState, message: SalesOrderSynced) -> OrderState:
    return _known_in_m3(state, message.m3_order)


def _shipment(state: OrderState, message: ShipmentSent) -> OrderState:
    delivery = state.delivery or Delivery(
        delivery=message.delivery, carrier=message.carrier, tracking=message.tracking
    )
    return _known_in_m3(state.model_copy(update={"delivery": delivery}), message.m3_order)


def _invoice(state: OrderState, message: InvoiceIssued) -> OrderState:
    invoice = state.invoice or Invoice(
        number=message.invoice_number,
        year=message.invoice_year,
        customer_number=message.customer_number,
        amount=message.amount,
        currency=message.currency,
    )
    return _known_in_m3(state.model_copy(update={"invoice": invoice}), message.m3_order)


def _known_in_m3(state: OrderState, number: str) -> OrderState:
    return state.model_copy(
        update={
            "m3_order": state.m3_order or number,
            "refusals": _without(state.refusals, CreateOrder.type),
        }
    )


def _result(state: OrderState, message: Result) -> OrderState:
    if message.outcome == "rejected":
        reason = f"{message.field}: {message.reason}" if message.field else message.reason
        return state.model_copy(
            update={"refusals": {**state.refusals, message.command_type: reason}}
        )
    state = state.model_copy(update={"refusals": _without(state.refusals, message.command_type)})
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
    return _known_in_m3(state, message.values["ORNO"])


def _payment_done(state: OrderState, message: Result) -> OrderState:
    return state.model_copy(update={"settled": True})


def _nothing(state: OrderState, message: Message) -> OrderState:
    return state


def _without(refusals: Mapping[str, str], command_type: str) -> dict[str, str]:
    return {key: reason for key, reason in refusals.items() if key != command_type}


_DONE: dict[str, Callable[[OrderState, Result], OrderState]] = {
    Authorize.type: _authorization_done,
    Capture.type: _capture_done,
    Reverse.type: _reversal_done,
    CreateOrder.type: _order_done,
    RecordPayment.type: _payment_done,
}

_ABSORB: dict[type[Message], Callable[[OrderState, Any], OrderState]] = {
    OrderPlaced: _placed,
    CustomerKnown: _customer,
    PaymentNotified: _notified,
    SalesOrderSynced: _sales_order,
    ShipmentSent: _shipment,
    InvoiceIssued: _invoice,
    Result: _result,
    WakeUp: _nothing,
}
