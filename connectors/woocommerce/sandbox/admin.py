"""`/_sandbox/`: what a real shop does not have: seeding, books to compare, counts, reset.

No credentials are asked; it is for the machine that runs the sandbox.
"""

from collections import Counter
from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox.checkout import Checkout
from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.orders import Order
from connectors.woocommerce.sandbox.rest import CALLS, SHOP, answer, rows_of
from connectors.woocommerce.sandbox.shop import Shop
from streams.core.money import exact_minor

ADMIN = "/_sandbox"


def add_admin_routes(app: web.Application) -> None:
    """Mounts the admin API."""
    app.add_routes(
        [
            web.post(ADMIN + "/products", seed_products),
            web.post(ADMIN + "/customers", seed_customers),
            web.post(ADMIN + "/orders", place_orders),
            web.get(ADMIN + "/books", get_books),
            web.get(ADMIN + "/calls", get_calls),
            web.post(ADMIN + "/reset", reset),
        ]
    )


async def seed_products(request: web.Request) -> web.Response:
    """Makes or changes products by SKU: `[{sku, name, regular_price, stock_quantity}]`.

    Stock is managed unless `stock_quantity` is left out. Answers `{sku: id}`.
    """
    shop = request.app[SHOP]
    rows = await rows_of(request)
    ids = {}
    for row in rows:
        known = shop.product_by_sku.get(row.get("sku", ""))
        fields = {"manage_stock": "stock_quantity" in row} | row
        product = shop.save_product(known or shop.new_product(row.get("id")), fields)
        ids[product.sku] = product.id
    return answer(ids)


async def seed_customers(request: web.Request) -> web.Response:
    """Makes or replaces customers under their own ids: `[{id, email, first_name, ...}]`."""
    rows = await rows_of(request)
    return answer([request.app[SHOP].save_customer(row).id for row in rows])


async def place_orders(request: web.Request) -> web.Response:
    """Places orders as a checkout would, all or none; see `Checkout.order` for a seed.

    Answers `[{id, status, total}]`, total in minor units.
    """
    shop = request.app[SHOP]
    checkout = Checkout(shop)
    seeds = await rows_of(request)
    orders = [checkout.order(seed) for seed in seeds]
    if len({order.id for order in orders}) < len(orders):
        raise RestError(400, "tandem_sandbox_refused", "an order id is given twice")
    for order, seed in zip(orders, seeds, strict=True):
        checkout.saved(order, seed.get("status", "pending"))
    return answer(
        [{"id": o.id, "status": o.status, "total": _minor(o)} for o in orders], status=201
    )


async def get_books(request: web.Request) -> web.Response:
    """The shop's books, to compare with what others say; amounts in minor units."""
    return answer(books(request.app[SHOP]))


async def get_calls(request: web.Request) -> web.Response:
    """Requests since the start or the last reset, by method and route."""
    calls: Counter[str] = request.app[CALLS]
    return answer(dict(calls))


async def reset(request: web.Request) -> web.Response:
    """Empties the shop: products, customers, orders, webhooks and counts; keys stay."""
    request.app[SHOP].clear()
    request.app[CALLS].clear()
    return answer({})


def books(shop: Shop) -> dict[str, Any]:
    """Orders with their money, sums by status, stock by SKU, webhooks."""
    orders = shop.orders.values()
    money: Counter[str] = Counter()
    for order in orders:
        money[order.status] += _minor(order)
    return {
        "orders": {str(order.id): _entry(order) for order in orders},
        "counts": dict(Counter(order.status for order in orders)),
        "totals": dict(money),
        "total": money.total(),
        "currency": shop.settings.currency,
        "stock": {sku: p.stock_quantity for sku, p in shop.product_by_sku.items()},
        "webhooks": [
            {
                "id": hook.id,
                "topic": hook.topic,
                "status": hook.status,
                "delivered": hook.delivered,
                "failures": hook.failures,
            }
            for hook in shop.subscriptions.by_id.values()
        ],
    }


def _entry(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "status": order.status,
        "total": _minor(order),
        "refunded": sum(exact_minor(r.amount, order.currency) for r in order.refunds),
        "currency": order.currency,
        "transaction_id": order.transaction_id,
        "notes": [note.note for note in order.notes],
        "meta": {entry.key: entry.value for entry in order.meta},
    }


def _minor(order: Order) -> int:
    return exact_minor(order.totals.total, order.currency)
