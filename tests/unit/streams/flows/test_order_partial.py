"""What an issuer approves in part is completed or let go, by the shop's rule."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.message import Message
from streams.flows.order.flow import order_flow
from streams.flows.order.state import Status
from streams.flows.policy import Policy, ShopPolicy
from streams.messages.heartland import Authorize, Capture, Increment, Refund, Reverse
from streams.messages.m3 import CreateOrder
from streams.messages.ops import Exceptional
from streams.messages.order import OrderCancelled
from streams.messages.payment import PaymentNotified
from streams.messages.shop import UpdateOrder
from streams.messages.stock import StockReserved
from tests.unit.streams.flows.story import (
    CAPTURED,
    CUSTOMER,
    ENTERED,
    INVOICED,
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
from tests.unit.streams.flows.test_order_payments import ANEW, APPROVED

COMPLETES = order_flow(Policy(shops={"uk": ShopPolicy(partial_approval="complete")}))
PART = result("heartland.authorize", id=TRN, status="PREAUTHORIZED", minor=500)


def rest(
    outcome: str = "done", minor: int = TOTAL, *, of: str = TRN, status: str = "PREAUTHORIZED"
) -> Message:
    """What comes of asking for the rest; of a decline `minor` stays what it was."""
    said = {} if minor == TOTAL else {"result": "101", "message": "Not sufficient fund"}
    told = {"id": of, "status": status, **said} if outcome == "done" else {}
    return result(Increment.type, outcome, minor if told else None, of, **told)


def in_part() -> World:
    return World(COMPLETES).tell([placed(), CUSTOMER, PART])


def let_go(world: World) -> list[tuple[str, int]]:
    return [(gone.transaction_id, gone.amount) for gone in world.of(Reverse)]


def test_an_approval_of_a_part_is_let_go_and_counts_as_declined() -> None:
    world = World().tell([placed(), CUSTOMER, PART]).pause()
    assert [a.partial for a in world.of(Authorize)] == [False]
    assert world.status() is Status.DECLINED
    assert [(r.transaction_id, r.amount) for r in world.of(Reverse)] == [(TRN, 500)]
    assert "only 5.00 GBP of 20.40 GBP was approved" in world.of(UpdateOrder)[-1].note
    assert not world.of(CreateOrder)


def test_the_rest_of_a_part_is_asked_for_and_the_order_goes_on() -> None:
    world = in_part()
    assert [a.partial for a in world.of(Authorize)] == [True]
    assert [(i.transaction_id, i.amount, i.authorized) for i in world.of(Increment)] == [
        (TRN, TOTAL - 500, 500)
    ]
    assert world.status() is Status.PLACED
    assert not world.of(CreateOrder), "nothing goes on before the whole is authorized"

    world.tell([rest(), ENTERED, SHIPPED, CAPTURED, INVOICED, SETTLED])

    assert world.status() is Status.CLOSED
    assert [(c.transaction_id, c.amount) for c in world.of(Capture)] == [(TRN, TOTAL)]
    assert not world.of(Reverse)
    assert not world.of(Exceptional)


def test_a_completed_authorization_is_captured_in_parts_too() -> None:
    shop = ShopPolicy(partial_approval="complete", multiple_captures=True)
    world = World(order_flow(Policy(shops={"uk": shop})))
    world.tell([placed(), CUSTOMER, PART, rest(), ENTERED, SHIPPED])
    assert [(a.capture_mode, a.partial) for a in world.of(Authorize)] == [("MULTIPLE", True)]
    assert [(c.amount, c.sequence) for c in world.of(Capture)] == [(TOTAL, "LAST")]


@pytest.mark.parametrize(
    ("answer", "held", "why"),
    [
        (rest(minor=500), 500, "Not sufficient fund (101)"),
        (rest(minor=900), 900, "only 9.00 GBP of 20.40 GBP"),
        (rest("rejected"), 500, "item does not exist"),
    ],
    ids=["declined", "approved in part again", "refused"],
)
def test_a_part_whose_rest_is_not_approved_is_let_go_and_the_customer_pays_anew(
    answer: Message, held: int, why: str
) -> None:
    world = in_part().tell([answer]).pause()
    assert world.status() is Status.DECLINED
    assert let_go(world) == [(TRN, held)]
    told = world.of(UpdateOrder)[-1]
    assert told.status == "failed"
    assert why in told.note
    assert not world.of(CreateOrder)
    assert {m.item: m.quantity for m in world.of(StockReserved)} == {"22752": 0}

    world.tell([ANEW, APPROVED, ENTERED, SHIPPED])

    assert [(c.transaction_id, c.amount) for c in world.of(Capture)] == [("TRN_2", TOTAL)]
    assert len(world.of(Increment)) == 1


def test_a_new_attempt_can_be_approved_in_part_as_well() -> None:
    world = in_part().tell([rest(minor=500), ANEW])
    part = result(
        "heartland.authorize", step="attempt 1", id="TRN_2", status="PREAUTHORIZED", minor=600
    )
    world.tell([part, rest(of="TRN_2"), ENTERED, SHIPPED])
    assert [i.authorized for i in world.of(Increment)] == [500, 600]
    assert [c.transaction_id for c in world.of(Capture)] == ["TRN_2"]
    assert let_go(world) == [(TRN, 500)]


def test_money_that_is_taken_at_once_is_not_asked_for_in_part() -> None:
    flow = order_flow(Policy(shops={"uk": ShopPolicy("order", partial_approval="complete")}))
    world = World(flow).tell([placed(), CUSTOMER])
    assert [(a.capture_mode, a.partial) for a in world.of(Authorize)] == [("AUTO", False)]


def test_a_part_that_is_captured_goes_back_and_counts_as_declined() -> None:
    """It cannot be raised any more."""
    flow = order_flow(Policy(shops={"uk": ShopPolicy("order", partial_approval="complete")}))
    captured = result("heartland.authorize", id=TRN, status="CAPTURED", minor=500)
    world = World(flow).tell([placed(), CUSTOMER, captured]).pause()
    assert world.status() is Status.DECLINED
    assert [(r.transaction_id, r.amount, r.captured) for r in world.of(Refund)] == [(TRN, 500, 500)]
    assert not world.of(Increment)
    assert not world.of(Reverse)
    assert "only 5.00 GBP of 20.40 GBP was approved, and is given back" in world.notes()[-1][1]


def notified(amount: int, status: str = "PREAUTHORIZED") -> Message:
    return said(
        PaymentNotified,
        f"{status} {amount}",
        transaction_id=TRN,
        status=status,
        amount=amount,
        currency="GBP",
    )


def test_a_notification_may_tell_of_the_part_and_of_the_rest_before_the_answers() -> None:
    world = World(COMPLETES).tell([placed(), CUSTOMER, notified(500), PART, notified(TOTAL)])
    assert world.status() is Status.AUTHORIZED
    world.tell([rest(), ENTERED])
    assert world.status() is Status.CONFIRMED
    assert len(world.of(Increment)) == 1


def test_a_late_word_of_the_part_changes_nothing() -> None:
    world = in_part().tell([rest(), notified(500), ENTERED, notified(500), SHIPPED, notified(500)])
    assert world.state.payment.authorized == TOTAL
    assert [c.amount for c in world.of(Capture)] == [TOTAL]
    declined = in_part().tell([rest(minor=500), notified(500)])
    assert declined.status() is Status.DECLINED
    assert let_go(declined) == [(TRN, 500)]


def cancelled(at: int = 1_500) -> Message:
    return said(OrderCancelled, f"gone {at}", shop="uk", order_id="536365", occurred_at=at)


@pytest.mark.parametrize(
    ("answer", "held"), [(rest(), TOTAL), (rest(minor=500), 500), (rest("rejected"), 500)]
)
def test_what_is_cancelled_meanwhile_is_let_go_when_it_is_known_how_much_it_is(
    answer: Message, held: int
) -> None:
    world = in_part().tell([cancelled()])
    assert world.status() is Status.CANCELLED
    assert not let_go(world), "nobody knows yet what is authorized"
    world.tell([answer])
    assert let_go(world) == [(TRN, held)]
    assert world.status() is Status.CANCELLED


@pytest.mark.parametrize(
    ("answer", "held"), [(rest(), TOTAL), (rest(minor=500), 500), (rest("rejected"), 500)]
)
def test_a_former_attempts_rest_that_comes_late_is_let_go_too(answer: Message, held: int) -> None:
    world = in_part().tell([cancelled(), ANEW, APPROVED, answer, ENTERED, SHIPPED])
    assert let_go(world) == [(TRN, held)]
    assert [(c.transaction_id, c.amount) for c in world.of(Capture)] == [("TRN_2", TOTAL)]


def test_every_attempt_that_is_cancelled_is_let_go_by_a_command_of_its_own() -> None:
    """By the same command's id a sink would take the second for done."""
    world = World(COMPLETES).tell([placed(), PART, cancelled(), rest(), ANEW, APPROVED])
    world.tell([cancelled(3_000)])
    assert world.status() is Status.CANCELLED
    assert let_go(world) == [(TRN, TOTAL), ("TRN_2", TOTAL)]


def test_a_shop_that_changes_its_rule_meanwhile_waits_for_the_answer() -> None:
    world = in_part()
    world.flow = order_flow(POLICY)
    world.tell([notified(500)])
    assert world.status() is Status.PLACED
    assert world.tell([rest()]).status() is Status.AUTHORIZED


COMPLETED = [STORY[0], PART, notified(500), rest(), *STORY[3:]]
UNMET = [placed(), CUSTOMER, PART, notified(500), rest(minor=500)]


@settings(max_examples=200, deadline=None)
@given(st.permutations(COMPLETED), st.lists(st.sampled_from(COMPLETED), max_size=8))
def test_any_order_and_any_repetition_completes_once(
    order: list[Message], again: list[Message]
) -> None:
    world = World(COMPLETES).tell_in_turn([*order, *again])
    assert world.status() is Status.CLOSED
    assert world.sent.keys() <= World(COMPLETES).tell(COMPLETED).sent.keys()
    assert len(world.times) == len(world.sent), "no message is sent twice by new decisions"


@settings(max_examples=100, deadline=None)
@given(st.permutations(UNMET), st.lists(st.sampled_from(UNMET), max_size=8))
def test_any_order_and_any_repetition_lets_the_part_go_once(
    order: list[Message], again: list[Message]
) -> None:
    world = World(COMPLETES).tell_in_turn([*order, *again])
    assert world.status() is Status.DECLINED
    assert let_go(world) == [(TRN, 500)]
    assert len(world.times) == len(world.sent)
