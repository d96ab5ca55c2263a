"""Access tokens: sign-in by a hash over a nonce, and what a token lets its bearer do.

There is no refresh token; a client signs in again (facts: UCP, PHP `AccessTokenTest`).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.heartland.sandbox import fields
from connectors.heartland.sandbox.errors import (
    ACCOUNT_NOT_IN_TOKEN,
    CONDITIONALLY_MISSING,
    CREDENTIALS,
    INVALID_TOKEN,
    UNKNOWN_PERMISSION,
    GpApiError,
    unexpected,
)
from connectors.heartland.sandbox.ids import new_id
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from streams.core.clock import iso

_SHORTEST, _LONGEST = 60, 604_800

INTERVALS: Mapping[str, int] = {
    "WEEK": 604_800,
    "DAY": 86_400,
    "12_HOURS": 43_200,
    "6_HOURS": 21_600,
    "3_HOURS": 10_800,
    "1_HOUR": 3_600,
    "30_MINUTES": 1_800,
    "10_MINUTES": 600,
    "5_MINUTES": 300,
}


@dataclass(frozen=True)
class Account:
    """An account of the merchant, and the permissions that go with it."""

    id: str
    name: str
    permissions: tuple[str, ...]


PROCESSING = Account(
    "TRA_1366cd0db8c14fffb130ab49be84d944",
    "transaction_processing",
    (
        "TRN_POST_Authorize",
        "TRN_POST_Capture",
        "TRN_POST_Refund",
        "TRN_POST_Reverse",
        "TRN_POST_Adjust",
        "TRN_POST_Reauthorize",
        "TRN_GET_Single",
        "TRN_GET_List",
        "PYR_POST_Create",
        "PYR_PATCH_Edit",
        "PYR_GET_Single",
        "PYR_GET_List",
        "BAT_POST_Close",
        "BAT_GET_Single",
    ),
)
TOKENIZATION = Account(
    "TKA_6a1f2a0e8c2b4b7da9d5b2b9a7c0f3d1",
    "tokenization",
    (
        "PMT_POST_Create",
        "PMT_POST_Create_Single",
        "PMT_POST_Search",
        "PMT_PATCH_Edit",
        "PMT_GET_Single",
        "PMT_GET_List",
        "PMT_DELETE_Delete",
    ),
)
DATA = Account(
    "DAA_0f2b5a7c9d1e4f60a8b3c6d9e2f50718",
    "settlement_reporting",
    (
        "TRN_GET_Single",
        "TRN_GET_List",
        "TRN_GET_List_Funded",
        "DIS_GET_Single_Funded",
        "DIS_GET_List_Funded",
        "DEP_GET_Single",
        "DEP_GET_List",
        "RPT_GET_List",
        "ACT_GET_Single",
        "ACT_GET_List",
    ),
)
DISPUTES = Account(
    "DIA_882c832d13e04185bb6e213d6303ed98",
    "dispute_management",
    ("DIS_GET_Lists", "DIS_GET_Single", "DIS_POST_Accept", "DIS_POST_Challenge"),
)
ACCOUNTS = (PROCESSING, TOKENIZATION, DATA, DISPUTES)

_KNOWN_PERMISSIONS = frozenset(p for account in ACCOUNTS for p in account.permissions)


@dataclass(frozen=True)
class AccessToken:
    """A token that was issued; `accounts` hold only the permissions that were asked for."""

    token: str
    expires_ms: int
    accounts: tuple[Account, ...]

    def may(self, permission: str) -> bool:
        """Whether an action with this permission is allowed."""
        return any(permission in account.permissions for account in self.accounts)


def find_account(given: fields.Body, token: AccessToken, prefix: str) -> Account:
    """The token's account of a kind that a body or query names.

    Args:
        given: `account_name` or `account_id`, or both.
        token: whose accounts they must be of.
        prefix: the kind: `TRA_`, `DAA_` …

    Raises:
        GpApiError: 40007 neither is given; 403 40003 the token has no such account.
    """
    name, id = fields.text(given, "account_name"), fields.text(given, "account_id")
    if not name and not id:
        text = (
            "Request expects the following conditionally mandatory fields account_id, account_name."
        )
        raise GpApiError(CONDITIONALLY_MISSING, text)
    for account in token.accounts:
        if not account.id.startswith(prefix):
            continue
        if (not id or account.id == id) and (not name or account.name == name):
            return account
    raise GpApiError(ACCOUNT_NOT_IN_TOKEN, "Access token and merchant info do not match")


class AccessTokens:
    """The tokens that one sandbox issued, and the nonces that were used for them."""

    def __init__(self, settings: SandboxSettings, shelves: Shelves = MEMORY) -> None:
        self._settings = settings
        self._issued: dict[str, AccessToken] = shelves.shelf("access_tokens", AccessToken)
        self._nonces: dict[str, int] = shelves.shelf("nonces", int)

    def issue(self, body: fields.Body, now_ms: int) -> dict[str, object]:
        """Signs a client in and answers the token response.

        Raises:
            GpApiError: 40005 a field is missing; 40213 the expiry is out of range; 40119 an unknown
                permission; 40004 the application or the secret is not known, or the nonce was used.
        """
        fields.require(body, "app_id", "nonce", "secret", "grant_type")
        fields.choice(body, "grant_type", ("client_credentials",))
        self._check_credentials(body, now_ms)
        seconds, interval = self._expiry(body)
        token = AccessToken(new_id("TKN"), now_ms + seconds * 1000, _scope(body))
        self._issued[token.token] = token
        return {
            "token": token.token,
            "type": "Bearer",
            "scope": {
                "merchant_id": self._settings.merchant_id,
                "merchant_name": self._settings.merchant_name,
                "accounts": [
                    {"id": a.id, "name": a.name, "permissions": list(a.permissions)}
                    for a in token.accounts
                ],
            },
            "app_id": self._settings.app_id,
            "app_name": self._settings.app_name,
            "time_created": iso(now_ms),
            "seconds_to_expire": seconds,
            "interval_to_expire": interval,
            "email": "sandbox@example.com",
        }

    def check(self, authorization: str, now_ms: int) -> AccessToken:
        """The token of an `Authorization` header.

        Raises:
            GpApiError: 40001 it is missing, unknown or has expired.
        """
        scheme, _, value = authorization.partition(" ")
        token = self._issued.get(value)
        if scheme != "Bearer" or token is None or now_ms >= token.expires_ms:
            raise GpApiError(INVALID_TOKEN, "Invalid access token")
        return token

    def _check_credentials(self, body: fields.Body, now_ms: int) -> None:
        if fields.find(body, "app_id") != self._settings.app_id:
            raise GpApiError(CREDENTIALS, "App credentials not recognized")
        nonce = fields.text(body, "nonce")
        secret = fields.text(body, "secret", shortest=0, longest=1000)
        salted = (nonce + self._settings.app_key).encode(errors="replace")
        expected = hashlib.sha512(salted).hexdigest()
        if nonce in self._nonces or not hmac.compare_digest(
            secret.encode(errors="replace"), expected.encode()
        ):
            text = "Credentials not recognized to create access token."
            raise GpApiError(CREDENTIALS, text)
        self._nonces[nonce] = now_ms

    def _expiry(self, body: fields.Body) -> tuple[int, str]:
        interval = fields.choice(body, "interval_to_expire", INTERVALS)
        seconds = fields.find(body, "seconds_to_expire")
        if seconds is None:
            return INTERVALS.get(interval, self._settings.token_seconds), interval
        digits = str(seconds)
        if not digits.isdecimal() or not _SHORTEST <= int(digits) <= _LONGEST:
            raise unexpected("seconds_to_expire")
        return int(digits), interval


def _scope(body: fields.Body) -> tuple[Account, ...]:
    asked = fields.find(body, "permissions")
    if not asked:
        return ACCOUNTS
    if not isinstance(asked, list):
        raise unexpected("permissions")
    unknown = [str(p) for p in asked if str(p) not in _KNOWN_PERMISSIONS]
    if unknown:
        raise GpApiError(UNKNOWN_PERMISSION, f"Invalid permissions [ {','.join(unknown)} ]")
    limited = (
        Account(a.id, a.name, tuple(p for p in a.permissions if p in asked)) for a in ACCOUNTS
    )
    return tuple(account for account in limited if account.permissions)
