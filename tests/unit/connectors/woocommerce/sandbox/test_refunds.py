"""Refunds: money and stock to the penny, what the shop refuses, and what a clerk's refund tells."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.connectors.woocommerce.sandbox.conftest import Caller, Receiver, refusal

THREE_MUGS_AND_POST: dict[str, Any] = {
    "lines": [{"sku": "MUG", "quantity": 3, "unit_price": "2.55"}],
    "shipping_lines": [{"method_title": "Post", "total": "4.95"}],
    "fee_lines": [{"name": "Gift wrap", "total": "1.20"}],
    "status": "processing",
}
BOOKED = {"api_refund": False}


async def test_refunded_by_hand_records_the_rest(shop: Caller) -> None:
    placed = await shop.place(status="processing")
    path = f"orders/{placed['id']}"
    part = {"amount": "4.00", "api_refund": False}
    assert (await shop.post(path + "/refunds", part)).status == 201
    order = (await shop.put(path, {"status": "refunded"})).json
    assert [refund["total"] for refund in order["refunds"]] == ["-4.00", "-6.00"]
    assert order["total"] == "10.00"
    assert len((await shop.get(path + "/refunds")).json) == 2


async def test_refunds_that_the_shop_refuses_with_500(shop: Caller) -> None:
    placed = await shop.place(status="processing")
    path = f"orders/{placed['id']}/refunds"
    code = "woocommerce_rest_cannot_create_order_refund"
    assert refusal(await shop.post(path, {"amount": "10.01", "api_refund": False})) == (500, code)
    assert refusal(await shop.post(path, {"amount": "10.00"})) == (500, code)
    unknown = await shop.post("orders/999/refunds", {"amount": "1.00", "api_refund": False})
    assert refusal(unknown) == (500, "woocommerce_rest_invalid_order_id")
    assert (await shop.get(path)).json == []
    done = await shop.post(path, {"amount": "10.00", "api_refund": "false"})
    assert done.json["refunded_payment"] is False
    assert (await shop.get(f"orders/{placed['id']}")).json["status"] == "refunded"


async def test_lines_of_every_kind_are_given_back(shop: Caller) -> None:
    placed = await shop.place(**THREE_MUGS_AND_POST)
    order = await shop.order(placed)
    lines = [
        {
            "id": order["line_items"][0]["id"],
            "quantity": 2,
            "refund_total": "4.25",
            "refund_tax": [{"id": 1, "refund_total": "0.85"}],
        },
        {
            "id": order["shipping_lines"][0]["id"],
            "refund_total": "4.13",
            "refund_tax": [{"id": 1, "refund_total": "0.82"}],
        },
        {"id": order["fee_lines"][0]["id"], "refund_total": "1.00"},
        {"id": 4711, "quantity": 1},
    ]
    path = f"orders/{placed['id']}/refunds"
    refund = (await shop.post(path, {"line_items": lines} | BOOKED)).json
    assert refund["amount"] == "11.05"
    (mugs,), (post,), (wrap,) = (
        refund["line_items"],
        refund["shipping_lines"],
        refund["fee_lines"],
    )
    assert (mugs["quantity"], mugs["total"], mugs["total_tax"]) == (-2, "-4.25", "-0.85")
    assert (post["total"], post["total_tax"], wrap["total"]) == ("-4.13", "-0.82", "-1.00")
    for line, of in ((mugs, "line_items"), (post, "shipping_lines"), (wrap, "fee_lines")):
        assert line["meta_data"][0]["value"] == str(order[of][0]["id"])
    (tax,) = refund["tax_lines"]
    assert (tax["tax_total"], tax["shipping_tax_total"]) == ("-0.85", "-0.82")
    assert await shop.stock("MUG") == 10 - 3 + 2
    after = await shop.order(placed)
    assert (after["status"], after["total"]) == ("processing", "13.80")
    assert after["refunds"] == [{"id": refund["id"], "reason": "", "total": "-11.05"}]
    held = {m["key"]: m["value"] for m in after["line_items"][0]["meta_data"]}
    assert held == {"_reduced_stock": "1", "_restock_refunded_items": "2"}


async def test_the_older_shape_of_lines_is_keyed_by_their_id(shop: Caller) -> None:
    placed = await shop.place(**THREE_MUGS_AND_POST)
    line = (await shop.order(placed))["line_items"][0]["id"]
    older = {str(line): {"qty": 1, "refund_total": "2.13", "refund_tax": {"1": "0.42"}}}
    refund = await shop.post(f"orders/{placed['id']}/refunds", {"line_items": older} | BOOKED)
    assert refund.json["amount"] == "2.55"
    assert await shop.stock("MUG") == 8


async def test_an_amount_overrules_its_lines_and_stock_stays_if_asked(shop: Caller) -> None:
    placed = await shop.place(**THREE_MUGS_AND_POST)
    line = (await shop.order(placed))["line_items"][0]["id"]
    body = {
        "amount": "1.00",
        "line_items": [{"id": line, "quantity": 1, "refund_total": "2.13"}],
        "api_restock": False,
    }
    refund = await shop.post(f"orders/{placed['id']}/refunds", body | BOOKED)
    assert (refund.json["amount"], refund.json["line_items"][0]["quantity"]) == ("1.00", -1)
    assert await shop.stock("MUG") == 7


async def test_only_what_the_order_took_is_restocked(shop: Caller) -> None:
    placed = await shop.place(**THREE_MUGS_AND_POST | {"status": "pending"})
    line = (await shop.order(placed))["line_items"][0]["id"]
    body = {"amount": "1.00", "line_items": [{"id": line, "quantity": 3}]} | BOOKED
    assert (await shop.post(f"orders/{placed['id']}/refunds", body)).status == 201
    assert await shop.stock("MUG") == 10


async def test_a_cancellation_puts_back_only_what_refunds_left(shop: Caller) -> None:
    placed = await shop.place(**THREE_MUGS_AND_POST)
    await shop.act(placed, "refunds", lines=[{"sku": "MUG", "quantity": 1}])
    assert await shop.stock("MUG") == 8
    await shop.act(placed, "status", status="cancelled")
    assert await shop.stock("MUG") == 10


async def test_goods_that_came_back_are_not_taken_again(shop: Caller) -> None:
    placed = await shop.place(**THREE_MUGS_AND_POST)
    await shop.act(placed, "refunds", lines=[{"sku": "MUG"}])
    await shop.act(placed, "status", status="completed")
    assert await shop.stock("MUG") == 10


async def test_a_deleted_refund_is_gone_and_its_money_may_be_refunded_again(
    shop: Caller, receiver: Receiver
) -> None:
    placed = await shop.place(status="processing")
    path = f"orders/{placed['id']}/refunds"
    refund = (await shop.post(path, {"amount": "10.00"} | BOOKED)).json
    one = f"{path}/{refund['id']}"
    assert (await shop.get(one)).json == refund
    await shop.post("webhooks", {"topic": "order.updated", "delivery_url": receiver.url})
    receiver.got.clear()
    assert (await shop.call("DELETE", one)).json == refund
    await shop.sandbox.drained()
    assert receiver.got == []
    assert refusal(await shop.get(one)) == (404, "woocommerce_rest_shop_order_refund_invalid_id")
    order = await shop.order(placed)
    assert (order["status"], order["refunds"]) == ("refunded", [])
    assert (await shop.post(path, {"amount": "4.00"} | BOOKED)).status == 201


async def test_refunds_of_all_orders_are_listed_newest_first(shop: Caller) -> None:
    placed = [await shop.place(status="processing") for _ in range(2)]
    for order, amount in zip(placed, ("1.00", "2.00"), strict=True):
        await shop.post(f"orders/{order['id']}/refunds", {"amount": amount} | BOOKED)
    listed = (await shop.get("refunds")).json
    assert [(each["parent_id"], each["amount"]) for each in listed] == [
        (placed[1]["id"], "2.00"),
        (placed[0]["id"], "1.00"),
    ]


async def test_an_order_with_free_goods_is_refunded_when_they_are_back_too(shop: Caller) -> None:
    lines = [
        {"sku": "TEA-100", "quantity": 1, "unit_price": "10.00"},
        {"sku": "MUG", "quantity": 1, "unit_price": "0"},
    ]
    placed = await shop.place(lines=lines, status="processing")
    await shop.act(placed, "refunds", lines=[{"sku": "TEA-100"}])
    assert (await shop.order(placed))["status"] == "processing"
    await shop.act(placed, "refunds", lines=[{"sku": "MUG"}])
    assert (await shop.order(placed))["status"] == "refunded"


async def test_a_clerks_refund_is_told_by_webhook(shop: Caller, receiver: Receiver) -> None:
    placed = await shop.place(**THREE_MUGS_AND_POST)
    await shop.post("webhooks", {"topic": "order.updated", "delivery_url": receiver.url})
    receiver.got.clear()
    done = await shop.act(
        placed, "refunds", lines=[{"sku": "MUG", "quantity": 2}], reason="chipped"
    )
    assert (done.json["refunded"], done.json["status"]) == (510, "processing")
    await shop.sandbox.drained()
    (told,) = receiver.bodies
    assert [(each["reason"], each["total"]) for each in told["refunds"]] == [("chipped", "-5.10")]
    listed = (await shop.get(f"orders/{placed['id']}/refunds")).json
    assert listed[0]["refunded_payment"] is False
    assert await shop.stock("MUG") == 9
    await shop.act(placed, "refunds", refunded_payment=True, transaction_id="TRN_R1", restock=False)
    order = await shop.order(placed)
    assert order["status"] == "refunded"
    assert sum(Decimal(each["total"]) for each in order["refunds"]) == Decimal("-13.80")
    books = (await shop.books())["orders"][str(placed["id"])]
    assert (books["refunded"], await shop.stock("MUG")) == (1380, 9)
    assert "TRN_R1" in books["notes"][-1]
    assert (await shop.get(f"orders/{placed['id']}/refunds")).json[0]["refunded_payment"] is True


async def test_a_clerk_names_a_line_by_its_place(shop: Caller) -> None:
    """One SKU stands on two lines."""
    mugs = [
        {"sku": "MUG", "quantity": n, "unit_price": price} for n, price in ((3, "2.55"), (2, "2"))
    ]
    placed = await shop.place(**THREE_MUGS_AND_POST | {"lines": mugs})
    order = await shop.order(placed)
    lines = [*order["line_items"], *order["shipping_lines"], *order["fee_lines"]]

    seeds = [{"place": 1, "quantity": 1}, {"place": 0}, {"place": 2}, {"place": 3}]
    await shop.act(placed, "refunds", lines=seeds)

    (given,) = (await shop.get(f"orders/{placed['id']}/refunds")).json
    assert given["amount"] == "15.80"
    assert [(_of(line), line["quantity"]) for line in given["line_items"]] == [
        (lines[1]["id"], -1),
        (lines[0]["id"], -3),
    ]
    rest = [*given["shipping_lines"], *given["fee_lines"]]
    assert [_of(line) for line in rest] == [line["id"] for line in lines[2:]]
    assert await shop.stock("MUG") == 9


@pytest.mark.parametrize("amount", ["1.00", "3.33", "0.01", "7.65"])
async def test_a_clerk_gives_back_an_amount_for_a_line(shop: Caller, amount: str) -> None:
    placed = await shop.place(**THREE_MUGS_AND_POST)

    seed = {"place": 0, "quantity": 2, "amount": amount}
    done = await shop.act(placed, "refunds", lines=[seed, {"place": 1, "amount": "0.50"}])

    given = (await shop.get(f"orders/{placed['id']}/refunds")).json[0]
    (mugs,), (post,) = given["line_items"], given["shipping_lines"]
    assert Decimal(mugs["total"]) + Decimal(mugs["total_tax"]) == -Decimal(amount)
    assert Decimal(post["total"]) + Decimal(post["total_tax"]) == Decimal("-0.50")
    assert Decimal(given["amount"]) == Decimal(amount) + Decimal("0.50")
    assert done.json["refunded"] == int(Decimal(given["amount"]) * 100)
    assert (mugs["quantity"], await shop.stock("MUG")) == (-2, 9)


async def test_what_a_clerk_cannot_refund(shop: Caller) -> None:
    placed = await shop.place(status="processing")
    cannot = "woocommerce_rest_cannot_create_order_refund"
    assert refusal(await shop.act(placed, "refunds", amount="10.01")) == (500, cannot)
    assert (await shop.act(placed, "refunds", lines=[{"sku": "MUG"}])).status == 400
    for line in ({"place": 1}, {"place": -1}, {"place": "0"}, {"place": 7, "sku": "TEA-100"}):
        assert (await shop.act(placed, "refunds", lines=[line])).status == 400
    much = {"place": 0, "amount": "much"}
    assert (await shop.act(placed, "refunds", lines=[much])).status == 400
    over = {"place": 0, "amount": "10.01"}
    assert refusal(await shop.act(placed, "refunds", lines=[over])) == (500, cannot)
    assert (await shop.act(placed, "refunds", amount="much")).status == 400
    assert (await shop.act({"id": 999}, "refunds")).status == 404
    assert (await shop.books())["orders"][str(placed["id"])]["refunded"] == 0


def _of(line: Any) -> int:
    """The order's line that a refund's line is of."""
    (mark,) = line["meta_data"]
    assert mark["key"] == "_refunded_item_id"
    return int(mark["value"])
