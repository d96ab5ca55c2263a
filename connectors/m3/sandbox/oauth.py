"""The authorization server: tokens for the one backend service of the `.ionapi` file.

Both client-authentication styles (HTTP Basic, form fields) are taken. Error bodies are those of
the OAuth 2.0 standard; Infor's own were not found.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from urllib.parse import unquote_plus

from aiohttp import web

from connectors.m3.sandbox.quota import DAY_MS, MINUTE_MS, Quota
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from streams.core.clock import Clock


@dataclass(frozen=True)
class Credentials:
    """Client id and secret, service account's access and secret key."""

    ci: str
    cs: str
    saak: str
    sask: str

    @classmethod
    def fresh(cls, tenant: str) -> "Credentials":
        """New credentials in the forms that ION API gives them."""
        return cls(
            ci=f"{tenant}~{secrets.token_urlsafe(32)}",
            cs=secrets.token_urlsafe(48),
            saak=f"{tenant}#{secrets.token_urlsafe(48)}",
            sask=secrets.token_urlsafe(48),
        )


class _Denied(Exception):
    def __init__(self, error: str, description: str, status: int = 400, wait_s: int = 0):
        self.body = {"error": error, "error_description": description}
        self.status = status
        self.wait_s = wait_s
        super().__init__(error)


class Authority:
    """Issues, checks and revokes tokens. Quotas begin anew with each start."""

    def __init__(self, settings: SandboxSettings, clock: Clock, shelves: Shelves = MEMORY):
        known: dict[str, Credentials] = shelves.shelf("credentials", Credentials)
        self.credentials = known.setdefault("", Credentials.fresh(settings.tenant))
        self._settings = settings
        self._clock = clock
        self._access: dict[str, int] = shelves.shelf("access_tokens", int)
        self._refresh: dict[str, int] = shelves.shelf("refresh_tokens", int)
        self._minute = Quota(settings.token_per_minute, MINUTE_MS, clock)
        self._day = Quota(settings.token_per_day, DAY_MS, clock)

    def admits(self, authorization: str) -> bool:
        """Whether an `Authorization` header carries a bearer token that has not expired."""
        kind, _, token = authorization.partition(" ")
        return kind.lower() == "bearer" and self._clock.now_ms() < self._access.get(token, 0)

    async def token(self, request: web.Request) -> web.Response:
        """`POST {pu}token.oauth2`: grants password, client_credentials and refresh_token."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            self._check_quota()
            self._check_client(request, form)
            self._check_grant(form)
        except _Denied as denied:
            return self._denied(denied)
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._access[access] = self._clock.now_ms() + self._settings.token_seconds * 1000
        self._refresh[refresh] = self._clock.now_ms()
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self._settings.token_seconds,
            "refresh_token": refresh,
        }
        return web.json_response(answer, headers={"Cache-Control": "no-store"})

    async def revoke(self, request: web.Request) -> web.Response:
        """`POST {pu}revoke_token.oauth2`: forgets a token, known or not."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            self._check_client(request, form)
        except _Denied as denied:
            return self._denied(denied)
        self._access.pop(form.get("token", ""), None)
        self._refresh.pop(form.get("token", ""), None)
        return web.Response()

    def _denied(self, denied: _Denied) -> web.Response:
        headers = {"WWW-Authenticate": "Basic"} if denied.status == 401 else {}
        if denied.wait_s and self._settings.retry_after:
            headers["Retry-After"] = str(denied.wait_s)
        return web.json_response(denied.body, status=denied.status, headers=headers)

    def _check_quota(self) -> None:
        wait_s = self._minute.take() or self._day.take()
        if wait_s:
            raise _Denied("temporarily_unavailable", "Too many token requests", 429, wait_s)

    def _check_client(self, request: web.Request, form: dict[str, str]) -> None:
        given = _basic(request.headers.get("Authorization", ""))
        client, secret = given or (form.get("client_id", ""), form.get("client_secret", ""))
        known = self.credentials
        if not (_same(client, known.ci) and _same(secret, known.cs)):
            raise _Denied("invalid_client", "Client authentication failed", status=401)

    def _check_grant(self, form: dict[str, str]) -> None:
        known = self.credentials
        match form.get("grant_type"):
            case "password":
                user, password = form.get("username", ""), form.get("password", "")
                if not (_same(user, known.saak) and _same(password, known.sask)):
                    raise _Denied("invalid_grant", "Service account keys are wrong")
            case "client_credentials":
                return
            case "refresh_token":
                if form.get("refresh_token") not in self._refresh:
                    raise _Denied("invalid_grant", "Refresh token is unknown or revoked")
                del self._refresh[form["refresh_token"]]
            case None:
                raise _Denied("invalid_request", "grant_type is missing")
            case _:
                raise _Denied("unsupported_grant_type", "grant_type is not supported")


def _basic(authorization: str) -> tuple[str, str] | None:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client), unquote_plus(secret)


def _same(given: str, known: str) -> bool:
    return secrets.compare_digest(given.encode(), known.encode())
