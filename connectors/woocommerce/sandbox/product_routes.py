"""REST: `/products` and `/customers` (facts: 3.4, 6)."""

from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.listing import batch, page, param, sparse, words
from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.sandbox.record_views import customer_view, product_view
from connectors.woocommerce.sandbox.rest import API, SHOP, answer, body_of, created, record_id
from connectors.woocommerce.sandbox.shop import Shop

View = dict[str, Any]
PRODUCT = API + r"/products/{id:\d+}"


def add_product_routes(app: web.Application) -> None:
    """Mounts products and customers."""
    app.add_routes(
        [
            web.get(API + "/products", list_products),
            web.post(API + "/products", post_product),
            web.post(API + "/products/batch", batch_products),
            web.get(PRODUCT, get_product),
            *(web.route(verb, PRODUCT, put_product) for verb in ("PUT", "PATCH", "POST")),
            web.get(API + "/customers", list_customers),
            web.get(API + r"/customers/{id:\d+}", get_customer),
        ]
    )


async def list_products(request: web.Request) -> web.Response:
    """Products, newest first, or those of a comma-separated list of SKUs."""
    shop = request.app[SHOP]
    skus = words(request, "sku")
    if skus:
        found = [shop.product_by_sku[sku] for sku in skus if sku in shop.product_by_sku]
    else:
        found = list(shop.products.values())
    found.sort(key=lambda product: (product.created_ms, product.id), reverse=True)
    return page(request, found, lambda product: product_view(shop.settings, product))


async def post_product(request: web.Request) -> web.Response:
    """Creates a simple product."""
    shop = request.app[SHOP]
    product = _create(shop, await body_of(request))
    return created(request, f"products/{product.id}", product_view(shop.settings, product))


async def get_product(request: web.Request) -> web.Response:
    """One product."""
    shop = request.app[SHOP]
    view = product_view(shop.settings, shop.product(record_id(request)))
    return answer(sparse(request, view, keep=("_links",)))


async def put_product(request: web.Request) -> web.Response:
    """Changes what the body names; `stock_quantity` overwrites what was sold since it was read."""
    shop = request.app[SHOP]
    body = await body_of(request)
    product = shop.save_product(shop.product(record_id(request), status=400), body)
    return answer(product_view(shop.settings, product))


async def batch_products(request: web.Request) -> web.Response:
    """Creates and changes up to 100 products."""
    shop = request.app[SHOP]

    def create(item: View) -> View:
        return product_view(shop.settings, _create(shop, item))

    def update(item: View) -> View:
        product = shop.product(item.get("id", 0), status=400)
        return product_view(shop.settings, shop.save_product(product, item))

    return await batch(request, create, update)


async def list_customers(request: web.Request) -> web.Response:
    """Customers, or those with an e-mail."""
    shop = request.app[SHOP]
    email = param(request, "email")
    found = [c for c in shop.customers.values() if not email or c.fields.get("email") == email]
    return page(request, found, lambda customer: customer_view(shop.settings, customer))


async def get_customer(request: web.Request) -> web.Response:
    """One customer."""
    shop = request.app[SHOP]
    view = customer_view(shop.settings, shop.customer(record_id(request)))
    return answer(sparse(request, view, keep=("_links",)))


def _create(shop: Shop, body: View) -> Product:
    if body.get("id"):
        raise RestError(400, "woocommerce_rest_product_exists", "Cannot create existing product.")
    return shop.save_product(shop.new_product(), body)
