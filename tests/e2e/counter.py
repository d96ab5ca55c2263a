"""A shop's counter: places orders, and does what clerks and customers do; looks at all books."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from streams.demo.seeding import connect
from streams.demo.seeds import CHARGE_ITEMS
from streams.flows.order.state import OrderState, Status
from tests.brokers import Cluster
from tests.product import Scene, engine, eventually, scene

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


def premises(cluster: Cluster) -> AbstractAsyncContextManager[Scene]:
    """A shop whose account captures in parts, and that has partial approvals completed.

    Its counter is closed: no role plays yet.
    """
    shops = json.dumps({"uk": {"multiple_captures": True, "partial_approval": "complete"}})
    return scene(engine(cluster), TANDEM_SHOPS=shops)


@asynccontextmanager
async def counter(cluster: Cluster) -> AsyncIterator[Scene]:
    """The shop, open."""
    async with premises(cluster) as acts, acts.stage.roles():
        await opened(acts)
        yield acts


async def opened(acts: Scene) -> None:
    """Stocks all shelves: M3 has TEA and MUG, and LATE, SOON and RARE once they come."""
    sandboxes = acts.sandboxes
    stock = {"TEA": "100", "MUG": "100", "LATE": "0", "SOON": "0", "RARE": "0"}
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


async def assert_nothing_is_left(acts: Scene, key: str) -> None:
    async def ask() -> bool | None:
        books = await acts.sandboxes.books()
        paid = books.heartland["orders"][key]
        gone = (paid["held"], paid["captured"]) == (0, 0) and key not in books.m3["orders"]
        return gone or None

    await eventually(ask)


async def checkout_takes(acts: Scene, number: int, amount: str, **more: Any) -> str:
    """A shop's checkout takes a payment for an order, minor units; the transaction."""
    transaction = f"TRN_{number:032x}"
    payment = {"id": transaction, "order_number": str(number), "amount": amount, "currency": "GBP"}
    url = f"{acts.stage.systems.heartland_url}/_sandbox/transactions"
    await acts.post_to(url, [payment | {"payment_action": "charge"} | more])
    return transaction
