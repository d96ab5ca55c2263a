"""Customers by REST: registered, changed, deleted, and told."""

from tests.unit.connectors.woocommerce.sandbox.conftest import Caller, Receiver, refusal

ZOE = {"email": "zoe@shop.example", "first_name": "Zoë", "billing": {"city": "Leeds"}}


async def test_a_customer_is_registered_and_changed(shop: Caller) -> None:
    made = await shop.post("customers", ZOE | {"password": "secret"})
    assert (made.status, made.json["username"]) == (201, "zoe@shop.example")
    assert "secret" not in made.text
    path = f"customers/{made.json['id']}"
    changed = (await shop.put(path, {"last_name": "O'Hara", "billing": {"phone": "7"}})).json
    assert (changed["first_name"], changed["last_name"]) == ("Zoë", "O'Hara")
    assert (changed["billing"]["city"], changed["billing"]["phone"]) == ("Leeds", "7")
    assert (await shop.get(path)).json == changed
    ignored = await shop.get("customers", modified_after="2099-01-01T00:00:00")
    assert len(ignored.json) == 1


async def test_what_is_refused(shop: Caller) -> None:
    zoe = (await shop.post("customers", ZOE)).json["id"]
    exists = "registration-error-email-exists"
    assert refusal(await shop.post("customers", ZOE)) == (400, exists)
    assert refusal(await shop.post("customers", {})) == (400, "rest_missing_callback_param")
    wrong = await shop.put(f"customers/{zoe}", {"email": "nobody"})
    assert refusal(wrong) == (400, "woocommerce_rest_customer_invalid_email")
    assert refusal(await shop.put("customers/999", {})) == (400, "woocommerce_rest_invalid_id")
    assert (await shop.put(f"customers/{zoe}", {"email": ZOE["email"]})).status == 200
    assert (await shop.post("customers", {"id": zoe, "email": "b@x.example"})).status == 400


async def test_a_batch_of_customers(shop: Caller) -> None:
    made = await shop.post("customers/batch", {"create": [ZOE, ZOE]})
    zoe = made.json["create"][0]["id"]
    assert made.json["create"][1]["error"]["code"] == "registration-error-email-exists"
    body = {"update": [{"id": zoe, "first_name": "Zo"}, {"id": 999}], "delete": [998]}
    answer = (await shop.post("customers/batch", body)).json
    assert answer["update"][0]["first_name"] == "Zo"
    assert answer["update"][1]["error"]["data"]["status"] == 400
    assert answer["delete"][0]["error"]["data"]["status"] == 404


async def test_what_is_told_of_customers(shop: Caller, receiver: Receiver) -> None:
    for event in ("created", "updated", "deleted"):
        hook = {"topic": f"customer.{event}", "delivery_url": receiver.url}
        assert (await shop.post("webhooks", hook)).status == 201
    restored = {"topic": "customer.restored", "delivery_url": receiver.url}
    assert (await shop.post("webhooks", restored)).status == 400
    receiver.got.clear()
    zoe = (await shop.post("customers", ZOE)).json["id"]
    await shop.put(f"customers/{zoe}", {"first_name": "Zo"})
    await shop.sandbox.drained()
    path = f"customers/{zoe}"
    refused = await shop.call("DELETE", path)
    assert refusal(refused) == (501, "woocommerce_rest_trash_not_supported")
    assert (await shop.call("DELETE", path, params={"force": "true"})).json["id"] == zoe
    await shop.sandbox.drained()
    assert sorted(receiver.topics) == ["customer.created", "customer.deleted", "customer.updated"]
    assert receiver.bodies[-1] == {"id": zoe}
    assert (await shop.get(path)).status == 404
