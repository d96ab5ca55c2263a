"""An order as the shop sandbox's checkout takes it. Pure."""

from typing import Any

from streams.core.clock import iso
from streams.core.money import to_major
from streams.demo.documents import CURRENCY, Line, Order
from streams.demo.people import Person

PAYMENT_TOKEN = "_tandem_payment_token"  # noqa: S105 - the name of the shop's field, not a token
"""Key of the shop's `meta_data` entry with the token that Tandem is to authorize."""


def checkout(order: Order, person: Person) -> dict[str, Any]:
    """The seed of `POST /_sandbox/orders`: gross amounts, the file's number, the payment's token.

    Freight and fees bear the file's code (`method_id`; a fee's name), by which M3's mapping finds
    the item that they are sold as. An order of 0.00 has no payment.
    """
    seed: dict[str, Any] = {
        "id": int(order.number),
        "customer_id": int(order.customer or 0),
        "billing": person.billing.model_dump(),
        "shipping": person.shipping.model_dump(exclude={"email"}),
        "date_created_gmt": iso(order.placed_at).removesuffix(".000Z"),
        "lines": [_goods(line) for line in order.of("goods")],
        "shipping_lines": [
            {"method_id": line.item, "method_title": line.name or line.item, "total": _total(line)}
            for line in order.of("freight")
        ],
        "fee_lines": [{"name": line.item, "total": _total(line)} for line in order.of("fee")],
    }
    if order.amount == 0:
        return seed
    return seed | {
        "payment_method": "globalpayments_gpapi",
        "payment_method_title": "Credit card",
        "meta_data": [{"key": PAYMENT_TOKEN, "value": person.card.token}],
    }


def _goods(line: Line) -> dict[str, Any]:
    return {
        "sku": line.item,
        "quantity": line.quantity,
        "unit_price": str(line.unit_price),
        "name": line.name,
    }


def _total(line: Line) -> str:
    return f"{to_major(line.amount, CURRENCY):f}"
