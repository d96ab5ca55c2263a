"""What a clerk changes in M3: fewer pieces are carried, all else is a case that names fields."""

import json

import pytest

from streams.core.message import Message
from streams.flows.order.state import Status
from streams.messages.heartland import Capture, Refund, Reverse
from streams.messages.m3 import CreateReturn
from streams.messages.ops import Exceptional
from streams.messages.parts import OrderLine
from streams.messages.shop import ReadRefund, UpdateOrder
from tests.unit.streams.flows.story import World, given_up
from tests.unit.streams.flows.test_order_parts import (
    FREIGHT,
    SINGLE,
    THREE_FOR,
    TOTAL,
    TWO_FOR,
    captures,
    claims,
    entered,
    invoice,
    settled,
    shipment,
    synced,
    taken,
)
from tests.unit.streams.flows.test_order_refunds import done, refunded


def line(order_line: str, item: str, ordered: int, shipped: int = 0) -> OrderLine:
    return OrderLine(order_line=order_line, item=item, ordered=ordered, shipped=shipped)


MUGS, TINS = line("10", "MUG", 3), line("20", "TIN", 2)
ONE_TIN = line("20", "TIN", 1)
HALF = 167
"""A tin of two for 333, rounded half up."""


def heard(world: World) -> str:
    return " ".join(told.note for told in world.pause().of(UpdateOrder))


def test_fewer_pieces_are_captured_for_what_they_cost_and_the_rest_is_released() -> None:
    world = entered().tell([shipment("1", MUG=3)])
    world.tell([taken(world), synced("Open", 5, MUGS, ONE_TIN, amount=TOTAL - TWO_FOR + HALF)])
    assert claims(world) == {"MUG": 0, "TIN": 1}

    world.tell([shipment("2", TIN=1)])

    assert world.status() is Status.SHIPPED
    assert captures(world)[-1] == (HALF, FREIGHT + THREE_FOR, "LAST")
    assert "Taken out in M3: TIN x 1." in heard(world)
    world.tell([taken(world), invoice("A", FREIGHT + THREE_FOR), invoice("B", HALF)])
    world.tell([settled("A"), settled("B")])
    assert world.status() is Status.CLOSED
    assert not world.of(Exceptional)


def test_fewer_pieces_where_the_account_captures_once_are_captured_at_the_last() -> None:
    world = entered(SINGLE).tell([shipment("1", MUG=3), synced("Open", 5, MUGS, ONE_TIN)])
    world.tell([shipment("2", TIN=1)])
    assert [c.amount for c in world.of(Capture)] == [FREIGHT + THREE_FOR + HALF]


def test_a_quantity_lowered_to_what_has_left_ends_the_order() -> None:
    world = entered().tell([shipment("1", MUG=3, TIN=1)])
    world.tell([taken(world)])
    assert world.status() is Status.PART_SHIPPED

    world.tell([synced("Shipped", 5, given_up("20", "TIN", 1), MUGS)])

    assert world.status() is Status.SHIPPED
    assert [r.amount for r in world.of(Reverse)] == [TWO_FOR - HALF]


@pytest.mark.parametrize("late", [False, True])
def test_the_newest_quantity_counts(late: bool) -> None:
    lowered, again = synced("Open", 5, MUGS, ONE_TIN), synced("Open", 6, MUGS, TINS)
    world = entered().tell([again, lowered] if late else [lowered, again])
    assert claims(world)["TIN"] == 2
    world.tell([shipment("1", MUG=3, TIN=1)])
    assert world.status() is Status.PART_SHIPPED
    world.tell([shipment("2", TIN=1)])
    assert world.status() is Status.SHIPPED
    assert not world.of(Exceptional)


def test_the_same_told_twice_is_heard_once() -> None:
    lowered = synced("Open", 5, MUGS, ONE_TIN)
    world = entered().tell([lowered, synced("Open", 6, MUGS, ONE_TIN), lowered])
    assert heard(world).count("Taken out in M3") == 1


def test_a_line_of_another_order_line_number_is_none_of_ours() -> None:
    clerks = line("30", "TIN", 1), given_up("40", "MUG", 0)
    world = entered().tell([synced("Open", 5, MUGS, TINS, *clerks)])
    world.tell([shipment("1", MUG=3, TIN=1)])
    assert world.status() is Status.PART_SHIPPED


def test_more_pieces_are_a_case_that_names_the_line() -> None:
    more = synced("Open", 5, MUGS, line("20", "TIN", 4), amount=TOTAL + TWO_FOR)
    (case,) = entered().tell([more]).of(Exceptional)
    assert case.kind == "changed in M3"
    assert case.reason == (
        "M3's order is 21.66 GBP now, not 18.33 GBP: TIN has ORQT 4, ordered were 2"
    )


def test_a_price_that_was_changed_is_a_case_that_says_so_once() -> None:
    dearer = synced("Open", 5, MUGS, TINS, amount=TOTAL + 100)
    world = entered().tell([dearer, synced("Open", 4), synced("Open", 6, amount=TOTAL + 100)])
    (case,) = world.of(Exceptional)
    now, why = "M3's order is 19.33 GBP now, not 18.33 GBP", "a price (SAPR) was changed"
    assert case.reason == f"{now}: {why}, or a line was added"


def test_what_m3_told_before_it_cut_a_line_short_is_no_change() -> None:
    gone = given_up("20", "TIN", 0)
    cut = synced("Open", 5, gone, amount=TOTAL - TWO_FOR)
    late = synced("Open", 6, amount=TOTAL)
    assert not entered().tell([cut, late]).of(Exceptional)


ALL_MUGS = OrderLine(order_line="10", item="MUG", ordered=3, shipped=3, final=True)


@pytest.mark.parametrize("status", ["Shipped", "Closed"])
def test_a_deletion_of_which_nobody_told_is_seen_when_the_order_is_over(status: str) -> None:
    world = entered().tell([shipment("1", MUG=3)])
    world.tell([taken(world), synced(status, 5, ALL_MUGS)])
    assert world.status() is Status.SHIPPED
    assert [r.amount for r in world.of(Reverse)] == [TWO_FOR]


def test_an_order_that_is_over_waits_for_the_deliveries_that_m3_has_made() -> None:
    all_tins = OrderLine(order_line="20", item="TIN", ordered=2, shipped=2, final=True)
    world = entered().tell([shipment("1", TIN=1), synced("Shipped", 5, all_tins)])
    assert world.status() is Status.PART_SHIPPED
    world.tell([shipment("2", TIN=1)])
    assert world.status() is Status.SHIPPED
    assert [c.amount for c in world.of(Capture)][-1] == TWO_FOR - HALF


def read(refund_id: str, pieces: int, amount: int) -> list[Message]:
    """The shop has given tins back, and has told which."""
    row = {"line_id": "2", "item": "TIN", "quantity": pieces, "amount": amount}
    told = done(ReadRefund.type, refund_id, lines=json.dumps([row]))
    return [refunded(amount, refund_id), told]


@pytest.mark.parametrize("early", [True, False])
def test_pieces_that_never_come_are_given_back_first_and_nothing_was_taken_for_them(
    early: bool,
) -> None:
    lowered = synced("Open", 5, MUGS, ONE_TIN)
    back = [*read("1", 1, 166), lowered] if early else [lowered, *read("1", 1, 166)]
    world = entered(SINGLE).tell([*back, shipment("1", MUG=3, TIN=1)])
    world.tell([taken(world), invoice("A", FREIGHT + THREE_FOR + HALF), settled("A")])
    assert world.status() is Status.CLOSED
    assert not world.of(Refund)
    assert "1.66 GBP is not taken: M3 will not deliver it." in heard(world)

    world.tell(read("2", 1, HALF))

    assert [m.amount for m in world.of(Refund)] == [HALF]
    assert [line.quantity for m in world.of(CreateReturn) for line in m.lines] == [1]


def test_of_two_pieces_one_never_came_and_the_other_goes_back() -> None:
    world = entered(SINGLE).tell([synced("Open", 5, MUGS, ONE_TIN), shipment("1", MUG=3, TIN=1)])
    world.tell([taken(world), invoice("A", FREIGHT + THREE_FOR + HALF), settled("A")])
    world.tell(read("1", 2, TWO_FOR))
    assert [m.amount for m in world.of(Refund)] == [TWO_FOR - HALF]
    assert [line.quantity for m in world.of(CreateReturn) for line in m.lines] == [1]
