"""Refunds as records of the shop (facts: 3.2). No gateway is simulated, so no money moves here."""

from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.woocommerce.sandbox.errors import RestError, invalid_param
from connectors.woocommerce.sandbox.meta import merged
from connectors.woocommerce.sandbox.orders import Order, Refund, RefundLine
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.vat import Amount

Body = dict[str, Any]


def create_refund(shop: Shop, order: Order, body: Body) -> Refund:
    """Books a refund; goods listed with a quantity are restocked unless `api_restock` is false.

    Raises:
        RestError: 500, more than what remains, or `api_refund` is not false: the order's gateway
            would have to move the money and this shop has none.
    """
    lines = tuple(_line(shop, order, line) for line in body.get("line_items", ()))
    amount = _amount(body["amount"]) if body.get("amount") else _sum(lines)
    if not 0 <= amount <= order.refundable:
        raise _refused("Invalid refund amount.")
    if _moves_money(body):
        raise _refused("The payment gateway for this order does not exist.")
    refund = Refund(
        id=shop.next_id(),
        created_ms=shop.clock.now_ms(),
        amount=amount.quantize(shop.settings.vat.unit),
        reason=str(body.get("reason", "")),
        lines=lines,
        tax_line_id=next(shop.item_ids),
        meta=tuple(merged([], body.get("meta_data", ()), shop.meta_ids)),
    )
    order.refunds.append(refund)
    if body.get("api_restock", True):
        _restock(shop, refund)
    if order.refundable == 0:
        shop.enter(order, "refunded")
    shop.touch(order)
    return refund


def refund_rest(shop: Shop, order: Order) -> None:
    """What setting the status `refunded` does: a record of the rest, no money, no stock."""
    if order.refundable > 0:
        order.refunds.append(
            Refund(shop.next_id(), shop.clock.now_ms(), order.refundable, "Order fully refunded.")
        )


def _line(shop: Shop, order: Order, line: Body) -> RefundLine:
    item = next((item for item in order.line_items if item.id == line.get("id")), None)
    if item is None:
        raise RestError(
            400, "woocommerce_rest_invalid_item_id", "Order item ID provided is not associated."
        )
    tax = sum((_amount(t.get("refund_total", 0)) for t in line.get("refund_tax", ())), Decimal(0))
    return RefundLine(
        id=next(shop.item_ids),
        of=item,
        quantity=line.get("quantity", 0),
        total=Amount(_amount(line.get("refund_total", 0)), tax),
        meta_id=next(shop.meta_ids),
    )


def _sum(lines: tuple[RefundLine, ...]) -> Decimal:
    return sum((line.total.net + line.total.tax for line in lines), Decimal(0))


def _amount(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise invalid_param("amount", "amount is not a number.") from None


def _moves_money(body: Body) -> bool:
    value = body.get("api_refund", True)
    if value in (True, 1, "true", "1"):
        return True
    if value in (False, 0, "false", "0", None):
        return False
    raise invalid_param("api_refund", "api_refund is not of type boolean.")


def _restock(shop: Shop, refund: Refund) -> None:
    for line in refund.lines:
        product = shop.products.get(line.of.product_id)
        if product and line.quantity and line.of.reduced_stock:
            product.take(-line.quantity)
            shop.subscriptions.fire("product.updated", product.id)


def _refused(message: str) -> RestError:
    """Refund refusals carry a bare number, so that WordPress answers 500 (facts: 1.4)."""
    return RestError(500, "woocommerce_rest_cannot_create_order_refund", message)
