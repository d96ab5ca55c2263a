"""A tampered book: the report names the order, the system, the field and both amounts."""

import hashlib

from streams.demo.agreement import Difference
from streams.demo.telling import told
from tests.brokers import Cluster
from tests.e2e.expected import expected
from tests.product import SAMPLE_FILE, Scene, engine, scene

ORDER, TOKEN, TOO_MUCH = "uk-536365", "PMT_somebodys", 500


async def test_a_payment_that_nobody_ordered_is_named(cluster: Cluster) -> None:
    async with scene(engine(cluster)) as acts, acts.stage.roles():
        await acts.sandboxes.seed_payment_methods([{"id": TOKEN, "last4": "4242"}])
        await somebody_charges_an_order_by_hand(acts)

        report = await acts.play(limit=5, settle_seconds=3)

    due = expected(SAMPLE_FILE, 5).orders["536365"]
    assert report.orders["closed"] == report.orders["placed"] == 5
    assert not report.agree
    assert [Difference(**each) for each in report.differences] == [
        Difference(ORDER, "heartland", "authorized", due, due + TOO_MUCH),
        Difference(ORDER, "heartland", "kept", due, due + TOO_MUCH),
    ]
    assert f"{ORDER}: heartland kept is {due + TOO_MUCH}, expected {due}" in told(report)


async def somebody_charges_an_order_by_hand(acts: Scene) -> None:
    """A second sale for one order, by GP API as its documents say."""
    here = acts.stage.environment
    nonce = "by-hand"
    secret = hashlib.sha512((nonce + here["TANDEM_HEARTLAND_APP_KEY"]).encode()).hexdigest()
    signing_in = {
        "app_id": here["TANDEM_HEARTLAND_APP_ID"],
        "nonce": nonce,
        "secret": secret,
        "grant_type": "client_credentials",
    }
    sale = {
        "account_name": "transaction_processing",
        "channel": "CNP",
        "country": "GB",
        "amount": str(TOO_MUCH),
        "currency": "GBP",
        "reference": "charged-by-hand",
        "capture_mode": "AUTO",
        "order": {"reference": ORDER},
        "payment_method": {"entry_mode": "ECOM", "id": TOKEN},
    }
    url, headers = acts.stage.systems.heartland_url + "/ucp", {"X-GP-Version": "2021-03-22"}
    async with acts.http.post(f"{url}/accesstoken", json=signing_in, headers=headers) as answer:
        headers["Authorization"] = f"Bearer {(await answer.json())['token']}"
    async with acts.http.post(f"{url}/transactions", json=sale, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
