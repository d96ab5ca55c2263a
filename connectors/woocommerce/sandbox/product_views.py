"""Products and variations as REST v3 shows them (facts: 6, and the REST docs)."""

import re
from typing import Any

from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.views import WRITABLE, Views, gmt, metas

View = dict[str, Any]
VARIATION_MEMBERS = (
    "id",
    "date_created",
    "date_created_gmt",
    "date_modified",
    "date_modified_gmt",
    "description",
    "permalink",
    "sku",
    "global_unique_id",
    "price",
    "regular_price",
    "sale_price",
    "date_on_sale_from",
    "date_on_sale_from_gmt",
    "date_on_sale_to",
    "date_on_sale_to_gmt",
    "on_sale",
    "status",
    "purchasable",
    "virtual",
    "downloadable",
    "downloads",
    "download_limit",
    "download_expiry",
    "tax_status",
    "tax_class",
    "manage_stock",
    "stock_quantity",
    "stock_status",
    "backorders",
    "backorders_allowed",
    "backordered",
    "low_stock_amount",
    "weight",
    "dimensions",
    "shipping_class",
    "shipping_class_id",
    "image",
    "attributes",
    "menu_order",
    "meta_data",
    "name",
    "parent_id",
    "_links",
)


class ProductViews:
    """Renders a shop's products; a variation shows its parent's stock where that is managed there.

    Args:
        shop: whose products.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._views = Views(shop.settings)

    def product(self, product: Product) -> View:
        """A product, or a variation as `/products` shows it."""
        views = self._views
        name = self._shop.catalogue.name(product)
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        price = self._price(product)
        stock = self._stock(product)
        return {
            "id": product.id,
            "name": name,
            "slug": slug,
            "permalink": f"{self._shop.settings.url}/product/{slug}/",
            "date_created": views.local(product.created_ms),
            "date_created_gmt": gmt(product.created_ms),
            "date_modified": views.local(product.modified_ms),
            "date_modified_gmt": gmt(product.modified_ms),
            "type": product.type,
            "status": "publish",
            "featured": False,
            "catalog_visibility": "visible",
            "description": "",
            "short_description": "",
            "sku": product.sku,
            "price": price,
            "regular_price": product.regular_price,
            "sale_price": "",
            "date_on_sale_from": None,
            "date_on_sale_from_gmt": None,
            "date_on_sale_to": None,
            "date_on_sale_to_gmt": None,
            "on_sale": False,
            "purchasable": price != "",
            "total_sales": product.total_sales,
            "virtual": False,
            "downloadable": False,
            "downloads": [],
            "download_limit": -1,
            "download_expiry": -1,
            "external_url": "",
            "button_text": "",
            "tax_status": "taxable",
            "tax_class": "",
            "manage_stock": stock["manage_stock"],
            "stock_quantity": stock["stock_quantity"],
            "backorders": stock["backorders"],
            "backorders_allowed": stock["backorders"] != "no",
            "backordered": stock["stock_status"] == "onbackorder",
            "low_stock_amount": product.low_stock_amount,
            "sold_individually": False,
            "weight": "",
            "dimensions": {"length": "", "width": "", "height": ""},
            "shipping_required": True,
            "shipping_taxable": True,
            "shipping_class": "",
            "shipping_class_id": 0,
            "reviews_allowed": True,
            "average_rating": "0.00",
            "rating_count": 0,
            "upsell_ids": [],
            "cross_sell_ids": [],
            "parent_id": product.parent_id,
            "purchase_note": "",
            "categories": [],
            "tags": [],
            "images": [],
            "attributes": product.attributes,
            "default_attributes": [],
            "variations": product.variations,
            "grouped_products": [],
            "menu_order": 0,
            "price_html": "",
            "related_ids": [],
            "meta_data": metas(product.meta),
            "stock_status": stock["stock_status"],
            "has_options": product.type == "variable",
            "post_password": "",
            "global_unique_id": "",
            "_links": views.links("products", product.id, WRITABLE),
        }

    def variation(self, variation: Product) -> View:
        """A variation as a member of its product's list."""
        address = f"products/{variation.parent_id}/variations"
        view = self.product(variation)
        view["meta_data"] = metas(variation.meta)
        view["image"] = None
        view["_links"] = self._views.links(address, variation.id, WRITABLE) | {
            "up": [{"href": f"{self._shop.settings.api}/products/{variation.parent_id}"}]
        }
        return {name: view[name] for name in VARIATION_MEMBERS}

    def _price(self, product: Product) -> str:
        if product.variations:
            return f"{self._shop.catalogue.price(product):f}"
        return product.regular_price

    def _stock(self, product: Product) -> View:
        keeper = self._shop.stock.keeper(product.id) or product
        return {
            "manage_stock": product.manage_stock if keeper is product else "parent",
            "stock_quantity": keeper.stock_quantity,
            "stock_status": keeper.stock_status,
            "backorders": keeper.backorders,
        }
