"""What each message adds to what is known of an order; facts only ever grow."""

from collections.abc import Callable
from typing import Any

from streams.core.evolve import evolve
from streams.core.message import Message, message_id
from streams.flows.order import changed_in_m3, changes
from streams.flows.order.answers import answered
from streams.flows.order.credits import booked_as
from streams.flows.order.known import in_m3, paid, without
from streams.flows.order.paying import attempt_step
from streams.flows.order.records import Delivery, Invoice, Left, Refund
from streams.flows.order.state import OrderState
from streams.messages.customer import CustomerKnown
from streams.messages.fulfilment import (
    CreditNoteIssued,
    InvoiceIssued,
    SalesOrderAcknowledged,
    SalesOrderSynced,
    ShipmentSent,
)
from streams.messages.heartland import Authorize
from streams.messages.m3 import CreateOrder, EnsureCustomer
from streams.messages.ops import Result, WakeUp
from streams.messages.order import OrderCancelled, OrderPlaced, OrderRefunded
from streams.messages.payment import PaymentNotified
from streams.messages.stock import StockAnswered

IN_M3_CANCELLED = "Canceled"
"""Status of M3's SalesOrder BOD for an order that was deleted."""


def absorb(state: OrderState, message: Message) -> OrderState:
    """The state with the message's facts added; the status is not touched."""
    return _ABSORB[type(message)](state, message)


def _granted(state: OrderState, message: StockAnswered) -> OrderState:
    if state.pieces.get(message.item, message.asked) != message.asked:
        return state
    return evolve(state, granted={message.item: message.quantity, **state.granted})


def _customer(state: OrderState, message: CustomerKnown) -> OrderState:
    refusals = without(state.refusals, EnsureCustomer.type)
    if message.reason:
        refusals[EnsureCustomer.type] = message.reason
    return evolve(state, customer_number=message.customer_number, refusals=refusals)


def _notified(state: OrderState, message: PaymentNotified) -> OrderState:
    """What a checkout's payment says counts once the check has told whose it is, and all of it.

    An attempt's is known by its reference, the command's id, before its transaction is.
    """
    unknown = not state.payment.transaction_id and state.payment.attempt
    if state.awaits_check or (unknown and message.reference != _asked(state)):
        return state
    return paid(
        state,
        message.transaction_id,
        message.status,
        message.amount,
        f"{message.message} ({message.result})",
        message.occurred_at,
    )


def _asked(state: OrderState) -> str:
    return message_id(Authorize.type, state.key, attempt_step(state.payment))


def _cancelled(state: OrderState, message: OrderCancelled) -> OrderState:
    """A cancellation from before the order's newest content was taken back by that."""
    if state.placed and message.occurred_at < state.placed.modified_at:
        return state
    return evolve(state, unwanted=True, unwanted_at=message.occurred_at)


def _sales_order(state: OrderState, message: SalesOrderSynced) -> OrderState:
    """What the order costs is what was told last; M3's tables do not tell it."""
    known = in_m3(state, message.m3_order)
    if message.status == IN_M3_CANCELLED:
        return evolve(known, deleted=True)
    known = changed_in_m3.told(known, message)
    if message.variation <= known.variation:
        return known
    amount = message.amount if message.amount >= 0 else known.m3_amount
    return evolve(known, variation=message.variation, m3_amount=amount)


def _acknowledged(state: OrderState, message: SalesOrderAcknowledged) -> OrderState:
    """M3's answer to an order that was entered by BOD."""
    if message.m3_order:
        return in_m3(state, message.m3_order)
    if state.m3_order:
        return state
    return evolve(state, refusals={**state.refusals, CreateOrder.type: message.reason})


def _shipment(state: OrderState, message: ShipmentSent) -> OrderState:
    """A delivery that M3 corrects is what it told last; MI knows neither carrier nor parcel."""
    known = state.deliveries.get(message.delivery) or Delivery(carrier="", tracking="")
    delivery = evolve(
        known,
        carrier=message.carrier or known.carrier,
        tracking=message.tracking or known.tracking,
        lines=tuple(Left(line.item, line.quantity, line.order_line) for line in message.lines),
    )
    deliveries = {**state.deliveries, message.delivery: delivery}
    return in_m3(evolve(state, deliveries=deliveries), message.m3_order)


def _invoice(state: OrderState, message: InvoiceIssued) -> OrderState:
    if message.invoice_number in state.invoices:
        return state
    invoices = {**state.invoices, message.invoice_number: _bill(message)}
    return in_m3(evolve(state, invoices=invoices), message.m3_order)


def _credit(state: OrderState, message: CreditNoteIssued) -> OrderState:
    if message.invoice_number in state.credits:
        return state
    origin = {"return_number": message.return_number, "reference": message.reference}
    credit = evolve(_bill(message), **origin)
    return evolve(state, credits={**state.credits, message.invoice_number: credit})


def _bill(message: InvoiceIssued | CreditNoteIssued) -> Invoice:
    return Invoice(
        number=message.invoice_number,
        year=message.invoice_year,
        customer_number=message.customer_number,
        amount=message.amount,
        currency=message.currency,
    )


def _refunded(state: OrderState, message: OrderRefunded) -> OrderState:
    """What the shop booked because M3 had credited it is no refund of its own."""
    if any(message.reason == booked_as(credit) for credit in state.credits.values()):
        return state
    refund = Refund(id=message.refund_id, amount=message.amount, at=message.received_at)
    return evolve(state, refunds={message.refund_id: refund, **state.refunds})


def _woken(state: OrderState, message: WakeUp) -> OrderState:
    return state


_ABSORB: dict[type[Message], Callable[[OrderState, Any], OrderState]] = {
    OrderPlaced: changes.told,
    OrderRefunded: _refunded,
    OrderCancelled: _cancelled,
    CreditNoteIssued: _credit,
    CustomerKnown: _customer,
    StockAnswered: _granted,
    PaymentNotified: _notified,
    SalesOrderSynced: _sales_order,
    SalesOrderAcknowledged: _acknowledged,
    ShipmentSent: _shipment,
    InvoiceIssued: _invoice,
    Result: answered,
    WakeUp: _woken,
}
