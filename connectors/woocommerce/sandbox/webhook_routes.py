"""REST: `/webhooks`, and what little of the shop's settings is read (facts: 1.3, 4)."""

import asyncio
from typing import Any

from aiohttp import web
from babel.numbers import get_currency_name

from connectors.woocommerce.sandbox.errors import RestError, invalid_id
from connectors.woocommerce.sandbox.listing import batch, forced, one_of, page
from connectors.woocommerce.sandbox.record_views import webhook_view
from connectors.woocommerce.sandbox.rest import (
    API,
    COURIER,
    SHOP,
    answer,
    body_of,
    created,
    record_id,
)
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.webhooks import STATUSES, Webhook

View = dict[str, Any]
WEBHOOK = API + r"/webhooks/{id:\d+}"
CURRENCY = "woocommerce_currency"


def add_webhook_routes(app: web.Application) -> None:
    """Mounts webhooks, the currency setting and the system status."""
    app.add_routes(
        [
            web.get(API + "/webhooks", list_webhooks),
            web.post(API + "/webhooks", post_webhook),
            web.post(API + "/webhooks/batch", batch_webhooks),
            web.get(WEBHOOK, get_webhook),
            *(web.route(verb, WEBHOOK, put_webhook) for verb in ("PUT", "PATCH", "POST")),
            web.delete(WEBHOOK, delete_webhook),
            web.get(API + f"/settings/general/{CURRENCY}", get_currency),
            web.get(API + "/system_status", get_system_status),
        ]
    )


async def list_webhooks(request: web.Request) -> web.Response:
    """Webhooks, newest first, of one status or all."""
    shop = request.app[SHOP]
    status = one_of(request, "status", ("all", *STATUSES), "all")
    hooks = shop.subscriptions.by_id.values()
    found = [hook for hook in hooks if status in ("all", hook.status)]
    return page(request, found[::-1], lambda hook: webhook_view(shop.settings, hook))


async def post_webhook(request: web.Request) -> web.Response:
    """Creates an active webhook and pings its address before it answers."""
    hook = _create(request, await body_of(request))
    await request.app[COURIER].ping(hook)
    settings = request.app[SHOP].settings
    return created(request, f"webhooks/{hook.id}", webhook_view(settings, hook))


async def get_webhook(request: web.Request) -> web.Response:
    """One webhook."""
    return answer(webhook_view(request.app[SHOP].settings, _hook(request, 404)))


async def put_webhook(request: web.Request) -> web.Response:
    """Changes what the body names; a changed address is pinged."""
    hook = _hook(request, 400)
    address = hook.delivery_url
    _update(request, hook, await body_of(request))
    if hook.delivery_url != address:
        await request.app[COURIER].ping(hook)
    return answer(webhook_view(request.app[SHOP].settings, hook))


async def delete_webhook(request: web.Request) -> web.Response:
    """Deletes for good; what waits for it is dropped."""
    shop = request.app[SHOP]
    if not forced(request):
        raise RestError(
            501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing."
        )
    hook = shop.subscriptions.by_id.pop(_hook(request, 404).id)
    return answer(webhook_view(shop.settings, hook))


async def batch_webhooks(request: web.Request) -> web.Response:
    """Creates, changes and deletes up to 100 webhooks; new addresses are pinged at the end."""
    shop = request.app[SHOP]
    hooks = shop.subscriptions.by_id
    addresses = {hook.id: hook.delivery_url for hook in hooks.values()}

    def create(item: View) -> View:
        return webhook_view(shop.settings, _create(request, item))

    def update(item: View) -> View:
        hook = _known(shop, item.get("id", 0), 400)
        _update(request, hook, item)
        return webhook_view(shop.settings, hook)

    def delete(hook_id: int) -> View:
        return webhook_view(shop.settings, hooks.pop(_known(shop, hook_id, 404).id))

    done = await batch(request, create, update, delete)
    moved = [hook for hook in hooks.values() if addresses.get(hook.id) != hook.delivery_url]
    await asyncio.gather(*(request.app[COURIER].ping(hook) for hook in moved))
    return done


async def get_currency(request: web.Request) -> web.Response:
    """The shop's currency as a setting."""
    settings = request.app[SHOP].settings
    name = get_currency_name(settings.currency, locale="en")
    group = f"{settings.api}/settings/general"
    tip = "This controls what currency prices are listed at in the catalog."
    return answer(
        {
            "id": CURRENCY,
            "label": "Currency",
            "description": tip,
            "type": "select",
            "default": "USD",
            "options": {settings.currency: f"{name} ({settings.currency_symbol})"},
            "tip": tip,
            "value": settings.currency,
            "group_id": "general",
            "_links": {
                "self": [{"href": f"{group}/{CURRENCY}"}],
                "collection": [{"href": group}],
            },
        }
    )


async def get_system_status(request: web.Request) -> web.Response:
    """The few members of the system status that integrations read."""
    settings = request.app[SHOP].settings
    return answer(
        {
            "environment": {
                "home_url": settings.url,
                "site_url": settings.url,
                "version": settings.version,
                "wp_version": settings.wordpress_version,
            },
            "settings": {
                "api_enabled": False,
                "force_ssl": False,
                "currency": settings.currency,
                "currency_symbol": settings.currency_symbol,
                "currency_position": "left",
                "thousand_separator": ",",
                "decimal_separator": ".",
                "number_of_decimals": settings.decimals,
            },
        }
    )


def _create(request: web.Request, body: View) -> Webhook:
    shop = request.app[SHOP]
    hook = Webhook(
        id=0,
        created_ms=shop.clock.now_ms(),
        name="Webhook",
        topic="",
        delivery_url="",
        secret=shop.settings.webhook_secret,
    )
    hook.change(body | {"status": "active"})
    hook.id = next(shop.webhook_ids)
    shop.subscriptions.by_id[hook.id] = hook
    return hook


def _update(request: web.Request, hook: Webhook, body: View) -> None:
    hook.change(body)
    hook.modified_ms = request.app[SHOP].clock.now_ms()


def _hook(request: web.Request, status: int) -> Webhook:
    return _known(request.app[SHOP], record_id(request), status)


def _known(shop: Shop, hook_id: int, status: int) -> Webhook:
    try:
        return shop.subscriptions.by_id[hook_id]
    except KeyError:
        raise invalid_id("shop_webhook", status) from None
