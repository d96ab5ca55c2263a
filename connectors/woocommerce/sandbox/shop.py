"""The shop's books and what happens in it: orders move stock, everything that is saved fires."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from connectors.woocommerce.sandbox.errors import RestError, invalid_id
from connectors.woocommerce.sandbox.meta import Meta, merged
from connectors.woocommerce.sandbox.orders import (
    RETURNS_STOCK,
    STATUSES,
    TAKES_STOCK,
    FeeLine,
    Note,
    Order,
    ProductLine,
    ShippingLine,
    totals,
)
from connectors.woocommerce.sandbox.products import Product, duplicate_sku
from connectors.woocommerce.sandbox.settings import SandboxSettings
from connectors.woocommerce.sandbox.webhooks import Subscriptions
from streams.core.clock import Clock


@dataclass
class Customer:
    """A registered customer; `fields` are REST's text fields, `billing` and `shipping`."""

    id: int
    created_ms: int
    fields: dict[str, Any]


@dataclass
class Shop:
    """All state of a sandbox. Single-threaded; no method waits."""

    settings: SandboxSettings
    clock: Clock
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    products: dict[int, Product] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    product_by_sku: dict[str, Product] = field(default_factory=dict)
    meta_ids: Iterator[int] = field(default_factory=lambda: count(1))
    item_ids: Iterator[int] = field(default_factory=lambda: count(1))
    note_ids: Iterator[int] = field(default_factory=lambda: count(1))
    webhook_ids: Iterator[int] = field(default_factory=lambda: count(1))
    _last_id: int = 10

    def clear(self) -> None:
        """A new, empty shop: no products, customers, orders nor webhooks. Ids go on."""
        self.subscriptions.clear()
        for books in (self.products, self.customers, self.orders, self.product_by_sku):
            books.clear()

    def next_id(self, given: int | None = None) -> int:
        """The id of a new order, product, customer or refund; a given one is kept."""
        self._last_id = max(self._last_id + 1, given or 0)
        return given or self._last_id

    # products

    def save_product(self, product: Product, fields: dict[str, Any]) -> Product:
        """Saves a product, new or known, with the named fields changed, and fires.

        Raises:
            RestError: 400, a wrong value or another product's SKU; nothing is changed.
        """
        sku = fields.get("sku") or product.sku
        owner = self.product_by_sku.get(sku)
        if owner is not None and owner.id != product.id:
            raise duplicate_sku(owner.id, sku)
        saved = product.changed(fields, self.clock.now_ms())
        saved.meta = merged(product.meta, fields.get("meta_data", ()), self.meta_ids)
        self.product_by_sku.pop(product.sku, None)
        if saved.sku:
            self.product_by_sku[saved.sku] = saved
        known = saved.id in self.products
        self.products[saved.id] = saved
        self.subscriptions.fire("product.updated" if known else "product.created", saved.id)
        return saved

    def new_product(self, given: int | None = None) -> Product:
        """A product that is not yet saved."""
        now = self.clock.now_ms()
        return Product(self.next_id(given), created_ms=now, modified_ms=now)

    def product(self, product_id: int, status: int = 404) -> Product:
        """A product, or the refusal with that HTTP status."""
        try:
            return self.products[product_id]
        except KeyError:
            raise invalid_id("product", status) from None

    # orders

    def new_order(
        self,
        goods: list[ProductLine],
        freight: list[ShippingLine],
        fees: list[FeeLine],
        created_via: str,
        given: int | None = None,
        created_ms: int | None = None,
    ) -> Order:
        """An order with its totals, not yet saved."""
        now = self.clock.now_ms()
        order_id = self.next_id(given)
        return Order(
            id=order_id,
            number=str(order_id),
            order_key=f"wc_order_{secrets.token_hex(7)[:13]}",
            currency=self.settings.currency,
            created_via=created_via,
            created_ms=now if created_ms is None else created_ms,
            modified_ms=now,
            line_items=goods,
            shipping_lines=freight,
            fee_lines=fees,
            tax_line_id=next(self.item_ids),
            totals=totals(self.settings.vat, goods, freight, fees),
        )

    def save_new(self, order: Order, status: str) -> None:
        """Puts an order into the books with its first status; fires created, then updated."""
        self.orders[order.id] = order
        self.enter(order, status)
        if order.status == "checkout-draft":
            self.subscriptions.fire("order.updated", order.id)
            return
        self.subscriptions.fire("order.created", order.id)
        self.subscriptions.fire("order.updated", order.id)

    def touch(self, order: Order) -> None:
        """An order was saved: it has a new date and fires."""
        order.modified_ms = self.clock.now_ms()
        self.subscriptions.fire("order.updated", order.id)

    def order(self, order_id: int, status: int = 404) -> Order:
        """An order, or the refusal with that HTTP status."""
        try:
            return self.orders[order_id]
        except KeyError:
            raise invalid_id("shop_order", status) from None

    def enter(self, order: Order, status: str) -> None:
        """Moves an order to a status, from any to any: note, dates and stock follow.

        A draft that becomes an order fires created.
        """
        if status == order.status:
            return
        change = f"from {STATUSES[order.status]} to {STATUSES[status]}"
        self.note(order, f"Order status changed {change}.")
        if order.status == "checkout-draft":
            self.subscriptions.fire("order.created", order.id)
        order.status = status
        order.date_status(self.clock.now_ms())
        if status in TAKES_STOCK:
            self._take_stock(order)
        elif status in RETURNS_STOCK:
            self._return_stock(order)

    def pay(self, order: Order) -> None:
        """Payment complete: pending, failed, on-hold and cancelled orders go to processing."""
        if order.status in ("pending", "failed", "on-hold", "cancelled"):
            self.enter(order, "processing")

    def note(self, order: Order, text: str, to_customer: bool = False) -> Note:
        """Adds a remark; it neither dates the order nor fires."""
        note = Note(next(self.note_ids), self.clock.now_ms(), text, to_customer)
        order.notes.append(note)
        return note

    def _take_stock(self, order: Order) -> None:
        for line in order.line_items:
            product = self.products.get(line.product_id)
            if product and product.manage_stock and line.reduced_stock is None:
                product.take(line.quantity)
                line.reduced_stock = Meta(next(self.meta_ids), "_reduced_stock", str(line.quantity))
                self.subscriptions.fire("product.updated", product.id)

    def _return_stock(self, order: Order) -> None:
        for line in order.line_items:
            product = self.products.get(line.product_id)
            if product and line.reduced_stock is not None:
                product.take(-line.quantity)
                line.reduced_stock = None
                self.subscriptions.fire("product.updated", product.id)

    # customers

    def save_customer(self, fields: dict[str, Any]) -> Customer:
        """Keeps a customer under the id that is given, or a new one, and fires."""
        known = self.customers.get(fields.get("id", 0))
        customer = Customer(
            self.next_id(fields.get("id")),
            known.created_ms if known else self.clock.now_ms(),
            {name: value for name, value in fields.items() if name != "id"},
        )
        self.customers[customer.id] = customer
        self.subscriptions.fire("customer.updated" if known else "customer.created", customer.id)
        return customer

    def customer(self, customer_id: int) -> Customer:
        """A customer, or 404."""
        try:
            return self.customers[customer_id]
        except KeyError:
            raise RestError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.") from None

    def known_customer(self, customer_id: int) -> int:
        """A customer's id or 0 for a guest.

        Raises:
            RestError: 400 `woocommerce_rest_invalid_customer_id`.
        """
        if customer_id and customer_id not in self.customers:
            raise RestError(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")
        return customer_id

    def price(self, product: Product) -> Decimal:
        """A product's gross price; an unset one is 0."""
        return Decimal(product.regular_price or 0)
