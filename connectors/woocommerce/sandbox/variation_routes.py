"""REST: `/products/{id}/variations` (facts: 3.4, 6)."""

from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.listing import batch, page, sparse, words
from connectors.woocommerce.sandbox.product_views import ProductViews
from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.sandbox.rest import API, SHOP, answer, body_of, created
from connectors.woocommerce.sandbox.shop import Shop

View = dict[str, Any]
VARIATIONS = API + r"/products/{product:\d+}/variations"
VARIATION = VARIATIONS + r"/{id:\d+}"


def add_variation_routes(app: web.Application) -> None:
    """Mounts the variations of a product."""
    app.add_routes(
        [
            web.get(VARIATIONS, list_variations),
            web.post(VARIATIONS, post_variation),
            web.post(VARIATIONS + "/batch", batch_variations),
            web.get(VARIATION, get_variation),
            *(web.route(verb, VARIATION, put_variation) for verb in ("PUT", "PATCH", "POST")),
            web.delete(VARIATION, delete_variation),
        ]
    )


async def list_variations(request: web.Request) -> web.Response:
    """A product's variations, newest first, or those of some SKUs."""
    shop, parent = request.app[SHOP], _parent(request)
    skus = set(words(request, "sku"))
    found = [shop.products[each] for each in reversed(parent.variations)]
    found = [each for each in found if not skus or each.sku in skus]
    return page(request, found, ProductViews(shop).variation)


async def post_variation(request: web.Request) -> web.Response:
    """Creates a variation."""
    shop, parent = request.app[SHOP], _parent(request)
    made = _create(shop, parent, await body_of(request))
    view = ProductViews(shop).variation(made)
    return created(request, f"products/{parent.id}/variations/{made.id}", view)


async def get_variation(request: web.Request) -> web.Response:
    """One variation."""
    view = ProductViews(request.app[SHOP]).variation(_variation(request, 404))
    return answer(sparse(request, view, keep=("_links",)))


async def put_variation(request: web.Request) -> web.Response:
    """Changes what the body names; a variation that lives on its parent's stock keeps none."""
    shop = request.app[SHOP]
    body = await body_of(request)
    saved = shop.catalogue.save(_variation(request, 400), _own(body))
    return answer(ProductViews(shop).variation(saved))


async def delete_variation(request: web.Request) -> web.Response:
    """Deletes a variation for good; the trash is not simulated."""
    shop = request.app[SHOP]
    variation = _variation(request, 404)
    view = ProductViews(shop).variation(variation)
    shop.catalogue.delete(variation)
    return answer(view)


async def batch_variations(request: web.Request) -> web.Response:
    """Creates, changes and deletes up to 100 variations of one product."""
    shop, parent = request.app[SHOP], _parent(request)
    views, catalogue = ProductViews(shop), shop.catalogue

    def create(item: View) -> View:
        return views.variation(_create(shop, parent, item))

    def update(item: View) -> View:
        variation = catalogue.variation(parent, item.get("id", 0), status=400)
        return views.variation(catalogue.save(variation, _own(item)))

    def delete(variation_id: int) -> View:
        variation = catalogue.variation(parent, variation_id)
        view = views.variation(variation)
        catalogue.delete(variation)
        return view

    return await batch(request, create, update, delete)


def _create(shop: Shop, parent: Product, body: View) -> Product:
    if body.get("id"):
        raise RestError(
            400,
            "woocommerce_rest_product_variation_exists",
            "Cannot create existing product variation.",
        )
    return shop.catalogue.save(shop.new_product(parent=parent), _own(body))


def _own(body: View) -> View:
    """What a write sets of the variation itself: `manage_stock: "parent"`, as read, is false."""
    return body | {"manage_stock": False} if body.get("manage_stock") == "parent" else body


def _parent(request: web.Request) -> Product:
    return request.app[SHOP].catalogue.get(int(request.match_info["product"]))


def _variation(request: web.Request, status: int) -> Product:
    variation_id = int(request.match_info["id"])
    return request.app[SHOP].catalogue.variation(_parent(request), variation_id, status)
