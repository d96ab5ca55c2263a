"""Orders that are not straight: in parts, approved in part, paid by the checkout or anew."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from streams.flows.order.state import Status
from tests.brokers import Cluster
from tests.e2e.counter import (
    APPROVED,
    DECLINED,
    LITTLE,
    LITTLE_AT_FIRST,
    assert_agrees,
    cases,
    checkout,
    checkout_takes,
    counter,
    in_m3,
    in_the_shop,
    settled,
    shop_hears,
    shop_shows,
)
from tests.product import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acts(cluster: Cluster) -> AsyncIterator[Scene]:
    async with counter(cluster) as acts:
        yield acts


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
    key, told = f"uk-{number}", f"{acts.bridge}/hooks/heartland"
    transaction = await checkout_takes(acts, number, "1250", payment_action=action, status_url=told)
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


async def test_a_checkouts_payment_of_another_amount_is_a_case_until_the_order_costs_that(
    acts: Scene,
) -> None:
    key = "uk-810005"
    paid = {"transaction_id": await checkout_takes(acts, 810005, "1000"), "action": "charge"}
    await acts.sandboxes.place(checkout(810005, ("TEA", 5, "2.50"), payment=paid, meta_data=[]))

    state = await acts.eyes.status(key, Status.REFUSED)

    assert "10.00 GBP" in "".join(state.blocked_by)
    await acts.eyes.until(lambda: cases(acts, key) == [("refused", 1250)])
    assert key not in (await acts.sandboxes.books()).m3["orders"]

    await shop_shows(acts, "810005", "on-hold")
    await in_the_shop(acts, "orders/810005/lines", {"lines": [{"sku": "TEA", "quantity": 4}]})

    state = await settled(acts, key)
    assert (state.total, state.payment.captured, state.invoiced) == (1000, 1000, 1000)
    assert (await acts.sandboxes.books()).m3["invoices"][key]["outstanding"] == 0


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
