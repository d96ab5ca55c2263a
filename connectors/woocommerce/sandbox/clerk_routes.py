"""`/_sandbox/orders/{id}/...`: what people do to an order in the shop itself."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox import clerk
from connectors.woocommerce.sandbox.books import entry
from connectors.woocommerce.sandbox.orders import Order
from connectors.woocommerce.sandbox.rest import ADMIN, SHOP, Handler, answer, body_of, record_id
from connectors.woocommerce.sandbox.shop import Shop

ACTS: dict[str, Callable[[Shop, Order, dict[str, Any]], None]] = {
    "status": clerk.set_status,
    "refunds": clerk.refund,
    "lines": clerk.edit,
    "payment": clerk.pay,
    "capture": clerk.capture,
    "trash": clerk.trash,
    "restore": clerk.restore,
}


def add_clerk_routes(app: web.Application) -> None:
    """Mounts a `POST` for each act."""
    app.add_routes(
        [web.post(f"{ADMIN}/orders/{{id:\\d+}}/{name}", _doing(act)) for name, act in ACTS.items()]
    )


def _doing(act: Callable[[Shop, Order, dict[str, Any]], None]) -> Handler:
    async def do(request: web.Request) -> web.Response:
        shop = request.app[SHOP]
        seed = await body_of(request)
        order = shop.order(record_id(request))
        act(shop, order, seed)
        return answer({"id": order.id, **entry(order)})

    return do
