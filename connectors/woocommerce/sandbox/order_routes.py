"""REST: `/orders`, their notes and refunds (facts: 1.3, 3.1, 3.2)."""

from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.listing import batch, number, one_of, page, sparse
from connectors.woocommerce.sandbox.order_query import order_query
from connectors.woocommerce.sandbox.order_writes import create_order, update_order
from connectors.woocommerce.sandbox.orders import Order
from connectors.woocommerce.sandbox.refunds import create_refund
from connectors.woocommerce.sandbox.rest import (
    API,
    SHOP,
    answer,
    body_of,
    created,
    record_id,
)
from connectors.woocommerce.sandbox.views import Views

View = dict[str, Any]
ORDER = API + r"/orders/{id:\d+}"


def add_order_routes(app: web.Application) -> None:
    """Mounts orders, notes and refunds."""
    app.add_routes(
        [
            web.get(API + "/orders", list_orders),
            web.post(API + "/orders", post_order),
            web.post(API + "/orders/batch", batch_orders),
            web.get(ORDER, get_order),
            *(web.route(verb, ORDER, put_order) for verb in ("PUT", "PATCH", "POST")),
            web.get(ORDER + "/notes", list_notes),
            web.post(ORDER + "/notes", post_note),
            web.get(ORDER + "/refunds", list_refunds),
            web.post(ORDER + "/refunds", post_refund),
        ]
    )


async def list_orders(request: web.Request) -> web.Response:
    """Orders by status, customer, ids and dates, sorted and paged."""
    shop = request.app[SHOP]
    found = order_query(request, shop.settings.zone).of(shop.orders.values())
    return page(request, found, _views(request).order, empty_past_end=True)


async def post_order(request: web.Request) -> web.Response:
    """Creates an order."""
    order = create_order(request.app[SHOP], await body_of(request))
    return created(request, f"orders/{order.id}", _views(request).order(order))


async def get_order(request: web.Request) -> web.Response:
    """One order."""
    order = request.app[SHOP].order(record_id(request))
    return answer(sparse(request, _views(request).order(order), keep=("_links",)))


async def put_order(request: web.Request) -> web.Response:
    """Changes what the body names."""
    body = await body_of(request)
    order = request.app[SHOP].order(record_id(request), status=400)
    update_order(request.app[SHOP], order, body)
    return answer(sparse(request, _views(request).order(order), keep=("_links",)))


async def batch_orders(request: web.Request) -> web.Response:
    """Creates and changes up to 100 orders."""
    shop, views = request.app[SHOP], _views(request)

    def update(item: View) -> View:
        order = shop.order(item.get("id", 0), status=400)
        update_order(shop, order, item)
        return views.order(order)

    return await batch(request, lambda item: views.order(create_order(shop, item)), update)


async def list_notes(request: web.Request) -> web.Response:
    """An order's notes, newest first; not paged."""
    order = _order_of(request)
    kind = one_of(request, "type", ("any", "customer", "internal"), "any")
    views = _views(request)
    return answer(
        [
            views.note(order.id, note)
            for note in reversed(order.notes)
            if kind == "any" or note.customer_note == (kind == "customer")
        ]
    )


async def post_note(request: web.Request) -> web.Response:
    """Adds a note; neither dates the order nor fires a webhook."""
    body = await body_of(request)
    order = _order_of(request)
    if not isinstance(body.get("note"), str):
        raise RestError(
            400, "rest_missing_callback_param", "Missing parameter(s): note", params=["note"]
        )
    note = request.app[SHOP].note(order, body["note"], body.get("customer_note") is True)
    return created(
        request, f"orders/{order.id}/notes/{note.id}", _views(request).note(order.id, note)
    )


async def list_refunds(request: web.Request) -> web.Response:
    """An order's refunds, newest first."""
    order = _order_of(request)
    views = _views(request)
    return page(request, order.refunds[::-1], lambda refund: views.refund(order.id, refund))


async def post_refund(request: web.Request) -> web.Response:
    """Books a refund; moving money (`api_refund`) is refused, there is no gateway."""
    body = await body_of(request)
    order = request.app[SHOP].orders.get(record_id(request))
    if order is None:
        raise RestError(500, "woocommerce_rest_invalid_order_id", "Invalid order ID.")
    refund = create_refund(request.app[SHOP], order, body)
    return created(
        request, f"orders/{order.id}/refunds/{refund.id}", _views(request).refund(order.id, refund)
    )


def _order_of(request: web.Request) -> Order:
    order = request.app[SHOP].orders.get(record_id(request))
    if order is None:
        raise RestError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
    return order


def _views(request: web.Request) -> Views:
    settings = request.app[SHOP].settings
    return Views(settings, number(request, "dp", settings.decimals))
