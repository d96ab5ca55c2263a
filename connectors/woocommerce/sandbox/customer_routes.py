"""REST: `/customers` (facts: 6)."""

from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox.errors import RestError, invalid_param
from connectors.woocommerce.sandbox.listing import batch, forced, page, param, sparse, words
from connectors.woocommerce.sandbox.record_views import customer_view
from connectors.woocommerce.sandbox.rest import API, SHOP, answer, body_of, created, record_id
from connectors.woocommerce.sandbox.shop import Customer, Shop

View = dict[str, Any]
CUSTOMER = API + r"/customers/{id:\d+}"
TEXTS = ("email", "first_name", "last_name", "username", "password")


def add_customer_routes(app: web.Application) -> None:
    """Mounts customers."""
    app.add_routes(
        [
            web.get(API + "/customers", list_customers),
            web.post(API + "/customers", post_customer),
            web.post(API + "/customers/batch", batch_customers),
            web.get(CUSTOMER, get_customer),
            *(web.route(verb, CUSTOMER, put_customer) for verb in ("PUT", "PATCH", "POST")),
            web.delete(CUSTOMER, delete_customer),
        ]
    )


async def list_customers(request: web.Request) -> web.Response:
    """Customers by name or time of registration, or those with an e-mail or some ids.

    There is no filter by change: `modified_after` is silently ignored, as in a real shop.
    """
    shop = request.app[SHOP]
    email, ids = param(request, "email"), set(words(request, "include"))
    found = [
        customer
        for customer in shop.customers.values()
        if (not email or customer.fields.get("email") == email)
        and (not ids or str(customer.id) in ids)
    ]
    return page(request, found, lambda customer: customer_view(shop.settings, customer))


async def post_customer(request: web.Request) -> web.Response:
    """Registers a customer."""
    shop = request.app[SHOP]
    customer = _create(shop, await body_of(request))
    view = customer_view(shop.settings, customer)
    return created(request, f"customers/{customer.id}", view)


async def get_customer(request: web.Request) -> web.Response:
    """One customer."""
    shop = request.app[SHOP]
    view = customer_view(shop.settings, shop.customer(record_id(request)))
    return answer(sparse(request, view, keep=("_links",)))


async def put_customer(request: web.Request) -> web.Response:
    """Changes what the body names."""
    shop = request.app[SHOP]
    body = await body_of(request)
    customer = _update(shop, shop.customer(record_id(request), status=400), body)
    return answer(customer_view(shop.settings, customer))


async def delete_customer(request: web.Request) -> web.Response:
    """Deletes a customer for good; it wants `force`."""
    shop = request.app[SHOP]
    if not forced(request):
        raise RestError(
            501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing."
        )
    return answer(_delete(shop, record_id(request)))


async def batch_customers(request: web.Request) -> web.Response:
    """Registers, changes and deletes up to 100 customers."""
    shop = request.app[SHOP]

    def create(item: View) -> View:
        return customer_view(shop.settings, _create(shop, item))

    def update(item: View) -> View:
        customer = shop.customer(item.get("id", 0), status=400)
        return customer_view(shop.settings, _update(shop, customer, item))

    return await batch(request, create, update, lambda customer_id: _delete(shop, customer_id))


def _create(shop: Shop, body: View) -> Customer:
    if body.get("id"):
        raise RestError(400, "woocommerce_rest_customer_exists", "Cannot create existing resource.")
    if not body.get("email"):
        raise RestError(
            400, "rest_missing_callback_param", "Missing parameter(s): email", params=["email"]
        )
    _check(shop, body, 0)
    return shop.save_customer(_kept(body))


def _update(shop: Shop, customer: Customer, body: View) -> Customer:
    _check(shop, body, customer.id)
    present = customer.fields
    addresses = {
        name: present.get(name, {}) | body[name] for name in ("billing", "shipping") if name in body
    }
    return shop.save_customer(present | _kept(body) | addresses | {"id": customer.id})


def _kept(body: View) -> View:
    return {name: value for name, value in body.items() if name != "password"}


def _delete(shop: Shop, customer_id: int) -> View:
    customer = shop.customer(customer_id)
    view = customer_view(shop.settings, customer)
    del shop.customers[customer.id]
    shop.subscriptions.fire("customer.deleted", customer.id)
    return view


def _check(shop: Shop, body: View, own_id: int) -> None:
    for name in TEXTS:
        if not isinstance(body.get(name, ""), str):
            raise invalid_param(name, f"{name} is not of type string.")
    for name in ("billing", "shipping"):
        if not isinstance(body.get(name, {}), dict):
            raise invalid_param(name, f"{name} is not of type object.")
    if "email" not in body:
        return
    if "@" not in body["email"]:
        raise RestError(400, "woocommerce_rest_customer_invalid_email", "Email address is invalid.")
    taken = (
        each.id for each in shop.customers.values() if each.fields.get("email") == body["email"]
    )
    if any(customer_id != own_id for customer_id in taken):
        raise RestError(
            400,
            "registration-error-email-exists",
            "An account is already registered with your email address.",
        )
