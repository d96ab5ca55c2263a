"""Which orders goods came back from: the rule, case by case."""

from typing import Any

from streams.demo.documents import documents
from streams.demo.files import Row
from streams.demo.returns import GivenBack, Matched, matched
from tests.unit.streams.demo.builders import MINUTE_MS, row

AT = 1_291_191_960_000


def bought(invoice: str, minute: int, *, customer: str = "17850", **fields: Any) -> Row:
    return row(invoice, at=AT + minute * MINUTE_MS, customer=customer, **fields)


def back(invoice: str, minute: int, quantity: int, **fields: Any) -> Row:
    return bought(invoice, minute, quantity=-quantity, **fields)


def come_back(*rows: Row) -> Matched:
    """What the last return of the rows came to."""
    return list(matched(documents(rows)).values())[-1]


def test_goods_come_back_from_the_newest_order_first() -> None:
    found = come_back(
        bought("1", 0, quantity=2), bought("2", 1, quantity=2), back("C3", 2, 3, price="1.00")
    )
    assert found == Matched((GivenBack("2", 0, 2, 200), GivenBack("1", 0, 1, 100)), 0)


def test_an_order_that_was_placed_later_is_not_asked() -> None:
    found = come_back(bought("1", 0), back("C2", 1, 2), bought("3", 2, quantity=5))
    assert found == Matched((GivenBack("1", 0, 1, 100),), 100)


def test_pieces_come_back_once() -> None:
    rows = bought("1", 0, quantity=3), back("C2", 1, 2), back("C3", 2, 2)
    assert come_back(*rows) == Matched((GivenBack("1", 0, 1, 100),), 100)


def test_the_rows_own_price_counts_but_never_more_than_remains() -> None:
    rows = bought("1", 0, quantity=4, price="1.00"), back("C2", 1, 4, price="1.50")
    assert come_back(*rows) == Matched((GivenBack("1", 0, 4, 400),), 200)


def test_lines_of_one_item_are_filled_one_after_the_other() -> None:
    rows = bought("1", 0, quantity=1), bought("1", 0, quantity=2), back("C2", 1, 3)
    assert come_back(*rows).given == (GivenBack("1", 0, 1, 100), GivenBack("1", 1, 2, 200))


def test_of_a_guest_and_of_another_customer_nothing_is_found() -> None:
    orders = bought("1", 0), bought("2", 0, customer="")
    assert come_back(*orders, back("C3", 1, 1, customer="")) == Matched((), 100)
    assert come_back(*orders, back("C3", 1, 1, customer="12345")) == Matched((), 100)


def test_charges_and_freight_come_back_by_their_code() -> None:
    """A line's place is behind the goods, as the shop shows it."""
    freight = {"item": "POST", "price": "18.00"}
    rows = bought("1", 0, **freight), bought("1", 0), back("C2", 1, 1, **freight)
    assert come_back(*rows) == Matched((GivenBack("1", 1, 1, 1800),), 0)
    assert come_back(*rows, back("C3", 2, 1, **freight)) == Matched((), 1800)


def test_half_pennies_are_rounded_up_a_row() -> None:
    rows = bought("1", 0, quantity=3, price="1.00"), back("C2", 1, 3, price="0.335")
    assert come_back(*rows) == Matched((GivenBack("1", 0, 3, 101),), 0)
