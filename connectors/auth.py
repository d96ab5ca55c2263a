"""How requests are authenticated: one small interface, and tokens that are fetched once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from streams.core.clock import Clock
from streams.core.errors import Transient, Unknown


@dataclass(frozen=True)
class Signed:
    """A request's full address with its query, and the headers that prove who asks."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Authenticate(Protocol):
    """Proves to a system who asks."""

    async def sign(self, method: str, url: str, params: Mapping[str, str]) -> Signed:
        """The address to call and the headers to send."""

    async def refused(self, signed: Signed) -> bool:
        """The system answered 401 to this proof: True if another try with a new one makes sense."""


@dataclass(frozen=True)
class Token:
    """An access token and when to fetch the next, ms UTC."""

    value: str
    renew_at: int

    @classmethod
    def lasting(cls, value: str, now_ms: int, seconds: int) -> "Token":
        """A token that ends in `seconds`; renewed when nine tenths of its life are over."""
        return cls(value, now_ms + seconds * 900)


class BearerToken:
    """A bearer token, fetched once for all callers and renewed before it ends.

    Whoever asks while it is being fetched gets what comes of that, a failure as well: systems
    count token requests, and hundreds of calls may wait for one.

    Args:
        fetch: asks the system for a new token; raises `Misconfigured` on wrong credentials. A lost
            reply is `Transient` to the callers: their own requests have not left.
        clock: tells when the token has ended.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Token]], clock: Clock) -> None:
        self._fetch, self._clock = fetch, clock
        self._token: Token | None = None
        self._fetching: asyncio.Task[Token] | None = None

    async def sign(self, method: str, url: str, params: Mapping[str, str]) -> Signed:
        """The address with its query, and `Authorization: Bearer`.

        Raises:
            Transient: no token is to be had now.
            Misconfigured: the credentials are wrong.
        """
        token = self._token
        if token is None or self._clock.now_ms() >= token.renew_at:
            token = await self._renewed()
        return Signed(with_query(url, params), _bearer(token))

    async def refused(self, signed: Signed) -> bool:
        """Forgets the token, unless another caller has renewed it since."""
        if self._token and signed.headers == _bearer(self._token):
            self._token = None
        return True

    async def _renewed(self) -> Token:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch_one())
            self._fetching.add_done_callback(self._fetched)
        return await asyncio.shield(self._fetching)  # a caller may go away, the others still wait

    async def _fetch_one(self) -> Token:
        try:
            return await self._fetch()
        except Unknown as failure:
            raise Transient(failure.reason) from failure

    def _fetched(self, task: asyncio.Task[Token]) -> None:
        self._fetching = None
        if not task.cancelled() and task.exception() is None:
            self._token = task.result()


def _bearer(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.value}"}


def with_query(url: str, params: Mapping[str, str]) -> str:
    """The address with a query string, if there are parameters."""
    return f"{url}?{urlencode(params)}" if params else url
