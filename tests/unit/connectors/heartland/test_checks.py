"""A payment that a shop's checkout made is an order's, or is refused by name. Nothing moves."""

import pytest
from aiohttp import web

from streams.core.errors import Rejected, Unknown
from tests.unit.connectors.heartland.conftest import Merchant

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
CUT = "Zoë's Very Long Named Emporium of Teas Order #10"


async def test_an_authorization_of_the_checkout_is_the_order_s(merchant: Merchant) -> None:
    payment = await merchant.paid()

    outcome = await merchant.do(merchant.check(payment))

    assert (outcome.minor_units, outcome.currency) == (1400, "GBP")
    assert (outcome.values["id"], outcome.values["status"]) == (payment, "PREAUTHORIZED")
    assert outcome.values["capture_mode"] == "LATER"
    assert (outcome.values["brand"], outcome.values["last4"]) == ("VISA", "5262")
    assert (outcome.values["result"], len(outcome.values["authcode"])) == ("00", 6)


async def test_a_charge_is_the_order_s_also_when_the_bank_has_it(merchant: Merchant) -> None:
    payment = await merchant.paid(payment_action="charge")
    first = await merchant.do(merchant.check(payment))
    await merchant.settle()
    later = await merchant.do(merchant.check(payment), unknown=True)

    assert (first.values["status"], first.minor_units) == ("CAPTURED", 1400)
    assert (later.values["status"], later.minor_units) == ("FUNDED", 1400)


@pytest.mark.parametrize(
    "named",
    [
        {"order_number": "536365"},
        {"order_number": "1042"},
        {"order_number": "uk-536365"},
        {"order_number": GUID},
        {"order_reference": "Tea & Co Order #1042", "reference": "Tea & Co Order #1042"},
        {"order_reference": GUID, "reference": "WooCommerce_Order_536365"},
        {"order_reference": f"{CUT:>50}", "reference": f"{CUT:>50}"},
        {"order_reference": "x" * 50},
    ],
    ids=lambda named: str(next(iter(named.values()))).strip(),
)
async def test_what_the_plugin_writes_is_known(merchant: Merchant, named: dict[str, str]) -> None:
    payment = await merchant.paid(**named)

    assert (await merchant.do(merchant.check(payment))).minor_units == 1400


@pytest.mark.parametrize(
    "named",
    [
        {"order_number": "536366"},
        {"order_number": "uk-1042"},
        {"order_number": "an invoice"},
        {"order_reference": "Tea & Co Order #1043", "reference": "Tea & Co Order #1043"},
        {"order_reference": "Tea & Co Order #536365"},
        {"order_reference": "Tea & Co Order #10"},
        {"order_reference": GUID, "reference": "WooCommerce_Order_1042"},
        {"order_number": "536365", "reference": "Tea & Co Order #1043"},
    ],
    ids=lambda named: str(list(named.values())[-1]),
)
async def test_another_order_s_payment_is_refused(
    merchant: Merchant, named: dict[str, str]
) -> None:
    payment = await merchant.paid(**named)

    with pytest.raises(Rejected, match="is of another order") as refused:
        await merchant.do(merchant.check(payment))

    assert refused.value.field == "order_reference"


async def test_an_amount_that_differs_is_refused_with_both(merchant: Merchant) -> None:
    payment = await merchant.paid(amount="1399")

    with pytest.raises(Rejected, match=r"of 13\.99 GBP, the order of 14\.00 GBP") as refused:
        await merchant.do(merchant.check(payment))

    assert refused.value.field == "amount"


async def test_what_a_clerk_took_of_it_is_its_amount(merchant: Merchant) -> None:
    payment = await merchant.paid()
    await merchant.do(merchant.capture(payment, 900))

    with pytest.raises(Rejected, match=r"of 9\.00 GBP, the order of 14\.00 GBP"):
        await merchant.do(merchant.check(payment))


async def test_another_currency_is_refused(merchant: Merchant) -> None:
    payment = await merchant.paid(currency="EUR")

    with pytest.raises(Rejected, match="is in EUR, the order in GBP") as refused:
        await merchant.do(merchant.check(payment))

    assert refused.value.field == "currency"


async def test_a_declined_payment_holds_no_money(merchant: Merchant) -> None:
    payment = await merchant.paid(result="101")

    with pytest.raises(Rejected, match="is DECLINED: it holds no money") as refused:
        await merchant.do(merchant.check(payment))

    assert (refused.value.field, refused.value.code) == ("status", "DECLINED")


async def test_a_reversed_payment_holds_no_money(merchant: Merchant) -> None:
    payment = await merchant.paid()
    await merchant.do(merchant.reverse(payment))

    with pytest.raises(Rejected, match="is REVERSED") as refused:
        await merchant.do(merchant.check(payment))

    assert (refused.value.field, refused.value.code) == ("status", "REVERSED")


async def test_a_refund_is_no_payment(merchant: Merchant) -> None:
    payment = await merchant.paid(payment_action="charge")
    refund = await merchant.do(merchant.refund(payment, 510))

    with pytest.raises(Rejected, match="gives money back") as refused:
        await merchant.do(merchant.check(refund.values["id"], amount=510))

    assert refused.value.field == "status"


@pytest.mark.parametrize("status", ["INITIATED", "PENDING", "FOR_REVIEW"])
async def test_what_is_not_decided_yet_is_refused_and_holds_nobody_up(
    merchant: Merchant, status: str
) -> None:
    payment = await merchant.paid()
    undecided = {"id": payment, "type": "SALE", "status": status, "amount": "1400"}
    merchant.line.answer(payment, web.json_response(undecided))

    with pytest.raises(Rejected) as refused:
        await merchant.do(merchant.check(payment))

    assert (refused.value.field, refused.value.code) == ("status", status)
    assert (await merchant.do(merchant.check(payment))).minor_units == 1400


@pytest.mark.parametrize("nobodys", ["TRN_nobody", "1234567890", "", "../payers"])
async def test_a_transaction_that_gp_api_does_not_have_is_refused(
    merchant: Merchant, nobodys: str
) -> None:
    with pytest.raises(Rejected) as refused:
        await merchant.do(merchant.check(nobodys))

    assert refused.value.field == "transaction_id"


async def test_a_lost_reply_is_asked_for_again_and_moves_nothing(merchant: Merchant) -> None:
    payment = await merchant.paid(order_number="uk-536365")
    before = await merchant.order()
    merchant.line.lose("reply", payment, times=3)
    with pytest.raises(Unknown):
        await merchant.do(merchant.check(payment))

    assert (await merchant.do(merchant.check(payment), unknown=True)).minor_units == 1400
    assert await merchant.order() == before
