"""The sandbox writes what a real shop wrote: same members, order, kinds, formats, bytes."""

import asyncio
import re

from connectors.woocommerce.sandbox.php_json import encode
from connectors.woocommerce.sandbox.webhooks import Webhook
from tests.unit.connectors.woocommerce.sandbox.conftest import Caller, Receiver
from tests.unit.connectors.woocommerce.sandbox.recordings import (
    FOLDER,
    SECRET,
    headers_and_body,
    parsed,
    request_body,
    shape,
)

TRANSPORT = {"Host", "Date", "Connection", "Content-Length", "X-Powered-By", "Server"}


def plain(text: str) -> str:
    """Without what differs between two shops: ids, moments, addresses, keys, meta of before."""
    for pattern, mark in (
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "MOMENT"),
        (r"http:\\/\\/127.0.0.1:\d+", "SHOP"),
        (r"wc_order_\w{13}", "KEY"),
        (r'"(id|product_id)":\d+', r'"\1":N'),
        (r'"number":"\d+"', '"number":"N"'),
        (r"(orders|order-pay|refunds|webhooks)\\/\d+", r"\1/N"),
        (r'(_refunded_item_id","\w+":)"\d+"', r'\1"N"'),
    ):
        text = re.sub(pattern, mark, text)
    return text


async def test_an_order_created_by_rest_is_answered_as_the_real_shop_answered(shop: Caller) -> None:
    asked = request_body("rest-order-create.http")
    asked["line_items"][0]["product_id"] = shop.products["TEA-100"]
    answer = await shop.post("orders", asked)
    headers, recorded = headers_and_body("rest-order-create.http")
    assert answer.status == 201
    assert plain(answer.text) == plain(recorded.decode())
    assert shape(answer.json) == shape(parsed(recorded))
    assert answer.headers["Content-Type"] == headers["Content-Type"]
    assert answer.headers["Location"].endswith(f"/wp-json/wc/v3/orders/{answer.json['id']}")


async def test_webhook_requests_look_like_the_real_ones(shop: Caller, receiver: Receiver) -> None:
    for topic in ("order.created", "order.updated"):
        hook = {"topic": topic, "delivery_url": receiver.url, "secret": SECRET}
        await shop.post("webhooks", hook)
    receiver.got.clear()
    asked = request_body("rest-order-create.http") | {"meta_data": []}
    asked["line_items"][0]["product_id"] = shop.products["TEA-100"]
    order = (await shop.post("orders", asked)).json
    await shop.sandbox.drained()
    receiver.got = [d for d in receiver.got if d.headers["X-WC-Webhook-Topic"] == "order.created"]
    await shop.put(f"orders/{order['id']}", {"status": "completed"})
    await shop.sandbox.drained()
    for delivery, name in zip(
        receiver.got, ("hook-order-created.http", "hook-order-updated.http"), strict=True
    ):
        headers, recorded = headers_and_body(name)
        assert plain(delivery.body.decode()) == plain(recorded.decode())
        assert list(delivery.headers.keys() - TRANSPORT) != []
        assert delivery.headers.keys() - TRANSPORT == headers.keys() - TRANSPORT
        for same in ("User-Agent", "Content-Type", "Accept", "Accept-Encoding", "Connection"):
            assert delivery.headers[same] == headers[same]
        assert len(delivery.headers["X-WC-Webhook-Delivery-ID"]) == 32


async def test_a_delivery_is_written_to_the_wire_as_recorded(shop: Caller) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    hook = {"topic": "order.created", "delivery_url": f"http://{host}:{port}/ok"}
    await shop.post("webhooks", hook)
    await heard.get()
    await shop.place()
    wire = (await heard.get()).decode()
    server.close()
    await server.wait_closed()
    recorded = (FOLDER / "hook-order-created.http").read_text().partition("\n\n")[0]
    names = [line.partition(":")[0] for line in recorded.splitlines()]
    assert [line.partition(":")[0] for line in wire.strip().split("\r\n")] == names


def test_signature_of_the_recorded_bytes() -> None:
    for name in ("hook-order-created.http", "hook-order-updated.http", "hook-error-body.http"):
        headers, body = headers_and_body(name)
        hook = Webhook(1, 0, "", "order.created", "http://x", SECRET)
        assert hook.sign(body) == headers["X-WC-Webhook-Signature"]


def test_json_of_a_recorded_body_is_written_again_byte_for_byte() -> None:
    for name in ("hook-order-created.http", "rest-order-create.http", "rest-refund-create.http"):
        _, body = headers_and_body(name)
        assert encode(parsed(body)) == body.rstrip()


async def test_the_ping_is_the_recorded_form(shop: Caller, receiver: Receiver) -> None:
    created = await shop.post(
        "webhooks", {"topic": "order.created", "delivery_url": receiver.url, "name": "n"}
    )
    headers, body = headers_and_body("hook-ping.http")
    (ping,) = receiver.got
    assert ping.body == body.rstrip()
    assert ping.headers.keys() - TRANSPORT == headers.keys() - TRANSPORT
    assert ping.headers["Content-Type"] == headers["Content-Type"]
    assert shape(created.json) == shape(parsed(headers_and_body("rest-webhook-create.http")[1]))


async def test_a_refund_is_answered_as_recorded(shop: Caller) -> None:
    tea = {"product_id": shop.products["TEA-100"], "quantity": 2}
    order = (await shop.post("orders", {"line_items": [tea], "set_paid": True})).json
    asked = request_body("rest-refund-create.http")
    asked["line_items"][0]["id"] = order["line_items"][0]["id"]
    asked["line_items"][0]["refund_total"] = "8.33"
    asked["line_items"][0]["refund_tax"] = [{"id": 1, "refund_total": "1.67"}]
    answer = await shop.post(f"orders/{order['id']}/refunds", asked)
    recorded = headers_and_body("rest-refund-create.http")[1]
    assert answer.status == 201
    assert plain(answer.text) == plain(recorded.decode())
    assert (await shop.books())["stock"]["TEA-100"] == 987 - 2 + 1
    assert (await shop.get(f"orders/{order['id']}")).json["refunds"][0]["total"] == "-10.00"
