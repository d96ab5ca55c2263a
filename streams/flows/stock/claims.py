"""Claims of open orders: granted or refused in the order in which they come, and ended in time."""

from collections.abc import Iterator

from streams.core.evolve import evolve
from streams.core.message import Message, following, message_id
from streams.flows.policy import MINUTE_MS
from streams.flows.stock.state import Left, StockState
from streams.messages.ops import Exceptional, WakeUp
from streams.messages.stock import StockAnswered, StockReserved

TOLD_WITHIN_MS = 5 * MINUTE_MS
"""How long pieces that have left are still counted off, unless M3's balance says so before."""

SOURCE = "flow/stock"

NO_CURRENCY = "XXX"
"""ISO 4217 for a case that is not about money."""


def claimed(
    state: StockState, claim: StockReserved
) -> tuple[StockState, tuple[StockAnswered, ...]]:
    """The state with what an order claims from now on, and the answer if it asks for one.

    All pieces or none; what was granted stays granted. An item whose balance M3 has never told (it
    keeps no stock of it, or nothing has moved yet) is always granted.
    """
    before = state.claims.get(claim.order_key, 0)
    mine, shown = claim.quantity, state.shown
    if claim.asks and claim.quantity > before and not state.has(claim.quantity - before):
        mine, shown = 0, {}  # the shop has taken the pieces from its own figure
    state = _without(state, claim.order_key)
    if mine:
        claims = {**state.claims, claim.order_key: mine}
        expires = {**state.expires, claim.order_key: claim.until} if claim.until else state.expires
        state = evolve(state, claims=claims, expires=expires)
    left = state.left
    if claim.left_at > state.moved_at and before > mine:
        until = claim.received_at + TOLD_WITHIN_MS
        left = (*left, Left(quantity=before - mine, at=claim.left_at, until=until))
    after = evolve(state, item=claim.item, warehouse=claim.warehouse, left=left, shown=shown)
    return after, (_answer(claim, mine),) if claim.asks else ()


def ended(state: StockState, wake: WakeUp) -> tuple[StockState, tuple[Exceptional, ...]]:
    """The state without what nobody waits for any more, and a case for each claim among it."""
    now = wake.received_at
    over = [order for order, until in state.expires.items() if until <= now]
    cases = tuple(_case(state, order, wake) for order in over)
    for order in over:
        state = _without(state, order)
    left = tuple(each for each in state.left if each.until > now)
    return evolve(state, left=left), cases


def ends(state: StockState) -> Iterator[int]:
    """When what is waited for ends, ms UTC."""
    yield from state.expires.values()
    yield from (each.until for each in state.left)


def _without(state: StockState, order: str) -> StockState:
    if order not in state.claims:
        return state
    claims = {key: pieces for key, pieces in state.claims.items() if key != order}
    expires = {key: until for key, until in state.expires.items() if key != order}
    return evolve(state, claims=claims, expires=expires)


def _answer(claim: StockReserved, granted: int) -> StockAnswered:
    return following(
        StockAnswered,
        claim,
        SOURCE,
        message_id(StockAnswered.type, claim.id),
        claim.order_key,
        item=claim.item,
        warehouse=claim.warehouse,
        asked=claim.quantity,
        quantity=granted,
    )


def _case(state: StockState, order: str, cause: Message) -> Exceptional:
    pieces = state.claims[order]
    return following(
        Exceptional,
        cause,
        SOURCE,
        message_id(Exceptional.type, cause.key, order, state.expires[order]),
        order,
        kind="claim expired",
        reason=f"{order} has claimed {pieces} of {state.item} in warehouse {state.warehouse} for"
        " too long: they are for sale again. See what became of the order",
        minor_units=0,
        currency=NO_CURRENCY,
    )
