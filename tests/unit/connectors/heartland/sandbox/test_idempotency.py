from tests.unit.connectors.heartland.sandbox.conftest import Gp

DAY_MS = 24 * 60 * 60 * 1000


async def test_a_repeated_key_names_the_first_transaction_and_charges_once(gp: Gp) -> None:
    first = await gp.post("/transactions", gp.order("1400"), key="uk-536365/authorize")
    again = await gp.post("/transactions", gp.order("1400"), key="uk-536365/authorize")

    assert again.refusal == (409, "DUPLICATE_ACTION", "40039")
    assert again.why == (
        f"Idempotency Key seen before: id={first.body['id']}, status=PREAUTHORIZED"
    )
    assert (await gp.books())["totals"]["GBP"]["authorized"] == 1400


async def test_an_authorizations_key_is_refused_for_its_capture(gp: Gp) -> None:
    held = (await gp.post("/transactions", gp.order(), key="the-key")).body
    captured = await gp.post(f"/transactions/{held['id']}/capture", key="the-key")

    assert captured.refusal == (409, "DUPLICATE_ACTION", "40039")
    assert held["id"] in captured.why
    assert (await gp.books())["totals"]["GBP"]["captured"] == 0


async def test_a_key_is_forgotten_after_24_hours(gp: Gp) -> None:
    await gp.post("/transactions", gp.order(), key="the-key")
    gp.clock.advance(DAY_MS - 1)
    await gp.sign_in()
    within = await gp.post("/transactions", gp.order(), key="the-key")
    gp.clock.advance(1)
    beyond = await gp.post("/transactions", gp.order(), key="the-key")

    assert (within.status, beyond.status) == (409, 200)


async def test_a_refused_call_does_not_use_up_its_key_but_a_decline_does(gp: Gp) -> None:
    refused = await gp.post("/transactions", gp.order("14.00"), key="the-key")
    poor = {"id": "PMT_poor"}
    declined = await gp.post("/transactions", gp.order(payment_method=poor), key="the-key")
    again = await gp.post("/transactions", gp.order(), key="the-key")

    assert (refused.status, declined.status, again.status) == (400, 200, 409)
    assert again.why.endswith("status=DECLINED")


async def test_a_key_longer_than_50_is_refused(gp: Gp) -> None:
    fits = await gp.post("/transactions", gp.order(), key="k" * 50)
    too_long = await gp.post("/transactions", gp.order(), key="k" * 51)

    assert fits.status == 200
    assert too_long.refusal == (400, "INVALID_REQUEST_DATA", "40213")


async def test_reading_uses_no_key(gp: Gp) -> None:
    for _ in range(2):
        answer = await gp.call("GET", "/ucp/transactions", headers={"X-GP-Idempotency": "k"})
        assert answer.status == 200
