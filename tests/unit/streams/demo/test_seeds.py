"""What the sandboxes are given before the orders."""

import json
from pathlib import Path

from ruamel.yaml import YAML

import connectors.m3
from streams.demo.documents import documents, orders_of
from streams.demo.files import read_rows
from streams.demo.people import People
from streams.demo.sandboxes import chunks
from streams.demo.seeds import (
    CHARGE_ITEMS,
    m3_items,
    payment_methods,
    shop_customers,
    shop_products,
)
from tests.unit.streams.demo.builders import SAMPLE, order, row


def test_there_is_stock_for_every_order_and_the_same_in_shop_and_m3() -> None:
    orders = orders_of(documents(read_rows([SAMPLE])))
    ordered: dict[str, int] = {}
    for each in orders:
        for line in each.of("goods"):
            ordered[line.item] = ordered.get(line.item, 0) + line.quantity
    m3 = {item["ITNO"]: item for item in m3_items(orders)}
    shop = {product["sku"]: product for product in shop_products(orders)}
    assert shop.keys() == ordered.keys() == m3.keys() - CHARGE_ITEMS.keys()
    assert all(int(m3[item]["STQT"]) > pieces for item, pieces in ordered.items())
    assert all(int(m3[item]["STQT"]) == p["stock_quantity"] for item, p in shop.items())


def test_charges_are_items_without_stock() -> None:
    items = m3_items([order(row("1", "POST", price="18.00"))])
    assert {item["ITNO"] for item in items} == set(CHARGE_ITEMS)
    assert not any("STQT" in item for item in items)


def test_every_item_that_m3s_mapping_sells_charges_as_is_seeded() -> None:
    tables = Path(connectors.m3.__file__).parent / "mappings" / "tables.yaml"
    charge_item = YAML(typ="safe").load(tables)["tables"]["charge_item"]
    assert set(charge_item.values()) <= set(CHARGE_ITEMS)


def test_an_item_has_the_name_and_price_it_was_sold_with() -> None:
    free = row("1", price="0.0", name="")
    (product,) = shop_products([order(free, row("1", price="2.55"), row("1", price="9.99"))])
    assert (product["name"], product["regular_price"]) == ("WHITE HANGING HEART", "2.55")


def test_customers_keep_their_numbers_and_guests_are_none() -> None:
    orders = [order(row("1")), order(row("2")), order(row("3", customer=""))]
    people = People(1)
    assert [customer["id"] for customer in shop_customers(orders, people)] == [17850]
    tokens = {method["id"] for method in payment_methods(orders, people)}
    assert tokens == {people.of(each).card.token for each in orders}
    assert len(tokens) == 2


def test_rows_are_sent_in_pieces_that_are_small_enough() -> None:
    rows = [{"sku": f"{number:05}"} for number in range(1000)] + [{"sku": "x" * 2000}]
    bodies = list(chunks(rows, 1000))
    assert [row for body in bodies for row in json.loads(body)] == rows
    assert all(len(body) <= 1000 for body in bodies[:-1])
