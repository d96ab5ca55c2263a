"""Two shops sell from one warehouse: each piece once, and both show what M3 has."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from streams.demo.sandboxes import Sandboxes
from streams.demo.seeding import connect
from streams.demo.seeds import CHARGE_ITEMS
from streams.flows.order.state import Status
from streams.messages.stock import StockReported
from tests.brokers import Cluster
from tests.e2e.counter import BUYER
from tests.product import Scene, engine, eventually, scene, started

pytestmark = pytest.mark.asyncio(loop_scope="module")

ITEM, NAME, TOKEN = "85123A", "WHITE HANGING HEART", "PMT_approved"
PIECES = 12
EARLY, ORDERS = 5, 30
"""Of each shop: some that M3 delivers already when the others come, for more than there is."""

REFUSING = {"uk": {"oversell": "refuse"}, "de": {"oversell": "refuse"}}
LOOKING = {"TANDEM_SHOP_MORE__DE__STOCK_POLL_SECONDS": "1", "TANDEM_DRIFT_SECONDS": "10"}

STATUSES = {"uk": "pending", "de": "on-hold"}
"""What the orders come in as: one shop takes the piece off its own stock later, one at once."""


@dataclass(frozen=True)
class Two:
    """The scene, and the sandboxes as each shop sees them."""

    acts: Scene
    shops: dict[str, Sandboxes]

    async def stock(self) -> dict[str, int]:
        """What each shop shows of the item."""
        books = {code: await shop.books() for code, shop in self.shops.items()}
        return {code: book.shop["stock"][ITEM] for code, book in books.items()}

    async def shows(self, pieces: int) -> bool | None:
        return True if set((await self.stock()).values()) == {pieces} else None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(cluster: Cluster) -> AsyncIterator[Two]:
    """Both shops offer the item, and M3 has told how much there is of it."""
    async with two_shops(cluster) as two:
        await open_(two)
        yield two


@asynccontextmanager
async def two_shops(cluster: Cluster) -> AsyncIterator[Two]:
    async with started("sandbox", "shop", "--json", given={}) as process:
        assert process.stdout is not None
        de = json.loads(await process.stdout.readline())
        further = {f"TANDEM_SHOP_MORE__DE__{name}".upper(): value for name, value in de.items()}
        agreed = {"TANDEM_SHOPS": json.dumps(REFUSING), **LOOKING}
        async with scene(engine(cluster), **further, **agreed) as acts, acts.stage.roles():
            systems = replace(
                acts.stage.systems,
                shop_url=de["url"],
                consumer_key=de["consumer_key"],
                consumer_secret=de["consumer_secret"],
                webhook_secret=de["webhook_secret"],
                hooks_url=f"{acts.bridge}/hooks/shop/de",
            )
            yield Two(acts, {"uk": acts.sandboxes, "de": Sandboxes(acts.http, systems)})


async def open_(two: Two) -> None:
    first = two.acts.sandboxes
    await first.seed_payment_methods([{"id": TOKEN, "last4": "4242"}])
    await first.seed_items([{"ITNO": ITEM, "STQT": "0"}, *({"ITNO": i} for i in CHARGE_ITEMS)])
    for shop in two.shops.values():
        await shop.seed_products([{"sku": ITEM, "name": NAME, "stock_quantity": 0}])
    await connect(first)
    await two.shops["de"].register_webhooks()
    await first.seed_items([{"ITNO": ITEM, "STQT": str(PIECES)}])
    await eventually(lambda: two.shows(PIECES))


def order(code: str, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "status": STATUSES[code],
        "billing": BUYER,
        "lines": [{"sku": ITEM, "quantity": 1, "unit_price": "2.55"}],
        "payment_method": "globalpayments_gpapi",
        "meta_data": [{"key": "_tandem_payment_token", "value": TOKEN}],
    }


async def place(two: Two, numbers: range) -> set[str]:
    """Both shops sell at the same time; the orders' keys."""
    both = [(code, number) for number in numbers for code in two.shops]
    await asyncio.gather(*(two.shops[code].place(order(code, number)) for code, number in both))
    return {f"{code}-{number}" for code, number in both}


async def test_two_shops_sell_each_piece_once_under_load(two: Two) -> None:
    eyes = two.acts.eyes

    def at(*statuses: Status) -> set[str]:
        return {key for key, state in eyes.orders.items() if state.status in statuses}

    keys = await place(two, range(700_001, 700_001 + EARLY))
    await eyes.until(lambda: bool(at(Status.SHIPPED, Status.INVOICED, Status.CLOSED)))
    keys |= await place(two, range(800_001, 800_001 + ORDERS))
    await eyes.until(lambda: at(Status.CLOSED, Status.SOLD_OUT) >= keys)
    sold = at(Status.CLOSED)
    assert len(sold) == PIECES

    await eventually(lambda: books_agree(two, sold, keys - sold))
    await eventually(lambda: two.shows(0))
    assert min(await balances(two.acts)) == 0
    assert eyes.letters == {}
    assert list(eyes.cases) == []


async def test_what_comes_back_is_for_sale_in_both_shops(two: Two) -> None:
    """The piece that one shop gave the money back for, once M3 has it again."""
    sold = next(
        state.order.order_id
        for key, state in two.acts.eyes.orders.items()
        if key.startswith("de-") and state.status is Status.CLOSED
    )
    await two.shops["de"].refund(sold, {"lines": [{"sku": ITEM, "quantity": 1}]})
    await eventually(lambda: two.shows(1))


async def test_an_adjustment_in_m3_reaches_both_shops(two: Two) -> None:
    for pieces in (7, 3):
        await two.acts.sandboxes.seed_items([{"ITNO": ITEM, "STQT": str(pieces)}])
        await eventually(lambda: two.shows(pieces))  # noqa: B023 (awaited at once)


async def test_what_somebody_changes_in_a_shop_is_found_told_and_repaired(two: Two) -> None:
    await two.acts.sandboxes.seed_items([{"ITNO": ITEM, "STQT": "4"}])
    await eventually(lambda: two.shows(4))
    await two.shops["de"].seed_products([{"sku": ITEM, "name": NAME, "stock_quantity": 9}])
    await two.acts.eyes.until(lambda: bool(two.acts.eyes.cases))
    (case,) = two.acts.eyes.cases
    assert (case.kind, case.key) == ("stock drift", f"{ITEM}@001")
    assert f"shop de shows 9 of {ITEM}, it should be 4" in case.reason
    await eventually(lambda: two.shows(4))


async def books_agree(two: Two, sold: set[str], refused: set[str]) -> bool | None:
    """M3 has the sold orders alone, Heartland their money alone, and each shop was told."""
    books = {code: await shop.books() for code, shop in two.shops.items()}
    m3, payments = books["uk"].m3, books["uk"].heartland["orders"]
    assert m3["orders"].keys() == sold
    assert m3["stock"][ITEM] == {"STQT": "0", "ALQT": "0"}
    money = {key: (payments[key]["captured"], payments[key]["reversed"]) for key in payments}
    statuses = Counter(
        (entry["status"], f"{code}-{n}" in sold)
        for code, book in books.items()
        for n, entry in book.shop["orders"].items()
    )
    if money != dict.fromkeys(sold, (255, 0)) | dict.fromkeys(refused, (0, 255)):
        return None
    if statuses != {("completed", True): len(sold), ("failed", False): len(refused)}:
        return None
    notes = [
        " ".join(books[code].shop["orders"][number]["notes"])
        for code, _, number in (key.partition("-") for key in refused)
    ]
    return all(f"Sold out before this order came: {NAME}" in note for note in notes) or None


async def balances(acts: Scene) -> list[int]:
    """All that M3 ever told of the item."""
    topic, codec = acts.topic("events.stock"), acts.context.codec
    told = [
        codec.decode(found.value)
        for found in await acts.records()
        if found.topic == topic and found.value
    ]
    return [each.on_hand for each in told if isinstance(each, StockReported) and each.item == ITEM]
