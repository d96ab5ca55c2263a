"""The customer's flow."""

from streams.core.message import Message
from streams.flows.customer import customer_flow
from streams.flows.policy import Policy
from streams.messages.customer import CustomerKnown, CustomerNeeded
from streams.messages.m3 import EnsureCustomer
from streams.messages.ops import Result
from streams.messages.parts import Address
from tests.unit.streams.flows.played import play, said

POLICY = Policy()


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


def test_an_order_after_the_refusal_is_told_of_it_at_once_and_goes_on_after_the_repair() -> None:
    out = play(
        customer_flow(POLICY),
        needed("uk-1"),
        ensured("", "rejected"),
        needed("uk-2"),
        ensured("W17850"),
        needed("uk-3"),
    )
    (refused,) = out[2]
    assert isinstance(refused, CustomerKnown)
    assert (refused.key, refused.customer_number) == ("uk-2", "")
    assert "name too long" in refused.reason
    told = [(m.key, m.customer_number, m.reason) for m in out[3] if isinstance(m, CustomerKnown)]
    assert told == [("uk-1", "W17850", ""), ("uk-2", "W17850", "")]
    assert [type(m) for m in out[4]] == [CustomerKnown]


def test_a_refused_customer_is_told_and_its_repair_as_well() -> None:
    out = play(customer_flow(POLICY), needed("uk-1"), ensured("", "rejected"), ensured("W17850"))
    (refused,), (repaired,) = out[1], out[2]
    assert isinstance(refused, CustomerKnown)
    assert isinstance(repaired, CustomerKnown)
    assert "name too long" in refused.reason
    assert (repaired.customer_number, repaired.reason) == ("W17850", "")
    assert refused.id != repaired.id
