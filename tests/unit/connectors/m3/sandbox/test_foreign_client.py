"""A client that we did not write, Authlib's OAuth session, signs in at ION API and works in M3."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from connectors.m3.sandbox.app import SandboxSettings, serve

KEY = "uk-536365"


def session(api: dict[str, str], secret: str = "") -> Any:
    """A session that fetches a new token by itself when the old one is about to end."""
    return OAuth2Session(
        api["ci"],
        secret or api["cs"],
        token_endpoint=api["pu"] + api["ot"],
        token_endpoint_auth_method="client_secret_basic",
    )


def signed_in(api: dict[str, str]) -> Any:
    ion = session(api)
    ion.fetch_token(grant_type="password", username=api["saak"], password=api["sask"])
    return ion


def an_order(api: dict[str, str]) -> None:
    ion, mi = signed_in(api), f"{api['iu']}/{api['ti']}/M3/m3api-rest/v2/execute"

    def one(transaction: str, **record: str) -> dict[str, Any]:
        answer = ion.get(f"{mi}/OIS100MI/{transaction}", params=record)
        assert answer.status_code == 200
        (result,) = answer.json()["results"]
        return dict(result)

    entry = one("AddBatchHead", CUNO="GUEST", CUOR=KEY, ORTP="WEB")["records"][0]["ORNO"].strip()
    missing = one("AddBatchLine", ORNO=entry, ITNO="NONE", ORQT="1")
    assert (missing["errorType"], missing["errorField"]) == ("ServerReturnedNOK", "ITNO")
    lines = [{"ORNO": entry, "ITNO": item, "ORQT": "2", "SAPR": "9.05"} for item in ("POST", "FEE")]
    call = {"program": "OIS100MI", "cono": 100, "divi": "AAA"}
    made = [{"transaction": "AddBatchLine", "record": line} for line in lines]
    bulk = ion.post(mi, json={**call, "transactions": made}).json()
    assert (bulk["nrOfSuccessfullTransactions"], bulk["nrOfFailedTransactions"]) == (2, 0)
    order = one("Confirm", ORNO=entry)["records"][0]["ORNO"].strip()
    head = one("GetHead", ORNO=order)["records"][0]
    assert (head["CUOR"].strip(), head["NTAM"].strip()) == (KEY, "30.16")  # net of VAT


def a_life_of_tokens(api: dict[str, str]) -> None:
    ion, mi = signed_in(api), f"{api['iu']}/{api['ti']}/M3/m3api-rest/v2/execute"
    programs = f"{mi}/MRS001MI/LstPrograms"
    first = ion.token["access_token"]
    ion.token["expires_at"] = 1
    assert ion.get(programs).status_code == 200  # it has refreshed the token by itself
    second = ion.token["access_token"]
    assert second != first
    ion.revoke_token(api["pu"] + api["or"], token=second, token_type_hint="access_token")
    assert ion.get(programs).json() == {"error": "Unauthorized"}
    stranger = session(api, secret="wrong")
    with pytest.raises(OAuthError) as refused:
        stranger.fetch_token(grant_type="password", username=api["saak"], password=api["sask"])
    assert refused.value.error == "invalid_client"


async def served(tmp_path: Path, day: Callable[[dict[str, str]], None]) -> None:
    sandbox = await serve(SandboxSettings(ionapi_path=tmp_path / "sandbox.ionapi"), 0)
    try:
        await asyncio.to_thread(day, json.loads(sandbox.ionapi.read_text("utf-8")))
    finally:
        await sandbox.close()


async def test_authlib_enters_an_order(tmp_path: Path) -> None:
    await served(tmp_path, an_order)


async def test_authlib_refreshes_and_revokes_its_tokens(tmp_path: Path) -> None:
    await served(tmp_path, a_life_of_tokens)
