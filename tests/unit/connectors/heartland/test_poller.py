"""Payments that no notification told of, against the sandbox."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from connectors.heartland.client import PAGE
from streams.core.errors import Misconfigured, Transient
from streams.core.message import Message
from streams.messages.payment import PaymentNotified, PaymentTaken
from tests.unit.connectors.heartland.conftest import Merchant
from tests.unit.connectors.polling import Polling, keys, polling

LIST = "GET /ucp/transactions"
MINUTE = 60_000


@pytest.fixture
async def payments(merchant: Merchant) -> Polling:
    """The poller, at its second round: the first says where it begins."""
    payments = polling(merchant.opened, "heartland/transactions")
    assert await payments.round() == []
    return payments


async def told(merchant: Merchant) -> list[Message]:
    """What the bridge makes of all notifications."""
    (bridge,) = merchant.opened.bridges
    requests = await merchant.notifications()
    return [each for request in requests for each in bridge.receive(request).messages]


def states(messages: Sequence[Message]) -> list[tuple[str, int]]:
    found = [each for each in messages if isinstance(each, PaymentNotified | PaymentTaken)]
    return [(each.status, each.amount) for each in found]


def orders(messages: Sequence[Message]) -> list[str]:
    """The orders that a checkout's payments name."""
    return [each.order_reference for each in messages if isinstance(each, PaymentTaken)]


async def plant(merchant: Merchant, *entries: dict[str, Any]) -> None:
    """What a shop's checkout has paid, which Tandem did not ask for."""
    url = f"{merchant.sandbox.url}/_sandbox/transactions"
    async with merchant.http.post(url, json=list(entries)) as answer:
        assert answer.status == 200, await answer.text()


def checkout(number: str, **more: Any) -> dict[str, Any]:
    entry = {"order_number": number, "amount": "1400", "currency": "GBP"}
    return {**entry, "payment_action": "authorize", **more}


async def test_a_payment_that_nobody_told_of_arrives(merchant: Merchant, payments: Polling) -> None:
    await plant(merchant, checkout("uk-1"), checkout("uk-2", payment_action="charge"))
    found = await payments.round()
    assert orders(found) == ["uk-1", "uk-2"]
    assert keys(found) == [each.transaction_id for each in found if isinstance(each, PaymentTaken)]
    assert states(found) == [("PREAUTHORIZED", 1400), ("CAPTURED", 1400)]
    assert await told(merchant) == []


async def test_told_and_fetched_it_is_one_event(merchant: Merchant, payments: Polling) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]
    found = await payments.round()
    await merchant.do(merchant.capture(sale))
    found += await payments.round()
    await merchant.do(merchant.authorize(token="PMT_poor"))
    found += await payments.round()

    heard = await told(merchant)
    assert {message.id for message in found} == {message.id for message in heard}
    assert {each.id: each for each in heard} == {each.id: each for each in found}
    assert len({message.id for message in heard}) == 3


async def test_each_capture_of_a_sale_in_parts_is_an_event_of_its_own_by_either_way(
    merchant: Merchant, payments: Polling
) -> None:
    sale = (await merchant.do(merchant.authorize(capture_mode="MULTIPLE"))).values["id"]
    found = await payments.round()
    for part in (500, 600, 300):
        await merchant.do(merchant.capture(sale, part))
        found += await payments.round()
        found += await payments.round()

    taken = [("PREAUTHORIZED", 1400), ("CAPTURED", 500), ("CAPTURED", 1100), ("CAPTURED", 1400)]
    assert list(dict.fromkeys(states(found))) == taken
    heard = await told(merchant)
    assert sorted(states(heard)) == sorted(taken)
    assert {message.id for message in heard} == {message.id for message in found}
    assert len({message.id for message in heard}) == len(taken)


async def test_rounds_look_back_by_the_overlap(merchant: Merchant, payments: Polling) -> None:
    await plant(merchant, checkout("uk-1"))
    for passed, known in ((10, 1), (6, 1), (1, 0)):
        merchant.clock.advance(passed * MINUTE)
        assert len(await payments.round()) == known


async def test_what_was_paid_before_the_first_look_is_not_fetched(merchant: Merchant) -> None:
    await plant(merchant, checkout("uk-1"))
    merchant.clock.advance(16 * MINUTE)
    assert await polling(merchant.opened, "heartland/transactions").round() == []


async def test_a_standstill_of_a_night_is_made_up_for(
    merchant: Merchant, payments: Polling
) -> None:
    paid = []
    for number in range(50):
        await plant(merchant, checkout(f"uk-{number}"))
        paid.append(f"uk-{number}")
        merchant.clock.advance(10 * MINUTE)
    assert list(dict.fromkeys(orders(await payments.round()))) == paid


async def test_more_payments_of_one_moment_than_a_page_holds(
    merchant: Merchant, payments: Polling
) -> None:
    numbers = [f"uk-{number}" for number in range(2 * PAGE + 50)]
    await plant(merchant, *map(checkout, numbers))
    assert orders(await payments.round()) == numbers
    assert merchant.line.asked[-3:] == [LIST] * 3


async def test_a_payment_of_ours_that_names_no_order_is_refused_and_the_others_go_on(
    merchant: Merchant, payments: Polling
) -> None:
    await plant(merchant, checkout("uk-1"), checkout("uk-2"))
    first, second = (await payments.poller.fetch(payments.cursor)).items
    ours = {"reference": "0" * 32, "order_reference": ""}
    nobodys = json.dumps({**json.loads(first), **ours}).encode()
    body = b'{"transactions":[%s,%s]}' % (nobodys, second)
    merchant.line.answer(LIST, web.Response(body=body, content_type="application/json"))
    assert orders(await payments.round()) == ["uk-2"]
    ((item, why),) = payments.refused
    assert (item, why.field) == (nobodys, "order_reference")


async def test_payments_of_another_account_are_not_ours(
    merchant: Merchant, payments: Polling
) -> None:
    await plant(merchant, checkout("uk-1"))
    page = await payments.poller.fetch(payments.cursor)
    theirs = {"id": "TRN_theirs", "account_name": "till_in_the_high_street"}
    elsewhere = json.dumps({**json.loads(page.items[0]), **theirs}).encode()
    body = b'{"transactions":[%s,%s]}' % (elsewhere, page.items[0])
    merchant.line.answer(LIST, web.Response(body=body, content_type="application/json"))
    assert orders(await payments.round()) == ["uk-1"]


async def test_what_is_no_list_is_asked_for_again(merchant: Merchant, payments: Polling) -> None:
    await plant(merchant, checkout("uk-1"))
    for answer in (web.Response(text="<html>"), web.json_response({"transactions": None})):
        merchant.line.answer(LIST, answer)
        with pytest.raises(Exception, match="no list"):
            await payments.round()
    merchant.line.answer(LIST, web.Response(status=429, headers={"Retry-After": "30"}))
    with pytest.raises(Transient) as busy:
        await payments.round()
    assert busy.value.retry_after == 30
    assert orders(await payments.round()) == ["uk-1"]


async def test_an_application_that_may_not_list_stops_the_poller(
    merchant: Merchant, payments: Polling
) -> None:
    refusal = {"detailed_error_code": "40212", "detailed_error_description": "Permission"}
    merchant.line.answer(LIST, web.json_response(refusal, status=403))
    with pytest.raises(Misconfigured, match="does not allow GET /transactions"):
        await payments.round()
