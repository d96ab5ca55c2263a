"""The shop's books, to compare with what others say; amounts in minor units."""

from collections import Counter
from typing import Any

from connectors.woocommerce.sandbox.orders import Order
from connectors.woocommerce.sandbox.shop import Shop
from streams.core.money import exact_minor


def books(shop: Shop) -> dict[str, Any]:
    """Orders with their money, sums by status, stock and held stock by SKU, webhooks."""
    orders, now = shop.orders.values(), shop.clock.now_ms()
    waiting = shop.subscriptions.pending()
    money: Counter[str] = Counter()
    for order in orders:
        money[order.status] += minor(order)
    return {
        "orders": {str(order.id): entry(order) for order in orders},
        "counts": dict(Counter(order.status for order in orders)),
        "totals": dict(money),
        "total": money.total(),
        "currency": shop.settings.currency,
        "stock": {sku: p.stock_quantity for sku, p in shop.product_by_sku.items()},
        "reserved": {
            sku: held
            for sku, product in shop.product_by_sku.items()
            if (held := shop.holds.held(product, now))
        },
        "webhooks": [
            {
                "id": hook.id,
                "topic": hook.topic,
                "status": hook.status,
                "delivered": hook.delivered,
                "failures": hook.failures,
                "pending": waiting[hook.id],
            }
            for hook in shop.subscriptions.by_id.values()
        ],
    }


def entry(order: Order) -> dict[str, Any]:
    """An order's entry in the books; amounts in minor units."""
    return {
        "number": order.number,
        "status": order.status,
        "total": minor(order),
        "refunded": sum(exact_minor(r.amount, order.currency) for r in order.refunds),
        "currency": order.currency,
        "transaction_id": order.transaction_id,
        "notes": [note.note for note in order.notes],
        "meta": {entry.key: entry.value for entry in order.meta},
    }


def minor(order: Order) -> int:
    """An order's total in minor units."""
    return exact_minor(order.totals.total, order.currency)
