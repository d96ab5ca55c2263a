import hashlib
import json
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.heartland.bridge import payment_bridge
from streams.core.clock import SteppingClock
from streams.core.connector import Received, Request
from streams.core.errors import CardData, Rejected, Unauthenticated
from streams.messages.payment import PaymentNotified, PaymentTaken
from tests.unit.connectors.heartland.conftest import Merchant

APP_KEY = "TandemSandboxKey"
BRIDGE = payment_bridge(SecretStr(APP_KEY), SteppingClock())


def payment(**changes: Any) -> dict[str, Any]:
    body = {
        "id": "TRN_BHZ1whvNJnMvB6dPwf3znwWTsPjCn0",
        "time_created": "2026-11-23T08:58:37.000Z",
        "time_last_updated": "2026-11-23T09:00:00.500Z",
        "type": "SALE",
        "status": "CAPTURED",
        "amount": "1400",
        "currency": "GBP",
        "reference": "0123456789abcdef0123456789abcdef",
        "order_reference": "uk-536365",
        "payment_method": {
            "result": "00",
            "message": "SUCCESS",
            "card": {
                "brand": "VISA",
                "masked_number_last4": "XXXXXXXXXXXX5262",
                "authcode": "123456",
            },
        },
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def request(body: bytes, signed: bytes | None = None, key: str = APP_KEY) -> Request:
    signature = hashlib.sha512((body if signed is None else signed) + key.encode()).hexdigest()
    return Request("POST", "/hooks/heartland", {"x-gp-signature": signature}, {}, body)


def receive(body: object) -> Received:
    return BRIDGE.receive(request(json.dumps(body).encode()))


def test_a_notification_is_one_payment_of_its_order() -> None:
    (message,) = receive(payment()).messages

    assert message == PaymentNotified(
        id=message.id,
        key="uk-536365",
        occurred_at=1_795_424_400_500,
        received_at=1_700_000_000_000,
        source="heartland",
        correlation_id="uk-536365",
        transaction_id="TRN_BHZ1whvNJnMvB6dPwf3znwWTsPjCn0",
        status="CAPTURED",
        amount=1400,
        currency="GBP",
        reference="0123456789abcdef0123456789abcdef",
        result="00",
        message="SUCCESS",
        brand="VISA",
        last4="5262",
        authcode="123456",
    )


GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_a_payment_of_a_checkout_is_its_own() -> None:
    (message,) = receive(payment(reference=GUID, order_reference="1042")).messages

    assert message == PaymentTaken(
        id=message.id,
        key="TRN_BHZ1whvNJnMvB6dPwf3znwWTsPjCn0",
        occurred_at=1_795_424_400_500,
        received_at=1_700_000_000_000,
        source="heartland",
        correlation_id="TRN_BHZ1whvNJnMvB6dPwf3znwWTsPjCn0",
        transaction_id="TRN_BHZ1whvNJnMvB6dPwf3znwWTsPjCn0",
        status="CAPTURED",
        amount=1400,
        currency="GBP",
        reference=GUID,
        order_reference="1042",
        result="00",
        message="SUCCESS",
        brand="VISA",
        last4="5262",
        authcode="123456",
    )
    assert message.id != receive(payment()).messages[0].id


@pytest.mark.parametrize(
    "reference", [GUID, "Tea & Co Order #1042", "WooCommerce_Order_1042", "", None]
)
def test_a_checkout_s_payment_needs_to_name_no_order(reference: str | None) -> None:
    body = payment(reference=reference, order_reference=None)
    states = [{}, {}, {"status": "REVERSED"}, {"amount": "900"}]

    told = [receive({**body, **state}).messages[0] for state in states]

    assert all(isinstance(each, PaymentTaken) for each in told)
    assert {each.key for each in told} == {body["id"]}
    assert told[0].id == told[1].id
    assert len({each.id for each in told}) == 3


def test_a_state_told_twice_is_one_event_and_another_state_another() -> None:
    told = [receive(payment(time_last_updated=f"2026-11-23T09:00:0{n}Z")) for n in range(2)]
    other = receive(payment(status="REVERSED"))

    assert told[0].messages[0].id == told[1].messages[0].id != other.messages[0].id


def test_the_order_may_be_named_by_order_reference_or_within_order() -> None:
    body = payment(order_reference=None, order={"reference": "uk-1"})

    assert receive(body).messages[0].key == "uk-1"


def test_a_decline_has_no_amount() -> None:
    (message,) = receive(payment(status="DECLINED", amount="", currency="")).messages

    assert isinstance(message, PaymentNotified)
    assert (message.status, message.amount, message.currency) == ("DECLINED", 0, "")


def test_a_decline_reads_the_same_in_a_notification_as_in_an_answer() -> None:
    method = {"result": "101", "message": "Not sufficient fund (101)"}
    (message,) = receive(payment(status="DECLINED", payment_method=method)).messages

    assert isinstance(message, PaymentNotified)
    assert message.message == "declined by the card's issuer, e.g. not enough money on the account"


def test_a_signature_over_minified_json_is_taken_as_well() -> None:
    body = json.dumps(payment(note="a  b\\"), indent=2).encode()
    minified = json.dumps(payment(note="a  b\\"), separators=(",", ":")).encode()

    assert len(BRIDGE.receive(request(body, signed=minified)).messages) == 1


@pytest.mark.parametrize(
    "forged",
    [
        request(b'{"id":"TRN_1"}', signed=b'{"id":"TRN_2"}'),
        request(b'{"id":"TRN_1"}', key="another key"),
        Request("POST", "/hooks/heartland", {}, {}, b"{}"),
        Request("POST", "/hooks/heartland", {"x-gp-signature": "é"}, {}, b"{}"),
    ],
)
def test_who_cannot_sign_is_not_heard(forged: Request) -> None:
    with pytest.raises(Unauthenticated):
        BRIDGE.receive(forged)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (payment(id=None), "id"),
        (payment(status=""), "status"),
        (payment(order_reference=None), "order_reference"),
        (payment(order_reference=""), "order_reference"),
        (payment(amount="14.00"), "amount"),
        (payment(amount=1400), "amount"),
        (payment(amount="-1400"), "amount"),
        (payment(time_created=None, time_last_updated=None), "time_created"),
        (payment(time_last_updated="yesterday"), "time_last_updated"),
        (payment(time_last_updated="2026-11-23T09:00:00"), "time_last_updated"),
        (payment(type="REFUND", reference="refunded in the portal"), "type"),
        ([payment()], ""),
    ],
)
def test_what_is_of_no_use_is_refused_with_its_field(body: object, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        receive(body)

    assert not isinstance(refused.value, CardData)
    assert refused.value.field == field


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        BRIDGE.receive(request(body))


def test_card_data_is_refused_and_not_repeated() -> None:
    with pytest.raises(CardData) as refused:
        receive(payment(description="card 4111 1111 1111 1111"))

    assert "4111" not in str(refused.value)


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_scheme_s_reference_is_no_card_though_it_looks_like_one(
    separators: tuple[str, str],
) -> None:
    looks_like_one = payment(payment_method={"card": {"brand_reference": "4556115637724051"}})
    holds_one_too = looks_like_one | {"description": "card 4556115637724051"}

    told = BRIDGE.receive(request(json.dumps(looks_like_one, separators=separators).encode()))
    with pytest.raises(CardData):
        receive(holds_one_too)

    assert len(told.messages) == 1


async def test_heartland_s_own_notifications_tell_each_state_of_a_payment(
    merchant: Merchant,
) -> None:
    sale = (await merchant.do(merchant.authorize())).values["id"]
    await merchant.do(merchant.capture(sale))

    (bridge,) = merchant.opened.bridges
    told = [bridge.receive(request).messages[0] for request in await merchant.notifications()]

    assert {(each.status, each.amount) for each in told if isinstance(each, PaymentNotified)} == {
        ("PREAUTHORIZED", 1400),
        ("CAPTURED", 1400),
    }
    assert {each.key for each in told} == {"uk-536365"}
    assert bridge.path == "/hooks/heartland"


async def test_a_refund_that_tandem_asked_for_is_no_news(merchant: Merchant) -> None:
    sale = (await merchant.do(merchant.authorize(capture_mode="AUTO"))).values["id"]
    await merchant.do(merchant.refund(sale, 500))
    (bridge,) = merchant.opened.bridges

    told = [bridge.receive(request).messages for request in await merchant.notifications()]

    assert [len(messages) for messages in told] == [1, 0]


async def test_a_name_beyond_ascii_does_not_break_the_signature(merchant: Merchant) -> None:
    await merchant.do(merchant.authorize(payer_name="Zoë Ōhara 花"))

    (request,) = await merchant.notifications()
    assert len(merchant.opened.bridges[0].receive(request).messages) == 1
