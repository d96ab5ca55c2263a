"""Orders as a checkout places them: seeded with gross prices and their own numbers."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.gateway import mark_paid
from connectors.woocommerce.sandbox.meta import merged
from connectors.woocommerce.sandbox.order_lines import sold
from connectors.woocommerce.sandbox.orders import (
    BILLING,
    SHIPPING,
    STATUSES,
    TRANSACTION_ID_LENGTH,
    FeeLine,
    Order,
    ProductLine,
    ShippingLine,
)
from connectors.woocommerce.sandbox.shop import Shop
from streams.core.clock import to_ms
from streams.core.money import line_amount, to_major

PAYMENT_TOKEN = "_tandem_payment_token"  # noqa: S105
"""`meta_data` key of the payment token that Tandem is to authorize.

Ours, by analogy with the plugin's `_GP_multi_use_token` (facts: 5).
"""

DRAFT_MINUTES = 10
"""How long the block checkout's draft holds stock."""

Seed = dict[str, Any]


class Refused(RestError):
    """A seed that names what the shop does not have, or no number where one belongs: 400."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(status, "tandem_sandbox_refused", message)


@dataclass(frozen=True)
class Checkout:
    """Reads seeds into orders; `saved` puts one into the books."""

    shop: Shop

    def order(self, seed: Seed) -> Order:
        """The order that a seed describes, not yet saved.

        Args:
            seed: `lines` [{sku, quantity, unit_price, name?, discount?}], amounts gross, major
                units as text (`discount` is what is off the line);
                `shipping_lines` [{method_title, total}], `fee_lines` [{name, total}]; `id`,
                `number`, `customer_id`, `billing`,
                `shipping`, `date_created_gmt`, `meta_data`, `payment_method`,
                `payment_method_title`, `transaction_id`, `customer_note`, `status`; `payment`
                {transaction_id, action}, what the checkout has paid already (`mark_paid`).

        Raises:
            Refused: 400; an unknown SKU or status, a taken id, or an amount that is not a number.
            RestError: 400, an unknown customer.
        """
        given = seed.get("id")
        if given in self.shop.orders:
            raise Refused(f"order {given} exists")
        if seed.get("status", "pending") not in STATUSES:
            raise Refused(f"{seed['status']!r} is not an order status")
        self.shop.known_customer(seed.get("customer_id", 0))
        order = self.shop.new_order(
            [self._goods(line) for line in seed.get("lines", ())],
            [self._freight(line) for line in seed.get("shipping_lines", ())],
            [self._fee(line) for line in seed.get("fee_lines", ())],
            created_via="checkout",
            given=given,
            created_ms=_moment(seed.get("date_created_gmt")),
        )
        order = replace(
            order,
            number=str(seed.get("number") or order.id),
            customer_id=seed.get("customer_id", 0),
            customer_note=seed.get("customer_note", ""),
            billing=order.billing | _only(seed.get("billing", {}), BILLING),
            shipping=order.shipping | _only(seed.get("shipping", {}), SHIPPING),
            payment_method=seed.get("payment_method", ""),
            payment_method_title=seed.get("payment_method_title", ""),
            transaction_id=seed.get("transaction_id", "")[:TRANSACTION_ID_LENGTH],
            meta=merged([], seed.get("meta_data", ()), self.shop.meta_ids),
        )
        if "payment" in seed:
            mark_paid(self.shop, order, seed["payment"])
        return order

    def reserve(self, orders: list[tuple[Order, Seed]]) -> None:
        """Holds stock for the orders whose seed says `check_stock`, for all or for none.

        Raises:
            RestError: 409, the stock that is left does not do for one of them.
        """
        shop, held = self.shop, []
        minutes = shop.settings.hold_stock_minutes
        try:
            for order, seed in orders:
                if seed.get("check_stock"):
                    draft = seed.get("status") == "checkout-draft"
                    held.append(order)
                    shop.holds.hold(order, shop.clock.now_ms(), DRAFT_MINUTES if draft else minutes)
        except RestError:
            for order in held:
                shop.holds.release(order)
            raise

    def place(self, order: Order, seed: Seed) -> Order:
        """Saves an order with the status of its seed; paid ones are `processing` unless it says."""
        return self.saved(
            order, seed.get("status", "processing" if "payment" in seed else "pending")
        )

    def saved(self, order: Order, status: str) -> Order:
        """Saves and fires; an order of 0.00 needs no payment and goes straight to processing."""
        free = status == "pending" and order.totals.total == 0
        self.shop.save_new(order, "processing" if free else status)
        return order

    def _goods(self, line: Seed) -> ProductLine:
        settings = self.shop.settings
        product = self.shop.product_by_sku.get(line.get("sku", ""))
        if product is None:
            raise Refused(f"no product has the SKU {line.get('sku')!r}")
        quantity = line.get("quantity", 1)
        price = gross(line, "unit_price")
        cost = to_major(line_amount(quantity, price, settings.currency), settings.currency)
        return sold(
            self.shop,
            product,
            quantity,
            settings.vat.of_gross(cost),
            settings.vat.of_gross(cost - gross(line, "discount")),
            line.get("name"),
        )

    def _freight(self, line: Seed) -> ShippingLine:
        return ShippingLine(
            next(self.shop.item_ids),
            line.get("method_id", "flat_rate"),
            line.get("method_title", ""),
            self.shop.settings.vat.of_gross(gross(line, "total")),
        )

    def _fee(self, line: Seed) -> FeeLine:
        return FeeLine(
            next(self.shop.item_ids),
            line.get("name", ""),
            self.shop.settings.vat.of_gross(gross(line, "total")),
        )


def gross(line: Seed, name: str) -> Decimal:
    """An amount of a seed, gross, major units; 0 when left out.

    Raises:
        Refused: 400, it is not an amount.
    """
    try:
        amount = Decimal(str(line.get(name, "0")))
    except InvalidOperation:
        raise Refused(f"{name} {line[name]!r} is not an amount") from None
    if not amount.is_finite():
        raise Refused(f"{name} {line[name]!r} is not an amount")
    return amount


def _only(given: Seed, names: tuple[str, ...]) -> dict[str, str]:
    return {name: str(given[name]) for name in names if given.get(name) is not None}


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"date_created_gmt {text!r} is not an ISO 8601 date") from None
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
