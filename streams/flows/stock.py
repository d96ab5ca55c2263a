"""The stock's flow: M3's balance less what open orders claim goes to the shops."""

from pydantic import BaseModel, ConfigDict

from streams.core.flow import Decision, Flow
from streams.core.message import Message, message_id
from streams.flows.policy import BEATS, Policy, after_pause
from streams.messages.ops import WakeUp
from streams.messages.shop import UpdateStock
from streams.messages.stock import StockReported, StockReserved
from streams.topics import STOCK, STOCK_RESULTS

REMEMBERS = 50
"""Claims and reports are absolute, so one that is applied again changes nothing."""


class StockState(BaseModel):
    """What is known of an item in a warehouse; whole pieces.

    Attributes:
        on_hand: M3's balance; None until M3 has told it.
        variation: how new M3's report is.
        claims: pieces that open orders claim, by order.
        told: what the shops were told last, `told_at` when (ms UTC), `times` how often.
        due: when the shops will be told, ms UTC, if something changed.
    """

    model_config = ConfigDict(frozen=True)

    item: str = ""
    warehouse: str = ""
    on_hand: int | None = None
    variation: int = -1
    claims: dict[str, int] = {}
    told: int | None = None
    told_at: int = 0
    times: int = 0
    due: int | None = None

    @property
    def free(self) -> int:
        """What may be sold: never below zero."""
        return max(0, (self.on_hand or 0) - sum(self.claims.values()))


def stock_flow(policy: Policy) -> Flow[StockState]:
    """The flow of stock. Key: `{item}@{warehouse}`; several changes in a moment are one update."""

    def decide(state: StockState | None, message: Message) -> Decision[StockState]:
        known = state or StockState()
        if isinstance(message, WakeUp):
            return _tell(known, message, policy)
        after = _changed(known, message)
        if after.on_hand is None or after.free == after.told:
            return Decision(after, wake_at=after.due)
        since = max(message.received_at, after.told_at)
        due = after.due or after_pause(since, policy.stock_pause_ms)
        return Decision(after.model_copy(update={"due": due}), wake_at=due)

    return Flow(
        "stock",
        (STOCK, STOCK_RESULTS),
        StockState,
        decide,
        remembers=REMEMBERS,
        patience_ms=policy.stock_pause_ms // BEATS,
    )


def _changed(state: StockState, message: Message) -> StockState:
    if isinstance(message, StockReported) and message.variation > state.variation:
        update = {"on_hand": message.on_hand, "variation": message.variation}
        return state.model_copy(update={**_named(message), **update})
    if isinstance(message, StockReserved):
        claims = {k: q for k, q in state.claims.items() if k != message.order_key}
        if message.quantity:
            claims[message.order_key] = message.quantity
        return state.model_copy(update={**_named(message), "claims": claims})
    return state


def _named(message: StockReported | StockReserved) -> dict[str, str]:
    return {"item": message.item, "warehouse": message.warehouse}


def _tell(state: StockState, wake: WakeUp, policy: Policy) -> Decision[StockState]:
    calm = state.model_copy(update={"due": None, "told_at": wake.received_at})
    if state.on_hand is None or state.free == state.told:
        return Decision(calm)
    shops = [code for code, shop in policy.shops.items() if shop.warehouse == state.warehouse]
    times = state.times + 1
    updates = tuple(
        UpdateStock(
            id=message_id(UpdateStock.type, shop, wake.key, times),
            key=wake.key,
            occurred_at=wake.occurred_at,
            received_at=wake.received_at,
            source="flow/stock",
            correlation_id=wake.key,
            causation_id=wake.id,
            shop=shop,
            item=state.item,
            quantity=state.free,
        )
        for shop in shops
    )
    return Decision(calm.model_copy(update={"told": state.free, "times": times}), updates)
