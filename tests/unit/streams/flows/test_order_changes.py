"""Orders that the shop changes, over the pure flow: carried where it can be, else a case."""

import json

import pytest

from streams.core.message import Message, message_id
from streams.flows.order.state import Status
from streams.messages.fulfilment import CreditNoteIssued
from streams.messages.heartland import Authorize, Capture, Refund, Reverse
from streams.messages.m3 import CancelLines, CancelOrder, CreateOrder, CreateReturn, RecordPayment
from streams.messages.ops import Exceptional
from streams.messages.order import OF_CONTENT, OrderPlaced, OrderRefunded
from streams.messages.parts import Address, Line
from streams.messages.shop import CreateRefund, ReadRefund, UpdateOrder
from streams.messages.stock import StockReserved
from tests.unit.streams.flows.story import CUSTOMER, KEY, TRN, World, placed, result, said
from tests.unit.streams.flows.test_order_parts import invoice, shipment

MUGS = Line(line_id="1", item="MUG", quantity=2, unit_price="5", amount=1000)
TINS = Line(line_id="2", item="TIN", quantity=1, unit_price="3.33", amount=333)
TOTAL = MUGS.amount + TINS.amount


PLACED, EDITED = (name.ljust(OF_CONTENT, "-") for name in ("placed", "edited"))
"""Contents of an order."""


def order(name: str = PLACED, lines: tuple[Line, ...] = (MUGS, TINS), **more: object) -> Message:
    told = placed(sum(line.amount for line in lines))
    assert isinstance(told, OrderPlaced)
    return told.model_copy(update={"id": name, "lines": lines, **more})


def edited(lines: tuple[Line, ...] = (MUGS, TINS), **more: object) -> Message:
    return order(EDITED, lines, modified_at=2_000, **more)


def three_mugs() -> Line:
    return MUGS.model_copy(update={"quantity": 3, "amount": 1500})


def dear_mugs() -> Line:
    return MUGS.model_copy(update={"amount": 1100})


AUTHORIZED = result("heartland.authorize", id=TRN, status="PREAUTHORIZED", minor=TOTAL)
ENTERED = result("m3.create_order", ORNO="0010000001", STAT="22", PONR="10,20")


def entered() -> World:
    return World().tell([order(), AUTHORIZED, CUSTOMER, ENTERED])


def test_a_change_before_m3_is_asked_is_the_order() -> None:
    elsewhere = Address(first_name="Ada", address_1="2 Low St", country="GB")
    dear = MUGS.model_copy(update={"item": "CUP"})
    world = World().tell([order(), edited((dear, TINS), ship_to=elsewhere), AUTHORIZED, CUSTOMER])
    (create,) = world.of(CreateOrder)
    assert (create.ship_to.address_1, create.lines[0].item) == ("2 Low St", "CUP")
    assert len(world.of(Authorize)) == 1
    claims = {m.item: m.quantity for m in world.of(StockReserved)}
    assert claims == {"MUG": 0, "CUP": 2, "TIN": 1}
    assert not world.of(Exceptional)


def test_a_line_that_the_shop_takes_out_is_taken_out_in_m3_and_never_paid() -> None:
    world = entered().tell([edited((MUGS,))])
    (cancel,) = world.of(CancelLines)
    assert (cancel.m3_order, cancel.lines) == ("0010000001", ("20",))

    world.tell([world.answer(CancelLines, ORNO="0010000001", DELETED="20"), shipment("1", MUG=2)])

    assert world.status() is Status.SHIPPED
    assert [c.amount for c in world.of(Capture)] == [MUGS.amount]
    assert {m.item: m.quantity for m in world.of(StockReserved)} == {"MUG": 0, "TIN": 0}
    world.tell([world.answer(Capture, id=TRN, status="CAPTURED"), invoice("A", MUGS.amount)])
    world.tell([world.answer(RecordPayment)])
    assert world.status() is Status.CLOSED
    assert not world.of(Exceptional)


def test_a_line_that_leaves_before_it_is_taken_out_is_a_case() -> None:
    world = entered().tell([edited((MUGS,)), shipment("1", MUG=2, TIN=1)]).pause()
    (case,) = world.of(Exceptional)
    assert (case.kind, case.minor_units) == ("changed too late", TINS.amount)
    assert "TIN" in case.reason
    assert "TIN" in world.of(UpdateOrder)[-1].note
    assert [c.amount for c in world.of(Capture)] == [TOTAL]


def test_an_order_that_loses_all_its_lines_is_cancelled() -> None:
    world = entered().tell([edited((), total=0)])
    assert world.status() is Status.CANCELLING
    assert [c.m3_order for c in world.of(CancelOrder)] == ["0010000001"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ship_to": Address(city="Leeds")}, "ship_to"),
        ({"customer_note": "after six"}, "customer_note"),
        ({"lines": (three_mugs(), TINS)}, "MUG x 2 to MUG x 3"),
        ({"lines": (dear_mugs(), TINS)}, "MUG: 10.00 GBP to 11.00 GBP"),
        (
            {"lines": (MUGS, TINS, TINS.model_copy(update={"line_id": "3", "item": "JAR"}))},
            "JAR is new: 1 pieces",
        ),
    ],
)
def test_what_cannot_be_carried_is_a_case_that_names_the_field(
    change: dict[str, object], named: str
) -> None:
    world = entered().pause().tell([edited(**change)]).pause()  # type: ignore[arg-type]
    (case,) = world.of(Exceptional)
    assert (case.kind, case.minor_units) == ("changed order", TOTAL)
    assert named in case.reason
    told = world.of(UpdateOrder)[-1]
    assert named in told.note
    assert told.seen == f"{EDITED} {PLACED}", "so that the bridge knows it from now on"
    assert not world.of(CancelLines)


def test_a_change_is_a_case_once_and_an_older_one_none() -> None:
    other = edited(ship_to=Address(city="Leeds"))
    older = order("older", customer_note="x", modified_at=1_000)
    world = entered().tell([other, other, older])
    assert len(world.of(Exceptional)) == 1


def back() -> Message:
    """The first content, once more."""
    return order(PLACED + "once more", modified_at=3_000)


def test_a_change_that_is_taken_back_before_m3_is_asked_is_the_order_as_it_was() -> None:
    world = World().tell([order(), edited((MUGS,)), back(), AUTHORIZED, CUSTOMER])
    (create,) = world.of(CreateOrder)
    assert [line.item for line in create.lines] == ["MUG", "TIN"]
    assert world.pause().of(UpdateOrder)[-1].seen == f"{PLACED} {EDITED} {PLACED}"
    assert not world.of(Exceptional)


@pytest.mark.parametrize(
    "change",
    [{"ship_to": Address(city="Leeds")}, {"lines": (dear_mugs(), TINS)}],
)
def test_a_change_that_is_taken_back_is_told_as_such(change: dict[str, object]) -> None:
    world = entered().pause().tell([edited(**change), back()]).pause()  # type: ignore[arg-type]
    assert [case.kind for case in world.of(Exceptional)] == ["changed order"] * 2
    assert world.of(Exceptional)[-1].reason.startswith("changed back in the shop")
    assert world.of(UpdateOrder)[-1].note.endswith("Changed back.")
    assert world.of(UpdateOrder)[-1].seen == f"{PLACED} {EDITED} {PLACED}"


def test_a_line_that_is_wanted_again_after_m3_was_asked_to_take_it_out_is_a_case() -> None:
    world = entered().tell([edited((MUGS,)), back()])
    (case,) = world.of(Exceptional)
    assert "TIN was taken out, and is wanted again" in case.reason
    gone = world.answer(CancelLines, ORNO="0010000001", DELETED="20")
    world.tell([gone, shipment("1", MUG=2)])
    assert [c.amount for c in world.of(Capture)] == [MUGS.amount]


def test_a_line_that_is_wanted_again_before_m3_has_the_order_stays() -> None:
    world = World().tell([order(), AUTHORIZED, CUSTOMER, edited((MUGS,)), back(), ENTERED])
    assert not world.of(CancelLines)
    assert not world.of(Exceptional)
    assert [c.amount for c in world.tell([shipment("1", MUG=2, TIN=1)]).of(Capture)] == [TOTAL]


def test_what_is_carried_or_of_no_account_is_noted_in_the_shop() -> None:
    world = entered().pause().tell([edited((MUGS,))]).pause()
    assert world.of(UpdateOrder)[-1].seen == f"{EDITED} {PLACED}"
    world = entered().pause().tell([edited(payment_method="cod")]).pause()
    assert world.of(UpdateOrder)[-1].seen == f"{EDITED} {PLACED}"
    assert not world.of(Exceptional)


def refunded(amount: int, refund_id: str = "9", reason: str = "") -> Message:
    fields = {"shop": "uk", "order_id": "536365", "currency": "GBP", "reason": reason}
    return said(OrderRefunded, f"refund {refund_id}", refund_id=refund_id, amount=amount, **fields)


def goods(world: World, *lines: Line) -> Message:
    told = [
        {"line_id": x.line_id, "item": x.item, "quantity": x.quantity, "amount": x.amount}
        for x in lines
    ]
    return world.answer(ReadRefund, lines=json.dumps(told))


def test_goods_refunded_before_they_left_are_taken_out_of_m3_and_never_paid() -> None:
    world = entered().tell([refunded(TINS.amount)])
    world.tell([goods(world, TINS)])
    assert [c.lines for c in world.of(CancelLines)] == [("20",)]
    world.tell([world.answer(CancelLines, ORNO="0010000001", DELETED="20"), shipment("1", MUG=2)])
    world.tell([world.answer(Capture, id=TRN, status="CAPTURED"), invoice("A", MUGS.amount)])
    assert [c.amount for c in world.of(Capture)] == [MUGS.amount]
    assert not world.of(Refund)
    assert not world.of(CreateReturn)
    assert not world.state.refunding
    assert world.tell([world.answer(RecordPayment)]).status() is Status.CLOSED


def test_goods_that_left_before_m3_could_take_them_out_come_back_the_usual_way() -> None:
    world = entered().tell([refunded(TINS.amount)])
    world.tell([goods(world, TINS)])
    world.tell([shipment("1", MUG=2, TIN=1)])
    world.tell([world.answer(CancelLines, ORNO="0010000001", DELIVERED="20")])
    world.tell([world.answer(Capture, id=TRN, status="CAPTURED"), invoice("A", TOTAL)])
    assert [r.amount for r in world.of(Refund)] == [TINS.amount]
    assert [line.item for line in world.of(CreateReturn)[0].lines] == ["TIN"]


def test_an_order_refunded_whole_before_it_left_comes_to_nothing() -> None:
    world = entered().tell([refunded(TOTAL)])
    world.tell([goods(world, MUGS, TINS)])
    assert world.status() is Status.CANCELLING
    world.tell([world.answer(CancelOrder, ORNO="0010000001")]).pause()
    assert world.status() is Status.CANCELLED
    assert [r.amount for r in world.of(Reverse)] == [TOTAL]
    assert not world.of(Refund)
    assert not world.state.refunding
    assert "cancelled" not in {told.status for told in world.of(UpdateOrder)}, "it is refunded"


def test_goods_that_leave_while_all_are_refunded_come_back_the_usual_way() -> None:
    world = entered().tell([refunded(TOTAL)])
    world.tell([goods(world, MUGS, TINS)])
    world.tell([world.answer(CancelOrder, ORNO="0010000001", KEPT="picked")])
    world.tell([shipment("1", MUG=2, TIN=1), world.answer(CancelLines, DELIVERED="10,20")])
    world.tell([world.answer(Capture, id=TRN, status="CAPTURED"), invoice("A", TOTAL)])
    assert [r.amount for r in world.of(Refund)] == [TOTAL]
    assert sorted(line.item for line in world.of(CreateReturn)[0].lines) == ["MUG", "TIN"]
    assert not world.of(Exceptional)


def credit(number: str, amount: int, returned: str, reference: str = "") -> Message:
    return said(
        CreditNoteIssued,
        f"credit {number}",
        m3_order="0010000001",
        invoice_number=number,
        invoice_year=2026,
        customer_number="W17850",
        amount=amount,
        currency="GBP",
        return_number=returned,
        reference=reference,
    )


def closed() -> World:
    world = entered().tell([shipment("1", MUG=2, TIN=1)])
    world.tell([world.answer(Capture, id=TRN, status="CAPTURED"), invoice("A", TOTAL)])
    return world.tell([world.answer(RecordPayment)])


@pytest.mark.parametrize("reference", ["", "by phone"])
def test_a_return_that_begins_in_m3_is_refunded_settled_and_booked_in_the_shop(
    reference: str,
) -> None:
    world = closed().tell([credit("C1", TINS.amount, "77", reference)])
    (back,) = world.of(Refund)
    assert (back.transaction_id, back.amount, back.captured) == (TRN, TINS.amount, TOTAL)
    world.tell([world.answer(Refund, id="TRN_R", status="CAPTURED")])
    assert [p.amount for p in world.of(RecordPayment)] == [TOTAL, -TINS.amount]
    world.tell([world.answer(RecordPayment)])
    (book,) = world.of(CreateRefund)
    assert (book.amount, book.reason) == (TINS.amount, "M3 return 77, credit note C1")

    echo = refunded(TINS.amount, "12", book.reason)
    world.tell([echo, world.answer(CreateRefund, refund_id="12")])

    assert len(world.of(Refund)) == 1
    assert not world.of(ReadRefund)
    assert not world.state.refunding


def test_a_return_of_ours_is_known_by_its_reference_before_m3_has_answered() -> None:
    world = closed().tell([refunded(TINS.amount)])
    world.tell([goods(world, TINS)])
    ours = message_id(CreateReturn.type, KEY, "refund 9")[:30]
    world.tell([credit("C1", TINS.amount, "77", ours)])
    assert len(world.of(Refund)) == 1
    world.tell([world.answer(CreateReturn, REPN="77")])
    world.tell([world.answer(Refund, id="TRN_R", status="CAPTURED")])
    assert [p.amount for p in world.of(RecordPayment)] == [TOTAL, -TINS.amount]
    assert not world.of(CreateRefund)


def test_a_return_over_two_invoices_has_two_credit_notes() -> None:
    world = entered().tell([shipment("1", MUG=2), shipment("2", TIN=1)])
    world.tell([world.answer(Capture, id=TRN, status="CAPTURED")])
    world.tell([invoice("A", MUGS.amount), invoice("B", TINS.amount), refunded(TOTAL)])
    world.tell([goods(world, MUGS, TINS)])
    world.tell([world.answer(Refund, id=TRN, status="REVERSED")])
    world.tell([world.answer(CreateReturn, REPN="77"), credit("C1", MUGS.amount, "77")])
    assert all(p.amount > 0 for p in world.of(RecordPayment)), "the second is still to come"
    world.tell([credit("C2", TINS.amount, "77")])
    assert sorted(p.amount for p in world.of(RecordPayment)) == [-1000, -333, 333, 1000]
    assert not world.of(Exceptional)
