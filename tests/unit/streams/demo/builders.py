"""Rows, orders and books by hand."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from streams.demo.documents import CURRENCY, Document, Order, documents
from streams.demo.files import Row
from streams.demo.sandboxes import Books
from streams.demo.settings import DemoSettings
from streams.flows.order.records import Invoice, Payment
from streams.flows.order.state import OrderState, Status
from streams.messages.order import OrderPlaced
from streams.messages.parts import Address

MINUTE_MS = 60_000
SAMPLE = DemoSettings().files[0]


def row(
    invoice: str, item: str = "85123A", quantity: int = 1, price: str = "1.00", **more: Any
) -> Row:
    fields: dict[str, Any] = {
        "name": "WHITE HANGING HEART",
        "at": 1_291_191_960_000,
        "customer": "17850",
        "country": "GB",
        "where": "orders.csv, line 2",
    }
    return Row(
        invoice=invoice, item=item, quantity=quantity, unit_price=Decimal(price), **(fields | more)
    )


def one(*rows: Row) -> Document:
    (document,) = documents(rows)
    return document


def order(*rows: Row) -> Order:
    document = one(*rows)
    assert isinstance(document, Order)
    return document


def state(key: str, status: Status, total: int = 0, **more: Any) -> OrderState:
    """An order that Tandem knows; from `shipped` on its money is captured and invoiced."""
    placed = OrderPlaced(
        id=key,
        key=key,
        occurred_at=0,
        received_at=0,
        source="shop/uk",
        correlation_id=key,
        shop="uk",
        order_id=key.partition("-")[2],
        order_number=key.partition("-")[2],
        currency=CURRENCY,
        total=total,
        lines=(),
        bill_to=Address(),
        ship_to=Address(),
    )
    invoice = Invoice(number="1", year=2010, customer_number="UK1", amount=total, currency=CURRENCY)
    ended = status is Status.CLOSED
    facts: dict[str, Any] = {
        "accepted_at": 1000,
        "ready_at": 1040,
        "payment": Payment(authorized=total, captured=total if ended else 0),
        "invoices": {"1": invoice} if ended else {},
    }
    return OrderState(key=key, status=status, placed=placed, **(facts | more))


def agreeing(orders: Iterable[Order]) -> Books:
    """Books in which every order is completed, invoiced, paid and captured."""
    by_key = {f"uk-{each.number}": each for each in orders}
    total = sum(each.amount for each in by_key.values())
    return Books(
        shop={
            "orders": {
                each.number: {
                    "total": each.amount,
                    "currency": CURRENCY,
                    "status": "completed",
                    "refunded": 0,
                }
                for each in by_key.values()
            },
            "counts": {"completed": len(by_key)},
        },
        m3={
            "orders": {
                key: {"CUOR": key, "ORNO": "1", "total": each.amount, "currency": CURRENCY}
                for key, each in by_key.items()
            },
            "duplicates": [],
            "credit_notes": [],
            "unconfirmed": [],
            "invoices": {
                key: {"gross": each.amount, "outstanding": 0, "currency": CURRENCY}
                for key, each in by_key.items()
            },
            "payments": [
                {"CUOR": key, "amount": each.amount} for key, each in by_key.items() if each.amount
            ],
            "counts": {"orders": len(by_key), "invoices": len(by_key)},
        },
        heartland={
            "orders": {
                key: {
                    "currency": CURRENCY,
                    "authorized": each.amount,
                    "captured": each.amount,
                    "refunded": 0,
                    "held": 0,
                }
                for key, each in by_key.items()
                if each.amount
            },
            "totals": {
                CURRENCY: {
                    "authorized": total,
                    "captured": total,
                    "refunded": 0,
                    "counts": {"captured": len(by_key)},
                }
            },
        },
        m3_calls=3,
    )
