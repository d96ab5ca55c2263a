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


async def test_the_python_client_works_a_day_in_the_shop() -> None:
    sandbox = await serve(SandboxSettings(basic_on_http=False))
    api = API(sandbox.url, sandbox.consumer_key, sandbox.consumer_secret, version="wc/v3")
    await asyncio.to_thread(one_day, api)
    stranger = API(sandbox.url, sandbox.consumer_key, "cs_wrong", version="wc/v3")
    refused = await asyncio.to_thread(stranger.get, "orders")
    assert refused.json()["code"] == "woocommerce_rest_authentication_error"
    await sandbox.close()
