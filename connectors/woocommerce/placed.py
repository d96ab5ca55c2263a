"""A shop's order as `order.placed`, or `order.cancelled`.

Python and not a mapping file, as it is arithmetic: WooCommerce shows a line's net and tax, each
rounded for itself, and keeps the price that the customer saw nowhere (facts: 2.1). Gross amounts
are net + tax, the unit price is found again from the line's amount, and what rounding took or gave
is carried, so that the lines always add up to the order's total.

An order's id is made of its content, so that an edit is another event, and an echo the same; and of
how often Tandem has known that content before, so that an edit that is undone is an event again.

Never copied: `order_key` and `payment_url` (they let a guest see the order), other plugins' meta
(it may hold usable tokens).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from connectors.woocommerce.fields import Fields
from streams.core.errors import Rejected
from streams.core.message import message_id
from streams.core.money import exponent, to_minor, unit_price
from streams.messages.order import OF_CONTENT, OrderCancelled, OrderPlaced
from streams.messages.parts import Address, Charge, Line

PAYMENT_TOKEN = "_tandem_payment_token"  # noqa: S105 - a name
"""Key of the order's meta entry with GP API's `PMT_` token."""

ATTEMPT = "_tandem_attempt"
"""Key of the meta entry that counts declined payments: what comes back after one is a new order."""

SEEN = "_tandem_seen"
"""Key of the meta entry with the contents of this order that Tandem has taken, newest first."""

CHARGE_CODE = "_tandem_code"
"""Key of a freight's or fee's meta entry that names its code, before `method_id` or name."""

ROUNDING = "ROUNDING"
_ADDRESS = tuple(Address.model_fields)
_CONTENT = {
    "total",
    "lines",
    "charges",
    "bill_to",
    "ship_to",
    "payment_method",
    "payment_token",
    "transaction_id",
    "customer_note",
}
"""What makes two orders of one number different: what is delivered and paid, to whom and how."""


def order_placed(
    body: Mapping[str, Any], *, shop: str, currency: str, received_at: int
) -> OrderPlaced:
    """Translates an order of REST v3.

    Args:
        body: the order; its numbers are exact (`Decimal`).
        shop: the shop's code; with the order's id it makes the key.
        currency: the shop's currency.
        received_at: ms UTC.

    Raises:
        Rejected: a field is missing or of no use, named; or the amounts do not add up.
    """
    order = Fields(body)
    order_id = str(order.integer("id"))
    check_currency(order, currency)
    lines = tuple(_line(line, currency) for line in order.each("line_items"))
    charges = tuple(charge for _, charge in charges_of(order, currency))
    if not lines and not charges:
        raise order.bad("line_items", "must hold at least one line, or freight, or a fee")
    total = to_minor(order.money("total"), currency)
    lines, charges = _rounded(order, total, lines, charges)
    bill_to = _address(order.inner("billing"))
    customer, token = order.integer("customer_id"), _token(order)
    key = f"{shop}-{order_id}"
    placed = OrderPlaced(
        id="",
        key=key,
        occurred_at=order.gmt("date_created_gmt"),
        received_at=received_at,
        source=f"shop/{shop}",
        correlation_id=key,
        shop=shop,
        order_id=order_id,
        order_number=order.text("number"),
        customer_id=str(customer) if customer else "",
        currency=currency,
        total=total,
        lines=lines,
        charges=charges,
        bill_to=bill_to,
        ship_to=_ship_to(order, bill_to),
        payment_method=order.optional("payment_method"),
        payment_token=token,
        # Of an order that Tandem charges, the transaction is Tandem's own writing.
        transaction_id="" if token else order.optional("transaction_id"),
        customer_note=order.optional("customer_note"),
        modified_at=order.gmt("date_modified_gmt"),
    )
    said = (OrderPlaced.type, shop, order_id, fingerprint(placed), order.meta(ATTEMPT))
    content = message_id(*said)[:OF_CONTENT]
    times = known_contents(order).count(content)
    return placed.model_copy(update={"id": content + message_id(content, times)[OF_CONTENT:]})


def known_contents(order: Fields) -> list[str]:
    """The contents of an order that Tandem has taken, by what it noted there, the newest first."""
    return order.meta(SEEN).split()


def fingerprint(order: OrderPlaced) -> str:
    """What an order says, as 32 hex digits; equal for equal contents, whenever they were told.

    Fields that are left empty do not count, so that one that later versions add changes nothing.
    """
    content = order.model_dump(include=_CONTENT, exclude_defaults=True)
    return message_id(json.dumps(content, sort_keys=True))


def order_cancelled(body: Mapping[str, Any], *, shop: str, received_at: int) -> OrderCancelled:
    """Translates an order of REST v3 that is cancelled; a later change of it is told again.

    An order that its customer pays after all can be cancelled once more.

    Raises:
        Rejected: a field is missing or of no use, named.
    """
    order = Fields(body)
    order_id = str(order.integer("id"))
    key = f"{shop}-{order_id}"
    modified_at = order.gmt("date_modified_gmt")
    return OrderCancelled(
        id=message_id(OrderCancelled.type, shop, order_id, modified_at),
        key=key,
        occurred_at=modified_at,
        received_at=received_at,
        source=f"shop/{shop}",
        correlation_id=key,
        shop=shop,
        order_id=order_id,
    )


def check_currency(order: Fields, currency: str) -> None:
    """Makes sure that an order is in the shop's currency.

    Raises:
        Rejected: it is not.
    """
    told = order.text("currency")
    try:
        exponent(told)
    except ValueError as error:
        raise Rejected(str(error), "currency") from None
    if told != currency:
        raise Rejected(
            f"the order is in {told}, the shop is set up for {currency}: correct the order, or set"
            " the shop's currency",
            "currency",
        )


def _line(line: Fields, currency: str) -> Line:
    quantity = line.integer("quantity")
    if quantity < 1:
        raise line.bad("quantity", "must be above zero")
    amount = gross(line, "total", currency)
    before = max(amount, gross(line, "subtotal", currency))
    price, pieces = unit_price(before, quantity, currency)
    return Line(
        line_id=str(line.integer("id")),
        item=line.text("sku"),
        name=line.optional("name"),
        quantity=quantity,
        unit_price=price,
        price_quantity=pieces,
        discount=before - amount,
        amount=amount,
    )


def charges_of(record: Fields, currency: str) -> Iterator[tuple[Fields, Charge]]:
    """Each line of freight and fees of an order or a refund, and the charge that it is.

    Raises:
        Rejected: a field is missing or of no use, named.
    """
    for line in record.each("shipping_lines"):
        name = line.optional("method_title")
        yield line, _charge("freight", line, line.optional("method_id"), name, currency)
    for line in record.each("fee_lines"):
        name = line.optional("name")
        yield line, _charge("fee", line, name, name, currency)


def _charge(
    kind: Literal["freight", "fee"], line: Fields, code: str, name: str, currency: str
) -> Charge:
    amount = gross(line, "total", currency)
    return Charge(kind=kind, code=line.meta(CHARGE_CODE) or code, name=name, amount=amount)


def gross(line: Fields, name: str, currency: str) -> int:
    """A line's net + tax of a name, e.g. `total`, in minor units.

    Raises:
        Rejected: one of them is missing or no amount, named.
    """
    return to_minor(line.money(name) + line.money(f"{name}_tax"), currency)


def _rounded(
    order: Fields, total: int, lines: tuple[Line, ...], charges: tuple[Charge, ...]
) -> tuple[tuple[Line, ...], tuple[Charge, ...]]:
    """Adds up to the total what is shown: at most a minor unit each is missing, or too much.

    What is missing is a charge. What is too much is taken off the dearest line, for an ERP may take
    no price below zero.
    """
    missing = total - sum(line.amount for line in lines) - sum(each.amount for each in charges)
    if abs(missing) > len(lines) + len(charges):
        raise order.bad("total", f"differs from the sum of the lines by {missing} minor units")
    dearest = max(lines, key=lambda line: line.amount, default=None)
    if not missing:
        return lines, charges
    if missing > 0 or dearest is None or dearest.amount + missing < 0:
        fee = Charge(kind="fee", code=ROUNDING, name="Rounding difference", amount=missing)
        return lines, (*charges, fee)
    less = {"discount": dearest.discount - missing, "amount": dearest.amount + missing}
    taken = dearest.model_copy(update=less)
    return tuple(taken if line is dearest else line for line in lines), charges


def _address(fields: Fields) -> Address:
    return Address(**{name: fields.optional(name) for name in _ADDRESS})


def _ship_to(order: Fields, bill_to: Address) -> Address:
    shipping = _address(order.inner("shipping"))
    given = shipping.address_1 or shipping.address_2 or shipping.city or shipping.postcode
    return shipping if given else bill_to


def _token(order: Fields) -> str:
    token = order.meta(PAYMENT_TOKEN)
    if token and not token.startswith("PMT_"):
        raise order.bad(f"meta_data.{PAYMENT_TOKEN}", "must be a token of GP API's (PMT_...)")
    return token
