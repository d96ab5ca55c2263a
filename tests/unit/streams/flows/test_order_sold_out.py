"""Orders of a shop that takes no backorders: nothing goes on before the stock is there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.message import Message
from streams.flows.order.flow import order_flow
from streams.flows.order.state import OrderState, Status
from streams.flows.policy import Policy, ShopPolicy
from streams.flows.stock.flow import stock_flow
from streams.flows.stock.state import StockState
from streams.messages.heartland import Authorize, Reverse
from streams.messages.m3 import CreateOrder
from streams.messages.ops import Exceptional
from streams.messages.order import OrderPlaced
from streams.messages.parts import Line
from streams.messages.shop import UpdateOrder
from streams.messages.stock import StockAnswered, StockReserved, StockUnsure
from tests.unit.streams.flows.played import reported
from tests.unit.streams.flows.story import (
    AUTHORIZED,
    CUSTOMER,
    DECLINED,
    ENTERED,
    NOTIFIED,
    STORY,
    TOTAL,
    World,
    placed,
    result,
    said,
)

POLICY = Policy(shops={"uk": ShopPolicy(oversell="refuse")})


def world() -> World:
    return World(order_flow(POLICY))


ASKED = {"22752": 8, "85123A": 1}


def answered(pieces: int, item: str = "22752") -> Message:
    asked = ASKED[item]
    return said(StockAnswered, item, item=item, warehouse="001", asked=asked, quantity=pieces)


GRANTED, REFUSED = answered(8), answered(0)


def two_items() -> Message:
    order = placed()
    assert isinstance(order, OrderPlaced)
    second = Line(line_id="2", item="85123A", name="HEART", quantity=1, unit_price="0", amount=0)
    return order.model_copy(update={"lines": (*order.lines, second)})


def claims(world: World) -> dict[str, int]:
    return {m.item: m.quantity for m in world.of(StockReserved)}


def assert_sold_out(world: World) -> None:
    assert world.status() is Status.SOLD_OUT
    assert not any(claims(world).values())
    assert not world.of(CreateOrder)
    assert not world.of(Exceptional)
    assert sum(m.amount for m in world.of(Reverse)) == world.state.payment.authorized


def test_a_shop_that_takes_backorders_asks_nobody() -> None:
    told = World().tell(STORY)
    assert told.status() is Status.CLOSED
    assert not any(m.asks for m in told.of(StockReserved))


def test_the_order_waits_for_its_stock_before_m3_is_asked() -> None:
    waiting = world().tell([placed(), AUTHORIZED, CUSTOMER])
    assert [m.asks for m in waiting.of(StockReserved)] == [True]
    assert not waiting.of(CreateOrder)
    waiting.tell([GRANTED])
    assert waiting.status() is Status.AUTHORIZED
    assert len(waiting.of(CreateOrder)) == 1


def test_a_claim_ends_by_itself_one_day() -> None:
    claims = world().tell([STORY[0], GRANTED, *STORY[1:]]).of(StockReserved)
    assert [m.until for m in claims] == [1_000 + POLICY.claim_ms, 0]


def test_the_order_waits_for_every_item() -> None:
    waiting = world().tell([two_items(), AUTHORIZED, CUSTOMER, GRANTED])
    assert waiting.status() is Status.PLACED
    waiting.tell([answered(1, "85123A")])
    assert waiting.status() is Status.AUTHORIZED


def test_an_item_that_is_gone_ends_the_order_and_frees_the_others() -> None:
    ended = world().tell([two_items(), AUTHORIZED, CUSTOMER, GRANTED, answered(0, "85123A")])
    assert_sold_out(ended.pause())
    assert [m.amount for m in ended.of(Reverse)] == [TOTAL]
    (told,) = ended.of(UpdateOrder)
    assert told.status == "failed"
    assert "HEART" in told.note
    assert "22752" not in told.note


def test_money_that_comes_after_the_refusal_is_let_go() -> None:
    ended = world().tell([placed(), CUSTOMER, REFUSED])
    assert not ended.of(Reverse)
    assert_sold_out(ended.tell([AUTHORIZED, NOTIFIED]))
    assert [m.amount for m in ended.of(Reverse)] == [TOTAL]


def test_a_customer_that_m3_refuses_does_not_keep_a_sold_out_order_open() -> None:
    refusal = result("m3.ensure_customer", "rejected")
    open_ = world().tell([placed(), AUTHORIZED, refusal])
    assert open_.status() is Status.REFUSED
    assert open_.tell([REFUSED]).status() is Status.SOLD_OUT
    assert not any(claims(open_).values())
    assert [m.amount for m in open_.of(Reverse)] == [TOTAL]


def test_what_was_shipped_is_released_with_the_time_at_which_it_left() -> None:
    """So that it is not sold again before M3's balance says that it is gone."""
    ended = world().tell([STORY[0], GRANTED, *STORY[1:]])
    assert [(m.quantity, m.left_at) for m in ended.of(StockReserved)] == [(8, 0), (0, 1_000)]


def taken(update: UpdateOrder) -> Message:
    """The shop has taken what it was told."""
    done = result(UpdateOrder.type)
    return done.model_copy(update={"id": f"taken {update.id}", "command_id": update.id})


def test_a_status_in_the_shop_lets_its_stock_be_told_again() -> None:
    """The shop takes the pieces off its own figure then, after it was told without them."""
    going = world().tell([two_items(), AUTHORIZED, CUSTOMER, GRANTED, answered(1, "85123A")])
    (processing,) = going.pause().of(UpdateOrder)
    assert not going.of(StockUnsure)
    going.tell([taken(processing), taken(processing)])
    assert [(m.key, m.shop) for m in going.of(StockUnsure)] == [
        ("22752@001", "uk"),
        ("85123A@001", "uk"),
    ]
    (number,) = going.tell([ENTERED]).pause().of(UpdateOrder)[1:]
    going.tell([taken(number)])
    assert number.status == ""
    assert len(going.of(StockUnsure)) == 2


def test_a_shop_that_takes_backorders_is_not_told_again() -> None:
    going = World().tell(STORY[:4]).pause()
    (processing,) = going.of(UpdateOrder)
    assert not going.tell([taken(processing)]).of(StockUnsure)


def paid_anew() -> Message:
    order = placed()
    assert isinstance(order, OrderPlaced)
    return order.model_copy(update={"id": "anew", "payment_token": "PMT_2", "modified_at": 2_000})


AUTHORIZED_ANEW = result(
    "heartland.authorize", step="attempt 1", id="TRN_2", status="PREAUTHORIZED", minor=TOTAL
)


def test_an_order_whose_payment_was_refused_keeps_its_stock_for_another_payment() -> None:
    refused = result("heartland.authorize", "rejected")
    world_ = world().tell([placed(), GRANTED, CUSTOMER, refused])
    assert world_.status() is Status.REFUSED
    assert world_.tell([paid_anew(), AUTHORIZED_ANEW]).status() is Status.AUTHORIZED
    assert claims(world_) == {"22752": 8}


def test_a_declined_order_that_is_paid_anew_must_get_its_stock_again() -> None:
    """It has given it back; by now it may be sold."""
    declined = world().tell([placed(), GRANTED, CUSTOMER, DECLINED])
    assert claims(declined) == {"22752": 0}
    anew = declined.tell([paid_anew(), AUTHORIZED_ANEW])
    assert anew.status() is Status.PLACED
    assert [m.asks for m in anew.of(StockReserved)] == [True, False, True]
    gone = REFUSED.model_copy(update={"id": "of the second claim"})
    assert_sold_out(anew.tell([gone]))


def test_a_customer_who_pays_what_is_sold_out_is_a_case_and_not_charged() -> None:
    anew = placed().model_copy(update={"id": "paid anew", "modified_at": 5})
    ended = world().tell([placed(), AUTHORIZED, REFUSED]).pause().tell([anew]).pause()
    assert ended.status() is Status.SOLD_OUT
    assert [m.amount for m in ended.of(Authorize)] == [TOTAL]
    assert [m.kind for m in ended.of(Exceptional)] == ["paid anew"]
    first, again = ended.of(UpdateOrder)
    assert (first.attempt, first.status, again.status) == ("1", "failed", "failed")


def test_a_declined_order_stays_declined() -> None:
    ended = world().tell([placed(), DECLINED, REFUSED])
    assert ended.status() is Status.DECLINED
    assert not ended.of(Reverse)


def test_an_answer_to_what_is_not_asked_for_any_more_is_none() -> None:
    """The order was changed while it was on its way."""
    assert isinstance(GRANTED, StockAnswered)
    former = GRANTED.model_copy(update={"id": "former", "asked": 5, "quantity": 5})
    waiting = world().tell([placed(), AUTHORIZED, CUSTOMER, former])
    assert waiting.status() is Status.PLACED
    assert waiting.tell([GRANTED]).status() is Status.AUTHORIZED


def test_only_the_first_answer_counts() -> None:
    late = GRANTED.model_copy(update={"id": "another"})
    assert_sold_out(world().tell([placed(), REFUSED, late, AUTHORIZED, CUSTOMER]))


@settings(max_examples=200, deadline=None)
@given(st.permutations([*STORY, GRANTED]), st.lists(st.sampled_from([*STORY, GRANTED]), max_size=6))
def test_any_order_and_any_repetition_ends_alike(
    order: list[Message], again: list[Message]
) -> None:
    told = world().tell_in_turn([*order, *again])
    assert told.status() is Status.CLOSED
    assert len(told.times) == len(told.sent), "no message is sent twice by new decisions"


NO_STOCK = [placed(), AUTHORIZED, NOTIFIED, CUSTOMER, REFUSED]


@settings(max_examples=200, deadline=None)
@given(st.permutations(NO_STOCK), st.lists(st.sampled_from(NO_STOCK), max_size=6))
def test_a_refusal_in_any_order_leaves_nothing(order: list[Message], again: list[Message]) -> None:
    told = world().tell_in_turn([*order, *again])
    assert_sold_out(told)
    assert len(told.of(Authorize)) == 1
    assert len(told.times) == len(told.sent)


@pytest.mark.parametrize("on_hand", [8, 7])
def test_the_two_flows_agree(on_hand: int) -> None:
    """What the order claims reaches the stock's flow, whose answer takes the order on."""
    stock, state = stock_flow(POLICY), StockState()
    decided = stock.decide(state, reported(on_hand, 1))
    told = world().tell([placed(), AUTHORIZED, CUSTOMER])
    (claim,) = told.of(StockReserved)
    decided = stock.decide(decided.state, claim)
    told.tell(decided.out)
    assert told.status() is (Status.AUTHORIZED if on_hand >= 8 else Status.SOLD_OUT)
    assert isinstance(told.state, OrderState)
    for release in told.of(StockReserved)[1:]:
        decided = stock.decide(decided.state, release)
    assert decided.state.claims == ({told.state.key: 8} if on_hand >= 8 else {})
