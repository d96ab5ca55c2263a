"""The shop's books and what happens in it: orders move stock, everything that is saved fires."""

import secrets
import string
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves
from connectors.woocommerce.sandbox.catalogue import Catalogue
from connectors.woocommerce.sandbox.errors import RestError, invalid_id
from connectors.woocommerce.sandbox.holds import Holds
from connectors.woocommerce.sandbox.orders import (
    RETURNS_STOCK,
    STATUSES,
    TAKES_STOCK,
    TRASH,
    FeeLine,
    Note,
    Order,
    ProductLine,
    ShippingLine,
    totals,
)
from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.sandbox.settings import (
    SandboxSettings,
    facts,
    remembered,
    reopened,
)
from connectors.woocommerce.sandbox.stock import Stock
from connectors.woocommerce.sandbox.webhooks import Subscriptions
from streams.core.clock import Clock

KEY_CHARACTERS = string.ascii_letters + string.digits


@dataclass
class Customer:
    """A registered customer; `fields` are REST's text fields, `billing` and `shipping`."""

    id: int
    created_ms: int
    fields: dict[str, Any]


class Shop:
    """All state of a sandbox. Single-threaded; no method waits.

    Args:
        settings: what the shop is.
        clock: its time.
        shelves: where its books stand.
    """

    def __init__(self, settings: SandboxSettings, clock: Clock, shelves: Shelves = MEMORY) -> None:
        self.clock = clock
        self._remembered: dict[str, Any] = shelves.shelf("settings", Any)
        self.settings = remembered(settings, self._remembered)
        self.subscriptions = Subscriptions(shelves)
        self.products: dict[int, Product] = shelves.shelf("products", Product)
        self.customers: dict[int, Customer] = shelves.shelf("customers", Customer)
        self.orders: dict[int, Order] = shelves.shelf("orders", Order, key="id")
        self.unpaid: dict[int, Order] = shelves.shelf("unpaid", Order)
        self.product_by_sku = {each.sku: each for each in self.products.values() if each.sku}
        self.meta_ids, self.item_ids = Series(shelves, "meta"), Series(shelves, "items")
        self.note_ids, self.webhook_ids = Series(shelves, "notes"), Series(shelves, "webhooks")
        self._ids = Series(shelves, "records", first=11)
        self.catalogue = Catalogue(
            clock, self.subscriptions, self.products, self.product_by_sku, self.meta_ids
        )
        self.stock = Stock(self.products, self.subscriptions, self.meta_ids)
        self.holds = Holds(self.stock, shelves)
        for order in self.orders.values():
            order.relink()

    def reopen(self, changes: dict[str, Any]) -> None:
        """Changes what the shop is, as `settings.reopened` says."""
        self.settings = reopened(self.settings, changes)
        self._remembered.update(facts(self.settings))

    def clear(self) -> None:
        """A new, empty shop: no products, customers, orders nor webhooks. Ids go on."""
        self.subscriptions.clear()
        self.holds.clear()
        for books in (self.products, self.customers, self.orders, self.unpaid):
            books.clear()
        self.product_by_sku.clear()

    def next_id(self, given: int | None = None) -> int:
        """The id of a new order, product, customer or refund; a given one is kept."""
        number = next(self._ids)
        self._ids.reach(given or 0)
        return given or number

    def new_product(self, given: int | None = None, parent: Product | None = None) -> Product:
        """A product, or a variation of `parent`, that is not yet saved."""
        return self.catalogue.new(self.next_id(given), parent)

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
            order_key="wc_order_" + "".join(secrets.choice(KEY_CHARACTERS) for _ in range(13)),
            currency=self.settings.currency,
            created_via=created_via,
            created_ms=now if created_ms is None else created_ms,
            modified_ms=now,
            line_items=goods,
            shipping_lines=freight,
            fee_lines=fees,
            tax_line_id=next(self.item_ids),
            totals=totals(self.settings.vat, goods, freight, fees),
            tax_percent=self.settings.vat.percent,
        )

    def save_new(self, order: Order, status: str) -> None:
        """Puts an order into the books with its first status; fires created, then updated."""
        self.orders[order.id] = order
        self.unpaid[order.id] = order
        self.enter(order, status)
        if order.status == "checkout-draft":
            self.subscriptions.fire("order.updated", order.id)
            return
        self.subscriptions.fire("order.created", order.id)
        self.subscriptions.fire("order.updated", order.id)

    def touch(self, order: Order) -> None:
        """An order was saved: it has a new date and fires.

        Whoever changes an order calls this, or `enter`, before anything else can run.
        """
        order.modified_ms = self.clock.now_ms()
        order.revision += 1
        self.subscriptions.fire("order.updated", order.id)

    def order(self, order_id: int, status: int = 404) -> Order:
        """An order, or the refusal with that HTTP status."""
        try:
            return self.orders[order_id]
        except KeyError:
            raise invalid_id("shop_order", status) from None

    def enter(self, order: Order, status: str) -> None:
        """Moves an order to a status, from any to any: note, dates and stock follow.

        A draft that becomes an order fires updated and then created (facts: 4.3).
        """
        if status == order.status:
            return
        before = STATUSES.get(order.status, "Trash")
        self.note(order, f"Order status changed from {before} to {STATUSES[status]}.")
        if order.status == "checkout-draft":
            self.subscriptions.fire("order.updated", order.id)
            self.subscriptions.fire("order.created", order.id)
        order.status, order.trashed_from = status, None
        order.revision += 1
        order.date_status(self.clock.now_ms())
        self._wait_for_payment(order)
        if status in TAKES_STOCK:
            self.holds.release(order)
            self.stock.take(order)
        elif status in RETURNS_STOCK:
            self.stock.give_back(order)

    def _wait_for_payment(self, order: Order) -> None:
        if order.status == "pending":
            self.unpaid[order.id] = order
            return
        self.unpaid.pop(order.id, None)
        if order.status == "cancelled":
            self.holds.release(order)

    def pay(self, order: Order) -> None:
        """Payment complete: pending, failed, on-hold and cancelled orders go to processing."""
        if order.status in ("pending", "failed", "on-hold", "cancelled"):
            self.enter(order, "processing")

    def note(self, order: Order, text: str, to_customer: bool = False) -> Note:
        """Adds a remark; it neither dates the order nor fires."""
        note = Note(next(self.note_ids), self.clock.now_ms(), text, to_customer)
        order.notes.append(note)
        return note

    def trash(self, order: Order) -> None:
        """Moves an order to the trash; its stock and its holds stay as they are.

        Raises:
            RestError: 410, it is there already.
        """
        if order.status == TRASH:
            raise RestError(
                410,
                "woocommerce_rest_already_trashed",
                "The shop_order has already been deleted.",
            )
        order.trashed_from, order.status = order.status, TRASH
        order.modified_ms = self.clock.now_ms()
        order.revision += 1
        self.unpaid.pop(order.id, None)
        self.subscriptions.fire("order.deleted", order.id)

    def restore(self, order: Order) -> None:
        """Takes an order out of the trash, with the status that it had."""
        if order.status == TRASH:
            order.status, order.trashed_from = order.trashed_from or "pending", None
            self._wait_for_payment(order)
            self.subscriptions.fire("order.restored", order.id)
            self.touch(order)

    def delete(self, order: Order) -> None:
        """Deletes an order for good: no stock moves, nothing fires."""
        del self.orders[order.id]
        self.unpaid.pop(order.id, None)
        self.holds.release(order)

    def cancel_unpaid(self) -> list[Order]:
        """What the shop's cron does: cancels pending orders that waited too long for payment.

        Only orders of a checkout; one that was saved meanwhile waits anew. With
        `hold_stock_minutes` 0 all wait for ever.
        """
        if not self.settings.hold_stock_minutes:
            return []
        before = self.clock.now_ms() - self.settings.hold_stock_minutes * 60_000
        waiting = [
            order.id
            for order in self.unpaid.values()
            if order.modified_ms < before and order.created_via == "checkout"
        ]
        late = [self.orders[order_id] for order_id in waiting]
        for order in late:
            self.note(order, "Unpaid order cancelled - time limit reached.")
            self.enter(order, "cancelled")
            self.touch(order)
        return late

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

    def customer(self, customer_id: int, status: int = 404) -> Customer:
        """A customer, or the refusal with that HTTP status."""
        try:
            return self.customers[customer_id]
        except KeyError:
            raise RestError(status, "woocommerce_rest_invalid_id", "Invalid resource ID.") from None

    def known_customer(self, customer_id: int) -> int:
        """A customer's id or 0 for a guest.

        Raises:
            RestError: 400 `woocommerce_rest_invalid_customer_id`.
        """
        if customer_id and customer_id not in self.customers:
            raise RestError(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")
        return customer_id
