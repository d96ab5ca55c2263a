"""The stock's flow: M3's balance less what open orders claim goes to the shops.

It is the one place where claims of an item meet, whatever shop they come from: a claim that asks is
granted or refused here, in the order in which claims arrive. An item whose balance M3 has never
told (it keeps no stock of it, or nothing has moved yet) is always granted.
"""

from pydantic import BaseModel, ConfigDict

from streams.core.flow import Decision, Flow
from streams.core.message import Message, message_id
from streams.flows.policy import BEATS, MINUTE_MS, Policy, after_pause
from streams.messages.ops import WakeUp
from streams.messages.shop import UpdateStock
from streams.messages.stock import StockAnswered, StockReported, StockReserved
from streams.topics import STOCK, STOCK_RESULTS

REMEMBERS = 50
"""Claims and reports are absolute, so one that is applied again changes nothing."""

TOLD_WITHIN_MS = 5 * MINUTE_MS
"""How long pieces that have left are still counted off, unless M3's balance says so before."""


class Left(BaseModel):
    """Pieces that have left the warehouse; M3's balance may not say so yet.

    Attributes:
        at: when, ms UTC by M3; `until` when nobody waits for its balance any more, ms UTC by us.
    """

    model_config = ConfigDict(frozen=True)

    quantity: int
    at: int
    until: int


class StockState(BaseModel):
    """What is known of an item in a warehouse; whole pieces.

    Attributes:
        on_hand: M3's balance; None until M3 has told it.
        variation: how new M3's report is; `moved_at` when the balance moved, ms UTC.
        claims: pieces that open orders claim, by order.
        left: what has left, and is in `on_hand` perhaps.
        told: what the shops were told last, None if they may show something else; `told_at` when
            (ms UTC), `times` how often.
        due: when the shops will be told, ms UTC, if something changed.
    """

    model_config = ConfigDict(frozen=True)

    item: str = ""
    warehouse: str = ""
    on_hand: int | None = None
    variation: int = -1
    moved_at: int = 0
    claims: dict[str, int] = {}
    left: tuple[Left, ...] = ()
    told: int | None = None
    told_at: int = 0
    times: int = 0
    due: int | None = None

    @property
    def unclaimed(self) -> int:
        """Pieces that nobody claims: below zero if more was promised than is there."""
        gone = sum(each.quantity for each in self.left)
        return (self.on_hand or 0) - sum(self.claims.values()) - gone

    def has(self, pieces: int) -> bool:
        """Whether so many more may be claimed; of what M3 tells no balance of, any number."""
        return self.on_hand is None or self.unclaimed >= pieces

    @property
    def free(self) -> int:
        """What may be sold: never below zero."""
        return max(0, self.unclaimed)


def stock_flow(policy: Policy) -> Flow[StockState]:
    """The flow of stock. Key: `{item}@{warehouse}`; several changes in a moment are one update."""

    def decide(state: StockState | None, message: Message) -> Decision[StockState]:
        known = state or StockState()
        after, out = _follows(known, message, policy)
        after = _to_be_told(after, message.received_at, policy)
        return Decision(after, out, _wake_at(after))

    return Flow(
        "stock",
        (STOCK, STOCK_RESULTS),
        StockState,
        decide,
        remembers=REMEMBERS,
        patience_ms=policy.stock_pause_ms // BEATS,
    )


def _follows(
    state: StockState, message: Message, policy: Policy
) -> tuple[StockState, tuple[Message, ...]]:
    if isinstance(message, WakeUp):
        return _woken(state, message, policy)
    if isinstance(message, StockReported) and message.variation > state.variation:
        return _reported(state, message), ()
    if isinstance(message, StockReserved):
        return _claimed(state, message)
    return state, ()


def _reported(state: StockState, report: StockReported) -> StockState:
    moved_at = report.occurred_at
    update = {
        "on_hand": report.on_hand,
        "variation": report.variation,
        "moved_at": moved_at,
        "left": tuple(each for each in state.left if each.at > moved_at),
    }
    return state.model_copy(update={**_named(report), **update})


def _claimed(
    state: StockState, claim: StockReserved
) -> tuple[StockState, tuple[StockAnswered, ...]]:
    before = state.claims.get(claim.order_key, 0)
    mine, told = claim.quantity, state.told
    if claim.asks and before != claim.quantity and not state.has(claim.quantity - before):
        mine, told = 0, None  # the shop has taken the pieces from its own figure
    claims = {k: q for k, q in state.claims.items() if k != claim.order_key}
    if mine:
        claims[claim.order_key] = mine
    left = state.left
    if claim.left_at > state.moved_at and before > mine:
        until = claim.received_at + TOLD_WITHIN_MS
        left = (*left, Left(quantity=before - mine, at=claim.left_at, until=until))
    update = {**_named(claim), "claims": claims, "left": left, "told": told}
    return state.model_copy(update=update), (_answer(claim, mine),) if claim.asks else ()


def _answer(claim: StockReserved, granted: int) -> StockAnswered:
    return StockAnswered(
        id=message_id(StockAnswered.type, claim.id),
        key=claim.order_key,
        occurred_at=claim.occurred_at,
        received_at=claim.received_at,
        source="flow/stock",
        correlation_id=claim.order_key,
        causation_id=claim.id,
        item=claim.item,
        warehouse=claim.warehouse,
        quantity=granted,
    )


def _named(message: StockReported | StockReserved) -> dict[str, str]:
    return {"item": message.item, "warehouse": message.warehouse}


def _to_be_told(state: StockState, now: int, policy: Policy) -> StockState:
    """The state with the moment at which the shops hear what changed."""
    if state.due or state.on_hand is None or state.free == state.told:
        return state
    due = after_pause(max(now, state.told_at), policy.stock_pause_ms)
    return state.model_copy(update={"due": due})


def _wake_at(state: StockState) -> int | None:
    wishes = [each.until for each in state.left]
    return min([*wishes, state.due] if state.due else wishes, default=None)


def _woken(
    state: StockState, wake: WakeUp, policy: Policy
) -> tuple[StockState, tuple[UpdateStock, ...]]:
    now = wake.received_at
    left = tuple(each for each in state.left if each.until > now)
    awake = state.model_copy(update={"left": left})
    if state.due is None or state.due > now:
        return awake, ()
    calm = awake.model_copy(update={"due": None, "told_at": now})
    if calm.on_hand is None or calm.free == calm.told:
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
            quantity=calm.free,
        )
        for shop, agreed in policy.shops.items()
        if agreed.warehouse == calm.warehouse
    )
    return calm.model_copy(update={"told": calm.free, "times": times}), updates
