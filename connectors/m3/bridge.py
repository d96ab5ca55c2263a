"""ION Messaging Service, the application's side: where ION delivers M3's BODs.

Versions 2 and 3 carry the same documents, so a document gives the same events by either. What an
application answers, and the bodies of ping, protocol, versions and discovery, are by analogy:
Infor's public pages name the paths, not the bodies.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Callable
from typing import Any

from connectors import carddata
from connectors.m3 import multipart
from connectors.m3.bods import Context, events
from connectors.m3.delivered import Delivered
from connectors.m3.ionapi import IonApi
from connectors.m3.message_request import message
from connectors.m3.settings import M3Settings
from streams.core.clock import Clock
from streams.core.connector import Bridge, Received, Request
from streams.core.errors import Rejected, Unauthenticated

PATH = "/ims/"
_KEPT = 201
_NOT_KEPT = 422
_TOLD: dict[str, Any] = {
    "GET service/ping": {"status": "OK"},
    "GET service/protocol": {"version": "v3", "parameters": {"hasDiscovery": False}},
    "GET service/versions": ["v2", "v3"],
    "POST service/v2/discovery": {"documents": []},
    "POST service/v3/discovery": {"documents": []},
}
_TAKEN: dict[str, Callable[[Request], Delivered]] = {
    "POST service/v3/multipartMessage": multipart.parts,
    "POST service/v3/message/multipart": multipart.body,
    "POST service/v2/multipartMessage": multipart.parts,
    "POST service/v2/message": message,
}
_HIDDEN = "the document holds card data under its encoding, where no mask reaches it: not kept"


def bod_bridge(settings: M3Settings, ionapi: IonApi, clock: Clock) -> Bridge:
    """The door for M3's BODs; answers 201, also for one that becomes a dead letter."""
    secret = settings.ims_secret.get_secret_value()
    expected = f"{settings.ims_user}:{secret}".encode()

    def authenticate(request: Request) -> None:
        if not hmac.compare_digest(_credentials(request), expected):
            raise Unauthenticated("the user or password of the endpoint's security is wrong")

    def translate(request: Request) -> Received:
        action = f"{request.method} {request.path.removeprefix(PATH)}"
        if action in _TOLD:
            return _answer(200, _TOLD[action])
        take = _TAKEN.get(action)
        if take is None:
            return _answer(404, {"status": "ERROR", "errors": [f"no such service: {action}"]})
        _check_tenant(request, ionapi.ti)
        context = Context(ionapi.ti, settings.accounting_entity, clock.now_ms())
        document = take(request).document
        try:
            return _answer(_KEPT, {"status": "OK"}, events(document, context))
        except Rejected:
            if not _hides_card_data(request, document):
                raise
            return _answer(_NOT_KEPT, {"status": "ERROR", "errors": [_HIDDEN]})

    return Bridge(
        "m3", PATH, authenticate, translate, methods=("GET", "POST"), refused_status=_KEPT
    )


def _check_tenant(request: Request, tenant: str) -> None:
    given = request.headers.get("x-tenantid", "")
    if given.casefold() != tenant.casefold():
        raise Unauthenticated(f"X-TenantId is {given or 'missing'}, not {tenant}")


def _hides_card_data(request: Request, document: bytes) -> bool:
    """Whether a dead letter, which keeps the request's bytes masked, would keep card data."""
    return bool(carddata.find(document)) and not carddata.find(request.body)


def _credentials(request: Request) -> bytes:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _answer(status: int, body: Any, messages: tuple[Any, ...] = ()) -> Received:
    return Received(messages, status, json.dumps(body), "application/json")
