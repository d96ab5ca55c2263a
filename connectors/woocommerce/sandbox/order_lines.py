"""Lines of orders: made of REST's entries, edited, and calculated anew (facts: 2.1, 3.1)."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from connectors.woocommerce.sandbox.errors import RestError, invalid_param
from connectors.woocommerce.sandbox.meta import Meta, merged
from connectors.woocommerce.sandbox.orders import (
    TAKES_STOCK,
    FeeLine,
    Order,
    ProductLine,
    ShippingLine,
    totals,
)
from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.vat import Amount

Body = dict[str, Any]
Kind = TypeVar("Kind", ProductLine, ShippingLine, FeeLine)
NULL_REMOVES = ("product_id", "method_id", "method_title", "name", "code")


def sold(
    shop: Shop,
    product: Product,
    quantity: int,
    subtotal: Amount,
    total: Amount,
    name: str | None = None,
) -> ProductLine:
    """A line of a product or variation."""
    parent = shop.products.get(product.parent_id)
    line = ProductLine(
        id=next(shop.item_ids),
        product_id=product.id,
        sku=product.sku,
        name=name or shop.catalogue.name(product),
        quantity=quantity,
        subtotal=subtotal,
        total=total,
    )
    if parent is None:
        return line
    return replace(
        line,
        product_id=parent.id,
        variation_id=product.id,
        parent_name=parent.name,
        meta=[
            Meta(next(shop.meta_ids), str(each.get("name", "")).lower(), each.get("option", ""))
            for each in product.attributes
        ],
    )


def product_line(shop: Shop, entry: Body) -> ProductLine:
    """A new line; an unknown product is no error.

    Raises:
        RestError: 400, no product is named, or a value has the wrong type.
    """
    vat = shop.settings.vat
    if not any(entry.get(name) for name in ("product_id", "variation_id", "sku")):
        raise RestError(
            400,
            "woocommerce_rest_required_product_reference",
            "Product ID or SKU is required.",
        )
    product = _product(shop, entry)
    quantity = _quantity(entry, 1)
    price = shop.catalogue.price(product) if product else Decimal(0)
    subtotal = _net(shop, entry, "subtotal", vat.of_gross(price * quantity))
    total = _net(shop, entry, "total", subtotal)
    if product is None:
        name = str(entry.get("name") or "")
        line = ProductLine(next(shop.item_ids), 0, None, name, quantity, subtotal, total)
    else:
        line = sold(shop, product, quantity, subtotal, total, entry.get("name"))
    line.meta = merged(line.meta, entry.get("meta_data", ()), shop.meta_ids)
    return line


def shipping_line(shop: Shop, entry: Body) -> ShippingLine:
    """New freight.

    Raises:
        RestError: 400, it has no method.
    """
    if not entry.get("method_id"):
        raise RestError(
            400, "woocommerce_rest_invalid_shipping_item", "Shipping method ID is required."
        )
    return ShippingLine(
        next(shop.item_ids),
        str(entry["method_id"]),
        str(entry.get("method_title", "")),
        shop.settings.vat.of_net(_decimal(entry, "total")),
    )


def fee_line(shop: Shop, entry: Body) -> FeeLine:
    """A new fee.

    Raises:
        RestError: 400, it has no name.
    """
    if not entry.get("name"):
        raise RestError(400, "woocommerce_rest_invalid_fee_item", "Fee name is required.")
    return FeeLine(
        next(shop.item_ids),
        str(entry["name"]),
        shop.settings.vat.of_net(_decimal(entry, "total")),
    )


def edit_lines(shop: Shop, order: Order, body: Body) -> None:
    """Changes, adds and removes lines; taxes and totals are calculated anew with today's rate.

    An entry with `id` changes that line: what it names. A new quantity alone leaves the line's
    total as it was, as in a real shop. `quantity` 0 or a null name removes the line. Where the
    order's status takes stock, the stock follows.

    Raises:
        RestError: 400, a line is not the order's, or a value has the wrong type; nothing changed.
    """

    def change_goods(line: ProductLine, entry: Body) -> ProductLine:
        return _changed_goods(shop, line, entry)

    def change_freight(line: ShippingLine, entry: Body) -> ShippingLine:
        return replace(
            line,
            method_id=str(entry.get("method_id", line.method_id)),
            method_title=str(entry.get("method_title", line.method_title)),
            total=_net(shop, entry, "total", line.total),
        )

    def change_fee(line: FeeLine, entry: Body) -> FeeLine:
        name = str(entry.get("name", line.name))
        return replace(line, name=name, total=_net(shop, entry, "total", line.total))

    before = order.line_items
    goods = _edited(
        before, body.get("line_items"), change_goods, lambda entry: product_line(shop, entry)
    )
    freight = _edited(
        order.shipping_lines,
        body.get("shipping_lines"),
        change_freight,
        lambda entry: shipping_line(shop, entry),
    )
    fees = _edited(
        order.fee_lines, body.get("fee_lines"), change_fee, lambda entry: fee_line(shop, entry)
    )
    replace_lines(shop, order, goods, freight, fees)


def replace_lines(
    shop: Shop,
    order: Order,
    goods: list[ProductLine],
    freight: list[ShippingLine],
    fees: list[FeeLine],
) -> None:
    """Gives an order other lines: stock follows where its status takes stock, totals are anew."""
    vat = shop.settings.vat
    kept = {line.id for line in goods}
    for line in order.line_items:
        if line.id not in kept:
            shop.stock.adjust(line, 0)
    order.line_items = [
        replace(line, subtotal=vat.of_net(line.subtotal.net), total=vat.of_net(line.total.net))
        for line in goods
    ]
    order.shipping_lines = [replace(each, total=vat.of_net(each.total.net)) for each in freight]
    order.fee_lines = [replace(each, total=vat.of_net(each.total.net)) for each in fees]
    order.tax_percent = vat.percent
    order.totals = totals(vat, order.line_items, order.shipping_lines, order.fee_lines)
    if order.status in TAKES_STOCK:
        for line in order.line_items:
            shop.stock.adjust(line, line.quantity)


def _edited(
    lines: list[Kind],
    entries: list[Body] | None,
    change: Callable[[Kind, Body], Kind],
    make: Callable[[Body], Kind],
) -> list[Kind]:
    after = {line.id: line for line in lines}
    for entry in entries or ():
        line_id = entry.get("id")
        removes = entry.get("quantity") == 0 or any(
            entry.get(name, "") is None for name in NULL_REMOVES
        )
        if not line_id and not removes:
            made = make(entry)
            after[made.id] = made
        elif line_id and line_id not in after:
            raise RestError(
                400,
                "woocommerce_rest_invalid_item_id",
                "Order item ID provided is not associated with order.",
            )
        elif line_id and removes:
            del after[line_id]
        elif line_id:
            after[line_id] = change(after[line_id], entry)
    return list(after.values())


def _changed_goods(shop: Shop, line: ProductLine, entry: Body) -> ProductLine:
    product = _product(shop, entry)
    if product is not None and product.id != line.sold_id:
        other = sold(shop, product, line.quantity, line.subtotal, line.total)
        line = replace(
            other, id=line.id, reduced_stock=line.reduced_stock, restocked=line.restocked
        )
    return replace(
        line,
        name=str(entry.get("name") or line.name),
        quantity=_quantity(entry, line.quantity),
        subtotal=_net(shop, entry, "subtotal", line.subtotal),
        total=_net(shop, entry, "total", line.total),
        meta=merged(line.meta, entry.get("meta_data", ()), shop.meta_ids),
    )


def _product(shop: Shop, entry: Body) -> Product | None:
    if entry.get("sku"):
        return shop.product_by_sku.get(str(entry["sku"]))
    return shop.products.get(entry.get("variation_id") or entry.get("product_id") or 0)


def _quantity(entry: Body, default: int) -> int:
    quantity = entry.get("quantity", default)
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise invalid_param("line_items", "line_items[quantity] is not of type integer.")
    return quantity


def _net(shop: Shop, entry: Body, name: str, default: Amount) -> Amount:
    return shop.settings.vat.of_net(_decimal(entry, name)) if name in entry else default


def _decimal(entry: Body, name: str) -> Decimal:
    try:
        amount = Decimal(str(entry.get(name) or 0))
    except InvalidOperation:
        raise invalid_param(name, f"{name} is not a number.") from None
    if not amount.is_finite():
        raise invalid_param(name, f"{name} is not a number.")
    return amount
