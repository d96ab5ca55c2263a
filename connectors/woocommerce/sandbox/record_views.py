"""Products, customers and webhooks as REST v3 shows them (facts: 6, and the REST docs)."""

import re
from typing import Any

from connectors.woocommerce.sandbox.orders import BILLING, SHIPPING
from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.sandbox.settings import SandboxSettings
from connectors.woocommerce.sandbox.shop import Customer
from connectors.woocommerce.sandbox.views import WRITABLE, Views, gmt, metas
from connectors.woocommerce.sandbox.webhooks import HOOKS, Webhook

View = dict[str, Any]


def product_view(settings: SandboxSettings, product: Product) -> View:
    """A simple product."""
    views = Views(settings)
    slug = re.sub(r"[^a-z0-9]+", "-", product.name.lower()).strip("-")
    return {
        "id": product.id,
        "name": product.name,
        "slug": slug,
        "permalink": f"{settings.url}/product/{slug}/",
        "date_created": views.local(product.created_ms),
        "date_created_gmt": gmt(product.created_ms),
        "date_modified": views.local(product.modified_ms),
        "date_modified_gmt": gmt(product.modified_ms),
        "type": "simple",
        "status": "publish",
        "featured": False,
        "catalog_visibility": "visible",
        "description": "",
        "short_description": "",
        "sku": product.sku,
        "price": product.regular_price,
        "regular_price": product.regular_price,
        "sale_price": "",
        "date_on_sale_from": None,
        "date_on_sale_from_gmt": None,
        "date_on_sale_to": None,
        "date_on_sale_to_gmt": None,
        "on_sale": False,
        "purchasable": product.regular_price != "",
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
        "manage_stock": product.manage_stock,
        "stock_quantity": product.stock_quantity,
        "backorders": product.backorders,
        "backorders_allowed": product.backorders != "no",
        "backordered": product.stock_status == "onbackorder",
        "low_stock_amount": None,
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
        "parent_id": 0,
        "purchase_note": "",
        "categories": [],
        "tags": [],
        "images": [],
        "attributes": [],
        "default_attributes": [],
        "variations": [],
        "grouped_products": [],
        "menu_order": 0,
        "price_html": "",
        "related_ids": [],
        "meta_data": metas(product.meta),
        "stock_status": product.stock_status,
        "has_options": False,
        "post_password": "",
        "global_unique_id": "",
        "_links": views.links("products", product.id, WRITABLE),
    }


def customer_view(settings: SandboxSettings, customer: Customer) -> View:
    """A registered customer."""
    views = Views(settings)
    fields = customer.fields
    created, created_gmt = views.local(customer.created_ms), gmt(customer.created_ms)
    return {
        "id": customer.id,
        "date_created": created,
        "date_created_gmt": created_gmt,
        "date_modified": created,
        "date_modified_gmt": created_gmt,
        "email": fields.get("email", ""),
        "first_name": fields.get("first_name", ""),
        "last_name": fields.get("last_name", ""),
        "role": "customer",
        "username": fields.get("username", fields.get("email", "")),
        "billing": dict.fromkeys(BILLING, "") | fields.get("billing", {}),
        "shipping": dict.fromkeys(SHIPPING, "") | fields.get("shipping", {}),
        "is_paying_customer": False,
        "avatar_url": "",
        "meta_data": [],
        "_links": views.links("customers", customer.id, WRITABLE),
    }


def webhook_view(settings: SandboxSettings, hook: Webhook) -> View:
    """A webhook; its secret is never shown."""
    views = Views(settings)
    resource, _, event = hook.topic.partition(".")
    return {
        "id": hook.id,
        "name": hook.name,
        "status": hook.status,
        "topic": hook.topic,
        "resource": resource,
        "event": event,
        "hooks": HOOKS.get(hook.topic, [event] if resource == "action" else []),
        "delivery_url": hook.delivery_url,
        "date_created": views.local(hook.created_ms),
        "date_created_gmt": gmt(hook.created_ms),
        "date_modified": views.local(hook.modified_ms),
        "date_modified_gmt": gmt(hook.modified_ms),
        "_links": views.links("webhooks", hook.id, WRITABLE),
    }
