import asyncio

import pytest

from streams.core.errors import Rejected, Transient
from tests.unit.connectors.woocommerce.conftest import SKUS, Owner

BATCH = "POST /wp-json/wc/v3/products/batch"
LOOK = "GET /wp-json/wc/v3/products"


async def test_a_stock_is_set(owner: Owner) -> None:
    outcome = await owner.do(owner.stock(SKUS[3], 42))

    assert (await owner.books())["stock"][SKUS[3]] == 42
    assert outcome.values["stock_quantity"] == "42"


async def test_many_items_travel_together(owner: Owner) -> None:
    commands = [owner.stock(sku, number) for number, sku in enumerate(SKUS)]

    await asyncio.gather(*map(owner.do, commands))

    stock = (await owner.books())["stock"]
    assert {sku: stock[sku] for sku in SKUS} == {sku: n for n, sku in enumerate(SKUS)}
    assert owner.line.asked.count(BATCH) <= 5
    assert owner.line.asked.count(LOOK) <= 5


async def test_a_known_item_is_not_looked_up_again(owner: Owner) -> None:
    for quantity in (1, 2, 3):
        await owner.do(owner.stock(SKUS[0], quantity))

    assert (await owner.books())["stock"][SKUS[0]] == 3
    assert owner.line.asked.count(LOOK) == 1


async def test_the_newest_of_two_quantities_of_an_item_wins(owner: Owner) -> None:
    await owner.do(owner.stock(SKUS[0], 1))
    commands = [owner.stock(SKUS[0], 5), owner.stock(SKUS[1], 8), owner.stock(SKUS[0], 4)]

    await asyncio.gather(*map(owner.do, commands))

    stock = (await owner.books())["stock"]
    assert (stock[SKUS[0]], stock[SKUS[1]]) == (4, 8)


async def test_an_unknown_sku_is_refused_and_holds_up_nobody(owner: Owner) -> None:
    known, unknown = await asyncio.gather(
        owner.do(owner.stock(SKUS[0], 9)),
        owner.do(owner.stock("NOWHERE", 9)),
        return_exceptions=True,
    )

    assert not isinstance(known, BaseException)
    assert (await owner.books())["stock"][SKUS[0]] == 9
    assert isinstance(unknown, Rejected)
    assert (unknown.field, "NOWHERE" in unknown.reason) == ("sku", True)


async def test_a_product_that_was_made_anew_is_found_again(owner: Owner) -> None:
    await owner.do(owner.stock(SKUS[0], 1))
    await owner.remake(SKUS[0])

    with pytest.raises(Transient):
        await owner.do(owner.stock(SKUS[0], 2))
    await owner.do(owner.stock(SKUS[0], 2))

    assert (await owner.books())["stock"][SKUS[0]] == 2


async def test_a_lost_reply_changes_nothing(owner: Owner) -> None:
    owner.line.lose("reply", BATCH)

    await owner.do(owner.stock(SKUS[0], 6))

    assert (await owner.books())["stock"][SKUS[0]] == 6


async def test_an_outage_is_everyone_s_and_goes_by(owner: Owner) -> None:
    owner.line.lose("request", LOOK, times=3)
    commands = [owner.stock(sku, 5) for sku in SKUS[:3]]

    outcomes = await asyncio.gather(*map(owner.do, commands), return_exceptions=True)
    assert all(isinstance(outcome, Exception) for outcome in outcomes)
    await asyncio.gather(*map(owner.do, commands))

    stock = (await owner.books())["stock"]
    assert [stock[sku] for sku in SKUS[:3]] == [5, 5, 5]


async def test_another_shop_s_stock_is_refused(owner: Owner) -> None:
    with pytest.raises(Rejected) as refused:
        await owner.do(owner.stock(SKUS[0], 1, shop="fr"))

    assert refused.value.field == "shop"


@pytest.mark.parametrize("sku", ["A/B 1", "Ü+1", "a&b=c", "50%"])
async def test_any_sku_can_be_asked_for(owner: Owner, sku: str) -> None:
    with pytest.raises(Rejected, match="no product"):
        await owner.do(owner.stock(sku, 1))
