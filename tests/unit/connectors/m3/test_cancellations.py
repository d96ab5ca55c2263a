"""Orders that nobody wants any more: out of M3's books, or kept with M3's reason."""

import pytest

from tests.unit.connectors.m3.conftest import M3, cancelled, order
from tests.unit.connectors.m3.lossy import in_doubt

KEY = "uk-536365"


async def waiting(m3: M3) -> str:
    """ORNO of an order that M3 cannot deliver yet: there are no hearts."""
    await m3.act("items", [{"ITNO": "85123A", "STQT": 0}])
    return await m3.sold(order())


async def test_an_order_is_deleted_and_its_stock_is_free(m3: M3) -> None:
    await m3.act("items", [{"ITNO": "85123A", "STQT": 6}])
    first = await waiting(m3)

    outcome = await m3.do(cancelled(KEY, first))

    assert outcome.values == {"ORNO": first, "KEPT": ""}
    assert (await m3.books())["orders"] == {}
    await m3.act("items", [{"ITNO": "85123A", "STQT": 6}])
    await m3.sold(order("uk-2"))
    assert list((await m3.books())["invoices"]) == ["uk-2"]


@pytest.mark.parametrize("unknown", [False, True])
async def test_what_is_deleted_already_is_no_matter(m3: M3, unknown: bool) -> None:
    command = cancelled(KEY, await waiting(m3))
    first = await m3.do(command)
    books = await m3.books()

    assert await m3.do(command, unknown=unknown) == first
    assert await m3.books() == books


async def test_what_m3_has_delivered_is_kept_and_m3_s_words_are_told(m3: M3) -> None:
    number = await m3.sold(order())

    outcome = await m3.do(cancelled(KEY, number))

    assert f"to delete order {number}: Order {number}" in outcome.values["KEPT"]
    assert (await m3.books())["totals"]["invoiced"] == 3560


async def test_what_m3_has_delivered_in_part_is_kept(m3: M3) -> None:
    await m3.act("deliveries", {"back_orders": True})
    await m3.act("items", [{"ITNO": "85123A", "STQT": 2}])
    number = await m3.sold(order())

    assert (await m3.do(cancelled(KEY, number))).values["KEPT"]

    assert (await m3.books())["orders"][KEY]["lines"][0]["DLQT"] == "2"


@pytest.mark.parametrize("arrived", [True, False])
async def test_an_order_in_doubt_is_gone_when_it_was_asked_for_again(m3: M3, arrived: bool) -> None:
    number = await waiting(m3)
    cancel = await in_doubt(m3, cancelled(KEY, number), "DelHead", arrived=arrived)
    assert (KEY in (await m3.books())["orders"]) is not arrived

    outcome = await cancel(cancelled(KEY, number), unknown=True)

    assert outcome.values == {"ORNO": number, "KEPT": ""}
    assert (await m3.books())["orders"] == {}


async def test_an_order_that_left_while_it_was_in_doubt_is_kept(m3: M3) -> None:
    number = await waiting(m3)
    cancel = await in_doubt(m3, cancelled(KEY, number), "DelHead", arrived=False)
    await m3.act("items", [{"ITNO": "85123A", "STQT": 6}])

    assert (await cancel(cancelled(KEY, number), unknown=True)).values["KEPT"]
    assert (await m3.books())["totals"]["invoiced"] == 3560
