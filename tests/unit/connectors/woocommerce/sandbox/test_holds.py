"""The last piece is sold once: stock held by unpaid orders, and orders that wait too long."""

import asyncio

import pytest

from connectors.woocommerce.sandbox.app import SandboxSettings
from tests.unit.connectors.woocommerce.sandbox.conftest import Answer, Caller, refusal

MINUTE = 60_000


async def checkout(shop: Caller, quantity: int, **seed: object) -> Answer:
    lines = [{"sku": "MUG", "quantity": quantity, "unit_price": "2.55"}]
    return await shop.post("/_sandbox/orders", [{"lines": lines, "check_stock": True} | seed])


async def reserved(shop: Caller) -> dict[str, int]:
    held: dict[str, int] = (await shop.books())["reserved"]
    return held


async def test_many_shoppers_want_ten_mugs_and_ten_are_sold(shop: Caller) -> None:
    answers = await asyncio.gather(*(checkout(shop, 1) for _ in range(40)))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [409] * 30
    refused = next(answer for answer in answers if answer.status == 409)
    assert refused.json["code"] == "woocommerce_product_not_enough_stock"
    mug = (await shop.get("products", sku="MUG")).json[0]
    assert (mug["stock_quantity"], await reserved(shop)) == (10, {"MUG": 10})
    for answer in answers:
        if answer.status == 201:
            await shop.act(answer.json[0], "payment", transaction_id="TRN_1")
    assert (await shop.stock("MUG"), await reserved(shop)) == (0, {})
    assert refusal(await checkout(shop, 1)) == (409, "woocommerce_product_out_of_stock")


async def test_paid_checkouts_sell_the_stock_once_too(shop: Caller) -> None:
    answers = await asyncio.gather(
        *(checkout(shop, 3, payment={"transaction_id": f"TRN_{n}"}) for n in range(8))
    )
    assert [answer.status for answer in answers].count(201) == 3
    assert (await shop.stock("MUG"), await reserved(shop)) == (1, {})


async def test_orders_are_placed_all_or_none_and_leave_no_hold(shop: Caller) -> None:
    lines = [{"sku": "MUG", "quantity": 6, "unit_price": "2.55"}]
    both = await shop.post("/_sandbox/orders", [{"lines": lines, "check_stock": True}] * 2)
    assert both.status == 409
    assert ((await shop.books())["orders"], await reserved(shop)) == ({}, {})
    split = [{"lines": lines * 2, "check_stock": True}]
    assert (await shop.post("/_sandbox/orders", split)).status == 409


async def test_a_hold_ends_with_its_time_or_its_order(shop: Caller) -> None:
    draft = (await checkout(shop, 4, status="checkout-draft")).json[0]
    first = (await checkout(shop, 6)).json[0]
    assert (await checkout(shop, 1)).status == 409
    shop.clock.advance(10 * MINUTE)
    assert (await checkout(shop, 4)).status == 201
    assert (await shop.order(draft))["status"] == "checkout-draft"
    await shop.act(first, "status", status="cancelled")
    assert (await checkout(shop, 6)).status == 201
    assert (await checkout(shop, 1)).status == 409


async def test_backorders_and_unmanaged_stock_are_never_refused(shop: Caller) -> None:
    await shop.put(f"products/{shop.products['MUG']}", {"backorders": "yes"})
    assert (await checkout(shop, 50)).status == 201
    await shop.put(f"products/{shop.products['MUG']}", {"manage_stock": False})
    assert (await checkout(shop, 50)).status == 201
    assert await reserved(shop) == {}


async def test_an_order_that_waits_too_long_is_cancelled(shop: Caller) -> None:
    forgotten = (await checkout(shop, 2)).json[0]
    shop.clock.advance(30 * MINUTE)
    by_rest = (await shop.post("orders", {"line_items": [{"sku": "MUG"}]})).json
    touched = (await checkout(shop, 2)).json[0]
    shop.clock.advance(31 * MINUTE)
    await shop.put(f"orders/{touched['id']}", {"customer_note": "still there"})
    await shop.post("/_sandbox/cron", {})
    order = await shop.order(forgotten)
    assert order["status"] == "cancelled"
    notes = (await shop.books())["orders"][str(forgotten["id"])]["notes"]
    assert "Unpaid order cancelled - time limit reached." in notes
    assert await reserved(shop) == {"MUG": 2}
    shop.clock.advance(31 * MINUTE)
    await shop.post("/_sandbox/cron", {})
    assert (await shop.order(touched))["status"] == "pending"
    assert (await shop.order(by_rest))["status"] == "pending"
    shop.clock.advance(30 * MINUTE)
    await shop.post("/_sandbox/cron", {})
    assert (await shop.order(touched))["status"] == "cancelled"
    paid = await shop.act(forgotten, "payment", transaction_id="TRN_9")
    assert (paid.json["status"], await shop.stock("MUG")) == ("processing", 8)


@pytest.mark.parametrize("settings", [SandboxSettings(hold_stock_minutes=0)])
async def test_without_hold_minutes_nothing_is_held_nor_cancelled(shop: Caller) -> None:
    placed = (await checkout(shop, 10)).json[0]
    assert (await checkout(shop, 10)).status == 201
    assert (await checkout(shop, 11)).status == 409
    shop.clock.advance(90 * 24 * 60 * MINUTE)
    assert (await shop.post("/_sandbox/cron", {})).json == {"cancelled": []}
    assert (await shop.order(placed))["status"] == "pending"
