"""The stock's flow: M3's balance less what open orders claim goes to the shops.

It is the one place where claims of an item meet, whatever shop they come from.
"""

from streams.core.evolve import evolve
from streams.core.flow import Decision, Flow
from streams.core.message import Message
from streams.flows.policy import BEATS, Policy
from streams.flows.stock.claims import claimed, ended, ends
from streams.flows.stock.drift import counted, since_changes, unsure
from streams.flows.stock.state import StockState
from streams.flows.stock.telling import to_be_told, told
from streams.messages.ops import WakeUp
from streams.messages.stock import StockCounted, StockReported, StockReserved, StockUnsure
from streams.topics import STOCK, STOCK_RESULTS

REMEMBERS = 50
"""Claims and reports are absolute, so one that is applied again changes nothing."""


def stock_flow(policy: Policy) -> Flow[StockState]:
    """The flow of stock. Key: `{item}@{warehouse}`; several changes in a moment are one update."""

    def decide(state: StockState | None, message: Message) -> Decision[StockState]:
        before = state or StockState()
        after, out = _follows(before, message, policy)
        after = since_changes(before, after)
        after = to_be_told(after, message.received_at, policy)
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
        after, cases = ended(state, message)
        after, updates = told(after, message, policy)
        return after, (*cases, *updates)
    if isinstance(message, StockReserved):
        return claimed(state, message)
    if isinstance(message, StockCounted):
        return counted(state, message, policy)
    if isinstance(message, StockUnsure):
        return unsure(state, message.shop), ()
    if isinstance(message, StockReported):
        return _reported(state, message), ()
    return state, ()


def _reported(state: StockState, report: StockReported) -> StockState:
    if report.variation <= state.variation:
        return state
    return evolve(
        state,
        item=report.item,
        warehouse=report.warehouse,
        on_hand=report.on_hand,
        variation=report.variation,
        moved_at=report.occurred_at,
        left=tuple(each for each in state.left if each.at > report.occurred_at),
    )


def _wake_at(state: StockState) -> int | None:
    return min(filter(None, (state.due, *ends(state))), default=None)
