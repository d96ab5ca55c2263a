"""Customers and webhooks as REST v3 shows them (facts: 6, and the REST docs)."""

from typing import Any

from connectors.woocommerce.sandbox.orders import BILLING, SHIPPING
from connectors.woocommerce.sandbox.settings import SandboxSettings
from connectors.woocommerce.sandbox.shop import Customer
from connectors.woocommerce.sandbox.views import WRITABLE, Views, gmt
from connectors.woocommerce.sandbox.webhooks import HOOKS, Webhook

View = dict[str, Any]


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
