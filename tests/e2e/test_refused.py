"""Orders that a system refuses: what is told, what is kept safe, how a person repairs it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from streams.demo.seeding import connect
from streams.demo.seeds import CHARGE_ITEMS
from streams.flows.order.state import Status
from tests.brokers import Cluster
from tests.e2e.counter import cases, shop_hears, shop_shows
from tests.product import Scene, engine, scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUYER = {
    "first_name": "Zoë",
    "last_name": "O'Hara",
    "address_1": "1/2 High St",
    "city": "London",
    "postcode": "EC1A 1BB",
    "country": "GB",
}
APPROVED, DECLINED = "PMT_approved", "PMT_declined"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acts(cluster: Cluster) -> AsyncIterator[Scene]:
    """A shop that sells NEW-1, which M3 does not know yet, and TEA-100, which it does."""
    async with scene(engine(cluster)) as acts, acts.stage.roles():
        sandboxes = acts.sandboxes
        await sandboxes.seed_items(
            [{"ITNO": "TEA-100", "STQT": "100"}, *({"ITNO": code} for code in CHARGE_ITEMS)]
        )
        await sandboxes.seed_products(
            [{"sku": sku, "name": sku, "stock_quantity": 100} for sku in ("NEW-1", "TEA-100")]
        )
        await sandboxes.seed_payment_methods(
            [
                {"id": APPROVED, "last4": "4242"},
                {"id": DECLINED, "last4": "1154", "outcome": "decline:101"},
            ]
        )
        await connect(sandboxes)
        yield acts


def checkout(number: int, token: str, *lines: tuple[str, int, str]) -> dict[str, Any]:
    """A guest's order; lines are SKU, quantity, unit price."""
    return {
        "id": number,
        "billing": BUYER,
        "lines": [{"sku": s, "quantity": q, "unit_price": price} for s, q, price in lines],
        "payment_method": "globalpayments_gpapi",
        "meta_data": [{"key": "_tandem_payment_token", "value": token}],
    }


async def test_an_item_that_m3_lacks_waits_for_its_repair_and_then_closes(acts: Scene) -> None:
    key = "uk-700001"
    await acts.sandboxes.place(checkout(700001, APPROVED, ("NEW-1", 2, "12.50")))

    state = await acts.eyes.status(key, Status.REFUSED)
    assert state.payment.authorized == 2500
    assert state.payment.captured == 0
    assert "NEW-1" in "".join(state.blocked_by)

    listed = await acts.command("dlq", "list", "--json")
    (letter,) = [row for row in listed.json_lines() if row["key"] == key]
    assert (letter["origin"], letter["kind"]) == ("sink/m3", "rejected")
    assert (letter["field"], letter["minor_units"], letter["currency"]) == ("ITNO", 2500, "GBP")
    assert "NEW-1" in letter["reason"]
    await acts.eyes.until(lambda: cases(acts, key) == [("refused", 2500)])
    assert [case.currency for case in acts.eyes.cases if case.key == key] == ["GBP"]
    await shop_shows(acts, "700001", "on-hold")
    await shop_hears(acts, "700001", "Waits for a repair")
    books = await acts.sandboxes.books()
    assert key not in books.m3["orders"]
    assert books.heartland["orders"][key]["captured"] == 0

    shown = await acts.command("dlq", "show", letter["id"][:10])
    assert '"NEW-1"' in shown.out, "the original is shown as a message, not as bytes"
    told = await acts.command("order", "700001")
    assert f"{key}: refused" in told.out
    assert "waits: ITNO" in told.out

    await acts.sandboxes.seed_items([{"ITNO": "NEW-1", "STQT": "100", "price": "12.50"}])
    sent = await acts.command("dlq", "retry", letter["id"][:10])
    assert sent.out == "Sent again: 1 message.\n", sent.err
    await acts.eyes.status(key, Status.CLOSED)
    await shop_shows(acts, "700001", "completed")
    await assert_settled_once(acts, key, 2500)

    again = await acts.command("dlq", "retry", letter["id"])
    assert again.code == 0, again.err
    story = (await acts.command("order", key, "--json")).json()
    assert story["state"]["status"] == "closed"
    assert [each["outcome"] for each in story["messages"] if made_the_order(each)] == [
        "rejected",
        "done",
    ]
    await assert_settled_once(acts, key, 2500)


def made_the_order(message: dict[str, Any]) -> bool:
    return bool(message.get("command_type") == "m3.create_order")


async def assert_settled_once(acts: Scene, key: str, money: int) -> None:
    books = await acts.sandboxes.books()
    assert books.m3["duplicates"] == []
    assert books.m3["orders"][key]["total"] == money
    assert books.m3["invoices"][key]["gross"] == money
    assert books.m3["invoices"][key]["outstanding"] == 0
    assert [p["amount"] for p in books.m3["payments"] if p["CUOR"] == key] == [money]
    paid = books.heartland["orders"][key]
    assert paid["authorized"] == paid["captured"] == money
    assert len(paid["transactions"]) == 1


async def test_a_declined_order_is_told_to_the_shop_and_leaves_nothing_in_m3(acts: Scene) -> None:
    await acts.sandboxes.place(checkout(700002, DECLINED, ("TEA-100", 3, "10.00")))

    state = await acts.eyes.status("uk-700002", Status.DECLINED)
    assert state.payment.authorized == state.payment.captured == 0
    await shop_shows(acts, "700002", "failed")
    await shop_hears(acts, "700002", "Ask the customer for another way to pay.")
    shown = await shop_shows(acts, "700002", "failed")
    (note,) = [note for note in shown["notes"] if "declined" in note]
    assert note.startswith(
        "Payment declined: declined by the card's issuer, e.g. not enough money on the account"
    )
    books = await acts.sandboxes.books()
    assert "uk-700002" not in books.m3["orders"]
    assert "uk-700002" not in {each["CUOR"] for each in books.m3["unconfirmed"]}
    paid = books.heartland["orders"]["uk-700002"]
    assert (paid["authorized"], paid["captured"], paid["declined"]) == (0, 0, 3000)
    assert not [each for each in acts.eyes.letters.values() if each.key == "uk-700002"]


async def test_one_bad_order_holds_up_no_other(acts: Scene) -> None:
    await acts.sandboxes.place(checkout(700003, APPROVED, ("TEA-100", 1, "9.99")))
    await acts.sandboxes.place(checkout(700004, "PMT_unknown", ("TEA-100", 1, "9.99")))
    await acts.sandboxes.place(checkout(700005, APPROVED, ("TEA-100", 2, "9.99")))

    refused = await acts.eyes.status("uk-700004", Status.REFUSED)
    await acts.eyes.status("uk-700003", Status.CLOSED)
    await acts.eyes.status("uk-700005", Status.CLOSED)

    assert refused.payment.authorized == 0
    await assert_settled_once(acts, "uk-700003", 999)
    await assert_settled_once(acts, "uk-700005", 1998)
    assert "uk-700004" not in (await acts.sandboxes.books()).m3["orders"]
    (letter,) = [each for each in acts.eyes.letters.values() if each.key == "uk-700004"]
    assert (letter.origin, letter.minor_units) == ("sink/heartland", 999)
