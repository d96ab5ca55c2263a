import asyncio

import pytest

from connectors.heartland.connector import CONNECTOR
from streams.core.errors import Misconfigured, Rejected, Transient, Unknown
from streams.core.metrics import Metrics
from tests.unit.connectors.heartland.conftest import Merchant, settings

SALE = "POST /ucp/transactions"


async def test_an_authorization_reserves_the_order_s_money(merchant: Merchant) -> None:
    outcome = await merchant.do(merchant.authorize())

    order = await merchant.order()
    assert (order["authorized"], order["captured"], order["currency"]) == (1400, 0, "GBP")
    assert (outcome.minor_units, outcome.currency) == (1400, "GBP")
    assert outcome.values["id"] == order["transactions"][0]
    assert outcome.values["status"] == "PREAUTHORIZED"
    assert (outcome.values["brand"], outcome.values["last4"]) == ("VISA", "5262")
    assert (outcome.values["result"], len(outcome.values["authcode"])) == ("00", 6)


async def test_capture_mode_auto_takes_the_money_at_once(merchant: Merchant) -> None:
    outcome = await merchant.do(merchant.authorize(capture_mode="AUTO"))

    assert outcome.values["status"] == "CAPTURED"
    assert (await merchant.order())["captured"] == 1400


async def test_a_decline_is_an_outcome_in_plain_words_and_moves_nothing(merchant: Merchant) -> None:
    outcome = await merchant.do(merchant.authorize(token="PMT_poor"))

    order = await merchant.order()
    assert (order["authorized"], order["declined"]) == (0, 1400)
    assert outcome.minor_units == 0
    assert (outcome.values["status"], outcome.values["result"]) == ("DECLINED", "101")
    assert "not enough money" in outcome.values["message"]


async def test_a_decline_that_no_fact_explains_keeps_gp_api_s_words(merchant: Merchant) -> None:
    outcome = await merchant.do(merchant.authorize(token="PMT_lost"))

    assert (outcome.values["result"], outcome.values["message"]) == ("103", "Lost/Stolen")


async def test_an_order_without_a_token_is_refused_in_plain_words(merchant: Merchant) -> None:
    with pytest.raises(Rejected, match="no payment token") as refused:
        await merchant.do(merchant.authorize(token=""))

    assert refused.value.field == "token"
    assert await merchant.order() == {}


async def test_a_token_that_gp_api_does_not_know_is_refused_with_its_field(
    merchant: Merchant,
) -> None:
    with pytest.raises(Rejected) as refused:
        await merchant.do(merchant.authorize(token="PMT_nobody"))

    assert (refused.value.field, refused.value.code) == ("payment_method.id", "40116")


async def test_a_lost_reply_charges_once(merchant: Merchant) -> None:
    merchant.line.lose("reply", SALE)

    outcome = await merchant.do(merchant.authorize())

    order = await merchant.order()
    assert (order["authorized"], order["transactions"]) == (1400, [outcome.values["id"]])
    assert outcome.minor_units == 1400


async def test_the_same_command_again_is_answered_by_the_first_transaction(
    merchant: Merchant,
) -> None:
    command = merchant.authorize()
    first = await merchant.do(command)

    assert await merchant.do(command, unknown=True) == first
    assert await merchant.do(command) == first
    assert (await merchant.order())["authorized"] == 1400


@pytest.mark.parametrize("hours", [0, 25])
async def test_a_doubt_is_settled_by_asking_also_when_the_key_is_forgotten(
    merchant: Merchant, hours: int
) -> None:
    command = merchant.authorize()
    merchant.line.lose("reply", SALE, times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)
    merchant.clock.advance(hours * 3_600_000)

    outcome = await merchant.do(command, unknown=True)

    order = await merchant.order()
    assert (order["authorized"], order["transactions"]) == (1400, [outcome.values["id"]])


async def test_a_doubt_about_a_call_that_never_arrived_makes_it_now(merchant: Merchant) -> None:
    command = merchant.authorize()
    merchant.line.lose("request", SALE, times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)
    assert await merchant.order() == {}

    outcome = await merchant.do(command, unknown=True)

    assert outcome.minor_units == (await merchant.order())["authorized"] == 1400


async def test_a_capture_takes_what_was_authorized_once(merchant: Merchant) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]
    command = merchant.capture(sale)
    merchant.line.lose("reply", f"{sale}/capture")

    outcome = await merchant.do(command)
    again = await merchant.do(command, unknown=True)

    assert (await merchant.order())["captured"] == 1400
    assert outcome.minor_units == again.minor_units == 1400
    assert outcome.values["id"] == sale
    assert outcome.values["status"] == again.values["status"] == "CAPTURED"


async def test_a_doubtful_capture_that_never_arrived_is_made(merchant: Merchant) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]

    outcome = await merchant.do(merchant.capture(sale), unknown=True)

    assert outcome.minor_units == (await merchant.order())["captured"] == 1400


async def test_a_capture_above_the_authorization_is_refused_and_takes_nothing(
    merchant: Merchant,
) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]

    with pytest.raises(Rejected, match="115%") as refused:
        await merchant.do(merchant.capture(sale, 2000))

    assert refused.value.code == "50020"
    assert (await merchant.order())["captured"] == 0


async def test_a_reversal_lets_the_money_go_once(merchant: Merchant) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]
    command = merchant.reverse(sale)
    merchant.line.lose("reply", f"{sale}/reversal", times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)

    outcome = await merchant.do(command, unknown=True)

    assert outcome.values["status"] == (await merchant.order())["status"] == "REVERSED"


@pytest.mark.parametrize("act", ["capture", "reverse"])
async def test_an_act_on_no_transaction_is_refused(merchant: Merchant, act: str) -> None:
    with pytest.raises(Rejected) as refused:
        await merchant.do(getattr(merchant, act)(""))

    assert refused.value.field == "transaction_id"


async def test_an_act_on_an_unknown_transaction_is_refused(merchant: Merchant) -> None:
    with pytest.raises(Rejected, match="not found") as refused:
        await merchant.do(merchant.capture("TRN_nobody"))

    assert (refused.value.field, refused.value.code) == ("transaction_id", "40008")


async def test_many_payments_share_one_sign_in(merchant: Merchant) -> None:
    commands = [merchant.authorize() for _ in range(20)]

    outcomes = await asyncio.gather(*map(merchant.do, commands))

    assert len({outcome.values["id"] for outcome in outcomes}) == 20
    assert (await merchant.order())["authorized"] == 20 * 1400
    assert merchant.line.asked.count("POST /ucp/accesstoken") == 1


async def test_a_sign_in_whose_reply_was_lost_is_made_anew(merchant: Merchant) -> None:
    """With the same nonce it would be refused, as if the credentials were wrong."""
    merchant.line.lose("reply", "/ucp/accesstoken")
    command = merchant.authorize()
    with pytest.raises(Transient):
        await merchant.do(command)

    await merchant.do(command)

    assert (await merchant.order())["authorized"] == 1400


async def test_a_token_that_is_no_longer_taken_is_renewed(merchant: Merchant) -> None:
    await merchant.do(merchant.authorize())
    merchant.clock.advance(86_400_000)

    await merchant.do(merchant.authorize())

    assert (await merchant.order())["authorized"] == 2800


@pytest.mark.parametrize(
    "wrong", [{"app_key": "another"}, {"app_id": "nobody"}, {"account_name": "petty_cash"}]
)
async def test_wrong_credentials_stop_the_worker(
    merchant: Merchant, wrong: dict[str, object]
) -> None:
    given = settings(merchant.sandbox, merchant.sandbox.url, **wrong)
    async with CONNECTOR.open(given, merchant.clock, Metrics()) as opened:
        command = merchant.authorize()
        with pytest.raises(Misconfigured):
            await opened.sinks[0].handles[type(command)](command, unknown=False)

    assert await merchant.order() == {}
