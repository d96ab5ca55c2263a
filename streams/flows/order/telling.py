"""Telling the shop: what happens to an order in a moment is told together, once.

A shop is slow and sends a webhook for each write. What is to be told waits in the order's state,
and only a wake-up sends it: that sees the state as Kafka has it, so after a crash the same is sent
again, with the same id.
"""

from collections.abc import Iterable

from streams.core.evolve import evolve
from streams.core.message import Message, message_id
from streams.flows.order.state import OrderState
from streams.flows.policy import after_pause
from streams.messages.ops import WakeUp
from streams.messages.shop import UpdateOrder

_NEWEST = (
    "status",
    "transaction_id",
    "m3_order",
    "m3_invoice",
    "carrier",
    "tracking",
    "attempt",
)


def told(state: OrderState, message: Message) -> tuple[OrderState, tuple[UpdateOrder, ...]]:
    """What a wake-up sends of what the shop is yet to hear."""
    due = isinstance(message, WakeUp) and state.tell_at and message.received_at >= state.tell_at
    if not due or state.untold is None:
        return state, ()
    return evolve(state, untold=None, tell_at=None), (state.untold,)


def postponed(
    state: OrderState, said: Iterable[UpdateOrder], now: int, pause_ms: int
) -> OrderState:
    """The state with what the shop is to hear after the pause, beside what waits already."""
    untold = state.untold
    for update in said:
        untold = _together(untold, update) if untold else update
    if untold is state.untold:
        return state
    at = state.tell_at or after_pause(now, pause_ms)
    return evolve(state, untold=untold, tell_at=at)


def _together(first: UpdateOrder, then: UpdateOrder) -> UpdateOrder:
    newest = {name: getattr(then, name) or getattr(first, name) for name in _NEWEST}
    notes = " ".join(note for note in (first.note, then.note) if note)
    return evolve(then, **newest, id=message_id(first.id, then.id), note=notes)
