"""Goods that M3 never delivers: what was taken for them goes back, what was not is not given."""

import json

import pytest

from streams.core.message import Message
from streams.flows.order.flow import order_flow
from streams.flows.order.state import Status
from streams.flows.policy import Policy, ShopPolicy
from streams.messages.fulfilment import SalesOrderSynced
from streams.messages.heartland import Capture, Refund
from streams.messages.m3 import CancelLines, CreateReturn, RecordPayment
from streams.messages.ops import Exceptional
from streams.messages.order import OrderPlaced
from streams.messages.parts import Line, Shipped
from streams.messages.shop import ReadRefund
from tests.unit.streams.flows.story import (
    CUSTOMER,
    INVOICED,
    SETTLED,
    SHIPPED,
    STORY,
    TRN,
    World,
    given_up,
    placed,
    result,
    said,
)
from tests.unit.streams.flows.test_order_cancellations import CANCELLED, DELETED_IN_M3
from tests.unit.streams.flows.test_order_refunds import CREDITED, PART, RETURN, done, refunded

LEFT, NEVER = 1500, 540
STEP = f"{TRN} to {LEFT}"
AT_ONCE = order_flow(Policy(shops={"uk": ShopPolicy(capture="order")}))


def two_lines() -> Message:
    order = placed()
    assert isinstance(order, OrderPlaced)
    lines = (("1", "22752", LEFT), ("2", "85123A", NEVER))
    goods = (Line(line_id=i, item=x, quantity=2, unit_price="1", amount=a) for i, x, a in lines)
    return order.model_copy(update={"lines": tuple(goods)})


ENTERED = result("m3.create_order", ORNO="0010000001", STAT="22", PONR="1,2")
TAKEN = result("heartland.authorize", id=TRN, status="CAPTURED", minor=LEFT + NEVER)
HELD = result("heartland.authorize", id=TRN, status="PREAUTHORIZED", minor=LEFT + NEVER)
CUT = said(
    SalesOrderSynced,
    "cut",
    m3_order="0010000001",
    status="Open",
    lines=(given_up("2", "85123A", 0),),
)
SENT = SHIPPED.model_copy(update={"lines": (Shipped(item="22752", quantity=2, order_line="1"),)})
BILLED = INVOICED.model_copy(update={"amount": LEFT})
ROWS = [{"line_id": "2", "item": "85123A", "quantity": 2, "amount": NEVER}]
BACK = [refunded(NEVER), done(ReadRefund.type, lines=json.dumps(ROWS))]
DELETED = done(CancelLines.type, ORNO="0010000001", DELETED="2", CLOSED="", DELIVERED="")


def test_what_was_taken_at_once_for_a_line_that_m3_cuts_is_a_case() -> None:
    world = World(AT_ONCE).tell([two_lines(), CUSTOMER, TAKEN, ENTERED, CUT, SENT, BILLED, SETTLED])
    assert world.status() is Status.CLOSED
    (case,) = world.of(Exceptional)
    assert (case.kind, case.minor_units) == ("captured too much", NEVER)


@pytest.mark.parametrize("late", [False, True])
def test_what_was_taken_at_once_is_given_back_for_goods_that_never_leave(late: bool) -> None:
    given = done(Refund.type, minor=NEVER, id="TRN_R", status="CAPTURED")
    rest = [SENT, BILLED, SETTLED]
    back = [CUT, *rest, *BACK, given] if late else [*BACK, DELETED, given, *rest]
    world = World(AT_ONCE).tell([two_lines(), CUSTOMER, TAKEN, ENTERED, *back])
    assert world.status() is Status.CLOSED
    assert [m.amount for m in world.of(Refund)] == [NEVER]
    assert not world.of(CreateReturn)
    assert [m.amount for m in world.of(RecordPayment)] == [LEFT]
    assert not world.state.refunding
    assert [m.kind for m in world.of(Exceptional)] == ["captured too much"] * late


def test_what_was_never_taken_is_not_given_back_though_the_shop_refunds_it_afterwards() -> None:
    take = result("heartland.capture", id=TRN, status="CAPTURED", minor=LEFT, step=STEP)
    story = [two_lines(), CUSTOMER, HELD, ENTERED, CUT, SENT, take, BILLED, SETTLED]
    world = World().tell([*story, *BACK])
    assert [m.amount for m in world.of(Capture)] == [LEFT]
    assert not world.of(Refund)
    assert not world.of(CreateReturn)
    assert not world.state.refunding
    assert not world.of(Exceptional)


@pytest.mark.parametrize("moved", ["true", "false"])
def test_a_cancelled_order_gives_back_what_the_shop_has_not(moved: str) -> None:
    read = done(ReadRefund.type, lines=json.dumps(ROWS), refunded_payment=moved)
    world = World(AT_ONCE).tell([two_lines(), CUSTOMER, TAKEN, BACK[0], CANCELLED])
    assert world.status() is Status.AUTHORIZED
    world.tell([ENTERED, result("m3.cancel_order", ORNO="0010000001")])
    assert not world.of(Refund)
    world.tell([read])
    assert [m.amount for m in world.of(Refund)] == [LEFT if moved == "true" else LEFT + NEVER]


def test_a_cancelled_order_gives_back_what_is_not_on_its_way_back() -> None:
    world = World(AT_ONCE).tell([two_lines(), CUSTOMER, TAKEN, ENTERED, *BACK, DELETED])
    assert [m.amount for m in world.of(Refund)] == [NEVER]
    world.tell([DELETED_IN_M3])
    assert [m.amount for m in world.of(Refund)] == [NEVER, LEFT]


def test_a_return_begun_in_m3_waits_for_no_return_that_was_not_asked_for() -> None:
    credit = CREDITED.model_copy(update={"amount": LEFT, "return_number": "700"})
    take = result("heartland.capture", id=TRN, status="CAPTURED", minor=LEFT, step=STEP)
    story = [two_lines(), CUSTOMER, HELD, ENTERED, *BACK, DELETED, SENT, take, BILLED, SETTLED]
    world = World().tell([*story, credit])
    assert [m.amount for m in world.of(Refund)] == [LEFT]


def test_a_return_begun_in_m3_waits_for_no_return_that_m3_refused() -> None:
    refusal = done(CreateReturn.type).model_copy(update={"outcome": "rejected", "id": "refused"})
    by_clerk = CREDITED.model_copy(update={"return_number": "700"})
    world = World().tell([*STORY, *RETURN[:3], refusal, by_clerk])
    assert [m.amount for m in world.of(Refund)] == [PART, PART]


def test_freight_that_is_given_back_with_goods_that_never_leave_is_a_case() -> None:
    more = [refunded(NEVER + 99), BACK[1]]
    take = result("heartland.capture", id=TRN, status="CAPTURED", minor=LEFT, step=STEP)
    story = [two_lines(), CUSTOMER, HELD, ENTERED, *more, DELETED, SENT, take, BILLED, SETTLED]
    world = World().tell(story)
    assert [m.amount for m in world.of(Refund)] == [99]
    assert [m.kind for m in world.of(Exceptional)] == ["refund without goods"]


def test_all_that_is_captured_is_not_given_back_while_more_is_to_be_captured() -> None:
    """Heartland would reverse the whole transaction, and let go what is held for the rest."""
    flow = order_flow(Policy(shops={"uk": ShopPolicy(multiple_captures=True)}))
    rows = [{"line_id": "1", "item": "22752", "quantity": 2, "amount": LEFT}]
    back = [refunded(LEFT), done(ReadRefund.type, lines=json.dumps(rows))]
    take = result("heartland.capture", id=TRN, status="CAPTURED", minor=LEFT, step=STEP)
    world = World(flow).tell([two_lines(), CUSTOMER, HELD, ENTERED, SENT, take, *back])
    assert not world.of(Refund)
    rest = Shipped(item="85123A", quantity=2, order_line="2")
    world.tell([SENT.model_copy(update={"id": "rest", "delivery": "8", "lines": (rest,)})])
    last = f"{TRN} to {LEFT + NEVER}"
    taken = {"id": TRN, "status": "CAPTURED"}
    world.tell([result("heartland.capture", minor=LEFT + NEVER, step=last, **taken)])
    assert [m.amount for m in world.of(Refund)] == [LEFT]
