"""Orders by REST: what a create or an update may say, and what it does (facts: 1.3, 1.4, 3.1)."""

from collections.abc import Iterable
from typing import Any

from connectors.woocommerce.sandbox.errors import RestError, invalid_param
from connectors.woocommerce.sandbox.meta import merged
from connectors.woocommerce.sandbox.order_lines import (
    edit_lines,
    fee_line,
    product_line,
    shipping_line,
)
from connectors.woocommerce.sandbox.orders import (
    BILLING,
    SHIPPING,
    STATUSES,
    TRANSACTION_ID_LENGTH,
    Order,
)
from connectors.woocommerce.sandbox.refunds import refund_rest
from connectors.woocommerce.sandbox.shop import Shop

Body = dict[str, Any]
LINES = ("line_items", "shipping_lines", "fee_lines", "coupon_lines")
RECALCULATES = ("billing", "shipping", *LINES)
"""Naming any of these calculates taxes and totals anew, with today's rate."""
TEXTS = ("payment_method", "payment_method_title", "transaction_id", "customer_note")


def create_order(shop: Shop, body: Body) -> Order:
    """Makes an order of a REST body and saves it; stock is not checked, as in a real shop.

    Raises:
        RestError: 400, the content is refused. After a refused coupon the order stays behind as
            `pending` and fires, as in a real shop.
    """
    if body.get("id"):
        raise RestError(400, "woocommerce_rest_shop_order_exists", "Cannot create existing order.")
    status = _status(body) or "pending"
    _check(shop, body)
    order = shop.new_order(
        [product_line(shop, line) for line in body.get("line_items", ())],
        [shipping_line(shop, line) for line in body.get("shipping_lines", ())],
        [fee_line(shop, line) for line in body.get("fee_lines", ())],
        created_via="rest-api",
    )
    _apply(shop, order, body)
    if body.get("coupon_lines"):
        shop.save_new(order, "pending")
        raise _no_coupon(body)
    shop.save_new(order, "processing" if body.get("set_paid") is True else status)
    return order


def update_order(shop: Shop, order: Order, body: Body) -> None:
    """Changes what the body names; the status last, from any to any.

    Raises:
        RestError: 400, the content is refused. Nothing is changed.
    """
    status = _status(body)
    _check(shop, body)
    if body.get("coupon_lines"):
        raise _no_coupon(body)
    if any(body.get(name) is not None for name in RECALCULATES):
        edit_lines(shop, order, body)
    _apply(shop, order, body)
    if body.get("set_paid") is True and order.needs_payment:
        shop.pay(order)
    if status == "refunded" != order.status:
        refund_rest(shop, order)
    if status:
        shop.enter(order, status)
    shop.touch(order)


def _no_coupon(body: Body) -> RestError:
    code = body["coupon_lines"][0].get("code", "")
    return RestError(400, "woocommerce_rest_invalid_coupon", f'Coupon "{code}" does not exist!')


def _status(body: Body) -> str | None:
    status = body.get("status")
    if status is not None and status not in STATUSES:
        why = f"status is not one of {', '.join(STATUSES)}."
        raise invalid_param("status", why, "rest_not_in_enum")
    return status


def _check(shop: Shop, body: Body) -> None:
    for name in TEXTS:
        if not isinstance(body.get(name, ""), str):
            raise invalid_param(name, f"{name} is not of type string.")
    for name in ("billing", "shipping"):
        if not isinstance(body.get(name, {}), dict):
            raise invalid_param(name, f"{name} is not of type object.")
    for name in (*LINES, "meta_data"):
        entries = body.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise invalid_param(name, f"{name} is not of type array.")
    if not isinstance(body.get("customer_id", 0), int):
        raise invalid_param("customer_id", "customer_id is not of type integer.")
    shop.known_customer(body.get("customer_id", 0))


def _apply(shop: Shop, order: Order, body: Body) -> None:
    for name in TEXTS:
        if name in body:
            setattr(order, name, body[name])
    order.transaction_id = order.transaction_id[:TRANSACTION_ID_LENGTH]
    order.customer_id = body.get("customer_id", order.customer_id)
    order.billing = _address(order.billing, BILLING, body.get("billing", {}))
    order.shipping = _address(order.shipping, SHIPPING, body.get("shipping", {}))
    order.meta = merged(order.meta, body.get("meta_data", ()), shop.meta_ids)


def _address(present: dict[str, str], names: Iterable[str], given: Body) -> dict[str, str]:
    return present | {name: str(given[name]) for name in names if given.get(name) is not None}
