"""What webhooks miss: lists of what changed, filters, and hooks that went silent."""

from typing import Any

from tests.unit.connectors.woocommerce.sandbox.conftest import Caller, Receiver

CHANGED = {"dates_are_gmt": "true", "orderby": "modified", "order": "asc"}


async def ids(shop: Caller, **params: str) -> list[int]:
    answer = await shop.get("orders", **params)
    assert answer.status == 200, answer.text
    return [order["id"] for order in answer.json]


async def test_a_poller_sees_every_change_once_with_its_cursor(shop: Caller) -> None:
    orders = []
    for _ in range(4):
        orders.append((await shop.place())["id"])
        shop.clock.advance(1000)
    since = "2023-11-14T22:13:21"  # of the second order, and not after itself
    assert await ids(shop, modified_after=since, **CHANGED) == orders[2:]
    await shop.act({"id": orders[0]}, "status", status="cancelled")
    await shop.post(f"orders/{orders[1]}/notes", {"note": "changes nothing"})
    assert await ids(shop, modified_after=since, **CHANGED) == [*orders[2:], orders[0]]
    before = {"modified_before": "2023-11-14T22:13:23"}
    assert await ids(shop, modified_after=since, **before, **CHANGED) == [orders[2]]
    await shop.act({"id": orders[3]}, "trash")
    assert orders[3] not in await ids(shop, modified_after=since, **CHANGED)
    assert await ids(shop, status="trash", modified_after=since, **CHANGED) == [orders[3]]
    assert await ids(shop, status="any", modified_after=since, **CHANGED) == [orders[2], orders[0]]


async def test_orders_are_found_by_what_they_hold(shop: Caller) -> None:
    mugs = [{"sku": "MUG", "quantity": 1, "unit_price": "2.55"}]
    first = (await shop.place(lines=mugs, billing={"email": "zoe@shop.example"}))["id"]
    second = (await shop.place())["id"]
    third = (await shop.post("orders", {"line_items": [{"sku": "MUG"}]})).json["id"]
    assert await ids(shop, product=str(shop.products["MUG"])) == [third, first]
    assert await ids(shop, search="ZOE@") == [first]
    assert await ids(shop, search="tea tin") == [second]
    assert await ids(shop, created_via="rest-api") == [third]
    assert await ids(shop, exclude=f"{first},{third}") == [second]
    assert await ids(shop, include=f"{second},{first}", orderby="include") == [second, first]
    assert (await shop.get("orders", orderby="include")).status == 400


async def test_pages_link_to_their_neighbours_and_stop(shop: Caller) -> None:
    placed = [(await shop.place())["id"] for _ in range(5)]
    page = await shop.get("orders", per_page="2", page="2", order="asc", orderby="id")
    assert [order["id"] for order in page.json] == placed[2:4]
    assert 'rel="prev"' in page.headers["Link"]
    assert 'rel="next"' in page.headers["Link"]
    assert "first" not in page.headers["Link"]
    assert await ids(shop, offset="4", order="asc", orderby="id") == placed[4:]
    products = await shop.get("products", page="9")
    assert (products.json, products.headers["X-WP-Total"]) == ([], "2")


async def test_products_that_changed(shop: Caller) -> None:
    shop.clock.advance(1000)
    await shop.put(f"products/{shop.products['MUG']}", {"stock_quantity": 0})
    changed = {"modified_after": "2023-11-14T22:13:20", "dates_are_gmt": "true"}
    assert [each["sku"] for each in (await shop.get("products", **changed)).json] == ["MUG"]
    gone = await shop.get("products", stock_status="outofstock")
    assert [each["sku"] for each in gone.json] == ["MUG"]


async def test_a_disabled_hook_is_found_and_set_right(shop: Caller, receiver: Receiver) -> None:
    hook = {"topic": "order.created", "delivery_url": receiver.url}
    made = (await shop.post("webhooks", hook)).json
    receiver.status = 500
    for _ in range(7):
        await shop.place()
        await shop.sandbox.drained()
    (silent,) = (await shop.get("webhooks", status="disabled")).json
    assert (silent["id"], (await shop.books())["webhooks"][0]["failures"]) == (made["id"], 6)
    receiver.status = 200
    receiver.got.clear()
    missed = (await shop.place())["id"]
    await shop.put(f"webhooks/{made['id']}", {"status": "active"})
    told = (await shop.place())["id"]
    await shop.sandbox.drained()
    assert [body["id"] for body in receiver.bodies] == [told]
    assert missed in await ids(shop, modified_after="2023-11-14T22:13:19", **CHANGED)
    assert (await shop.books())["webhooks"][0]["failures"] == 0


async def test_while_the_queue_is_held_states_vanish(shop: Caller, receiver: Receiver) -> None:
    topics = ("order.created", "order.updated")
    body = {"create": [{"topic": topic, "delivery_url": receiver.url} for topic in topics]}
    made: Any = (await shop.post("webhooks/batch", body)).json["create"]
    receiver.got.clear()
    await shop.post("/_sandbox/queue", {"held": True})
    placed = await shop.place()
    for status in ("on-hold", "processing", "completed"):
        await shop.act(placed, "status", status=status)
    assert [hook["pending"] for hook in (await shop.books())["webhooks"]] == [1, 1]
    assert receiver.got == []
    paused = {"update": [{"id": made[1]["id"], "status": "paused"}], "delete": [999]}
    answer = (await shop.post("webhooks/batch", paused)).json
    assert answer["delete"][0]["error"]["data"]["status"] == 404
    await shop.act(placed, "status", status="cancelled")
    await shop.post("/_sandbox/queue", {"held": False})
    await shop.sandbox.drained()
    assert sorted(receiver.topics) == ["order.created", "order.updated"]
    assert {body["status"] for body in receiver.bodies} == {"cancelled"}


async def test_a_shop_is_set_up_while_it_runs(shop: Caller) -> None:
    euro = {"currency": "EUR", "vat_percent": "19", "country": "DE", "timezone": "Europe/Berlin"}
    assert (await shop.post("/_sandbox/settings", euro)).json["currency"] == "EUR"
    order = await shop.order(await shop.place())
    assert (order["currency"], order["currency_symbol"], order["total_tax"]) == ("EUR", "€", "1.60")
    assert order["tax_lines"][0]["rate_code"] == "DE-VAT-1"
    assert order["date_created"] == "2023-11-14T23:13:20"
    assert (await shop.get("settings/general/woocommerce_currency")).json["value"] == "EUR"
    for wrong in (
        {"currency": "XXQ"},
        {"timezone": "Mars"},
        {"vat_percent": "much"},
        {"consumer_key": "ck_1"},
        {"hold_stock_minutes": "long"},
    ):
        assert (await shop.post("/_sandbox/settings", wrong)).status == 400
    assert (await shop.books())["currency"] == "EUR"
