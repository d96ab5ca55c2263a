"""The order's flow: facts in, the state machine on, commands and events out."""

from collections.abc import Iterator
from typing import Any

from streams.core.evolve import evolve
from streams.core.flow import Booking, Decision, Flow
from streams.core.message import Message
from streams.flows.order import changed_in_m3, changes, edits, partial, paying, refunds, shipping
from streams.flows.order.facts import absorb
from streams.flows.order.machine import patience, way_on
from streams.flows.order.says import Said
from streams.flows.order.state import OrderState, Status
from streams.flows.order.telling import postponed, status_taken, told
from streams.flows.policy import Policy
from streams.messages.heartland import Capture, CheckPayment, Refund, Reverse
from streams.messages.m3 import CancelLines, CreateReturn, RecordPayment
from streams.messages.ops import WakeUp
from streams.messages.order import OrderPlaced
from streams.messages.shop import CreateRefund, ReadRefund, UpdateOrder
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
    CreateRefund.type,
    CancelLines.type,
}
"""Commands whose refusal leaves money where it should not be."""

_STEPS = (
    changes.advanced,
    edits.advanced,
    paying.advanced,
    partial.settled,
    shipping.advanced,
    refunds.advanced,
)
_ENDED = (Status.CANCELLED, Status.SOLD_OUT, Status.FAILED)


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
        said = list(_cases(known, after, Said(after, message, policy)))
        if unsure:
            said += Said(after, message, policy).unsure()
        after, says = _advanced(after, message, policy)
        said += says
        out = [*telling, *(each for each in said if not isinstance(each, UpdateOrder))]
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


def _advanced(
    state: OrderState, message: Message, policy: Policy
) -> tuple[OrderState, list[Message]]:
    """Takes the ways on and the steps that the facts allow, until nothing is left to be done."""
    out: list[Message] = []
    said = Said(state, message, policy)
    while True:
        before = state
        if transition := way_on(state):
            ready = _ready(state, message)
            moved = evolve(state, status=transition.target, since=message.received_at, **ready)
            state = transition.then(moved)
            said = Said(state, message, policy)
            if transition.says:
                out += transition.says(said)
        if _keeps_money_of_nothing(state):
            attempt = paying.attempt_step(state.payment)
            out += said.money_back(step=attempt)
            state = evolve(state, let_go=True)
        for step in _STEPS:
            if state is not said.state:
                said = Said(state, message, policy)
            state, says = step(state, said)
            out += says
        if state is before:
            return state, out


def _keeps_money_of_nothing(state: OrderState) -> bool:
    """Whether money is there for nothing, also if it came after all, and was not let go yet.

    What is captured waits until it is known what the shop's own plugin has given back of it.
    """
    if state.status not in _ENDED or state.placed is None or state.let_go:
        return False
    payment = state.payment
    unread = any(refund.lines is None for refund in state.refunds.values())
    waits = partial.is_asked(state) or (payment.captured and unread)
    return payment.authorized > 0 and not waits


def _books(before: OrderState | None, after: OrderState) -> Iterator[Booking]:
    """What has reached a state; what an order made cheaper, or paid anew, leaves is not counted."""
    if after.placed is None:
        return
    known = _amounts(before) if before else {}
    if before and before.payment.attempt != after.payment.attempt:
        known |= {"authorized": 0, "captured": 0}
    for what, amount in _amounts(after).items():
        moved = amount - known.get(what, 0)
        if moved > 0:
            yield after.placed.currency, what, moved


def _amounts(state: OrderState) -> dict[str, int]:
    if state.placed is None:
        return dict.fromkeys(("ordered", "authorized", "captured", "refunded", "invoiced"), 0)
    return {
        "ordered": state.placed.total,
        "authorized": state.payment.authorized,
        "captured": state.payment.captured,
        "refunded": state.refunded,
        "invoiced": state.invoiced,
    }


def _ready(state: OrderState, message: Message) -> dict[str, Any]:
    """Notes when the order had both its money and its M3 order."""
    if state.ready_at or not state.m3_order or state.status is not Status.AUTHORIZED:
        return {}
    return {"ready_at": message.received_at}


def _overdue(state: OrderState, now: int, policy: Policy) -> OrderState:
    if state.status is Status.REFUSED:
        return evolve(state, expired=now >= state.since + policy.repair_ms)
    limit = patience(state)
    if limit is not None and now >= state.since + limit:
        return evolve(state, late=state.status)
    return state


def _cases(before: OrderState, after: OrderState, said: Said) -> Iterator[Message]:
    if after.late and after.late is not before.late:
        unpaid = after.status is Status.PLACED and not after.payment.sought
        why = ": it has neither a payment token nor a transaction" if unpaid else ""
        yield said.case("late", f"the order has been {after.status} for too long{why}")
    for what in after.refusals.keys() - before.refusals.keys():
        late = what == CheckPayment.type and after.status is not Status.PLACED
        if late or what.partition(" ")[0] in MONEY:
            yield said.case(f"{what} refused", after.refusals[what])
    if after.status in _ENDED and after.m3_order and not before.m3_order and not after.deleted:
        yield said.case(
            "undone", f"M3 has order {after.m3_order}, which was undone: delete it there"
        )
    for module in (changes, edits, changed_in_m3, paying, shipping):
        yield from module.cases(before, after, said)


def _wake_at(state: OrderState, policy: Policy) -> int | None:
    expires = paying.renewal_at(state, policy.authorization_days)
    wishes = (state.tell_at, _deadline(state, policy), refunds.deadline(state), expires)
    return min(filter(None, wishes), default=None)


def _deadline(state: OrderState, policy: Policy) -> int | None:
    if state.status is Status.REFUSED:
        return state.since + policy.repair_ms
    limit = patience(state)
    if limit is None or state.late is state.status:
        return None
    return state.since + limit
