"""Captured money on its way to the merchant's bank account."""

from typing import Any

import pytest

from connectors.heartland.sandbox.app import SandboxSettings
from streams.core.clock import iso
from tests.unit.connectors.heartland.sandbox.conftest import Gp

ACCOUNT = "account_name=settlement_reporting"
DAY = 24 * 60 * 60 * 1000


async def deposits(gp: Gp, more: str = "") -> list[dict[str, Any]]:
    answer = await gp.get(f"/settlement/deposits?order=ASC&{ACCOUNT}{more}")
    found: list[dict[str, Any]] = answer.body["deposits"]
    return found


async def sell(gp: Gp, amount: str, **more: object) -> dict[str, Any]:
    return await gp.authorize(amount, capture_mode="AUTO", **more)


async def proven(gp: Gp, currency: str = "GBP") -> dict[str, int]:
    book: dict[str, int] = (await gp.books())["settlement"][currency]
    assert book["difference"] == 0
    assert book["captured"] - book["refunded"] == (
        book["deposited"] + book["fees"] + book["disputes"] + book["to_come"]
    )
    return book


async def test_a_batch_takes_sales_and_refunds_until_it_closes(gp: Gp) -> None:
    one = await sell(gp, "1000")
    two = await sell(gp, "500", payment_method={"id": "PMT_good"})
    refund = (await gp.post(f"/transactions/{one['id']}/refund", {"amount": "300"})).body
    read = (await gp.get(f"/batches/{one['batch_id']}")).body
    closed = await gp.post(f"/batches/{one['batch_id']}")
    later = await sell(gp, "70")

    assert one["batch_id"] == two["batch_id"] == refund["batch_id"] != later["batch_id"]
    assert (read["status"], read["time_closed"], read["currency"]) == ("OPEN", "", "GBP")
    assert (read["batch_transaction_count"], read["amount"]) == (3, "1200")
    assert read["sales"] == {"count": 2, "amount": "1500"}
    assert read["refunds"] == {"count": 1, "amount": "300"}
    assert [(b["brand"], b["amount"]) for b in read["brand_breakdown"]] == [("VISA", "1200")]
    assert (closed.body["status"], closed.body["transaction_count"]) == ("CLOSED", 3)
    assert closed.body["time_closed"] == iso(gp.clock.now_ms())


async def test_currencies_have_batches_of_their_own(gp: Gp) -> None:
    pounds, euros = await sell(gp, "1000"), await sell(gp, "1000", currency="EUR")

    assert pounds["batch_id"] != euros["batch_id"]


async def test_a_reversed_sale_is_in_no_batch(gp: Gp) -> None:
    kept, undone = await sell(gp, "1000"), await sell(gp, "500")
    await gp.post(f"/transactions/{undone['id']}/reversal")
    batch = (await gp.get(f"/batches/{kept['batch_id']}")).body

    assert (batch["batch_transaction_count"], batch["amount"]) == (1, "1000")


async def test_what_the_gateway_refuses_about_batches(gp: Gp) -> None:
    sale = await sell(gp, "1000")
    path = f"/batches/{sale['batch_id']}"
    await gp.post(path)
    again = await gp.post(path)
    unsaid = await gp.post("/batches/")
    unknown = await gp.post("/batches/BAT_nowhere")

    assert again.refusal == (502, "ACTION_FAILED", "500010")
    assert unsaid.refusal == (400, "MANDATORY_DATA_MISSING", "40223")
    assert unsaid.why == "Request expects the batch_id"
    assert unknown.refusal == (404, "RESOURCE_NOT_FOUND", "40118")
    assert (await gp.get("/batches/BAT_nowhere")).status == 404


async def test_a_batch_closes_by_itself_and_its_deposit_comes_after_it(gp: Gp) -> None:
    one = await sell(gp, "12400")
    refund = (await gp.post(f"/transactions/{one['id']}/refund", {"amount": "1000"})).body
    await gp.later(DAY - 1)
    assert (await gp.get(f"/batches/{one['batch_id']}")).body["status"] == "OPEN"

    await gp.later(1)
    assert (await gp.get(f"/batches/{one['batch_id']}")).body["status"] == "CLOSED"
    assert (await gp.get(f"/transactions/{one['id']}")).body["status"] == "CAPTURED"
    assert await deposits(gp) == []
    assert (await proven(gp))["in_closed_batches"] == 11400

    await gp.later()
    (deposit,) = await deposits(gp)
    for id in (one["id"], refund["id"]):
        assert (await gp.get(f"/transactions/{id}")).body["status"] == "FUNDED"
    assert deposit["sales"] == {"count": 1, "amount": "12400"}
    assert deposit["refunds"] == {"count": 1, "amount": "-1000"}
    assert deposit["discounts"] == {"count": 1, "amount": "-174"}
    assert deposit["fees"] == {"amount": "-20"}
    assert deposit["tax"] == {"count": 0, "amount": ""}
    assert deposit["disputes"]["chargebacks"] == {"count": 0, "amount": ""}
    assert (deposit["amount"], deposit["funding_type"]) == ("11206", "CREDIT")
    assert (deposit["status"], deposit["currency"]) == ("FUNDED", "GBP")
    assert deposit["time_created"] == iso(gp.clock.now_ms())[:10]
    assert await proven(gp) | {"deposited": 11206, "fees": 194, "to_come": 0} == await proven(gp)


async def test_time_that_passed_unseen_happened_in_its_order(gp: Gp) -> None:
    await sell(gp, "1000")
    due = iso(gp.clock.now_ms() + 2 * DAY)[:10]
    await gp.later(40 * DAY)
    (deposit,) = await deposits(gp)

    assert deposit["time_created"] == due


class TestWithAFixedHourOfClosing:
    @pytest.fixture
    def settings(self) -> SandboxSettings:
        return SandboxSettings(batch_close_at="22:30", deposit_seconds=3600, fees="NONE")

    async def test_batches_close_each_day_at_that_hour(self, gp: Gp) -> None:
        sale = await sell(gp, "1000")  # at 22:13:20
        await gp.later(1000 * 1000)
        batch = (await gp.get(f"/batches/{sale['batch_id']}")).body
        after = await sell(gp, "500")  # at 22:30:00
        await gp.later(DAY - 1)
        second = (await gp.get(f"/batches/{after['batch_id']}")).body

        assert (batch["status"], batch["time_closed"][11:19]) == ("CLOSED", "22:30:00")
        assert second["status"] == "OPEN"
        assert [d["amount"] for d in await deposits(gp)] == ["1000"]


class TestWhoseBatchesCloseOnlyWhenAsked:
    @pytest.fixture
    def settings(self) -> SandboxSettings:
        return SandboxSettings(batch_seconds=0, deposit_seconds=60, authorization_seconds=0)

    async def test_time_alone_settles_nothing(self, gp: Gp) -> None:
        held = await gp.authorize("700")
        sale = await sell(gp, "1000")
        await gp.later(400 * DAY)
        assert (await gp.get(f"/batches/{sale['batch_id']}")).body["status"] == "OPEN"
        assert (await gp.get(f"/transactions/{held['id']}")).body["status"] == "PREAUTHORIZED"

        settled = (await gp.call("POST", "/_sandbox/settle")).body
        assert settled["batches"] == [sale["batch_id"]]
        assert [d["id"] for d in await deposits(gp)] == settled["deposits"]
        assert (await proven(gp))["to_come"] == 0


class TestOfAnAccountThatMayNotCloseBatches:
    @pytest.fixture
    def settings(self) -> SandboxSettings:
        return SandboxSettings(batch_close_by_api=False)

    async def test_closing_is_refused(self, gp: Gp) -> None:
        sale = await sell(gp, "1000")
        answer = await gp.post(f"/batches/{sale['batch_id']}")

        assert answer.refusal == (400, "INVALID_REQUEST_DATA", "40041")


async def test_a_day_of_refunds_only_is_a_debit(gp: Gp) -> None:
    sale = await sell(gp, "1000")
    await gp.call("POST", "/_sandbox/settle")
    await gp.post(f"/transactions/{sale['id']}/refund")
    await gp.call("POST", "/_sandbox/settle")
    _, debit = await deposits(gp)

    assert (debit["funding_type"], debit["amount"]) == ("DEBIT", "1000")
    assert debit["fees"] == {"amount": ""}
    await proven(gp)


async def test_parcels_of_one_order_are_paid_in_their_batches(gp: Gp) -> None:
    held = await gp.authorize("1000", capture_mode="MULTIPLE")
    path = f"/transactions/{held['id']}"
    await gp.post(f"{path}/capture", {"amount": "300"})
    await gp.call("POST", "/_sandbox/settle")
    between = (await gp.get(path)).body["status"]
    second = await gp.post(f"{path}/capture", {"amount": "600", "capture_sequence": "LAST"})
    await gp.call("POST", "/_sandbox/settle")

    assert (between, second.body["status"]) == ("FUNDED", "CAPTURED")
    assert [d["sales"]["amount"] for d in await deposits(gp)] == ["300", "600"]
    assert (await gp.get(path)).body["status"] == "FUNDED"
    rows = (await gp.get(f"/settlement/transactions?order=ASC&{ACCOUNT}")).body["transactions"]
    assert [(row["id"], row["amount"]) for row in rows] == [
        (held["id"], "300"),
        (held["id"], "600"),
    ]


async def test_every_deposit_is_explained_line_by_line(gp: Gp) -> None:
    sales = [await sell(gp, amount) for amount in ("1000", "2000", "3000")]
    await gp.post(f"/transactions/{sales[2]['id']}/refund", {"amount": "500"})
    await gp.call("POST", "/_sandbox/settle")
    await sell(gp, "70", reference="another-day")
    await gp.call("POST", "/_sandbox/settle")
    first, second = await deposits(gp)

    async def rows(query: str) -> list[dict[str, Any]]:
        path = f"/settlement/transactions?page_size=100&order=ASC&{ACCOUNT}&{query}"
        found: list[dict[str, Any]] = (await gp.get(path)).body["transactions"]
        return found

    lines = await rows(f"deposit_id={first['id']}")
    sold = sum(int(line["amount"]) for line in lines if line["type"] == "SALE")
    refunded = sum(int(line["amount"]) for line in lines if line["type"] == "REFUND")
    assert (sold, -refunded) == (int(first["sales"]["amount"]), int(first["refunds"]["amount"]))
    assert {line["status"] for line in lines} == {"FUNDED"}
    assert lines[0]["deposit_status"] == "FUNDED"
    assert lines[0]["batch_id"] == sales[0]["batch_id"]
    assert [line["deposit_id"] for line in await rows("reference=another-day")] == [second["id"]]
    arn = lines[0]["payment_method"]["card"]["arn"]
    assert len(arn) == 23
    assert [line["id"] for line in await rows(f"arn={arn}")] == [sales[0]["id"]]
    assert await rows("brand=AMEX") == []


async def test_deposits_are_polled_by_time_found_and_ordered(gp: Gp) -> None:
    ids = []
    for amount in ("1000", "2000", "3000"):
        await sell(gp, amount)
        ids += (await gp.call("POST", "/_sandbox/settle")).body["deposits"]
        await gp.later()
    since = iso(gp.clock.now_ms() - 2 * DAY)
    one = (await gp.get(f"/settlement/deposits/{ids[0]}")).body
    page = (await gp.get(f"/settlement/deposits?page=2&page_size=2&{ACCOUNT}")).body

    assert [d["id"] for d in await deposits(gp)] == ids
    assert [d["id"] for d in await deposits(gp, f"&from_time_created={since}")] == ids[1:]
    assert [d["id"] for d in await deposits(gp, f"&to_time_created={since[:10]}")] == ids[:2]
    assert [d["id"] for d in await deposits(gp, f"&amount={one['amount']}")] == ids[:1]
    assert [d["id"] for d in await deposits(gp, "&order_by=DEPOSIT_ID")] == sorted(ids)
    assert await deposits(gp, "&status=DELAYED") == []
    assert one["action"]["type"] == "DEPOSIT_SINGLE"
    assert (page["total_record_count"], page["account_name"]) == (3, "settlement_reporting")
    assert [d["id"] for d in page["deposits"]] == ids[:1]


async def test_what_the_gateway_refuses_about_deposits(gp: Gp) -> None:
    unknown = await gp.get("/settlement/deposits/DEP_0")
    no_account = await gp.get("/settlement/deposits")
    wrong_account = await gp.get("/settlement/deposits?account_name=transaction_processing")
    odd = await gp.get(f"/settlement/deposits?order_by=MOOD&{ACCOUNT}")

    assert unknown.refusal == (404, "RESOURCE_NOT_FOUND", "40118")
    assert unknown.why == "Deposits DEP_0 not found at this /ucp/settlement/deposits/DEP_0"
    assert no_account.refusal == (400, "INVALID_REQUEST_DATA", "40007")
    assert wrong_account.refusal == (403, "ACTION_NOT_AUTHORIZED", "40003")
    assert odd.refusal[2] == "40213"


class TestThatPaysItsFeesMonthly:
    @pytest.fixture
    def settings(self) -> SandboxSettings:
        return SandboxSettings(fees="MONTHLY", batch_seconds=3600, deposit_seconds=3600)

    async def test_deposits_are_gross_and_the_month_ends_in_a_debit(self, gp: Gp) -> None:
        for amount in ("10000", "20000"):
            await sell(gp, amount)
            await gp.later()
        report = f"/settlement/reports/monthly-fees?{ACCOUNT}"
        (estimated,) = (await gp.get(report)).body["monthly_fees"]
        gross = await deposits(gp)
        await gp.later(30 * DAY)
        (final,) = (await gp.get(report)).body["monthly_fees"]
        *_, debit = await deposits(gp)

        assert [d["amount"] for d in gross] == ["10000", "20000"]
        assert (estimated["status"], estimated["amount"]) == ("ESTIMATED", "460")
        assert (final["status"], final["amount"]) == ("FINALIZED", "460")
        assert (final["discount_amount"], final["authorization_amount"]) == ("420", "40")
        assert final["sales"] == {"count": 2, "amount": "30000"}
        assert (debit["funding_type"], debit["amount"]) == ("DEBIT", "460")
        assert debit["time_created"] == "2023-12-01"
        book = await proven(gp)
        assert (book["deposited"], book["fees"]) == (29540, 460)


async def test_the_books_say_what_was_paid_back_and_what_is_to_come(gp: Gp) -> None:
    sale = await sell(gp, "1000")
    back = {"amount": "300", "reference": "uk-536365-refund"}
    refund = (await gp.post(f"/transactions/{sale['id']}/refund", back)).body
    started_ms = gp.clock.now_ms()
    before = await gp.books()
    await gp.later(2 * DAY)
    after = await gp.books()

    assert before["orders"]["uk-536365"]["refunds"] == [
        {
            "id": refund["id"],
            "reference": "uk-536365-refund",
            "amount": 300,
            "sale": sale["id"],
            "status": "CAPTURED",
        }
    ]
    assert before["deposits_to_come"] == [
        {
            "batch": sale["batch_id"],
            "currency": "GBP",
            "net": 700,
            "closes": iso(started_ms + DAY),
            "comes": iso(started_ms + 2 * DAY),
        }
    ]
    assert after["deposits_to_come"] == []
    assert after["orders"]["uk-536365"]["refunds"][0]["status"] == "FUNDED"


async def test_a_deposit_can_be_delayed_and_released(gp: Gp) -> None:
    await sell(gp, "1000")
    (id,) = (await gp.call("POST", "/_sandbox/settle")).body["deposits"]
    marked = await gp.call("POST", f"/_sandbox/deposits/{id}", {"status": "DELAYED"})
    rows = (await gp.get(f"/settlement/transactions?deposit_status=DELAYED&{ACCOUNT}")).body

    assert marked.body == {"id": id, "status": "DELAYED"}
    assert [d["id"] for d in await deposits(gp, "&status=DELAYED")] == [id]
    assert rows["total_record_count"] == 1
    odd = await gp.call("POST", f"/_sandbox/deposits/{id}", {"status": "LOST"})
    nowhere = await gp.call("POST", "/_sandbox/deposits/DEP_0", {"status": "DELAYED"})
    assert (odd.status, nowhere.status) == (400, 404)
