"""What rows become: orders, returns, adjustments, nothing."""

import csv
import gzip
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import pytest

from streams.core.errors import Misconfigured
from streams.demo.documents import Adjustment, NoLine, Order, Return, documents, orders_of
from streams.demo.files import read_rows
from tests.unit.streams.demo.builders import MINUTE_MS, SAMPLE, one, order, row

PENNY = Decimal("0.01")


def test_an_orders_lines_are_its_rows_above_zero() -> None:
    found = order(row("1", quantity=6, price="2.55"), row("1", quantity=-2), row("1", quantity=0))
    assert [line.quantity for line in found.lines] == [6]
    assert found.amount == 1530


def test_each_line_is_rounded_half_up_by_itself() -> None:
    found = order(*(row("1", quantity=5, price="0.125") for _ in range(3)), row("1", price="0.124"))
    assert [line.amount for line in found.lines] == [63, 63, 63, 12]
    assert found.amount == 201


def test_a_price_of_zero_is_a_free_line() -> None:
    found = order(row("1", price="0.0"), row("1", price="0.00"))
    assert (len(found.lines), found.amount) == (2, 0)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("POST", "freight"),
        ("DOT", "freight"),
        ("C2", "freight"),
        ("M", "fee"),
        ("m", "fee"),
        ("AMAZONFEE", "fee"),
        ("BANK CHARGES", "fee"),
        ("gift_0001_20", "fee"),
        ("85123A", "goods"),
        ("15056bl", "goods"),
        ("DCGS0076", "goods"),
    ],
)
def test_goods_freight_and_fees(item: str, kind: str) -> None:
    (line,) = order(row("1", item=item, quantity=3, price="18.0")).lines
    assert (line.kind, line.amount) == (kind, 5400)


def test_an_order_that_has_no_line_is_no_order() -> None:
    assert isinstance(one(row("1", quantity=-3), row("1", quantity=-1)), NoLine)


def test_a_return_is_what_went_back() -> None:
    found = one(row("C1", quantity=-3, price="0.125"), row("C1", "D", quantity=-1, price="27.50"))
    assert isinstance(found, Return)
    assert (found.amount, found.customer) == (38 + 2750, "17850")


@pytest.mark.parametrize(("price", "amount"), [("11062.06", 1_106_206), ("-11062.06", -1_106_206)])
def test_an_adjustment_has_the_files_sign(price: str, amount: int) -> None:
    found = one(row("A1", "B", price=price))
    assert isinstance(found, Adjustment)
    assert found.amount == amount


def test_goods_do_not_cost_less_than_nothing() -> None:
    with pytest.raises(Misconfigured, match=r"line 2, column UnitPrice: -1 is negative"):
        one(row("1", price="-1"))


def test_documents_come_in_the_order_of_their_first_row() -> None:
    later, now = row("1").at + MINUTE_MS, row("1").at
    rows = [
        row("3", at=later),
        row("2", at=now),
        row("C4", at=now, quantity=-1),
        row("1", at=now, quantity=-1),
        row("3", at=now - MINUTE_MS),
    ]
    assert [found.number for found in documents(rows)] == ["2", "C4", "1", "3"]
    assert [found.number for found in documents(rows, 3)] == ["2", "C4", "1"]


def test_the_sample_is_what_plain_csv_says() -> None:
    """The rules once more, in the plainest words, over the file that the project carries."""
    rows = _sample()
    numbers = list(dict.fromkeys(r["InvoiceNo"] for r in rows))
    sold = [r for r in rows if r["InvoiceNo"].isdigit() and int(r["Quantity"]) > 0]
    came_back = [r for r in rows if r["InvoiceNo"].startswith("C")]
    found = documents(read_rows([SAMPLE]))
    orders = orders_of(found)
    assert [each.number for each in orders] == list(dict.fromkeys(r["InvoiceNo"] for r in sold))
    assert len(found) == len(numbers) == 418
    assert len(orders) == 352
    assert sum(each.amount for each in orders) == _pence(sold)
    assert {each.number: each.amount for each in orders} == {
        number: _pence([r for r in sold if r["InvoiceNo"] == number])
        for number in dict.fromkeys(r["InvoiceNo"] for r in sold)
    }
    returns = [each for each in found if isinstance(each, Return)]
    assert len(returns) == 36
    assert sum(each.amount for each in returns) == _pence(came_back)
    assert sum(isinstance(each, NoLine) for each in found) == 30


def test_the_first_documents_of_the_sample_are_the_limit() -> None:
    in_time = sorted(
        {r["InvoiceNo"]: r["InvoiceDate"] for r in reversed(_sample())}.items(),
        key=lambda each: each[1],
    )
    limited = documents(read_rows([SAMPLE]), 50)
    assert [each.placed_at for each in limited] == sorted(each.placed_at for each in limited)
    assert {each.number for each in limited} <= {
        number for number, date in in_time if date <= in_time[49][1]
    }
    assert sum(isinstance(each, Order) for each in limited) > 40


def _sample() -> list[dict[str, str]]:
    with gzip.open(SAMPLE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _pence(rows: Sequence[dict[str, str]]) -> int:
    amounts = (abs(int(r["Quantity"])) * Decimal(r["UnitPrice"]) for r in rows)
    return int(sum(a.quantize(PENNY, ROUND_HALF_UP) for a in amounts) * 100)
