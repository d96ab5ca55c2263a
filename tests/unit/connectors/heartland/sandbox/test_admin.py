import pytest

from tests.unit.connectors.heartland.sandbox.conftest import Gp


async def test_thousands_of_tokens_are_seeded_in_one_call(gp: Gp) -> None:
    entries = [
        {"id": f"PMT_{n}", "brand": "VISA", "last4": f"{n % 10_000:04d}"} for n in range(10_000)
    ]
    answer = await gp.seed(*entries)
    paid = await gp.authorize(payment_method={"id": "PMT_9999"})

    assert answer.body["count"] == 10_000
    assert paid["payment_method"]["card"]["masked_number_last4"] == "XXXXXXXXXXXX9999"


async def test_a_token_without_an_id_gets_one(gp: Gp) -> None:
    (token,) = (await gp.seed({"last4": "0001", "outcome": "decline:102"})).body["ids"]

    assert (await gp.authorize(payment_method={"id": token}))["status"] == "DECLINED"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "tok_1", "last4": "0001"},
        {"id": "PMT_1"},
        {"last4": 1},
        {"last4": "0001", "outcome": "maybe"},
        {"last4": "0001", "outcome": "decline:00"},
        {"last4": "0001", "number": "x"},
        "PMT_1",
    ],
)
async def test_a_seed_of_the_wrong_shape_stores_nothing(gp: Gp, wrong: object) -> None:
    entries = [{"id": "PMT_first", "last4": "0001"}, wrong]
    answer = await gp.call("POST", "/_sandbox/payment-methods", entries)
    unknown = await gp.post("/transactions", gp.order(payment_method={"id": "PMT_first"}))

    assert answer.status == 400
    assert answer.body["error"].startswith("entry 1: ")
    assert unknown.refusal[2] == "40116"


async def test_the_books_add_up_by_order_and_by_currency(gp: Gp) -> None:
    one = await gp.authorize("1000", order={"reference": "uk-1"})
    await gp.post(f"/transactions/{one['id']}/capture", {"amount": "900"})
    await gp.post(f"/transactions/{one['id']}/refund", {"amount": "250"})
    await gp.authorize("500", order={"reference": "uk-2"}, payment_method={"id": "PMT_poor"})
    two = await gp.authorize("500", order={"reference": "uk-2"})
    await gp.post(f"/transactions/{two['id']}/reversal")
    three = await gp.authorize("70", currency="EUR", order=None)

    books = await gp.books()
    assert books["totals"]["GBP"] == {
        "authorized": 1500,
        "captured": 900,
        "refunded": 250,
        "reversed": 500,
        "declined": 500,
        "held": 0,
        "lapsed": 100,
        "counts": {
            "authorized": 2,
            "captured": 1,
            "refunded": 1,
            "reversed": 1,
            "declined": 1,
            "held": 0,
            "lapsed": 1,
        },
    }
    assert books["totals"]["EUR"]["authorized"] == 70
    orders = books["orders"]
    assert orders["uk-1"]["status"] == "CAPTURED"
    assert (orders["uk-1"]["authorized"], orders["uk-1"]["captured"]) == (1000, 900)
    assert orders["uk-2"]["status"] == "REVERSED"
    assert (orders["uk-2"]["declined"], len(orders["uk-2"]["transactions"])) == (500, 2)
    assert orders[three["reference"]]["status"] == "PREAUTHORIZED"


async def test_calls_are_counted_by_path(gp: Gp) -> None:
    held = await gp.authorize()
    await gp.post(f"/transactions/{held['id']}/capture")
    await gp.post("/transactions/TRN_nowhere/capture")

    calls = (await gp.call("GET", "/_sandbox/calls")).body["calls"]
    assert calls["POST /ucp/accesstoken"] == 1
    assert calls["POST /ucp/transactions"] == 1
    assert calls["POST /ucp/transactions/{id}/capture"] == 2


async def test_reset_empties_the_books_and_keeps_clients_signed_in(gp: Gp) -> None:
    await gp.post("/transactions", gp.order(), key="the-key")
    await gp.post("/payers", {"first_name": "James", "last_name": "Mason"})
    await gp.call("POST", "/_sandbox/reset")

    books = await gp.books()
    assert {"orders", "totals", "batches", "deposits", "disputes", "settlement"} < set(books)
    assert not any(books.values())
    assert (await gp.get("/payers")).body["total_record_count"] == 0
    assert (await gp.post("/transactions", gp.order())).refusal[2] == "40116"
    await gp.seed({"id": "PMT_good", "last4": "5262"})
    assert (await gp.post("/transactions", gp.order(), key="the-key")).status == 200
