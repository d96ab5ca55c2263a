"""What a clerk at the shop's admin screen or a customer does to an order (facts: 2.2, 3.2, 3.4)."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.woocommerce.sandbox.checkout import PAYMENT_TOKEN, Refused, gross
from connectors.woocommerce.sandbox.gateway import mark_captured, mark_paid
from connectors.woocommerce.sandbox.meta import merged
from connectors.woocommerce.sandbox.order_lines import replace_lines, sold
from connectors.woocommerce.sandbox.orders import (
    EDITABLE,
    STATUSES,
    Line,
    Order,
    ProductLine,
    Refund,
    RefundLine,
)
from connectors.woocommerce.sandbox.refunds import book, refund_rest
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.vat import Amount

Seed = dict[str, Any]


def set_status(shop: Shop, order: Order, seed: Seed) -> None:
    """Moves an order to `status`, from any to any; `note` is added if given.

    Raises:
        RestError: 400, no such status.
    """
    status = seed.get("status")
    if status not in STATUSES:
        raise Refused(f"{status!r} is not an order status")
    if seed.get("note"):
        shop.note(order, str(seed["note"]))
    if status == "refunded" != order.status:
        refund_rest(shop, order)
    shop.enter(order, status)
    shop.touch(order)


def refund(shop: Shop, order: Order, seed: Seed) -> None:
    """Gives back lines or an amount, or all that is left.

    `refunded_payment` says that the clerk had the plugin move the money at GP API; the sandbox
    moves none, and notes the refund's `transaction_id` only on the order, as the plugin does.

    Args:
        shop: the shop.
        order: the order.
        seed: `lines` [{id, sku or place, quantity, amount}]: `place` counts goods, freight and
            fees from 0; a quantity left out is the whole line, an amount (gross, major units as
            text) its share; `amount` of all overrules their sum; `reason`, `restock` (true unless
            false), `refunded_payment`, `transaction_id`.

    Raises:
        RestError: 400, a line is not the order's or an amount is no number; 500, more than what
            remains.
    """
    lines = tuple(_returned(shop, order, each) for each in seed.get("lines", ()))
    if "amount" in seed:
        amount = gross(seed, "amount")
    elif lines:
        amount = sum((line.total.net + line.total.tax for line in lines), Decimal(0))
    else:
        amount = order.refundable
    given = Refund(
        id=shop.next_id(),
        created_ms=shop.clock.now_ms(),
        amount=amount.quantize(shop.settings.vat.unit, ROUND_HALF_UP),
        reason=str(seed.get("reason", "")),
        lines=lines,
        tax_line_id=next(shop.item_ids),
        refunded_payment=seed.get("refunded_payment") is True,
    )
    book(shop, order, given, restock=seed.get("restock", True) is not False)
    if seed.get("transaction_id"):
        text = f"Refunded {given.amount} {order.currency}. Transaction ID: {seed['transaction_id']}"
        shop.note(order, text)


def edit(shop: Shop, order: Order, seed: Seed) -> None:
    """Changes goods of an order: quantities, prices, new lines; taxes and totals are anew.

    Args:
        shop: the shop.
        order: pending or on hold: the screen shows no other order as editable.
        seed: `lines` [{id or sku, quantity, unit_price}], 0 removes a line; `unit_price` gross,
            the line's or else the product's unless given.

    Raises:
        RestError: 409, the order's status allows no editing; 400, the shop has no such product.
    """
    if order.status not in EDITABLE:
        raise Refused("This order is no longer editable.", status=409)
    goods = {line.id: line for line in order.line_items}
    for each in seed.get("lines", ()):
        line = _edited(shop, order, each)
        if line.quantity:
            goods[line.id] = line
        else:
            goods.pop(line.id, None)
    replace_lines(shop, order, list(goods.values()), order.shipping_lines, order.fee_lines)
    shop.touch(order)


def pay(shop: Shop, order: Order, seed: Seed) -> None:
    """The customer pays a waiting order: through the plugin, or with a token for Tandem.

    Args:
        shop: the shop.
        order: one that takes a payment.
        seed: as `gateway.mark_paid` reads it; or `token`, with which the order waits as `pending`
            again, as a checkout leaves it whose payment is to come.

    Raises:
        RestError: 400, the payment is not named; 409, the order's status takes no payment.
    """
    if order.status not in ("pending", "failed", "on-hold", "cancelled"):
        raise Refused(f"an order that is {order.status} takes no payment", status=409)
    if "token" in seed:
        entry = {"key": PAYMENT_TOKEN, "value": str(seed["token"])}
        order.meta = merged(order.meta, [entry], shop.meta_ids)
        shop.enter(order, "pending")
    else:
        mark_paid(shop, order, seed)
        shop.pay(order)
    shop.touch(order)


def capture(shop: Shop, order: Order, seed: Seed) -> None:
    """A clerk captures an authorization from the order's screen; `seed` is empty.

    Raises:
        RestError: 409, there is nothing to capture.
    """
    mark_captured(shop, order)
    shop.touch(order)


def trash(shop: Shop, order: Order, seed: Seed) -> None:
    """Moves an order to the trash; `seed` is empty."""
    shop.trash(order)


def restore(shop: Shop, order: Order, seed: Seed) -> None:
    """Takes an order out of the trash; `seed` is empty."""
    shop.restore(order)


def _named(lines: Iterable[Line], seed: Seed) -> Line | None:
    for line in lines:
        if line.id == seed.get("id") or (
            isinstance(line, ProductLine) and line.sku == seed.get("sku")
        ):
            return line
    return None


def _returned(shop: Shop, order: Order, seed: Seed) -> RefundLine:
    lines: tuple[Line, ...] = (*order.line_items, *order.shipping_lines, *order.fee_lines)
    if "place" in seed:
        line = lines[seed["place"]] if seed["place"] in range(len(lines)) else None
    else:
        line = _named(lines, seed)
    if line is None:
        asked = next((seed[name] for name in ("place", "id", "sku") if name in seed), None)
        raise Refused(f"the order has no line {asked!r}")
    quantity, total, vat = 0, line.total, shop.settings.vat
    if isinstance(line, ProductLine):
        quantity = seed.get("quantity", line.quantity)
        total = _share(line.total, quantity, line.quantity)
    if "amount" in seed:
        total = vat.of_gross(gross(seed, "amount"))
    rounded = Amount(vat.net(total), vat.tax(total))
    return RefundLine(next(shop.item_ids), line, quantity, rounded, next(shop.meta_ids))


def _edited(shop: Shop, order: Order, seed: Seed) -> ProductLine:
    line = _named(order.line_items, seed)
    product = shop.product_by_sku.get(seed.get("sku", ""))
    if isinstance(line, ProductLine):
        quantity = seed.get("quantity", line.quantity)
        subtotal = _share(line.subtotal, quantity, line.quantity)
        total = _share(line.total, quantity, line.quantity)
    elif product is not None:
        quantity = seed.get("quantity", 1)
        total = shop.settings.vat.of_gross(shop.catalogue.price(product) * quantity)
        subtotal, line = total, sold(shop, product, quantity, total, total)
    else:
        raise Refused(f"no line and no product has the SKU {seed.get('sku')!r}")
    if "unit_price" in seed:
        subtotal = total = shop.settings.vat.of_gross(gross(seed, "unit_price") * quantity)
    return replace(line, quantity=quantity, subtotal=subtotal, total=total)


def _share(amount: Amount, pieces: int, of: int) -> Amount:
    return Amount(amount.net * pieces / (of or 1), amount.tax * pieces / (of or 1))
