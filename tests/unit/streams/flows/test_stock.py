"""The stock's flow: what the shops are told."""

import pytest

from streams.core.flow import Kept, Sent, Turn
from streams.core.message import Message
from streams.flows.policy import Policy, ShopPolicy
from streams.flows.stock.flow import stock_flow
from streams.flows.stock.state import StockState
from tests.unit.streams.flows.played import play, reported, reserved, told, woken

POLICY = Policy(
    shops={"uk": ShopPolicy(), "de": ShopPolicy(warehouse="002"), "ie": ShopPolicy()},
    stock_pause_ms=300,
)


def test_changes_in_a_moment_are_one_update_of_each_shop_of_the_warehouse() -> None:
    out = play(
        stock_flow(POLICY), reported(100, 1), reserved("uk-1", 8), reserved("uk-2", 4), woken()
    )
    assert out[:3] == [(), (), ()]
    assert told(out[3]) == {"uk": 88, "ie": 88}


def test_an_order_that_left_frees_its_claim_and_nothing_changes_for_the_shop() -> None:
    flow = stock_flow(POLICY)
    out = play(
        flow,
        reported(100, 1),
        reserved("uk-1", 8),
        woken(),
        reported(92, 2),
        reserved("uk-1", 0),
        woken(3_000),
    )
    assert told(out[2]) == {"uk": 92, "ie": 92}
    assert out[5] == ()


def test_an_old_report_is_not_believed() -> None:
    out = play(stock_flow(POLICY), reported(50, 2), reported(100, 1), woken())
    assert told(out[2]) == {"uk": 50, "ie": 50}


def test_no_stock_figure_waits_for_an_answer() -> None:
    flow = stock_flow(POLICY)
    reported_ = flow.decide(None, reported(100, 1))
    kept = Kept[StockState](state=reported_.state)
    sent: list[Message] = []

    def post(message: Message, cause: str) -> Sent:
        sent.append(message)
        return Sent(id=message.id, cause=cause, topic="t", key=message.key, value=b"")

    turn = Turn(flow, kept, False, post)
    turn.apply(woken())
    assert len(sent) == 2
    assert not turn.kept.outbox
    assert len(turn.kept.recent) == 2


@pytest.mark.parametrize("claimed", [100, 130])
def test_never_less_than_nothing_is_sold(claimed: int) -> None:
    out = play(stock_flow(POLICY), reported(100, 1), reserved("uk-1", claimed), woken())
    assert told(out[2]) == {"uk": 0, "ie": 0}


def test_a_change_learnt_in_the_same_moment_as_an_old_one_is_told_too() -> None:
    flow = stock_flow(POLICY)
    first = flow.decide(None, reported(100, 1))
    told_first = flow.decide(first.state, woken(first.wake_at or 0))
    second = flow.decide(told_first.state, reserved("uk-1", 8))
    assert second.wake_at is not None
    assert second.wake_at != first.wake_at
    assert told(flow.decide(second.state, woken(second.wake_at)).out) == {"uk": 92, "ie": 92}


def test_claims_before_the_first_report_wait_for_it() -> None:
    out = play(stock_flow(POLICY), reserved("uk-1", 8), reported(10, 1), woken())
    assert out[0] == ()
    assert told(out[2]) == {"uk": 2, "ie": 2}
