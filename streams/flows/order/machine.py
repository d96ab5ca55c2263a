"""The order's state machine: a table that a finance person can read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from streams.core.message import Message
from streams.flows.order import goods, shipping
from streams.flows.order.says import Said
from streams.flows.order.state import OrderState, Status
from streams.flows.policy import DAY_MS, HOUR_MS, MINUTE_MS
from streams.messages.m3 import CancelOrder, CreateOrder


@dataclass(frozen=True)
class Transition:
    """One way on: from a status to the next, when something holds, saying something.

    Attributes:
        when: the condition in plain words, as the documentation shows it.
        holds: the same, of the facts.
        says: what is sent when the way is taken; None for nothing.
        then: what becomes of the state beside its status.
    """

    source: Status
    target: Status
    when: str
    holds: Callable[[OrderState], bool]
    says: Callable[[Said], Iterator[Message]] | None = None
    then: Callable[[OrderState], OrderState] = lambda state: state


def _authorized(state: OrderState) -> bool:
    return state.payment.authorized >= state.total


def _has_customer(state: OrderState) -> bool:
    return bool(state.customer_number) or not state.order.customer_id


S = Status

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        S.EXPECTED, S.CANCELLED, "the shop cancelled before it was taken", lambda s: s.unwanted
    ),
    Transition(
        S.EXPECTED, S.PLACED, "the shop's order is here", lambda s: bool(s.placed), Said.placed
    ),
    Transition(S.PLACED, S.CANCELLED, "the shop cancelled", lambda s: s.unwanted, Said.cancelled),
    Transition(
        S.PLACED,
        S.SOLD_OUT,
        "others had the last pieces, and the shop takes no backorders",
        lambda s: bool(s.sold_out),
        Said.sold_out,
    ),
    Transition(
        S.PLACED,
        S.DECLINED,
        "Heartland declined",
        lambda s: bool(s.payment.declined),
        Said.declined,
    ),
    Transition(
        S.PLACED,
        S.REFUSED,
        "the payment or the customer was refused for good",
        lambda s: bool(s.blocked_by),
        Said.refused,
    ),
    Transition(
        S.PLACED,
        S.AUTHORIZED,
        "the whole amount is authorized (or nothing is due), M3 knows the customer, and the stock"
        " is there (or the shop takes backorders)",
        lambda s: _authorized(s) and _has_customer(s) and s.has_stock,
        Said.authorized,
    ),
    Transition(
        S.DECLINED,
        S.PLACED,
        "the customer pays anew",
        lambda s: not s.payment.declined,
        Said.claimed_anew,
    ),
    Transition(
        S.CANCELLED,
        S.PLACED,
        "the customer paid after all, and M3 never had it",
        lambda s: bool(s.placed) and not s.unwanted and not s.m3_order,
        Said.claimed_anew,
    ),
    Transition(
        S.DECLINED, S.CANCELLED, "the shop cancelled", lambda s: s.unwanted, Said.called_off
    ),
    Transition(
        S.REFUSED,
        S.CANCELLED,
        "the shop cancelled, and M3 does not have the order",
        lambda s: s.unwanted and not s.m3_order,
        Said.cancelled,
    ),
    Transition(
        S.REFUSED,
        S.SOLD_OUT,
        "others had the last pieces, and the shop takes no backorders",
        lambda s: bool(s.sold_out),
        Said.sold_out,
    ),
    Transition(
        S.AUTHORIZED,
        S.CONFIRMED,
        "M3 confirmed the order",
        lambda s: bool(s.m3_order),
        Said.confirmed,
        OrderState.without_details,
    ),
    Transition(
        S.AUTHORIZED,
        S.REFUSED,
        "M3 refused the order",
        lambda s: CreateOrder.type in s.refusals,
        Said.refused,
    ),
    Transition(
        S.REFUSED,
        S.CONFIRMED,
        "M3 took the repaired order",
        lambda s: bool(s.m3_order),
        Said.confirmed,
        OrderState.without_details,
    ),
    Transition(
        S.REFUSED,
        S.PLACED,
        "what was refused is repaired",
        lambda s: not s.blocked_by,
    ),
    Transition(S.REFUSED, S.FAILED, "nobody repaired it in time", lambda s: s.expired, Said.undone),
    Transition(
        S.CONFIRMED,
        S.CANCELLED,
        "it was deleted in M3",
        lambda s: s.deleted and not s.deliveries,
        Said.cancelled,
    ),
    Transition(
        S.CONFIRMED,
        S.CANCELLING,
        "the shop cancelled, and nothing has left",
        lambda s: s.unwanted and not s.deliveries and CancelOrder.type not in s.refusals,
        Said.cancelling,
    ),
    Transition(S.CANCELLING, S.CANCELLED, "M3 deleted it", lambda s: s.deleted, Said.cancelled),
    Transition(
        S.CANCELLING,
        S.CONFIRMED,
        "M3 delivers it already",
        lambda s: bool(s.deliveries) or CancelOrder.type in s.refusals,
        Said.too_late,
    ),
    Transition(
        S.CONFIRMED, S.SHIPPED, "M3 delivered all that it will", goods.complete, Said.shipped
    ),
    Transition(S.CONFIRMED, S.PART_SHIPPED, "M3 delivered a part", lambda s: bool(s.deliveries)),
    Transition(
        S.PART_SHIPPED,
        S.SHIPPED,
        "the rest has left, or will not come",
        goods.complete,
        Said.shipped,
    ),
    Transition(
        S.SHIPPED,
        S.INVOICED,
        "the money is captured and M3's invoices are the same amount",
        lambda s: shipping.captured(s) and shipping.invoiced(s),
        Said.invoiced,
    ),
    Transition(
        S.INVOICED,
        S.CLOSED,
        "M3 took the payment (or nothing was due)",
        shipping.settled,
        Said.closed,
        OrderState.without_token,
    ),
)

DEADLINES: dict[Status, int] = {
    S.EXPECTED: HOUR_MS,
    S.PLACED: 15 * MINUTE_MS,
    S.AUTHORIZED: 15 * MINUTE_MS,
    S.CANCELLING: 15 * MINUTE_MS,
    S.CONFIRMED: 7 * DAY_MS,
    S.PART_SHIPPED: 14 * DAY_MS,
    S.SHIPPED: DAY_MS,
    S.INVOICED: DAY_MS,
}
"""How long an order may wait in a status before it is a case for a person, in ms."""


def patience(state: OrderState) -> int | None:
    """How long the order may wait where it stands, in ms; the customer may take longer to pay."""
    if state.status is Status.PLACED and not state.payment.sought:
        return HOUR_MS
    return DEADLINES.get(state.status)


def way_on(state: OrderState) -> Transition | None:
    """The transition that the facts allow from where the order stands, if any."""
    for transition in _FROM.get(state.status, ()):
        if transition.holds(state):
            return transition
    return None


_FROM: dict[Status, tuple[Transition, ...]] = {
    status: tuple(t for t in TRANSITIONS if t.source is status) for status in Status
}
