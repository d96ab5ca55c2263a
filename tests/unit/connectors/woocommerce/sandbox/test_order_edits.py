"""Orders edited after they were placed: lines, taxes, totals, and the stock that follows."""

from tests.unit.connectors.woocommerce.sandbox.conftest import Caller, refusal

TWO_KINDS = [
    {"sku": "MUG", "quantity": 3, "unit_price": "2.55"},
    {"sku": "TEA-100", "quantity": 1, "unit_price": "10.00", "discount": "4.00"},
]


async def test_rest_changes_adds_and_removes_lines(shop: Caller) -> None:
    placed = await shop.place(lines=TWO_KINDS, status="processing")
    order = await shop.order(placed)
    mugs, tea = (line["id"] for line in order["line_items"])
    body = {
        "line_items": [
            {"id": mugs, "quantity": 5, "subtotal": "10.625", "total": "10.625"},
            {"id": tea, "product_id": None},
            {"sku": "TEA-100", "quantity": 2},
        ],
        "shipping_lines": [{"method_id": "flat_rate", "method_title": "Post", "total": "2.916667"}],
    }
    after = (await shop.put(f"orders/{placed['id']}", body)).json
    assert [(line["sku"], line["quantity"]) for line in after["line_items"]] == [
        ("MUG", 5),
        ("TEA-100", 2),
    ]
    assert after["total"] == "36.25"  # 12.75 + 20.00 + 3.50
    assert after["discount_total"] == "0.00"
    assert (await shop.books())["stock"] == {"TEA-100": 985, "MUG": 5}
    removed = {"line_items": [{"id": mugs, "quantity": 0}]}
    after = (await shop.put(f"orders/{placed['id']}", removed)).json
    assert after["total"] == "23.50"
    assert await shop.stock("MUG") == 10


async def test_a_new_quantity_alone_leaves_the_total(shop: Caller) -> None:
    placed = await shop.place(lines=TWO_KINDS[:1], status="processing")
    line = (await shop.order(placed))["line_items"][0]["id"]
    body = {"line_items": [{"id": line, "quantity": 1}]}
    after = (await shop.put(f"orders/{placed['id']}", body)).json
    assert (after["total"], str(after["line_items"][0]["price"])) == ("7.65", "6.375")
    assert await shop.stock("MUG") == 9


async def test_an_unpaid_order_is_edited_without_stock(shop: Caller) -> None:
    placed = await shop.place(lines=TWO_KINDS)
    line = (await shop.order(placed))["line_items"][0]["id"]
    await shop.put(f"orders/{placed['id']}", {"line_items": [{"id": line, "quantity": 9}]})
    assert await shop.stock("MUG") == 10
    await shop.act(placed, "status", status="processing")
    assert await shop.stock("MUG") == 1


async def test_a_refused_edit_changes_nothing(shop: Caller) -> None:
    placed = await shop.place(lines=TWO_KINDS, status="processing")
    path = f"orders/{placed['id']}"
    before = await shop.order(placed)
    line = before["line_items"][0]["id"]
    for wrong, code in (
        ([{"id": line, "quantity": 1}, {"id": 4711}], "woocommerce_rest_invalid_item_id"),
        ([{"id": line, "quantity": "one"}], "rest_invalid_param"),
        ([{"id": line, "total": "cheap"}], "rest_invalid_param"),
        ([{"quantity": 1}], "woocommerce_rest_required_product_reference"),
    ):
        assert refusal(await shop.put(path, {"line_items": wrong})) == (400, code)
    coupon = {"coupon_lines": [{"code": "SPRING"}], "customer_note": "x"}
    assert refusal(await shop.put(path, coupon)) == (400, "woocommerce_rest_invalid_coupon")
    assert await shop.order(placed) == before


async def test_naming_an_address_taxes_the_order_with_todays_rate(shop: Caller) -> None:
    placed = await shop.place(status="processing")
    path = f"orders/{placed['id']}"
    assert (await shop.post("/_sandbox/settings", {"vat_percent": "10"})).status == 200
    kept = (await shop.put(path, {"customer_note": "ring twice"})).json
    assert (kept["total"], kept["tax_lines"][0]["rate_percent"]) == ("10.00", 20)
    changed = (await shop.put(path, {"billing": {"phone": "7"}})).json
    assert (changed["total"], changed["total_tax"]) == ("9.16", "0.83")
    assert changed["tax_lines"][0]["rate_percent"] == 10
    assert (await shop.books())["orders"][str(placed["id"])]["total"] == 916


async def test_a_clerk_edits_only_what_the_screen_shows_as_editable(shop: Caller) -> None:
    placed = await shop.place(lines=TWO_KINDS, status="processing")
    edit = {
        "lines": [
            {"sku": "MUG", "quantity": 1},
            {"sku": "TEA-100", "quantity": 2},
        ]
    }
    assert (await shop.act(placed, "lines", **edit)).status == 409
    await shop.act(placed, "status", status="on-hold")
    done = (await shop.act(placed, "lines", **edit)).json
    assert done["total"] == 255 + 1200
    order = await shop.order(placed)
    assert (order["discount_total"], order["discount_tax"]) == ("6.67", "1.33")
    assert (await shop.books())["stock"] == {"TEA-100": 985, "MUG": 9}
    repriced = {"lines": [{"sku": "TEA-100", "unit_price": "5.00"}, {"sku": "MUG", "quantity": 0}]}
    assert (await shop.act(placed, "lines", **repriced)).json["total"] == 1000
    assert (await shop.act(placed, "lines", lines=[{"sku": "NONE"}])).status == 400
    added = (await shop.act(placed, "lines", lines=[{"sku": "MUG", "quantity": 2}])).json
    assert added["total"] == 1510
    assert await shop.stock("MUG") == 8
