"""Orders by REST: money, states, stock, and what the shop refuses."""

import pytest

from connectors.woocommerce.sandbox.app import SandboxSettings
from tests.unit.connectors.woocommerce.sandbox.conftest import Caller, refusal


async def test_an_order_of_every_kind_of_line(shop: Caller) -> None:
    body = {
        "line_items": [
            {"sku": "MUG", "quantity": 3},
            {"product_id": shop.products["TEA-100"], "subtotal": "8.333333", "total": "4.166667"},
        ],
        "shipping_lines": [{"method_id": "flat_rate", "method_title": "Post", "total": "2.916667"}],
        "fee_lines": [{"name": "Gift wrap", "total": "0.833333"}],
    }
    order = (await shop.post("orders", body)).json
    assert order["status"] == "pending"
    assert order["total"] == "17.15"  # 7.65 + 5.00 + 3.50 + 1.00
    assert (order["shipping_total"], order["shipping_tax"]) == ("2.92", "0.58")
    assert (order["discount_total"], order["discount_tax"]) == ("4.16", "0.84")
    assert [str(line["price"]) for line in order["line_items"]] == ["2.125", "4.166667"]
    exact = (await shop.get(f"orders/{order['id']}", dp="6")).json
    assert exact["line_items"][1]["total"] == "4.166667"
    assert exact["line_items"][1]["total_tax"] == "0.830000"


async def test_stock_follows_the_status(shop: Caller) -> None:
    async def stock() -> int:
        left: int = (await shop.books())["stock"]["MUG"]
        return left

    order = (await shop.post("orders", {"line_items": [{"sku": "MUG", "quantity": 12}]})).json
    path = f"orders/{order['id']}"
    seen = [await stock()]
    for status in ("processing", "completed", "refunded", "processing", "cancelled", "on-hold"):
        await shop.put(path, {"status": status})
        seen.append(await stock())
    assert seen == [10, -2, -2, -2, -2, 10, -2]
    mug = (await shop.get("products", sku="MUG")).json[0]
    assert (mug["stock_quantity"], mug["stock_status"]) == (-2, "outofstock")


async def test_dates_of_payment_and_completion(shop: Caller) -> None:
    placed = await shop.place(payment_method="cod", status="processing")
    order = (await shop.get(f"orders/{placed['id']}")).json
    assert order["date_paid"] is None
    shop.clock.advance(5000)
    order = (await shop.put(f"orders/{placed['id']}", {"status": "completed"})).json
    assert order["date_paid"] == order["date_completed"] == order["date_modified"]
    assert order["date_modified"] > order["date_created"]


async def test_an_update_changes_only_what_it_names(shop: Caller) -> None:
    placed = await shop.place(meta_data=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    path = f"orders/{placed['id']}"
    before = (await shop.get(path)).json
    change = {
        "transaction_id": "T" * 120,
        "meta_data": [
            {"key": "b", "value": None},
            {"key": "a", "value": {"n": 3}},
            {"key": "c", "value": "new"},
        ],
        "billing": {"phone": "7"},
    }
    after = (await shop.call("PATCH", path, json=change)).json
    assert after["transaction_id"] == "T" * 100
    assert {m["key"]: m["value"] for m in after["meta_data"]} == {"a": {"n": 3}, "c": "new"}
    assert after["billing"] == before["billing"] | {"phone": "7"}
    for same in ("total", "status", "line_items", "date_created", "shipping"):
        assert after[same] == before[same]


@pytest.mark.parametrize(
    ("status", "price", "then"),
    [
        ("pending", "10.00", "processing"),
        ("failed", "10.00", "processing"),
        ("on-hold", "10.00", "on-hold"),
        ("pending", "0.00", "processing"),
        ("failed", "0.00", "failed"),
    ],
)
async def test_set_paid_acts_only_where_payment_is_needed(
    shop: Caller, status: str, price: str, then: str
) -> None:
    lines = [{"sku": "TEA-100", "quantity": 1, "unit_price": price}]
    placed = await shop.place(lines=lines, status=status)
    updated = await shop.put(f"orders/{placed['id']}", {"set_paid": True})
    assert updated.json["status"] == then


async def test_notes_are_kept_newest_first_and_do_not_date_the_order(shop: Caller) -> None:
    placed = await shop.place()
    path = f"orders/{placed['id']}"
    before = (await shop.get(path)).json["date_modified"]
    shop.clock.advance(60_000)
    await shop.post(path + "/notes", {"note": "Authorized"})
    added = await shop.post(path + "/notes", {"note": "On its way", "customer_note": True})
    assert added.status == 201
    assert added.json["customer_note"] is True
    listed = (await shop.get(path + "/notes")).json
    assert [note["note"] for note in listed] == ["On its way", "Authorized"]
    assert len((await shop.get(path + "/notes", type="internal")).json) == 1
    assert (await shop.get(path)).json["date_modified"] == before
    assert refusal(await shop.post(path + "/notes", {})) == (400, "rest_missing_callback_param")
    assert refusal(await shop.get("orders/999/notes")) == (404, "woocommerce_rest_order_invalid_id")


async def test_what_the_shop_refuses(shop: Caller) -> None:
    unknown = "woocommerce_rest_shop_order_invalid_id"
    assert refusal(await shop.get("orders/999")) == (404, unknown)
    assert refusal(await shop.put("orders/999", {"status": "completed"})) == (400, unknown)
    placed = await shop.place()
    path = f"orders/{placed['id']}"
    assert refusal(await shop.put(path, {"status": "shipped"})) == (400, "rest_invalid_param")
    assert refusal(await shop.get("orders", per_page="101")) == (400, "rest_invalid_param")
    assert refusal(await shop.get("orders", status="shipped")) == (400, "rest_invalid_param")
    assert refusal(await shop.get("nothing")) == (404, "rest_no_route")
    assert refusal(await shop.call("DELETE", "orders")) == (404, "rest_no_route")
    for broken in (b"{no", b"[]", b'{"status": NaN}'):
        refused = await shop.call("POST", "orders", data=broken)
        assert refusal(refused) == (400, "rest_invalid_json")
    assert refusal(await shop.post("orders", {"customer_id": 7})) == (
        400,
        "woocommerce_rest_invalid_customer_id",
    )
    assert refusal(await shop.post("orders", {"line_items": [{"quantity": 1}]})) == (
        400,
        "woocommerce_rest_required_product_reference",
    )
    edit = {"line_items": [{"id": 4711, "quantity": 9}]}
    assert refusal(await shop.put(path, edit)) == (400, "woocommerce_rest_invalid_item_id")


async def test_a_refused_coupon_leaves_a_pending_order_behind(shop: Caller) -> None:
    body = {"line_items": [{"sku": "MUG"}], "coupon_lines": [{"code": "SPRING"}]}
    assert refusal(await shop.post("orders", body)) == (400, "woocommerce_rest_invalid_coupon")
    (left,) = (await shop.get("orders")).json
    assert (left["status"], left["total"]) == ("pending", "2.55")


async def test_an_unknown_product_is_no_error(shop: Caller) -> None:
    answer = await shop.post("orders", {"line_items": [{"product_id": 4711, "quantity": 2}]})
    (line,) = answer.json["line_items"]
    assert (answer.status, line["product_id"], line["name"], line["price"]) == (201, 0, "", 0)
    assert line["sku"] is None


async def test_a_list_is_paged_by_modification(shop: Caller) -> None:
    ids = []
    for _ in range(5):
        ids.append((await shop.place())["id"])
        shop.clock.advance(1000)
    await shop.put(f"orders/{ids[0]}", {"status": "on-hold"})
    asked = {
        "modified_after": "2023-11-14T22:13:21",
        "dates_are_gmt": "true",
        "orderby": "modified",
        "order": "asc",
        "per_page": "2",
    }
    seen: list[int] = []
    for number in ("1", "2", "3"):
        answer = await shop.get("orders", page=number, **asked)
        seen += [order["id"] for order in answer.json]
    assert seen == [ids[2], ids[3], ids[4], ids[0]]
    first = await shop.get("orders", page="1", **asked)
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("4", "2")
    assert 'rel="next"' in first.headers["Link"]
    past = await shop.get("orders", page="9", **asked)
    assert (past.status, past.json, past.headers["X-WP-Total"]) == (200, [], "0")
    held = await shop.get("orders", status="on-hold,failed", _fields="id,status")
    assert held.json == [{"id": ids[0], "status": "on-hold"}]


@pytest.mark.parametrize("settings", [SandboxSettings(timezone="America/New_York")])
async def test_dates_are_shop_time_unless_said(shop: Caller) -> None:
    placed = await shop.place()
    order = (await shop.get(f"orders/{placed['id']}")).json
    assert order["date_created"] == "2023-11-14T17:13:20"
    assert order["date_created_gmt"] == "2023-11-14T22:13:20"
    assert len((await shop.get("orders", after="2023-11-14T18:00:00")).json) == 0
    local = await shop.get("orders", after="2023-11-14T17:00:00")
    assert len(local.json) == 1
    gmt = await shop.get("orders", after="2023-11-14T22:00:00", dates_are_gmt="true")
    assert len(gmt.json) == 1


async def test_a_batch_reports_each_item(shop: Caller) -> None:
    placed = await shop.place()
    body = {
        "create": [{"line_items": [{"sku": "MUG"}]}],
        "update": [{"id": placed["id"], "status": "completed"}, {"id": 999, "status": "failed"}],
    }
    answer = await shop.post("orders/batch", body)
    assert answer.status == 200
    assert answer.json["create"][0]["total"] == "2.55"
    assert answer.json["update"][0]["status"] == "completed"
    failed = answer.json["update"][1]
    assert (failed["id"], failed["error"]["data"]["status"]) == (999, 400)
    many = await shop.post("orders/batch", {"update": [{"id": 1}] * 101})
    assert refusal(many) == (413, "woocommerce_rest_request_entity_too_large")


async def test_a_stranger_is_told_what_he_may_not(shop: Caller) -> None:
    shop.session.headers.pop("Authorization")
    assert refusal(await shop.get("orders")) == (401, "woocommerce_rest_cannot_view")
    assert refusal(await shop.post("orders", {})) == (401, "woocommerce_rest_cannot_create")
    assert refusal(await shop.put("orders/1", {})) == (401, "woocommerce_rest_cannot_edit")
    assert refusal(await shop.post("orders/batch", {})) == (401, "woocommerce_rest_cannot_batch")
    assert refusal(await shop.get("nothing")) == (404, "rest_no_route")
    half = await shop.get("nothing", oauth_nonce="1")
    assert refusal(half) == (401, "woocommerce_rest_authentication_missing_parameter")


@pytest.mark.parametrize("settings", [SandboxSettings(basic_on_http=False)])
async def test_a_strict_shop_does_not_read_basic_on_plain_http(
    settings: SandboxSettings, shop: Caller
) -> None:
    assert refusal(await shop.get("orders")) == (401, "woocommerce_rest_cannot_view")


async def test_the_shop_says_its_currency(shop: Caller) -> None:
    assert (await shop.get("settings/general/woocommerce_currency")).json["value"] == "GBP"
    status = (await shop.get("system_status")).json
    assert status["settings"]["number_of_decimals"] == 2
    assert status["environment"]["version"] == "9.9.5"
