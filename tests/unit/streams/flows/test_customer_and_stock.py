"""The customer's and the stock's flow."""

from typing import Any

import pytest

from streams.core.flow import Flow, Kept, Sent, Turn
from streams.core.message import Message, message_id
from streams.flows.customer import customer_flow
from streams.flows.policy import Policy, ShopPolicy
from streams.flows.stock import StockState, stock_flow
from streams.messages.customer import CustomerKnown, CustomerNeeded
from streams.messages.m3 import EnsureCustomer
from streams.messages.ops import Result, WakeUp
from streams.messages.parts import Address
from streams.messages.shop import UpdateStock
from streams.messages.stock import StockReported, StockReserved

POLICY = Policy(
    shops={"uk": ShopPolicy(), "de": ShopPolicy(warehouse="002"), "ie": ShopPolicy()},
    stock_pause_ms=300,
)


def said(cls: type[Message], name: str, key: str, **fields: object) -> Message:
    at = fields.pop("at", 1_000)
    return cls.model_validate(
        {
            "id": message_id(cls.type, name),
            "key": key,
            "occurred_at": at,
            "received_at": at,
            "source": "test",
            "correlation_id": key,
        }
        | fields
    )


def play(flow: Flow[Any], *messages: Message) -> list[tuple[Message, ...]]:
    state, out = None, []
    for message in messages:
        decision = flow.decide(state, message)
        state = decision.state
        out.append(decision.out)
    return out


def needed(order: str) -> Message:
    return said(
        CustomerNeeded,
        order,
        "uk-17850",
        order_key=order,
        shop="uk",
        customer_id="17850",
        currency="GBP",
        address=Address(),
    )


def ensured(number: str, outcome: str = "done") -> Message:
    values = {"CUNO": number} if number else {}
    return said(
        Result,
        f"{number}{outcome}",
        "uk-17850",
        command_id="1",
        command_type=EnsureCustomer.type,
        outcome=outcome,
        values=values,
        reason="" if number else "name too long",
    )


def test_an_unknown_customer_is_asked_for_once_and_all_orders_are_answered() -> None:
    out = play(
        customer_flow(POLICY), needed("uk-1"), needed("uk-2"), ensured("W17850"), needed("uk-3")
    )
    assert [type(m) for m in out[0]] == [EnsureCustomer]
    assert out[1] == ()
    assert {(m.key, m.customer_number) for m in out[2] if isinstance(m, CustomerKnown)} == {
        ("uk-1", "W17850"),
        ("uk-2", "W17850"),
    }
    (known,) = out[3]
    assert isinstance(known, CustomerKnown)
    assert (known.key, known.customer_number) == ("uk-3", "W17850")


def test_a_refused_customer_is_told_and_its_repair_as_well() -> None:
    out = play(customer_flow(POLICY), needed("uk-1"), ensured("", "rejected"), ensured("W17850"))
    (refused,), (repaired,) = out[1], out[2]
    assert isinstance(refused, CustomerKnown)
    assert isinstance(repaired, CustomerKnown)
    assert "name too long" in refused.reason
    assert (repaired.customer_number, repaired.reason) == ("W17850", "")
    assert refused.id != repaired.id


KEY = "22752@001"


def reported(on_hand: int, variation: int) -> Message:
    return said(
        StockReported,
        f"{on_hand} {variation}",
        KEY,
        item="22752",
        warehouse="001",
        on_hand=on_hand,
        variation=variation,
    )


def reserved(order: str, quantity: int) -> Message:
    return said(
        StockReserved,
        f"{order} {quantity}",
        KEY,
        item="22752",
        warehouse="001",
        order_key=order,
        quantity=quantity,
    )


def woken(at: int = 2_000) -> Message:
    return said(WakeUp, str(at), KEY, at=at)


def told(out: tuple[Message, ...]) -> dict[str, int]:
    return {m.shop: m.quantity for m in out if isinstance(m, UpdateStock)}


def test_changes_in_a_moment_are_one_update_of_each_shop_of_the_warehouse() -> None:
    out = play(
        stock_flow(POLICY), reported(100, 1), reserved("uk-1", 8), reserved("uk-2", 4), woken()
    )
    assert out[:3] == [(), (), ()]
    assert told(out[3]) == {"uk": 88, "ie": 88}


def test_an_order_that_left_frees_its_claim_and_nothing_changes_for_the_shop() -> None:
    flow = stock_flow(POLICY)
    out = play(
        flow,
        reported(100, 1),
        reserved("uk-1", 8),
        woken(),
        reported(92, 2),
        reserved("uk-1", 0),
        woken(3_000),
    )
    assert told(out[2]) == {"uk": 92, "ie": 92}
    assert out[5] == ()


def test_an_old_report_is_not_believed() -> None:
    out = play(stock_flow(POLICY), reported(50, 2), reported(100, 1), woken())
    assert told(out[2]) == {"uk": 50, "ie": 50}


def test_no_stock_figure_waits_for_an_answer() -> None:
    flow = stock_flow(POLICY)
    reported_ = flow.decide(None, reported(100, 1))
    kept = Kept[StockState](state=reported_.state)
    sent: list[Message] = []

    def post(message: Message, cause: str) -> Sent:
        sent.append(message)
        return Sent(id=message.id, cause=cause, topic="t", key=message.key, value=b"")

    turn = Turn(flow, kept, False, post)
    turn.apply(woken())
    assert len(sent) == 2
    assert not turn.kept.outbox
    assert len(turn.kept.recent) == 2


@pytest.mark.parametrize("claimed", [100, 130])
def test_never_less_than_nothing_is_sold(claimed: int) -> None:
    out = play(stock_flow(POLICY), reported(100, 1), reserved("uk-1", claimed), woken())
    assert told(out[2]) == {"uk": 0, "ie": 0}


def test_a_change_learnt_in_the_same_moment_as_an_old_one_is_told_too() -> None:
    flow = stock_flow(POLICY)
    first = flow.decide(None, reported(100, 1))
    told_first = flow.decide(first.state, woken(first.wake_at or 0))
    second = flow.decide(told_first.state, reserved("uk-1", 8))
    assert second.wake_at is not None
    assert second.wake_at != first.wake_at
    assert told(flow.decide(second.state, woken(second.wake_at)).out) == {"uk": 92, "ie": 92}


def test_claims_before_the_first_report_wait_for_it() -> None:
    out = play(stock_flow(POLICY), reserved("uk-1", 8), reported(10, 1), woken())
    assert out[0] == ()
    assert told(out[2]) == {"uk": 2, "ie": 2}
