"""What the sandboxes must hold before the orders come: items, customers, tokens. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from streams.demo.documents import Line, Order
from streams.demo.people import People

Rows = list[dict[str, Any]]

CHARGE_ITEMS = {
    "POST": "Postage",
    "DOT": "Dotcom postage",
    "C2": "Carriage",
    "M": "Manual",
    "BANKCHARGES": "Bank charges",
    "AMAZONFEE": "Amazon fee",
    "GIFT": "Gift voucher",
    "FREIGHT": "Freight",
    "FEE": "Fee",
}
"""M3's items, without stock, that freight and fees are sold as (M3's mappings name them)."""

SPARE = 100
"""Pieces of each item that are left when all orders are delivered."""


def m3_items(orders: Sequence[Order]) -> Rows:
    """M3's items: `{ITNO, ITDS, price, STQT}`; those of charges without STQT."""
    goods = [
        {"ITNO": item, "ITDS": name, "price": str(price), "STQT": str(pieces + SPARE)}
        for item, name, price, pieces in _goods(orders)
    ]
    return goods + [{"ITNO": code, "ITDS": name} for code, name in CHARGE_ITEMS.items()]


def shop_products(orders: Sequence[Order]) -> Rows:
    """The shop's products: `{sku, name, regular_price, stock_quantity}`, stocked as in M3."""
    return [
        {"sku": item, "name": name, "regular_price": str(price), "stock_quantity": pieces + SPARE}
        for item, name, price, pieces in _goods(orders)
    ]


def shop_customers(orders: Iterable[Order], people: People) -> Rows:
    """The shop's customers under the file's own numbers, as of their first order."""
    rows: dict[str, dict[str, Any]] = {}
    for order in orders:
        if order.customer and order.customer not in rows:
            person = people.of(order)
            rows[order.customer] = {
                "id": int(order.customer),
                "email": person.billing.email,
                "first_name": person.billing.first_name,
                "last_name": person.billing.last_name,
                "billing": person.billing.model_dump(),
                "shipping": person.shipping.model_dump(exclude={"email"}),
            }
    return list(rows.values())


def payment_methods(orders: Iterable[Order], people: People) -> Rows:
    """Heartland's stored cards: `{id, brand, last4}`; all of them are approved."""
    cards = {person.card.token: person.card for person in map(people.of, orders)}
    return [{"id": c.token, "brand": c.brand, "last4": c.last4} for c in cards.values()]


def _goods(orders: Sequence[Order]) -> list[tuple[str, str, Decimal, int]]:
    """Item, name, price and pieces of all goods; name and price of the first row that has both."""
    pieces: Counter[str] = Counter()
    sold: dict[str, Line] = {}
    for order in orders:
        for line in order.of("goods"):
            pieces[line.item] += line.quantity
            best = sold.get(line.item)
            if best is None or _telling(line) > _telling(best):
                sold[line.item] = line
    return [
        (item, sold[item].name or item, sold[item].unit_price, count)
        for item, count in pieces.items()
    ]


def _telling(line: Line) -> tuple[bool, bool]:
    return line.unit_price > 0, bool(line.name)
