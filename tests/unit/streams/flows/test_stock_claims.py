"""Claims that ask: the stock's flow gives each piece once, to who came first."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.message import Message
from streams.flows.policy import Policy, ShopPolicy
from streams.flows.stock.claims import TOLD_WITHIN_MS
from streams.flows.stock.flow import stock_flow
from streams.messages.ops import Exceptional
from tests.unit.streams.flows.played import answers, play, reported, reserved, told, woken

POLICY = Policy(shops={"uk": ShopPolicy(oversell="refuse"), "de": ShopPolicy(oversell="refuse")})
FLOW = stock_flow(POLICY)


def asked(order: str, quantity: int = 1) -> Message:
    return reserved(order, quantity, asks=True)


def test_two_shops_selling_the_last_piece_sell_it_once() -> None:
    out = play(FLOW, reported(1, 1), asked("uk-1"), asked("de-1"), woken())
    assert [answers(each) for each in out[1:3]] == [{"uk-1": 1}, {"de-1": 0}]
    assert told(out[3]) == {"uk": 0, "de": 0}


def test_a_claim_that_does_not_ask_is_not_answered_and_never_refused() -> None:
    out = play(FLOW, reported(1, 1), reserved("uk-1", 8), asked("de-1"))
    assert out[1] == ()
    assert answers(out[2]) == {"de-1": 0}


def test_an_order_gets_all_of_its_pieces_or_none() -> None:
    out = play(FLOW, reported(5, 1), asked("uk-1", 6), asked("de-1", 5))
    assert [answers(each) for each in out[1:]] == [{"uk-1": 0}, {"de-1": 5}]


def test_what_is_released_goes_to_the_next_who_asks() -> None:
    out = play(
        FLOW, reported(1, 1), asked("uk-1"), asked("de-1"), reserved("uk-1", 0), asked("de-2")
    )
    assert [answers(each) for each in out[1:]] == [{"uk-1": 1}, {"de-1": 0}, {}, {"de-2": 1}]


def test_what_was_granted_stays_granted_when_it_is_asked_again() -> None:
    out = play(FLOW, reported(1, 1), asked("uk-1"), reported(0, 2), asked("uk-1"))
    (first,), (again,) = out[1], out[3]
    assert answers(out[3]) == {"uk-1": 1}
    assert again.id == first.id


def test_who_wants_fewer_pieces_gets_them_although_there_are_none_to_be_had() -> None:
    out = play(FLOW, reported(3, 1), asked("uk-1", 3), reported(1, 2), asked("uk-1", 2))
    assert answers(out[3]) == {"uk-1": 2}


def test_an_item_without_a_known_balance_is_always_granted() -> None:
    out = play(FLOW, asked("uk-1", 100), asked("de-1", 100))
    assert [answers(each) for each in out] == [{"uk-1": 100}, {"de-1": 100}]


def test_after_a_refusal_the_shops_are_told_what_there_is_again() -> None:
    """The shop that sold it has taken the pieces from its own figure."""
    out = play(FLOW, reported(5, 1), woken(), asked("uk-1", 7), woken(4_000))
    assert told(out[1]) == {"uk": 5, "de": 5}
    assert told(out[3]) == {"uk": 5, "de": 5}


def shipped(order: str, at: int) -> Message:
    return reserved(order, 0, left_at=at)


def test_a_piece_that_has_left_is_not_sold_again_before_m3s_balance_says_so() -> None:
    out = play(FLOW, reported(1, 1), asked("uk-1"), shipped("uk-1", 2_000), asked("de-1"))
    assert answers(out[3]) == {"de-1": 0}


def test_a_balance_from_before_the_piece_left_does_not_free_it() -> None:
    stale = reported(1, 2, at=1_999)
    out = play(FLOW, reported(1, 1), asked("uk-1"), shipped("uk-1", 2_000), stale, asked("de-1"))
    assert answers(out[4]) == {"de-1": 0}


@pytest.mark.parametrize("balance_first", [True, False])
def test_the_balance_and_the_release_may_come_in_any_order(balance_first: bool) -> None:
    """Of five pieces one left: four are there for others, whatever was told first."""
    facts = [shipped("uk-1", 2_000), reported(4, 2, at=2_000)]
    if balance_first:
        facts.reverse()
    out = play(FLOW, reported(5, 1), asked("uk-1"), *facts, asked("de-1", 4), asked("de-2", 1))
    assert [answers(each) for each in out[4:]] == [{"de-1": 4}, {"de-2": 0}]


def test_a_balance_that_is_never_told_keeps_a_piece_for_some_minutes_only() -> None:
    known = FLOW.decide(None, reported(2, 1))
    decision = FLOW.decide(FLOW.decide(known.state, asked("uk-1")).state, shipped("uk-1", 2_000))
    end = 1_000 + TOLD_WITHIN_MS
    told_first = FLOW.decide(decision.state, woken(decision.wake_at or 0))
    assert told(told_first.out) == {"uk": 1, "de": 1}
    assert told_first.wake_at == end
    freed = FLOW.decide(told_first.state, woken(end))
    assert told(FLOW.decide(freed.state, woken(freed.wake_at or 0)).out) == {"uk": 2, "de": 2}


END = 50_000


def test_a_claim_that_no_order_ends_ends_by_itself_and_is_a_case() -> None:
    lasting = reserved("uk-1", 3, until=END)
    out = play(FLOW, reported(5, 1), lasting, woken(), woken(END), woken(END + 10_000))
    assert told(out[2]) == {"uk": 2, "de": 2}
    (case,) = out[3]
    assert isinstance(case, Exceptional)
    assert (case.kind, case.key, case.minor_units) == ("claim expired", "uk-1", 0)
    assert "3 of 22752" in case.reason
    assert told(out[4]) == {"uk": 5, "de": 5}


def test_the_flow_wakes_for_the_earliest_claim() -> None:
    first = FLOW.decide(None, reserved("uk-1", 3, until=END + 5))
    second = FLOW.decide(first.state, reserved("uk-2", 3, until=END))
    assert second.wake_at == END
    freed = FLOW.decide(second.state, woken(END))
    assert freed.state.claims == {"uk-1": 3}
    assert freed.wake_at == END + 5


def test_a_claim_that_its_order_ended_is_no_case() -> None:
    lasting = reserved("uk-1", 3, until=END)
    out = play(FLOW, reported(5, 1), lasting, reserved("uk-1", 0), woken(END))
    assert not any(isinstance(m, Exceptional) for each in out for m in each)


def test_a_claim_of_before_claims_ended_never_does() -> None:
    before = FLOW.state.model_validate({"claims": {"uk-1": 3}, "on_hand": 5})
    kept = FLOW.decide(before, woken(10 * END))
    assert kept.state.claims == {"uk-1": 3}
    assert kept.wake_at is None


orders = st.lists(st.integers(1, 4), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10), orders, st.data())
def test_never_more_is_granted_than_there_is_and_each_has_one_answer(
    on_hand: int, quantities: list[int], data: st.DataObject
) -> None:
    claims = [asked(f"uk-{n}", quantity) for n, quantity in enumerate(quantities)]
    again = data.draw(st.lists(st.sampled_from(claims), max_size=5))
    coming = [*claims, *again]
    out = play(FLOW, reported(on_hand, 1), *coming)
    said: dict[str, set[int]] = {}
    for each in out[1:]:
        for order, granted in answers(each).items():
            said.setdefault(order, set()).add(granted)
    assert all(len(each) == 1 for each in said.values())
    sold = Counter({order: granted for order, (granted,) in said.items()})
    assert sold.total() <= on_hand
    left = on_hand - sold.total()
    refused = [quantity for n, quantity in enumerate(quantities) if not sold[f"uk-{n}"]]
    assert all(quantity > left for quantity in refused)
