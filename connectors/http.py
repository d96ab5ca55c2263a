"""The one HTTP client stack: token -> limiter -> retry by class -> error table -> metrics.

A connector gives a base address, a way to authenticate and an error table; it never retries itself.
"""

import asyncio
import json as jsonlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from io import BytesIO
from time import perf_counter
from typing import Any

import aiohttp
from aiolimiter import AsyncLimiter

from connectors.auth import Authenticate, Signed
from streams.core.errors import Failure, Misconfigured, Transient, Unknown
from streams.core.metrics import Metrics
from streams.core.retry import Backoff

PATIENCE = 5.0
"""Seconds: who is asked to wait longer gets the failure, so that no call is under way for hours."""


@dataclass(frozen=True)
class Call:
    """An HTTP request to a system.

    Attributes:
        name: what it is called in the metrics, e.g. `POST /transactions`; no ids in it.
        path: below the base address.
        body: JSON to send, or bytes as they are.
        repeatable: sending it again does no harm, so that a lost reply is just another try.
        tries: how often it is sent at the most before the failure is the caller's.
    """

    name: str
    method: str
    path: str
    body: Any = None
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False
    tries: int = 3


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers match in any case, as HTTP has it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return jsonlib.loads(self.body)
        except ValueError:
            return None


Judge = Callable[[Call, Answer], Failure | None]
"""An error table at work: None for an answer that is fine, else what must be done."""


class HttpClient:
    """Calls one system.

    Args:
        system: its name in the metrics.
        base_url: what paths are appended to, without a slash at the end.
        session: aiohttp's, owned by the caller.
        authenticate: signs each request; told when the system no longer accepts its token.
        judge: the connector's error table.
        per_minute: the system's quota, never exceeded by this client; None for no limit.
        timeout: seconds after which a reply counts as lost; a third of it to get a connection.
        sleep: waits so many seconds between two tries.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        session: aiohttp.ClientSession,
        authenticate: Authenticate,
        judge: Judge,
        metrics: Metrics,
        per_minute: int | None = None,
        timeout: float = 30.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._system, self._base, self._session = system, base_url.rstrip("/"), session
        self._authenticate, self._judge, self._metrics = authenticate, judge, metrics
        self._limiter = below(per_minute) if per_minute else None
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=timeout / 3)
        self._sleep = sleep

    async def call(self, call: Call) -> Answer:
        """Sends a request and returns an answer that the error table finds fine.

        Raises:
            Transient: it had no effect, also after `tries` or when asked to wait for long; worth
                another try later.
            Unknown: the reply to one of the tries was lost, and the effect may have happened.
            Rejected: the system refuses it for good.
            Misconfigured: the credentials or the address are wrong.
        """
        backoff = Backoff()
        lost: Unknown | None = None
        for tries_left in reversed(range(call.tries)):
            try:
                return await self._once(call)
            except (Transient, Unknown) as failure:
                if isinstance(failure, Unknown):
                    lost = failure
                wait = backoff.next(getattr(failure, "retry_after", None))
                if not tries_left or wait > PATIENCE or (lost and not call.repeatable):
                    raise lost or failure from failure.__cause__
                self._metrics.count("tandem_retries_total", self._system, type(failure).__name__)
                await self._sleep(wait)
        raise ValueError(f"{call.name}: a call needs at least one try")

    async def _once(self, call: Call) -> Answer:
        answer, signed = await self._send(call)
        if answer.status == 401 and await self._authenticate.refused(signed):
            answer, _ = await self._send(call)
        verdict = self._judge(call, answer)
        if verdict is not None:
            raise verdict
        return answer

    async def _send(self, call: Call) -> tuple[Answer, Signed]:
        if self._limiter:
            await self._limiter.acquire()
        signed = await self._authenticate.sign(call.method, self._base + call.path, call.params)
        body = call.body
        if body is not None and not isinstance(body, bytes):
            body = jsonlib.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        # As a stream: aiohttp warns of bytes above 1 MiB.
        data = BytesIO(body) if body else None
        headers = {"Content-Type": "application/json", **call.headers, **signed.headers}
        started = perf_counter()
        outcome = "lost"
        try:
            async with self._session.request(
                call.method,
                signed.url,
                data=data,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                middlewares=(_sent_once,),
            ) as response:
                answer = Answer(response.status, response.headers, await response.read())
            outcome = str(answer.status)
            return answer, signed
        except aiohttp.InvalidURL as error:
            outcome = "unreachable"
            raise Misconfigured(f"{self._system}: {self._base!r} is no http address") from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            outcome = "unreachable"
            raise Transient(f"{self._system} cannot be reached at {self._base}") from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise Unknown(f"no reply from {self._system}: {error or 'timeout'}") from error
        finally:
            seconds = perf_counter() - started
            self._metrics.count("tandem_calls_total", self._system, call.name, outcome)
            self._metrics.observe("tandem_call_seconds", self._system, call.name, seconds=seconds)


async def _sent_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keeps aiohttp from sending a GET or PUT again by itself when a kept connection is closed."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(str(error)) from error


def below(per_minute: int) -> AsyncLimiter:
    """A limiter that lets no more than `per_minute` calls pass in any 60 seconds.

    It spreads them: a second's share at once, the rest as that leaks away.
    """
    burst = max(1, per_minute // 60)
    return AsyncLimiter(burst, 60 * burst / (per_minute - burst + 1))


def retry_after(answer: Answer) -> float | None:
    """Seconds of a `Retry-After` header (RFC 9110, 10.2.3); None for none.

    A date there is compared with the answer's own `Date`: no clock of ours takes part.
    """
    text = answer.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
