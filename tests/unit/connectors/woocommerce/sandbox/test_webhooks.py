"""Webhooks: signed, built when they leave, never repeated, switched off after failures."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable

import pytest

from connectors.woocommerce.sandbox.app import SandboxSettings
from connectors.woocommerce.sandbox.checkout import Checkout
from connectors.woocommerce.sandbox.webhooks import Subscriptions, Webhook
from tests.unit.connectors.woocommerce.sandbox.conftest import Answer, Caller, Receiver


async def subscribe(shop: Caller, receiver: Receiver, *topics: str) -> list[int]:
    hooks = [
        await shop.post("webhooks", {"topic": topic, "delivery_url": receiver.url})
        for topic in topics
    ]
    receiver.got.clear()
    return [hook.json["id"] for hook in hooks]


async def test_a_placed_order_is_told_signed(shop: Caller, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "order.created")
    placed = await shop.place(number="A-77", customer_note="Zoë / leave at the door")
    await shop.sandbox.drained()
    (delivery,) = receiver.got
    digest = hmac.digest(shop.sandbox.webhook_secret.encode(), delivery.body, hashlib.sha256)
    assert delivery.headers["X-WC-Webhook-Signature"] == base64.b64encode(digest).decode()
    assert rb"Zo\u00eb \/ leave" in delivery.body
    (order,) = receiver.bodies
    assert (order["id"], order["number"], order["total"]) == (placed["id"], "A-77", "10.00")


async def test_what_fires(shop: Caller, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "order.created", "order.updated", "product.updated")

    async def fired() -> list[str]:
        await shop.sandbox.drained()
        topics = sorted(receiver.topics)
        receiver.got.clear()
        return topics

    placed = await shop.place()
    assert await fired() == ["order.created", "order.updated"]
    path = f"orders/{placed['id']}"
    await shop.post(path + "/notes", {"note": "nothing is told of this"})
    assert await fired() == []
    await shop.put(path, {"status": "processing"})
    assert await fired() == ["order.updated", "product.updated"]
    await shop.put(path, {"meta_data": [{"key": "_m3_order", "value": "1"}]})
    assert await fired() == ["order.updated"]
    await shop.put(f"products/{shop.products['MUG']}", {"stock_quantity": 1})
    assert await fired() == ["product.updated"]
    draft = await shop.place(status="checkout-draft")
    assert await fired() == ["order.updated"]
    await shop.put(f"orders/{draft['id']}", {"status": "pending"})
    assert await fired() == ["order.created", "order.updated"]


async def test_the_body_shows_the_state_at_delivery(shop: Caller, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "order.created")
    books, seed = shop.sandbox.shop, {"lines": [{"sku": "MUG", "unit_price": "2.55"}]}
    checkout = Checkout(books)
    changed = checkout.saved(checkout.order(seed), "pending")
    gone = checkout.saved(checkout.order(seed), "pending")
    books.enter(changed, "cancelled")
    del books.orders[gone.id]
    await shop.sandbox.drained()
    assert sorted(body.get("status", body.get("code")) for body in receiver.bodies) == [
        "cancelled",
        "woocommerce_rest_shop_order_invalid_id",
    ]


async def test_an_event_of_a_record_that_already_waits_is_dropped() -> None:
    subscriptions = Subscriptions()
    subscriptions.by_id[1] = Webhook(1, 0, "", "order.updated", "http://x", "s")
    for _ in range(3):
        subscriptions.fire("order.updated", 50)
    first = await subscriptions.take()
    subscriptions.fire("order.updated", 50)
    second = await subscriptions.take()
    assert second == first
    subscriptions.settled(first)
    subscriptions.settled(second)
    await subscriptions.drained()


async def test_deliveries_of_one_second_share_their_id(shop: Caller, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "order.created")
    await shop.place()
    await shop.place()
    await shop.sandbox.drained()
    shop.clock.advance(1000)
    await shop.place()
    await shop.sandbox.drained()
    ids = [delivery.headers["X-WC-Webhook-Delivery-ID"] for delivery in receiver.got]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("status", "counts"), [(302, True), (303, False), (404, False), (500, False)]
)
async def test_what_counts_as_delivered(
    shop: Caller, receiver: Receiver, status: int, counts: bool
) -> None:
    await subscribe(shop, receiver, "order.created")
    receiver.status = status
    await shop.place()
    await shop.sandbox.drained()
    (hook,) = (await shop.books())["webhooks"]
    assert (hook["delivered"], hook["failures"]) == ((1, 0) if counts else (0, 1))
    assert len(receiver.got) == 1


async def test_the_seventh_failure_disables_and_one_more_does_again(
    shop: Caller, receiver: Receiver
) -> None:
    (hook,) = await subscribe(shop, receiver, "order.created")
    receiver.status = 500

    async def status_after_an_order() -> str:
        await shop.place()
        await shop.sandbox.drained()
        status: str = (await shop.get(f"webhooks/{hook}")).json["status"]
        return status

    assert [await status_after_an_order() for _ in range(7)] == ["active"] * 6 + ["disabled"]
    receiver.got.clear()
    await shop.place()
    await shop.sandbox.drained()
    assert receiver.got == []
    await shop.put(f"webhooks/{hook}", {"status": "active"})
    assert await status_after_an_order() == "disabled"
    await shop.put(f"webhooks/{hook}", {"status": "active"})
    receiver.status = 200
    assert await status_after_an_order() == "active"
    receiver.status = 500
    assert await status_after_an_order() == "active"


async def test_a_target_that_speaks_no_http_is_a_failure(shop: Caller) -> None:
    async def mumble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(mumble, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    hook = {"topic": "order.created", "delivery_url": f"http://{host}:{port}/"}
    await shop.post("webhooks", hook)
    await shop.place()
    await shop.sandbox.drained()
    assert (await shop.books())["webhooks"][0]["failures"] == 1
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("settings", [SandboxSettings(keep_alive=True)])
async def test_deliveries_over_kept_connections(shop: Caller, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "order.created")
    for _ in range(3):
        await shop.place()
    await shop.sandbox.drained()
    assert len({body["id"] for body in receiver.bodies}) == 3
    receiver.status = 303
    await shop.place()
    await shop.sandbox.drained()
    assert (await shop.books())["webhooks"][0]["failures"] == 1


async def test_a_delivery_never_shows_an_older_state(shop: Caller, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "order.updated", "order.restored")
    placed = await shop.place(payment={"transaction_id": "TRN_1", "action": "authorize"})
    path = f"orders/{placed['id']}"
    refund = {"amount": "1.00", "api_refund": False}

    async def delete_refund() -> Answer:
        given = (await shop.get(path + "/refunds")).json[0]["id"]
        await shop.call("DELETE", f"{path}/refunds/{given}")
        return await shop.put(path, {})

    changes: list[Callable[[], Awaitable[Answer]]] = [
        lambda: shop.act(placed, "capture"),
        lambda: shop.put(path, {"customer_note": "x"}),
        lambda: shop.post(path + "/refunds", refund),
        delete_refund,
        lambda: shop.act(placed, "status", status="on-hold"),
        lambda: shop.act(placed, "lines", lines=[{"sku": "TEA-100", "quantity": 3}]),
        lambda: shop.act(placed, "refunds", lines=[{"sku": "TEA-100", "quantity": 1}]),
        lambda: shop.act(placed, "trash"),
        lambda: shop.act(placed, "restore"),
        lambda: shop.act(placed, "status", status="cancelled"),
        lambda: shop.act(placed, "payment", transaction_id="TRN_2"),
        lambda: shop.act(placed, "status", status="refunded"),
        lambda: shop.post("/_sandbox/settings", {"timezone": "Asia/Tokyo"}),
        lambda: shop.put(path, {"status": "completed"}),
    ]
    await shop.sandbox.drained()
    states = set()
    for change in changes:
        receiver.got.clear()
        assert (await change()).status < 300
        await shop.sandbox.drained()
        truth = (await shop.get(path)).text
        states.add(truth)
        assert {delivery.body.decode() for delivery in receiver.got} <= {truth}
        shop.clock.advance(1000)
    assert len(states) == len(changes)


async def test_nobody_listens(shop: Caller) -> None:
    created = await shop.post(
        "webhooks", {"topic": "order.created", "delivery_url": "http://127.0.0.1:9/hook"}
    )
    assert created.status == 201
    await shop.place()
    await shop.sandbox.drained()
    (hook,) = (await shop.books())["webhooks"]
    assert hook["failures"] == 1


async def test_administration(shop: Caller, receiver: Receiver) -> None:
    (hook,) = await subscribe(shop, receiver, "order.created")
    path = f"webhooks/{hook}"
    await shop.put(path, {"delivery_url": receiver.url + "?again"})
    assert [delivery.body for delivery in receiver.got] == [f"webhook_id={hook}".encode()]
    await shop.put(path, {"status": "paused"})
    assert [h["id"] for h in (await shop.get("webhooks", status="paused")).json] == [hook]
    assert (await shop.call("DELETE", path)).status == 501
    assert (await shop.call("DELETE", path, params={"force": "true"})).status == 200
    assert (await shop.get(path)).status == 404
    assert (await shop.put(path, {"status": "active"})).status == 400
    for wrong in (
        {"topic": "order.paid", "delivery_url": receiver.url},
        {"topic": "order.created", "delivery_url": "ftp://x"},
        {},
    ):
        assert (await shop.post("webhooks", wrong)).status == 400
