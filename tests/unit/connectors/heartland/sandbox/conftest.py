import hashlib
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from connectors.heartland.sandbox.app import NOTIFIER, SandboxSettings, create_app
from connectors.heartland.sandbox.notifications import Notifier
from streams.core.clock import SteppingClock

VERSION = {"X-GP-Version": "2021-03-22"}


@dataclass
class Answer:
    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]
    text: str

    @property
    def refusal(self) -> tuple[int, str, str]:
        return self.status, self.body["error_code"], self.body["detailed_error_code"]

    @property
    def why(self) -> str:
        return str(self.body["detailed_error_description"])


@dataclass
class Gp:
    """A merchant's client of a sandbox of its own."""

    http: TestClient[Any, Any]
    clock: SteppingClock
    settings: SandboxSettings
    notifier: Notifier
    token: str = ""
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {**VERSION, "Authorization": f"Bearer {self.token}", **(headers or {})}
        async with self.http.request(method, path, json=body, headers=sent) as response:
            text = await response.text()
            answered = await response.json()
            return Answer(response.status, answered, response.headers, text)

    async def sign_in(self, **more: object) -> Answer:
        nonce = f"nonce-{next(self.numbers)}"
        secret = hashlib.sha512((nonce + self.settings.app_key).encode()).hexdigest()
        body = {
            "app_id": self.settings.app_id,
            "nonce": nonce,
            "secret": secret,
            "grant_type": "client_credentials",
            **more,
        }
        answer = await self.call("POST", "/ucp/accesstoken", body)
        self.token = answer.body.get("token", self.token)
        return answer

    async def later(self, ms: int = 24 * 60 * 60 * 1000) -> None:
        """Lets time pass, a day by default, and signs in again."""
        self.clock.advance(ms)
        await self.sign_in()

    async def seed(self, *entries: Mapping[str, object]) -> Answer:
        return await self.call("POST", "/_sandbox/payment-methods", list(entries))

    async def post(self, path: str, body: object = None, key: str = "") -> Answer:
        headers = {"X-GP-Idempotency": key} if key else {}
        return await self.call("POST", f"/ucp{path}", {} if body is None else body, headers)

    async def get(self, path: str) -> Answer:
        return await self.call("GET", f"/ucp{path}")

    async def books(self) -> dict[str, Any]:
        return (await self.call("GET", "/_sandbox/books")).body

    def order(self, amount: object = "1400", **more: object) -> dict[str, object]:
        return {
            "account_name": "transaction_processing",
            "channel": "CNP",
            "country": "GB",
            "amount": amount,
            "currency": "GBP",
            "reference": f"reference-{next(self.numbers)}",
            "capture_mode": "LATER",
            "order": {"reference": "uk-536365"},
            "payment_method": {"entry_mode": "ECOM", "id": "PMT_good"},
            **more,
        }

    async def authorize(self, amount: str = "1400", **more: object) -> dict[str, Any]:
        answer = await self.post("/transactions", self.order(amount, **more))
        assert answer.status == 200, answer.text
        return answer.body


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(notify_backoff_ms=(1, 1))


@pytest.fixture
async def gp(settings: SandboxSettings) -> AsyncIterator[Gp]:
    clock = SteppingClock()
    app = create_app(settings, clock)
    async with TestClient(TestServer(app)) as http:
        gp = Gp(http, clock, settings, app[NOTIFIER])
        await gp.sign_in()
        await gp.seed(
            {"id": "PMT_good", "brand": "VISA", "last4": "5262"},
            {"id": "PMT_poor", "brand": "VISA", "last4": "1154", "outcome": "decline:101"},
        )
        yield gp
