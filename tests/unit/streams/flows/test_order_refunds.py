"""Returns over the pure flow: the money once, the goods once, the credit note settled by both."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.message import Message, message_id
from streams.flows.order.state import Status
from streams.messages.fulfilment import CreditNoteIssued
from streams.messages.heartland import Refund
from streams.messages.m3 import CancelLines, CancelOrder, CreateReturn, RecordPayment
from streams.messages.ops import Exceptional, Result
from streams.messages.order import OrderRefunded
from streams.messages.shop import ReadRefund, UpdateOrder
from tests.unit.streams.flows.story import (
    DECLINED,
    KEY,
    STORY,
    TOTAL,
    TRN,
    World,
    placed,
    result,
    said,
)

PART = 510


def refunded(amount: int = PART, refund_id: str = "9") -> Message:
    return said(
        OrderRefunded,
        f"refunded {refund_id}",
        shop="uk",
        order_id="536365",
        refund_id=refund_id,
        amount=amount,
        currency="GBP",
    )


def done(kind: str, refund_id: str = "9", minor: int | None = None, **values: str) -> Message:
    """The result of a command of a refund."""
    answer = result(kind, minor=minor, **values)
    assert isinstance(answer, Result)
    command = message_id(kind, KEY, f"refund {refund_id}")
    return answer.model_copy(update={"id": f"{kind} {refund_id}", "command_id": command})


def goods(*lines: tuple[str, int, int], refund_id: str = "9") -> Message:
    """The shop tells which goods a refund is of: order line, pieces, amount."""
    told = [
        {"line_id": line, "item": "22752", "quantity": pieces, "amount": amount}
        for line, pieces, amount in lines
    ]
    return done(ReadRefund.type, refund_id, lines=json.dumps(told))


READ = goods(("1", 2, PART))
GIVEN = done(Refund.type, minor=PART, id="TRN_R1", status="CAPTURED")
RETURNED = done(CreateReturn.type, REPN="77")
CREDITED = said(
    CreditNoteIssued,
    "credited",
    m3_order="0010000001",
    invoice_number="900002",
    invoice_year=2026,
    customer_number="W17850",
    amount=PART,
    currency="GBP",
    return_number="77",
)
REPAID = result(RecordPayment.type, step="credit 900002")
RETURN = [refunded(), READ, GIVEN, RETURNED, CREDITED, REPAID]


def test_a_return_gives_money_goods_and_credit_back_once() -> None:
    world = World().tell([*STORY, *RETURN])

    assert world.status() is Status.CLOSED
    (back,) = world.of(Refund)
    assert (back.transaction_id, back.amount, back.captured) == (TRN, PART, TOTAL)
    (returned,) = world.of(CreateReturn)
    (line,) = returned.lines
    assert (returned.m3_order, line.item, line.quantity) == ("0010000001", "22752", 2)
    assert (line.unit_price, line.order_line) == ("2.55", "")
    repaid = [m for m in world.of(RecordPayment) if m.amount < 0]
    assert [(m.invoice_number, m.amount, m.transaction_id) for m in repaid] == [
        ("900002", -PART, "TRN_R1")
    ]
    assert (world.state.refunded, world.state.refunding) == (PART, False)
    assert not world.of(Exceptional)


def test_m3s_own_line_is_named_where_m3_has_told_it() -> None:
    entered = result("m3.create_order", ORNO="0010000001", STAT="22", PONR="3")
    story = [entered if m.id == STORY[4].id else m for m in STORY]
    (returned,) = World().tell([*story, *RETURN]).of(CreateReturn)
    assert returned.lines[0].order_line == "3"


def test_a_line_whose_number_m3_has_not_told_is_not_cancelled() -> None:
    entered = result("m3.create_order", ORNO="0010000001", STAT="22", PONR="")
    story = [entered if m.id == STORY[4].id else m for m in STORY[:5]]
    world = World().tell([*story, refunded(TOTAL), goods(("1", 8, TOTAL))])
    assert not world.of(CancelLines)


def test_a_return_before_its_capture_waits_for_it() -> None:
    world = World().tell([*STORY[:5], refunded(), READ])
    assert world.of(ReadRefund)
    assert not world.of(Refund)
    assert not world.of(CreateReturn)
    assert world.state.refunding

    world.tell(STORY[5:])

    assert [m.amount for m in world.of(Refund)] == [PART]
    assert len(world.of(CreateReturn)) == 1


@pytest.mark.parametrize("before", [True, False])
def test_a_refund_of_a_declined_order_is_a_case_for_no_money_was_taken(before: bool) -> None:
    back = [refunded(), READ]
    world = World().tell([STORY[0], *(back if before else []), DECLINED, *back])

    assert world.status() is Status.DECLINED
    (case,) = world.of(Exceptional)
    assert (case.kind, case.minor_units, case.currency) == ("refund without payment", PART, "GBP")
    assert not world.of(Refund)
    assert not world.of(CreateReturn)


def test_the_shop_is_told_of_it_without_moving_money_again() -> None:
    world = World().tell(STORY).pause().tell(RETURN).pause()
    told = world.of(UpdateOrder)[-1]
    assert told.note == "5.10 GBP given back: TRN_R1. M3 return 77, credit note 900002."
    assert told.status == ""


def test_an_order_that_went_back_whole_is_refunded_in_the_shop() -> None:
    whole = [
        refunded(TOTAL),
        goods(("1", 8, TOTAL)),
        done(Refund.type, minor=TOTAL, id=TRN, status="REVERSED"),
        RETURNED,
        CREDITED.model_copy(update={"amount": TOTAL}),
        REPAID,
    ]
    world = World().tell(STORY).pause().tell(whole).pause()
    assert world.of(UpdateOrder)[-1].status == "refunded"


def test_never_more_goes_back_than_was_captured() -> None:
    reads = [goods(("1", 7, TOTAL - 10)), goods(("1", 1, 20), refund_id="10")]
    world = World().tell([*STORY, refunded(TOTAL - 10, "9"), refunded(20, "10"), *reads])
    assert [m.amount for m in world.of(Refund)] == [TOTAL - 10]
    (case,) = world.of(Exceptional)
    assert (case.kind, case.minor_units) == ("refund too large", 20)


def test_two_returns_go_their_own_ways() -> None:
    reads = [goods(("1", 1, 100), refund_id="1"), goods(("1", 1, 200), refund_id="2")]
    world = World().tell([*STORY, refunded(100, "1"), refunded(200, "2"), *reads])
    assert [(m.amount, m.captured) for m in world.of(Refund)] == [(100, TOTAL), (200, TOTAL - 100)]
    world.tell([done(Refund.type, "2", minor=200, id="TRN_R2", status="CAPTURED")])
    assert world.state.refunds["1"].given == 0
    assert world.state.refunds["2"].given == 200


def test_money_that_the_shop_has_moved_itself_is_not_moved_again() -> None:
    lines = [{"line_id": "1", "item": "22752", "quantity": 2, "amount": PART}]
    read = done(ReadRefund.type, lines=json.dumps(lines), refunded_payment="true")
    world = World().tell([*STORY, refunded(), read, RETURNED, CREDITED, REPAID])
    assert not world.of(Refund)
    assert (world.state.refunded, world.state.refunding) == (PART, False)
    repaid = [m for m in world.of(RecordPayment) if m.amount < 0]
    assert [(m.amount, m.transaction_id) for m in repaid] == [(-PART, TRN)]


@pytest.mark.parametrize("rows", [(), (("1", 1, PART - 99),)], ids=["alone", "with goods"])
def test_freight_that_is_given_back_is_credited_in_m3(
    rows: tuple[tuple[str, int, int], ...],
) -> None:
    freight = {
        "kind": "freight",
        "code": "POST",
        "name": "Post",
        "amount": PART if not rows else 99,
    }
    read = goods(*rows)
    assert isinstance(read, Result)
    read = read.model_copy(update={"values": {**read.values, "charges": json.dumps([freight])}})
    world = World().tell([*STORY, refunded(), read, GIVEN, RETURNED, CREDITED, REPAID])
    (returned,) = world.of(CreateReturn)
    assert [(c.code, c.amount) for c in returned.charges] == [("POST", freight["amount"])]
    assert len(returned.lines) == len(rows)
    assert [m.amount for m in world.of(RecordPayment)] == [TOTAL, -PART]
    assert (world.state.refunded, world.state.refunding) == (PART, False)
    assert not world.of(Exceptional)


def test_money_without_goods_is_a_case_for_m3() -> None:
    world = World().tell([*STORY, refunded(), goods()])
    assert [(c.kind, c.minor_units) for c in world.of(Exceptional)] == [
        ("refund without goods", PART)
    ]
    assert not world.of(CreateReturn)
    assert [m.amount for m in world.of(Refund)] == [PART]


def test_a_line_without_a_price_of_one_piece_is_a_case() -> None:
    """Six decimals of a price of one do not give 1.99 for 100,003 pieces."""
    world = World().tell([*STORY, refunded(199), goods(("1", 100_003, 199))])
    assert [c.kind for c in world.of(Exceptional)] == ["refund without price"]
    assert not world.of(CreateReturn)


def test_freight_alone_that_is_given_back_cancels_nothing() -> None:
    order = placed().model_copy(update={"lines": ()})
    world = World().tell([order, *STORY[1:5], refunded(TOTAL), goods()])
    assert world.status() is Status.CONFIRMED
    assert not world.of(CancelOrder)


def test_a_credit_note_of_another_amount_is_a_case_and_settles_nothing() -> None:
    other = CREDITED.model_copy(update={"amount": PART - 1})
    world = World().tell([*STORY, *RETURN[:4], other])
    assert [c.kind for c in world.of(Exceptional)] == ["refund difference"]
    assert all(m.amount > 0 for m in world.of(RecordPayment))


def test_a_refused_refund_is_a_case_with_its_reason() -> None:
    refusal = done(Refund.type).model_copy(
        update={"outcome": "rejected", "reason": "above the ceiling", "id": "refused"}
    )
    world = World().tell([*STORY, refunded(), READ, refusal])
    (case,) = world.of(Exceptional)
    assert (case.kind, case.reason) == ("heartland.refund 9 refused", "above the ceiling")
    assert world.tell([GIVEN]).state.refunded == PART, "a repair goes on"


def test_a_return_that_takes_too_long_is_a_case_once() -> None:
    world = World().tell([*STORY, refunded()]).pause()
    assert world.kept is not None
    due = world.kept.wake_at
    assert due is not None
    world.wake(due).wake(due + 1)
    assert [c.kind for c in world.of(Exceptional)] == ["refund late"]


def may_come(message: Message, world: World) -> bool:
    """A credit note follows the return."""
    return message is not CREDITED or bool(world.of(CreateReturn))


@settings(max_examples=300, deadline=None)
@given(st.permutations([*STORY, *RETURN]), st.lists(st.sampled_from(RETURN), max_size=6))
def test_any_order_and_any_repetition_gives_back_once(
    order: list[Message], again: list[Message]
) -> None:
    world = World().tell_in_turn(order, may_come).tell(again)
    payment = world.state.payment
    assert world.status() is Status.CLOSED
    assert (world.state.refunded, world.state.refunding) == (PART, False)
    assert sum(m.amount for m in world.of(Refund)) == PART <= payment.captured
    assert sum(m.amount for m in world.of(RecordPayment)) == TOTAL - PART
    assert len(world.of(CreateReturn)) == len(world.of(ReadRefund)) == 1


@pytest.mark.parametrize("cut", range(1, len(RETURN)))
def test_money_is_conserved_at_each_step(cut: int) -> None:
    world = World().tell([*STORY, *RETURN[:cut]])
    state = world.state
    assert state.payment.authorized >= state.payment.captured >= state.refunded >= 0


def test_every_step_adds_to_what_is_known() -> None:
    seen = [World().tell([*STORY, *RETURN[:cut]]).state.refunds["9"] for cut in range(1, 7)]
    assert all(len(a.steps) <= len(b.steps) for a, b in pairwise(seen))
