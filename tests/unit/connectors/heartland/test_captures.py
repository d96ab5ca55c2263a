"""A sale in parts: each shipment's money is taken once, to the penny, and the rest let go."""

import pytest
from aiohttp import web

from streams.core.errors import Rejected, Unknown
from tests.unit.connectors.doubtful import Loss
from tests.unit.connectors.heartland.conftest import Merchant

DAY_MS = 86_400_000


async def in_parts(merchant: Merchant) -> str:
    """The transaction of an order that ships in parts: 14.00 authorized."""
    outcome = await merchant.do(merchant.authorize(capture_mode="MULTIPLE"))
    assert outcome.values["status"] == "PREAUTHORIZED"
    return outcome.values["id"]


async def money(merchant: Merchant) -> tuple[int, int, int]:
    """What of the order is captured, still held, and let go."""
    order = await merchant.order()
    return order["captured"], order["held"], order["lapsed"]


async def test_every_shipment_takes_its_part_and_the_last_lets_the_rest_go(
    merchant: Merchant,
) -> None:
    sale = await in_parts(merchant)

    first = await merchant.do(merchant.capture(sale, 500, sequence="FIRST"))
    assert await money(merchant) == (500, 900, 0)
    second = await merchant.do(merchant.capture(sale, 600, sequence="SUBSEQUENT", captured=500))
    assert await money(merchant) == (1100, 300, 0)
    last = await merchant.do(merchant.capture(sale, 200, sequence="LAST", captured=1100))

    assert await money(merchant) == (1300, 0, 100)
    assert [each.minor_units for each in (first, second, last)] == [500, 1100, 1300]
    assert {each.values["status"] for each in (first, second, last)} == {"CAPTURED"}
    assert {each.values["id"] for each in (first, second, last)} == {sale}


async def test_all_in_one_shipment_is_the_last_at_once(merchant: Merchant) -> None:
    sale = await in_parts(merchant)

    outcome = await merchant.do(merchant.capture(sale, 1000, sequence="LAST"))

    assert outcome.minor_units == 1000
    assert await money(merchant) == (1000, 0, 400)


async def test_parts_go_on_when_the_bank_has_the_first(merchant: Merchant) -> None:
    sale = await in_parts(merchant)
    await merchant.do(merchant.capture(sale, 500, sequence="FIRST"))
    await merchant.settle()

    outcome = await merchant.do(merchant.capture(sale, 900, sequence="LAST", captured=500))

    assert outcome.minor_units == 1400
    assert await money(merchant) == (1400, 0, 0)


@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize("lost", ["request", "reply"])
@pytest.mark.parametrize("sequence", ["SUBSEQUENT", "LAST"])
async def test_a_doubtful_part_is_taken_once(
    merchant: Merchant, sequence: str, lost: Loss, days: int
) -> None:
    """Also when GP API has forgotten the key: what is captured in all by now tells."""
    sale = await in_parts(merchant)
    await merchant.do(merchant.capture(sale, 500, sequence="FIRST"))
    command = merchant.capture(sale, 600, sequence=sequence, captured=500)
    merchant.line.lose(lost, f"{sale}/capture", times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)
    merchant.clock.advance(days * DAY_MS)

    outcome = await merchant.do(command, unknown=True)
    again = await merchant.do(command, unknown=True)

    assert outcome.minor_units == again.minor_units == 1100
    assert (await merchant.order())["captured"] == 1100


async def test_one_lost_reply_needs_no_doubt(merchant: Merchant) -> None:
    sale = await in_parts(merchant)
    merchant.line.lose("reply", f"{sale}/capture")

    outcome = await merchant.do(merchant.capture(sale, 500, sequence="FIRST"))

    assert outcome.minor_units == 500
    assert await money(merchant) == (500, 900, 0)


async def test_a_part_that_nobody_can_see_after_its_answer_is_in_doubt(merchant: Merchant) -> None:
    sale = await in_parts(merchant)
    command = merchant.capture(sale, 500, sequence="FIRST")
    merchant.line.answer(f"{sale}/capture", web.json_response({"id": sale, "status": "CAPTURED"}))
    with pytest.raises(Unknown, match="shows none"):
        await merchant.do(command)

    outcome = await merchant.do(command, unknown=True)

    assert outcome.minor_units == 500
    assert await money(merchant) == (500, 900, 0)


@pytest.mark.parametrize("sequence", ["", "FIRST"])
async def test_a_key_that_a_failed_capture_used_up_is_not_taken_for_money(
    merchant: Merchant, sequence: str
) -> None:
    """Whether a failed call uses up its key is not known of GP API (facts: 4.2)."""
    sale = await in_parts(merchant)
    seen = {
        "error_code": "DUPLICATE_ACTION",
        "detailed_error_code": "40039",
        "detailed_error_description": f"Idempotency Key seen before: id={sale}",
    }
    command = merchant.capture(sale, 500, sequence=sequence)
    for _ in range(2):
        merchant.line.answer(f"{sale}/capture", web.json_response(seen, status=409))
    with pytest.raises(Unknown):
        await merchant.do(command)
    with pytest.raises(Rejected, match=r"look at TRN_.* in Heartland's portal"):
        await merchant.do(command, unknown=True)
    assert await money(merchant) == (0, 1400, 0)

    assert (await merchant.do(command, unknown=True)).minor_units == 500


async def test_a_fresh_doubt_is_settled_by_the_key_and_not_by_a_sum(merchant: Merchant) -> None:
    """Whether `amount` says what is captured in all is by analogy: no money may hang on it."""
    sale = await in_parts(merchant)
    await merchant.do(merchant.capture(sale, 500, sequence="FIRST"))
    command = merchant.capture(sale, 600, sequence="SUBSEQUENT", captured=500)
    merchant.line.lose("request", f"{sale}/capture", times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)
    authorized = {"id": sale, "status": "CAPTURED", "amount": "1400"}
    merchant.line.answer(f"GET /ucp/transactions/{sale}", web.json_response(authorized))

    await merchant.do(command, unknown=True)

    assert await money(merchant) == (1100, 300, 0)


@pytest.mark.parametrize("settled", [False, True])
async def test_what_a_clerk_has_captured_in_the_shop_is_captured(
    merchant: Merchant, settled: bool
) -> None:
    payment = await merchant.paid(order_number="uk-536365")
    await merchant.do(merchant.capture(payment))  # the clerk
    if settled:
        await merchant.settle()

    outcome = await merchant.do(merchant.capture(payment))

    assert outcome.minor_units == (await merchant.order())["captured"] == 1400
    assert outcome.values["status"] == ("FUNDED" if settled else "CAPTURED")


async def test_a_part_that_a_clerk_has_captured_is_not_all(merchant: Merchant) -> None:
    payment = await merchant.paid(order_number="uk-536365")
    await merchant.do(merchant.capture(payment, 900))  # the clerk

    with pytest.raises(Rejected):
        await merchant.do(merchant.capture(payment))

    assert (await merchant.order())["captured"] == 900


async def test_more_than_is_left_is_refused_and_takes_nothing(merchant: Merchant) -> None:
    sale = await in_parts(merchant)
    await merchant.do(merchant.capture(sale, 1000, sequence="FIRST"))

    with pytest.raises(Rejected, match="115%"):
        await merchant.do(merchant.capture(sale, 700, sequence="LAST", captured=1000))

    assert await money(merchant) == (1000, 400, 0)


async def test_after_the_last_nothing_is_taken(merchant: Merchant) -> None:
    sale = await in_parts(merchant)
    await merchant.do(merchant.capture(sale, 1000, sequence="LAST"))

    with pytest.raises(Rejected):
        await merchant.do(merchant.capture(sale, 300, sequence="SUBSEQUENT", captured=1000))

    assert await money(merchant) == (1000, 0, 400)
