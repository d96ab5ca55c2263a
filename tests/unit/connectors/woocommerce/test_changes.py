"""An order that changes in the shop is told once more; what Tandem writes itself is not."""

from collections.abc import Sequence
from typing import Any

import pytest

from streams.core.message import Message
from streams.messages.order import OrderPlaced
from tests.unit.connectors.polling import Polling, polling
from tests.unit.connectors.woocommerce.conftest import SKUS, Heard, Owner

TOKEN = {"key": "_tandem_payment_token", "value": "PMT_poor"}


@pytest.fixture
async def orders(owner: Owner, heard: Heard) -> Polling:
    """The poller of a shop that has webhooks as well, at its second round."""
    await heard.listen()
    orders = polling(owner.opened, "shop/uk/orders")
    assert await orders.round() == []
    return orders


async def told(owner: Owner, orders: Polling, heard: Heard) -> list[OrderPlaced]:
    """Each `order.placed` that webhooks and poller tell by now, once; they tell the same."""
    await owner.sandbox.drained()
    by_webhook, by_poller = placed(heard.events()), placed(await orders.round())
    heard.requests.clear()
    assert set(by_poller) == set(by_webhook)
    assert [each.modified_at for each in by_poller.values()] == [
        each.modified_at for each in by_webhook.values()
    ]
    return list(by_webhook.values())


def placed(messages: Sequence[Message]) -> dict[str, OrderPlaced]:
    return {each.id: each for each in messages if isinstance(each, OrderPlaced)}


async def accepted(owner: Owner, order: int, known: OrderPlaced, **more: Any) -> None:
    """Tandem has charged the order, and notes what it knows of it."""
    update = owner.update(
        order,
        status="on-hold",
        note="14.00 GBP authorized.",
        transaction_id="TRN_ours",
        seen=known.content,
        **more,
    )
    await owner.do(update)


async def test_what_tandem_writes_tells_nothing(
    owner: Owner, orders: Polling, heard: Heard
) -> None:
    order = await owner.place(meta_data=[TOKEN])
    (known,) = await told(owner, orders, heard)

    await accepted(owner, order, known)
    await owner.do(owner.update(order, status="processing", m3_order="0010001"))

    assert await told(owner, orders, heard) == []


@pytest.mark.parametrize("mark", [{}, {"meta_data": [TOKEN]}])
async def test_an_edit_in_the_shop_s_admin_is_one_more_event(
    owner: Owner, orders: Polling, heard: Heard, mark: dict[str, Any]
) -> None:
    order = await owner.place(**mark)
    (known,) = await told(owner, orders, heard)
    await owner.do(owner.update(order, status="on-hold", seen=known.content))
    lines = [{"sku": SKUS[0], "quantity": 3}, {"sku": SKUS[1], "unit_price": "2.50"}]

    await owner.act(order, "lines", lines=lines)

    (edited,) = await told(owner, orders, heard)
    assert edited.id != known.id
    assert (known.total, edited.total) == (1000, 3250)
    assert [(line.item, line.quantity) for line in edited.lines] == [(SKUS[0], 3), (SKUS[1], 1)]
    await owner.do(owner.update(order, status="processing", seen=edited.content))
    assert await told(owner, orders, heard) == []


@pytest.mark.parametrize("late", [False, True])
async def test_an_edit_that_is_taken_back_is_one_more_event(
    owner: Owner, orders: Polling, heard: Heard, late: bool
) -> None:
    """Also if it is taken back before Tandem has noted the edit."""
    order = await owner.place(status="on-hold")
    (known,) = await told(owner, orders, heard)
    await owner.do(owner.update(order, seen=known.content))
    await owner.act(order, "lines", lines=[{"sku": SKUS[0], "quantity": 3}])
    (edited,) = await told(owner, orders, heard)
    noted = owner.update(order, seen=f"{edited.content} {known.content}")
    back = {"lines": [{"sku": SKUS[0], "quantity": 1}]}

    if late:
        await owner.act(order, "lines", **back)
        assert await told(owner, orders, heard) == []
        await owner.do(noted)
    else:
        await owner.do(noted)
        await owner.act(order, "lines", **back)

    (again,) = await told(owner, orders, heard)
    assert again.content == known.content
    assert len({each.id for each in (known, edited, again)}) == 3
    assert again.total == known.total
    await owner.do(
        owner.update(order, seen=" ".join(each.content for each in (again, edited, known)))
    )
    assert await told(owner, orders, heard) == []


async def test_an_edit_while_tandem_writes_is_not_lost(
    owner: Owner, orders: Polling, heard: Heard
) -> None:
    order = await owner.place(status="on-hold")
    (known,) = await told(owner, orders, heard)
    await owner.act(order, "lines", lines=[{"sku": SKUS[0], "quantity": 2}])
    heard.requests.clear()

    await owner.do(owner.update(order, status="on-hold", seen=known.content))

    (edited,) = await told(owner, orders, heard)
    assert edited.total == 2000


async def test_a_declined_order_that_is_paid_with_another_card_is_an_order_again(
    owner: Owner, orders: Polling, heard: Heard
) -> None:
    order = await owner.place(meta_data=[TOKEN])
    (known,) = await told(owner, orders, heard)
    await owner.do(owner.update(order, status="failed", seen=known.content))
    assert await told(owner, orders, heard) == []

    await owner.act(order, "payment", token="PMT_good")

    (again,) = await told(owner, orders, heard)
    assert again.id != known.id
    assert (again.payment_token, again.total) == ("PMT_good", known.total)


async def test_a_declined_order_that_is_tried_again_with_the_same_card_is_an_order_again(
    owner: Owner, orders: Polling, heard: Heard
) -> None:
    order = await owner.place(meta_data=[TOKEN])
    known = [*await told(owner, orders, heard)]
    for attempt in ("1", "2"):
        failed = owner.update(order, status="failed", seen=known[-1].content, attempt=attempt)
        await owner.do(failed)
        assert await told(owner, orders, heard) == []
        await owner.act(order, "payment", token="PMT_poor")
        known += await told(owner, orders, heard)

    assert len({each.id for each in known}) == 3
    assert {each.payment_token for each in known} == {"PMT_poor"}


async def test_a_customer_who_pays_a_declined_order_through_the_plugin_is_told(
    owner: Owner, orders: Polling, heard: Heard
) -> None:
    order = await owner.place()
    (known,) = await told(owner, orders, heard)
    await owner.do(owner.update(order, status="failed", seen=known.content, attempt="1"))
    await told(owner, orders, heard)

    await owner.act(order, "payment", transaction_id="TRN_theirs", action="authorize")

    (again,) = await told(owner, orders, heard)
    assert (again.transaction_id, again.payment_token) == ("TRN_theirs", "")
    assert again.id != known.id
