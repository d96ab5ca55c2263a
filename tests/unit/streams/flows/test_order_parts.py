"""Part shipments over the pure flow: each delivery's money, and the sums to the penny."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.message import Message, message_id
from streams.flows.order.flow import order_flow
from streams.flows.order.state import Status
from streams.flows.policy import Policy, ShopPolicy
from streams.messages.fulfilment import InvoiceIssued, SalesOrderSynced, ShipmentSent
from streams.messages.heartland import Authorize, Capture, Reverse
from streams.messages.m3 import RecordPayment
from streams.messages.ops import Exceptional, Result
from streams.messages.order import OrderPlaced
from streams.messages.parts import Charge, Line, OrderLine, Shipped
from streams.messages.shop import UpdateOrder
from streams.messages.stock import StockReserved
from tests.unit.streams.flows.story import CUSTOMER, KEY, TRN, World, given_up, placed, result, said

MULTIPLE = Policy(shops={"uk": ShopPolicy(multiple_captures=True)})
SINGLE = Policy(shops={"uk": ShopPolicy()})
FREIGHT, THREE_FOR, TWO_FOR = 500, 1000, 333
TOTAL = FREIGHT + THREE_FOR + TWO_FOR
ORDERED = {"MUG": 3, "TIN": 2}


def ordered() -> OrderPlaced:
    order = placed(TOTAL)
    assert isinstance(order, OrderPlaced)
    lines = (
        Line(line_id="1", item="MUG", quantity=3, unit_price="3.333333", amount=THREE_FOR),
        Line(line_id="2", item="TIN", quantity=2, unit_price="1.665", amount=TWO_FOR),
    )
    freight = (Charge(kind="freight", code="POST", amount=FREIGHT),)
    return order.model_copy(update={"lines": lines, "charges": freight})


AUTHORIZED = result("heartland.authorize", id=TRN, status="PREAUTHORIZED", minor=TOTAL)
ENTERED = result("m3.create_order", ORNO="0010000001", STAT="22", PONR="10,20")


def shipment(number: str, **pieces: int) -> Message:
    return said(
        ShipmentSent,
        f"shipment {number}",
        m3_order="0010000001",
        delivery=number,
        carrier="DPD",
        tracking=f"T{number}",
        lines=tuple(Shipped(item=item, quantity=quantity) for item, quantity in pieces.items()),
    )


def invoice(number: str, amount: int) -> Message:
    return said(
        InvoiceIssued,
        f"invoice {number}",
        m3_order="0010000001",
        invoice_number=number,
        invoice_year=2026,
        customer_number="W17850",
        amount=amount,
        currency="GBP",
    )


def synced(status: str, variation: int, *lines: OrderLine, amount: int = TOTAL) -> Message:
    return said(
        SalesOrderSynced,
        f"{status} {variation}",
        m3_order="0010000001",
        status=status,
        variation=variation,
        amount=amount,
        currency="GBP",
        lines=lines,
    )


def taken(world: World) -> Message:
    """What GP API answers to the newest capture: the sum of all so far."""
    capture = world.of(Capture)[-1]
    return world.answer(Capture, capture.captured + capture.amount, id=TRN, status="CAPTURED")


def settled(number: str) -> Message:
    return result(RecordPayment.type, step=f"invoice {number}")


def entered(policy: Policy = MULTIPLE) -> World:
    return World(order_flow(policy)).tell([ordered(), AUTHORIZED, CUSTOMER, ENTERED])


def captures(world: World) -> list[tuple[int, int, str]]:
    return [(c.amount, c.captured, c.sequence) for c in world.of(Capture)]


def claims(world: World) -> dict[str, int]:
    return {m.item: m.quantity for m in world.of(StockReserved)}


def test_each_delivery_is_captured_for_what_it_holds_freight_with_the_first() -> None:
    world = entered()
    assert world.of(Authorize)[0].capture_mode == "MULTIPLE"

    world.tell([shipment("1", MUG=1)])
    assert world.status() is Status.PART_SHIPPED
    assert claims(world) == {"MUG": 2, "TIN": 2}
    world.tell([taken(world), invoice("A", 833), settled("A")])
    assert [p.amount for p in world.of(RecordPayment)] == [833]
    world.tell([shipment("2", MUG=1, TIN=1)])
    world.tell([taken(world), invoice("B", 501)])
    world.tell([shipment("3", MUG=1, TIN=1)])
    world.tell([taken(world), invoice("C", 499), settled("B"), settled("C")])

    assert captures(world) == [
        (FREIGHT + 333, 0, "FIRST"),
        (334 + 167, 833, "SUBSEQUENT"),
        (333 + 166, 1334, "LAST"),
    ]
    assert world.status() is Status.CLOSED
    assert sum(p.amount for p in world.of(RecordPayment)) == TOTAL
    assert claims(world) == {"MUG": 0, "TIN": 0}
    assert not world.of(Exceptional)


def test_where_the_account_captures_once_it_is_with_the_last_delivery() -> None:
    world = entered(SINGLE).tell([shipment("1", MUG=3), invoice("A", FREIGHT + THREE_FOR)])
    assert world.of(Authorize)[0].capture_mode == "LATER"
    assert not world.of(Capture)
    assert not world.of(RecordPayment)

    world.tell([shipment("2", TIN=2)])
    world.tell([taken(world), invoice("B", TWO_FOR), settled("A"), settled("B")])

    assert captures(world) == [(TOTAL, 0, "")]
    assert world.status() is Status.CLOSED


def test_the_shop_hears_of_each_parcel_and_of_the_end() -> None:
    world = entered().pause()
    world.tell([shipment("1", MUG=3)]).pause().tell([shipment("2", TIN=2)]).pause()
    told = world.of(UpdateOrder)[1:]
    assert [(t.status, t.note, t.tracking) for t in told] == [
        ("", "Part shipped with DPD, parcel T1.", "T1"),
        ("completed", "Shipped with DPD, parcel T2.", "T1, T2"),
    ]


def test_what_m3_gives_up_is_not_captured_and_the_rest_is_released() -> None:
    world = entered().tell([shipment("1", MUG=2)])
    world.tell([taken(world)])
    gone = (
        given_up("10", "MUG", 2),
        given_up("20", "TIN", 0),
    )

    world.tell([synced("Shipped", 5, *gone, amount=FREIGHT + 667)])

    assert world.status() is Status.SHIPPED
    assert [(r.amount, r.transaction_id) for r in world.of(Reverse)] == [(333 + TWO_FOR, TRN)]
    assert claims(world) == {"MUG": 0, "TIN": 0}
    world.tell([invoice("A", FREIGHT + 667), settled("A")])
    assert world.status() is Status.CLOSED
    assert not world.of(Exceptional)


def test_what_m3_gives_up_before_the_last_delivery_goes_with_the_last_capture() -> None:
    gone = given_up("20", "TIN", 0)
    world = entered().tell([synced("Open", 5, gone, amount=TOTAL - TWO_FOR), shipment("1", MUG=3)])
    assert captures(world) == [(FREIGHT + THREE_FOR, 0, "LAST")]
    assert not world.of(Reverse)


def test_a_line_that_is_short_waits_for_the_delivery_that_m3_has_made_of_it() -> None:
    """M3's order says that two of three have left; their delivery is still on its way."""
    gone = given_up("10", "MUG", 2)
    world = entered().tell([shipment("1", TIN=2), synced("Shipped", 5, gone, amount=1500)])
    assert world.status() is Status.PART_SHIPPED
    world.tell([shipment("2", MUG=2)])
    assert world.status() is Status.SHIPPED
    assert sum(c.amount for c in world.of(Capture)) == FREIGHT + 667 + TWO_FOR


def test_a_delivery_names_the_line_that_it_is_of() -> None:
    twice = ordered().model_copy(
        update={
            "lines": (
                Line(line_id="1", item="MUG", quantity=1, unit_price="10", amount=1000),
                Line(line_id="2", item="MUG", quantity=1, unit_price="3.33", amount=333),
            )
        }
    )
    second = shipment("1", MUG=1).model_copy(
        update={"lines": (Shipped(item="MUG", quantity=1, order_line="20"),)}
    )
    world = World(order_flow(MULTIPLE)).tell([twice, AUTHORIZED, CUSTOMER, ENTERED, second])
    assert captures(world) == [(FREIGHT + 333, 0, "FIRST")]


def test_invoices_that_do_not_add_up_are_a_case_and_settle_nothing() -> None:
    world = entered(SINGLE).tell([shipment("1", MUG=3), shipment("2", TIN=2)])
    world.tell([taken(world), invoice("A", 1500), invoice("B", 300)])
    (case,) = world.of(Exceptional)
    assert (case.kind, case.reason) == (
        "difference",
        "M3 invoiced 18.00 GBP, the order is 18.33 GBP",
    )
    assert not world.of(RecordPayment)


def test_a_refused_capture_of_a_part_is_a_case_and_is_not_tried_again_by_itself() -> None:
    world = entered().tell([shipment("1", MUG=1)])
    refused = said(
        Result,
        "refused",
        command_id=world.of(Capture)[0].id,
        command_type=Capture.type,
        outcome="rejected",
        reason="the account may not",
    )
    world.tell([refused, shipment("2", MUG=2, TIN=2)])
    assert [c.kind for c in world.of(Exceptional)] == ["heartland.capture refused"]
    assert sum(c.amount for c in world.of(Capture)) == TOTAL


PARCELS = st.lists(
    st.tuples(st.sampled_from(sorted(ORDERED)), st.integers(1, 2)), min_size=1, max_size=5
)


@settings(max_examples=200, deadline=None)
@given(PARCELS, st.sampled_from([MULTIPLE, SINGLE]), st.randoms(use_true_random=False))
def test_in_whatever_parts_and_order_it_goes_the_sum_is_the_order(
    wanted: list[tuple[str, int]], policy: Policy, chance: object
) -> None:
    left, parcels = dict(ORDERED), []
    for item, quantity in wanted:
        if taken_now := min(quantity, left[item]):
            left[item] -= taken_now
            parcels.append({item: taken_now})
    if any(left.values()):
        parcels.append({item: pieces for item, pieces in left.items() if pieces})
    messages = [shipment(str(n), **parcel) for n, parcel in enumerate(parcels)]
    chance.shuffle(messages)  # type: ignore[attr-defined]
    world = entered(policy)
    for message in messages:
        world.tell([message, message])
        if world.of(Capture):
            world.tell([taken(world)])

    assert sum(c.amount for c in world.of(Capture)) == TOTAL
    assert world.state.payment.captured == TOTAL
    assert [c.captured for c in world.of(Capture)] == [
        sum(c.amount for c in world.of(Capture)[:n]) for n in range(len(world.of(Capture)))
    ]
    assert world.status() is Status.SHIPPED
    assert not any(claims(world).values())


@pytest.mark.parametrize("cut", range(1, 4))
def test_after_a_crash_a_capture_is_asked_for_with_the_same_id(cut: int) -> None:
    story = [shipment("1", MUG=1), shipment("2", MUG=2), shipment("3", TIN=2)]
    first = entered().tell(story[:cut])
    again = entered().tell(story[:cut])
    assert [c.id for c in first.of(Capture)] == [c.id for c in again.of(Capture)]
    assert len({c.id for c in first.of(Capture)}) == cut
    assert message_id(Capture.type, KEY, f"{TRN} to 833") in first.sent
