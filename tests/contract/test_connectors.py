"""Every connector keeps what all of them promise."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from connectors.catalogue import CONNECTORS
from connectors.heartland.settings import HeartlandSettings
from connectors.m3.settings import M3Settings
from connectors.woocommerce.settings import ShopSettings
from streams.commands.sandbox import SANDBOXES
from streams.core.clock import SystemClock
from streams.core.connector import Bridge, Connector, Opened, Request
from streams.core.errors import Misconfigured, Transient, Unauthenticated
from streams.core.message import Command
from streams.core.metrics import Metrics
from streams.messages.heartland import (
    Authorize,
    Capture,
    CheckPayment,
    Increment,
    Refund,
    Reverse,
)
from streams.messages.m3 import (
    CancelLines,
    CancelOrder,
    ChangeOrder,
    CreateOrder,
    CreateReturn,
    EnsureCustomer,
    RecordPayment,
)
from streams.messages.parts import Address, Line, Returned
from streams.messages.shop import CreateRefund, ReadRefund, UpdateOrder, UpdateStock
from streams.settings import read
from streams.topics import topic_of

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"
SECRET_NAMES = ("secret", "key", "password", "token")
WHO = Address(
    first_name="Ada", last_name="Byron", address_1="1 High St", city="London", country="GB"
)
SANDBOX_OF = {"m3": "m3", "heartland": "heartland", "woocommerce": "shop"}
WRONG_CREDENTIALS: dict[str, tuple[int, dict[str, str]]] = {
    "m3": (401, {"error": "invalid_client"}),
    "heartland": (
        403,
        {"error_code": "ACTION_NOT_AUTHORIZED", "detailed_error_code": "40004"},
    ),
    "woocommerce": (401, {"code": "woocommerce_rest_authentication_error"}),
}
LINE = Line(line_id="1", item="22752", quantity=8, unit_price="2.55", amount=2040)

COMMANDS: dict[type[Command], dict[str, Any]] = {
    CreateOrder: {
        "order_id": "1",
        "order_number": "1",
        "customer_number": "UK17850",
        "currency": "GBP",
        "total": 2040,
        "ordered_at": 1_700_000_000_000,
        "lines": (LINE,),
        "bill_to": WHO,
        "ship_to": WHO,
    },
    EnsureCustomer: {"customer_id": "17850", "currency": "GBP", "address": WHO},
    RecordPayment: {
        "invoice_number": "900001",
        "invoice_year": 2026,
        "customer_number": "UK17850",
        "amount": 2040,
        "currency": "GBP",
        "transaction_id": "TRN_1",
        "paid_at": 1_700_000_000_000,
    },
    CreateReturn: {
        "refund_id": "9",
        "m3_order": "0010000001",
        "currency": "GBP",
        "lines": (Returned(order_line="1", item="22752", quantity=1, unit_price="2.55"),),
    },
    ChangeOrder: {"m3_order": "0010000001", "currency": "GBP", "lines": (LINE,)},
    CancelOrder: {"m3_order": "0010000001"},
    CancelLines: {"m3_order": "0010000001", "lines": ("1",)},
    Authorize: {
        "order_number": "1",
        "amount": 2040,
        "currency": "GBP",
        "token": "PMT_1",
        "capture_mode": "LATER",
        "country": "GB",
        "payer_name": "Ada Byron",
    },
    Increment: {"transaction_id": "TRN_1", "amount": 40, "currency": "GBP", "authorized": 2000},
    CheckPayment: {
        "order_id": "1",
        "order_number": "1",
        "transaction_id": "TRN_1",
        "amount": 2040,
        "currency": "GBP",
    },
    Capture: {"transaction_id": "TRN_1", "amount": 2040, "currency": "GBP"},
    Reverse: {"transaction_id": "TRN_1", "amount": 2040, "currency": "GBP", "reason": "x"},
    Refund: {"transaction_id": "TRN_1", "amount": 255, "currency": "GBP", "captured": 2040},
    ReadRefund: {"order_id": "1", "refund_id": "9", "currency": "GBP"},
    CreateRefund: {"order_id": "1", "amount": 255, "currency": "GBP", "reason": "x"},
    UpdateOrder: {"order_id": "1", "status": "processing", "note": "M3 order 1."},
    UpdateStock: {"item": "22752", "quantity": 3},
}
EVERY_COMMAND = [(c, command) for c in CONNECTORS for command in c.commands]
each_connector = pytest.mark.parametrize("connector", CONNECTORS, ids=lambda c: c.name)
each_command = pytest.mark.parametrize(
    ("connector", "command"), EVERY_COMMAND, ids=[command.type for _, command in EVERY_COMMAND]
)


def settings_of(connector: Connector, url: str, home: Path) -> BaseSettings:
    secret = SecretStr("s3cr3t")
    if connector.settings is M3Settings:
        file = home / "m3.ionapi"
        names = {"ti": "T", "cn": "n", "ci": "T~c", "cs": "x", "saak": "T#a", "sask": "b"}
        paths = {"iu": url, "pu": f"{url}/T/as/", "oa": "a", "ot": "token.oauth2", "or": "r"}
        file.write_text(json.dumps(names | paths))
        return M3Settings(ionapi=file, cono=100, divi="AAA", ims_secret=secret, timeout_seconds=2)
    if connector.settings is HeartlandSettings:
        return HeartlandSettings(url=url, app_id="a", app_key=secret, timeout_seconds=2)
    return ShopSettings(
        url=url,
        consumer_key=secret,
        consumer_secret=secret,
        webhook_secret=secret,
        timeout_seconds=2,
    )


def opened(connector: Connector, url: str, home: Path) -> Any:
    return connector.open(settings_of(connector, url, home), SystemClock(), Metrics())


def sample(command: type[Command]) -> Command:
    envelope = {
        "id": "0" * 32,
        "key": "uk-1",
        "occurred_at": 1,
        "received_at": 1,
        "source": "flow/order",
        "correlation_id": "uk-1",
    }
    fields = COMMANDS[command]
    shop = {"shop": "uk"} if "shop" in command.model_fields else {}
    return command.model_validate(envelope | shop | fields)


def execute(connected: Opened, command: Command) -> Awaitable[Any]:
    (sink,) = connected.sinks
    return sink.handles[type(command)](command, unknown=False)


@asynccontextmanager
async def vendor(answer: Callable[[web.Request], web.Response]) -> AsyncIterator[str]:
    """A system that gives every request the same answer."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@each_connector
def test_its_settings_are_described_and_its_secrets_typed(connector: Connector) -> None:
    for name, field in connector.settings.model_fields.items():
        assert field.description, f"{name} is not described"
        if name.endswith(SECRET_NAMES):
            assert field.annotation is SecretStr, f"{name} must not show in a log"


@each_connector
def test_what_must_be_set_is_named(connector: Connector) -> None:
    with pytest.raises(Misconfigured, match=r"TANDEM_[A-Z0-9_]+: must be set"):
        read(connector.settings)


@each_connector
async def test_it_handles_every_command_it_declares(connector: Connector, tmp_path: Path) -> None:
    async with opened(connector, NOWHERE, tmp_path) as connected:
        (sink,) = connected.sinks
        assert set(sink.handles) == set(connector.commands)
        for command in connector.commands:
            assert topic_of(command).name == f"tandem.commands.{sink.system}"


@each_connector
async def test_its_doors_let_nobody_in_without_proof(connector: Connector, tmp_path: Path) -> None:
    async with opened(connector, NOWHERE, tmp_path) as connected:
        for bridge in connected.bridges:
            for headers in ({}, *map(_forged, ("authorization", "x-gp-signature"))):
                with pytest.raises(Unauthenticated):
                    bridge.receive(_request(bridge, headers))


def _forged(header: str) -> dict[str, str]:
    return {header: "0" * 128, "x-wc-webhook-topic": "order.created"}


def _request(bridge: Bridge, headers: dict[str, str]) -> Request:
    return Request("POST", bridge.path, headers, {}, b'{"id": 1}')


@each_command
async def test_a_system_that_is_not_there_is_transient(
    connector: Connector, command: type[Command], tmp_path: Path
) -> None:
    async with opened(connector, NOWHERE, tmp_path) as connected:
        with pytest.raises(Transient):
            await execute(connected, sample(command))


@each_command
@pytest.mark.parametrize("status", [429, 503])
async def test_a_system_that_asks_to_wait_is_obeyed(
    connector: Connector, command: type[Command], status: int, tmp_path: Path
) -> None:
    def busy(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "30"})

    async with vendor(busy) as url, opened(connector, url, tmp_path) as connected:
        with pytest.raises(Transient) as caught:
            await execute(connected, sample(command))
    assert caught.value.retry_after == 30


@each_command
async def test_wrong_credentials_stop_the_worker(
    connector: Connector, command: type[Command], tmp_path: Path
) -> None:
    status, body = WRONG_CREDENTIALS[connector.name]

    def refuse(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    async with vendor(refuse) as url, opened(connector, url, tmp_path) as connected:
        with pytest.raises(Misconfigured):
            await execute(connected, sample(command))


def fetch(connected: Opened) -> list[Awaitable[Any]]:
    return [poller.fetch("") for poller in connected.pollers]


@each_connector
async def test_its_pollers_are_named_apart_and_can_be_switched_off(
    connector: Connector, tmp_path: Path
) -> None:
    off = {name: 0 for name in connector.settings.model_fields if name.endswith("poll_seconds")}
    async with opened(connector, NOWHERE, tmp_path) as connected:
        sources = [poller.source for poller in connected.pollers]
        assert len(set(sources)) == len(sources) > 0
        assert all(poller.every_seconds >= 10 for poller in connected.pollers)
        for poller in connected.pollers:
            assert not poller.bridge or poller.bridge in {b.source for b in connected.bridges}
    silent = settings_of(connector, NOWHERE, tmp_path).model_copy(update=off)
    async with connector.open(silent, SystemClock(), Metrics()) as connected:
        assert [poller.source for poller in connected.pollers] == sources
        assert not any(poller.every_seconds for poller in connected.pollers)


@each_connector
async def test_its_pollers_wait_for_a_system_that_is_not_there(
    connector: Connector, tmp_path: Path
) -> None:
    async with opened(connector, NOWHERE, tmp_path) as connected:
        for asked in fetch(connected):
            with pytest.raises(Transient):
                await asked


@each_connector
@pytest.mark.parametrize("status", [429, 503])
async def test_its_pollers_wait_as_long_as_they_are_asked_to(
    connector: Connector, status: int, tmp_path: Path
) -> None:
    def busy(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "30"})

    async with vendor(busy) as url, opened(connector, url, tmp_path) as connected:
        for asked in fetch(connected):
            with pytest.raises(Transient) as caught:
                await asked
            assert caught.value.retry_after == 30


@each_connector
async def test_wrong_credentials_stop_its_pollers(connector: Connector, tmp_path: Path) -> None:
    status, body = WRONG_CREDENTIALS[connector.name]

    def refuse(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    async with vendor(refuse) as url, opened(connector, url, tmp_path) as connected:
        for asked in fetch(connected):
            with pytest.raises(Misconfigured):
                await asked


@each_connector
def test_it_has_a_sandbox_and_says_how_to_set_it_up(connector: Connector) -> None:
    assert SANDBOX_OF[connector.name] in SANDBOXES
    assert (ROOT / "connectors" / connector.name / "README.md").is_file()
