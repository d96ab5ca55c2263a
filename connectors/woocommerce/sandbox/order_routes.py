"""REST: `/orders` and their notes (facts: 1.3, 3.1)."""

from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.listing import (
    batch,
    forced,
    number,
    one_of,
    page,
    sparse,
)
from connectors.woocommerce.sandbox.order_query import order_query
from connectors.woocommerce.sandbox.order_writes import create_order, update_order
from connectors.woocommerce.sandbox.orders import Note, Order
from connectors.woocommerce.sandbox.rest import (
    API,
    BODIES,
    SHOP,
    answer,
    body_of,
    created,
    record_id,
    written,
)
from connectors.woocommerce.sandbox.views import Views

View = dict[str, Any]
ORDER = API + r"/orders/{id:\d+}"


def add_order_routes(app: web.Application) -> None:
    """Mounts orders and notes."""
    app.add_routes(
        [
            web.get(API + "/orders", list_orders),
            web.post(API + "/orders", post_order),
            web.post(API + "/orders/batch", batch_orders),
            web.get(ORDER, get_order),
            *(web.route(verb, ORDER, put_order) for verb in ("PUT", "PATCH", "POST")),
            web.get(ORDER + "/notes", list_notes),
            web.post(ORDER + "/notes", post_note),
            web.delete(ORDER, delete_order),
            web.get(ORDER + r"/notes/{note:\d+}", get_note),
            web.delete(ORDER + r"/notes/{note:\d+}", delete_note),
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
    if "dp" in request.query or "_fields" in request.query:
        return answer(sparse(request, _views(request).order(order), keep=("_links",)))
    return written(request.app[BODIES].order(order))


async def delete_order(request: web.Request) -> web.Response:
    """Moves an order to the trash, or with `force` deletes it for good; answers what it was."""
    shop = request.app[SHOP]
    order = shop.order(record_id(request))
    view = _views(request).order(order)
    if forced(request):
        shop.delete(order)
    else:
        shop.trash(order)
    return answer(view)


async def batch_orders(request: web.Request) -> web.Response:
    """Creates, changes and deletes for good up to 100 orders."""
    shop, views = request.app[SHOP], _views(request)

    def delete(order_id: int) -> View:
        order = shop.order(order_id)
        view = views.order(order)
        shop.delete(order)
        return view

    def update(item: View) -> View:
        order = shop.order(item.get("id", 0), status=400)
        update_order(shop, order, item)
        return views.order(order)

    return await batch(request, lambda item: views.order(create_order(shop, item)), update, delete)


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


async def get_note(request: web.Request) -> web.Response:
    """One note."""
    order = _order_of(request)
    return answer(_views(request).note(order.id, _note_of(request, order)))


async def delete_note(request: web.Request) -> web.Response:
    """Deletes a note for good; it wants `force`."""
    if not forced(request):
        raise RestError(
            501, "woocommerce_rest_trash_not_supported", "Order notes do not support trashing."
        )
    order = _order_of(request)
    note = _note_of(request, order)
    order.notes.remove(note)
    return answer(_views(request).note(order.id, note))


def _note_of(request: web.Request, order: Order) -> Note:
    wanted = int(request.match_info["note"])
    for note in order.notes:
        if note.id == wanted:
            return note
    raise RestError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")


def _order_of(request: web.Request) -> Order:
    order = request.app[SHOP].orders.get(record_id(request))
    if order is None:
        raise RestError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
    return order


def _views(request: web.Request) -> Views:
    settings = request.app[SHOP].settings
    return Views(settings, number(request, "dp", settings.decimals))
