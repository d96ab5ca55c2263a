"""Orders that M3 has and their shop edits, over the pure flow: M3 takes over what it can."""

import pytest

from streams.core.message import Message
from streams.flows.order.flow import order_flow
from streams.flows.order.state import Status
from streams.flows.policy import Policy, ShopPolicy
from streams.messages.fulfilment import SalesOrderSynced
from streams.messages.heartland import Capture
from streams.messages.m3 import CancelLines, CancelOrder, ChangeOrder, RecordPayment
from streams.messages.ops import Exceptional, Result
from streams.messages.parts import Charge, Line, OrderLine
from streams.messages.shop import UpdateOrder
from streams.messages.stock import StockAnswered, StockReserved
from tests.unit.streams.flows.story import CUSTOMER, TRN, World, given_up, result, said
from tests.unit.streams.flows.test_order_cancellations import CANCELLED
from tests.unit.streams.flows.test_order_changes import (
    AUTHORIZED,
    ENTERED,
    MUGS,
    TINS,
    TOTAL,
    back,
    edited,
    entered,
    goods,
    order,
    refunded,
)
from tests.unit.streams.flows.test_order_parts import invoice, shipment

MUG = MUGS.model_copy(update={"quantity": 1, "amount": 500})
LESS = MUG.amount + TINS.amount


def taken_over(world: World, *numbers: str) -> Message:
    """M3 has changed the order's lines; their numbers."""
    return world.answer(ChangeOrder, ORNO="0010000001", PONR=",".join(numbers))


def synced(name: str, amount: int, *lines: OrderLine, at: int = 1_000) -> Message:
    of = {"m3_order": "0010000001", "status": "Open", "variation": int(name)}
    told = said(SalesOrderSynced, name, **of, amount=amount, currency="GBP", lines=lines)
    return told.model_copy(update={"occurred_at": at})


def wanted(world: World) -> list[tuple[tuple[str, int, int], ...]]:
    """What M3 was asked to have, time after time."""
    asked = world.of(ChangeOrder)
    return [tuple((x.item, x.quantity, x.amount) for x in each.lines) for each in asked]


def closes(world: World, amount: int, **pieces: int) -> World:
    """M3 delivers and invoices the order, the money is taken, and the books agree."""
    world.tell([shipment("1", **pieces)])
    assert [c.amount for c in world.of(Capture)] == [amount]
    world.tell([world.answer(Capture, id=TRN, status="CAPTURED", minor=amount)])
    world.tell([invoice("A", amount)])
    return world.tell([world.answer(RecordPayment)])


def test_fewer_pieces_are_fewer_in_m3_and_never_paid() -> None:
    world = entered().tell([edited((MUG, TINS))])
    assert wanted(world) == [(("MUG", 1, 500), ("TIN", 1, 333))]

    world.tell([taken_over(world, "30", "20")])

    assert world.state.total == LESS
    assert {m.item: m.quantity for m in world.of(StockReserved)} == {"MUG": 1, "TIN": 1}
    closes(world, LESS, MUG=1, TIN=1)
    assert world.status() is Status.CLOSED
    assert not world.of(Exceptional)
    assert "M3 has the change: 8.33 GBP." in world.pause().of(UpdateOrder)[-1].note


def test_what_m3_tells_while_its_lines_are_changed_is_no_case_and_cuts_nothing_short() -> None:
    world = entered().tell([edited((MUG, TINS))])
    both = synced("5", TOTAL + MUG.amount)
    gone = synced("6", LESS, given_up("10", "MUG", 0))
    world.tell([both, taken_over(world, "30", "20"), gone, both.model_copy(update={"id": "late"})])
    closes(world, LESS, MUG=1, TIN=1)
    assert world.status() is Status.CLOSED
    assert not world.of(Exceptional)


def test_a_number_that_m3_gives_again_is_not_that_of_the_line_which_is_gone() -> None:
    world = entered().tell([edited((MUG, TINS))])
    gone = given_up("10", "MUG", 0)
    world.tell([synced("6", LESS, gone), taken_over(world, "10", "20"), synced("7", LESS, gone)])
    closes(world, LESS, MUG=1, TIN=1)
    assert world.status() is Status.CLOSED


@pytest.mark.parametrize(("told_at", "status"), [(5_000, "part_shipped"), (5_001, "shipped")])
def test_what_m3_told_before_it_changed_the_lines_is_not_of_them(told_at: int, status: str) -> None:
    world = entered().tell([edited((MUG, TINS))])
    done = world.answer(ChangeOrder, ORNO="0010000001", PONR="10,20", LMTS="5000")
    world.tell([done, shipment("1", TIN=2)])
    world.tell([synced("6", TINS.amount, given_up("10", "MUG", 0), at=told_at)])
    assert world.status() == status


def test_what_a_clerk_changes_in_m3_after_that_is_a_case() -> None:
    world = entered().tell([edited((MUG, TINS))])
    world.tell([taken_over(world, "30", "20"), synced("9", 700, at=100_000)])
    assert [case.kind for case in world.of(Exceptional)] == ["changed in M3"]


def test_an_item_may_take_the_place_of_another() -> None:
    cup = Line(line_id="3", item="CUP", quantity=1, unit_price="4", amount=400)
    world = entered().tell([edited((cup, TINS))])
    world.tell([taken_over(world, "30", "20")])
    claims = {m.item: m.quantity for m in world.of(StockReserved)}
    assert claims == {"MUG": 0, "CUP": 1, "TIN": 1}
    closes(world, 733, CUP=1, TIN=1)
    assert world.status() is Status.CLOSED


def test_cheaper_freight_is_taken_over() -> None:
    dear, cheap = (Charge(kind="freight", code="POST", amount=amount) for amount in (500, 300))
    placed = order(charges=(dear,), total=TOTAL + 500)
    paid = AUTHORIZED.model_copy(update={"minor_units": TOTAL + 500})
    world = World().tell([placed, paid, CUSTOMER, ENTERED])
    world.tell([edited(charges=(cheap,), total=TOTAL + 300)])
    assert [each.charges for each in world.of(ChangeOrder)] == [(cheap,)]
    closes(world.tell([taken_over(world, "10", "20")]), TOTAL + 300, MUG=2, TIN=1)
    assert not world.of(Exceptional)


def test_what_m3_refuses_is_a_case_until_a_person_sends_it_again() -> None:
    world = entered().tell([edited((MUG, TINS))])
    refusal = world.answer(ChangeOrder)
    assert isinstance(refusal, Result)
    why = {"id": "no", "outcome": "rejected", "reason": "the order is locked by ANN"}
    world.tell([refusal.model_copy(update=why)]).pause()
    (case,) = world.of(Exceptional)
    assert (case.kind, case.minor_units) == ("changed order", TOTAL)
    assert "locked by ANN" in case.reason
    assert world.state.total == TOTAL

    world.tell([taken_over(world, "30", "20")])

    assert world.state.total == LESS
    closes(world, LESS, MUG=1, TIN=1)
    assert world.status() is Status.CLOSED


def test_edits_are_taken_over_one_after_the_other() -> None:
    world = entered().tell([edited((MUG, TINS)), back()])
    assert len(wanted(world)) == 1
    world.tell([taken_over(world, "30", "20")])
    assert wanted(world)[1] == (("MUG", 2, 1000), ("TIN", 1, 333))
    second = result("m3.change_order", step=f"edit {back().id}", PONR="40,20")
    world.tell([second])
    closes(world, TOTAL, MUG=2, TIN=1)
    assert not world.of(Exceptional)


def test_an_edit_waits_for_m3_to_have_the_order() -> None:
    world = World().tell([order(), AUTHORIZED, CUSTOMER, edited((MUG, TINS))])
    assert not world.of(ChangeOrder)
    assert wanted(world.tell([ENTERED])) == [(("MUG", 1, 500), ("TIN", 1, 333))]


def test_an_edit_that_is_undone_before_m3_has_the_order_is_never_asked_for() -> None:
    world = World().tell([order(), AUTHORIZED, CUSTOMER, edited((MUG, TINS)), back(), ENTERED])
    assert not world.of(ChangeOrder)
    assert not world.of(Exceptional)


def test_what_m3_refused_to_enter_is_entered_as_it_was_and_then_changed() -> None:
    refusal = result("m3.create_order", "rejected")
    world = World().tell([order(), AUTHORIZED, CUSTOMER, refusal, edited((MUG, TINS)), ENTERED])
    assert wanted(world) == [(("MUG", 1, 500), ("TIN", 1, 333))]


def test_what_has_left_is_not_changed_any_more() -> None:
    world = entered().tell([shipment("1", MUG=1), edited((MUG, TINS))])
    assert not world.of(ChangeOrder)
    (case,) = world.of(Exceptional)
    assert "MUG has left" in case.reason
    cheap = TINS.model_copy(update={"amount": 300})
    third = edited((MUGS, cheap)).model_copy(update={"id": "third", "modified_at": 9_000})
    assert wanted(world.tell([third])) == [(("MUG", 2, 1000), ("TIN", 1, 300))]


@pytest.mark.parametrize("answer_comes", [True, False])
def test_a_delivery_of_what_stays_does_not_end_an_order_whose_lines_are_changed(
    answer_comes: bool,
) -> None:
    world = entered().tell([edited((MUGS, TINS.model_copy(update={"item": "JAR"})))])
    gone = synced("6", TOTAL, given_up("20", "TIN", 0))
    world.tell([shipment("1", MUG=2), gone])
    assert world.status() is Status.PART_SHIPPED
    if answer_comes:
        world.tell([taken_over(world, "10", "30"), shipment("2", JAR=1)])
        assert world.status() is Status.SHIPPED
        assert [c.amount for c in world.of(Capture)] == [TOTAL]


def test_a_shop_that_takes_no_backorders_gets_no_more_pieces_than_it_was_granted() -> None:
    flow = order_flow(Policy(shops={"uk": ShopPolicy(oversell="refuse")}))
    cheap = MUGS.model_copy(update={"quantity": 3, "amount": 900})
    of = {"warehouse": "001", "key": "uk-536365"}
    granted = [
        said(StockAnswered, item, item=item, quantity=pieces, asked=pieces, **of)
        for item, pieces in (("MUG", 2), ("TIN", 1))
    ]
    world = World(flow).tell([order(), AUTHORIZED, CUSTOMER, *granted, ENTERED])
    world.tell([edited((cheap, TINS))])
    assert not world.of(ChangeOrder)
    (case,) = world.of(Exceptional)
    assert "of MUG there may be no more" in case.reason


def test_a_refund_waits_for_the_lines_that_it_is_of() -> None:
    world = entered().tell([edited((MUG, TINS)), refunded(TINS.amount)])
    world.tell([goods(world, TINS)])
    assert not world.of(CancelLines)
    world.tell([taken_over(world, "30", "40")])
    assert [each.lines for each in world.of(CancelLines)] == [("40",)]
    world.tell([world.answer(CancelLines, ORNO="0010000001", DELETED="40")])
    closes(world, MUG.amount, MUG=1)
    assert world.status() is Status.CLOSED
    assert not world.of(Exceptional)


def test_an_edit_that_costs_more_than_is_authorized_is_a_case_that_says_so() -> None:
    dear = MUGS.model_copy(update={"quantity": 3, "amount": 1500})
    world = entered().tell([edited((dear, TINS))])
    assert not world.of(ChangeOrder)
    (case,) = world.of(Exceptional)
    assert "MUG x 2 to MUG x 3 (M3 is not asked: only 13.33 GBP is authorized)" in case.reason


def test_an_order_that_is_cancelled_meanwhile_claims_nothing() -> None:
    cancelled = CANCELLED.model_copy(update={"occurred_at": 5_000})
    jar = TINS.model_copy(update={"item": "JAR"})
    world = entered().tell([edited((MUG, jar)), cancelled])
    world.tell([taken_over(world, "30", "40"), world.answer(CancelOrder, ORNO="0010000001")])
    assert world.status() is Status.CANCELLED
    claims = {m.item: m.quantity for m in world.of(StockReserved)}
    assert claims == {"MUG": 0, "TIN": 0, "JAR": 0}
    assert not world.of(Exceptional)
