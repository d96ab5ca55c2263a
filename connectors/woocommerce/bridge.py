"""The door for a shop's webhooks (facts: 4)."""

import base64
import hmac
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors import carddata
from connectors.woocommerce.fields import Fields
from connectors.woocommerce.placed import known_contents, order_cancelled, order_placed
from connectors.woocommerce.refunds import refunds
from connectors.woocommerce.settings import Shop
from streams.core.clock import Clock
from streams.core.connector import Bridge, Received, Request
from streams.core.errors import Rejected, Unauthenticated
from streams.core.message import Message

TOPICS = frozenset(("order.created", "order.updated"))
PLACED = frozenset(("pending", "processing", "on-hold"))
"""Statuses of an order that a customer has placed and nobody has finished."""

TOPIC_HEADER = "x-wc-webhook-topic"

OWN_MARK = b'"_tandem_key"'
"""Stands in an order that Tandem has written to, and so knows: its webhooks are mostly our echo."""

CANCELLED = "cancelled"
TELLING_MARK = re.compile(rb'"status"\s*:\s*"(?:pending|processing|on-hold|cancelled)"')
"""Stands in an order whose status says that there may be something to do."""

REFUNDS = re.compile(rb'"refunds"\s*:\s*\[\s*\{')
"""Stands in an order that has refunds, and at most in somebody's meta of one that has none."""

_PARCEL = re.compile(rb'(?<="_tandem_tracking_number")\s*,\s*"value"\s*:\s*"[0-9A-Za-z ]*"')
"""The number of a parcel, which Tandem wrote itself: it can look like a card's."""

_FORM = "application/x-www-form-urlencoded"
_PING = re.compile(rb"webhook_id=[0-9]+")


def shop_bridge(settings: Shop, clock: Clock) -> Bridge:
    """Takes a shop's webhooks and makes `order.placed` and `order.refunded` of its orders.

    The shop tells of an order many times, in no order and never again after a failure; whatever
    tells of a content first counts, the others have the same id. A content that Tandem has noted on
    the order as seen is not told again. Drafts, other statuses and other topics are answered 200
    and nothing is kept of them. A redirect, or a failure answered to what
    became a dead letter, would only make the shop switch its webhook off.
    """
    secret = settings.webhook_secret.get_secret_value().encode()

    def authenticate(request: Request) -> None:
        if not _is_ping(request):
            _authenticate(request, secret)

    def translate(request: Request) -> Received:
        if request.headers.get(TOPIC_HEADER) not in TOPICS:
            return Received()
        return Received(order_events(request.body, settings, clock))

    return Bridge(source(settings), path(settings), authenticate, translate)


def order_events(body: bytes, settings: Shop, clock: Clock) -> tuple[Message, ...]:
    """What an order tells, sent by a webhook or fetched: the same, with the same ids.

    Raises:
        Rejected: it is no order, or a field of it is missing or of no use.
        CardData: it holds card data. A parcel's number is none, though it can look like it.
    """
    if OWN_MARK in body and not TELLING_MARK.search(body) and not REFUNDS.search(body):
        return ()
    carddata.refuse(_PARCEL.sub(b"", body))
    order, now = _order(body), clock.now_ms()
    shop, currency = settings.code, settings.currency
    told: list[Message] = []
    if order.get("status") in PLACED:
        placed = order_placed(order, shop=shop, currency=currency, received_at=now)
        if known_contents(Fields(order))[:1] != [placed.content]:
            told.append(placed)
    if order.get("status") == CANCELLED:
        told.append(order_cancelled(order, shop=shop, received_at=now))
    told += refunds(order, shop=shop, currency=currency, received_at=now)
    return tuple(told)


def source(settings: Shop) -> str:
    """What the shop is called as a source of messages: `shop/uk`."""
    return f"shop/{settings.code}"


def path(settings: Shop) -> str:
    """Where its webhooks must go, below Tandem's public address."""
    return f"/hooks/{source(settings)}"


def _is_ping(request: Request) -> bool:
    """WooCommerce asks, unsigned and of no topic, whether somebody is there for a new webhook."""
    headers = request.headers
    form = headers.get("content-type", "").startswith(_FORM)
    return form and TOPIC_HEADER not in headers and bool(_PING.fullmatch(request.body))


def _authenticate(request: Request, secret: bytes) -> None:
    """`X-WC-Webhook-Signature` is the base64 HMAC-SHA256 of the exact bytes."""
    given = request.headers.get("x-wc-webhook-signature", "").encode()
    expected = base64.b64encode(hmac.digest(secret, request.body, "sha256"))
    if not hmac.compare_digest(given, expected):
        raise Unauthenticated("X-WC-Webhook-Signature is not that of this body")


def _order(body: bytes) -> Mapping[str, Any]:
    try:
        order = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Rejected("the webhook's body is not JSON") from None
    if not isinstance(order, dict):
        raise Rejected("the webhook's body is no JSON object")
    if type(order.get("id")) is int:
        return order
    if "code" in order:
        raise Rejected(
            f"the shop sent an error in place of an order: {order.get('message', '')} See whether"
            " the user who made the webhook may still read orders, and the order is still there",
            "id",
            str(order["code"]),
        )
    raise Rejected("the webhook's body has no order id", "id")
