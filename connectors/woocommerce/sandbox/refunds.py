"""Refunds as records of the shop (facts: 3.2). No gateway is simulated, so no money moves here."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.woocommerce.sandbox.errors import RestError, invalid_param
from connectors.woocommerce.sandbox.meta import merged
from connectors.woocommerce.sandbox.orders import Order, ProductLine, Refund, RefundLine
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.vat import Amount

Body = dict[str, Any]
FULLY_REFUNDED = (
    "Order status set to refunded. To return funds to the customer you will need to issue a refund "
    "through your payment gateway."
)


def create_refund(shop: Shop, order: Order, body: Body) -> Refund:
    """Books a REST refund; listed goods are restocked unless `api_restock` is false.

    Lines that the order does not have are ignored, but count in a sum that is left out, as in a
    real shop.

    Raises:
        RestError: 500, less than nothing, more than what remains, or `api_refund` is not false: the
            order's gateway would have to move the money and this shop has none.
    """
    entries = _entries(body.get("line_items") or ())
    amount = _sum(entries) if body.get("amount") is None else _amount(body["amount"])
    if amount < 0:
        raise RestError(
            500,
            "woocommerce_rest_invalid_order_refund",
            "Refund amount must be greater than zero.",
        )
    _check(order, amount)
    if _flag(body, "api_refund"):
        raise _refused("The payment gateway for this order does not exist.")
    refund = Refund(
        id=shop.next_id(),
        created_ms=shop.clock.now_ms(),
        amount=amount.quantize(shop.settings.vat.unit),
        reason=str(body.get("reason") or ""),
        lines=tuple(_lines(shop, order, entries)),
        tax_line_id=next(shop.item_ids),
        meta=tuple(merged([], body.get("meta_data", ()), shop.meta_ids)),
    )
    book(shop, order, refund, restock=_flag(body, "api_restock"))
    return refund


def book(shop: Shop, order: Order, refund: Refund, *, restock: bool) -> None:
    """Puts a refund into the books: stock, the status when all is given back, a webhook.

    Raises:
        RestError: 500, more than what remains.
    """
    _check(order, refund.amount)
    order.refunds.append(refund)
    for line in refund.lines if restock else ():
        if isinstance(line.of, ProductLine):
            shop.stock.restock(line.of, line.quantity)
    if order.fully_refunded:
        shop.enter(order, "refunded")
    shop.touch(order)


def refund_rest(shop: Shop, order: Order) -> None:
    """What setting the status `refunded` does: a record of the rest, no money, no stock."""
    if order.refundable > 0:
        order.refunds.append(
            Refund(shop.next_id(), shop.clock.now_ms(), order.refundable, "Order fully refunded.")
        )
        shop.note(order, FULLY_REFUNDED)


def delete_refund(order: Order, refund_id: int) -> Refund:
    """Forgets a refund for good: no money, no stock, no status moves and nothing fires.

    Raises:
        RestError: 404, the order has no such refund.
    """
    refund = refund_of(order, refund_id)
    order.refunds.remove(refund)
    order.revision += 1
    return refund


def refund_of(order: Order, refund_id: int) -> Refund:
    """A refund of the order, or 404."""
    for refund in order.refunds:
        if refund.id == refund_id:
            return refund
    raise RestError(404, "woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID.")


def _entries(lines: Any) -> dict[str, Body]:
    """The lines by their id: REST's list, or the older object keyed by line id."""
    if isinstance(lines, dict) and all(isinstance(entry, dict) for entry in lines.values()):
        return {str(line_id): dict(entry) for line_id, entry in lines.items()}
    if not isinstance(lines, Iterable) or not all(isinstance(entry, dict) for entry in lines):
        raise invalid_param("line_items", "line_items is not of type array.")
    return {str(entry.get("id")): entry for entry in lines}


def _lines(shop: Shop, order: Order, entries: dict[str, Body]) -> Iterable[RefundLine]:
    for line_id, entry in entries.items():
        line = order.line(int(line_id)) if line_id.isdecimal() else None
        quantity = entry.get("quantity", entry.get("qty")) or 0
        given = Amount(_amount(entry.get("refund_total") or 0), _tax(entry))
        if not isinstance(quantity, int):
            raise invalid_param("line_items", "line_items[quantity] is not of type integer.")
        if line is not None and (quantity or given.net or given.tax):
            yield RefundLine(next(shop.item_ids), line, quantity, given, next(shop.meta_ids))


def _tax(entry: Body) -> Decimal:
    taxes = entry.get("refund_tax") or ()
    if isinstance(taxes, dict):
        return sum((_amount(each) for each in taxes.values()), Decimal(0))
    return sum((_amount(each.get("refund_total") or 0) for each in taxes), Decimal(0))


def _sum(entries: dict[str, Body]) -> Decimal:
    zero = Decimal(0)
    return sum((_amount(e.get("refund_total") or 0) + _tax(e) for e in entries.values()), zero)


def _check(order: Order, amount: Decimal) -> None:
    if not 0 <= amount <= order.refundable:
        raise _refused("Invalid refund amount.")


def _amount(value: Any) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise invalid_param("amount", "amount is not a number.") from None
    if not amount.is_finite():
        raise invalid_param("amount", "amount is not a number.")
    return amount


def _flag(body: Body, name: str) -> bool:
    value = body.get(name, True)
    if value in (True, 1, "true", "1"):
        return True
    if value in (False, 0, "false", "0", None):
        return False
    raise invalid_param(name, f"{name} is not of type boolean.")


def _refused(message: str) -> RestError:
    """Refund refusals carry a bare number, so that WordPress answers 500 (facts: 1.4)."""
    return RestError(500, "woocommerce_rest_cannot_create_order_refund", message)
