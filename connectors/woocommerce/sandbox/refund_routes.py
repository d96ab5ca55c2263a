"""REST: `/orders/{id}/refunds`, and `/refunds` across orders (facts: 3.2)."""

from aiohttp import web

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.listing import number, page, sparse
from connectors.woocommerce.sandbox.orders import Order
from connectors.woocommerce.sandbox.refund_views import RefundViews
from connectors.woocommerce.sandbox.refunds import create_refund, delete_refund, refund_of
from connectors.woocommerce.sandbox.rest import (
    API,
    SHOP,
    answer,
    body_of,
    created,
    record_id,
)

REFUNDS = API + r"/orders/{id:\d+}/refunds"
REFUND = REFUNDS + r"/{refund:\d+}"


def add_refund_routes(app: web.Application) -> None:
    """Mounts refunds."""
    app.add_routes(
        [
            web.get(REFUNDS, list_refunds),
            web.post(REFUNDS, post_refund),
            web.get(REFUND, get_refund),
            web.delete(REFUND, drop_refund),
            web.get(API + "/refunds", list_all_refunds),
        ]
    )


async def list_refunds(request: web.Request) -> web.Response:
    """An order's refunds, newest first."""
    order = _order_of(request, 404)
    views = _views(request)
    return page(request, order.refunds[::-1], lambda refund: views.refund(order, refund))


async def list_all_refunds(request: web.Request) -> web.Response:
    """The refunds of all orders, newest first; each names its order as `parent_id`."""
    views = _views(request)
    found = [(each, order) for order in request.app[SHOP].orders.values() for each in order.refunds]
    found.sort(key=lambda pair: pair[0].id, reverse=True)
    return page(request, found, lambda pair: views.listed(pair[1], pair[0]))


async def post_refund(request: web.Request) -> web.Response:
    """Books a refund; moving money (`api_refund`) is refused, there is no gateway."""
    body = await body_of(request)
    order = _order_of(request, 500)
    refund = create_refund(request.app[SHOP], order, body)
    view = _views(request).refund(order, refund)
    return created(request, f"orders/{order.id}/refunds/{refund.id}", view)


async def get_refund(request: web.Request) -> web.Response:
    """One refund."""
    order = _order_of(request, 500)
    refund = refund_of(order, int(request.match_info["refund"]))
    return answer(sparse(request, _views(request).refund(order, refund), keep=("_links",)))


async def drop_refund(request: web.Request) -> web.Response:
    """Deletes a refund for good, even without `force`; answers what it was."""
    order = _order_of(request, 500)
    refund = delete_refund(order, int(request.match_info["refund"]))
    return answer(_views(request).refund(order, refund))


def _order_of(request: web.Request, status: int) -> Order:
    order = request.app[SHOP].orders.get(record_id(request))
    if order is not None:
        return order
    if status == 404:
        raise RestError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
    raise RestError(500, "woocommerce_rest_invalid_order_id", "Invalid order ID.")


def _views(request: web.Request) -> RefundViews:
    settings = request.app[SHOP].settings
    return RefundViews(settings, number(request, "dp", settings.decimals))
