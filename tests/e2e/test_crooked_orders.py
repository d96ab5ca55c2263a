"""Orders that are not straight: in parts, approved in part, paid anew, cancelled, returned."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from streams.demo.seeding import connect
from streams.demo.seeds import CHARGE_ITEMS
from streams.flows.order.state import OrderState, Status
from tests.brokers import Cluster
from tests.product import Scene, engine, eventually, scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUYER = {
    "first_name": "Ada",
    "last_name": "Byron",
    "address_1": "1 High St",
    "city": "London",
    "postcode": "EC1A 1BB",
    "country": "GB",
}
APPROVED, DECLINED = "PMT_approved", "PMT_declined"
LITTLE, LITTLE_AT_FIRST = "PMT_little", "PMT_little_at_first"
TOO_LITTLE = f"TRN_{810005:032x}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acts(cluster: Cluster) -> AsyncIterator[Scene]:
    """A shop whose account captures in parts, and that has partial approvals completed.

    M3 has TEA and MUG, and LATE once it comes.
    """
    shops = json.dumps({"uk": {"multiple_captures": True, "partial_approval": "complete"}})
    async with scene(engine(cluster), TANDEM_SHOPS=shops) as acts, acts.stage.roles():
        sandboxes = acts.sandboxes
        stock = {"TEA": "100", "MUG": "100", "LATE": "0"}
        items = [{"ITNO": item, "STQT": pieces} for item, pieces in stock.items()]
        await sandboxes.seed_items([*items, *({"ITNO": code} for code in CHARGE_ITEMS)])
        await sandboxes.seed_products(
            [{"sku": sku, "name": sku, "stock_quantity": 100} for sku in stock]
        )
        await sandboxes.seed_payment_methods(
            [
                {"id": APPROVED, "last4": "4242"},
                {"id": DECLINED, "last4": "1154", "outcome": "decline:101"},
                {"id": LITTLE, "last4": "0600", "outcome": "limit:600"},
                {"id": LITTLE_AT_FIRST, "last4": "0601", "outcome": "limit:600:1"},
            ]
        )
        await connect(sandboxes)
        yield acts


def checkout(number: int, *lines: tuple[str, int, str], **more: Any) -> dict[str, Any]:
    """A guest's order; lines are SKU, quantity, unit price."""
    order = {
        "id": number,
        "billing": BUYER,
        "lines": [{"sku": s, "quantity": q, "unit_price": price} for s, q, price in lines],
        "payment_method": "globalpayments_gpapi",
        "meta_data": [{"key": "_tandem_payment_token", "value": APPROVED}],
    }
    return order | more


async def in_m3(acts: Scene, path: str, body: Any) -> None:
    """What somebody does in M3."""
    await acts.post_to(f"{acts.stage.systems.m3_url}/_sandbox/{path}", body)


async def in_the_shop(acts: Scene, path: str, body: Any) -> None:
    """What somebody does in the shop."""
    await acts.post_to(f"{acts.stage.systems.shop_url}/_sandbox/{path}", body)


async def settled(acts: Scene, key: str) -> OrderState:
    """The order once it is closed, and everything that goes back of it as well."""
    state = await acts.eyes.status(key, Status.CLOSED)
    await acts.eyes.until(lambda: not acts.eyes.orders[key].refunding)
    return acts.eyes.orders.get(key, state)


async def assert_agrees(acts: Scene, key: str, kept: int, held: int = 0) -> dict[str, Any]:
    """All three keep the same money of an order in the end, and nothing but a hold waits."""

    async def ask() -> dict[str, Any] | None:
        books = await acts.sandboxes.books()
        paid, billed = books.heartland["orders"][key], books.m3["invoices"][key]
        credits = [each for each in books.m3["credit_notes"] if each["CUOR"] == key]
        outstanding = billed["outstanding"] + sum(each["outstanding"] for each in credits)
        in_m3 = billed["gross"] + sum(each["gross"] for each in credits)
        taken = paid["captured"] - paid["refunded"]
        agree = (taken, in_m3, paid["held"], outstanding) == (kept, kept, held, 0)
        return {"m3": books.m3, "paid": paid, "billed": billed} if agree else None

    return await eventually(ask)


def cases(acts: Scene, key: str) -> list[tuple[str, int]]:
    return [(case.kind, case.minor_units) for case in acts.eyes.cases if case.key == key]


async def test_parcels_are_captured_for_what_they_hold(acts: Scene) -> None:
    key = "uk-810001"
    plan = [{"TEA": "1"}, {"TEA": "1", "MUG": "2"}]
    await in_m3(acts, "deliveries", {"CUOR": key, "deliveries": plan})
    freight = [{"method_title": "Post", "method_id": "POST", "total": "4.99"}]
    lines = ("TEA", 3, "3.33"), ("MUG", 2, "5.25")
    await acts.sandboxes.place(checkout(810001, *lines, shipping_lines=freight))

    state = await settled(acts, key)

    agreed = await assert_agrees(acts, key, 999 + 1050 + 499)
    assert len(agreed["billed"]["each"]) == len(state.deliveries) == 3
    assert agreed["paid"]["lapsed"] == 0
    assert len(agreed["paid"]["transactions"]) == 1
    paid = [each["amount"] for each in agreed["m3"]["payments"] if each["CUOR"] == key]
    assert sorted(paid) == [333, 499 + 333, 333 + 1050]
    shop = await shop_shows(acts, "810001", "completed")
    assert shop["meta"]["_tandem_tracking_number"].count(",") == 2
    assert not cases(acts, key)


async def test_what_m3_gives_up_is_never_taken(acts: Scene) -> None:
    """The account may not let a part go, which is what the sandbox's does: it lapses by itself."""
    key = "uk-810002"
    await in_m3(acts, "deliveries", {"CUOR": key, "deliveries": [{"TEA": "2"}]})
    await acts.sandboxes.place(checkout(810002, ("TEA", 2, "3.00"), ("LATE", 4, "2.50")))
    await acts.eyes.status(key, Status.PART_SHIPPED)

    await in_m3(acts, "orders/cancel", {"CUOR": key, "ITNO": "LATE", "rest": True})

    await settled(acts, key)
    await assert_agrees(acts, key, 600, held=1000)
    await shop_shows(acts, "810002", "completed")
    await shop_hears(acts, "810002", "10.00 GBP stays reserved")
    assert not cases(acts, key)


@pytest.mark.parametrize(("number", "action"), [(810003, "authorize"), (810004, "charge")])
async def test_what_the_checkout_has_paid_is_not_charged_again(
    acts: Scene, number: int, action: str
) -> None:
    key, transaction = f"uk-{number}", f"TRN_{number:032x}"
    payment = {
        "id": transaction,
        "order_number": str(number),
        "amount": "1250",
        "currency": "GBP",
        "payment_action": action,
        "status_url": f"{acts.bridge}/hooks/heartland",
    }
    await acts.post_to(f"{acts.stage.systems.heartland_url}/_sandbox/transactions", [payment])
    paid = {"transaction_id": transaction, "action": action}
    order = checkout(number, ("TEA", 5, "2.50"), payment=paid, meta_data=[])
    await acts.sandboxes.place(order)

    state = await settled(acts, key)

    assert state.payment.transaction_id == transaction
    books = await acts.sandboxes.books()
    book = books.heartland["orders"][str(number)]
    assert (book["captured"], book["held"], book["transactions"]) == (1250, 0, [transaction])
    assert key not in books.heartland["orders"]
    assert books.m3["invoices"][key]["outstanding"] == 0
    assert not cases(acts, key)


async def test_a_checkouts_payment_of_another_amount_is_a_case(acts: Scene) -> None:
    payment = {
        "id": TOO_LITTLE,
        "order_number": "810005",
        "amount": "1000",
        "currency": "GBP",
        "payment_action": "charge",
    }
    await acts.post_to(f"{acts.stage.systems.heartland_url}/_sandbox/transactions", [payment])
    paid = {"transaction_id": TOO_LITTLE, "action": "charge"}
    await acts.sandboxes.place(checkout(810005, ("TEA", 5, "2.50"), payment=paid, meta_data=[]))

    state = await acts.eyes.status("uk-810005", Status.REFUSED)

    assert "10.00 GBP" in "".join(state.blocked_by)
    await acts.eyes.until(lambda: cases(acts, "uk-810005") == [("refused", 1250)])
    assert "uk-810005" not in (await acts.sandboxes.books()).m3["orders"]


@pytest.mark.parametrize(
    ("number", "token", "why", "declined", "reversed_"),
    [
        (810006, DECLINED, "not enough money on the account", 800, 0),
        (810012, LITTLE, "only 6.00 GBP of 8.00 GBP was approved, and is let go", 0, 600),
    ],
)
async def test_a_declined_customer_pays_anew(
    acts: Scene, number: int, token: str, why: str, declined: int, reversed_: int
) -> None:
    key, shown = f"uk-{number}", str(number)
    carried = [{"key": "_tandem_payment_token", "value": token}]
    await acts.sandboxes.place(checkout(number, ("TEA", 2, "4.00"), meta_data=carried))
    await acts.eyes.status(key, Status.DECLINED)
    await shop_shows(acts, shown, "failed")
    await shop_hears(acts, shown, why)

    await in_the_shop(acts, f"orders/{number}/payment", {"token": APPROVED})

    await settled(acts, key)
    paid = (await assert_agrees(acts, key, 800))["paid"]
    assert len(paid["transactions"]) == 2
    assert (paid["declined"], paid["reversed"]) == (declined, reversed_)
    await shop_shows(acts, shown, "completed")
    assert not cases(acts, key)


async def test_what_was_approved_in_part_is_completed(acts: Scene) -> None:
    """Its card approves no 10.00 at once, and 10.00 are authorized in one transaction."""
    key = "uk-810011"
    token = [{"key": "_tandem_payment_token", "value": LITTLE_AT_FIRST}]
    await acts.sandboxes.place(checkout(810011, ("MUG", 4, "2.50"), meta_data=token))

    state = await settled(acts, key)

    agreed = await assert_agrees(acts, key, 1000)
    assert (agreed["paid"]["authorized"], agreed["paid"]["declined"]) == (1000, 0)
    assert agreed["paid"]["transactions"] == [state.payment.transaction_id]
    await shop_shows(acts, "810011", "completed")
    assert not cases(acts, key)


async def shop_shows(acts: Scene, number: str, status: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        entry: dict[str, Any] = (await acts.sandboxes.books()).shop["orders"][number]
        return entry if entry["status"] == status else None

    return await eventually(ask)


async def shop_hears(acts: Scene, number: str, words: str) -> None:
    async def ask() -> bool | None:
        notes = (await acts.sandboxes.books()).shop["orders"][number]["notes"]
        return any(words in note for note in notes) or None

    await eventually(ask)


async def test_an_order_cancelled_in_the_shop_leaves_nothing(acts: Scene) -> None:
    key = "uk-810007"
    await acts.sandboxes.place(checkout(810007, ("LATE", 2, "4.00")))
    await acts.eyes.status(key, Status.CONFIRMED)

    await in_the_shop(acts, "orders/810007/status", {"status": "cancelled"})

    await acts.eyes.status(key, Status.CANCELLED)
    await assert_nothing_is_left(acts, key)
    assert not cases(acts, key)


async def assert_nothing_is_left(acts: Scene, key: str) -> None:
    async def ask() -> bool | None:
        books = await acts.sandboxes.books()
        paid = books.heartland["orders"][key]
        gone = (paid["held"], paid["captured"]) == (0, 0) and key not in books.m3["orders"]
        return gone or None

    await eventually(ask)


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
