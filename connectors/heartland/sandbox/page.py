"""Heartland's books as a page: orders, batches, deposits, disputes, notifications."""

from collections.abc import Mapping
from typing import Any

from connectors.sandbox.own_tables import calls
from connectors.sandbox.page import Kind, Page, Table, table
from streams.core.money import show

Books = Mapping[str, Any]

_MONEY = ("authorized", "captured", "refunded", "reversed", "declined")
_SETTLED = ("deposited", "fees", "disputes", "to_come")


def page(books: Books, called: Mapping[str, int], notifications: Mapping[str, int]) -> Page:
    """The page of the books as `GET /_sandbox/books` answers them.

    Args:
        books: amounts in minor units; batches, deposits and disputes are shown if they are there.
        called: how often each route was called.
        notifications: how many were `delivered` and `given_up`.
    """
    told = table("Notifications", {"what": "state", "times": "number"}, notifications.items())
    tables = (_orders(books), *_settled(books), told, calls(called))
    return Page("Heartland", "A sandbox of Global Payments' GP API", _figures(books), tables)


def _figures(books: Books) -> tuple[tuple[str, str], ...]:
    figures = [("orders", f"{len(books['orders']):,}")]
    for currency, total in books["totals"].items():
        figures += [(name, show(total[name], currency)) for name in _MONEY]
    for currency, settled in books.get("settlement", {}).items():
        figures += [(name.replace("_", " "), show(settled[name], currency)) for name in _SETTLED]
    return tuple(figures)


def _orders(books: Books) -> Table:
    amounts: dict[str, Kind] = dict.fromkeys(_MONEY, "number")
    return table(
        "Orders",
        {"order.reference": "text", "status": "state", **amounts, "transactions": "code"},
        (
            (
                reference,
                order["status"],
                *(show(order[name], order["currency"]) for name in _MONEY),
                " ".join(order["transactions"]),
            )
            for reference, order in books["orders"].items()
        ),
    )


def _settled(books: Books) -> list[Table]:
    makers = {
        "batches": _batches,
        "deposits_to_come": _deposits_to_come,
        "deposits": _deposits,
        "disputes": _disputes,
    }
    return [make(books) for name, make in makers.items() if name in books]


def _batches(books: Books) -> Table:
    return table(
        "Batches",
        {
            "batch": "code",
            "status": "state",
            "transactions": "number",
            "net": "number",
            "deposit": "code",
        },
        (
            (id, each["status"], each["transactions"], _money(each, "net"), each["deposit"])
            for id, each in books["batches"].items()
        ),
    )


def _deposits_to_come(books: Books) -> Table:
    return table(
        "Deposits to come",
        {"batch": "code", "net": "number", "batch closes": "text", "deposit comes": "text"},
        (
            (each["batch"], _money(each, "net"), each["closes"], each["comes"])
            for each in books["deposits_to_come"]
        ),
    )


def _deposits(books: Books) -> Table:
    amounts = ("sales", "refunds", "fees", "chargebacks", "reversals", "amount")
    kinds: dict[str, Kind] = dict.fromkeys(amounts, "number")
    return table(
        "Deposits",
        {"deposit": "code", "status": "state", **kinds},
        (
            (id, each["status"], *(_money(each, name) for name in amounts))
            for id, each in books["deposits"].items()
        ),
    )


def _disputes(books: Books) -> Table:
    currency = next(iter(books["totals"]), "")
    return table(
        "Disputes",
        {
            "dispute": "code",
            "stage": "state",
            "status": "state",
            "result": "state",
            "amount": "number",
            "transaction": "code",
        },
        (
            (
                id,
                each["stage"],
                each["status"],
                each["result"],
                show(each["amount"], each.get("currency", currency)),
                each["transaction"],
            )
            for id, each in books["disputes"].items()
        ),
    )


def _money(entry: Mapping[str, Any], name: str) -> str:
    return show(entry[name], entry["currency"])
