"""Payments that a shop's checkout made, which Tandem finds, checks and captures."""

import uuid

import pytest

from tests.unit.connectors.heartland.sandbox.conftest import Answer, Gp


async def plant(gp: Gp, *entries: object) -> Answer:
    return await gp.call("POST", "/_sandbox/transactions", list(entries))


def paid(**more: object) -> dict[str, object]:
    return {
        "order_number": "1042",
        "amount": "1400",
        "currency": "GBP",
        "payment_action": "authorize",
        **more,
    }


async def test_an_authorized_order_is_found_checked_and_captured(gp: Gp) -> None:
    (made,) = (await plant(gp, paid())).body["transactions"]
    by_id = (await gp.get(f"/transactions/{made['id']}")).body
    by_order = (await gp.get("/transactions?order.reference=1042")).body
    taken = await gp.post(f"/transactions/{made['id']}/capture")

    assert by_id["status"] == made["status"] == "PREAUTHORIZED"
    assert (by_id["amount"], by_id["currency"]) == ("1400", "GBP")
    assert by_id["order_reference"] == "1042"
    assert str(uuid.UUID(by_id["reference"])) == made["reference"]
    assert [t["id"] for t in by_order["transactions"]] == [made["id"]]
    assert taken.body["status"] == "CAPTURED"
    assert (await gp.books())["orders"]["1042"]["captured"] == 1400


async def test_a_charged_order_needs_no_capture_and_is_in_a_batch(gp: Gp) -> None:
    (made,) = (await plant(gp, paid(payment_action="charge"))).body["transactions"]
    detail = (await gp.get(f"/transactions/{made['id']}")).body
    again = await gp.post(f"/transactions/{made['id']}/capture")

    assert (detail["status"], detail["capture_mode"]) == ("CAPTURED", "AUTO")
    assert detail["batch_id"].startswith("BAT_")
    assert again.refusal[1] == "INVALID_TRANSACTION_ACTION"
    assert (await gp.books())["orders"]["1042"]["captured"] == 1400


async def test_references_of_the_hosted_page_and_ids_can_be_said(gp: Gp) -> None:
    text = "My shop Order #77"
    id = f"TRN_{uuid.uuid4().hex}"
    await plant(gp, paid(id=id, reference=text, order_reference=text))
    found = (await gp.get(f"/transactions?reference={text.replace('#', '%23')}")).body

    assert [t["id"] for t in found["transactions"]] == [id]


async def test_a_payment_that_was_declined_takes_nothing(gp: Gp) -> None:
    (made,) = (await plant(gp, paid(result="101"))).body["transactions"]

    assert made["status"] == "DECLINED"
    assert (await gp.books())["orders"]["1042"]["declined"] == 1400


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"amount": "14.00"}, "amount contains unexpected data"),
        ({"amount": 1400}, "amount contains unexpected data"),
        ({"currency": "XXY"}, "currency contains unexpected data"),
        ({"payment_action": "verify"}, "payment_action contains unexpected data"),
        ({"order_number": ""}, "Request expects the following fields order_number"),
        ({"id": "TRN_short"}, "id must be TRN_ and 32 hexadecimal digits"),
        ({"number": "4111"}, "must be an object of"),
    ],
)
async def test_an_entry_of_the_wrong_shape_makes_nothing(
    gp: Gp, wrong: dict[str, object], why: str
) -> None:
    answer = await plant(gp, paid(), paid(**wrong))

    assert answer.status == 400
    assert answer.body["error"].startswith("entry 1: ")
    assert why in answer.body["error"]
    assert (await gp.books())["orders"] == {}


async def test_an_id_is_planted_once(gp: Gp) -> None:
    id = f"TRN_{uuid.uuid4().hex}"
    twice = await plant(gp, paid(id=id), paid(id=id))
    first = await plant(gp, paid(id=id))
    again = await plant(gp, paid(id=id))

    assert (twice.status, first.status, again.status) == (400, 200, 400)
    assert (await gp.books())["orders"]["1042"]["authorized"] == 1400
