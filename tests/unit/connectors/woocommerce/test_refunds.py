"""What the shop says of a refund's goods: which line, how many, how much, to the penny."""

import json
from typing import Any

import pytest
from aiohttp import web

from streams.core.errors import Rejected, Transient
from tests.unit.connectors.woocommerce.conftest import SKUS, Owner, rest
from tests.unit.connectors.woocommerce.sandbox.recordings import headers_and_body

TWICE: list[dict[str, Any]] = [
    {"sku": SKUS[0], "quantity": 6, "unit_price": "2.55"},
    {"sku": SKUS[1], "quantity": 3, "unit_price": "0.99"},
    {"sku": SKUS[0], "quantity": 2, "unit_price": "2.10"},
]


@pytest.fixture
async def order_id(owner: Owner) -> int:
    freight = [{"method_title": "Post", "total": "4.95"}]
    return await owner.place(lines=TWICE, shipping_lines=freight, status="processing")


async def test_goods_have_their_order_line_quantity_and_gross_amount(
    owner: Owner, order_id: int
) -> None:
    placed = line_ids(owner, order_id)

    lines = [{"place": 2, "quantity": 1}, {"place": 1, "quantity": 2, "amount": "1.97"}]
    goods = await goods_of(owner, order_id, lines=lines)

    assert goods == [
        {"line_id": placed[2], "item": SKUS[0], "quantity": 1, "amount": 210},
        {"line_id": placed[1], "item": SKUS[1], "quantity": 2, "amount": 197},
    ]


async def test_the_goods_add_up_to_what_was_given_back(owner: Owner, order_id: int) -> None:
    goods = await goods_of(owner, order_id, lines=[{"place": n} for n in range(3)])

    assert [line["quantity"] for line in goods] == [6, 3, 2]
    assert sum(line["amount"] for line in goods) == 1530 + 297 + 420
    assert (await owner.order(order_id))["refunded"] == 1530 + 297 + 420


@pytest.mark.parametrize(
    "seed",
    [
        {"amount": "5.00"},
        {"lines": [{"place": 3}]},
        {"lines": [{"place": 0, "quantity": 0, "amount": "1.00"}]},
    ],
    ids=["an amount", "freight", "a rebate on goods"],
)
async def test_money_without_goods_has_no_lines(
    owner: Owner, order_id: int, seed: dict[str, Any]
) -> None:
    assert await goods_of(owner, order_id, **seed) == []


async def test_freight_and_fees_have_the_codes_of_the_order(owner: Owner) -> None:
    order_id = await owner.place(
        lines=TWICE,
        shipping_lines=[{"method_title": "Post", "method_id": "POST", "total": "4.95"}],
        fee_lines=[{"name": "Gift wrap", "total": "2.00"}],
        status="processing",
    )
    shown = await rest(owner, "GET", f"orders/{order_id}")
    shown["fee_lines"][0]["meta_data"] = [{"key": "_tandem_code", "value": "WRAP"}]
    lines = [{"place": 0}, {"place": 3, "amount": "1.95"}, {"place": 4}]
    number = await refund(owner, order_id, lines=lines)
    owner.line.answer(f"/orders/{order_id}", web.json_response(shown))

    outcome = await owner.do(owner.read(order_id, number))

    assert json.loads(outcome.values["charges"]) == [
        {"kind": "freight", "code": "POST", "name": "Post", "amount": 195},
        {"kind": "fee", "code": "WRAP", "name": "Gift wrap", "amount": 200},
    ]
    assert [line["amount"] for line in json.loads(outcome.values["lines"])] == [1530]


async def test_free_goods_come_back_for_nothing(owner: Owner) -> None:
    free = [{"sku": SKUS[0], "quantity": 1, "unit_price": "0"}, *TWICE]
    order_id = await owner.place(lines=free, status="processing")

    (line,) = await goods_of(owner, order_id, lines=[{"place": 0}])

    assert (line["quantity"], line["amount"]) == (1, 0)


async def test_each_refund_has_its_own_goods(owner: Owner, order_id: int) -> None:
    first = await refund(owner, order_id, lines=[{"place": 0, "quantity": 1}])
    second = await refund(owner, order_id, lines=[{"place": 0, "quantity": 2}])

    told = [await owner.do(owner.read(order_id, each)) for each in (first, second, first)]

    quantities = [json.loads(each.values["lines"])[0]["quantity"] for each in told]
    assert quantities == [1, 2, 1]
    assert told[0] == told[2]


async def test_to_ask_again_after_a_lost_reply_changes_nothing(owner: Owner, order_id: int) -> None:
    number = await refund(owner, order_id, lines=[{"place": 0}])
    before = await owner.books()
    owner.line.lose("reply", f"/refunds/{number}")

    outcome = await owner.do(owner.read(order_id, number))

    assert await owner.do(owner.read(order_id, number), unknown=True) == outcome
    assert await owner.books() == before


async def test_what_a_real_shop_said_of_a_refund_is_understood(owner: Owner) -> None:
    _, body = headers_and_body("rest-refund-create.http")
    real = web.Response(body=body, content_type="application/json")
    owner.line.answer("/orders/29/refunds/32", real)

    outcome = await owner.do(owner.read(29, 32))

    assert json.loads(outcome.values["lines"]) == [
        {"line_id": "26", "item": "TEA-100", "quantity": 1, "amount": 1000}
    ]
    assert outcome.values["charges"] == "[]"


@pytest.mark.parametrize(
    ("order", "refund_id", "fields", "field"),
    [
        (None, "999999", {}, ""),
        ("999999", "1", {}, ""),
        (None, "", {}, "refund_id"),
        (None, "../../../products/1", {}, "refund_id"),
        ("", "1", {}, "order_id"),
        (None, "1", {"shop": "fr"}, "shop"),
    ],
)
async def test_a_refund_that_the_shop_does_not_have_is_refused(
    owner: Owner,
    order_id: int,
    order: str | None,
    refund_id: str,
    fields: dict[str, str],
    field: str,
) -> None:
    asked = str(order_id) if order is None else order

    with pytest.raises(Rejected) as refused:
        await owner.do(owner.read(asked, refund_id, **fields))

    assert refused.value.field == field


async def test_another_order_s_refund_is_refused(owner: Owner, order_id: int) -> None:
    other = await owner.place(status="processing")
    number = await refund(owner, order_id, lines=[{"place": 0}])

    with pytest.raises(Rejected) as refused:
        await owner.do(owner.read(other, number))

    assert refused.value.code == "woocommerce_rest_shop_order_refund_invalid_id"


async def test_a_product_that_has_no_sku_is_named(owner: Owner) -> None:
    line = {"quantity": -1, "total": "-1.00", "total_tax": "0.00", "sku": "", "meta_data": []}
    owner.line.answer("/refunds/32", web.json_response({"id": 32, "line_items": [line]}))

    with pytest.raises(Rejected) as refused:
        await owner.do(owner.read(29, 32))

    assert refused.value.field == "line_items[0].sku"


async def test_a_shop_that_fails_is_asked_again_later(owner: Owner, order_id: int) -> None:
    number = await refund(owner, order_id, lines=[{"place": 0}])
    for _ in range(3):
        owner.line.answer(f"/refunds/{number}", web.Response(status=500, text="<p>critical</p>"))

    with pytest.raises(Transient):
        await owner.do(owner.read(order_id, number))


async def refund(owner: Owner, order_id: int, **seed: Any) -> str:
    """A clerk refunds; answers the shop's id of the refund."""
    await owner.act(order_id, "refunds", **seed)
    order = owner.sandbox.shop.order(order_id)
    return str(order.refunds[-1].id)


async def goods_of(owner: Owner, order_id: int, **seed: Any) -> list[dict[str, Any]]:
    """A clerk refunds, and the shop is asked for the goods."""
    number = await refund(owner, order_id, **seed)
    outcome = await owner.do(owner.read(order_id, number))
    return list(json.loads(outcome.values["lines"]))


def line_ids(owner: Owner, order_id: int) -> list[str]:
    """The shop's ids of an order's goods, in their order."""
    return [str(line.id) for line in owner.sandbox.shop.order(order_id).line_items]
