"""`/_sandbox/`: what a real shop does not have: seeding, books to compare, counts, reset.

No credentials are asked; it is for the machine that runs the sandbox.
"""

from aiohttp import web

from connectors.woocommerce.sandbox.books import books, minor
from connectors.woocommerce.sandbox.checkout import Checkout
from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.rest import ADMIN, CALLS, SHOP, answer, body_of, rows_of
from connectors.woocommerce.sandbox.settings import facts


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
            web.post(ADMIN + "/cron", run_cron),
            web.post(ADMIN + "/queue", hold_queue),
            web.post(ADMIN + "/settings", change_settings),
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
        product = shop.catalogue.save(known or shop.new_product(row.get("id")), fields)
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
    placed = list(zip(orders, seeds, strict=True))
    checkout.reserve(placed)
    for order, seed in placed:
        checkout.place(order, seed)
    return answer([{"id": o.id, "status": o.status, "total": minor(o)} for o in orders], status=201)


async def get_books(request: web.Request) -> web.Response:
    """The shop's books, to compare with what others say; amounts in minor units."""
    return answer(books(request.app[SHOP]))


async def get_calls(request: web.Request) -> web.Response:
    """Requests since the start or the last reset, by method and route."""
    calls = request.app[CALLS]
    return answer(dict(calls))


async def reset(request: web.Request) -> web.Response:
    """Empties the shop: products, customers, orders, webhooks and counts; keys stay."""
    request.app[SHOP].clear()
    request.app[CALLS].clear()
    return answer({})


async def run_cron(request: web.Request) -> web.Response:
    """Runs the shop's cron now: cancels what waited too long for payment. Answers `{cancelled}`."""
    return answer({"cancelled": [order.id for order in request.app[SHOP].cancel_unpaid()]})


async def hold_queue(request: web.Request) -> web.Response:
    """Stops or starts the delivery of webhooks: `{held: true}`; events go on to be queued."""
    body = await body_of(request)
    held = body.get("held") is True
    request.app[SHOP].subscriptions.hold(held)
    return answer({"held": held})


async def change_settings(request: web.Request) -> web.Response:
    """Changes what the shop is: `{currency, vat_percent, country, timezone, hold_stock_minutes}`.

    Orders keep the money and the tax that they have until they are calculated anew.
    """
    shop = request.app[SHOP]
    shop.reopen(await body_of(request))
    return answer(facts(shop.settings))
