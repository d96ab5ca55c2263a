"""Answers that only a network or a gateway gives: what becomes of a command then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.m3.client import MiClient
from connectors.m3.connector import mi_client
from connectors.m3.ionapi import IonApi
from connectors.m3.wire import MiResult, Transaction
from streams.core.clock import SteppingClock
from streams.core.errors import Failure, Misconfigured, Transient, Unknown
from streams.core.metrics import Metrics
from tests.unit.connectors.m3.conftest import settings
from tests.unit.connectors.m3.test_ionapi import FILE

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
DONE = {"results": [{"transaction": "Confirm", "records": [{"ORNO": "1"}]}]}
WRITE, READ = Transaction("OIS100MI", "Confirm"), Transaction("OIS100MI", "GetHead")


@dataclass
class Gateway:
    """A gateway that gives the answers it is told, the last one for ever."""

    client: MiClient
    answers: list[Answer] = field(default_factory=list)
    requests: int = 0


def says(status: int, body: object = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=named)

    return answer


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.close()
    return web.Response()


@pytest.fixture
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async def token(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": "t", "expires_in": "7200"})

    async def execute(request: web.Request) -> web.StreamResponse:
        answer = found.answers[min(found.requests, len(found.answers) - 1)]
        found.requests += 1
        return await answer(request)

    app = web.Application()
    app.router.add_post("/as/token.oauth2", token)
    app.router.add_post("/ACME_TST/M3/m3api-rest/v2/execute", execute)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("")).rstrip("/")
        ionapi = IonApi.model_validate({**FILE, "iu": url, "pu": f"{url}/as/"})
        told = settings(tmp_path_factory.getbasetemp(), timeout_seconds=0.3)
        found = Gateway(mi_client(told, ionapi, session, SteppingClock(), Metrics()))
        yield found


async def test_a_busy_gateway_is_waited_for(gateway: Gateway) -> None:
    gateway.answers = [says(429, Retry_After="0"), says(200, DONE)]
    reply = await gateway.client.execute("OIS100MI", [WRITE])
    assert reply.results == (MiResult(({"ORNO": "1"},)),)


async def test_a_long_wait_that_the_gateway_asks_for_is_the_engine_s(gateway: Gateway) -> None:
    gateway.answers = [says(429, Retry_After="600")]
    with pytest.raises(Transient) as busy:
        await gateway.client.execute("OIS100MI", [WRITE])
    assert (busy.value.retry_after, gateway.requests) == (600, 1)


async def test_a_reply_that_does_not_come_is_unknown(gateway: Gateway) -> None:
    never = asyncio.Event()

    async def silent(_request: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    gateway.answers = [silent]
    with pytest.raises(Unknown):
        await gateway.client.execute("OIS100MI", [WRITE])
    never.set()


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (says(504), Unknown),
        (says(500, {"fault": "x"}), Unknown),
        (says(200, {"results": []}), Unknown),
        (hangs_up, Unknown),
        (says(401), Misconfigured),
        (says(403), Misconfigured),
    ],
)
async def test_a_write_is_sent_once_and_judged(
    gateway: Gateway, answer: Answer, failure: type[Failure]
) -> None:
    gateway.answers = [answer]
    with pytest.raises(failure):
        await gateway.client.execute("OIS100MI", [WRITE])
    assert gateway.requests <= 2  # a refused token is renewed once


async def test_a_question_is_asked_again_when_its_reply_is_lost(gateway: Gateway) -> None:
    gateway.answers = [hangs_up, says(200, DONE)]
    reply = await gateway.client.execute("OIS100MI", [READ])
    assert reply.results == (MiResult(({"ORNO": "1"},)),)


async def test_an_m3_that_is_not_available_is_transient(gateway: Gateway) -> None:
    gateway.answers = [says(503, Retry_After="0")]
    with pytest.raises(Transient):
        await gateway.client.execute("OIS100MI", [WRITE])


async def test_a_bare_400_did_nothing(gateway: Gateway) -> None:
    gateway.answers = [says(400)]
    reply = await gateway.client.execute("OIS100MI", [WRITE, WRITE])
    assert reply.results == (None, None)
    assert reply.ended
    assert "400" in reply.ended.message
