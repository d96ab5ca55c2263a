"""The shop's books as a page: orders, stock, webhooks."""

from collections.abc import Mapping
from typing import Any

from connectors.sandbox.own_tables import calls
from connectors.sandbox.page import Page, Table, table
from streams.core.money import show

Books = Mapping[str, Any]


def page(name: str, books: Books, called: Mapping[str, int]) -> Page:
    """The page of the books as `GET /_sandbox/books` answers them, amounts in minor units."""
    currency = books["currency"]
    refunded = sum(order["refunded"] for order in books["orders"].values())
    figures = [
        ("orders", f"{len(books['orders']):,}"),
        ("ordered", show(books["total"], currency)),
        ("refunded", show(refunded, currency)),
    ]
    figures += [(status, show(minor, currency)) for status, minor in books["totals"].items()]
    tables = (_orders(books), _stock(books), _webhooks(books), calls(called))
    return Page(name, "A sandbox of a WooCommerce shop", tuple(figures), tables)


def _orders(books: Books) -> Table:
    return table(
        "Orders",
        {
            "number": "text",
            "status": "state",
            "total": "number",
            "refunded": "number",
            "transaction": "code",
            "latest note": "text",
        },
        (
            (
                order["number"],
                order["status"],
                show(order["total"], order["currency"]),
                show(order["refunded"], order["currency"]),
                order["transaction_id"],
                next(reversed(order["notes"]), ""),
            )
            for order in books["orders"].values()
        ),
    )


def _stock(books: Books) -> Table:
    reserved = books.get("reserved", {})
    return table(
        "Stock",
        {"SKU": "text", "stock_quantity": "number", "reserved": "number"},
        ((sku, quantity, reserved.get(sku, 0)) for sku, quantity in books["stock"].items()),
    )


def _webhooks(books: Books) -> Table:
    return table(
        "Webhooks",
        {
            "id": "text",
            "topic": "code",
            "status": "state",
            "delivered": "number",
            "failures in a row": "number",
        },
        (
            (hook["id"], hook["topic"], hook["status"], hook["delivered"], hook["failures"])
            for hook in books["webhooks"]
        ),
    )
