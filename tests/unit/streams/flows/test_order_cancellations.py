"""Cancellations over the pure flow: no M3 order, no money and no claim on stock are left."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.message import Message
from streams.flows.order.facts import IN_M3_CANCELLED
from streams.flows.order.state import Status
from streams.messages.fulfilment import SalesOrderSynced
from streams.messages.heartland import Authorize, Capture, Reverse
from streams.messages.m3 import CancelOrder, CreateOrder
from streams.messages.ops import Exceptional
from streams.messages.order import OrderCancelled, OrderRefunded
from streams.messages.shop import UpdateOrder
from streams.messages.stock import StockReserved
from tests.unit.streams.flows.story import (
    AUTHORIZED,
    CUSTOMER,
    DECLINED,
    ENTERED,
    NOTIFIED,
    SHIPPED,
    STORY,
    SYNCED,
    TOTAL,
    World,
    placed,
    result,
    said,
)

CANCELLED = said(OrderCancelled, "cancelled", shop="uk", order_id="536365")
DELETED = result("m3.cancel_order", ORNO="0010000001")
REFUSED = result("m3.cancel_order", "rejected")
KEPT = result("m3.cancel_order", ORNO="0010000001", KEPT="Order is picked")
DELETED_IN_M3 = said(
    SalesOrderSynced, "deleted", m3_order="0010000001", status=IN_M3_CANCELLED, variation=2
)


def claimed(world: World) -> int:
    """Pieces that are claimed at the end."""
    return sum({m.item: m.quantity for m in world.of(StockReserved)}.values())


def assert_nothing_is_left(world: World) -> None:
    assert world.status() is Status.CANCELLED
    assert claimed(world) == 0
    assert not world.of(Capture)
    assert world.state.payment.authorized == sum(m.amount for m in world.of(Reverse))
    assert not world.of(Exceptional)


def test_an_order_that_is_cancelled_at_once_has_its_money_let_go_when_it_comes() -> None:
    world = World().tell([placed(), CUSTOMER, CANCELLED])
    assert world.status() is Status.CANCELLED
    assert not world.of(Reverse)
    world.tell([AUTHORIZED, NOTIFIED])
    assert [m.amount for m in world.of(Reverse)] == [TOTAL]
    assert not world.of(CreateOrder)
    assert_nothing_is_left(world)


def test_an_order_that_is_being_entered_is_deleted_once_m3_has_it() -> None:
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, CANCELLED])
    assert world.status() is Status.AUTHORIZED
    world.tell([ENTERED])
    assert world.status() is Status.CANCELLING
    assert [m.m3_order for m in world.of(CancelOrder)] == ["0010000001"]
    assert not world.of(Reverse), "the money stays until M3 cannot deliver any more"
    assert_nothing_is_left(world.tell([DELETED]))


def test_m3_deletes_and_the_shop_and_heartland_hear_of_it() -> None:
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, ENTERED, DELETED_IN_M3]).pause()
    assert_nothing_is_left(world)
    assert world.of(UpdateOrder)[-1].status == "cancelled"


@pytest.mark.parametrize(("amount", "status"), [(TOTAL, "refunded"), (TOTAL - 1, "cancelled")])
def test_a_cancelled_order_shows_whether_the_shop_gave_all_back(amount: int, status: str) -> None:
    back = {"shop": "uk", "order_id": "536365", "refund_id": "9", "amount": amount}
    refunded = said(OrderRefunded, "back", **back, currency="GBP")
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, refunded, ENTERED, DELETED_IN_M3]).pause()
    assert world.of(UpdateOrder)[-1].status == status


@pytest.mark.parametrize("answer", [KEPT, REFUSED])
def test_what_m3_delivers_already_goes_on_and_is_a_case(answer: Message) -> None:
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, ENTERED, CANCELLED, answer])
    assert world.status() is Status.CONFIRMED
    (case,) = world.of(Exceptional)
    assert (case.kind, case.minor_units) == ("cancelled too late", TOTAL)
    world.tell(STORY[6:])
    assert world.status() is Status.CLOSED
    assert not world.of(Reverse)


def test_a_delivery_overtakes_a_cancellation() -> None:
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, ENTERED, CANCELLED, SHIPPED])
    assert world.status() is Status.SHIPPED
    assert [m.kind for m in world.of(Exceptional)] == ["cancelled too late"]


def test_a_declined_order_that_is_cancelled_moves_nothing() -> None:
    world = World().tell([placed(), CUSTOMER, DECLINED, CANCELLED])
    assert_nothing_is_left(world)
    assert not world.of(Reverse)
    assert len(world.times) == len(world.sent), "its stock is free already"


def test_that_an_order_was_declined_is_told_with_what_follows_at_once() -> None:
    (told,) = World().tell([placed(), CUSTOMER, DECLINED, CANCELLED]).pause().of(UpdateOrder)
    assert (told.status, told.attempt) == ("cancelled", "1")


def test_an_order_that_was_cancelled_before_it_was_seen_is_never_charged() -> None:
    world = World().tell([CANCELLED, placed(), CUSTOMER])
    assert world.status() is Status.CANCELLED
    assert not world.of(Authorize)
    assert claimed(world) == 0


@settings(max_examples=200, deadline=None)
@given(st.permutations([AUTHORIZED, NOTIFIED, CUSTOMER, ENTERED, SYNCED, CANCELLED, DELETED]))
def test_whenever_it_is_cancelled_before_it_ships_nothing_is_left(order: list[Message]) -> None:
    """As systems answer: M3 has no order before it is asked to, and deletes none before that."""
    world, left = World().tell([placed()]), [*order]
    while came := next((m for m in left if may_come(m, world)), None):
        left.remove(came)
        world.tell([came])
    assert_nothing_is_left(world)


def may_come(message: Message, world: World) -> bool:
    if message in (ENTERED, SYNCED):
        return bool(world.of(CreateOrder))
    return message is not DELETED or bool(world.of(CancelOrder))


@pytest.mark.parametrize("again", [CANCELLED, DELETED, DELETED_IN_M3])
def test_to_be_told_again_changes_nothing(again: Message) -> None:
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, ENTERED, CANCELLED, DELETED])
    sent = len(world.times)
    world.tell([again])
    assert len(world.times) == sent
    assert_nothing_is_left(world)
