"""The admin API: seeding as a checkout would, and books that can be compared."""

from tests.unit.connectors.woocommerce.sandbox.conftest import Caller, Receiver


async def test_placed_orders_are_in_the_books_to_the_penny(shop: Caller) -> None:
    await shop.post("/_sandbox/customers", [{"id": 17850, "email": "zoe@shop.example"}])
    placed = await shop.post(
        "/_sandbox/orders",
        [
            {
                "id": 536365,
                "customer_id": 17850,
                "billing": {"first_name": "Zoë", "email": "zoe@shop.example", "country": "GB"},
                "date_created_gmt": "2010-12-01T08:26:00",
                "lines": [
                    {"sku": "MUG", "name": "White mug", "quantity": 3, "unit_price": "2.555"},
                    {"sku": "TEA-100", "quantity": 2, "unit_price": "10.00", "discount": "2.50"},
                    {"sku": "MUG", "quantity": 1, "unit_price": "0"},
                ],
                "shipping_lines": [{"method_title": "Post", "total": "4.95"}],
                "fee_lines": [{"name": "Allowance", "total": "-1.00"}],
                "meta_data": [{"key": "_tandem_payment_token", "value": "PMT_1"}],
                "payment_method": "globalpayments_gpapi",
            }
        ],
    )
    total = 767 + 1750 + 495 - 100
    assert placed.json == [{"id": 536365, "status": "pending", "total": total}]
    order = (await shop.get("orders/536365")).json
    assert order["total"] == "29.12"
    assert order["line_items"][0]["name"] == "White mug"
    assert (order["discount_total"], order["discount_tax"]) == ("2.09", "0.41")
    assert order["date_created_gmt"] == "2010-12-01T08:26:00"
    assert order["customer_id"] == 17850
    assert order["needs_payment"] is True
    await shop.post("orders/536365/notes", {"note": "Authorized"})
    await shop.put("orders/536365", {"status": "processing", "transaction_id": "TRN_1"})
    books = await shop.books()
    assert books["orders"]["536365"] == {
        "number": "536365",
        "status": "processing",
        "total": total,
        "refunded": 0,
        "currency": "GBP",
        "transaction_id": "TRN_1",
        "notes": ["Authorized", "Order status changed from Pending payment to Processing."],
        "meta": {"_tandem_payment_token": "PMT_1"},
    }
    assert (books["counts"], books["totals"]) == ({"processing": 1}, {"processing": total})
    assert books["stock"] == {"TEA-100": 985, "MUG": 6}


async def test_an_order_of_nothing_goes_straight_to_processing(shop: Caller) -> None:
    placed = await shop.place(lines=[{"sku": "MUG", "quantity": 2, "unit_price": "0"}])
    order = (await shop.get(f"orders/{placed['id']}")).json
    assert (placed["total"], order["status"], order["total"]) == (0, "processing", "0.00")
    assert order["needs_payment"] is False


async def test_orders_are_placed_all_or_none(shop: Caller) -> None:
    good = {"id": 1000, "lines": [{"sku": "MUG", "unit_price": "1.00"}]}
    for bad in (
        {"id": 1001, "lines": [{"sku": "NONE", "unit_price": "1.00"}]},
        {"id": 1001, "lines": [{"sku": "MUG", "unit_price": "cheap"}]},
        {"id": 1001, "customer_id": 5},
        {"id": 1001, "status": "shipped"},
        {"id": 1001, "date_created_gmt": "yesterday"},
        good,
    ):
        assert (await shop.post("/_sandbox/orders", [good, bad])).status == 400
    assert (await shop.books())["orders"] == {}
    assert (await shop.post("/_sandbox/orders", [good])).status == 201
    assert (await shop.post("/_sandbox/orders", [good])).status == 400
    assert (await shop.post("/_sandbox/orders", good)).status == 400


async def test_customers_keep_their_ids_and_can_be_found(shop: Caller) -> None:
    rows = [{"id": 12346, "email": "a@x.example", "billing": {"city": "Leeds"}}, {"email": "b@x"}]
    ids = (await shop.post("/_sandbox/customers", rows)).json
    assert ids[0] == 12346
    (found,) = (await shop.get("customers", email="a@x.example")).json
    assert (found["id"], found["billing"]["city"], found["shipping"]["city"]) == (
        12346,
        "Leeds",
        "",
    )
    assert (await shop.get(f"customers/{ids[1]}")).json["email"] == "b@x"
    assert (await shop.get("customers/1")).status == 404


async def test_products_are_seeded_again_by_sku(shop: Caller) -> None:
    again = [{"sku": "MUG", "regular_price": "3.00", "stock_quantity": 4}]
    assert (await shop.post("/_sandbox/products", again)).json == {"MUG": shop.products["MUG"]}
    mug = (await shop.get("products", sku="MUG")).json[0]
    assert (mug["name"], mug["price"], mug["stock_quantity"]) == ("Mug", "3.00", 4)


async def test_calls_are_counted_and_a_reset_empties_the_shop(
    shop: Caller, receiver: Receiver
) -> None:
    await shop.post("webhooks", {"topic": "order.created", "delivery_url": receiver.url})
    await shop.place()
    await shop.sandbox.drained()
    await shop.get("orders")
    calls = (await shop.get("/_sandbox/calls")).json
    assert calls["GET /wp-json/wc/v3/orders"] == 1
    await shop.post("/_sandbox/reset", {})
    books = await shop.books()
    assert (books["orders"], books["stock"], books["webhooks"]) == ({}, {}, [])
    assert (await shop.get("orders")).json == []
