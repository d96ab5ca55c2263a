"""An order as the shop's checkout takes it."""

from streams.demo.checkout import PAYMENT_TOKEN, checkout
from streams.demo.people import People
from tests.unit.streams.demo.builders import order, row


def test_goods_freight_and_fees_keep_their_codes_and_amounts() -> None:
    placed = order(
        row("536370", quantity=24, price="3.75"),
        row("536370", "POST", quantity=3, price="18.0", name="POSTAGE"),
        row("536370", "M", quantity=2, price="0.85", name="Manual"),
    )
    person = People(1).of(placed)
    seed = checkout(placed, person)
    assert (seed["id"], seed["customer_id"]) == (536370, 17850)
    assert seed["date_created_gmt"] == "2010-12-01T08:26:00"
    assert seed["lines"] == [
        {"sku": "85123A", "quantity": 24, "unit_price": "3.75", "name": "WHITE HANGING HEART"}
    ]
    assert seed["shipping_lines"] == [
        {"method_id": "POST", "method_title": "POSTAGE", "total": "54.00"}
    ]
    assert seed["fee_lines"] == [{"name": "M", "total": "1.70"}]
    assert seed["meta_data"] == [{"key": PAYMENT_TOKEN, "value": person.card.token}]


def test_an_order_of_nothing_is_not_paid() -> None:
    free = order(row("1", price="0.0", customer=""))
    seed = checkout(free, People(1).of(free))
    assert "meta_data" not in seed
    assert "payment_method" not in seed
    assert seed["customer_id"] == 0
