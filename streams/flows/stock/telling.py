"""What the shops are told: changes of a moment together, to each shop its own figure."""

from streams.core.evolve import evolve
from streams.core.message import message_id
from streams.flows.policy import Policy, after_pause
from streams.flows.stock.state import StockState
from streams.messages.ops import WakeUp
from streams.messages.shop import UpdateStock


def to_be_told(state: StockState, now: int, policy: Policy) -> StockState:
    """The state with the moment at which the shops hear what changed, if anything did."""
    if state.due or not _news(state, policy):
        return state
    return evolve(state, due=after_pause(max(now, state.told_at), policy.stock_pause_ms))


def told(
    state: StockState, wake: WakeUp, policy: Policy
) -> tuple[StockState, tuple[UpdateStock, ...]]:
    """What a wake-up tells the shops of the warehouse, if it is due."""
    now = wake.received_at
    if state.due is None or state.due > now:
        return state, ()
    calm, news = evolve(state, due=None, told_at=now), _news(state, policy)
    if not news:
        return calm, ()
    times = calm.times + 1
    updates = tuple(
        UpdateStock(
            id=message_id(UpdateStock.type, shop, wake.key, times),
            key=wake.key,
            occurred_at=wake.occurred_at,
            received_at=now,
            source="flow/stock",
            correlation_id=wake.key,
            causation_id=wake.id,
            shop=shop,
            item=calm.item,
            quantity=quantity,
        )
        for shop, quantity in news.items()
    )
    return evolve(calm, shown={**calm.shown, **news}, times=times), updates


def _news(state: StockState, policy: Policy) -> dict[str, int]:
    """What shops of the warehouse may sell that were told otherwise; none without a balance."""
    if state.on_hand is None:
        return {}
    free = state.unclaimed
    return {
        code: shows
        for code, shop in policy.shops.items()
        if shop.warehouse == state.warehouse
        and state.shown.get(code) != (shows := shop.shows(state.item, free))
    }
