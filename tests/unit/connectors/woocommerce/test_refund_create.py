"""A refund that M3 began is booked in the shop, once, and moves no money there."""

from typing import Any

import pytest
from aiohttp import web

from streams.core.errors import Rejected, Unknown
from streams.messages.order import OrderRefunded
from tests.unit.connectors.doubtful import Loss
from tests.unit.connectors.polling import polling
from tests.unit.connectors.woocommerce.conftest import SKUS, Owner

REASON = "M3 return 900012, credit note 4711"


@pytest.fixture
async def order_id(owner: Owner) -> int:
    return await owner.place(status="processing")


async def booked(owner: Owner, order_id: int) -> list[tuple[str, str]]:
    """The order's refunds in the shop: amount and reason of each."""
    refunds = owner.sandbox.shop.order(order_id).refunds
    assert not any(refund.refunded_payment or refund.lines for refund in refunds)
    return [(str(refund.amount), refund.reason) for refund in refunds]


async def test_the_shop_s_books_have_the_refund_and_its_stock_stays(
    owner: Owner, order_id: int
) -> None:
    before = (await owner.books())["stock"]

    outcome = await owner.do(owner.refund(order_id, 510, REASON))

    assert await booked(owner, order_id) == [("5.10", REASON)]
    (refund,) = owner.sandbox.shop.order(order_id).refunds
    assert outcome.values == {"refund_id": str(refund.id)}
    assert (outcome.minor_units, outcome.currency) == (510, "GBP")
    order, books = await owner.order(order_id), await owner.books()
    assert (order["refunded"], order["status"]) == (510, "processing")
    assert books["stock"] == before


async def test_the_whole_makes_the_order_refunded(owner: Owner, order_id: int) -> None:
    await owner.do(owner.refund(order_id, 1000, REASON))

    order = await owner.order(order_id)
    assert (order["refunded"], order["status"]) == (1000, "refunded")


@pytest.mark.parametrize("lost", ["request", "reply"])
async def test_a_doubt_is_settled_by_the_reason(owner: Owner, order_id: int, lost: Loss) -> None:
    await owner.do(owner.refund(order_id, 100, "M3 return 900011, credit note 4710"))
    command = owner.refund(order_id, 510, REASON)
    owner.line.lose(lost, "/refunds")
    with pytest.raises(Unknown):
        await owner.do(command)

    outcome = await owner.do(command, unknown=True)
    again = await owner.do(command, unknown=True)

    assert outcome == again
    assert len(await booked(owner, order_id)) == 2
    assert (await owner.order(order_id))["refunded"] == 610


async def test_a_crash_of_php_is_a_doubt(owner: Owner, order_id: int) -> None:
    owner.line.answer("/refunds", web.Response(status=500, text="<p>critical error</p>"))

    with pytest.raises(Unknown):
        await owner.do(owner.refund(order_id, 510, REASON))


async def test_more_than_what_is_left_is_refused_and_books_nothing(
    owner: Owner, order_id: int
) -> None:
    await owner.do(owner.refund(order_id, 600, "M3 return 900011, credit note 4710"))

    with pytest.raises(Rejected, match=r"less than 4\.01 GBP") as refused:
        await owner.do(owner.refund(order_id, 401, REASON))

    assert refused.value.field == "amount"
    assert (await owner.order(order_id))["refunded"] == 600


@pytest.mark.parametrize(
    ("order", "fields", "field"),
    [
        ("999999", {}, "order_id"),
        ("../products/1", {}, "order_id"),
        ("", {}, "order_id"),
        ("1", {"shop": "fr"}, "shop"),
        ("1", {"reason": ""}, "reason"),
    ],
)
async def test_what_the_shop_cannot_book_is_refused(
    owner: Owner, order: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(Rejected) as refused:
        await owner.do(owner.refund(order, 100, **{"reason": REASON, **fields}))

    assert refused.value.field == field


async def test_it_comes_back_as_a_refund_with_its_reason(owner: Owner, order_id: int) -> None:
    orders = polling(owner.opened, "shop/uk/orders")
    await orders.round()

    outcome = await owner.do(owner.refund(order_id, 510, REASON))

    (refund,) = [each for each in await orders.round() if isinstance(each, OrderRefunded)]
    assert (refund.refund_id, refund.amount) == (outcome.values["refund_id"], 510)
    assert refund.reason == REASON


async def test_it_is_of_no_goods(owner: Owner, order_id: int) -> None:
    outcome = await owner.do(owner.refund(order_id, 510, REASON))

    read = await owner.do(owner.read(order_id, outcome.values["refund_id"]))

    assert read.values == {"lines": "[]", "charges": "[]", "refunded_payment": "false"}
    assert owner.sandbox.shop.order(order_id).line_items[0].sku == SKUS[0]
