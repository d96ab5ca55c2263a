"""Products by REST: stock is overwritten, its status follows, SKUs are unique."""

from tests.unit.connectors.woocommerce.sandbox.conftest import Caller


async def test_products_are_found_by_a_list_of_skus(shop: Caller) -> None:
    found = await shop.get("products", sku="MUG,NONE,TEA-100")
    assert sorted(product["sku"] for product in found.json) == ["MUG", "TEA-100"]
    assert found.headers["X-WP-Total"] == "2"
    mug = (await shop.get(f"products/{shop.products['MUG']}")).json
    assert (mug["price"], mug["regular_price"], mug["stock_quantity"]) == ("2.55", "2.55", 10)
    assert (await shop.get("products/999")).status == 404


async def test_stock_is_set_absolutely_and_its_status_recomputed(shop: Caller) -> None:
    path = f"products/{shop.products['MUG']}"
    sold_out = {"stock_quantity": 0, "stock_status": "instock"}
    mug = (await shop.put(path, sold_out)).json
    assert (mug["stock_quantity"], mug["stock_status"]) == (0, "outofstock")
    mug = (await shop.put(path, {"backorders": "notify"})).json
    assert mug["stock_status"] == "onbackorder"
    mug = (await shop.put(path, {"inventory_delta": 4})).json
    assert (mug["stock_quantity"], mug["stock_status"]) == (4, "instock")
    mug = (await shop.put(path, {"manage_stock": False, "stock_quantity": 9})).json
    assert mug["stock_quantity"] is None
    mug = (await shop.put(path, {"stock_status": "outofstock"})).json
    assert mug["stock_status"] == "outofstock"
    mug = (await shop.put(path, {"manage_stock": True, "stock_quantity": 3})).json
    assert (mug["stock_quantity"], mug["stock_status"]) == (3, "instock")


async def test_a_refused_write_changes_nothing(shop: Caller) -> None:
    path = f"products/{shop.products['MUG']}"
    wrong = await shop.put(path, {"name": "Cup", "stock_quantity": "many"})
    assert (wrong.status, wrong.json["code"]) == (400, "rest_invalid_param")
    taken = await shop.put(path, {"sku": "TEA-100"})
    assert (taken.status, taken.json["code"]) == (400, "product_invalid_sku")
    assert taken.json["data"]["resource_id"] == shop.products["TEA-100"]
    mug = (await shop.get(path)).json
    assert (mug["name"], mug["sku"], mug["stock_quantity"]) == ("Mug", "MUG", 10)


async def test_a_batch_of_stock(shop: Caller) -> None:
    body = {
        "update": [
            {"id": shop.products["MUG"], "stock_quantity": 5},
            {"id": 999, "stock_quantity": 5},
            {"id": shop.products["TEA-100"], "stock_quantity": 6},
        ]
    }
    answer = await shop.post("products/batch", body)
    assert answer.status == 200
    assert answer.json["update"][1]["error"]["code"] == "woocommerce_rest_product_invalid_id"
    assert (await shop.books())["stock"] == {"TEA-100": 6, "MUG": 5}
    many = await shop.post("products/batch", {"update": [{"id": 1}] * 101})
    assert many.status == 413
