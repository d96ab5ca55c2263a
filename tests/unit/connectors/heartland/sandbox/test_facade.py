from tests.unit.connectors.heartland.sandbox.conftest import Gp


async def test_the_facade_shows_the_same_state_and_says_what_it_is(gp: Gp) -> None:
    sold = await gp.call("POST", "/v1/payments/transactions", gp.order())
    real = await gp.get(f"/transactions/{sold.body['id']}")
    path = f"/v1/payments/transactions/{sold.body['id']}/capture"
    captured = await gp.call("POST", path, {})
    customer = await gp.call("POST", "/v1/customers", {"first_name": "James", "last_name": "Mason"})

    assert "X-Sandbox-Facade" in sold.headers
    assert "X-Sandbox-Facade" not in real.headers
    assert real.body["status"] == "PREAUTHORIZED"
    assert captured.body["status"] == "CAPTURED"
    assert (await gp.get(f"/payers/{customer.body['id']}")).status == 200


async def test_the_facade_is_no_way_around_the_rules(gp: Gp) -> None:
    await gp.call("POST", "/v1/payments/transactions", gp.order(), {"X-GP-Idempotency": "k"})
    again = await gp.post("/transactions", gp.order(), key="k")
    gp.token = "none"
    stranger = await gp.call("GET", "/v1/customers")

    assert again.refusal[2] == "40039"
    assert stranger.refusal[2] == "40001"
    assert "X-Sandbox-Facade" in stranger.headers
