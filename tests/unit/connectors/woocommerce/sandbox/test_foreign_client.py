"""A client that we did not write, PyPI's `woocommerce`, drives the shop on plain HTTP by OAuth."""

import asyncio
from typing import Any

from woocommerce import API

from connectors.woocommerce.sandbox.app import SandboxSettings, serve


def one_day(api: Any) -> None:
    made = api.post(
        "products",
        {"name": "Café mug", "sku": "MUG", "regular_price": "2.55", "manage_stock": True},
    )
    assert made.status_code == 201
    product = made.json()["id"]
    restocked = api.put(f"products/{product}", {"stock_quantity": 40}).json()
    assert (restocked["stock_quantity"], restocked["stock_status"]) == (40, "instock")
    placed = api.post(
        "orders",
        {"line_items": [{"product_id": product, "quantity": 3}], "billing": {"city": "Köln"}},
    ).json()
    assert (placed["total"], placed["billing"]["city"]) == ("7.65", "Köln")
    path = f"orders/{placed['id']}"
    assert api.post(f"{path}/notes", {"note": "50 % + ~ / ok"}).status_code == 201
    assert api.put(path, {"status": "processing", "transaction_id": "TRN_1"}).status_code == 200
    read = api.get(path, params={"dp": 2}).json()
    assert (read["status"], read["transaction_id"]) == ("processing", "TRN_1")
    assert api.get(f"products/{product}").json()["stock_quantity"] == 37
    listed = api.get(
        "orders",
        params={"status": "processing", "modified_after": "2020-01-01T00:00:00", "per_page": 5},
    )
    assert [order["id"] for order in listed.json()] == [placed["id"]]
    assert listed.headers["X-WP-Total"] == "1"
    assert api.get("orders/999").json()["code"] == "woocommerce_rest_shop_order_invalid_id"
    assert api.get("orders", params={"search": "a/b"}).status_code == 401  # its known bug


def returns(api: Any) -> None:
    shirt = api.post("products", {"name": "Shirt", "type": "variable"}).json()["id"]
    variations = f"products/{shirt}/variations"
    sizes = [{"sku": f"SHIRT-{size}", "regular_price": "12.00"} for size in "SL"]
    made = api.post(f"{variations}/batch", {"create": sizes}).json()["create"]
    stocked = {"manage_stock": True, "stock_quantity": 5}
    assert api.put(f"{variations}/{made[0]['id']}", stocked).json()["stock_quantity"] == 5
    (found,) = api.get("products", params={"sku": "SHIRT-S"}).json()
    assert (found["type"], found["parent_id"]) == ("variation", shirt)
    order = api.post(
        "orders",
        {
            "line_items": [{"product_id": shirt, "variation_id": made[0]["id"], "quantity": 3}],
            "set_paid": True,
        },
    ).json()
    path, line = f"orders/{order['id']}", order["line_items"][0]["id"]
    edited = {"line_items": [{"id": line, "quantity": 2, "total": "20.00", "subtotal": "20.00"}]}
    assert api.put(path, edited).json()["total"] == "24.00"
    tax = [{"id": 1, "refund_total": "2.00"}]
    back = {"line_items": [{"id": line, "quantity": 1, "refund_total": "10", "refund_tax": tax}]}
    assert api.post(f"{path}/refunds", back).status_code == 500  # it would move money
    refund = api.post(f"{path}/refunds", back | {"api_refund": False}).json()
    assert refund["amount"] == "12.00"
    assert api.get(f"{variations}/{made[0]['id']}").json()["stock_quantity"] == 4
    assert api.get("refunds").json()[0]["parent_id"] == order["id"]
    assert api.delete(f"{path}/refunds/{refund['id']}").status_code == 200
    assert api.delete(path).status_code == 200
    assert [each["id"] for each in api.get("orders", params={"status": "trash"}).json()] == [
        order["id"]
    ]
    assert api.delete(path, params={"force": True}).status_code == 200
    assert api.get(path).status_code == 404


async def test_the_python_client_takes_goods_back() -> None:
    sandbox = await serve(SandboxSettings(basic_on_http=False))
    api = API(sandbox.url, sandbox.consumer_key, sandbox.consumer_secret, version="wc/v3")
    await asyncio.to_thread(returns, api)
    await sandbox.close()


async def test_the_python_client_works_a_day_in_the_shop() -> None:
    sandbox = await serve(SandboxSettings(basic_on_http=False))
    api = API(sandbox.url, sandbox.consumer_key, sandbox.consumer_secret, version="wc/v3")
    await asyncio.to_thread(one_day, api)
    stranger = API(sandbox.url, sandbox.consumer_key, "cs_wrong", version="wc/v3")
    refused = await asyncio.to_thread(stranger.get, "orders")
    assert refused.json()["code"] == "woocommerce_rest_authentication_error"
    await sandbox.close()
