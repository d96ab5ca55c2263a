"""The order's flow: facts in, the state machine on, commands and events out."""

from collections.abc import Iterator
from typing import Any

from streams.core.evolve import evolve
from streams.core.flow import Booking, Decision, Flow
from streams.core.message import Message
from streams.core.money import show
from streams.flows.order import refunds
from streams.flows.order.facts import absorb
from streams.flows.order.machine import DEADLINES, way_on
from streams.flows.order.says import Said
from streams.flows.order.state import OrderState, Status
from streams.flows.order.telling import postponed, status_taken, told
from streams.flows.policy import Policy
from streams.messages.fulfilment import InvoiceIssued
from streams.messages.heartland import Capture, Refund, Reverse
from streams.messages.m3 import CreateReturn, RecordPayment
from streams.messages.ops import WakeUp
from streams.messages.order import OrderPlaced
from streams.messages.shop import ReadRefund, UpdateOrder
from streams.topics import (
    ACKNOWLEDGEMENTS,
    FULFILMENT,
    KNOWN_CUSTOMERS,
    ORDER_RESULTS,
    ORDERS,
    PAYMENTS,
    STOCK_ANSWERS,
)

MONEY = {
    Capture.type,
    Reverse.type,
    Refund.type,
    RecordPayment.type,
    ReadRefund.type,
    CreateReturn.type,
}
"""Commands whose refusal leaves money where it should not be."""


def order_flow(policy: Policy) -> Flow[OrderState]:
    """The flow of orders. Key: the order; any message may come first, late or twice."""

    def decide(state: OrderState | None, message: Message) -> Decision[OrderState]:
        known = state or OrderState(key=message.key, since=message.received_at)
        after = absorb(known, message)
        if isinstance(message, OrderPlaced):
            after = evolve(after, asks=policy.shop(message.shop).oversell == "refuse")
        after, telling = told(after, message)
        after, unsure = status_taken(after, message)
        if isinstance(message, WakeUp):
            after = _overdue(after, message.received_at, policy)
        out = [*telling, *_cases(known, after, message, policy)]
        if unsure:
            out += Said(after, message, policy).unsure()
        said: list[Message] = []
        while transition := way_on(after):
            ready = _ready(after, message)
            moved = evolve(after, status=transition.target, since=message.received_at, **ready)
            after = transition.then(moved)
            if transition.says:
                said += transition.says(Said(after, message, policy))
        if _keeps_money_of_nothing(after):
            said += Said(after, message, policy).money_back()
            after = evolve(after, let_go=True)
        after, going_back = refunds.advanced(after, Said(after, message, policy))
        said += going_back
        out += (each for each in said if not isinstance(each, UpdateOrder))
        news = (each for each in said if isinstance(each, UpdateOrder))
        after = postponed(after, news, message.received_at, policy.tell_pause_ms)
        return Decision(after, tuple(out), _wake_at(after, policy))

    return Flow(
        "order",
        (
            ORDERS,
            PAYMENTS,
            FULFILMENT,
            ACKNOWLEDGEMENTS,
            KNOWN_CUSTOMERS,
            STOCK_ANSWERS,
            ORDER_RESULTS,
        ),
        OrderState,
        decide,
        _books,
    )


def _keeps_money_of_nothing(state: OrderState) -> bool:
    """Whether money is there for nothing, also if it came after all, and was not let go yet."""
    ended = state.status in (Status.CANCELLED, Status.SOLD_OUT) and state.placed is not None
    return ended and state.payment.authorized > 0 and not state.let_go


def _books(before: OrderState | None, after: OrderState) -> Iterator[Booking]:
    if after.placed is None:
        return
    for what, amount in _amounts(after).items():
        moved = amount - (_amounts(before)[what] if before else 0)
        if moved:
            yield after.placed.currency, what, moved


def _amounts(state: OrderState) -> dict[str, int]:
    if state.placed is None:
        return dict.fromkeys(("ordered", "authorized", "captured", "refunded", "invoiced"), 0)
    return {
        "ordered": state.placed.total,
        "authorized": state.payment.authorized,
        "captured": state.payment.captured,
        "refunded": state.refunded,
        "invoiced": state.invoice.amount if state.invoice else 0,
    }


def _ready(state: OrderState, message: Message) -> dict[str, Any]:
    """Notes when the order had both its money and its M3 order."""
    if state.ready_at or not state.m3_order or state.status is not Status.AUTHORIZED:
        return {}
    return {"ready_at": message.received_at}


def _overdue(state: OrderState, now: int, policy: Policy) -> OrderState:
    if state.status is Status.REFUSED:
        return evolve(state, expired=now >= state.since + policy.repair_ms)
    limit = DEADLINES.get(state.status)
    if limit is not None and now >= state.since + limit:
        return evolve(state, late=state.status)
    return state


def _cases(
    before: OrderState, after: OrderState, message: Message, policy: Policy
) -> Iterator[Message]:
    said = Said(after, message, policy)
    if after.late and after.late is not before.late:
        yield said.case("late", f"the order has been {after.status} for too long")
    for what in after.refusals.keys() - before.refusals.keys():
        if what.partition(" ")[0] in MONEY:
            yield said.case(f"{what} refused", after.refusals[what])
    if after.status is Status.FAILED and after.m3_order and not before.m3_order:
        yield said.case(
            "undone", f"M3 has order {after.m3_order}, which was undone: delete it there"
        )
    if isinstance(message, InvoiceIssued) and after.placed and message.amount != after.total:
        billed, ordered = (show(a, message.currency) for a in (message.amount, after.total))
        yield said.case("difference", f"M3 invoiced {billed}, the order is {ordered}")


def _wake_at(state: OrderState, policy: Policy) -> int | None:
    wishes = (state.tell_at, _deadline(state, policy), refunds.deadline(state))
    return min(filter(None, wishes), default=None)


def _deadline(state: OrderState, policy: Policy) -> int | None:
    if state.status is Status.REFUSED:
        return state.since + policy.repair_ms
    limit = DEADLINES.get(state.status)
    if limit is None or state.late is state.status:
        return None
    return state.since + limit
