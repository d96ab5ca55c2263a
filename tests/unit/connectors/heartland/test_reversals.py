"""Authorized money is let go, all of it or what is no longer needed, and never twice."""

from typing import Any

import pytest

from streams.core.errors import Rejected, Unknown
from tests.unit.connectors.doubtful import Loss
from tests.unit.connectors.heartland.conftest import Merchant

DAY_MS = 86_400_000


@pytest.fixture
def account() -> dict[str, Any]:
    """An account that may let go a part."""
    return {"partial_reversals": True}


async def in_parts(merchant: Merchant) -> str:
    """The transaction of an order that ships in parts: 5.00 of 14.00 captured."""
    sale = (await merchant.do(merchant.authorize(capture_mode="MULTIPLE"))).values["id"]
    await merchant.do(merchant.capture(sale, 500, sequence="FIRST"))
    return sale


async def money(merchant: Merchant) -> tuple[int, int, int]:
    """What of the order is captured, still held, and let go."""
    order = await merchant.order()
    return order["captured"], order["held"], order["reversed"]


async def test_a_part_of_what_is_authorized_is_let_go(merchant: Merchant) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]

    outcome = await merchant.do(merchant.reverse(sale, 400))

    assert await money(merchant) == (0, 1000, 400)
    assert (outcome.minor_units, outcome.values["status"]) == (400, "PREAUTHORIZED")


async def test_the_rest_of_a_sale_in_parts_is_let_go_and_what_is_taken_stays(
    merchant: Merchant,
) -> None:
    sale = await in_parts(merchant)

    outcome = await merchant.do(merchant.reverse(sale, 900))

    assert await money(merchant) == (500, 0, 900)
    assert (outcome.minor_units, outcome.values["status"]) == (900, "CAPTURED")
    with pytest.raises(Rejected):
        await merchant.do(merchant.capture(sale, 900, sequence="LAST", captured=500))


@pytest.mark.parametrize("lost", ["request", "reply"])
@pytest.mark.parametrize("captured", [False, True])
async def test_a_part_in_doubt_is_let_go_once(
    merchant: Merchant, lost: Loss, captured: bool
) -> None:
    if captured:
        sale = await in_parts(merchant)
    else:
        sale = (await merchant.do(merchant.authorize())).values["id"]
    before = await money(merchant)
    command = merchant.reverse(sale, 300)
    merchant.line.lose(lost, f"{sale}/reversal", times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)

    outcome = await merchant.do(command, unknown=True)
    again = await merchant.do(command, unknown=True)

    assert outcome.minor_units == again.minor_units == 300
    assert await money(merchant) == (before[0], before[1] - 300, 300)


@pytest.mark.parametrize("lost", ["request", "reply"])
async def test_a_part_in_doubt_whose_key_is_forgotten_is_for_a_person(
    merchant: Merchant, lost: Loss
) -> None:
    """What is held lapses by itself; what is let go by mistake would fail a capture to come."""
    sale = await in_parts(merchant)
    command = merchant.reverse(sale, 300)
    merchant.line.lose(lost, f"{sale}/reversal", times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)
    after = await money(merchant)
    merchant.clock.advance(DAY_MS)

    with pytest.raises(Rejected, match="nobody can tell") as refused:
        await merchant.do(command, unknown=True)

    assert refused.value.field == "amount"
    assert await money(merchant) == after


async def test_the_whole_in_doubt_is_let_go_also_when_its_key_is_forgotten(
    merchant: Merchant,
) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]
    command = merchant.reverse(sale)
    merchant.line.lose("request", f"{sale}/reversal", times=3)
    with pytest.raises(Unknown):
        await merchant.do(command)
    merchant.clock.advance(2 * DAY_MS)

    outcome = await merchant.do(command, unknown=True)

    assert (outcome.minor_units, outcome.values["status"]) == (1400, "REVERSED")
    assert await money(merchant) == (0, 0, 1400)


async def test_what_lapsed_or_a_clerk_let_go_is_gone(merchant: Merchant) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]
    await merchant.do(merchant.reverse(sale))  # the clerk

    outcome = await merchant.do(merchant.reverse(sale))

    assert (outcome.minor_units, outcome.values["status"]) == (1400, "REVERSED")
    assert await money(merchant) == (0, 0, 1400)


async def test_more_than_is_held_is_refused(merchant: Merchant) -> None:
    sale = await in_parts(merchant)

    with pytest.raises(Rejected):
        await merchant.do(merchant.reverse(sale, 901))

    assert await money(merchant) == (500, 900, 0)


class TestAnAccountThatMayNotReverseAPart:
    @pytest.fixture
    def account(self) -> dict[str, Any]:
        return {}

    async def test_it_is_refused_and_the_rest_lapses_with_the_last_capture(
        self, merchant: Merchant
    ) -> None:
        sale = await in_parts(merchant)

        with pytest.raises(Rejected) as refused:
            await merchant.do(merchant.reverse(sale, 300))

        assert refused.value.code == "40214"
        assert await money(merchant) == (500, 900, 0)
