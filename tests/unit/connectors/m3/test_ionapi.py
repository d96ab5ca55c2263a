"""The `.ionapi` file and its tokens."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.m3.connector import CONNECTOR
from connectors.m3.ionapi import read_ionapi
from connectors.m3.sandbox.app import SandboxSettings, serve
from streams.core.clock import SteppingClock
from streams.core.errors import Misconfigured, Transient
from streams.core.metrics import Metrics
from streams.messages.m3 import EnsureCustomer
from tests.unit.connectors.m3.conftest import M3, customer, order, settings

FILE: dict[str, Any] = {
    "ti": "ACME_TST",
    "ci": "ACME_TST~1",
    "cs": "client-secret",
    "iu": "https://ionapi.example",
    "pu": "https://sso.example:443/ACME_TST/as/",
    "ot": "token.oauth2",
    "saak": "ACME_TST#1",
    "sask": "service-secret",
}


def written(path: Path, content: dict[str, Any] | str) -> Path:
    file = path / "tandem.ionapi"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_a_service_account_asks_by_password(tmp_path: Path) -> None:
    ionapi = read_ionapi(written(tmp_path, FILE))
    assert ionapi.grant() == {
        "grant_type": "password",
        "username": "ACME_TST#1",
        "password": "service-secret",
        "scope": "",
    }


def test_an_app_without_a_service_account_asks_as_itself(tmp_path: Path) -> None:
    file = {name: value for name, value in FILE.items() if name not in ("saak", "sask")}
    ionapi = read_ionapi(written(tmp_path, {**file, "sc": ["a", "b"]}))
    assert ionapi.grant() == {"grant_type": "client_credentials", "scope": "a b"}


@pytest.mark.parametrize(
    ("content", "said"),
    [("no json", "not JSON"), ({**FILE, "iu": "ftp://x"}, "iu"), ({"ti": "T"}, "ci"), ("[]", "")],
)
def test_a_file_that_cannot_be_used_says_why_without_its_secrets(
    tmp_path: Path, content: Any, said: str
) -> None:
    with pytest.raises(Misconfigured, match="TANDEM_M3_IONAPI") as wrong:
        read_ionapi(written(tmp_path, content))
    assert said in str(wrong.value)
    assert "secret" not in str(wrong.value)


def test_a_missing_file_says_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="Download Credentials"):
        read_ionapi(tmp_path / "none.ionapi")


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    assert "secret" not in repr(read_ionapi(written(tmp_path, FILE))).replace("Secret", "")


async def test_a_token_that_ended_in_the_middle_is_renewed(m3: M3) -> None:
    await m3.do(order("uk-1"))
    m3.clock.advance(7_200_000)
    await m3.do(order("uk-2"))
    assert (await m3.books())["counts"]["orders"] == 2


async def test_a_token_that_m3_no_longer_takes_is_renewed(tmp_path: Path) -> None:
    m3_time, ours = SteppingClock(), SteppingClock()
    server = await serve(SandboxSettings(ionapi_path=tmp_path / "x.ionapi"), clock=m3_time)
    async with CONNECTOR.open(settings(server.ionapi), ours, Metrics()) as opened:
        ensure = opened.sinks[0].handles[EnsureCustomer]
        await ensure(customer("1"), unknown=False)
        m3_time.advance(7_200_000)
        assert (await ensure(customer("2"), unknown=False)).values == {"CUNO": "UK2"}
    await server.close()


async def test_wrong_keys_stop_the_worker(tmp_path: Path) -> None:
    server = await serve(SandboxSettings(ionapi_path=tmp_path / "x.ionapi"))
    file = json.loads(server.ionapi.read_text())
    wrong = written(tmp_path, {**file, "sask": "other"})
    async with CONNECTOR.open(settings(wrong), SteppingClock(), Metrics()) as opened:
        with pytest.raises(Misconfigured, match="invalid_grant"):
            await opened.sinks[0].handles[EnsureCustomer](customer(), unknown=False)
    await server.close()


async def test_a_wrong_company_stops_the_worker(tmp_path: Path) -> None:
    server = await serve(SandboxSettings(ionapi_path=tmp_path / "x.ionapi"))
    company = settings(server.ionapi, cono=300)
    async with CONNECTOR.open(company, SteppingClock(), Metrics()) as opened:
        with pytest.raises(Misconfigured, match="TANDEM_M3_CONO"):
            await opened.sinks[0].handles[EnsureCustomer](customer(), unknown=False)
    await server.close()


async def test_an_m3_that_is_down_is_transient(tmp_path: Path) -> None:
    server = await serve(SandboxSettings(ionapi_path=tmp_path / "x.ionapi"))
    await server.close()
    async with CONNECTOR.open(settings(server.ionapi), SteppingClock(), Metrics()) as opened:
        with pytest.raises(Transient, match="cannot be reached"):
            await opened.sinks[0].handles[EnsureCustomer](customer(), unknown=False)
