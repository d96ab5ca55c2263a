"""No money is forgotten: what is held for nothing is let go, whenever it comes."""

import pytest

from streams.core.message import Message
from streams.flows.order.state import Status
from streams.messages.fulfilment import SalesOrderSynced
from streams.messages.heartland import Authorize, Capture, CheckPayment, Refund, Reverse
from streams.messages.ops import Exceptional
from streams.messages.order import OrderPlaced
from streams.messages.parts import Line, Shipped
from tests.unit.streams.flows.story import (
    AUTHORIZED,
    CUSTOMER,
    ENTERED,
    INVOICED,
    NOTIFIED,
    POLICY,
    SHIPPED,
    STORY,
    TOTAL,
    TRN,
    World,
    given_up,
    placed,
    result,
    said,
)
from tests.unit.streams.flows.test_order_cancellations import CANCELLED, DELETED_IN_M3

RENEWAL_DUE = 1_000 + (POLICY.authorization_days - 1) * 24 * 3_600_000
NOTIFIED_AGAIN = NOTIFIED.model_copy(update={"id": "again"})
RENEWED = result(
    "heartland.authorize", id="TRN_2", status="PREAUTHORIZED", minor=TOTAL, step="renewal 1"
)


def let_go(world: World) -> list[str]:
    """The transactions that Heartland was asked to let go."""
    return [m.transaction_id for m in world.of(Reverse)]


def test_a_renewal_that_comes_after_the_order_has_ended_is_let_go_too() -> None:
    world = World().tell(STORY[:5]).wake(RENEWAL_DUE)
    assert len(world.of(Authorize)) == 2
    assert let_go(world.tell([DELETED_IN_M3])) == [TRN]
    assert let_go(world.tell([RENEWED])) == [TRN, "TRN_2"]


def test_a_renewal_of_a_part_is_let_go_and_a_case() -> None:
    part = RENEWED.model_copy(update={"minor_units": TOTAL - 1})
    world = World().tell(STORY[:5]).wake(RENEWAL_DUE).tell([part])
    assert [(m.transaction_id, m.amount) for m in world.of(Reverse)] == [("TRN_2", TOTAL - 1)]
    assert [m.kind for m in world.of(Exceptional)] == ["authorization expires"]
    assert world.state.payment.transaction_id == TRN


def test_money_that_comes_after_nobody_repaired_the_order_is_let_go() -> None:
    refusal = result("heartland.authorize", "rejected")
    world = World().tell([placed(), CUSTOMER, refusal]).wake(1_000 + POLICY.repair_ms)
    assert world.status() is Status.FAILED
    assert not let_go(world)
    assert let_go(world.tell([AUTHORIZED])) == [TRN]


def test_money_for_what_is_never_delivered_is_let_go_though_nothing_is_captured() -> None:
    order = placed()
    assert isinstance(order, OrderPlaced)
    free = Line(line_id="2", item="85123A", quantity=1, unit_price="0", amount=0)
    entered = result("m3.create_order", ORNO="0010000001", STAT="22", PONR="1,2")
    cut = given_up("1", "22752", 0)
    short = said(SalesOrderSynced, "cut", m3_order="0010000001", status="Open", lines=(cut,))
    only = Shipped(item="85123A", quantity=1, order_line="2")
    world = World().tell([order.model_copy(update={"lines": (*order.lines, free)}), AUTHORIZED])
    world.tell([CUSTOMER, entered, short, SHIPPED.model_copy(update={"lines": (only,)})])
    assert not world.of(Capture)
    assert [m.amount for m in world.of(Reverse)] == [TOTAL]
    world.tell([INVOICED.model_copy(update={"amount": 0})])
    assert world.status() is Status.CLOSED


def by_checkout(**changes: object) -> Message:
    """The order, paid by its shop's checkout."""
    return placed().model_copy(
        update={"payment_token": "", "transaction_id": TRN, "modified_at": 0, **changes}
    )


PART = result("heartland.check_payment", id=TRN, status="CAPTURED", minor=10)
CHECKED = result("heartland.check_payment", id=TRN, status="PREAUTHORIZED", minor=TOTAL)
ANOTHERS = result("heartland.check_payment", "rejected")


def test_money_that_was_too_little_is_given_back_once_though_the_order_is_cancelled_then() -> None:
    world = World().tell([by_checkout(), PART])
    assert world.status() is Status.DECLINED
    assert [m.amount for m in world.of(Refund)] == [10]
    world.tell([CANCELLED])
    assert world.status() is Status.CANCELLED
    assert [m.amount for m in world.of(Refund)] == [10]


def test_a_declined_order_that_is_changed_is_not_paid_anew_with_the_same_transaction() -> None:
    changed = by_checkout(id="changed", modified_at=5, customer_note="Ring twice")
    world = World().tell([by_checkout(), PART, changed])
    assert world.status() is Status.DECLINED
    assert len(world.of(CheckPayment)) == 1
    world.tell([by_checkout(id="anew", modified_at=6, payment_token="PMT_2", transaction_id="")])
    assert world.status() is Status.PLACED
    assert [m.token for m in world.of(Authorize)] == ["PMT_2"]
    assert not world.of(Exceptional)


def test_what_is_given_back_of_a_former_attempt_is_none_of_the_next_one() -> None:
    back = result("heartland.refund", id="TRN_R", status="CAPTURED", minor=10, step=TRN)
    anew = by_checkout(id="anew", modified_at=6, payment_token="PMT_2", transaction_id="")
    world = World().tell([by_checkout(), PART, anew])
    assert world.tell([back]).state.refunded == 0


def test_a_payment_that_is_not_known_to_be_the_orders_own_counts_for_nothing() -> None:
    world = World().tell([NOTIFIED, by_checkout(), CUSTOMER, NOTIFIED_AGAIN])
    assert world.status() is Status.PLACED
    assert world.tell([CHECKED]).status() is Status.AUTHORIZED


def test_a_payment_of_another_order_is_never_let_go() -> None:
    world = World().tell([NOTIFIED, by_checkout(), ANOTHERS, NOTIFIED_AGAIN, CANCELLED])
    assert world.status() is Status.CANCELLED
    assert not world.of(Reverse)
    assert [m.kind for m in world.of(Exceptional)] == ["refused"]


@pytest.mark.parametrize("late", [(), (CHECKED,)], ids=["", "and a person asks again"])
def test_a_payment_of_another_amount_is_looked_at_again_when_the_order_costs_that(
    late: tuple[Message, ...],
) -> None:
    dearer = by_checkout(id="dearer", total=TOTAL + 100)
    again = result(
        "heartland.check_payment",
        step="attempt 1",
        id=TRN,
        status="PREAUTHORIZED",
        minor=TOTAL,
    )
    mended = by_checkout(id="mended", modified_at=5)
    world = World().tell([dearer, CUSTOMER, ANOTHERS])
    assert world.status() is Status.REFUSED
    world.tell([mended, *late, again])
    assert world.status() is Status.AUTHORIZED
    assert [m.amount for m in world.of(CheckPayment)] == [TOTAL + 100, TOTAL]
    assert world.state.payment.transaction_id == TRN
    assert not let_go(world)


def test_a_check_that_is_refused_after_the_order_has_ended_is_a_case() -> None:
    world = World().tell([by_checkout(), CANCELLED, ANOTHERS])
    assert [m.kind for m in world.of(Exceptional)] == ["heartland.check_payment refused"]


def test_money_of_a_former_attempt_that_comes_after_all_is_let_go() -> None:
    refusal = result("heartland.authorize", "rejected")
    anew = placed().model_copy(update={"id": "anew", "modified_at": 5, "payment_token": "PMT_2"})
    world = World().tell([placed(), CUSTOMER, refusal, anew, AUTHORIZED])
    assert world.status() is Status.PLACED
    assert let_go(world) == [TRN]
    second = result(
        "heartland.authorize", id="TRN_2", status="PREAUTHORIZED", minor=TOTAL, step="attempt 1"
    )
    assert world.tell([second]).status() is Status.AUTHORIZED


def test_an_order_that_m3_enters_after_it_was_cancelled_is_a_case() -> None:
    refusal = result("m3.create_order", "rejected")
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, refusal, CANCELLED, ENTERED])
    assert world.status() is Status.CANCELLED
    assert [m.kind for m in world.of(Exceptional)] == ["refused", "undone"]


def booked(*messages: Message) -> dict[str, int]:
    """What the flow counts of money, message by message."""
    world, counted = World(), dict[str, int]()
    for message in messages:
        before = world.kept.state if world.kept else None
        world.tell([message])
        for _, what, moved in world.flow.books(before, world.state):
            assert moved > 0, "a counter only counts up"
            counted[what] = counted.get(what, 0) + moved
    return counted


def test_what_an_order_that_is_paid_anew_has_reached_is_counted_up_only() -> None:
    part = AUTHORIZED.model_copy(update={"minor_units": 500})
    anew = placed().model_copy(update={"id": "anew", "payment_token": "PMT_2", "modified_at": 5})
    again = result(
        "heartland.authorize", step="attempt 1", id="TRN_2", status="PREAUTHORIZED", minor=TOTAL
    )
    assert booked(placed(), CUSTOMER, part, anew, again) == {
        "ordered": TOTAL,
        "authorized": 500 + TOTAL,
    }


def test_an_order_that_is_made_cheaper_before_it_is_paid_is_counted_up_only() -> None:
    unpaid = placed().model_copy(update={"payment_token": ""})
    cheaper = {"id": "cheaper", "total": TOTAL - 100, "modified_at": 5}
    assert booked(unpaid, unpaid.model_copy(update=cheaper)) == {"ordered": TOTAL}
