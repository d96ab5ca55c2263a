import pytest

from streams.core.clock import iso
from tests.unit.connectors.heartland.sandbox.conftest import Gp


async def test_a_list_comes_in_pages_newest_first(gp: Gp) -> None:
    ids = [(await gp.authorize())["id"] for _ in range(7)]
    first = (await gp.get("/transactions")).body
    second = (await gp.get("/transactions?page=2")).body
    oldest = (await gp.get("/transactions?page_size=2&order=ASC&order_by=TIME_CREATED")).body

    assert (first["total_record_count"], first["current_page_size"]) == (7, 5)
    paging = {"page": 1, "page_size": 5, "order": "DESC", "order_by": "TIME_CREATED"}
    assert first["paging"] == paging
    assert [t["id"] for t in first["transactions"]] == ids[:1:-1]
    assert [t["id"] for t in second["transactions"]] == ids[1::-1]
    assert [t["id"] for t in oldest["transactions"]] == ids[:2]
    assert first["action"]["type"] == "TRANSACTION_LIST"


async def test_a_lost_reply_is_found_by_its_reference(gp: Gp) -> None:
    await gp.authorize()
    lost = await gp.authorize(reference="uk-536366-authorize")
    found = (await gp.get("/transactions?reference=uk-536366-authorize")).body
    never = (await gp.get("/transactions?reference=uk-536367-authorize")).body

    assert [t["id"] for t in found["transactions"]] == [lost["id"]]
    assert found["filter"] == {"reference": "uk-536366-authorize"}
    assert never["total_record_count"] == 0


async def test_every_filter_narrows_the_list(gp: Gp) -> None:
    held = await gp.authorize("500")
    sale = await gp.authorize("700", capture_mode="AUTO", order={"reference": "uk-1"})
    refund = (await gp.post(f"/transactions/{sale['id']}/refund", {"amount": "200"})).body
    card = sale["payment_method"]["card"]

    async def ids(query: str) -> list[str]:
        body = (await gp.get(f"/transactions?order=ASC&{query}")).body
        return [t["id"] for t in body["transactions"]]

    assert await ids(f"id={sale['id']}") == [sale["id"]]
    assert await ids("type=REFUND") == [refund["id"]]
    assert await ids("status=PREAUTHORIZED") == [held["id"]]
    assert await ids("status=CAPTURED&type=SALE") == [sale["id"]]
    assert await ids("amount=500&currency=GBP") == [held["id"]]
    assert await ids("order.reference=uk-1") == [sale["id"], refund["id"]]
    assert await ids("order_reference=uk-1&type=SALE") == [sale["id"]]
    assert await ids(f"order.reference=uk-1&id={held['id']}") == []
    assert await ids(f"batch_id={sale['batch_id']}") == [sale["id"], refund["id"]]
    assert await ids(f"brand_reference={card['brand_reference']}") == [sale["id"]]
    assert await ids("brand=VISA&channel=CNP&country=GB&number_last4=5262&type=REFUND") == [
        refund["id"]
    ]
    assert await ids("entry_mode=MOTO") == []


async def test_a_poller_reads_on_from_a_time(gp: Gp) -> None:
    early = await gp.authorize()
    gp.clock.advance(1000)
    since = iso(gp.clock.now_ms())
    late = await gp.authorize(order={"reference": "uk-1"})
    gp.clock.advance(1000)
    after = iso(gp.clock.now_ms())

    async def ids(query: str) -> list[str]:
        body = (await gp.get(f"/transactions?{query}")).body
        return [t["id"] for t in body["transactions"]]

    assert await ids(f"from_time_created={since}") == [late["id"]]
    assert await ids(f"from_time_created={since}&order.reference=uk-536365") == []
    assert await ids(f"from_time_created={since}&order.reference=uk-1") == [late["id"]]
    assert await ids(f"from_time_created={after}") == []
    assert await ids(f"to_time_created={early['time_created']}") == [early["id"]]
    day = since[:10]
    assert await ids(f"from_time_created={day}&to_time_created={day}") == [late["id"], early["id"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=1001", "page_size"),
        ("page_size=0", "page_size"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("order=UP", "order"),
        ("order_by=MOOD", "order_by"),
        ("from_time_created=yesterday", "from_time_created"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(gp: Gp, query: str, field: str) -> None:
    answer = await gp.get(f"/transactions?{query}")

    assert answer.refusal == (400, "INVALID_REQUEST_DATA", "40213")
    assert answer.why == f"{field} contains unexpected data"


async def test_a_long_list_is_compressed_for_who_takes_it(gp: Gp) -> None:
    for _ in range(6):
        await gp.authorize()
    answer = await gp.call(
        "GET", "/ucp/transactions?page_size=1000", headers={"Accept-Encoding": "gzip"}
    )

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.body["current_page_size"] == 6


async def test_a_transactions_detail_has_what_its_list_has(gp: Gp) -> None:
    held = await gp.authorize(description="M3 0010000042")
    gp.clock.advance(5000)
    await gp.post(f"/transactions/{held['id']}/capture")
    detail = (await gp.get(f"/transactions/{held['id']}")).body

    assert detail["order_reference"] == "uk-536365"
    assert detail["description"] == "M3 0010000042"
    assert detail["time_last_updated"] > detail["time_created"]
    assert detail["status"] == "CAPTURED"


async def test_the_log_of_actions_tells_whether_a_call_arrived(gp: Gp) -> None:
    held = await gp.authorize()
    await gp.post("/transactions/TRN_nowhere/capture")
    arrived = (await gp.get(f"/actions?resource_id={held['id']}")).body
    refused = (await gp.get("/actions?type=CAPTURE")).body

    (action,) = arrived["actions"]
    assert (action["resource"], action["http_response_code"]) == ("TRANSACTIONS", "200")
    assert action["id"] == held["action"]["id"]
    assert refused["actions"][0]["http_response_code"] == "404"
    assert refused["actions"][0]["response_code"] == "RESOURCE_NOT_FOUND"


async def test_actions_are_polled_by_time_and_told_apart(gp: Gp) -> None:
    held = await gp.authorize()
    await gp.authorize(payment_method={"id": "PMT_poor"})
    gp.clock.advance(1000)
    since = iso(gp.clock.now_ms())
    await gp.post(f"/transactions/{held['id']}/reversal")

    async def types(query: str) -> list[str]:
        body = (await gp.get(f"/actions?order=ASC&{query}")).body
        return [action["type"] for action in body["actions"]]

    assert held["action"]["type"] == "PREAUTHORIZE"
    assert await types(f"resource_id={held['id']}") == ["PREAUTHORIZE", "REVERSE"]
    assert (await types(f"from_time_created={since}"))[0] == "REVERSE"
    assert await types("resource_status=REVERSED") == ["REVERSE"]
    assert await types("response_code=DECLINED&http_response_code=200") == ["AUTHORIZE"]
    assert await types("http_code=404") == []
    one = (await gp.get(f"/actions/{held['action']['id']}")).body
    assert (one["resource_id"], one["resource_status"]) == (held["id"], "PREAUTHORIZED")
    assert (await gp.get("/actions/ACT_0")).refusal == (404, "RESOURCE_NOT_FOUND", "40118")
