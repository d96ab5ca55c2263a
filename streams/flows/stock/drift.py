"""Drift: a shop shows a figure that it was not told.

A shop takes pieces off its own figure at checkout, before Tandem hears of the order, so a
difference by itself is nothing. It is drift if it is still the same a while later, and nothing of
the item has come in between: no claim, no balance, nothing told.

A shop also takes the pieces of an order off when Tandem gives the order its status: once too often
if it was told the figure without them before. What its own orders' claims explain is set right and
is no case.
"""

from streams.core.evolve import evolve
from streams.core.message import following, message_id
from streams.flows.policy import Policy
from streams.flows.stock.claims import NO_CURRENCY, SOURCE
from streams.flows.stock.state import Count, StockState
from streams.messages.ops import Exceptional
from streams.messages.stock import StockCounted


def counted(
    state: StockState, count: StockCounted, policy: Policy
) -> tuple[StockState, tuple[Exceptional, ...]]:
    """The state with what a shop shows noted; a case if it is drift, which is told anew."""
    told = state.shown.get(count.shop)
    if told is None or told == max(0, count.quantity):
        return _forget(state, count.shop), ()
    first = state.counted.get(count.shop)
    if first is None or first.quantity != count.quantity:
        seen = Count(quantity=count.quantity, at=count.occurred_at)
        return evolve(state, counted={**state.counted, count.shop: seen}), ()
    if count.occurred_at - first.at < policy.drift_ms:
        return state, ()
    again = unsure(_forget(state, count.shop), count.shop)
    if 0 < told - count.quantity <= _claimed_by(state, count.shop):
        return again, ()
    return again, (_case(count, told),)


def unsure(state: StockState, shop: str) -> StockState:
    """The state in which a shop is told again, whatever it was told before."""
    return evolve(state, shown={s: pieces for s, pieces in state.shown.items() if s != shop})


def _claimed_by(state: StockState, shop: str) -> int:
    """Pieces that a shop's own orders claim; their keys begin with its code."""
    return sum(n for order, n in state.claims.items() if order.partition("-")[0] == shop)


def since_changes(before: StockState, after: StockState) -> StockState:
    """The state without what was counted before something of it changed."""
    if not after.counted:
        return after
    if _facts(before) != _facts(after):
        return evolve(after, counted={})
    for shop in before.shown.keys() | after.shown.keys():
        if before.shown.get(shop) != after.shown.get(shop):
            after = _forget(after, shop)
    return after


def _facts(state: StockState) -> tuple[object, ...]:
    return state.on_hand, state.claims, state.left


def _forget(state: StockState, shop: str) -> StockState:
    if shop not in state.counted:
        return state
    return evolve(state, counted={s: seen for s, seen in state.counted.items() if s != shop})


def _case(count: StockCounted, told: int) -> Exceptional:
    return following(
        Exceptional,
        count,
        SOURCE,
        message_id(Exceptional.type, count.id),
        count.key,
        kind="stock drift",
        reason=f"shop {count.shop} shows {count.quantity} of {count.item}, it should be {told}: it"
        " is told so again",
        minor_units=0,
        currency=NO_CURRENCY,
    )
