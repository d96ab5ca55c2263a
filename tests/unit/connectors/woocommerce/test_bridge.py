"""The bridge takes what a real shop sent, byte for byte, and refuses what is of no use by name."""

import base64
import hmac
import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.woocommerce.bridge import shop_bridge
from connectors.woocommerce.settings import ShopSettings
from streams.core.clock import SteppingClock
from streams.core.connector import Received, Request
from streams.core.errors import CardData, Rejected, Unauthenticated
from streams.messages.order import OrderCancelled, OrderPlaced, OrderRefunded
from streams.messages.parts import Line
from tests.unit.connectors.woocommerce.sandbox.recordings import SECRET, headers_and_body

SETTINGS = ShopSettings(
    url="https://shop.example.com",
    consumer_key=SecretStr("ck_1"),
    consumer_secret=SecretStr("cs_1"),
    webhook_secret=SecretStr(SECRET),
)
BRIDGE = shop_bridge(SETTINGS, SteppingClock())


FORM = {"content-type": "application/x-www-form-urlencoded"}
PING = b"webhook_id=1"


def recorded(name: str) -> Request:
    headers, body = headers_and_body(name)
    return Request("POST", BRIDGE.path, {k.lower(): v for k, v in headers.items()}, {}, body)


def request(body: bytes, topic: str = "order.created", secret: str = SECRET) -> Request:
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    headers = {
        "content-type": "application/json",
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-signature": signature,
    }
    return Request("POST", BRIDGE.path, headers, {}, body)


def order(**changes: Any) -> dict[str, Any]:
    """The recorded order; a change of None takes the field out."""
    body = json.loads(headers_and_body("hook-order-created.http")[1], parse_float=str) | changes
    return {name: value for name, value in body.items() if value is not None}


def receive(body: object, topic: str = "order.created") -> Received:
    return BRIDGE.receive(request(json.dumps(body).encode(), topic))


def placed(**changes: Any) -> OrderPlaced:
    (message,) = receive(order(**changes)).messages
    assert isinstance(message, OrderPlaced)
    return message


def test_a_real_shop_s_order_is_taken() -> None:
    (message,) = BRIDGE.receive(recorded("hook-order-created.http")).messages

    assert isinstance(message, OrderPlaced)
    assert (message.key, message.order_number, message.customer_id) == ("uk-50", "50", "")
    assert (message.total, message.currency) == (1000, "GBP")
    assert message.lines == (
        Line(
            line_id="53",
            item="TEA-100",
            name="Tea tin 100 g",
            quantity=1,
            unit_price="10.00",
            amount=1000,
        ),
    )
    assert message.occurred_at == 1_795_424_317_000
    assert message.received_at == 1_700_000_000_000
    assert (message.bill_to.first_name, message.bill_to.address_1) == ("Zoë", "1/2 High St")
    assert message.ship_to == message.bill_to
    assert BRIDGE.path == "/hooks/shop/uk"


def test_a_real_shop_s_finished_order_tells_nothing_new() -> None:
    assert BRIDGE.receive(recorded("hook-order-updated.http")) == Received()


def test_a_real_shop_s_ping_is_answered() -> None:
    assert BRIDGE.receive(recorded("hook-ping.http")) == Received(status=200)


def test_a_real_shop_s_error_in_place_of_an_order_is_for_a_person() -> None:
    with pytest.raises(Rejected, match="cannot view") as refused:
        BRIDGE.receive(recorded("hook-error-body.http"))

    assert refused.value.code == "woocommerce_rest_cannot_view"


def test_nothing_secret_of_a_real_order_is_copied() -> None:
    (message,) = BRIDGE.receive(recorded("hook-order-created.http")).messages

    assert "wc_order_" not in message.model_dump_json()


def test_an_order_told_again_is_the_same_event() -> None:
    later = order(date_modified_gmt="2026-11-23T09:58:37", status="on-hold")
    created, (updated,) = placed(), receive(later, "order.updated").messages

    assert isinstance(updated, OrderPlaced)
    assert created.id == updated.id != placed(id=51).id
    assert created.modified_at < updated.modified_at == 1_795_427_917_000


@pytest.mark.parametrize(
    "changes",
    [
        {"customer_note": "at the back door"},
        {"billing": {"city": "York", "country": "GB"}},
        {"shipping": {"city": "York", "country": "GB"}},
        {"payment_method": "cod"},
        {"transaction_id": "TRN_1"},
        {"meta_data": [{"key": "_tandem_payment_token", "value": "PMT_1"}]},
        {"meta_data": [{"key": "_tandem_attempt", "value": "1"}]},
        {
            "fee_lines": [{"name": "Gift", "total": "0.83", "total_tax": "0.17"}],
            "total": "11.00",
        },
    ],
    ids=lambda changes: str(next(iter(changes))),
)
def test_another_content_or_attempt_is_another_event(changes: dict[str, Any]) -> None:
    assert placed(**changes).id != placed().id


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "pending"},
        {"date_created_gmt": "2026-11-23T09:58:37"},
        {"customer_id": 7},
        {"meta_data": [{"key": "_tandem_carrier", "value": "DPD"}]},
    ],
    ids=lambda changes: str(next(iter(changes))),
)
def test_times_status_and_bookkeeping_are_no_content(changes: dict[str, Any]) -> None:
    assert placed(**changes).id == placed().id


def test_the_transaction_of_an_order_that_tandem_charges_is_tandem_s_own_writing() -> None:
    token = {"meta_data": [{"key": "_tandem_payment_token", "value": "PMT_1"}]}
    written = placed(**token, transaction_id="TRN_1")

    assert written.transaction_id == ""
    assert written.id == placed(**token).id


@pytest.mark.parametrize("status", ["pending", "processing", "on-hold"])
def test_placed_orders(status: str) -> None:
    assert placed(status=status).order_id == "50"


@pytest.mark.parametrize(
    "status",
    ["checkout-draft", "auto-draft", "trash", "completed", "refunded", "failed"],
)
def test_drafts_and_finished_orders_are_nothing(status: str) -> None:
    assert receive(order(status=status)) == Received()


@pytest.mark.parametrize("more", [{}, {"meta_data": [{"key": "_tandem_key", "value": "uk-50"}]}])
def test_a_cancelled_order_is_told_once_also_if_tandem_knows_it(more: dict[str, Any]) -> None:
    told = [receive(order(status="cancelled", **more)).messages for _ in range(2)]
    assert [type(message) for (message,) in told] == [OrderCancelled, OrderCancelled]
    assert len({message.id for (message,) in told}) == 1
    assert told[0][0].key == "uk-50"


@pytest.mark.parametrize("topic", ["order.deleted", "product.updated", "customer.created", ""])
def test_other_topics_are_nothing(topic: str) -> None:
    assert receive({"id": 50}, topic) == Received()


def test_who_cannot_sign_is_not_heard() -> None:
    true = recorded("hook-order-created.http")
    forged = [
        Request("POST", true.path, true.headers, {}, true.body.replace(b"10.00", b"00.01")),
        Request("POST", true.path, {}, {}, true.body),
        request(true.body, secret="another"),
        Request("POST", true.path, {"x-wc-webhook-signature": "é"}, {}, true.body),
        Request("POST", true.path, {"content-type": "text/plain"}, {}, b"webhook_id=1"),
        Request("POST", true.path, FORM, {}, b"a=1"),
        Request("POST", true.path, FORM | {"x-wc-webhook-topic": "order.created"}, {}, PING),
    ]
    for each in forged:
        with pytest.raises(Unauthenticated):
            BRIDGE.receive(each)


LINE = order()["line_items"][0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "id"),
        ({"id": "50"}, "id"),
        ({"number": None}, "number"),
        ({"currency": None}, "currency"),
        ({"currency": "GBX"}, "currency"),
        ({"currency": "EUR"}, "currency"),
        ({"total": None}, "total"),
        ({"total": "ten"}, "total"),
        ({"total": "NaN"}, "total"),
        ({"total": 10}, "total"),
        ({"total": "11.00"}, "total"),
        ({"customer_id": None}, "customer_id"),
        ({"customer_id": "7"}, "customer_id"),
        ({"billing": None}, "billing"),
        ({"billing": []}, "billing"),
        ({"billing": {"city": 1}}, "billing.city"),
        ({"shipping": None}, "shipping"),
        ({"date_created_gmt": None}, "date_created_gmt"),
        ({"date_created_gmt": "soon"}, "date_created_gmt"),
        ({"date_modified_gmt": None}, "date_modified_gmt"),
        ({"line_items": []}, "line_items"),
        ({"line_items": None}, "line_items"),
        ({"line_items": ["x"]}, "line_items"),
        ({"line_items": [LINE | {"sku": None}]}, "line_items[0].sku"),
        ({"line_items": [LINE | {"sku": ""}]}, "line_items[0].sku"),
        ({"line_items": [LINE | {"quantity": 0}]}, "line_items[0].quantity"),
        ({"line_items": [LINE | {"quantity": "1"}]}, "line_items[0].quantity"),
        ({"line_items": [LINE, LINE | {"total_tax": "x"}]}, "line_items[1].total_tax"),
        ({"shipping_lines": [{"total": "1"}]}, "shipping_lines[0].total_tax"),
        (
            {"meta_data": [{"key": "_tandem_payment_token", "value": "tok_1"}]},
            "meta_data._tandem_payment_token",
        ),
    ],
)
def test_what_is_of_no_use_is_refused_with_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        receive(order(**changes))

    assert not isinstance(refused.value, CardData)
    assert refused.value.field == field


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        BRIDGE.receive(request(body))


@pytest.mark.parametrize(
    "changes",
    [
        {"customer_note": "my card is 4111 1111 1111 1111"},
        {"meta_data": [{"key": "_x", "value": '{"card":"4111111111111111"}'}]},
        {"meta_data": [{"key": "_cvv", "value": "123"}]},
    ],
)
def test_card_data_is_refused_and_not_repeated(changes: dict[str, Any]) -> None:
    with pytest.raises(CardData) as refused:
        receive(order(**changes))

    assert "4111" not in str(refused.value)


@pytest.mark.parametrize("compact", [True, False])
def test_a_parcel_s_number_is_no_card_though_it_looks_like_one(compact: bool) -> None:
    """Of an order that ships in parts, and so is processed on: a refusal would end its webhook."""
    number = "4111111111111111"
    parcel = {"id": 3, "key": "_tandem_tracking_number", "value": number}
    separators = (",", ":") if compact else None
    shipped = json.dumps(order(meta_data=[MARK, parcel]), separators=separators).encode()
    typed = json.dumps(order(meta_data=[MARK, parcel], customer_note=number)).encode()

    assert len(BRIDGE.receive(request(shipped)).messages) == 1
    with pytest.raises(CardData):
        BRIDGE.receive(request(typed))


def test_token_transaction_and_customer_are_taken() -> None:
    message = placed(
        customer_id=17850,
        meta_data=[
            {"id": 1, "key": "_GP_multi_use_token", "value": "PMT_theirs"},
            {"id": 2, "key": "_tandem_payment_token", "value": "PMT_ours"},
        ],
    )

    assert (message.customer_id, message.payment_token) == ("17850", "PMT_ours")
    assert "PMT_theirs" not in message.model_dump_json()
    assert placed(transaction_id="TRN_1").transaction_id == "TRN_1"


def test_freight_and_fees_are_charges_with_their_codes() -> None:
    freight = {"method_id": "POST", "method_title": "Postage", "total": "3.33", "total_tax": "0.67"}
    coded = freight | {"meta_data": [{"key": "_tandem_code", "value": "DOT"}]}
    fee = {"name": "Rebate", "total": "-0.83", "total_tax": "-0.17"}

    message = placed(shipping_lines=[freight, coded], fee_lines=[fee], total="17.00")

    told = [(each.kind, each.code, each.name, each.amount) for each in message.charges]
    assert told == [
        ("freight", "POST", "Postage", 400),
        ("freight", "DOT", "Postage", 400),
        ("fee", "Rebate", "Rebate", -100),
    ]


def test_a_penny_a_line_is_carried_as_rounding_and_no_more() -> None:
    message = placed(total="10.01")

    assert [(each.code, each.amount) for each in message.charges] == [("ROUNDING", 1)]
    assert sum(line.amount for line in message.lines) + 1 == message.total == 1001
    with pytest.raises(Rejected, match="-2 minor units"):
        placed(total="9.98")


def test_a_penny_too_many_is_taken_off_the_dearest_line() -> None:
    """A charge below zero would be a price that M3 may not take."""
    cheap = LINE | {"id": 2, "total": "0.83", "total_tax": "0.17"}
    cheap |= {"subtotal": "0.83", "subtotal_tax": "0.17"}
    message = placed(line_items=[cheap, LINE], total="10.98")

    assert message.charges == ()
    assert [(line.amount, line.discount) for line in message.lines] == [(100, 0), (998, 2)]
    assert message.lines[1].unit_price == "10.00"


def test_a_discount_is_taken_off_the_line() -> None:
    line = LINE | {"quantity": 2, "subtotal": "16.67", "subtotal_tax": "3.33"}

    (told,) = placed(line_items=[line]).lines

    assert (told.unit_price, told.discount, told.amount) == ("10.00", 1000, 1000)


def test_a_price_raised_by_hand_is_no_negative_discount() -> None:
    line = LINE | {"subtotal": "4.17", "subtotal_tax": "0.83"}

    (told,) = placed(line_items=[line]).lines

    assert (told.unit_price, told.discount, told.amount) == ("10.00", 0, 1000)


def test_goods_go_where_the_customer_says() -> None:
    address = {"first_name": "Ann", "city": "Leeds", "postcode": "LS1 1AA", "country": "GB"}

    message = placed(shipping=address)

    assert (message.ship_to.city, message.bill_to.city) == ("Leeds", "London")


def test_a_free_order_is_an_order() -> None:
    free = LINE | dict.fromkeys(("subtotal", "subtotal_tax", "total", "total_tax"), "0.00")

    message = placed(line_items=[free], total="0.00")

    assert (message.total, message.lines[0].unit_price) == (0, "0.00")


def test_money_is_the_currency_s_own() -> None:
    yen = shop_bridge(SETTINGS.model_copy(update={"currency": "JPY"}), SteppingClock())
    line = LINE | {"subtotal": "910", "subtotal_tax": "90", "total": "910", "total_tax": "90"}
    body = json.dumps(order(currency="JPY", total="1000", line_items=[line])).encode()

    (message,) = yen.receive(request(body)).messages

    assert isinstance(message, OrderPlaced)
    assert message.total == Decimal(message.lines[0].unit_price) == Decimal(1000)


def test_the_echo_of_our_own_change_is_no_news() -> None:
    seen = {"id": 2, "key": "_tandem_seen", "value": placed().content}
    echo = order(meta_data=[MARK, seen])
    assert receive(echo, "order.updated") == Received()
    assert receive(echo | {"status": "completed"}, "order.updated") == Received()


def test_an_edit_after_our_own_change_is_news() -> None:
    seen = {"id": 2, "key": "_tandem_seen", "value": placed().content}
    (edited,) = receive(order(meta_data=[MARK, seen], customer_note="gift")).messages
    assert isinstance(edited, OrderPlaced)
    assert edited.customer_note == "gift"


def test_an_order_that_we_wrote_to_and_noted_no_content_of_is_told() -> None:
    (told,) = receive(order(meta_data=[MARK]), "order.updated").messages
    assert told.id == placed().id


def test_a_customer_cannot_hide_an_order_by_naming_our_mark() -> None:
    assert len(receive(order(customer_note='"_tandem_key"')).messages) == 1


REFUND = {"id": 77, "reason": "chipped", "total": "-5.10"}
MARK = {"id": 1, "key": "_tandem_key", "value": "uk-50"}


def refunded(**changes: Any) -> list[OrderRefunded]:
    """What a finished order that Tandem knows tells of its refunds."""
    known = order(**{"status": "completed", "meta_data": [MARK], **changes})
    messages = receive(known, "order.updated").messages
    return [message for message in messages if isinstance(message, OrderRefunded)]


def test_the_reason_of_a_refund_that_m3_began_travels_with_it() -> None:
    reason = "M3 return 900012, credit note 4711"
    (refund,) = refunded(refunds=[REFUND | {"reason": reason}])

    assert refund.reason == reason


def test_each_refund_of_an_order_is_told() -> None:
    first, second = refunded(refunds=[{"id": 78, "reason": "", "total": "-0.90"}, REFUND])

    assert (second.key, second.correlation_id, second.source) == ("uk-50", "uk-50", "shop/uk")
    assert (second.shop, second.order_id, second.refund_id) == ("uk", "50", "77")
    assert (second.amount, second.currency, second.reason) == (510, "GBP", "chipped")
    assert (first.refund_id, first.amount, first.reason) == ("78", 90, "")
    assert second.received_at == 1_700_000_000_000


def test_a_refund_told_again_is_the_same_event() -> None:
    (before,) = refunded(refunds=[REFUND])
    newer, again = refunded(refunds=[REFUND | {"id": 78}, REFUND], status="refunded")

    assert before.id == again.id != newer.id
    (elsewhere,) = refunded(refunds=[REFUND], id=51)
    assert elsewhere.id != before.id


@pytest.mark.parametrize("meta", [[], [MARK]])
@pytest.mark.parametrize("status", ["processing", "completed", "refunded"])
def test_a_refund_is_told_whatever_the_order_s_status_and_who_wrote_to_it(
    status: str, meta: list[Any]
) -> None:
    (refund,) = refunded(refunds=[REFUND], status=status, meta_data=meta)

    assert refund.amount == 510


def test_an_order_that_is_not_known_is_placed_and_refunded() -> None:
    placed, refund = receive(order(refunds=[REFUND])).messages

    assert isinstance(placed, OrderPlaced)
    assert isinstance(refund, OrderRefunded)
    assert (placed.key, placed.total, refund.amount) == (refund.key, 1000, 510)


@pytest.mark.parametrize("refunds", [[], None])
def test_an_order_without_refunds_tells_none(refunds: list[Any] | None) -> None:
    assert refunded(refunds=refunds) == refunded(refunds=refunds, meta_data=[]) == []


@pytest.mark.parametrize("compact", [True, False])
def test_somebody_s_meta_hides_no_refund(compact: bool) -> None:
    theirs = {"id": 2, "key": "_erp", "value": {"refunds": []}}
    known = order(status="completed", meta_data=[MARK, theirs], refunds=[REFUND])
    separators = (",", ":") if compact else None
    body = json.dumps(known, separators=separators).encode()

    (refund,) = BRIDGE.receive(request(body, "order.updated")).messages

    assert isinstance(refund, OrderRefunded)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"refunds": {}}, "refunds"),
        ({"refunds": [REFUND, 7]}, "refunds"),
        ({"refunds": [REFUND, {"id": 78, "reason": ""}]}, "refunds[1].total"),
        ({"refunds": [REFUND | {"total": None}]}, "refunds[0].total"),
        ({"refunds": [REFUND | {"total": "much"}]}, "refunds[0].total"),
        ({"refunds": [REFUND | {"total": -5}]}, "refunds[0].total"),
        ({"refunds": [REFUND | {"total": "5.10"}]}, "refunds[0].total"),
        ({"refunds": [REFUND | {"id": "77"}]}, "refunds[0].id"),
        ({"refunds": [REFUND | {"reason": 1}]}, "refunds[0].reason"),
        ({"refunds": [REFUND], "currency": "EUR"}, "currency"),
        ({"refunds": [REFUND], "date_modified_gmt": None}, "date_modified_gmt"),
    ],
)
def test_a_refund_of_no_use_is_refused_with_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        receive(order(status="completed", **changes), "order.updated")

    assert refused.value.field == field


def test_a_refund_is_in_the_currency_s_own_units() -> None:
    yen = shop_bridge(SETTINGS.model_copy(update={"currency": "JPY"}), SteppingClock())
    body = order(status="completed", currency="JPY", refunds=[REFUND | {"total": "-510"}])

    (refund,) = yen.receive(request(json.dumps(body).encode(), "order.updated")).messages

    assert isinstance(refund, OrderRefunded)
    assert (refund.amount, refund.currency) == (510, "JPY")
