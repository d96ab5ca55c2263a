"""Variations: found by SKU, with stock of their own or of their parent, sold and told."""

from typing import Any

import pytest

from tests.unit.connectors.woocommerce.sandbox.conftest import Caller, Receiver, refusal

UNKNOWN = "woocommerce_rest_product_variation_invalid_id"


@pytest.fixture
async def shirt(shop: Caller) -> Any:
    body = {
        "name": "Shirt",
        "type": "variable",
        "attributes": [
            {"name": "Size", "variation": True, "visible": True, "options": ["S", "L"]},
        ],
    }
    made = await shop.post("products", body)
    assert made.status == 201
    return made.json


def size(option: str, **rest: Any) -> dict[str, Any]:
    return {"attributes": [{"name": "Size", "option": option}], "regular_price": "12.00"} | rest


async def test_variations_are_made_listed_and_found_by_sku(shop: Caller, shirt: Any) -> None:
    path = f"products/{shirt['id']}/variations"
    small = (await shop.post(path, size("S", sku="SHIRT-S"))).json
    large = (await shop.post(path, size("L", sku="SHIRT-L", regular_price="14.00"))).json
    assert (small["parent_id"], small["name"]) == (shirt["id"], "Shirt - S")
    assert [each["id"] for each in (await shop.get(path)).json] == [large["id"], small["id"]]
    parent = (await shop.get(f"products/{shirt['id']}")).json
    assert parent["variations"] == [small["id"], large["id"]]
    assert (parent["price"], parent["regular_price"]) == ("12.00", "")
    assert "SHIRT-S" not in {each["sku"] for each in (await shop.get("products")).json}
    (found,) = (await shop.get("products", sku="SHIRT-S")).json
    assert (found["id"], found["type"], found["parent_id"]) == (
        small["id"],
        "variation",
        shirt["id"],
    )
    twice = await shop.post(path, size("L", sku="SHIRT-S"))
    assert refusal(twice) == (400, "product_invalid_sku")


async def test_a_variation_is_written_only_at_its_own_address(shop: Caller, shirt: Any) -> None:
    path = f"products/{shirt['id']}/variations"
    small = (await shop.post(path, size("S", manage_stock=True, stock_quantity=5))).json
    moved = await shop.put(f"products/{small['id']}", {"stock_quantity": 1})
    assert refusal(moved) == (404, "woocommerce_rest_invalid_product_id")
    many = await shop.post("products/batch", {"update": [{"id": small["id"], "name": "x"}]})
    assert many.json["update"][0]["error"]["code"] == "woocommerce_rest_invalid_product_id"
    one = f"{path}/{small['id']}"
    assert (await shop.put(one, {"stock_quantity": 2})).json["stock_quantity"] == 2
    assert (await shop.put(one, {"inventory_delta": -3})).json["stock_status"] == "outofstock"
    mug = shop.products["MUG"]
    assert refusal(await shop.get(f"products/{mug}/variations/{small['id']}")) == (404, UNKNOWN)
    assert refusal(await shop.put(f"{path}/999", {})) == (400, UNKNOWN)
    assert (await shop.call("DELETE", one)).json["id"] == small["id"]
    assert refusal(await shop.get(one)) == (404, UNKNOWN)
    assert (await shop.get(f"products/{shirt['id']}")).json["variations"] == []


async def test_a_variation_lives_on_its_parents_stock(shop: Caller, shirt: Any) -> None:
    pool = {"manage_stock": True, "stock_quantity": 7}
    await shop.put(f"products/{shirt['id']}", pool)
    path = f"products/{shirt['id']}/variations"
    small = (await shop.post(path, size("S", sku="SHIRT-S"))).json
    large = (await shop.post(path, size("L", manage_stock=True, stock_quantity=2))).json
    assert (small["manage_stock"], small["stock_quantity"]) == ("parent", 7)
    assert (large["manage_stock"], large["stock_quantity"]) == (True, 2)
    read_and_sent_back = {"manage_stock": "parent", "stock_quantity": 100}
    small = (await shop.put(f"{path}/{small['id']}", read_and_sent_back)).json
    assert (small["manage_stock"], small["stock_quantity"]) == ("parent", 7)
    body = {
        "line_items": [
            {"product_id": shirt["id"], "variation_id": small["id"], "quantity": 3},
            {"product_id": shirt["id"], "variation_id": large["id"]},
        ],
        "set_paid": True,
    }
    order = (await shop.post("orders", body)).json
    first = order["line_items"][0]
    assert (first["product_id"], first["variation_id"]) == (shirt["id"], small["id"])
    assert (first["name"], first["parent_name"], first["sku"]) == ("Shirt - S", "Shirt", "SHIRT-S")
    assert {m["key"]: m["value"] for m in first["meta_data"]} == {
        "size": "S",
        "_reduced_stock": "3",
    }
    assert order["total"] == "48.00"
    assert (await shop.get(f"products/{shirt['id']}")).json["stock_quantity"] == 4
    assert (await shop.get(f"{path}/{large['id']}")).json["stock_quantity"] == 1
    await shop.put(f"orders/{order['id']}", {"status": "cancelled"})
    assert (await shop.get(f"{path}/{small['id']}")).json["stock_quantity"] == 7


async def test_a_batch_of_variations_reports_each_item(shop: Caller, shirt: Any) -> None:
    path = f"products/{shirt['id']}/variations"
    made = (await shop.post(path + "/batch", {"create": [size("S"), size("L", id=5)]})).json
    small = made["create"][0]["id"]
    assert made["create"][1]["error"]["data"]["status"] == 400
    body = {
        "update": [
            {"id": small, "manage_stock": True, "stock_quantity": 4},
            {"id": shop.products["MUG"], "stock_quantity": 4},
        ],
        "delete": [999],
    }
    answer = (await shop.post(path + "/batch", body)).json
    assert answer["update"][0]["stock_quantity"] == 4
    assert answer["update"][1]["error"]["code"] == UNKNOWN
    assert answer["delete"][0]["error"]["data"]["status"] == 404
    assert await shop.stock("MUG") == 10


async def test_a_parent_is_in_stock_while_a_variation_is(shop: Caller, shirt: Any) -> None:
    path = f"products/{shirt['id']}/variations"
    stocked = {"manage_stock": True, "stock_quantity": 1}
    small = (await shop.post(path, size("S", **stocked))).json
    large = (await shop.post(path, size("L", **stocked))).json

    async def parent() -> str:
        status: str = (await shop.get(f"products/{shirt['id']}")).json["stock_status"]
        return status

    sold_out = {"stock_quantity": 0}
    await shop.put(f"{path}/{small['id']}", sold_out)
    assert await parent() == "instock"
    await shop.put(f"{path}/{large['id']}", sold_out)
    assert await parent() == "outofstock"
    await shop.put(f"{path}/{small['id']}", {"backorders": "notify"})
    assert await parent() == "onbackorder"


async def test_a_variation_is_told_as_a_product(
    shop: Caller, shirt: Any, receiver: Receiver
) -> None:
    path = f"products/{shirt['id']}/variations"
    small = (await shop.post(path, size("S", sku="SHIRT-S"))).json
    await shop.post("webhooks", {"topic": "product.updated", "delivery_url": receiver.url})
    receiver.got.clear()
    await shop.put(f"{path}/{small['id']}", {"manage_stock": True, "stock_quantity": 9})
    await shop.sandbox.drained()
    told = {body["id"]: body for body in receiver.bodies}
    assert told.keys() == {small["id"], shirt["id"]}
    assert (told[small["id"]]["type"], told[small["id"]]["stock_quantity"]) == ("variation", 9)


async def test_a_checkout_sells_a_variation_by_its_sku_and_holds_its_stock(
    shop: Caller, shirt: Any
) -> None:
    pool = {"manage_stock": True, "stock_quantity": 2}
    await shop.put(f"products/{shirt['id']}", pool)
    for option in ("S", "L"):
        await shop.post(f"products/{shirt['id']}/variations", size(option, sku=f"SHIRT-{option}"))

    async def buy(sku: str) -> int:
        lines = [{"sku": sku, "quantity": 1, "unit_price": "12.00"}]
        seed = [{"lines": lines, "check_stock": True}]
        return (await shop.post("/_sandbox/orders", seed)).status

    assert [await buy("SHIRT-S"), await buy("SHIRT-L"), await buy("SHIRT-S")] == [201, 201, 409]
