"""Orders cancelled, trashed, paid by the plugin: states, stock, money, and what is told."""

from tests.unit.connectors.woocommerce.sandbox.conftest import Caller, Receiver, refusal

MUGS = [{"sku": "MUG", "quantity": 4, "unit_price": "2.55"}]
GONE = "woocommerce_rest_shop_order_invalid_id"


async def test_people_move_an_order_and_its_stock(shop: Caller, receiver: Receiver) -> None:
    placed = await shop.place(lines=MUGS)
    await shop.post("webhooks", {"topic": "order.updated", "delivery_url": receiver.url})
    receiver.got.clear()
    seen = []
    for status in ("on-hold", "cancelled", "processing", "failed", "pending"):
        done = await shop.act(placed, "status", status=status)
        assert done.json["status"] == status
        seen.append(await shop.stock("MUG"))
    assert seen == [6, 10, 6, 6, 10]
    await shop.sandbox.drained()
    assert receiver.bodies[-1]["status"] == "pending"
    refunded = await shop.act(placed, "status", status="refunded", note="returned unseen")
    assert (refunded.json["refunded"], await shop.stock("MUG")) == (1020, 10)
    assert "returned unseen" in refunded.json["notes"]
    assert (await shop.act(placed, "status", status="shipped")).status == 400


async def test_the_trash_keeps_an_order_out_of_lists_until_it_is_restored(
    shop: Caller, receiver: Receiver
) -> None:
    placed = await shop.place(lines=MUGS, status="processing")
    for topic in ("order.deleted", "order.restored", "order.updated"):
        await shop.post("webhooks", {"topic": topic, "delivery_url": receiver.url})
    receiver.got.clear()
    path = f"orders/{placed['id']}"
    answer = await shop.call("DELETE", path)
    assert (answer.status, answer.json["status"]) == (200, "processing")
    assert refusal(await shop.call("DELETE", path)) == (410, "woocommerce_rest_already_trashed")
    await shop.sandbox.drained()
    assert (receiver.topics, receiver.bodies) == (["order.deleted"], [{"id": placed["id"]}])
    assert (await shop.get("orders")).json == []
    assert [each["status"] for each in (await shop.get("orders", status="trash")).json] == ["trash"]
    assert (await shop.order(placed))["status"] == "trash"
    assert await shop.stock("MUG") == 6
    receiver.got.clear()
    assert (await shop.act(placed, "restore")).json["status"] == "processing"
    await shop.sandbox.drained()
    assert sorted(receiver.topics) == ["order.restored", "order.updated"]
    assert {body["status"] for body in receiver.bodies} == {"processing"}
    assert [each["id"] for each in (await shop.get("orders")).json] == [placed["id"]]


async def test_deleting_for_good_tells_nobody_and_keeps_the_stock(
    shop: Caller, receiver: Receiver
) -> None:
    placed = await shop.place(lines=MUGS, status="processing")
    for topic in ("order.deleted", "order.updated", "product.updated"):
        await shop.post("webhooks", {"topic": topic, "delivery_url": receiver.url})
    receiver.got.clear()
    path = f"orders/{placed['id']}"
    assert (await shop.call("DELETE", path, params={"force": "true"})).status == 200
    await shop.sandbox.drained()
    assert receiver.got == []
    assert await shop.stock("MUG") == 6
    assert refusal(await shop.get(path)) == (404, GONE)
    assert refusal(await shop.call("DELETE", path)) == (404, GONE)


async def test_a_batch_deletes_for_good(shop: Caller) -> None:
    placed = await shop.place()
    answer = (await shop.post("orders/batch", {"delete": [placed["id"], 999]})).json
    assert answer["delete"][0]["id"] == placed["id"]
    assert answer["delete"][1]["error"]["code"] == GONE
    assert (await shop.books())["orders"] == {}
    assert (await shop.post("orders/batch", {"delete": "all"})).status == 400


async def test_a_note_is_deleted_only_by_force(shop: Caller) -> None:
    placed = await shop.place()
    path = f"orders/{placed['id']}/notes"
    note = (await shop.post(path, {"note": "typo"})).json
    one = f"{path}/{note['id']}"
    assert (await shop.get(one)).json == note
    assert refusal(await shop.call("DELETE", one)) == (501, "woocommerce_rest_trash_not_supported")
    assert (await shop.call("DELETE", one, params={"force": "true"})).status == 200
    assert (await shop.get(one)).status == 404


async def test_a_checkout_that_has_paid(shop: Caller) -> None:
    placed = await shop.place(payment={"transaction_id": "TRN_1", "action": "charge"})
    order = await shop.order(placed)
    assert (order["status"], order["transaction_id"]) == ("processing", "TRN_1")
    assert order["payment_method"] == "globalpayments_gpapi"
    assert order["date_paid"] == order["date_created"]
    assert order["needs_payment"] is False
    meta = {entry["key"]: entry["value"] for entry in order["meta_data"]}
    assert meta == {"_globalpayments_payment_action": "charge"}


async def test_an_authorization_looks_paid_and_is_captured_later(shop: Caller) -> None:
    placed = await shop.place(
        payment={"transaction_id": "TRN_2", "action": "authorize"},
        payment_method="globalpayments_googlepay",
    )
    order = await shop.order(placed)
    assert (order["status"], order["payment_method"]) == ("processing", "globalpayments_googlepay")
    assert order["date_paid"] is not None
    done = (await shop.act(placed, "capture")).json
    assert done["meta"] == {"_globalpayments_payment_captured": "is_captured"}
    assert (await shop.act(placed, "capture")).status == 409


async def test_a_pending_order_is_paid_later_and_a_cancelled_one_revives(shop: Caller) -> None:
    placed = await shop.place(lines=MUGS)
    assert (await shop.order(placed))["date_paid"] is None
    await shop.act(placed, "status", status="cancelled")
    shop.clock.advance(90_000)
    paid = await shop.act(placed, "payment", transaction_id="TRN_3", action="authorize")
    assert (paid.json["status"], paid.json["transaction_id"]) == ("processing", "TRN_3")
    order = await shop.order(placed)
    assert order["date_paid"] == "2023-11-14T22:14:50"
    assert await shop.stock("MUG") == 6
    again = await shop.act(placed, "payment", transaction_id="TRN_4")
    assert (again.status, (await shop.order(placed))["transaction_id"]) == (409, "TRN_3")


async def test_payments_that_make_no_sense_are_refused(shop: Caller) -> None:
    for payment in ({}, {"transaction_id": ""}, {"transaction_id": "TRN_1", "action": "steal"}):
        seed = {"lines": MUGS, "payment": payment}
        assert (await shop.post("/_sandbox/orders", [seed])).status == 400
    assert (await shop.books())["orders"] == {}
