"""Records as REST v3 and webhooks show them: field names, order and formats of 9.9.5 (facts: 2)."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.woocommerce.sandbox.meta import Meta
from connectors.woocommerce.sandbox.orders import (
    EDITABLE,
    FeeLine,
    Note,
    Order,
    ProductLine,
    ShippingLine,
)
from connectors.woocommerce.sandbox.settings import SandboxSettings
from connectors.woocommerce.sandbox.vat import SIX, Amount

View = dict[str, Any]
WRITABLE = ["GET", "POST", "PUT", "PATCH", "DELETE"]
RATE_ID = 1
NO_IMAGE = {"id": "", "src": ""}


class Views:
    """Renders a shop's records.

    Args:
        settings: the shop.
        decimals: digits of money (REST's `dp`); the currency's when None.
    """

    def __init__(self, settings: SandboxSettings, decimals: int | None = None) -> None:
        self._settings = settings
        self._vat = settings.vat
        self._unit = Decimal(1).scaleb(-(settings.decimals if decimals is None else decimals))

    def order(self, order: Order) -> View:
        """An order, as in answers and webhook bodies."""
        sums, taxed = order.totals, bool(order.tax_percent)
        return {
            "id": order.id,
            "parent_id": 0,
            "status": order.status,
            "currency": order.currency,
            "version": self._settings.version,
            "prices_include_tax": True,
            "date_created": self.local(order.created_ms),
            "date_modified": self.local(order.modified_ms),
            "discount_total": self.money(sums.discount_total),
            "discount_tax": self.money(sums.discount_tax),
            "shipping_total": self.money(sums.shipping_total),
            "shipping_tax": self.money(sums.shipping_tax),
            "cart_tax": self.money(sums.cart_tax),
            "total": self.money(sums.total),
            "total_tax": self.money(sums.total_tax),
            "customer_id": order.customer_id,
            "order_key": order.order_key,
            "billing": order.billing,
            "shipping": order.shipping,
            "payment_method": order.payment_method,
            "payment_method_title": order.payment_method_title,
            "transaction_id": order.transaction_id,
            "customer_ip_address": "",
            "customer_user_agent": "",
            "created_via": order.created_via,
            "customer_note": order.customer_note,
            "date_completed": self.local(order.completed_ms),
            "date_paid": self.local(order.paid_ms),
            "cart_hash": "",
            "number": order.number,
            "meta_data": metas(order.meta),
            "line_items": [self.product_line(line, taxed) for line in order.line_items],
            "tax_lines": self.tax_lines(
                order.tax_line_id, order.tax_percent, sums.cart_tax, sums.shipping_tax
            ),
            "shipping_lines": [self.shipping_line(line, taxed) for line in order.shipping_lines],
            "fee_lines": [self.fee_line(line, taxed) for line in order.fee_lines],
            "coupon_lines": [],
            "refunds": [
                {"id": r.id, "reason": r.reason, "total": self.money(-r.amount)}
                for r in order.refunds
            ],
            "payment_url": f"{self._settings.url}/checkout/order-pay/{order.id}/"
            f"?pay_for_order=true&key={order.order_key}",
            "is_editable": order.status in EDITABLE,
            "needs_payment": order.needs_payment,
            "needs_processing": bool(order.line_items),
            "date_created_gmt": gmt(order.created_ms),
            "date_modified_gmt": gmt(order.modified_ms),
            "date_completed_gmt": gmt(order.completed_ms),
            "date_paid_gmt": gmt(order.paid_ms),
            "currency_symbol": self._settings.currency_symbol,
            "_links": self._order_links(order.id),
        }

    def note(self, order_id: int, note: Note) -> View:
        """A remark on an order."""
        return {
            "id": note.id,
            "author": note.author,
            "date_created": self.local(note.created_ms),
            "date_created_gmt": gmt(note.created_ms),
            "note": note.note,
            "customer_note": note.customer_note,
            "_links": self.links(f"orders/{order_id}/notes", note.id, ["GET", "DELETE"])
            | {"up": [{"href": f"{self._settings.api}/orders/{order_id}"}]},
        }

    def links(self, collection: str, record: int, verbs: list[str]) -> View:
        """`_links` of a record of a collection, e.g. `orders`."""
        address = f"{self._settings.api}/{collection}"
        return {
            "self": [{"href": f"{address}/{record}", "targetHints": {"allow": verbs}}],
            "collection": [{"href": address}],
        }

    def money(self, amount: Decimal) -> str:
        """An amount as text."""
        return format(amount.quantize(self._unit, ROUND_HALF_UP), "f")

    def local(self, ms: int | None) -> str | None:
        """A moment in the shop's own time, without an offset."""
        if ms is None:
            return None
        moment = datetime.fromtimestamp(ms // 1000, self._settings.zone)
        return moment.replace(tzinfo=None).isoformat()

    def _order_links(self, order_id: int) -> View:
        action = f"{self._settings.api}/orders/{order_id}/actions/email_templates"
        return self.links("orders", order_id, WRITABLE) | {
            "email_templates": [{"embeddable": True, "href": action}]
        }

    def product_line(self, line: ProductLine, taxed: bool) -> View:
        """Goods; `taxed` says whether the order has a tax line."""
        return {
            "id": line.id,
            "name": line.name,
            "product_id": line.product_id,
            "variation_id": line.variation_id,
            "quantity": line.quantity,
            "tax_class": "",
            "subtotal": self.money(line.subtotal.net),
            "subtotal_tax": self.money(self._vat.tax(line.subtotal)),
            "total": self.money(line.total.net),
            "total_tax": self.money(self._vat.tax(line.total)),
            "taxes": _taxes(line.total, plain(line.subtotal.tax)) if taxed else [],
            "meta_data": [shown(entry) for entry in line.entries],
            "sku": line.sku,
            "price": _price(line.total.net, line.quantity),
            "image": NO_IMAGE,
            "parent_name": line.parent_name,
        }

    def shipping_line(self, line: ShippingLine, taxed: bool) -> View:
        """Freight."""
        return {
            "id": line.id,
            "method_title": line.method_title,
            "method_id": line.method_id,
            "instance_id": "0",
            "total": self.money(line.total.net),
            "total_tax": self.money(self._vat.tax(line.total)),
            "taxes": _taxes(line.total, "") if taxed else [],
            "tax_status": "taxable",
            "meta_data": [],
        }

    def fee_line(self, line: FeeLine, taxed: bool) -> View:
        """A charge or an allowance."""
        return {
            "id": line.id,
            "name": line.name,
            "tax_class": "",
            "tax_status": "taxable",
            "amount": plain(line.total.net),
            "total": self.money(line.total.net),
            "total_tax": self.money(self._vat.tax(line.total)),
            "taxes": _taxes(line.total, "") if taxed else [],
            "meta_data": [],
        }

    def tax_lines(
        self, line_id: int, percent: Decimal, tax: Decimal, shipping_tax: Decimal
    ) -> list[View]:
        """The one tax of an order, or of one of its refunds; none at 0 percent."""
        if not percent:
            return []
        return [
            {
                "id": line_id,
                "rate_code": f"{self._settings.country}-VAT-1",
                "rate_id": RATE_ID,
                "label": "VAT",
                "compound": False,
                "tax_total": self.money(tax),
                "shipping_tax_total": self.money(shipping_tax),
                "rate_percent": percent.normalize(),
                "meta_data": [],
            }
        ]


def gmt(ms: int | None) -> str | None:
    """A moment in UTC, to the second, without an offset."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms // 1000, UTC).replace(tzinfo=None).isoformat()


def metas(entries: list[Meta] | tuple[Meta, ...]) -> list[View]:
    """`meta_data` of a record."""
    return [{"id": entry.id, "key": entry.key, "value": entry.value} for entry in entries]


def plain(amount: Decimal) -> str:
    """An amount at the digits that it has: 1.666667, 2, 0.5."""
    return format(amount.normalize(), "f")


def _taxes(amount: Amount, subtotal: str) -> list[View]:
    return [{"id": RATE_ID, "total": plain(amount.tax), "subtotal": subtotal}]


def shown(entry: Meta) -> View:
    """A line's meta entry."""
    return {
        "id": entry.id,
        "key": entry.key,
        "value": entry.value,
        "display_key": entry.key,
        "display_value": entry.value,
    }


def _price(net: Decimal, quantity: int) -> Decimal:
    return (net / (quantity or 1)).quantize(SIX, ROUND_HALF_UP).normalize()
