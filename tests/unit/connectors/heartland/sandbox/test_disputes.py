"""Payers who question what they paid."""

from typing import Any

import pytest

from tests.unit.connectors.heartland.sandbox.conftest import Answer, Gp
from tests.unit.connectors.heartland.sandbox.test_settlement import ACCOUNT, DAY, deposits, proven

EVIDENCE = {"documents": [{"type": "SALES_RECEIPT", "b64_content": "R0lGODlh"}]}


async def settle(gp: Gp) -> None:
    await gp.call("POST", "/_sandbox/settle")


async def dispute(gp: Gp, paid: str = "10000", **more: object) -> dict[str, Any]:
    sale = await gp.authorize(paid, capture_mode="AUTO")
    await settle(gp)
    body = {"transaction_id": sale["id"], **more}
    opened = (await gp.call("POST", "/_sandbox/disputes", body)).body
    return (await gp.get(f"/disputes/{opened['id']}")).body


async def move(gp: Gp, id: str, **more: object) -> Answer:
    return await gp.call("POST", f"/_sandbox/disputes/{id}", more)


async def test_a_chargeback_takes_the_money_from_the_next_deposit(gp: Gp) -> None:
    case = await dispute(gp)
    await settle(gp)
    _, debit = await deposits(gp)

    assert (case["status"], case["stage"], case["result"]) == (
        "WITH_MERCHANT",
        "CHARGEBACK",
        "PENDING",
    )
    assert (case["last_adjustment_amount"], case["last_adjustment_funding"]) == ("10000", "DEBIT")
    assert case["transaction"]["order"]["reference"] == "uk-536365"
    assert case["transaction"]["provider"]["payment_method"]["card"]["number"].endswith("5262")
    assert (debit["funding_type"], debit["amount"]) == ("DEBIT", "11500")
    assert debit["disputes"]["chargebacks"] == {"count": 1, "amount": "-10000"}
    assert debit["fees"] == {"amount": "-1500"}
    book = await proven(gp)
    assert (book["disputes"], book["chargeback_fees"]) == (10000, 1500)


async def test_evidence_that_convinces_brings_the_money_back(gp: Gp) -> None:
    case = await dispute(gp)
    await settle(gp)
    challenged = await gp.post(f"/disputes/{case['id']}/challenge", EVIDENCE)
    again = await gp.post(f"/disputes/{case['id']}/challenge", EVIDENCE)
    won = await move(gp, case["id"], result="WON")
    await settle(gp)
    back = (await deposits(gp))[-1]

    assert challenged.body["status"] == "UNDER_REVIEW"
    assert [d["id"][:4] for d in challenged.body["documents"]] == ["DOC_"]
    assert again.refusal == (400, "INVALID_DISPUTE_ACTION", "40060")
    assert won.body == {
        "id": case["id"],
        "status": "CLOSED",
        "stage": "CHARGEBACK",
        "result": "WON",
        "taken": 0,
    }
    assert (back["funding_type"], back["amount"]) == ("CREDIT", "10000")
    assert back["disputes"]["reversals"] == {"count": 1, "amount": "10000"}
    assert (await proven(gp))["disputes"] == 0


async def test_an_accepted_chargeback_is_not_taken_twice(gp: Gp) -> None:
    case = await dispute(gp)
    accepted = await gp.post(f"/disputes/{case['id']}/acceptance")
    again = await gp.post(f"/disputes/{case['id']}/acceptance")
    await settle(gp)

    assert (accepted.body["status"], accepted.body["result"]) == ("CLOSED", "ACCEPTED")
    assert again.refusal == (400, "INVALID_DISPUTE_ACTION", "40067")
    assert (await proven(gp))["disputes"] == 10000


async def test_a_retrieval_moves_nothing_once_it_is_answered(gp: Gp) -> None:
    case = await dispute(gp, stage="RETRIEVAL")
    two = {"documents": EVIDENCE["documents"] * 2}
    too_many = await gp.post(f"/disputes/{case['id']}/challenge", two)
    none = await gp.post(f"/disputes/{case['id']}/challenge", {"documents": [{"type": "X"}]})
    answered = await gp.post(f"/disputes/{case['id']}/challenge", EVIDENCE)
    await settle(gp)

    assert case["last_adjustment_amount"] == ""
    assert too_many.refusal == (400, "INVALID_REQUEST_DATA", "40072")
    assert none.refusal == (400, "MANDATORY_DATA_MISSING", "40065")
    assert (answered.body["status"], answered.body["result"]) == ("CLOSED", "FULFILLED")
    assert (await proven(gp))["disputes"] == 0


async def test_who_does_not_answer_in_time_has_lost(gp: Gp) -> None:
    case = await dispute(gp, stage="RETRIEVAL", days_to_respond=3)
    await gp.later(3 * DAY - 1)
    assert (await gp.get(f"/disputes/{case['id']}")).body["status"] == "WITH_MERCHANT"
    await gp.later(1)
    lost = (await gp.get(f"/disputes/{case['id']}")).body
    await gp.later()

    assert (lost["status"], lost["result"]) == ("CLOSED", "LOST")
    assert (await proven(gp))["disputes"] == 10000


async def test_a_dispute_goes_through_its_stages(gp: Gp) -> None:
    case = await dispute(gp, "10000", amount="4000", reason_code="10.4")
    taken = []
    for step in (
        {"stage": "REVERSAL"},
        {"stage": "SECOND_CHARGEBACK"},
        {"stage": "ARBITRATION"},
        {"status": "UNDER_REVIEW"},
        {"result": "LOST"},
    ):
        moved = (await move(gp, case["id"], **step)).body
        taken.append((moved["status"], moved["result"], moved["taken"]))
        await gp.later(2 * DAY)

    assert (case["amount"], case["reason_code"]) == ("4000", "10.4")
    assert taken == [
        ("CLOSED", "WON", 0),
        ("WITH_MERCHANT", "PENDING", 4000),
        ("WITH_MERCHANT", "PENDING", 4000),
        ("UNDER_REVIEW", "PENDING", 4000),
        ("CLOSED", "LOST", 4000),
    ]
    assert (await proven(gp))["disputes"] == 4000


async def test_disputes_are_listed_and_what_they_moved_is_found(gp: Gp) -> None:
    first = await dispute(gp)
    await gp.later(3 * DAY)
    second = await dispute(gp, stage="RETRIEVAL")
    (moved,) = (await gp.get(f"/settlement/disputes?{ACCOUNT}")).body["disputes"]
    single = (await gp.get(f"/settlement/disputes/{first['id']}")).body

    async def ids(query: str) -> list[str]:
        body = (await gp.get(f"/disputes?order=ASC&{query}")).body
        return [d["id"] for d in body["disputes"]]

    assert await ids("") == [first["id"], second["id"]]
    assert await ids("stage=RETRIEVAL") == [second["id"]]
    assert await ids("status=WITH_MERCHANT&stage=CHARGEBACK") == [first["id"]]
    assert await ids(f"arn={first['payment_method']['card']['arn']}") == [first["id"]]
    assert await ids("order.reference=uk-0") == []
    assert await ids(f"from_stage_time_created={second['stage_time_created']}") == [second["id"]]
    assert (moved["id"], moved["status"], moved["funding_type"]) == (first["id"], "FUNDED", "DEBIT")
    assert moved["deposit_id"] == (await deposits(gp))[1]["id"]
    assert single["deposit_id"] == moved["deposit_id"]


async def test_what_the_gateway_refuses_about_disputes(gp: Gp) -> None:
    unknown = await gp.get("/disputes/DIS_0")
    settled = await gp.get("/settlement/disputes/DIS_0")

    assert unknown.refusal == (400, "INVALID_REQUEST_DATA", "40073")
    assert unknown.why.startswith("101,Unable to locate dispute record for that ID.")
    assert (await gp.post("/disputes/DIS_0/acceptance")).refusal[2] == "40067"
    assert (await gp.post("/disputes/DIS_0/challenge", EVIDENCE)).refusal[2] == "40060"
    assert settled.refusal == (404, "RESOURCE_NOT_FOUND", "40118")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"transaction_id": ""}, "transaction_id"),
        ({"transaction_id": "TRN_nowhere"}, "not found"),
        ({"amount": "1001"}, "at most 1000"),
        ({"stage": "GRUDGE"}, "stage"),
        ({"days_to_respond": 0}, "days_to_respond"),
    ],
)
async def test_a_dispute_that_cannot_be_is_not_opened(
    gp: Gp, wrong: dict[str, object], why: str
) -> None:
    sale = await gp.authorize("1000", capture_mode="AUTO")
    body = {"transaction_id": sale["id"], **wrong}
    answer = await gp.call("POST", "/_sandbox/disputes", body)

    assert answer.status == 400
    assert why in answer.body["error"]
    assert (await gp.get("/disputes")).body["total_record_count"] == 0


async def test_what_was_never_captured_cannot_be_disputed_or_moved(gp: Gp) -> None:
    held = await gp.authorize()
    answer = await gp.call("POST", "/_sandbox/disputes", {"transaction_id": held["id"]})
    case = await dispute(gp)

    assert "nothing was captured" in answer.body["error"]
    assert (await move(gp, "DIS_0", result="WON")).status == 404
    assert (await move(gp, case["id"])).status == 400
    assert (await move(gp, case["id"], result="MAYBE")).status == 400
