"""The HTTP stack against a vendor that a test plays."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from multidict import CIMultiDict

from connectors.auth import BearerToken, Token
from connectors.http import PATIENCE, Answer, Call, HttpClient, below, retry_after
from streams.core.clock import SteppingClock
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown
from streams.core.metrics import Metrics

ORDER = {"reference": "uk-536365", "note": "crème & 5 £"}
Reply = Callable[["Vendor", web.Request], Awaitable[web.StreamResponse]]


def answer(status: int = 200, body: str = "{}", **headers: str) -> Reply:
    async def reply(vendor: "Vendor", request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=body, headers=named)

    return reply


async def hang_up(vendor: "Vendor", request: web.Request) -> web.StreamResponse:
    """The effect happens, the reply gets lost."""
    assert request.transport
    request.transport.close()
    return web.Response()


async def say_nothing(vendor: "Vendor", request: web.Request) -> web.StreamResponse:
    await vendor.patient.wait()
    return web.Response()


async def break_off(vendor: "Vendor", request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"id":')
    assert request.transport
    request.transport.close()
    return response


@dataclass
class Vendor:
    """A system with bearer tokens: takes the `valid` one, says `replies` in turn, then 200."""

    replies: list[Reply] = field(default_factory=list)
    valid: str = "token-1"
    tokens_asked: int = 0
    effects: list[tuple[str, bytes]] = field(default_factory=list)
    requests: list[web.BaseRequest] = field(default_factory=list)
    patient: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        body = await request.read()
        if request.path == "/base/token":
            self.tokens_asked += 1
            return web.json_response({"token": self.valid})
        if request.headers.get("Authorization") != f"Bearer {self.valid}":
            return web.Response(status=401)
        self.effects.append((request.method, body))
        reply = self.replies.pop(0) if self.replies else answer()
        return await reply(self, request)


def judge(call: Call, answer: Answer) -> Failure | None:
    if answer.status == 429:
        return Transient("quota", retry_after(answer))
    if answer.status == 401:
        return Misconfigured("set the key")
    if answer.status >= 500:
        return Transient("down")
    return Rejected("no such customer", "CUNO") if answer.status >= 400 else None


@dataclass
class Stand:
    """A vendor, a session with it, and the waits that a client would have made."""

    vendor: Vendor
    session: aiohttp.ClientSession
    url: str
    metrics: Metrics = field(default_factory=Metrics)
    clock: SteppingClock = field(default_factory=SteppingClock)
    waits: list[float] = field(default_factory=list)

    async def fetch_token(self) -> Token:
        async with self.session.post(f"{self.url}/token") as response:
            return Token.lasting((await response.json())["token"], self.clock.now_ms(), 3600)

    def client(self, url: str = "", **more: Any) -> HttpClient:
        async def wait(seconds: float) -> None:
            self.waits.append(seconds)

        bearer = BearerToken(self.fetch_token, self.clock)
        given = {"session": self.session, "sleep": wait, **more}
        return HttpClient(
            "m3",
            url or self.url,
            authenticate=bearer,
            judge=judge,
            metrics=self.metrics,
            **given,
        )

    def counted(self, metric: str) -> dict[tuple[str, ...], float]:
        return {
            tuple(sample.labels.values()): sample.value
            for family in self.metrics.registry.collect()
            for sample in family.samples
            if sample.name == metric
        }


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    vendor = Vendor()
    app = web.Application(client_max_size=10 * 1024 * 1024)
    app.router.add_route("*", "/{tail:.*}", vendor.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        try:
            yield Stand(vendor, session, str(server.make_url("/base")))
        finally:
            vendor.patient.set()


def post(**more: Any) -> Call:
    given = {"method": "POST", "path": "/orders", "body": ORDER, **more}
    return Call("POST /orders", **given)


async def test_a_call_arrives_as_it_was_meant_and_its_answer_comes_back(stand: Stand) -> None:
    stand.vendor.replies = [answer(201, '{"id": "TRN_1"}', x_request_id="r1")]
    params = {"filter": "a&b=c+d é/;", "page": "1"}
    call = post(path="/orders/uk%2F1", params=params, headers={"X-GP-Version": "2021-03-22"})
    got = await stand.client().call(call)
    request = stand.vendor.requests[-1]
    assert request.raw_path.startswith("/base/orders/uk%2F1?")
    assert dict(request.query) == params
    assert request.headers["X-GP-Version"] == "2021-03-22"
    assert request.headers["Content-Type"] == "application/json"
    (_, body) = stand.vendor.effects[0]
    assert json.loads(body) == ORDER
    assert int(request.headers["Content-Length"]) == len(body)
    assert (got.status, got.json(), got.headers["X-Request-Id"]) == (201, {"id": "TRN_1"}, "r1")


async def test_bytes_go_as_they_are_however_many(stand: Stand) -> None:
    bod = b"<SyncInvoice/>" * 100_000
    await stand.client().call(post(body=bod, headers={"Content-Type": "application/xml"}))
    assert stand.vendor.effects == [("POST", bod)]
    assert stand.vendor.requests[-1].headers["Content-Type"] == "application/xml"


async def test_an_answer_that_is_no_json_is_none(stand: Stand) -> None:
    stand.vendor.replies = [answer(200, "<html>maintenance</html>")]
    assert (await stand.client().call(post())).json() is None


async def test_many_calls_at_once_share_one_token(stand: Stand) -> None:
    client = stand.client()
    await asyncio.gather(*(client.call(post()) for _ in range(50)))
    assert (stand.vendor.tokens_asked, len(stand.vendor.effects)) == (1, 50)


async def test_a_token_that_the_system_forgot_is_renewed_once_for_all(stand: Stand) -> None:
    client = stand.client()
    await client.call(post())
    stand.vendor.valid = "token-2"
    await asyncio.gather(*(client.call(post()) for _ in range(50)))
    assert (stand.vendor.tokens_asked, len(stand.vendor.effects)) == (2, 51)
    assert not stand.waits


async def test_a_fresh_token_that_is_refused_as_well_is_the_tables_case(stand: Stand) -> None:
    stand.vendor.replies = [answer(401), answer(401)]
    with pytest.raises(Misconfigured, match="set the key"):
        await stand.client().call(post())


async def test_who_is_asked_to_wait_waits_and_has_one_effect(stand: Stand) -> None:
    for name in ("Retry-After", "retry-after"):
        stand.vendor.replies = [answer(429, **{name: "3"})]
        await stand.client().call(post())
    assert [wait >= 3 for wait in stand.waits] == [True, True]
    assert stand.counted("tandem_retries_total") == {("m3", "Transient"): 2}


async def test_who_is_asked_to_wait_for_long_gives_the_wait_to_the_caller(stand: Stand) -> None:
    stand.vendor.replies = [answer(429, Retry_After="60")]
    with pytest.raises(Transient) as caught:
        await stand.client().call(post())
    assert caught.value.retry_after == 60 > PATIENCE
    assert (len(stand.vendor.effects), stand.waits) == (1, [])


async def test_a_system_that_is_down_is_tried_so_often_and_no_more(stand: Stand) -> None:
    stand.vendor.replies = [answer(503)] * 5
    with pytest.raises(Transient, match="down"):
        await stand.client().call(post(tries=4))
    assert (len(stand.vendor.effects), len(stand.waits)) == (4, 3)
    assert stand.waits[0] < 0.2 < stand.waits[2]


async def test_what_the_table_refuses_is_not_tried_again(stand: Stand) -> None:
    stand.vendor.replies = [answer(404)]
    with pytest.raises(Rejected) as caught:
        await stand.client().call(post(repeatable=True))
    assert caught.value.field == "CUNO"
    assert len(stand.vendor.effects) == 1


async def test_a_redirect_is_an_answer_and_is_not_followed(stand: Stand) -> None:
    stand.vendor.replies = [answer(307, Location="/elsewhere")]
    assert (await stand.client().call(post())).status == 307
    assert len(stand.vendor.effects) == 1


async def test_nobody_listens_so_nothing_has_happened(stand: Stand) -> None:
    client = stand.client(f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(Transient, match="cannot be reached"):
        await client.call(post())
    assert len(stand.waits) == 2
    assert stand.counted("tandem_calls_total")["m3", "POST /orders", "unreachable"] == 3


async def test_no_free_connection_in_time_so_nothing_has_happened(stand: Stand) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        client = stand.client(session=session, timeout=0.2)
        stand.vendor.replies = [say_nothing]
        holding, late = await asyncio.gather(
            client.call(post(tries=1)), client.call(post(tries=1)), return_exceptions=True
        )
    assert isinstance(holding, Unknown)
    assert isinstance(late, Transient)
    assert len(stand.vendor.effects) == 1


@pytest.mark.parametrize("lost", [hang_up, say_nothing, break_off], ids=lambda r: r.__name__)
@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
async def test_a_lost_reply_is_unknown_and_sent_once(
    stand: Stand, lost: Reply, method: str
) -> None:
    client = stand.client(timeout=0.1)
    await client.call(post())  # a connection is kept, as in real life
    stand.vendor.replies = [lost]
    with pytest.raises(Unknown, match="no reply from m3"):
        await client.call(post(method=method))
    assert len(stand.vendor.effects) == 2


@pytest.mark.parametrize("lost", [hang_up, say_nothing, break_off], ids=lambda r: r.__name__)
async def test_a_lost_reply_is_another_try_for_what_may_be_repeated(
    stand: Stand, lost: Reply
) -> None:
    stand.vendor.replies = [lost, answer(body='{"id": "TRN_1"}')]
    got = await stand.client(timeout=0.1).call(post(repeatable=True))
    assert got.json() == {"id": "TRN_1"}
    assert stand.counted("tandem_retries_total") == {("m3", "Unknown"): 1}


async def test_after_a_lost_reply_an_outage_does_not_mean_no_effect(stand: Stand) -> None:
    stand.vendor.replies = [hang_up, answer(503), answer(503)]
    with pytest.raises(Unknown):
        await stand.client().call(post(repeatable=True))


async def test_an_address_that_is_none_is_for_the_operator(stand: Stand) -> None:
    with pytest.raises(Misconfigured, match=r"'m3\.example\.com' is no http address"):
        await stand.client("m3.example.com").call(post())


async def test_every_request_is_counted_by_its_answer(stand: Stand) -> None:
    stand.vendor.replies = [answer(503), hang_up, answer(200)]
    await stand.client().call(post(repeatable=True))
    assert stand.counted("tandem_calls_total") == {
        ("m3", "POST /orders", "503"): 1,
        ("m3", "POST /orders", "lost"): 1,
        ("m3", "POST /orders", "200"): 1,
    }
    assert stand.counted("tandem_call_seconds_count") == {("m3", "POST /orders"): 3}


async def test_a_cancelled_call_leaves_the_client_usable(stand: Stand) -> None:
    stand.vendor.replies = [say_nothing]
    client = stand.client()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.call(post())
    assert (await client.call(post())).status == 200


async def test_calls_beyond_the_quota_wait(stand: Stand) -> None:
    client = stand.client(per_minute=3_000)
    started = perf_counter()
    await asyncio.gather(*(client.call(post()) for _ in range(60)))
    assert perf_counter() - started > 0.15  # 50 at once, the rest at 49 a second


@pytest.mark.parametrize("quota", [1, 2, 7, 30, 59, 60, 61, 90, 119, 120, 1_000, 6_000])
def test_no_minute_has_more_calls_than_the_quota(quota: int) -> None:
    limiter = below(quota)
    leaked_in_a_minute = limiter.max_rate / limiter.time_period * 60
    assert limiter.max_rate - 1 + leaked_in_a_minute <= quota + 1e-6
    assert leaked_in_a_minute > 0.9 * quota


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "0"}, 0),
        ({"retry-after": "120"}, 120),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "Mon, 23 Nov 2026 08:00:30 GMT"}, None),
        (
            {
                "Date": "Mon, 23 Nov 2026 08:00:00 GMT",
                "Retry-After": "Mon, 23 Nov 2026 08:00:30 GMT",
            },
            30,
        ),
        (
            {
                "Date": "Mon, 23 Nov 2026 08:00:30 GMT",
                "Retry-After": "Mon, 23 Nov 2026 08:00:00 GMT",
            },
            0,
        ),
    ],
)
def test_how_long_a_system_asks_to_wait(headers: dict[str, str], seconds: int | None) -> None:
    assert retry_after(Answer(429, CIMultiDict(headers), b"")) == seconds
