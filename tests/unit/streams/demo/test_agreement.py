"""The books agree, or every difference is named."""

from collections.abc import Callable
from typing import Any

import pytest

from streams.demo.agreement import Difference, differences
from streams.demo.sandboxes import Books
from streams.flows.order.state import Status
from tests.unit.streams.demo.builders import agreeing, order, row

PAID = order(row("1", quantity=2, price="5.00"))
FREE = order(row("2", price="0.0"))
ORDERS = {"uk-1": PAID, "uk-2": FREE}
NONE_BACK: dict[str, int] = {}
CLOSED = dict.fromkeys(ORDERS, Status.CLOSED)


def test_books_that_agree() -> None:
    assert differences(ORDERS, NONE_BACK, CLOSED, agreeing(ORDERS.values())) == []


def _m3_invoice(**fields: Any) -> Callable[[Books], None]:
    return lambda books: books.m3["invoices"]["uk-1"].update(fields)


def _heartland(**fields: Any) -> Callable[[Books], None]:
    return lambda books: books.heartland["orders"]["uk-1"].update(fields)


def _shop(**fields: Any) -> Callable[[Books], None]:
    return lambda books: books.shop["orders"]["1"].update(fields)


def _again(books: Books) -> None:
    books.m3["duplicates"].append(books.m3["orders"]["uk-1"])


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (_shop(total=999), Difference("uk-1", "shop", "total", 1000, 999)),
        (
            _shop(status="processing"),
            Difference("uk-1", "shop", "status", "completed", "processing"),
        ),
        (_m3_invoice(gross=1001), Difference("uk-1", "m3", "invoiced", 1000, 1001)),
        (_m3_invoice(outstanding=1), Difference("uk-1", "m3", "outstanding", 0, 1)),
        (_again, Difference("uk-1", "m3", "orders", 1, 2)),
        (_heartland(captured=0), Difference("uk-1", "heartland", "kept", 1000, 0)),
        (_heartland(authorized=2000), Difference("uk-1", "heartland", "authorized", 1000, 2000)),
        (_heartland(currency="EUR"), Difference("uk-1", "heartland", "currency", "GBP", "EUR")),
    ],
)
def test_a_difference_in_one_system(
    change: Callable[[Books], None], difference: Difference
) -> None:
    books = agreeing(ORDERS.values())
    change(books)
    assert differences(ORDERS, NONE_BACK, CLOSED, books) == [difference]


def test_a_free_order_that_m3_does_not_have_is_missed() -> None:
    books = agreeing(ORDERS.values())
    del books.m3["orders"]["uk-2"]
    found = differences(ORDERS, NONE_BACK, CLOSED, books)
    assert Difference("uk-2", "m3", "orders", 1, 0) in found


def test_an_order_that_was_never_invoiced() -> None:
    books = agreeing(ORDERS.values())
    del books.m3["invoices"]["uk-1"]
    assert {each.field for each in differences(ORDERS, NONE_BACK, CLOSED, books)} == {
        "invoiced",
        "outstanding",
    }


def test_an_order_on_its_way_or_never_seen_is_a_difference() -> None:
    found = differences(ORDERS, NONE_BACK, {"uk-1": Status.SHIPPED}, agreeing(ORDERS.values()))
    assert [(each.key, each.found) for each in found] == [
        ("uk-1", "shipped"),
        ("uk-2", "never seen"),
    ]


def test_a_declined_order_leaves_nothing_behind() -> None:
    books, statuses = agreeing([FREE]), CLOSED | {"uk-1": Status.DECLINED}
    books.shop["orders"]["1"] = {
        "total": 1000,
        "currency": "GBP",
        "status": "failed",
        "refunded": 0,
    }
    assert differences(ORDERS, NONE_BACK, statuses, books) == []
    books.heartland["orders"]["uk-1"] = agreeing([PAID]).heartland["orders"]["uk-1"]
    found = differences(ORDERS, NONE_BACK, statuses, books)
    assert found == [Difference("uk-1", "heartland", "kept", 0, 1000)]


def test_an_order_that_went_back_whole_before_it_left_is_refunded_in_the_shop_alone() -> None:
    books, statuses = agreeing([FREE]), CLOSED | {"uk-1": Status.CANCELLED}
    entry = {"total": 1000, "currency": "GBP", "status": "refunded", "refunded": 1000}
    books.shop["orders"]["1"] = entry
    assert differences(ORDERS, {"uk-1": 1000}, statuses, books) == []
    assert {each.field for each in differences(ORDERS, NONE_BACK, statuses, books)} == {
        "status",
        "refunded",
    }


def test_what_belongs_to_no_order_is_a_difference() -> None:
    found = differences(
        {"uk-1": PAID}, NONE_BACK, {"uk-1": Status.CLOSED}, agreeing([PAID, order(row("9"))])
    )
    assert {(each.key, each.system) for each in found} == {
        ("9", "shop"),
        ("uk-9", "m3"),
        ("uk-9", "heartland"),
    }


def test_an_entry_that_m3_never_confirmed_is_a_difference_unless_its_order_is_confirmed() -> None:
    books = agreeing(ORDERS.values())
    books.m3["unconfirmed"] += [{"ORNO": "7", "CUOR": "uk-1"}, {"ORNO": "8", "CUOR": "uk-9"}]
    assert differences(ORDERS, NONE_BACK, CLOSED, books) == [
        Difference("uk-9", "m3", "unconfirmed order", "none", "one")
    ]


def _some_came_back(books: Books, amount: int) -> None:
    books.shop["orders"]["1"]["refunded"] = amount
    books.m3["credit_notes"].append(
        {"CUOR": "uk-1", "gross": -amount, "outstanding": 0, "currency": "GBP"}
    )
    books.heartland["orders"]["uk-1"]["refunded"] = amount


def test_what_came_back_is_refunded_credited_and_not_kept() -> None:
    books = agreeing(ORDERS.values())
    _some_came_back(books, 400)
    assert differences(ORDERS, {"uk-1": 400}, CLOSED, books) == []
    assert {(d.system, d.field) for d in differences(ORDERS, NONE_BACK, CLOSED, books)} == {
        ("shop", "refunded"),
        ("m3", "credited"),
        ("heartland", "kept"),
    }


def test_what_came_back_whole_may_be_reversed_and_is_refunded_in_the_shop() -> None:
    books = agreeing(ORDERS.values())
    _some_came_back(books, 1000)
    books.heartland["orders"]["uk-1"].update(captured=0, refunded=0)
    books.shop["orders"]["1"]["status"] = "refunded"
    assert differences(ORDERS, {"uk-1": 1000}, CLOSED, books) == []


@pytest.mark.parametrize(("off", "agree"), [(300, True), (400, True), (401, False)])
def test_what_m3_took_off_before_it_delivered_is_not_credited(off: int, agree: bool) -> None:
    books = agreeing(ORDERS.values())
    _some_came_back(books, 400)
    books.m3["orders"]["uk-1"]["total"] -= off
    books.m3["invoices"]["uk-1"]["gross"] -= off
    books.m3["credit_notes"][0]["gross"] += off
    books.heartland["orders"]["uk-1"]["captured"] -= off
    books.heartland["orders"]["uk-1"]["refunded"] -= off
    assert (differences(ORDERS, {"uk-1": 400}, CLOSED, books) == []) is agree


def test_a_credit_note_that_was_not_repaid_is_a_difference() -> None:
    books = agreeing(ORDERS.values())
    _some_came_back(books, 400)
    books.m3["credit_notes"][0]["outstanding"] = -400
    found = differences(ORDERS, {"uk-1": 400}, CLOSED, books)
    assert found == [Difference("uk-1", "m3", "outstanding", 0, -400)]
