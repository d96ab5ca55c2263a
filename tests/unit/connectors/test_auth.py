"""Tokens: fetched once for all, renewed in time, never stormed for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from connectors.auth import BearerToken, Token, with_query
from streams.core.clock import SteppingClock
from streams.core.errors import Failure, Misconfigured, Transient, Unknown

HOUR_MS = 3_600_000


@dataclass
class TokenServer:
    """Gives token-1, token-2, ... while its gate is open; fails as it is told."""

    clock: SteppingClock = field(default_factory=SteppingClock)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    failure: Callable[[], Failure] | None = None

    async def fetch(self) -> Token:
        self.asked += 1
        number = self.asked
        await self.gate.wait()
        if self.failure:
            raise self.failure()
        return Token.lasting(f"token-{number}", self.clock.now_ms(), 3600)


@pytest.fixture
async def server() -> TokenServer:
    server = TokenServer()
    server.gate.set()
    return server


@pytest.fixture
def bearer(server: TokenServer) -> BearerToken:
    return BearerToken(server.fetch, server.clock)


async def proof(bearer: BearerToken) -> str:
    return (await bearer.sign("GET", "https://m3.test", {})).headers["Authorization"]


async def test_a_token_serves_until_nine_tenths_of_its_life(
    server: TokenServer, bearer: BearerToken
) -> None:
    assert await proof(bearer) == "Bearer token-1"
    server.clock.advance(HOUR_MS * 9 // 10 - 1)
    assert await proof(bearer) == "Bearer token-1"
    server.clock.advance(1)
    assert await proof(bearer) == "Bearer token-2"


async def test_all_who_wait_get_the_same_token(server: TokenServer, bearer: BearerToken) -> None:
    server.gate.clear()
    waiting = [asyncio.create_task(proof(bearer)) for _ in range(50)]
    await asyncio.sleep(0)
    server.gate.set()
    assert set(await asyncio.gather(*waiting)) == {"Bearer token-1"}
    assert server.asked == 1


@pytest.mark.parametrize("failure", [Transient, Misconfigured])
async def test_all_who_wait_share_a_failure_and_the_next_asks_again(
    server: TokenServer, bearer: BearerToken, failure: type[Failure]
) -> None:
    server.failure = lambda: failure("no token")
    told = await asyncio.gather(*(proof(bearer) for _ in range(50)), return_exceptions=True)
    assert {type(each) for each in told} == {failure}
    assert server.asked == 1
    server.failure = None
    assert await proof(bearer) == "Bearer token-2"


async def test_a_lost_token_reply_leaves_the_callers_own_request_unsent(
    server: TokenServer, bearer: BearerToken
) -> None:
    server.failure = lambda: Unknown("no reply")
    with pytest.raises(Transient, match="no reply"):
        await proof(bearer)


async def test_a_caller_that_goes_away_takes_no_token_from_the_others(
    server: TokenServer, bearer: BearerToken
) -> None:
    server.gate.clear()
    first, second = (asyncio.create_task(proof(bearer)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    server.gate.set()
    assert await second == "Bearer token-1"


async def test_a_refused_token_is_forgotten_but_not_the_next_one(
    server: TokenServer, bearer: BearerToken
) -> None:
    old = await bearer.sign("GET", "https://m3.test", {})
    assert await bearer.refused(old)
    assert await proof(bearer) == "Bearer token-2"
    assert await bearer.refused(old)
    assert await proof(bearer) == "Bearer token-2"


async def test_the_address_carries_the_query(bearer: BearerToken) -> None:
    signed = await bearer.sign("GET", "https://m3.test/a", {"CUNO": "A&B", "x": "é"})
    assert signed.url == "https://m3.test/a?CUNO=A%26B&x=%C3%A9"
    assert with_query("https://m3.test/a", {}) == "https://m3.test/a"
