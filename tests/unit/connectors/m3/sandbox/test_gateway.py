"""Tokens, the `.ionapi` file, ION's own IMS, and the admin API."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.m3.sandbox.app import CREDENTIALS, SandboxSettings, serve
from connectors.m3.sandbox.oauth import Credentials
from streams.core.clock import SteppingClock
from tests.unit.connectors.m3.sandbox.conftest import Application, Mi, Start

TOKEN = "/TANDEM_TST/as/token.oauth2"
NAMES = {
    *("ti", "cn", "dt", "ci", "cs", "iu", "pu"),
    *("oa", "ot", "or", "saak", "sask", "ev", "v"),
}
IMS = "/TANDEM_TST/IONSERVICES/api/ion/messaging/service"


def known(m3: Mi) -> Credentials:
    credentials: Credentials = m3.http.server.app[CREDENTIALS]  # type: ignore[attr-defined]
    return credentials


async def ask(
    m3: Mi, form: dict[str, str], basic: tuple[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": aiohttp.encode_basic_auth(*basic)} if basic else {}
    async with m3.http.post(TOKEN, data=form, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_both_ways_of_client_authentication(start: Start) -> None:
    m3 = await start()
    keys = known(m3)
    in_form = {"client_id": keys.ci, "client_secret": keys.cs}
    grant = {"grant_type": "client_credentials"}
    for form, basic in ((grant, (keys.ci, keys.cs)), ({**grant, **in_form}, None)):
        status, body = await ask(m3, form, basic)
        assert status == 200
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 7200)
        m3.token = body["access_token"]
        assert await m3.records("GENERAL/GetServerTime")


async def test_a_refresh_token_is_good_once(start: Start) -> None:
    m3 = await start()
    keys = known(m3)
    basic = (keys.ci, keys.cs)
    _, first = await ask(m3, {"grant_type": "client_credentials"}, basic)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    status, second = await ask(m3, form, basic)
    assert status == 200
    assert second["access_token"] != first["access_token"]
    assert (await ask(m3, form, basic))[1]["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password", "username": "x", "password": "y"}, 400, "invalid_grant"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_id": "x"}, 401, "invalid_client"),
    ],
)
async def test_a_wrong_token_request(
    start: Start, form: dict[str, str], status: int, error: str
) -> None:
    m3 = await start()
    keys = known(m3)
    basic = None if "client_id" in form else (keys.ci, keys.cs)
    answered, body = await ask(m3, form, basic)
    assert (answered, body["error"]) == (status, error)


async def test_a_token_expires_and_can_be_revoked(start: Start) -> None:
    clock = SteppingClock()
    m3 = await start(clock=clock, token_seconds=60)
    clock.advance(59_999)
    assert await m3.records("GENERAL/GetServerTime")
    clock.advance(1)
    unauthorized = {"error": "Unauthorized"}
    assert await m3.get("GENERAL/GetServerTime", {}, status=401) == unauthorized
    keys = known(m3)
    _, body = await ask(m3, {"grant_type": "client_credentials"}, (keys.ci, keys.cs))
    m3.token = body["access_token"]
    headers = {"Authorization": aiohttp.encode_basic_auth(keys.ci, keys.cs)}
    form = {"token": m3.token, "token_type_hint": "access_token"}
    await m3.http.post("/TANDEM_TST/as/revoke_token.oauth2", data=form, headers=headers)
    assert await m3.get("GENERAL/GetServerTime", {}, status=401) == unauthorized


async def test_a_token_quota_when_asked_for(start: Start) -> None:
    m3 = await start(token_per_minute=2)
    keys = known(m3)
    grant = {"grant_type": "client_credentials"}
    assert (await ask(m3, grant, (keys.ci, keys.cs)))[0] == 200
    assert (await ask(m3, grant, (keys.ci, keys.cs)))[0] == 429


async def test_a_quota_a_day_and_when_to_come_again(start: Start) -> None:
    clock = SteppingClock()
    m3 = await start(clock=clock, token_per_minute=2, token_per_day=3)
    keys = known(m3)
    form = {"grant_type": "client_credentials"}
    headers = {"Authorization": aiohttp.encode_basic_auth(keys.ci, keys.cs)}

    async def asked() -> tuple[int, str | None]:
        async with m3.http.post(TOKEN, data=form, headers=headers) as answer:
            return answer.status, answer.headers.get("Retry-After")

    assert [(await asked())[0] for _ in range(2)] == [200, 429]
    clock.advance(30_500)
    assert await asked() == (429, "30")
    clock.advance(29_500)
    assert (await asked())[0] == 200
    clock.advance(60_000)
    assert await asked() == (429, str(86_400 - 120))
    clock.advance(86_400_000)
    assert (await asked())[0] == 200


@pytest.mark.parametrize(("retry_after", "told"), [(True, "60"), (False, None)])
async def test_calls_beyond_the_quota_are_429_and_have_no_effect(
    start: Start, retry_after: bool, told: str | None
) -> None:
    clock = SteppingClock()
    m3 = await start(clock=clock, calls_per_minute=2, retry_after=retry_after)
    head = {"CUNO": "GUEST"}
    for _ in range(2):
        await m3.records("OIS100MI/AddBatchHead", **head)
    path = f"{m3.base}/OIS100MI/AddBatchHead"
    async with m3.http.get(path, params=head, headers=m3.headers) as answer:
        assert answer.status == 429
        assert answer.headers.get("Retry-After") == told
    assert len((await m3.admin("books"))["unconfirmed"]) == 2
    clock.advance(60_000)
    await m3.records("OIS100MI/AddBatchHead", **head)


async def test_serve_writes_an_ionapi_file_that_works(tmp_path: Path) -> None:
    path = tmp_path / "m3.ionapi"
    server = await serve(SandboxSettings(ionapi_path=path))
    try:
        file = json.loads(server.ionapi.read_text())
        assert set(file) == NAMES
        assert file["pu"].endswith("/TANDEM_TST/as/")
        assert path.stat().st_mode & 0o077 == 0
        form = {"grant_type": "password", "username": file["saak"], "password": file["sask"]}
        body = {**form, "client_id": file["ci"], "client_secret": file["cs"]}
        async with aiohttp.ClientSession() as http:
            async with http.post(file["pu"] + file["ot"], data=body) as answer:
                token = (await answer.json())["access_token"]
            url = f"{file['iu']}/{file['ti']}/M3/m3api-rest/v2/execute/GENERAL/GetUserInfo"
            async with http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
                record = (await answer.json())["results"][0]["records"][0]
        assert (record["ZDCONO"], record["ZDDIVI"]) == ("100", "AAA")
    finally:
        await server.close()


async def test_ion_takes_messages_in_each_form(start: Start) -> None:
    m3 = await start()
    parameters = {
        "documentName": "Process.SalesOrder",
        "fromLogicalId": "lid://x",
        "messageId": "1",
    }
    parts = aiohttp.FormData()
    parts.add_field("ParameterRequest", json.dumps(parameters), content_type="application/json")
    parts.add_field("MessagePayload", "<a/>", content_type="application/octet-stream")
    named = {f"X-Infor-ION-{name}": value for name, value in parameters.items()}
    whole = {**parameters, "document": {"value": "<a/>", "encoding": "NONE"}}
    for path, body in (
        ("v2/multipartMessage", {"data": parts}),
        ("v3/message/multipart", {"data": "<a/>", "headers": {**m3.headers, **named}}),
        ("v2/message", {"json": whole}),
    ):
        sent: dict[str, Any] = {"headers": m3.headers, **body}
        async with m3.http.post(f"{IMS}/{path}", **sent) as answer:
            assert answer.status == 201
            assert (await answer.json())["status"] == "OK"
    received: list[dict[str, str]] = await m3.admin("ion")  # type: ignore[assignment]
    assert [each["payload"] for each in received] == ["<a/>"] * 3
    async with m3.http.get(f"{IMS}/ping") as answer:
        assert answer.status == 401


async def test_bods_wait_for_a_target(start: Start, application: Application) -> None:
    m3 = await start()
    await m3.order("uk-1", [{"ITNO": "85123A", "ORQT": "1"}])
    assert (await m3.admin("bods"))["kept"] >= 1
    target = {"url": application.url, "secret": "s3cret"}
    await m3.http.post("/_sandbox/bod-target", json=target)
    bods = await application.wait_for("Sync.Invoice")
    assert bods[0].headers["Authorization"] == aiohttp.encode_basic_auth("ion", "s3cret")
    assert bods[0].parameters["fromLogicalId"] == "lid://infor.m3.m3"
    assert bods[0].parameters["encoding"] == "NONE"


async def test_reset_forgets_everything(m3: Mi, application: Application) -> None:
    await m3.order("uk-1", [{"ITNO": "85123A", "ORQT": "1"}])
    await application.wait_for("Sync.Invoice")
    await m3.http.post("/_sandbox/reset")
    books = await m3.admin("books")
    assert books["orders"] == books["invoices"] == books["stock"] == {}
    assert books["counts"]["customers"] == 1
    assert (await m3.admin("calls"))["requests"] == 0


async def test_seeding_refuses_what_is_no_item(m3: Mi) -> None:
    for rows in ({"ITNO": "A"}, [{"ITNO": "x" * 16}], [{"ITNO": "A", "price": "cheap"}], [1]):
        async with m3.http.post("/_sandbox/items", json=rows) as answer:
            assert answer.status == 400
    wrong: tuple[Any, ...] = ([], {"secret": "x"}, {"url": 1})
    for body in wrong:
        async with m3.http.post("/_sandbox/bod-target", json=body) as answer:
            assert answer.status == 400
