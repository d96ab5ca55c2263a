"""What was authorized in part is completed once, or stays as it is."""

import pytest
from aiohttp import web

from streams.core.errors import Rejected, Unknown
from tests.unit.connectors.doubtful import Loss
from tests.unit.connectors.heartland.conftest import Merchant

DAY_MS = 86_400_000


async def in_part(merchant: Merchant, token: str = "PMT_once", mode: str = "LATER") -> str:
    """The transaction of an order of 14.00, of which 6.00 are authorized."""
    order = merchant.authorize(token=token, partial=True, capture_mode=mode)
    outcome = await merchant.do(order)
    assert (outcome.minor_units, outcome.values["status"]) == (600, "PREAUTHORIZED")
    return outcome.values["id"]


async def test_the_issuer_declines_rather_than_approving_a_part_that_nobody_wants(
    merchant: Merchant,
) -> None:
    outcome = await merchant.do(merchant.authorize(token="PMT_little"))

    assert (outcome.minor_units, outcome.values["status"]) == (0, "DECLINED")


@pytest.mark.parametrize("mode", ["LATER", "MULTIPLE"])
async def test_the_rest_is_authorized_on_the_same_transaction(
    merchant: Merchant, mode: str
) -> None:
    sale = await in_part(merchant, mode=mode)

    outcome = await merchant.do(merchant.increment(sale, 800, 600))

    assert (outcome.minor_units, outcome.currency) == (1400, "GBP")
    assert (outcome.values["id"], outcome.values["status"]) == (sale, "PREAUTHORIZED")
    order = await merchant.order()
    assert (order["authorized"], order["held"], order["transactions"]) == (1400, 1400, [sale])
    sequence = "LAST" if mode == "MULTIPLE" else ""
    await merchant.do(merchant.capture(sale, sequence=sequence))
    assert (await merchant.order())["captured"] == 1400


async def test_a_decline_is_an_outcome_in_plain_words_and_the_part_stays(
    merchant: Merchant,
) -> None:
    sale = await in_part(merchant, "PMT_little")
    command = merchant.increment(sale, 800, 600)

    outcome = await merchant.do(command)

    assert (outcome.minor_units, outcome.values["status"]) == (600, "PREAUTHORIZED")
    assert outcome.values["result"] == "101"
    assert "not enough money" in outcome.values["message"]
    assert (await merchant.do(command, unknown=True)).minor_units == 600
    assert (await merchant.order())["held"] == 600
    await merchant.do(merchant.reverse(sale, 600))
    assert (await merchant.order())["held"] == 0


async def test_a_decline_that_shows_as_a_declined_transaction_leaves_the_part(
    merchant: Merchant,
) -> None:
    """How GP API answers a declined increment is not known: perhaps as it does any decline."""
    sale = await in_part(merchant)
    declined = {"id": "TRN_other", "status": "DECLINED", "amount": "", "currency": ""}
    declined |= {"payment_method": {"result": "101", "message": "Not sufficient fund"}}  # type: ignore[dict-item]
    merchant.line.answer(f"{sale}/incremental", web.json_response(declined))

    outcome = await merchant.do(merchant.increment(sale, 800, 600))

    assert (outcome.minor_units, outcome.values["status"]) == (600, "PREAUTHORIZED")
    assert (outcome.values["id"], outcome.values["result"]) == (sale, "101")


@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize("lost", ["request", "reply"])
async def test_a_doubtful_rest_is_authorized_once(
    merchant: Merchant, lost: Loss, days: int
) -> None:
    """Also when GP API has forgotten the key: what is authorized in all by now tells."""
    sale = await in_part(merchant)
    command = merchant.increment(sale, 800, 600)
    merchant.line.lose(lost, f"{sale}/incremental", times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)
    merchant.clock.advance(days * DAY_MS)

    outcome = await merchant.do(command, unknown=True)
    again = await merchant.do(command, unknown=True)

    assert outcome.minor_units == again.minor_units == 1400
    assert (await merchant.order())["authorized"] == 1400


async def test_a_lost_reply_is_just_another_try(merchant: Merchant) -> None:
    sale = await in_part(merchant)
    merchant.line.lose("reply", f"{sale}/incremental")

    outcome = await merchant.do(merchant.increment(sale, 800, 600))

    assert outcome.minor_units == (await merchant.order())["authorized"] == 1400


@pytest.mark.parametrize("days", [0, 2])
async def test_a_doubtful_decline_authorizes_nothing(merchant: Merchant, days: int) -> None:
    sale = await in_part(merchant, "PMT_little")
    command = merchant.increment(sale, 800, 600)
    merchant.line.lose("reply", f"{sale}/incremental", times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)
    merchant.clock.advance(days * DAY_MS)

    outcome = await merchant.do(command, unknown=True)

    assert (outcome.minor_units, outcome.values["status"]) == (600, "PREAUTHORIZED")
    assert (await merchant.order())["held"] == 600


async def test_a_key_that_was_seen_is_in_doubt_until_it_is_asked_again(merchant: Merchant) -> None:
    """The call that used it may still be under way."""
    sale = await in_part(merchant)
    seen = {
        "error_code": "DUPLICATE_ACTION",
        "detailed_error_code": "40039",
        "detailed_error_description": f"Idempotency Key seen before: id={sale}",
    }
    merchant.line.answer(f"{sale}/incremental", web.json_response(seen, status=409))
    command = merchant.increment(sale, 800, 600)
    with pytest.raises(Unknown, match="shows none"):
        await merchant.do(command)

    assert (await merchant.do(command, unknown=True)).minor_units == 1400


async def test_what_was_approved_in_part_again_is_not_asked_for_once_more(
    merchant: Merchant,
) -> None:
    sale = await in_part(merchant)
    await merchant.do(merchant.increment(sale, 300, 600))  # all that the issuer gave of 8.00

    outcome = await merchant.do(merchant.increment(sale, 800, 600), unknown=True)

    assert outcome.minor_units == (await merchant.order())["held"] == 900
    assert outcome.values["message"] == "no more of it was approved"


@pytest.mark.parametrize("act", ["capture", "reverse"])
async def test_what_is_captured_or_gone_cannot_be_raised(merchant: Merchant, act: str) -> None:
    sale = await in_part(merchant)
    await merchant.do(getattr(merchant, act)(sale, 600))
    before = await merchant.order()

    for unknown in (False, True):
        with pytest.raises(Rejected, match="PREAUTHORIZED") as refused:
            await merchant.do(merchant.increment(sale, 800, 600), unknown=unknown)
        assert refused.value.code == "40290"

    assert await merchant.order() == before


async def test_an_increment_of_nothing_named_is_refused(merchant: Merchant) -> None:
    with pytest.raises(Rejected) as refused:
        await merchant.do(merchant.increment("", 800, 600))

    assert refused.value.field == "transaction_id"
