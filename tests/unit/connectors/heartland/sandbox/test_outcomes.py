"""What issuers do, by the token that pays."""

import pytest

from tests.unit.connectors.heartland.sandbox.conftest import Gp


async def test_a_card_that_declines_at_first_pays_in_the_end(gp: Gp) -> None:
    await gp.seed({"id": "PMT_later", "last4": "1154", "outcome": "decline:101:2"})
    tries = [await gp.authorize(payment_method={"id": "PMT_later"}) for _ in range(3)]

    assert [t["status"] for t in tries] == ["DECLINED", "DECLINED", "PREAUTHORIZED"]
    assert [t["payment_method"]["result"] for t in tries] == ["101", "101", "00"]
    book = (await gp.books())["orders"]["uk-536365"]
    assert (book["declined"], book["authorized"], book["status"]) == (2800, 1400, "PREAUTHORIZED")


async def test_a_card_seeded_again_declines_again(gp: Gp) -> None:
    entry = {"id": "PMT_later", "last4": "1154", "outcome": "decline:103:1"}
    for _ in range(2):
        await gp.seed(entry)
        first = await gp.authorize(payment_method={"id": "PMT_later"})
        second = await gp.authorize(payment_method={"id": "PMT_later"})
        assert [first["status"], second["status"]] == ["DECLINED", "PREAUTHORIZED"]


@pytest.mark.parametrize("capture_mode", ["LATER", "AUTO"])
async def test_less_is_approved_for_who_allows_it(gp: Gp, capture_mode: str) -> None:
    await gp.seed({"id": "PMT_little", "last4": "0600", "outcome": "limit:600"})
    method = {"id": "PMT_little"}
    part = await gp.authorize(
        "1000",
        payment_method=method,
        authorization_mode="PARTIAL",
        capture_mode=capture_mode,
        order={"reference": "uk-1"},
    )
    whole = await gp.authorize("600", payment_method=method, authorization_mode="PARTIAL")
    refused = await gp.authorize("601", payment_method=method)

    assert (part["amount"], part["authorization_mode"]) == ("600", "PARTIAL")
    assert part["payment_method"]["result"] == "00"
    assert whole["amount"] == "600"
    assert (refused["status"], refused["payment_method"]["result"]) == ("DECLINED", "101")
    assert (await gp.books())["orders"]["uk-1"]["authorized"] == 600


async def test_a_partial_approval_is_completed_or_let_go(gp: Gp) -> None:
    await gp.seed({"id": "PMT_little", "last4": "0600", "outcome": "limit:600"})
    part = await gp.authorize(
        "1000", payment_method={"id": "PMT_little"}, authorization_mode="PARTIAL"
    )
    path = f"/transactions/{part['id']}"
    over = await gp.post(f"{path}/capture", {"amount": "1000"})
    rest = await gp.authorize("400")
    gone = await gp.post(f"{path}/reversal", {"amount": "600"})

    assert over.refusal[2] == "50020"
    assert rest["status"] == "PREAUTHORIZED"
    assert (gone.body["status"], gone.body["amount"]) == ("REVERSED", "600")


@pytest.mark.parametrize("outcome", ["limit:1000", "limit:600:1"])
async def test_the_rest_of_a_part_is_approved_within_the_limit(gp: Gp, outcome: str) -> None:
    await gp.seed({"id": "PMT_little", "last4": "0600", "outcome": outcome})
    part = await gp.authorize(
        "600" if outcome == "limit:1000" else "1000",
        payment_method={"id": "PMT_little"},
        authorization_mode="PARTIAL",
    )
    raised = await gp.post(f"/transactions/{part['id']}/incremental", {"amount": "400"})

    assert part["amount"] == "600"
    assert (raised.body["status"], raised.body["amount"]) == ("PREAUTHORIZED", "1000")
    assert raised.body["action"]["result_code"] == "SUCCESS"
    assert (await gp.books())["orders"]["uk-536365"]["held"] == 1000


async def test_the_rest_of_a_part_is_declined_beyond_the_limit(gp: Gp) -> None:
    await gp.seed({"id": "PMT_little", "last4": "0600", "outcome": "limit:600"})
    part = await gp.authorize(
        "1000", payment_method={"id": "PMT_little"}, authorization_mode="PARTIAL"
    )
    path = f"/transactions/{part['id']}"
    declined = await gp.post(f"{path}/incremental", {"amount": "400"}, key="rest")
    nothing = await gp.post(f"{path}/incremental", {"amount": "0"})
    again = await gp.post(f"{path}/incremental", {"amount": "400"}, key="rest")

    assert declined.status == 200
    assert (declined.body["status"], declined.body["amount"]) == ("PREAUTHORIZED", "600")
    assert declined.body["payment_method"]["result"] == "101"
    assert declined.body["action"]["result_code"] == "DECLINED"
    assert nothing.body["payment_method"]["result"] == "00"
    assert again.refusal == (409, "DUPLICATE_ACTION", "40039"), "a decline uses its key up"
    shown = (await gp.get(path)).body
    assert (shown["amount"], shown["payment_method"]["result"]) == ("600", "00")
    assert (await gp.books())["orders"]["uk-536365"]["held"] == 600


async def test_a_limit_that_is_raised_lets_the_rest_through(gp: Gp) -> None:
    await gp.seed({"id": "PMT_little", "last4": "0600", "outcome": "limit:600"})
    part = await gp.authorize(
        "1000", payment_method={"id": "PMT_little"}, authorization_mode="PARTIAL"
    )
    await gp.seed({"id": "PMT_little", "last4": "0600", "outcome": "limit:1000"})
    raised = await gp.post(f"/transactions/{part['id']}/incremental", {"amount": "400"})

    assert raised.body["amount"] == "1000"


async def test_a_token_for_single_use_pays_once(gp: Gp) -> None:
    card = {"number": "4263970000005262", "expiry_month": "05", "expiry_year": "30"}
    token = (await gp.post("/payment-methods", {"card": card, "usage_mode": "SINGLE"})).body["id"]
    paid = await gp.authorize(payment_method={"id": token})
    again = await gp.post("/transactions", gp.order(payment_method={"id": token}))

    assert paid["status"] == "PREAUTHORIZED"
    assert again.refusal == (404, "RESOURCE_NOT_FOUND", "40116")


@pytest.mark.parametrize(
    "outcome",
    ["decline", "decline:101:0", "decline:101:x", "limit", "limit:0", "limit:6.00", "limit:600:0"],
)
async def test_an_outcome_that_means_nothing_is_refused(gp: Gp, outcome: str) -> None:
    answer = await gp.seed({"id": "PMT_odd", "last4": "0001", "outcome": outcome})

    assert answer.status == 400
    assert "outcome must be approve" in answer.body["error"]
