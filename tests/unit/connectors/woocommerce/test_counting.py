"""What the shop shows of its stock, against the sandbox."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from streams.messages.stock import StockCounted
from tests.unit.connectors.polling import Polling, polling
from tests.unit.connectors.woocommerce.conftest import SKUS, Owner


@pytest.fixture
def stock(owner: Owner) -> Polling:
    return polling(owner.opened, "shop/uk/stock")


async def counted(stock: Polling) -> dict[str, int]:
    found = await stock.round()
    assert all(isinstance(each, StockCounted) for each in found)
    return {each.item: each.quantity for each in found if isinstance(each, StockCounted)}


async def test_every_product_is_counted_page_by_page(owner: Owner, stock: Polling) -> None:
    owner.change(SKUS[3], stock_quantity=-2)
    assert await counted(stock) == {**dict.fromkeys(SKUS, 7), SKUS[3]: -2}
    assert owner.line.asked.count("GET /wp-json/wc/v3/products") == 3


async def test_variations_are_counted_under_their_own_sku(owner: Owner, stock: Polling) -> None:
    owner.add_variation(SKUS[0], "RED", stock_quantity=3)
    owner.add_variation(SKUS[0], "BLUE", stock_quantity=0)
    found = await counted(stock)
    assert (found["RED"], found["BLUE"]) == (3, 0)
    assert SKUS[0] not in found


async def test_what_the_shop_keeps_no_stock_of_is_not_counted(owner: Owner, stock: Polling) -> None:
    owner.change(SKUS[1], manage_stock=False)
    owner.add_variation(SKUS[0], "RED", manage_stock=False)
    owner.change(SKUS[0], manage_stock=True, stock_quantity=20)
    found = await counted(stock)
    assert found.keys().isdisjoint({SKUS[1], "RED"})
    assert found[SKUS[0]] == 20


async def test_a_count_has_the_key_under_which_m3_tells_the_balance(
    opened_with: Callable[..., AbstractAsyncContextManager[Owner]],
) -> None:
    agreed = {"uk": {"warehouse": "002"}}
    async with opened_with(TANDEM_SHOPS=agreed) as owner:
        found = await polling(owner.opened, "shop/uk/stock").round()
    assert {each.key for each in found} == {f"{sku}@002" for sku in SKUS}


async def test_each_round_counts_anew(owner: Owner, stock: Polling) -> None:
    first = await stock.round()
    again = await stock.round()
    assert len(again) == len(first) == len(SKUS)
