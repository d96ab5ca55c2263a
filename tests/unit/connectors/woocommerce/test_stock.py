import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from streams.core.errors import Rejected, Transient
from tests.unit.connectors.woocommerce.conftest import SKUS, Owner, seed

BATCH = "POST /wp-json/wc/v3/products/batch"
LOOK = "GET /wp-json/wc/v3/products"


@pytest.mark.parametrize("pieces", [42, 0])
async def test_a_stock_is_set(owner: Owner, pieces: int) -> None:
    outcome = await owner.do(owner.stock(SKUS[3], pieces))

    assert (await owner.books())["stock"][SKUS[3]] == pieces
    assert outcome.values["stock_quantity"] == str(pieces)


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


async def test_an_item_that_the_shop_does_not_sell_is_no_failure_and_is_counted(
    owner: Owner,
) -> None:
    """M3 has more items than a shop; a letter for each would bury the others and stop the sink."""
    commands = [owner.stock(SKUS[0], 9), *(owner.stock("NOWHERE", n) for n in range(3))]

    outcomes = await asyncio.gather(*map(owner.do, commands))

    assert (await owner.books())["stock"][SKUS[0]] == 9
    assert [outcome.values for outcome in outcomes[1:]] == [{}, {}, {}]
    assert owner.metric("tandem_unsold_items") == 1


async def test_an_item_is_found_as_soon_as_the_shop_sells_it(owner: Owner) -> None:
    await owner.do(owner.stock("NEW", 9))
    await seed(owner.http, owner.sandbox, ["NEW"])
    await owner.do(owner.stock("NEW", 8))

    assert (await owner.books())["stock"]["NEW"] == 8
    assert owner.metric("tandem_unsold_items") == 0


async def test_a_product_that_the_shop_keeps_no_stock_of_stays_so(owner: Owner) -> None:
    owner.change(SKUS[0], manage_stock=False)

    outcome = await owner.do(owner.stock(SKUS[0], 9))

    assert not owner.product(SKUS[0]).manage_stock
    assert outcome.values["stock_quantity"] == ""


async def test_stock_management_is_switched_on_if_that_is_wanted(
    opened_with: Callable[..., AbstractAsyncContextManager[Owner]],
) -> None:
    async with opened_with(manage_stock=True) as owner:
        owner.change(SKUS[0], manage_stock=False)
        await owner.do(owner.stock(SKUS[0], 9))
        assert (await owner.books())["stock"][SKUS[0]] == 9


async def test_a_product_that_was_made_anew_is_found_again(owner: Owner) -> None:
    await owner.do(owner.stock(SKUS[0], 1))
    await owner.remake(SKUS[0])

    with pytest.raises(Transient):
        await owner.do(owner.stock(SKUS[0], 2))
    await owner.do(owner.stock(SKUS[0], 2))

    assert (await owner.books())["stock"][SKUS[0]] == 2


async def test_variations_are_set_with_those_of_their_product(owner: Owner) -> None:
    for sku in ("RED", "BLUE"):
        owner.add_variation(SKUS[0], sku)
    owner.add_variation(SKUS[1], "XL")
    pieces = {"RED": 3, "BLUE": 0, "XL": 9, SKUS[2]: 4}

    await asyncio.gather(*(owner.do(owner.stock(sku, n)) for sku, n in pieces.items()))

    assert {sku: owner.product(sku).stock_quantity for sku in pieces} == pieces
    written = [call for call in owner.line.asked if call.endswith("/batch")]
    assert len(written) == 3, "one call a product, one for all that are no variations"


async def test_a_variation_that_draws_on_its_product_s_stock_goes_on_doing_so(
    owner: Owner,
) -> None:
    owner.add_variation(SKUS[0], "RED", manage_stock=False)
    owner.change(SKUS[0], manage_stock=True, stock_quantity=20)

    outcome = await owner.do(owner.stock("RED", 3))

    assert owner.product(SKUS[0]).stock_quantity == 20
    assert outcome.values["stock_quantity"] == ""


async def test_a_product_that_is_gone_holds_up_no_other_s_variations(owner: Owner) -> None:
    owner.add_variation(SKUS[0], "RED")
    owner.add_variation(SKUS[1], "XL")
    for sku in ("RED", "XL"):
        await owner.do(owner.stock(sku, 1))
    owner.sandbox.shop.catalogue.delete(owner.product(SKUS[0]))

    gone, there = await asyncio.gather(
        owner.do(owner.stock("RED", 2)), owner.do(owner.stock("XL", 2)), return_exceptions=True
    )

    assert isinstance(gone, Transient)
    assert not isinstance(there, BaseException)
    assert owner.product("XL").stock_quantity == 2
    assert (await owner.do(owner.stock("RED", 2))).values == {}, "it is looked up again"


async def test_a_variation_that_is_gone_is_looked_up_again(owner: Owner) -> None:
    first = owner.add_variation(SKUS[0], "RED")
    await owner.do(owner.stock("RED", 1))
    owner.sandbox.shop.catalogue.delete(first)
    owner.add_variation(SKUS[0], "RED")

    with pytest.raises(Transient):
        await owner.do(owner.stock("RED", 2))
    await owner.do(owner.stock("RED", 2))

    assert owner.product("RED").stock_quantity == 2


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
    await seed(owner.http, owner.sandbox, [sku])
    await owner.do(owner.stock(sku, 1))
    assert (await owner.books())["stock"][sku] == 1
