import pytest

from tests.unit.connectors.heartland.sandbox.conftest import Gp


async def test_sign_in_names_the_merchant_and_its_accounts(gp: Gp) -> None:
    answer = await gp.sign_in()

    assert answer.status == 200
    assert answer.body["type"] == "Bearer"
    assert answer.body["scope"]["merchant_id"].startswith("MER_")
    accounts = {a["name"]: a["id"][:4] for a in answer.body["scope"]["accounts"]}
    assert accounts == {
        "transaction_processing": "TRA_",
        "tokenization": "TKA_",
        "settlement_reporting": "DAA_",
        "dispute_management": "DIA_",
    }
    assert answer.body["seconds_to_expire"] == 86_399


async def test_letters_that_are_no_text_are_refused(gp: Gp) -> None:
    assert (await gp.sign_in(nonce="\ud800", secret="\ud800")).refusal[2] == "40004"


async def test_a_wrong_application_or_secret_is_refused(gp: Gp) -> None:
    stranger = await gp.sign_in(app_id="somebody")
    forger = await gp.sign_in(secret="0" * 128)

    assert stranger.refusal == (403, "ACTION_NOT_AUTHORIZED", "40004")
    assert stranger.why == "App credentials not recognized"
    assert forger.refusal == (403, "ACTION_NOT_AUTHORIZED", "40004")


async def test_a_nonce_signs_in_once(gp: Gp) -> None:
    gp.numbers = iter([1000, 1000])
    first = await gp.sign_in()
    second = await gp.sign_in()

    assert first.status == 200
    assert second.refusal == (403, "ACTION_NOT_AUTHORIZED", "40004")


@pytest.mark.parametrize("seconds", [10, 59, 604_801, "soon", "¹²³", -60])
async def test_an_expiry_out_of_range_is_refused(gp: Gp, seconds: object) -> None:
    answer = await gp.sign_in(seconds_to_expire=seconds)

    assert answer.refusal == (400, "INVALID_REQUEST_DATA", "40213")
    assert answer.why == "seconds_to_expire contains unexpected data"


async def test_an_expired_token_is_refused_until_a_new_sign_in(gp: Gp) -> None:
    await gp.sign_in(seconds_to_expire=60)
    gp.clock.advance(59_999)
    in_time = await gp.get("/transactions")
    gp.clock.advance(1)
    late = await gp.get("/transactions")
    await gp.sign_in()
    again = await gp.get("/transactions")

    assert in_time.status == 200
    assert late.refusal == (401, "NOT_AUTHENTICATED", "40001")
    assert late.why == "Invalid access token"
    assert again.status == 200


async def test_an_interval_sets_the_expiry(gp: Gp) -> None:
    answer = await gp.sign_in(interval_to_expire="5_MINUTES")

    assert answer.body["seconds_to_expire"] == 300
    assert answer.body["interval_to_expire"] == "5_MINUTES"
    assert (await gp.sign_in(interval_to_expire="FORTNIGHT")).refusal[2] == "40213"


async def test_a_token_may_do_no_more_than_was_asked_for(gp: Gp) -> None:
    answer = await gp.sign_in(permissions=["TRN_POST_Capture"])
    sale = await gp.post("/transactions", gp.order())
    unknown = await gp.sign_in(permissions=["TEST_1", {}])

    assert [a["name"] for a in answer.body["scope"]["accounts"]] == ["transaction_processing"]
    assert sale.refusal == (403, "ACTION_NOT_AUTHORIZED", "40212")
    assert unknown.refusal == (400, "INVALID_REQUEST_DATA", "40119")


async def test_missing_sign_in_fields_are_named(gp: Gp) -> None:
    answer = await gp.sign_in(nonce="", secret=None)

    assert answer.refusal == (400, "MANDATORY_DATA_MISSING", "40005")
    assert answer.why == "Request expects the following fields nonce, secret"


async def test_without_a_token_or_the_version_nothing_is_answered(gp: Gp) -> None:
    async with gp.http.get("/ucp/transactions") as response:
        bare = response.status
    versionless = await gp.call("GET", "/ucp/transactions", headers={"X-GP-Version": ""})
    older = await gp.call("GET", "/ucp/transactions", headers={"X-GP-Version": "2020-12-22"})

    assert bare == 401
    assert versionless.refusal == (400, "MANDATORY_DATA_MISSING", "40005")
    assert older.refusal == (400, "INVALID_REQUEST_DATA", "40213")
