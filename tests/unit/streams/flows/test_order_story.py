"""The order's story over the pure flows, with the outside systems played by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.message import Command, Message
from streams.flows.order.flow import order_flow
from streams.flows.order.state import Status
from streams.flows.policy import Policy, ShopPolicy
from streams.messages.customer import CustomerKnown, CustomerNeeded
from streams.messages.fulfilment import SalesOrderAcknowledged
from streams.messages.heartland import Authorize, Capture, Reverse
from streams.messages.m3 import CreateOrder, RecordPayment
from streams.messages.ops import Exceptional, Result
from streams.messages.shop import UpdateOrder
from streams.messages.stock import StockReserved
from tests.unit.streams.flows.story import (
    AUTHORIZED,
    CAPTURED,
    CUSTOMER,
    DECLINED,
    ENTERED,
    INVOICED,
    NOTIFIED,
    POLICY,
    SETTLED,
    SHIPPED,
    STORY,
    TOTAL,
    TRN,
    World,
    placed,
    result,
    said,
)


def test_the_straight_story_closes_and_moves_the_money_once() -> None:
    world = World().tell(STORY)
    assert world.status() is Status.CLOSED
    assert [c.amount for c in world.of(Authorize)] == [TOTAL]
    assert [c.amount for c in world.of(Capture)] == [TOTAL]
    assert [c.amount for c in world.of(RecordPayment)] == [TOTAL]
    assert world.of(RecordPayment)[0].transaction_id == TRN


SENTENCES = [
    "20.40 GBP authorized: TRN_1.",
    "M3 order 0010000001.",
    "Shipped with DPD, parcel T1.",
    "M3 invoice 900001.",
    "Paid, delivered, invoiced and settled in M3.",
]


def test_each_step_is_told_to_the_shop() -> None:
    world = World()
    for message in STORY:
        world.tell([message]).pause()
    assert world.notes() == list(
        zip(["processing", "", "completed", "", ""], SENTENCES, strict=True)
    )


def test_steps_of_one_moment_are_told_together() -> None:
    world = World().tell(STORY).pause()
    assert world.notes() == [("completed", " ".join(SENTENCES))]
    (told,) = world.of(UpdateOrder)
    assert (told.transaction_id, told.m3_order, told.m3_invoice) == (TRN, "0010000001", "900001")
    assert (told.carrier, told.tracking) == ("DPD", "T1")


@settings(deadline=None)
@given(st.permutations(STORY), st.sets(st.integers(0, len(STORY) - 1)))
def test_each_step_is_told_once_whenever_the_pauses_come(
    order: list[Message], pauses: set[int]
) -> None:
    def pause(message: Message, world: World) -> bool:
        if STORY.index(message) in pauses and world.kept:
            world.pause()
        return True

    world = World().tell_in_turn(order, pause).pause().pause()
    told = " ".join(note for _, note in world.notes())
    sentences = [f"{TRN}.", *SENTENCES[1:]]
    assert [told.count(sentence) for sentence in sentences] == [1] * len(sentences)


def test_a_wake_up_before_the_pause_is_over_tells_nothing() -> None:
    world = World().tell(STORY[:4])
    assert world.state.tell_at is not None
    world.wake(world.state.tell_at - 1)
    assert world.notes() == []
    assert world.kept is not None
    assert world.kept.wake_at == world.state.tell_at


def test_after_a_crash_the_shop_is_told_the_same_again() -> None:
    """Kafka has the telling, but not the state; more has come before the wake-up is back."""
    world = World().tell(STORY[:4])
    before, due = world.kept, world.state.tell_at
    assert due is not None
    (told,) = world.wake(due).of(UpdateOrder)
    world.kept = before
    again = world.wake(due + 5).tell(STORY[4:]).pause()
    assert next(m.id for m in again.of(UpdateOrder)) == told.id
    assert again.times.count(told.id) == 2
    assert again.notes() == [
        ("processing", SENTENCES[0]),
        ("completed", " ".join(SENTENCES[1:])),
    ]


@settings(max_examples=300, deadline=None)
@given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=8))
def test_any_order_and_any_repetition_ends_alike(
    order: list[Message], again: list[Message]
) -> None:
    world = World().tell_in_turn([*order, *again])
    assert world.status() is Status.CLOSED
    straight = World().tell(STORY)
    assert world.sent.keys() <= straight.sent.keys()
    assert len(world.times) == len(world.sent), "no message is sent twice by new decisions"


def test_what_m3_has_is_not_kept_of_a_person() -> None:
    world = World().tell(STORY[:4])
    assert world.kept is not None
    assert "Byron" in world.kept.model_dump_json()
    world.tell([ENTERED])
    assert "Byron" not in world.kept.model_dump_json(exclude={"outbox"})
    assert world.state.total == TOTAL


def test_a_declined_order_leaves_no_m3_order_and_says_why() -> None:
    world = World().tell([placed(), CUSTOMER, DECLINED]).pause()
    assert world.status() is Status.DECLINED
    assert not world.of(CreateOrder)
    (told,) = world.of(UpdateOrder)
    assert told.status == "failed"
    assert "Not sufficient fund (101)" in told.note
    claims = {m.quantity for m in world.of(StockReserved)}
    assert claims == {8, 0}


def test_an_order_of_nothing_needs_no_payment() -> None:
    free = INVOICED.model_copy(update={"amount": 0})
    world = World().tell([placed(total=0), CUSTOMER, ENTERED, SHIPPED, free])
    assert world.status() is Status.CLOSED
    assert not world.of(Authorize)
    assert not world.of(RecordPayment)


def test_a_guest_is_entered_for_the_shops_guest_customer() -> None:
    world = World().tell([placed(customer_id=""), AUTHORIZED])
    assert world.of(CreateOrder)[0].customer_number == "GUEST"
    assert not world.of(CustomerNeeded)


def test_a_refused_order_waits_for_repair_and_goes_on() -> None:
    refusal = result("m3.create_order", "rejected")
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, refusal])
    assert world.status() is Status.REFUSED
    (case,) = world.of(Exceptional)
    assert (case.minor_units, case.currency) == (TOTAL, "GBP")
    assert "ITNO" in case.reason
    world.tell([ENTERED, SHIPPED, CAPTURED, INVOICED, SETTLED])
    assert world.status() is Status.CLOSED


def test_an_order_that_is_refused_again_is_a_case_again() -> None:
    unknown = said(CustomerKnown, "unknown", customer_number="", reason="M3 refused the customer")
    world = World().tell([placed(), AUTHORIZED, unknown]).pause()
    world.tell([CUSTOMER, result("m3.create_order", "rejected")]).pause()
    assert world.status() is Status.REFUSED
    assert [m.kind for m in world.of(Exceptional)] == ["refused", "refused"]
    assert [m.status for m in world.of(UpdateOrder)] == ["on-hold", "on-hold"]
    assert len(world.times) == len(world.sent)


def test_a_refused_order_that_nobody_repairs_is_undone() -> None:
    refusal = result("m3.create_order", "rejected")
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, refusal]).pause()
    assert world.kept is not None
    due = world.kept.wake_at
    assert due == 1_000 + POLICY.repair_ms
    world.wake(due)
    assert world.status() is Status.FAILED
    assert [m.amount for m in world.of(Reverse)] == [TOTAL]


def test_an_m3_order_after_the_money_was_let_go_is_a_case() -> None:
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, result("m3.create_order", "rejected")])
    world.wake(1_000 + POLICY.repair_ms).tell([ENTERED])
    assert world.status() is Status.FAILED
    assert [m.kind for m in world.of(Exceptional)] == ["refused", "undone"]
    assert not world.of(Capture)


def test_a_wait_past_its_deadline_is_a_case_once() -> None:
    world = World().tell([placed()])
    assert world.kept is not None
    due = world.kept.wake_at
    assert due is not None
    world.wake(due).wake(due + 1)
    assert [m.kind for m in world.of(Exceptional)] == ["late"]
    assert world.kept.wake_at is None


def test_an_invoice_of_another_amount_is_a_case_and_settles_nothing() -> None:
    other = INVOICED.model_copy(update={"amount": TOTAL - 1})
    world = World().tell([*STORY[:8], other])
    assert world.status() is Status.SHIPPED
    assert [m.kind for m in world.of(Exceptional)] == ["difference"]
    assert not world.of(RecordPayment)


def test_money_at_once_is_not_captured_again() -> None:
    flow = order_flow(Policy(shops={"uk": ShopPolicy(capture="order")}))
    paid = result("heartland.authorize", id=TRN, status="CAPTURED", minor=TOTAL)
    world = World(flow).tell([placed(), paid, CUSTOMER, ENTERED, SHIPPED, INVOICED, SETTLED])
    assert world.status() is Status.CLOSED
    assert world.of(Authorize)[0].capture_mode == "AUTO"
    assert not world.of(Capture)


def test_a_late_authorization_does_not_undo_a_capture() -> None:
    world = World().tell([*STORY[:1], CUSTOMER, AUTHORIZED, ENTERED, SHIPPED, CAPTURED, NOTIFIED])
    assert world.state.payment.captured == TOTAL


@pytest.mark.parametrize("cut", range(1, len(STORY)))
def test_commands_wait_in_the_outbox_until_their_result(cut: int) -> None:
    world = World().tell(STORY[:cut])
    answered = {m.command_id for m in STORY[:cut] if isinstance(m, Result)}
    commands = {m.id for m in world.of(Command)}
    assert world.kept is not None
    assert world.kept.outbox.keys() == commands - answered


def acknowledged(m3_order: str = "", reason: str = "") -> Message:
    return said(
        SalesOrderAcknowledged,
        f"acknowledged {m3_order}",
        command_id="c1",
        m3_order=m3_order,
        reason=reason,
        code="WIT0103" if reason else "",
    )


def test_an_order_that_only_ion_has_waits_until_m3_tells_of_it() -> None:
    on_its_way = result("m3.create_order", ORNO="", STAT="")
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, on_its_way])
    assert world.status() is Status.AUTHORIZED
    world.tell([acknowledged(m3_order="0010000001")])
    assert world.status() is Status.CONFIRMED


def test_an_order_that_m3_refuses_by_bod_is_refused_with_its_reason() -> None:
    on_its_way = result("m3.create_order", ORNO="", STAT="")
    refusal = acknowledged(reason="Item number 22752 does not exist")
    for order in ([on_its_way, refusal], [refusal, on_its_way]):
        world = World().tell([placed(), AUTHORIZED, CUSTOMER, *order])
        assert world.status() is Status.REFUSED
        assert "22752 does not exist" in world.of(Exceptional)[0].reason


def test_a_late_refusal_of_an_order_that_m3_has_changes_nothing() -> None:
    world = World().tell([*STORY, acknowledged(reason="Order exists already")])
    assert world.status() is Status.CLOSED
