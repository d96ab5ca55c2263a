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


SAFE = Policy(
    shops={
        "uk": ShopPolicy(safety_stock=3, safety_stock_by_item={"85123A": 10}),
        "de": ShopPolicy(safety_stock_by_item={"22752": 20}),
        "ie": ShopPolicy(),
    }
)


def test_each_shop_is_shown_what_is_left_above_its_safety_stock() -> None:
    out = play(stock_flow(SAFE), reported(22, 1), reserved("uk-1", 4), woken())
    assert told(out[2]) == {"uk": 15, "de": 0, "ie": 18}


def test_a_shop_whose_figure_stays_hears_nothing() -> None:
    out = play(stock_flow(SAFE), reported(18, 1), woken(), reported(16, 2), woken(4_000))
    assert told(out[1]) == {"uk": 15, "de": 0, "ie": 18}
    assert told(out[3]) == {"uk": 13, "ie": 16}


def test_what_was_promised_twice_is_not_shown_when_a_piece_comes_in() -> None:
    out = play(stock_flow(SAFE), reported(1, 1), reserved("uk-1", 5), reported(6, 2), woken())
    assert told(out[3]) == {"uk": 0, "de": 0, "ie": 1}


def test_a_state_of_an_older_version_tells_each_shop_once() -> None:
    flow = stock_flow(POLICY)
    old = StockState.model_validate(
        {"item": "22752", "warehouse": "001", "on_hand": 5, "variation": 1, "told": 5}
    )
    decided = flow.decide(old, reserved("uk-1", 0))
    assert told(flow.decide(decided.state, woken(decided.wake_at or 0)).out) == {"uk": 5, "ie": 5}
