"""What is left of a run is named with its amount, and explains no more than that."""

from typing import Any

import pytest

from streams.demo.agreement import Difference
from streams.demo.cases import Case, cases, unnamed
from streams.demo.watch import Watch
from streams.flows.order.records import Payment, Refund
from streams.flows.order.state import Status
from streams.messages.ops import DeadLetter, Exceptional
from tests.unit.streams.demo.builders import order, row, state

ORDER = order(row("1", quantity=2, price="5.00"))
ORDERS = {"uk-1": ORDER}
ENVELOPE = {"occurred_at": 0, "received_at": 0, "source": "test", "correlation_id": "uk-1"}


def _watched(status: Status, **more: Any) -> Watch:
    watch = Watch()
    watch.order(state("uk-1", status, ORDER.amount, **more))
    return watch


def _case(key: str = "uk-1", minor_units: int = 1000) -> Exceptional:
    return Exceptional(
        id="case",
        key=key,
        kind="refused",
        reason="M3 has no such item",
        minor_units=minor_units,
        currency="GBP",
        **ENVELOPE,
    )


def _letter(key: str, minor_units: int | None = None) -> DeadLetter:
    return DeadLetter(
        id=f"letter of {key}",
        key=key,
        origin="bridge/m3",
        original=b"<",
        kind="rejected",
        reason="not XML",
        minor_units=minor_units,
        **ENVELOPE,
    )


def _all(watch: Watch, back: int = 0) -> list[tuple[str, str, int | None]]:
    return [(c.key, c.kind, c.minor_units) for c in cases(ORDERS, {"uk-1": back}, watch)]


def test_an_order_that_closed_is_none() -> None:
    assert _all(_watched(Status.CLOSED)) == []


def test_a_declined_order_is_named_with_the_issuers_words() -> None:
    watch = _watched(Status.DECLINED, payment=Payment(declined="Lost/Stolen (103)"))
    (case,) = cases(ORDERS, {}, watch)
    assert case == Case("uk-1", "declined", "Lost/Stolen (103)", 1000, "GBP")


def test_an_order_that_waits_for_a_person_has_one_case_tandems_own() -> None:
    watch = _watched(Status.REFUSED)
    watch.exception(_case())
    watch.dead_letter(_letter("uk-1", 1000))
    assert _all(watch) == [("uk-1", "refused", 1000)]


def test_a_letter_that_names_no_order_is_one() -> None:
    watch = _watched(Status.CLOSED)
    watch.dead_letter(_letter("f00d"))
    assert _all(watch) == [("f00d", "dead letter of bridge/m3", None)]


def test_what_is_on_its_way_at_the_end_is_open_with_its_money() -> None:
    assert _all(_watched(Status.SHIPPED)) == [("uk-1", "open", 1000)]
    assert _all(Watch()) == [("uk-1", "open", 1000)]


def test_goods_on_their_way_back_are_open_with_what_has_not_come_back() -> None:
    there = Refund(id="1", amount=300, at=0, given=300, steps=("closed",))
    coming = Refund(id="2", amount=200, at=0, given=200)
    watch = _watched(Status.CLOSED, refunds={"1": there, "2": coming})
    assert _all(watch, back=500) == [("uk-1", "refund open", 200)]


def test_a_return_or_an_adjustment_is_none_of_an_order() -> None:
    watch = _watched(Status.CLOSED)
    watch.exception(_case("uk-C3"))
    assert _all(watch) == []


STATUS = Difference("uk-1", "tandem", "status", "closed", "refused")
MONEY = Difference("uk-1", "m3", "outstanding", 0, -200)
TWICE = Difference("uk-1", "m3", "orders", 1, 2)


@pytest.mark.parametrize(
    ("difference", "minor_units", "is_named"),
    [
        (STATUS, 1000, True),
        (STATUS, 999, False),
        (MONEY, 200, True),
        (MONEY, 199, False),
        (MONEY, None, False),
        (TWICE, 1000, False),
        (Difference("uk-2", "m3", "order", "none", "one"), 1000, False),
        (Difference("uk-1", "m3", "unconfirmed order", "none", "one"), 1000, True),
    ],
)
def test_a_case_names_a_difference_of_its_order_and_of_no_more_money(
    difference: Difference, minor_units: int | None, is_named: bool
) -> None:
    case = Case("uk-1", "refused", "", minor_units, "GBP")
    assert unnamed([difference], ORDERS, [case]) == ([] if is_named else [difference])
