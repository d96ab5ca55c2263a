"""Orders that change: cancelled, edited, returned, in the shop or in M3."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from streams.flows.order.state import Status
from tests.brokers import Cluster
from tests.e2e.counter import (
    APPROVED,
    assert_agrees,
    assert_nothing_is_left,
    cases,
    checkout,
    counter,
    in_m3,
    in_the_shop,
    settled,
    shop_hears,
    shop_shows,
)
from tests.product import Scene, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acts(cluster: Cluster) -> AsyncIterator[Scene]:
    async with counter(cluster) as acts:
        yield acts


async def test_an_order_cancelled_in_the_shop_leaves_nothing(acts: Scene) -> None:
    key = "uk-810007"
    await acts.sandboxes.place(checkout(810007, ("LATE", 2, "4.00")))
    await acts.eyes.status(key, Status.CONFIRMED)

    await in_the_shop(acts, "orders/810007/status", {"status": "cancelled"})

    await acts.eyes.status(key, Status.CANCELLED)
    await assert_nothing_is_left(acts, key)
    assert not cases(acts, key)


async def test_an_order_deleted_in_m3_is_cancelled_in_the_shop(acts: Scene) -> None:
    key = "uk-810008"
    await acts.sandboxes.place(checkout(810008, ("LATE", 1, "4.00")))
    await acts.eyes.status(key, Status.CONFIRMED)

    await in_m3(acts, "orders/cancel", {"CUOR": key})

    await acts.eyes.status(key, Status.CANCELLED)
    await shop_shows(acts, "810008", "cancelled")
    await assert_nothing_is_left(acts, key)


async def test_goods_refunded_before_they_left_are_taken_out_of_m3(acts: Scene) -> None:
    key = "uk-810009"
    await in_m3(acts, "deliveries", {"CUOR": key, "deliveries": [{"TEA": "1"}]})
    await acts.sandboxes.place(checkout(810009, ("TEA", 1, "3.00"), ("LATE", 2, "2.50")))
    await acts.eyes.status(key, Status.PART_SHIPPED)

    await in_the_shop(acts, "orders/810009/refunds", {"lines": [{"sku": "LATE"}]})

    await settled(acts, key)
    agreed = await assert_agrees(acts, key, 300, held=500)
    assert agreed["paid"]["refunded"] == 0, "what was never taken is not given back"
    assert not cases(acts, key)


async def test_a_return_that_begins_in_m3_reaches_heartland_and_the_shop(acts: Scene) -> None:
    key = "uk-810010"
    await acts.sandboxes.place(checkout(810010, ("MUG", 4, "2.50")))
    await settled(acts, key)

    await in_m3(acts, "returns", {"CUOR": key, "lines": [{"ITNO": "MUG", "REQ0": "1"}]})

    await acts.eyes.until(lambda: acts.eyes.orders[key].refunded == 250)
    await settled(acts, key)
    await assert_agrees(acts, key, 750)

    async def booked() -> int | None:
        return (await acts.sandboxes.books()).shop["orders"]["810010"]["refunded"] or None

    assert await eventually(booked) == 250
    await asyncio.wait_for(acts.eyes.until(lambda: len(acts.eyes.orders[key].refunds) == 1), 5)
    assert not cases(acts, key)


async def edit(acts: Scene, number: int, *lines: tuple[str, int]) -> None:
    """A clerk puts an order on hold, edits it, and lets it go on."""
    order = f"orders/{number}"
    await in_the_shop(acts, f"{order}/status", {"status": "on-hold"})
    edited = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    await in_the_shop(acts, f"{order}/lines", {"lines": edited})
    await in_the_shop(acts, f"{order}/status", {"status": "processing"})


async def test_a_line_that_the_shop_takes_out_is_taken_out_of_m3(acts: Scene) -> None:
    key = "uk-820001"
    await in_m3(acts, "deliveries", {"CUOR": key, "deliveries": [{"TEA": "1"}]})
    await acts.sandboxes.place(checkout(820001, ("TEA", 1, "3.00"), ("LATE", 2, "2.50")))
    await acts.eyes.status(key, Status.PART_SHIPPED)

    await edit(acts, 820001, ("LATE", 0))

    await settled(acts, key)
    await assert_agrees(acts, key, 300, held=500)
    await shop_shows(acts, "820001", "completed")
    assert not cases(acts, key)


async def test_fewer_pieces_are_fewer_in_m3_and_never_paid(acts: Scene) -> None:
    key = "uk-820005"
    await acts.sandboxes.place(checkout(820005, ("SOON", 3, "4.00"), ("MUG", 1, "5.25")))
    await acts.eyes.status(key, Status.CONFIRMED)

    await edit(acts, 820005, ("SOON", 2), ("MUG", 0), ("TEA", 1))
    await acts.eyes.until(lambda: acts.eyes.orders[key].edited_at > 0)
    await in_m3(acts, "items", [{"ITNO": "SOON", "STQT": "2"}])

    state = await settled(acts, key)
    assert {line.item: line.quantity for line in state.lines} == {"SOON": 2, "TEA": 1}
    await assert_agrees(acts, key, state.total)
    await shop_hears(acts, "820005", "M3 has the change")
    await shop_shows(acts, "820005", "completed")
    assert not cases(acts, key)


async def test_a_quantity_that_m3_has_already_is_a_case_and_so_is_its_undoing(acts: Scene) -> None:
    key = "uk-820002"
    await acts.sandboxes.place(checkout(820002, ("LATE", 2, "4.00")))
    await acts.eyes.status(key, Status.CONFIRMED)

    await edit(acts, 820002, ("LATE", 3))
    await acts.eyes.until(lambda: cases(acts, key) == [("changed order", 800)])
    await shop_hears(acts, "820002", "Changed, but it had gone on: LATE x 2 to LATE x 3.")

    await edit(acts, 820002, ("LATE", 2))
    await acts.eyes.until(lambda: cases(acts, key) == [("changed order", 800)] * 2)
    await shop_hears(acts, "820002", "Changed back.")

    await in_the_shop(acts, "orders/820002/status", {"status": "cancelled"})
    await acts.eyes.status(key, Status.CANCELLED)
    await assert_nothing_is_left(acts, key)


async def test_an_edit_that_is_undone_before_the_order_is_paid_leaves_no_trace(
    acts: Scene,
) -> None:
    key = "uk-820003"
    await acts.sandboxes.place(checkout(820003, ("TEA", 2, "3.00"), meta_data=[], status="on-hold"))
    await acts.eyes.status(key, Status.PLACED)
    for quantity in (5, 2):
        lines = [{"sku": "TEA", "quantity": quantity}]
        await in_the_shop(acts, "orders/820003/lines", {"lines": lines})
    await acts.eyes.until(
        lambda: acts.eyes.orders[key].total == 600 and len(acts.eyes.orders[key].formerly) == 2
    )

    await in_the_shop(acts, "orders/820003/payment", {"token": APPROVED})

    await settled(acts, key)
    await assert_agrees(acts, key, 600)
    assert not cases(acts, key)


async def test_freight_goes_back_with_its_goods(acts: Scene) -> None:
    key = "uk-820004"
    freight = [{"method_title": "Post", "method_id": "POST", "total": "4.99"}]
    await acts.sandboxes.place(checkout(820004, ("MUG", 2, "5.25"), shipping_lines=freight))
    await settled(acts, key)

    given = [{"sku": "MUG", "quantity": 1}, {"place": 1, "amount": "2.50"}]
    await in_the_shop(acts, "orders/820004/refunds", {"lines": given})

    await acts.eyes.until(lambda: acts.eyes.orders[key].refunded == 525 + 250)
    await settled(acts, key)
    await assert_agrees(acts, key, 1050 + 499 - 525 - 250)
    assert not cases(acts, key)


async def test_more_pieces_in_m3_after_a_capture_are_a_case_and_fewer_are_carried(
    acts: Scene,
) -> None:
    key = "uk-820006"
    await in_m3(acts, "deliveries", {"CUOR": key, "deliveries": [{"TEA": "1"}]})
    await acts.sandboxes.place(checkout(820006, ("TEA", 1, "3.00"), ("RARE", 3, "2.50")))
    await acts.eyes.status(key, Status.PART_SHIPPED)
    await acts.eyes.until(lambda: acts.eyes.orders[key].payment.captured == 300)

    await in_m3(acts, "orders/change", {"CUOR": key, "ITNO": "RARE", "ORQT": "4"})
    await acts.eyes.until(lambda: cases(acts, key) == [("changed in M3", 1050)])
    (case,) = (case for case in acts.eyes.cases if case.key == key)
    assert "RARE has ORQT 4, ordered were 3" in case.reason

    await in_m3(acts, "orders/change", {"CUOR": key, "ITNO": "RARE", "ORQT": "2"})
    await shop_hears(acts, "820006", "Taken out in M3: RARE x 1.")
    await in_m3(acts, "items", [{"ITNO": "RARE", "STQT": "2"}])

    await settled(acts, key)
    await assert_agrees(acts, key, 800)
    await shop_shows(acts, "820006", "completed")
    assert len(cases(acts, key)) == 1
