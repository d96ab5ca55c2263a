"""How an order is paid, over the pure flow: checkouts, new attempts, renewals."""

from streams.core.message import Message
from streams.flows.checkout import checkout_flow
from streams.flows.order.flow import order_flow
from streams.flows.order.state import Status
from streams.flows.policy import DAY_MS, HOUR_MS, Policy, ShopPolicy
from streams.messages.heartland import Authorize, Capture, CheckPayment, Refund, Reverse
from streams.messages.m3 import CreateOrder
from streams.messages.ops import Exceptional, WakeUp
from streams.messages.order import OrderCancelled, OrderPlaced
from streams.messages.payment import PaymentClaimed, PaymentNotified, PaymentTaken
from streams.messages.shop import UpdateOrder
from streams.messages.stock import StockReserved
from tests.unit.streams.flows.story import (
    AUTHORIZED,
    CUSTOMER,
    DECLINED,
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

PAID = "TRN_PLUGIN"


def order(name: str = "placed", **fields: object) -> OrderPlaced:
    told = placed()
    assert isinstance(told, OrderPlaced)
    return told.model_copy(update={"id": name, **fields})


AT_CHECKOUT = order(payment_token="", transaction_id=PAID)
UNPAID = order("unpaid", payment_token="")


def checked(status: str) -> Message:
    return result(CheckPayment.type, id=PAID, status=status, minor=TOTAL)


def test_a_checkouts_authorization_is_captured_and_never_asked_for_again() -> None:
    world = World().tell([AT_CHECKOUT, CUSTOMER])
    (check,) = world.of(CheckPayment)
    assert (check.transaction_id, check.amount, check.currency) == (PAID, TOTAL, "GBP")
    assert [(c.key, c.order_key) for c in world.of(PaymentClaimed)] == [(PAID, world.state.key)]
    assert not world.of(CreateOrder), "nothing goes on before the money is seen"

    world.tell([checked("PREAUTHORIZED"), ENTERED, SHIPPED])

    assert not world.of(Authorize)
    assert [(c.transaction_id, c.amount) for c in world.of(Capture)] == [(PAID, TOTAL)]


def test_what_the_checkout_has_charged_is_not_captured_again() -> None:
    world = World().tell([AT_CHECKOUT, CUSTOMER, checked("CAPTURED"), ENTERED, SHIPPED])
    assert not world.of(Capture)
    assert world.tell([INVOICED, SETTLED]).status() is Status.CLOSED


def test_a_charge_of_an_order_that_is_cancelled_goes_back() -> None:
    world = World().tell([AT_CHECKOUT, CUSTOMER, checked("CAPTURED")])
    cancelled = said(OrderCancelled, "cancelled", shop="uk", order_id="536365")
    world.tell([cancelled, ENTERED, result("m3.cancel_order", ORNO="0010000001")])
    assert world.status() is Status.CANCELLED
    assert [(r.transaction_id, r.amount) for r in world.of(Refund)] == [(PAID, TOTAL)]
    assert not world.of(Reverse)
    given = result(Refund.type, id="TRN_BACK", status="CAPTURED", minor=TOTAL)
    assert world.tell([given]).state.refunded == TOTAL


def test_a_payment_of_another_amount_waits_for_a_person() -> None:
    world = World().tell([AT_CHECKOUT, CUSTOMER, result(CheckPayment.type, "rejected")])
    assert world.status() is Status.REFUSED
    assert [(c.kind, c.minor_units) for c in world.of(Exceptional)] == [("refused", TOTAL)]


def test_another_payment_of_a_refused_one_takes_the_order_on() -> None:
    world = World().tell([AT_CHECKOUT, CUSTOMER, result(CheckPayment.type, "rejected")])
    world.tell([order("again", payment_token="", transaction_id="TRN_2", modified_at=2)])
    assert world.status() is Status.PLACED
    assert [c.transaction_id for c in world.of(CheckPayment)] == [PAID, "TRN_2"]


def test_an_order_without_its_payment_waits_and_is_a_case_in_time() -> None:
    world = World().tell([UNPAID, CUSTOMER])
    assert not world.of(Authorize)
    assert world.kept is not None
    assert world.kept.wake_at == 1_000 + HOUR_MS
    world.wake(1_000 + HOUR_MS)
    (case,) = world.of(Exceptional)
    assert (case.kind, case.minor_units) == ("late", TOTAL)
    assert "neither a payment token nor a transaction" in case.reason
    assert world.tell([AT_CHECKOUT]).of(CheckPayment), "and goes on when it is paid after all"


def taken(status: str = "PREAUTHORIZED", amount: int = TOTAL) -> PaymentTaken:
    message = said(
        PaymentTaken,
        f"{status} {amount}",
        key=PAID,
        transaction_id=PAID,
        status=status,
        amount=amount,
        currency="GBP",
        order_reference="536365",
    )
    assert isinstance(message, PaymentTaken)
    return message


CLAIM = said(PaymentClaimed, "claim", key=PAID, transaction_id=PAID, order_key="uk-536365")


def woken(at: int) -> Message:
    return said(WakeUp, "wake", key=PAID, occurred_at=at, received_at=at)


def test_what_heartland_tells_of_a_checkouts_payment_reaches_its_order_in_any_order() -> None:
    for story in ([taken(), CLAIM], [CLAIM, taken()]):
        flow = checkout_flow(POLICY)
        out: list[Message] = []
        decision = flow.decide(None, story[0])
        for message in [story[1], taken("CAPTURED")]:
            out += decision.out
            decision = flow.decide(decision.state, message)
        out += decision.out
        assert [(m.key, m.status) for m in out if isinstance(m, PaymentNotified)] == [
            ("uk-536365", "PREAUTHORIZED"),
            ("uk-536365", "CAPTURED"),
        ]
        assert decision.wake_at is None


def test_a_payment_that_no_order_claims_is_a_case_with_its_money() -> None:
    flow = checkout_flow(POLICY)
    waiting = flow.decide(None, taken())
    assert waiting.wake_at == 1_000 + HOUR_MS
    (case,) = flow.decide(waiting.state, woken(1_000 + HOUR_MS)).out
    assert isinstance(case, Exceptional)
    assert (case.kind, case.minor_units, case.currency) == ("payment without order", TOTAL, "GBP")
    assert "536365" in case.reason


def test_a_payment_that_was_let_go_is_no_case() -> None:
    flow = checkout_flow(POLICY)
    gone = taken("REVERSED").model_copy(update={"occurred_at": 2_000})
    state = flow.decide(flow.decide(None, taken()).state, gone).state
    assert flow.decide(state, woken(1_000 + HOUR_MS)).out == ()


ANEW = order("anew", payment_token="PMT_2", modified_at=2_000)
APPROVED = result(
    "heartland.authorize", step="attempt 1", id="TRN_2", status="PREAUTHORIZED", minor=TOTAL
)


def test_a_declined_order_revives_when_its_customer_pays_anew() -> None:
    world = World().tell([placed(), CUSTOMER, DECLINED]).pause()
    assert world.of(UpdateOrder)[-1].attempt == "1"
    world.tell([ANEW])
    assert world.status() is Status.PLACED
    assert [a.token for a in world.of(Authorize)] == ["PMT_1", "PMT_2"]
    assert {m.item: m.quantity for m in world.of(StockReserved)} == {"22752": 8}

    world.tell([APPROVED, ENTERED, SHIPPED])

    assert [(c.transaction_id, c.amount) for c in world.of(Capture)] == [("TRN_2", TOTAL)]


def test_a_cancelled_order_revives_when_its_customer_pays_after_all() -> None:
    """WooCommerce cancels what is unpaid for an hour; a late payment still makes it processing."""
    gone = said(OrderCancelled, "gone", shop="uk", order_id="536365", occurred_at=1_500)
    world = World().tell([UNPAID, CUSTOMER, gone])
    assert world.status() is Status.CANCELLED
    late = AT_CHECKOUT.model_copy(update={"modified_at": 2_000})
    world.tell([late, gone.model_copy(update={"id": "again"})])
    assert world.status() is Status.PLACED
    assert {m.item: m.quantity for m in world.of(StockReserved)} == {"22752": 8}
    paid = result(CheckPayment.type, step="attempt 1", id=PAID, status="CAPTURED", minor=TOTAL)
    world.tell([paid, ENTERED, SHIPPED, INVOICED, SETTLED])
    assert world.status() is Status.CLOSED
    assert not world.of(Reverse)


def test_a_cancelled_order_that_is_taken_up_with_the_payment_that_was_let_go_is_a_case() -> None:
    gone = said(OrderCancelled, "gone", shop="uk", order_id="536365", occurred_at=1_500)
    world = World().tell([AT_CHECKOUT, CUSTOMER, gone])
    world.tell([AT_CHECKOUT.model_copy(update={"id": "up", "modified_at": 2_000})]).pause()
    assert world.status() is Status.CANCELLED
    assert [c.kind for c in world.of(Exceptional)] == ["paid anew"]
    assert world.of(UpdateOrder)[-1].status == "cancelled"
    world.tell([checked("PREAUTHORIZED")])
    assert [r.transaction_id for r in world.of(Reverse)] == [PAID]


def test_what_was_told_before_a_cancellation_does_not_revive_it() -> None:
    gone = said(OrderCancelled, "gone", shop="uk", order_id="536365", occurred_at=1_500)
    earlier = AT_CHECKOUT.model_copy(update={"modified_at": 1_400})
    assert World().tell([UNPAID, CUSTOMER, gone, earlier]).status() is Status.CANCELLED


def test_a_late_word_of_the_declined_attempt_changes_nothing() -> None:
    late = said(
        PaymentNotified,
        "declined",
        transaction_id=TRN,
        status="DECLINED",
        amount=0,
        currency="",
    )
    world = World().tell([placed(), CUSTOMER, DECLINED, ANEW, late])
    assert world.status() is Status.PLACED
    assert world.tell([APPROVED]).status() is Status.AUTHORIZED


def test_a_notification_of_an_attempt_nobody_knew_of_is_not_taken_for_the_next_one() -> None:
    """Cancelled before the first authorization was answered, then paid anew."""
    gone = said(OrderCancelled, "gone", shop="uk", order_id="536365", occurred_at=1_500)
    world = World().tell([placed(), CUSTOMER, gone, ANEW])
    first = said(
        PaymentNotified,
        "first",
        transaction_id=TRN,
        status="PREAUTHORIZED",
        amount=TOTAL,
        currency="GBP",
        reference=world.of(Authorize)[0].id,
    )
    world.tell([first, AUTHORIZED, APPROVED])
    assert world.state.payment.transaction_id == "TRN_2"
    assert [(r.transaction_id, r.amount) for r in world.of(Reverse)] == [(TRN, TOTAL)]


def test_an_attempt_can_be_declined_again() -> None:
    again = result("heartland.authorize", step="attempt 1", id="TRN_2", status="DECLINED", minor=0)
    world = World().tell([placed(), CUSTOMER, DECLINED]).pause().tell([ANEW, again]).pause()
    assert world.status() is Status.DECLINED
    assert [t.attempt for t in world.of(UpdateOrder)] == ["1", "2"]
    assert {m.item: m.quantity for m in world.of(StockReserved)} == {"22752": 0}


def test_an_authorization_is_renewed_a_day_before_its_end() -> None:
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, ENTERED])
    due = 1_000 + 6 * DAY_MS
    world.pause().wake(due)
    assert [(a.token, a.amount) for a in world.of(Authorize)] == [("PMT_1", TOTAL)] * 2
    again = result(
        "heartland.authorize", step="renewal 1", id="TRN_2", status="PREAUTHORIZED", minor=TOTAL
    )
    world.tell([again.model_copy(update={"occurred_at": due})])
    assert [(r.transaction_id, r.amount) for r in world.of(Reverse)] == [(TRN, TOTAL)]
    let_go = said(
        PaymentNotified, "gone", transaction_id=TRN, status="REVERSED", amount=TOTAL, currency="GBP"
    )
    world.tell([let_go, SHIPPED])
    assert [c.transaction_id for c in world.of(Capture)] == ["TRN_2"]
    assert not world.of(Exceptional)


def test_goods_that_leave_while_it_is_renewed_are_captured_once() -> None:
    world = World().tell([placed(), AUTHORIZED, CUSTOMER, ENTERED]).pause().wake(1_000 + 6 * DAY_MS)
    again = result(
        "heartland.authorize", step="renewal 1", id="TRN_2", status="PREAUTHORIZED", minor=TOTAL
    )
    world.tell([SHIPPED, again])
    assert [c.transaction_id for c in world.of(Capture)] == [TRN]
    assert [r.transaction_id for r in world.of(Reverse)] == ["TRN_2"]


def test_an_authorization_that_cannot_be_renewed_is_a_case_in_time() -> None:
    refused = result(
        "heartland.authorize", step="renewal 1", id="TRN_2", status="DECLINED", minor=0
    )
    by_tandem = World().tell([placed(), AUTHORIZED, CUSTOMER, ENTERED]).pause()
    by_tandem.wake(1_000 + 6 * DAY_MS).tell([refused])
    by_checkout = World().tell([AT_CHECKOUT, checked("PREAUTHORIZED"), CUSTOMER, ENTERED]).pause()
    by_checkout.wake(1_000 + 6 * DAY_MS)
    for world in (by_tandem, by_checkout):
        (case,) = world.of(Exceptional)
        assert (case.kind, case.minor_units) == ("authorization expires", TOTAL)
        assert not world.of(Reverse)


def test_no_token_is_kept_of_an_order_that_is_closed() -> None:
    world = World().tell(STORY[:6])
    assert world.state.payment.token == "PMT_1"
    world.tell(STORY[6:]).pause()
    assert world.kept is not None
    assert "PMT_1" not in world.kept.model_dump_json(exclude={"outbox"})


def test_nothing_is_renewed_once_it_is_captured_or_where_nobody_wants_it() -> None:
    world = World().tell(STORY).pause()
    assert world.kept is not None
    assert world.kept.wake_at is None
    never = order_flow(Policy(shops={"uk": ShopPolicy()}, authorization_days=0))
    waiting = World(never).tell([placed(), AUTHORIZED, CUSTOMER, ENTERED]).pause()
    assert len(waiting.wake(1_000 + 6 * DAY_MS).of(Authorize)) == 1
