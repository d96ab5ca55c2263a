"""Drift of stock: found when it is no order on its way, told as a case, repaired."""

import pytest

from streams.core.message import Message
from streams.flows.policy import Policy, ShopPolicy
from streams.flows.stock.flow import stock_flow
from streams.messages.ops import Exceptional
from streams.messages.stock import StockCounted, StockUnsure
from tests.unit.streams.flows.played import KEY, play, reported, reserved, said, told, woken

POLICY = Policy(shops={"uk": ShopPolicy(), "de": ShopPolicy()})
FLOW, STEADY_MS = stock_flow(POLICY), POLICY.drift_ms
TOLD = (reported(10, 1), woken())
"""Both shops were told 10, at 2,000."""

FIRST = 10_000
SECOND = FIRST + STEADY_MS
LATER = SECOND + 60_000


def shows(quantity: int, at: int, shop: str = "uk") -> Message:
    fields = {"item": "22752", "warehouse": "001", "shop": shop, "quantity": quantity}
    return said(StockCounted, f"{shop} {quantity} {at}", KEY, at=at, **fields)


def cases(out: list[tuple[Message, ...]]) -> list[str]:
    return [m.reason for each in out for m in each if isinstance(m, Exceptional)]


def test_drift_is_a_case_once_and_is_repaired() -> None:
    out = play(FLOW, *TOLD, shows(7, FIRST), shows(7, SECOND), woken(LATER))
    (case,) = out[3]
    assert isinstance(case, Exceptional)
    assert (case.kind, case.minor_units) == ("stock drift", 0)
    assert "shop uk shows 7 of 22752, it should be 10" in case.reason
    assert told(out[4]) == {"uk": 10}
    assert len(cases(out)) == 1


def test_a_shop_that_shows_what_it_was_told_is_left_alone() -> None:
    out = play(FLOW, *TOLD, *(shows(10, FIRST + n * STEADY_MS) for n in range(4)))
    assert out[2:] == [()] * 4


def test_a_difference_once_is_an_order_on_its_way() -> None:
    """The shop has taken three off at checkout; then Tandem hears of the order and tells it."""
    coming = (shows(7, FIRST), reserved("uk-1", 3), woken(FIRST + 5_000), shows(7, SECOND))
    out = play(FLOW, *TOLD, *coming, shows(7, SECOND + STEADY_MS))
    assert cases(out) == []


@pytest.mark.parametrize(
    "between",
    [
        (shows(6, FIRST + 1_000),),
        (shows(10, FIRST + 1_000),),
        (reserved("uk-9", 1),),
        (reported(11, 2),),
        (reserved("uk-9", 1), reserved("uk-9", 0)),
    ],
    ids=["it moves", "it was right", "a claim", "a balance", "a claim and its end"],
)
def test_what_comes_in_between_makes_it_no_drift_yet(between: tuple[Message, ...]) -> None:
    out = play(FLOW, *TOLD, shows(7, FIRST), *between, shows(7, SECOND))
    assert cases(out) == []


def test_two_looks_in_a_moment_are_one() -> None:
    out = play(FLOW, *TOLD, shows(7, FIRST), shows(7, FIRST + 1_000))
    assert cases(out) == []


def test_a_shop_s_drift_is_not_the_others() -> None:
    looks = [shows(7, at, shop) for at in (FIRST, SECOND) for shop in ("uk", "de")]
    out = play(FLOW, *TOLD, *looks, woken(LATER))
    assert len(cases(out)) == 2
    assert told(out[-1]) == {"uk": 10, "de": 10}


def test_drift_that_comes_back_is_another_case() -> None:
    back = [shows(7, LATER + n * STEADY_MS) for n in (1, 2)]
    out = play(FLOW, *TOLD, shows(7, FIRST), shows(7, SECOND), woken(LATER), *back)
    assert len(cases(out)) == 2


def test_nothing_sold_below_zero_is_drift() -> None:
    """WooCommerce counts below zero what it sells on backorder; it is told that there is none."""
    out = play(FLOW, reported(0, 1), woken(), shows(-2, FIRST), shows(-2, SECOND))
    assert cases(out) == []


def test_an_item_that_the_shop_was_never_told_of_cannot_drift() -> None:
    out = play(FLOW, shows(7, FIRST), shows(7, SECOND))
    assert out == [(), ()]


def test_what_the_shop_took_off_once_too_often_is_set_right_and_is_no_case() -> None:
    """It was told the figure without an order's pieces, then gave the order its status."""
    claim, news = reserved("uk-1", 3), woken(FIRST)
    looks = [shows(4, LATER), shows(4, LATER + STEADY_MS), woken(LATER + 2 * STEADY_MS)]
    out = play(FLOW, *TOLD, claim, news, *looks)
    assert cases(out) == []
    assert told(out[-1]) == {"uk": 7}


@pytest.mark.parametrize(("shop", "quantity"), [("de", 4), ("uk", 3), ("uk", 8)])
def test_what_no_claim_of_the_shop_explains_is_a_case(shop: str, quantity: int) -> None:
    claim, news = reserved("uk-1", 3), woken(FIRST)
    looks = [shows(quantity, at, shop) for at in (LATER, LATER + STEADY_MS)]
    assert len(cases(play(FLOW, *TOLD, claim, news, *looks))) == 1


def test_a_shop_that_may_have_moved_its_figure_is_told_again() -> None:
    fields = {"item": "22752", "warehouse": "001", "shop": "uk"}
    out = play(FLOW, *TOLD, said(StockUnsure, "uk", KEY, **fields), woken(FIRST))
    assert told(out[-1]) == {"uk": 10}
