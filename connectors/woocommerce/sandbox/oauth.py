"""Who is calling: OAuth 1.0a, one-legged, on plain HTTP (facts: 1.1)."""

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature, utils

from connectors.woocommerce.sandbox.errors import RestError
from streams.core.clock import Clock

WINDOW_MS = 15 * 60 * 1000
REQUIRED = (
    "oauth_consumer_key",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
)
SIGNERS: dict[str, Callable[[str, Client], str]] = {
    "HMAC-SHA1": signature.sign_hmac_sha1_with_client,
    "HMAC-SHA256": signature.sign_hmac_sha256_with_client,
}


@dataclass(frozen=True)
class Call:
    """What of a request is signed or names the caller.

    Args:
        method: HTTP method.
        url: scheme, host header and raw path, without the query.
        query: decoded query parameters in their order, repeats included.
        authorization: the header, or "".
        secure: came over TLS.
    """

    method: str
    url: str
    query: Sequence[tuple[str, str]]
    authorization: str = ""
    secure: bool = False


@dataclass
class Authenticator:
    """Checks requests against the shop's one key.

    Args:
        consumer_key: the known key.
        consumer_secret: its secret.
        clock: decides what is too old.
        basic_on_http: accept Basic without TLS as well (our extension).
        nonces: when each was used, of the latest 15 minutes.
    """

    consumer_key: str
    consumer_secret: str = field(repr=False)
    clock: Clock
    basic_on_http: bool = True
    nonces: dict[str, int] = field(default_factory=dict)

    def authenticated(self, call: Call) -> bool:
        """True for a signed caller, False for one that names no known key (anonymous).

        Raises:
            RestError: 401, credentials were tried and are wrong.
        """
        if (call.secure or self.basic_on_http) and self._basic(call):
            return True
        params = self._oauth_params(call)
        if params is None:
            return False
        if params["oauth_consumer_key"] != self.consumer_key:
            raise _refused("Consumer key is invalid.")
        self._check_signature(call, params)
        self._check_freshness(params)
        return True

    def _basic(self, call: Call) -> bool:
        scheme, _, encoded = call.authorization.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            key, _, secret = base64.b64decode(encoded).decode().partition(":")
        except ValueError:
            return False
        if key != self.consumer_key:
            return False
        if not hmac.compare_digest(secret.encode(), self.consumer_secret.encode()):
            raise _refused("Consumer secret is invalid.")
        return True

    def _oauth_params(self, call: Call) -> dict[str, str] | None:
        params = dict(call.query)
        if call.authorization.startswith("OAuth "):
            params |= _header_params(call.authorization)
        missing = [name for name in REQUIRED if not params.get(name)]
        if len(missing) == len(REQUIRED):
            return None
        if missing:
            plural = "s" if len(missing) > 1 else ""
            raise RestError(
                401,
                "woocommerce_rest_authentication_missing_parameter",
                f"Missing OAuth parameter{plural} {', '.join(missing)}",
            )
        return params

    def _check_signature(self, call: Call, params: dict[str, str]) -> None:
        sign = SIGNERS.get(params["oauth_signature_method"])
        if sign is None:
            raise _refused("Invalid signature - signature method is invalid.")
        signed = [pair for pair in params.items() if pair[0] != "oauth_signature"]
        normalized = signature.normalize_parameters(signed)  # type: ignore[arg-type] # stub is wrong
        address = signature.base_string_uri(call.url)
        base = signature.signature_base_string(call.method, address, normalized)  # type: ignore[arg-type] # as above
        expected = sign(base, Client(self.consumer_key, self.consumer_secret))
        given = params["oauth_signature"].replace(" ", "+")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise _refused("Invalid signature - provided signature does not match.")

    def _check_freshness(self, params: dict[str, str]) -> None:
        now = self.clock.now_ms()
        stamp = params["oauth_timestamp"]
        sent = int(stamp) * 1000 if stamp.isdecimal() else 0
        if abs(now - sent) > WINDOW_MS:
            raise _refused("Invalid timestamp.")
        self._forget(now)
        if params["oauth_nonce"] in self.nonces:
            raise _refused("Invalid nonce - nonce has already been used.")
        self.nonces[params["oauth_nonce"]] = now

    def _forget(self, now: int) -> None:
        while self.nonces:
            oldest = next(iter(self.nonces))
            if now - self.nonces[oldest] <= WINDOW_MS:
                return
            del self.nonces[oldest]


def _header_params(authorization: str) -> dict[str, str]:
    try:
        pairs = utils.parse_authorization_header(authorization)
    except ValueError:
        return {}
    return {name: unquote_plus(value) for name, value in pairs if name.startswith("oauth_")}


def _refused(message: str) -> RestError:
    return RestError(401, "woocommerce_rest_authentication_error", message)
