"""Captured money goes back once, to the penny: reversed while that is possible, else refunded."""

import pytest
from aiohttp import web

from streams.core.errors import Rejected, Unknown
from streams.messages.heartland import Refund
from tests.unit.connectors.doubtful import Loss
from tests.unit.connectors.heartland.conftest import Merchant

DAY_MS = 86_400_000


async def test_a_part_is_refunded(merchant: Merchant) -> None:
    sale = await merchant.sold()
    command = merchant.refund(sale, 510)

    outcome = await merchant.do(command)

    order = await merchant.order()
    assert (order["captured"], order["refunded"], order["reversed"]) == (1400, 510, 0)
    assert order["refunds"] == [
        {
            "id": outcome.values["id"],
            "reference": command.id,
            "amount": 510,
            "sale": sale,
            "status": "CAPTURED",
        }
    ]
    assert (outcome.minor_units, outcome.currency) == (510, "GBP")
    assert outcome.values == {"id": order["refunds"][0]["id"], "status": "CAPTURED"}


async def test_the_whole_is_reversed_while_its_batch_is_open(merchant: Merchant) -> None:
    sale = await merchant.sold()

    outcome = await merchant.do(merchant.refund(sale, 1400))

    order = await merchant.order()
    assert (order["captured"], order["reversed"], order["refunded"]) == (0, 1400, 0)
    assert order["transactions"] == [sale]
    assert (outcome.minor_units, outcome.currency) == (1400, "GBP")
    assert outcome.values == {"id": sale, "status": "REVERSED"}


async def test_the_whole_is_refunded_when_its_batch_is_closed(merchant: Merchant) -> None:
    sale = await merchant.sold()
    await merchant.settle()

    outcome = await merchant.do(merchant.refund(sale, 1400))

    order = await merchant.order()
    assert (order["captured"], order["reversed"], order["refunded"]) == (1400, 0, 1400)
    assert outcome.values["id"] == order["refunds"][0]["id"] != sale
    assert outcome.minor_units == 1400


async def test_what_is_left_after_a_refund_is_refunded(merchant: Merchant) -> None:
    sale = await merchant.sold()
    await merchant.do(merchant.refund(sale, 510))

    outcome = await merchant.do(merchant.refund(sale, 890, captured=890))

    order = await merchant.order()
    assert (order["captured"], order["reversed"], order["refunded"]) == (1400, 0, 1400)
    assert [refund["amount"] for refund in order["refunds"]] == [510, 890]
    assert outcome.minor_units == 890


async def test_a_lost_reply_gives_back_once(merchant: Merchant) -> None:
    sale = await merchant.sold()
    merchant.line.lose("reply", f"{sale}/refund")

    outcome = await merchant.do(merchant.refund(sale, 510))

    order = await merchant.order()
    assert (order["refunded"], len(order["refunds"])) == (510, 1)
    assert outcome.values["id"] == order["refunds"][0]["id"]


@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize("lost", ["request", "reply"])
async def test_a_doubtful_refund_is_settled_by_asking(
    merchant: Merchant, lost: Loss, days: int
) -> None:
    """Also when GP API has forgotten the key."""
    sale = await merchant.sold()
    command = merchant.refund(sale, 510)
    await _doubt(merchant, command, lost, "refund")
    merchant.clock.advance(days * DAY_MS)

    outcome = await merchant.do(command, unknown=True)

    order = await merchant.order()
    assert (order["captured"], order["refunded"], len(order["refunds"])) == (1400, 510, 1)
    assert outcome.values["id"] == order["refunds"][0]["id"]
    assert outcome.minor_units == 510


@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize("lost", ["request", "reply"])
async def test_a_doubtful_reversal_is_settled_by_asking(
    merchant: Merchant, lost: Loss, days: int
) -> None:
    """If it never arrived, its batch may have closed since: then it is refunded."""
    sale = await merchant.sold()
    command = merchant.refund(sale, 1400)
    await _doubt(merchant, command, lost, "reversal")
    merchant.clock.advance(days * DAY_MS)

    outcome = await merchant.do(command, unknown=True)

    order = await merchant.order()
    assert (order["captured"] - order["refunded"], order["authorized"]) == (0, 1400)
    assert order["reversed"] + order["refunded"] == outcome.minor_units == 1400
    refunded = lost == "request" and days > 0
    assert (order["refunded"], outcome.values["status"]) == (
        (1400, "CAPTURED") if refunded else (0, "REVERSED")
    )


async def test_a_doubtful_refund_of_the_whole_is_settled_by_asking(merchant: Merchant) -> None:
    sale = await merchant.sold()
    await merchant.settle()
    command = merchant.refund(sale, 1400)
    await _doubt(merchant, command, "reply", "refund")

    outcome = await merchant.do(command, unknown=True)

    order = await merchant.order()
    assert (order["refunded"], len(order["refunds"])) == (1400, 1)
    assert outcome.values["id"] == order["refunds"][0]["id"]


@pytest.mark.parametrize("amount", [510, 1400])
@pytest.mark.parametrize("closed", [False, True])
async def test_the_same_command_again_changes_nothing(
    merchant: Merchant, amount: int, closed: bool
) -> None:
    sale = await merchant.sold()
    if closed:
        await merchant.settle()
    command = merchant.refund(sale, amount)
    first = await merchant.do(command)
    before = await merchant.order()

    assert await merchant.do(command) == first
    assert await merchant.do(command, unknown=True) == first
    assert await merchant.order() == before


async def test_a_key_that_a_refused_reversal_used_up_is_not_taken_for_money(
    merchant: Merchant,
) -> None:
    """Whether a failed call uses up its key is not known of GP API (facts: 4.2)."""
    sale = await merchant.sold()
    await merchant.settle()
    seen = {
        "error_code": "DUPLICATE_ACTION",
        "detailed_error_code": "40039",
        "detailed_error_description": f"Idempotency Key seen before: id={sale}",
    }
    merchant.line.answer(f"{sale}/reversal", web.json_response(seen, status=409))

    outcome = await merchant.do(merchant.refund(sale, 1400))

    assert outcome.minor_units == (await merchant.order())["refunded"] == 1400


@pytest.mark.parametrize(("amount", "captured"), [(2000, 1400), (1401, 1400), (890, 510)])
async def test_more_than_was_captured_is_refused(
    merchant: Merchant, amount: int, captured: int
) -> None:
    sale = await merchant.sold()

    with pytest.raises(Rejected, match="than was captured") as refused:
        await merchant.do(merchant.refund(sale, amount, captured))

    assert refused.value.field == "amount"
    assert (await merchant.order())["refunded"] == 0


async def test_more_than_gp_api_has_captured_is_refused(merchant: Merchant) -> None:
    sale = await merchant.sold()

    with pytest.raises(Rejected, match="100%") as refused:
        await merchant.do(merchant.refund(sale, 2000, captured=2800))

    assert refused.value.code == "40087"
    assert (await merchant.order())["refunded"] == 0


async def test_what_was_never_captured_is_not_given_back(merchant: Merchant) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]

    with pytest.raises(Rejected, match="never will be charged"):
        await merchant.do(merchant.refund(sale, 510))

    order = await merchant.order()
    assert (order["held"], order["refunded"]) == (1400, 0)


async def test_a_declined_refund_is_no_money(merchant: Merchant) -> None:
    sale = await merchant.sold()
    declined = {"id": "TRN_r", "status": "DECLINED", "type": "REFUND", "amount": ""}
    merchant.line.answer(f"{sale}/refund", web.json_response(declined))

    with pytest.raises(Rejected, match="TRN_r is DECLINED"):
        await merchant.do(merchant.refund(sale, 510))


@pytest.mark.parametrize("amount", [510, 1400])
async def test_a_refund_of_no_transaction_is_refused(merchant: Merchant, amount: int) -> None:
    with pytest.raises(Rejected) as refused:
        await merchant.do(merchant.refund("", amount))

    assert refused.value.field == "transaction_id"


@pytest.mark.parametrize("amount", [510, 1400])
async def test_a_refund_of_an_unknown_transaction_is_refused(
    merchant: Merchant, amount: int
) -> None:
    with pytest.raises(Rejected, match="not found") as refused:
        await merchant.do(merchant.refund("TRN_nobody", amount))

    assert (refused.value.field, refused.value.code) == ("transaction_id", "40008")


async def _doubt(merchant: Merchant, command: Refund, lost: Loss, call: str) -> None:
    """The command is tried, and nobody knows whether the call arrived."""
    merchant.line.lose(lost, f"{command.transaction_id}/{call}", times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)
