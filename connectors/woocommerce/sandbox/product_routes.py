"""REST: `/products` (facts: 3.4, 6)."""

from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.listing import batch, moment, page, param, sparse, words
from connectors.woocommerce.sandbox.product_views import ProductViews
from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.sandbox.rest import API, SHOP, answer, body_of, created, record_id
from connectors.woocommerce.sandbox.shop import Shop

View = dict[str, Any]
PRODUCT = API + r"/products/{id:\d+}"


def add_product_routes(app: web.Application) -> None:
    """Mounts products."""
    app.add_routes(
        [
            web.get(API + "/products", list_products),
            web.post(API + "/products", post_product),
            web.post(API + "/products/batch", batch_products),
            web.get(PRODUCT, get_product),
            *(web.route(verb, PRODUCT, put_product) for verb in ("PUT", "PATCH", "POST")),
            web.delete(PRODUCT, delete_product),
        ]
    )


async def list_products(request: web.Request) -> web.Response:
    """Products, newest first, by type, stock status, ids or change, or those of some SKUs.

    Variations are among them only when they are asked for by SKU.
    """
    shop = request.app[SHOP]
    skus = words(request, "sku")
    if skus:
        found = [shop.product_by_sku[sku] for sku in skus if sku in shop.product_by_sku]
    else:
        found = [product for product in shop.products.values() if not product.parent_id]
    kind, status = param(request, "type"), param(request, "stock_status")
    ids = set(words(request, "include"))
    since = moment(request, "modified_after", shop.settings.zone)
    found = [
        product
        for product in found
        if (not kind or product.type == kind)
        and (not status or product.stock_status == status)
        and (not ids or str(product.id) in ids)
        and (since is None or product.modified_ms // 1000 > since)
    ]
    found.sort(key=lambda product: (product.created_ms, product.id), reverse=True)
    return page(request, found, ProductViews(shop).product)


async def post_product(request: web.Request) -> web.Response:
    """Creates a simple or a variable product."""
    shop = request.app[SHOP]
    product = _create(shop, await body_of(request))
    return created(request, f"products/{product.id}", ProductViews(shop).product(product))


async def get_product(request: web.Request) -> web.Response:
    """One product, or a variation."""
    shop = request.app[SHOP]
    view = ProductViews(shop).product(shop.catalogue.get(record_id(request)))
    return answer(sparse(request, view, keep=("_links",)))


async def put_product(request: web.Request) -> web.Response:
    """Changes what the body names; `stock_quantity` overwrites what was sold since it was read."""
    shop = request.app[SHOP]
    body = await body_of(request)
    product = shop.catalogue.save(shop.catalogue.writable(record_id(request)), body)
    return answer(ProductViews(shop).product(product))


async def delete_product(request: web.Request) -> web.Response:
    """Deletes a product and its variations for good; the products' trash is not simulated."""
    shop = request.app[SHOP]
    product = shop.catalogue.writable(record_id(request), status=404)
    view = ProductViews(shop).product(product)
    shop.catalogue.delete(product)
    return answer(view)


async def batch_products(request: web.Request) -> web.Response:
    """Creates, changes and deletes up to 100 products."""
    shop = request.app[SHOP]
    views = ProductViews(shop)

    def create(item: View) -> View:
        return views.product(_create(shop, item))

    def update(item: View) -> View:
        product = shop.catalogue.writable(item.get("id", 0))
        return views.product(shop.catalogue.save(product, item))

    def delete(product_id: int) -> View:
        product = shop.catalogue.writable(product_id, status=404)
        view = views.product(product)
        shop.catalogue.delete(product)
        return view

    return await batch(request, create, update, delete)


def _create(shop: Shop, body: View) -> Product:
    if body.get("id"):
        raise RestError(400, "woocommerce_rest_product_exists", "Cannot create existing product.")
    return shop.catalogue.save(shop.new_product(), body)
