"""The door for GP API's notifications of payments (facts: 3.1)."""

import hashlib
import hmac
import re

from pydantic import SecretStr

from connectors.heartland.events import payment_events
from streams.core.clock import Clock
from streams.core.connector import Bridge, Received, Request
from streams.core.errors import Unauthenticated

PATH = "/hooks/heartland"

_BLANK = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+')


def payment_bridge(app_key: SecretStr, clock: Clock) -> Bridge:
    """Takes signed notifications and makes `payment.notified` or `payment.taken` of them.

    GP API tells at least once and in no order: a state of a transaction (its status and its amount)
    is one event, however often it is told.

    Args:
        app_key: what the notifications are signed with.
        clock: dates what is received.
    """

    def authenticate(request: Request) -> None:
        _authenticate(request, app_key.get_secret_value())

    def translate(request: Request) -> Received:
        return Received(payment_events(request.body, clock))

    return Bridge("heartland", PATH, authenticate, translate)


def _authenticate(request: Request, app_key: str) -> None:
    """`X-GP-Signature` is the hex SHA-512 of the body and the key; of the raw bytes, or minified.

    Which of the two is not told by the vendor; its own plugins use both.
    """
    given = request.headers.get("x-gp-signature", "").lower().encode()

    def signs(payload: bytes) -> bool:
        expected = hashlib.sha512(payload + app_key.encode()).hexdigest().encode()
        return hmac.compare_digest(given, expected)

    if not (signs(request.body) or signs(_minified(request.body))):
        raise Unauthenticated("X-GP-Signature is not that of this body")


def _minified(body: bytes) -> bytes:
    return _BLANK.sub(rb"\1", body).replace(b"\\/", b"/")
