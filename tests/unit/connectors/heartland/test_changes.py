"""What others do to older payments in the shop's plugin or the portal, and what time does."""

import json
from typing import Any

import aiohttp
import pytest

from connectors.heartland.client import PAGE, GpApi
from connectors.heartland.errors import judge
from connectors.heartland.tokens import Anonymous, SignIn
from connectors.http import HttpClient
from streams.core.metrics import Metrics
from streams.messages.payment import PaymentTaken
from tests.unit.connectors.heartland.conftest import Merchant, settings
from tests.unit.connectors.heartland.test_poller import checkout, plant, states, told
from tests.unit.connectors.polling import Polling, keys, polling

HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture
def account() -> dict[str, Any]:
    """What is authorized is held for four weeks, so that its life can be seen."""
    return {"authorization_seconds": 28 * 86_400}


@pytest.fixture
async def changes(merchant: Merchant) -> Polling:
    """The poller of changes, at its second look: the first says where it begins."""
    changes = polling(merchant.opened, "heartland/changes")
    assert await changes.round() == []
    return changes


@pytest.mark.parametrize("act", ["capture", "reverse"])
async def test_what_a_clerk_does_days_later_is_told_once(
    merchant: Merchant, changes: Polling, act: str
) -> None:
    payment = await merchant.paid()
    merchant.clock.advance(5 * DAY)
    assert states(await changes.round()) == [("PREAUTHORIZED", 1400)]
    await merchant.do(getattr(merchant, act)(payment))
    merchant.clock.advance(HOUR)

    (found,) = await changes.round()

    assert isinstance(found, PaymentTaken)
    status = "CAPTURED" if act == "capture" else "REVERSED"
    assert (found.key, found.status, found.amount) == (payment, status, 1400)
    merchant.clock.advance(HOUR)
    assert await changes.round() == []


async def test_an_authorization_that_lapses_is_told(merchant: Merchant, changes: Polling) -> None:
    payment = await merchant.paid()
    await changes.round()
    merchant.clock.advance(28 * DAY + HOUR)
    (found,) = await changes.round()
    assert (found.key, states([found])) == (payment, [("REVERSED", 1400)])
    merchant.clock.advance(HOUR)
    assert await changes.round() == []


async def test_told_or_looked_for_it_is_one_event(merchant: Merchant, changes: Polling) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]
    merchant.clock.advance(2 * DAY)
    found = await changes.round()
    await merchant.do(merchant.capture(sale))
    merchant.clock.advance(HOUR)
    found += await changes.round()

    heard = await told(merchant)
    assert {each.id for each in found} == {each.id for each in heard}
    assert states(found) == [("PREAUTHORIZED", 1400), ("CAPTURED", 1400)]


async def test_after_a_standstill_also_what_the_bank_has_is_told(
    merchant: Merchant, changes: Polling
) -> None:
    payment = await merchant.paid()
    await changes.round()
    merchant.clock.advance(3 * DAY)
    await merchant.do(merchant.capture(payment))
    merchant.clock.advance(3 * DAY)

    assert states(await changes.round()) == [("FUNDED", 1400)]


async def test_what_is_older_than_an_authorization_lives_is_not_looked_at(
    merchant: Merchant, changes: Polling
) -> None:
    await merchant.paid(payment_action="charge")
    merchant.clock.advance(31 * DAY)
    assert await changes.round() == []
    assert changes.fetches == 1 + 30


async def test_what_was_paid_before_the_first_look_is_not_tandem_s(merchant: Merchant) -> None:
    payment = await merchant.paid()
    merchant.clock.advance(DAY)
    changes = polling(merchant.opened, "heartland/changes")
    assert await changes.round() == []
    await merchant.do(merchant.capture(payment))
    merchant.clock.advance(HOUR)
    assert await changes.round() == []


async def test_refunds_are_not_looked_at(merchant: Merchant, changes: Polling) -> None:
    sale = await merchant.paid(payment_action="charge")
    await merchant.do(merchant.refund(sale, 510))
    assert states(await changes.round()) == [("CAPTURED", 1400)]
    assert changes.refused == []


async def test_a_look_that_breaks_off_goes_on_where_it_was(
    merchant: Merchant, changes: Polling
) -> None:
    payments = []
    for _ in range(4):
        payments.append(await merchant.paid())
        merchant.clock.advance(DAY)
    first = await changes.poller.fetch(changes.cursor)
    assert first.more
    changes.cursor = first.cursor
    merchant.line.lose("reply", "/ucp/transactions", times=3)
    with pytest.raises(Exception, match="no reply"):
        await changes.round()
    found = [each for item in first.items for each in changes.poller.translate(item)]
    found += await changes.round()
    assert keys(found) == payments


async def test_what_leaves_the_list_while_it_is_read_hides_nothing(merchant: Merchant) -> None:
    """Filtered by status, pages would move up, and a row at their border be passed over."""
    start = merchant.clock.now_ms()
    ids = [f"TRN_{number:032x}" for number in range(2 * PAGE + 50)]
    for id in ids:
        await plant(merchant, checkout("uk-1", id=id))
        merchant.clock.advance(1)
    known = settings(merchant.sandbox, merchant.sandbox.url)
    async with aiohttp.ClientSession() as session:

        def http(authenticate: Any) -> HttpClient:
            return HttpClient("h", known.url, session, authenticate, judge, Metrics(), None, 5)

        sign_in = SignIn(http(Anonymous()), known, merchant.clock)
        gp = GpApi(http(sign_in.bearer), known.transactions_path)
        rows: list[bytes] = []
        async for row in gp.created(start, merchant.clock.now_ms(), status="PREAUTHORIZED"):
            rows.append(row)
            if len(rows) == PAGE:
                for id in ids[:30]:
                    await merchant.do(merchant.capture(id))
    assert [json.loads(row)["id"] for row in rows] == ids
