"""Signing in to GP API: a hash over a nonce gives a bearer token (facts: UCP)."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from connectors.auth import BearerToken, Signed, Token, with_query
from connectors.heartland.errors import SIGN_IN
from connectors.heartland.settings import HeartlandSettings
from connectors.http import Call, HttpClient
from streams.core.clock import Clock
from streams.core.errors import Misconfigured

VERSION = "2021-03-22"
_PROCESSING = "TRA_"


class Anonymous:
    """Proves nothing: for the sign-in itself."""

    async def sign(self, method: str, url: str, params: Mapping[str, str]) -> Signed:
        """The address with its query."""
        return Signed(with_query(url, params))

    async def refused(self, signed: Signed) -> bool:
        """There is no other proof to try."""
        return False


class SignIn:
    """One access token for all calls, and the account that it is good for.

    There is no refresh token: before a token ends, and when GP API no longer takes it (40001), we
    sign in again.

    Args:
        http: a client without credentials.
        settings: the application's id and key.
        clock: tells when the token has ended.
    """

    def __init__(self, http: HttpClient, settings: HeartlandSettings, clock: Clock) -> None:
        self._http, self._settings, self._clock = http, settings, clock
        self._account = ""
        self.bearer = BearerToken(self._fetch, clock)

    async def account_name(self) -> str:
        """The account that transactions are booked to; signs in if nobody has yet.

        Raises:
            Misconfigured: the credentials are wrong, or the token has no such account.
        """
        if not self._account:
            await self.bearer.sign("", "", {})
        return self._account

    async def _fetch(self) -> Token:
        nonce = secrets.token_hex(16)
        key = self._settings.app_key.get_secret_value()
        call = Call(
            SIGN_IN,
            "POST",
            self._settings.token_path,
            body={
                "app_id": self._settings.app_id,
                "nonce": nonce,
                "secret": hashlib.sha512((nonce + key).encode()).hexdigest(),
                "grant_type": "client_credentials",
            },
            headers={"X-GP-Version": VERSION},
            tries=1,  # another try needs another nonce
        )
        answer = (await self._http.call(call)).json()
        self._account = self._processing_account(answer["scope"]["accounts"])
        seconds = int(answer["seconds_to_expire"])
        return Token.lasting(answer["token"], self._clock.now_ms(), seconds)

    def _processing_account(self, accounts: list[dict[str, Any]]) -> str:
        names = [each["name"] for each in accounts if each["id"].startswith(_PROCESSING)]
        wanted = self._settings.account_name or next(iter(names), "")
        if wanted not in names:
            raise Misconfigured(
                f"the access token has no processing account {wanted!r}, only"
                f" {', '.join(names) or 'none'}: set TANDEM_HEARTLAND_ACCOUNT_NAME"
            )
        return wanted
