"""Refunds as REST v3 shows them: what was given back is negative (facts: 3.2)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from connectors.woocommerce.sandbox.meta import Meta
from connectors.woocommerce.sandbox.orders import (
    FeeLine,
    Order,
    ProductLine,
    Refund,
    RefundLine,
    ShippingLine,
)
from connectors.woocommerce.sandbox.settings import SandboxSettings
from connectors.woocommerce.sandbox.vat import Amount
from connectors.woocommerce.sandbox.views import Views, gmt, metas, shown

View = dict[str, Any]


class RefundViews:
    """Renders a shop's refunds.

    Args:
        settings: the shop.
        decimals: digits of money (REST's `dp`); the currency's when None.
    """

    def __init__(self, settings: SandboxSettings, decimals: int | None = None) -> None:
        self._settings = settings
        self._views = Views(settings, decimals)

    def refund(self, order: Order, refund: Refund) -> View:
        """A refund as a member of its order's list."""
        freight = _tax(refund, ShippingLine)
        goods = _tax(refund, ProductLine) + _tax(refund, FeeLine)
        return {
            "id": refund.id,
            "date_created": self._views.local(refund.created_ms),
            "date_created_gmt": gmt(refund.created_ms),
            "amount": self._views.money(refund.amount),
            "reason": refund.reason,
            "refunded_by": 1,
            "refunded_payment": refund.refunded_payment,
            "meta_data": metas(refund.meta),
            "line_items": self._lines(order, refund, ProductLine),
            "shipping_lines": self._lines(order, refund, ShippingLine),
            "tax_lines": self._views.tax_lines(
                refund.tax_line_id, order.tax_percent, -goods, -freight
            )
            if goods or freight
            else [],
            "fee_lines": self._lines(order, refund, FeeLine),
            "_links": self._views.links(f"orders/{order.id}/refunds", refund.id, ["GET", "DELETE"])
            | {"up": [{"href": f"{self._settings.api}/orders/{order.id}"}]},
        }

    def listed(self, order: Order, refund: Refund) -> View:
        """A refund as `GET /refunds` lists those of all orders: it names its order."""
        view = self.refund(order, refund)
        return {"id": view.pop("id"), "parent_id": order.id, **view}

    def _lines(self, order: Order, refund: Refund, kind: type) -> list[View]:
        taxed = bool(order.tax_percent)
        lines = [line for line in refund.lines if isinstance(line.of, kind)]
        return [self._line(line, taxed) for line in lines]

    def _line(self, line: RefundLine, taxed: bool) -> View:
        view = self._given_back(line, Amount(-line.total.net, -line.total.tax), taxed)
        mark = Meta(line.meta_id, "_refunded_item_id", str(line.of.id))
        return view | {"meta_data": [shown(mark)]}

    def _given_back(self, line: RefundLine, back: Amount, taxed: bool) -> View:
        given = line.of
        if isinstance(given, ShippingLine):
            return self._views.shipping_line(replace(given, id=line.id, total=back), taxed)
        if isinstance(given, FeeLine):
            return self._views.fee_line(replace(given, id=line.id, total=back), taxed)
        goods = replace(given, id=line.id, quantity=-line.quantity, subtotal=back, total=back)
        return self._views.product_line(goods, taxed)


def _tax(refund: Refund, kind: type) -> Decimal:
    return sum((line.total.tax for line in refund.lines if isinstance(line.of, kind)), Decimal(0))
