"""Who is asking: OAuth 1.0a on plain HTTP, Basic on HTTPS, as WooCommerce takes them (facts: 1.1).

On HTTP everything is in the query, once, and signed as RFC 5849 says. The official clients send
their own parameters twice and sign a slash or a list wrongly (facts: 1.2).
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote, urlsplit

from connectors.auth import Authenticate, Signed, with_query
from connectors.woocommerce.settings import Shop
from streams.core.clock import Clock

_escape = partial(quote, safe="~")
"""Percent-encodes all but letters, digits, `-`, `.`, `_`, `~` (RFC 5849, 3.6)."""


def _base_uri(url: str) -> str:
    """The address as RFC 5849, 3.4.1.2 has it signed: host in lower case, port 80 left out."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(':80')}{parts.path or '/'}"


class OAuth1:
    """One-legged OAuth 1.0a: a fresh nonce and signature for each request; the body is not signed.

    Args:
        key, secret: the REST key.
        clock: the shop refuses what is 15 minutes off its own.
    """

    def __init__(self, key: str, secret: str, clock: Clock) -> None:
        self._key, self._clock = key, clock
        self._signing_key = f"{_escape(secret)}&".encode()

    async def sign(self, method: str, url: str, params: Mapping[str, str]) -> Signed:
        """The address with its query and its signature (RFC 5849, 3.4).

        Signed by hand: oauthlib, the tests' yardstick, takes six times as long.
        """
        proof = {
            "oauth_consumer_key": self._key,
            "oauth_nonce": secrets.token_hex(16),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(self._clock.now_ms() // 1000),
            "oauth_version": "1.0",
        }
        pairs = ((_escape(name), _escape(value)) for name, value in {**params, **proof}.items())
        query = "&".join(f"{name}={value}" for name, value in sorted(pairs))
        base = f"{method.upper()}&{_escape(_base_uri(url))}&{_escape(query)}"
        digest = hmac.digest(self._signing_key, base.encode(), "sha256")
        signature = _escape(base64.b64encode(digest).decode())
        return Signed(f"{url}?{query}&oauth_signature={signature}")

    async def refused(self, signed: Signed) -> bool:
        """Another signature by the same key would be refused as well."""
        return False


class Basic:
    """HTTP Basic; only over TLS, real shops do not even read it otherwise."""

    def __init__(self, key: str, secret: str) -> None:
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {pair}"}

    async def sign(self, method: str, url: str, params: Mapping[str, str]) -> Signed:
        """The address with its query, and the header."""
        return Signed(with_query(url, params), self._headers)

    async def refused(self, signed: Signed) -> bool:
        """The same key would be refused again."""
        return False


def authentication(settings: Shop, clock: Clock) -> Authenticate:
    """What the shop's address asks for."""
    key = settings.consumer_key.get_secret_value()
    secret = settings.consumer_secret.get_secret_value()
    if settings.url.startswith("https:"):
        return Basic(key, secret)
    return OAuth1(key, secret, clock)
