"""The faults of the Heartland sandbox: what the merchant's books come to."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.heartland.connector import CONNECTOR
from connectors.heartland.sandbox.app import NOTIFIER, Running, SandboxSettings, serve
from connectors.heartland.settings import HeartlandSettings
from connectors.sandbox.harness import HARNESS, Harness, Options
from connectors.sandbox.injector import DECLINES, Injector
from connectors.sandbox.profiles import FaultProfile, Rule, profile
from streams.core.clock import SystemClock
from streams.core.connector import Opened, Outcome
from streams.core.metrics import Metrics
from streams.messages.heartland import Authorize
from tests.unit.connectors.sandbox.conftest import always
from tests.unit.connectors.sandbox.trying import through


@dataclass
class Merchant:
    """A merchant who does what Tandem does: on doubt, the same command again, asking first."""

    sandbox: Running
    opened: Opened
    http: aiohttp.ClientSession
    status_url: str
    told: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def harness(self) -> Harness:
        return self.sandbox.runner.app[HARNESS]

    @property
    def injector(self) -> Injector:
        assert self.harness.injector
        return self.harness.injector

    async def authorize(self, order: str, amount: int, attempt: int = 1) -> Outcome:
        command = Authorize.model_validate(
            {
                "id": hashlib.md5(f"{order} {attempt}".encode(), usedforsecurity=False).hexdigest(),
                "key": order,
                "occurred_at": 1,
                "received_at": 2,
                "source": "flow/order",
                "correlation_id": order,
                "shop": "uk",
                "order_number": order,
                "amount": amount,
                "currency": "GBP",
                "token": "PMT_good",
                "capture_mode": "LATER",
                "country": "GB",
                "payer_name": "Zoë O'Hara",
            }
        )
        return await through(self.opened.sinks[0].handles[Authorize], command)

    async def signed_in(self) -> None:
        """A token of GP API's is there and a card's, and nothing else has happened."""
        await self._seed()
        await self.authorize("uk-0", 100)
        await self.notified()
        self.told.clear()
        async with self.http.post(f"{self.sandbox.url}/_sandbox/reset") as answer:
            assert answer.status == 200
        await self._seed()

    async def _seed(self) -> None:
        seeds = [{"id": "PMT_good", "brand": "VISA", "last4": "5262"}]
        url = f"{self.sandbox.url}/_sandbox/payment-methods"
        async with self.http.post(url, json=seeds) as answer:
            assert answer.status == 200

    async def post(self, path: str, body: object) -> dict[str, Any]:
        """Another client's call, with a token of its own."""
        nonce = secrets.token_hex(8)
        signed = hashlib.sha512((nonce + self.sandbox.app_key).encode()).hexdigest()
        credentials = {
            "app_id": self.sandbox.app_id,
            "nonce": nonce,
            "secret": signed,
            "grant_type": "client_credentials",
        }
        version = {"X-GP-Version": "2021-03-22"}
        url = f"{self.sandbox.url}/ucp/accesstoken"
        async with self.http.post(url, json=credentials, headers=version) as answer:
            token = (await answer.json())["token"]
        headers = {**version, "Authorization": f"Bearer {token}"}
        async with self.http.post(self.sandbox.url + path, json=body, headers=headers) as answer:
            return dict(await answer.json())

    async def books(self) -> dict[str, Any]:
        async with self.http.get(f"{self.sandbox.url}/_sandbox/books") as answer:
            return dict(await answer.json())

    async def notified(self) -> list[tuple[bytes, str]]:
        await self.sandbox.runner.app[NOTIFIER].settled()
        return self.told


@pytest.fixture
async def merchant() -> AsyncIterator[Merchant]:
    told: list[tuple[bytes, str]] = []

    async def hook(request: web.Request) -> web.Response:
        told.append((await request.read(), request.headers["X-GP-Signature"]))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hook)
    listener = web.AppRunner(app, access_log=None)
    await listener.setup()
    await web.TCPSite(listener, "127.0.0.1", 0).start()
    status_url = f"http://127.0.0.1:{listener.addresses[0][1]}/hook"
    sandbox = await serve(SandboxSettings(notify_backoff_ms=()), options=Options(faults="none"))
    async with aiohttp.ClientSession() as http:
        known = HeartlandSettings.model_validate(
            {
                "url": sandbox.url,
                "app_id": sandbox.app_id,
                "app_key": sandbox.app_key,
                "status_url": status_url,
            }
        )
        async with CONNECTOR.open(known, SystemClock(), Metrics()) as opened:
            merchant = Merchant(sandbox, opened, http, status_url, told)
            await merchant.signed_in()
            yield merchant
    await sandbox.close()
    await listener.cleanup()


AMOUNTS = {f"uk-{number}": 1_000 + number for number in range(60)}


async def test_lost_replies_charge_nobody_twice_and_nobody_is_left_out(merchant: Merchant) -> None:
    shares = (Rule("lost-reply", 200), Rule("5xx-after", 100), Rule("5xx-before", 80))
    merchant.injector.set(FaultProfile("lossy", "", (*shares, Rule("reset", 80))), seed=3)
    outcomes = await asyncio.gather(*(merchant.authorize(o, a) for o, a in AMOUNTS.items()))
    assert [outcome.minor_units for outcome in outcomes] == list(AMOUNTS.values())
    books = await merchant.books()
    assert {order: entry["authorized"] for order, entry in books["orders"].items()} == AMOUNTS
    assert all(len(entry["transactions"]) == 1 for entry in books["orders"].values())
    assert {*merchant.injector.injected} == {"lost-reply", "5xx-after", "5xx-before", "reset"}


async def test_a_repeated_key_is_refused_with_the_transaction_that_it_made(
    merchant: Merchant,
) -> None:
    merchant.injector.set(always("lost-reply", per_command=1), seed=1)
    outcome = await merchant.authorize("uk-1", 1_400)
    async with merchant.http.get(f"{merchant.sandbox.url}/_sandbox/calls") as answer:
        calls = (await answer.json())["calls"]
    assert calls["POST /ucp/transactions"] == 2, "the first made it, the second was 409"
    books = await merchant.books()
    assert books["orders"]["uk-1"]["transactions"] == [outcome.values["id"]]
    assert books["totals"]["GBP"]["authorized"] == 1_400


async def test_a_gp_timeout_and_a_dead_token_are_in_gp_apis_words(merchant: Merchant) -> None:
    merchant.injector.set(always("5xx-before"), seed=1)
    url = f"{merchant.sandbox.url}/ucp/transactions"
    headers = {"X-GP-Version": "2021-03-22", "Authorization": "Bearer TKN_dead"}
    async with merchant.http.get(url, headers=headers) as answer:
        said = await answer.json()
    assert (answer.status, said["error_code"]) == (504, "TIMEOUT_DOWNSTREAM")
    assert said["detailed_error_code"] == "50008"
    merchant.injector.set(FaultProfile("mortal", "", token_ms=(0, 0)), seed=1)
    async with merchant.http.get(url, headers=headers) as answer:
        said = await answer.json()
    assert (answer.status, said["error_code"]) == (401, "NOT_AUTHENTICATED")
    assert said["detailed_error_code"] == "40001"


async def test_a_share_of_orders_is_declined_and_a_second_try_is_approved(
    merchant: Merchant,
) -> None:
    merchant.injector.set(profile("declines"), seed=2)
    outcomes = {order: await merchant.authorize(order, a) for order, a in AMOUNTS.items()}
    declined = {order for order, outcome in outcomes.items() if not outcome.minor_units}
    assert 0 < len(declined) < 30
    assert {outcomes[order].values["result"] for order in declined} <= {*DECLINES}
    books = await merchant.books()
    assert books["totals"]["GBP"]["declined"] == sum(AMOUNTS[order] for order in declined)
    kept = sum(amount for order, amount in AMOUNTS.items() if order not in declined)
    assert books["totals"]["GBP"]["authorized"] == kept
    assert merchant.injector.injected == {"decline": len(declined)}

    retried = await merchant.authorize(min(declined), 1_000, attempt=2)
    assert retried.minor_units == 1_000


async def test_a_part_is_approved_for_who_allows_it(merchant: Merchant) -> None:
    merchant.injector.set(always("partial-approval"), seed=1)
    whole = await merchant.authorize("uk-1", 1_400)
    assert whole.minor_units == 1_400, "Tandem does not allow it"

    answer = await merchant.post(
        "/ucp/transactions",
        {
            "account_name": "transaction_processing",
            "channel": "CNP",
            "country": "GB",
            "amount": "1400",
            "currency": "GBP",
            "capture_mode": "LATER",
            "authorization_mode": "PARTIAL",
            "reference": "another-client",
            "order": {"reference": "uk-2"},
            "payment_method": {"entry_mode": "ECOM", "id": "PMT_good"},
        },
    )
    assert answer["status"] == "PREAUTHORIZED"
    assert 0 < int(answer["amount"]) < 1_400
    books = await merchant.books()
    assert books["orders"]["uk-2"]["authorized"] == int(answer["amount"])


async def test_a_jump_of_the_clock_lets_an_authorization_lapse(merchant: Merchant) -> None:
    await merchant.authorize("uk-1", 1_400)
    assert (await merchant.books())["orders"]["uk-1"]["held"] == 1_400
    merchant.harness.clock.jump(8 * 24 * 60 * 60 * 1000)
    entry = (await merchant.books())["orders"]["uk-1"]
    assert (entry["held"], entry["lapsed"]) == (0, 1_400)


@pytest.mark.parametrize(
    ("fault", "copies", "whole"),
    [("duplicate", 2, 2), ("late", 1, 1), ("unordered", 1, 1), ("missing", 0, 0)],
)
async def test_a_notification_comes_as_often_as_the_fault_says(
    merchant: Merchant, fault: str, copies: int, whole: int
) -> None:
    merchant.injector.set(always(fault, ms=1), seed=1)
    outcome = await merchant.authorize("uk-1", 1_400)
    told = await merchant.notified()
    assert len(told) == copies
    assert [json.loads(body)["id"] for body, _ in told] == [outcome.values["id"]] * whole
    assert len({body for body, _ in told}) <= 1
    assert (await merchant.books())["totals"]["GBP"]["authorized"] == 1_400


async def test_a_malformed_notification_is_cut_off_and_rightly_signed(merchant: Merchant) -> None:
    merchant.injector.set(always("malformed"), seed=1)
    await merchant.authorize("uk-1", 1_400)
    [(body, signature)] = await merchant.notified()
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(body)
    key = merchant.sandbox.app_key.encode()
    assert signature == hashlib.sha512(body + key).hexdigest()


async def test_late_ones_are_overtaken(merchant: Merchant) -> None:
    numbers = count()
    chosen = FaultProfile("some", "", (Rule("unordered", 500, (50, 50)),))
    merchant.injector.set(chosen, seed=1)
    orders = [f"uk-{next(numbers)}" for _ in range(20)]
    for order in orders:
        await merchant.authorize(order, 1_000)
    told = [json.loads(body)["order_reference"] for body, _ in await merchant.notified()]
    assert sorted(told) == sorted(orders)
    assert told != orders
