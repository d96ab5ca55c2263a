import logging
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.unit.connectors.heartland.sandbox.conftest import Answer, Gp

NUMBER = "4111111111111111"


def card(number: str = NUMBER, **more: object) -> dict[str, object]:
    return {"number": number, "expiry_month": "05", "expiry_year": "30", "cvv": "123", **more}


def pay_by(given: dict[str, object], **more: object) -> dict[str, object]:
    return {"entry_mode": "ECOM", "name": "James Mason", "card": given, **more}


async def test_a_card_number_goes_in_and_never_comes_out(
    gp: Gp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    async def receive(request: web.Request) -> web.Response:
        told.append(await request.text())
        return web.Response()

    receiver = web.Application()
    receiver.router.add_post("/", receive)
    async with TestServer(receiver) as server:
        notifications = {"status_url": str(server.make_url("/"))}
        body = gp.order(payment_method=pay_by(card()), notifications=notifications)
        answers: list[Answer] = [await gp.post("/transactions", body)]
        sale = answers[0].body["id"]
        answers.append(await gp.post("/payment-methods", {"card": card()}))
        answers.append(await gp.post("/transactions", gp.order(payment_method={"id": NUMBER})))
        answers.append(await gp.post("/transactions", gp.order(payment_method=NUMBER)))
        answers.append(await gp.seed({"last4": NUMBER}))
        for path in (f"/transactions/{sale}", "/transactions?page_size=1000", "/actions"):
            answers.append(await gp.get(path))
        for path in ("/_sandbox/books", "/_sandbox/calls"):
            answers.append(await gp.call("GET", path))
        await gp.notifier.settled()

    assert answers[0].body["status"] == "PREAUTHORIZED"
    assert answers[0].body["payment_method"]["card"]["masked_number_last4"] == "XXXXXXXXXXXX1111"
    assert len(told) == 1
    everything = "".join([*(a.text for a in answers), *told, caplog.text])
    assert NUMBER not in everything
    assert NUMBER[:-4] not in everything


async def test_a_stored_card_pays_by_its_token_until_it_is_deleted(gp: Gp) -> None:
    request = {"reference": "customer-17850", "usage_mode": "MULTIPLE", "card": card()}
    stored = (await gp.post("/payment-methods", request)).body
    token = stored["id"]
    paid = await gp.authorize(payment_method={"id": token})
    read = (await gp.get(f"/payment-methods/{token}")).body
    deleted = (await gp.call("DELETE", f"/ucp/payment-methods/{token}")).body
    gone = await gp.post("/transactions", gp.order(payment_method={"id": token}))

    assert token.startswith("PMT_")
    assert (stored["status"], stored["reference"]) == ("ACTIVE", "customer-17850")
    assert paid["payment_method"]["id"] == token
    assert read["card"] == {"brand": "VISA", "masked_number_last4": "XXXXXXXXXXXX1111"}
    assert deleted["status"] == "DELETED"
    assert gone.refusal == (404, "RESOURCE_NOT_FOUND", "40116")


async def test_a_sale_can_store_its_card(gp: Gp) -> None:
    method = pay_by(card(), storage_mode="ON_SUCCESS")
    token = (await gp.authorize(payment_method=method))["payment_method"]["id"]
    unlucky = pay_by(card("4000120000001154"), storage_mode="ON_SUCCESS")
    declined = await gp.authorize(payment_method=unlucky)

    assert (await gp.authorize(payment_method={"id": token}))["status"] == "PREAUTHORIZED"
    assert declined["payment_method"]["id"] == ""


@pytest.mark.parametrize(
    ("number", "brand", "result"),
    [
        ("4263970000005262", "VISA", "00"),
        ("5425230000004415", "MASTERCARD", "00"),
        ("4000120000001154", "VISA", "101"),
        ("4000130000001724", "VISA", "102"),
        ("5121220000006921", "MASTERCARD", "103"),
        ("4242420000000091", "VISA", "111"),
        ("6011000000002000", "DISCOVER", "200"),
        ("36256000000998", "DINERS", "101"),
    ],
)
async def test_the_vendors_test_cards_behave_as_published(
    gp: Gp, number: str, brand: str, result: str
) -> None:
    paid = await gp.authorize(payment_method=pay_by(card(number)))

    assert paid["payment_method"]["card"]["brand"] == brand
    assert paid["payment_method"]["result"] == result
    assert paid["status"] == ("PREAUTHORIZED" if result == "00" else "DECLINED")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"number": "4111111111111112"}, (400, "INVALID_REQUEST_DATA", "40085")),
        ({"number": "4111"}, (400, "INVALID_REQUEST_DATA", "40085")),
        ({"number": ""}, (400, "MANDATORY_DATA_MISSING", "40005")),
        ({"expiry_year": "20"}, (400, "INVALID_REQUEST_DATA", "40085")),
        ({"expiry_year": "2030"}, (400, "INVALID_REQUEST_DATA", "40085")),
        ({"expiry_month": "13"}, (400, "INVALID_REQUEST_DATA", "40085")),
        ({"cvv": "1234"}, (400, "INVALID_REQUEST_DATA", "40085")),
        ({"cvv": "SMA"}, (502, "SYSTEM_ERROR_DOWNSTREAM", "50018")),
    ],
)
async def test_a_card_that_cannot_be_is_refused(
    gp: Gp, wrong: dict[str, Any], refusal: tuple[int, str, str]
) -> None:
    answer = await gp.post("/transactions", gp.order(payment_method=pay_by(card(**wrong))))

    assert answer.refusal == refusal
    assert (await gp.books())["orders"] == {}


async def test_a_token_is_renewed_and_keeps_its_id(gp: Gp) -> None:
    token = (await gp.post("/payment-methods", {"card": card(), "name": "James Mason"})).body["id"]
    path = f"/ucp/payment-methods/{token}"
    expiry = {"card": {"expiry_month": "06", "expiry_year": "31"}, "usage_mode": "SINGLE"}
    renewed = await gp.call("PATCH", path, expiry)
    other = await gp.call("PATCH", path, {"card": card("4000120000001154")})
    unknown = await gp.call("PATCH", "/ucp/payment-methods/PMT_nowhere", expiry)

    assert (renewed.body["id"], renewed.body["status"]) == (token, "ACTIVE")
    assert (renewed.body["usage_mode"], renewed.body["name"]) == ("SINGLE", "James Mason")
    assert other.body["card"]["masked_number_last4"] == "XXXXXXXXXXXX1154"
    assert (await gp.authorize(payment_method={"id": token}))["status"] == "DECLINED"
    assert unknown.refusal == (404, "RESOURCE_NOT_FOUND", "40116")


async def test_tokens_are_listed_and_found_by_their_card(gp: Gp) -> None:
    request = {"card": card(), "reference": "customer-17850"}
    token = (await gp.post("/payment-methods", request)).body["id"]
    by_card = await gp.post("/payment-methods/search", {"card": card()})
    by_reference = (await gp.get("/payment-methods?reference=customer-17850")).body
    nothing = await gp.post("/payment-methods/search")

    assert [m["id"] for m in by_card.body["payment_methods"]] == [token]
    assert [m["id"] for m in by_reference["payment_methods"]] == [token]
    assert (await gp.get("/payment-methods")).body["total_record_count"] == 3
    assert nothing.refusal == (400, "MANDATORY_DATA_MISSING", "40005")
    assert NUMBER not in by_card.text


async def test_a_card_number_cannot_be_asked_back(gp: Gp) -> None:
    answer = await gp.post("/payment-methods/PMT_good/detokenize")

    assert answer.refusal == (403, "ACTION_NOT_AUTHORIZED", "40212")
