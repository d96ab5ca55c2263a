import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.carddata import find, luhn, mask, refuse
from streams.core.errors import CardData

WEBHOOK = Path(__file__).parents[2] / "data" / "woocommerce" / "hook-order-created.http"
CARD = "4111111111111111"
PREFIXES = {
    16: ("4", "51", "55", "2221", "2720", "36", "6011", "65", "3528", "6759"),
    15: ("34", "37"),
    14: ("300", "36", "38"),
    19: ("4", "62"),
}


def checked(start: str, length: int, filler: str) -> str:
    body = (start + filler)[: length - 1]
    return next(body + check for check in "0123456789" if luhn(body + check))


@st.composite
def cards(draw: st.DrawFn) -> str:
    length = draw(st.sampled_from(sorted(PREFIXES)))
    start = draw(st.sampled_from(PREFIXES[length]))
    return checked(start, length, draw(st.text("0123456789", min_size=18, max_size=18)))


@st.composite
def typed(draw: st.DrawFn) -> str:
    """A card as people type it: bare, or in groups with something between them."""
    number = draw(cards())
    between = draw(st.sampled_from(["", " ", "-", " - ", "\u00a0", "\u2013", "\u2011"]))
    sizes = draw(st.sampled_from([(4, 4, 4, 7), (4, 6, 9), (1,) * 19, (6, 13)]))
    groups, rest = [], number
    for size in sizes:
        groups.append(rest[:size])
        rest = rest[size:]
    return between.join(group for group in groups if group)


def as_utf8(text: str) -> bytes:
    return json.dumps({"note": text}, ensure_ascii=False).encode()


def as_php(text: str) -> bytes:
    return json.dumps({"note": text}).replace("/", "\\/").encode()


def as_json_in_json(text: str) -> bytes:
    return json.dumps({"meta": [{"value": json.dumps({"note": text})}]}).encode()


@given(typed(), st.sampled_from([as_utf8, as_php, as_json_in_json]), st.sampled_from(["\n", " "]))
def test_a_card_is_found_in_whatever_holds_it_and_masked(
    card: str, written: Callable[[str], bytes], beside: str
) -> None:
    data = written(f"please use{beside}{card}{beside}thanks / Zoë")

    assert find(data)
    masked = mask(data)
    assert len(masked) == len(data)
    assert not find(masked)
    digits = "".join(c for c in card if c.isdigit())
    shown = "".join(c for c in json.dumps(json.loads(masked)) if c.isdigit())
    assert digits[:-4] not in shown


@given(st.binary(max_size=300))
def test_masking_keeps_length_and_ends(data: bytes) -> None:
    masked = mask(data)

    assert len(masked) == len(data)
    assert mask(masked) == masked


@given(st.text('0123456789 -.,:+"\\nu', max_size=80))
def test_whatever_is_masked_holds_no_card_any_more(text: str) -> None:
    assert not find(mask(text.encode()))


def test_only_the_last_four_remain() -> None:
    assert mask(b"card 4111 1111-1111 1111!") == b"card XXXX XXXX-XXXX 1111!"


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        f"order 12 {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}",
        f"Visa{CARD}",
        f"%B{CARD}^OHARA/ZOE^2512101?",
        f";{CARD}=2512101?",
        f"number={CARD}&cvv=123",
        "4222222222222",  # 13 digits; right by Luhn, wrong as a GTIN
        "4-111-111-111-111-111",
        f"34007144-4448-492d-aa9f-1dd0c20af751 {CARD}",
    ],
)
def test_card_numbers(text: str) -> None:
    assert find(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        '"cvv":"123"',
        '"CVV2" : 1234',
        '{\\"cvc\\":\\"123\\"}',
        '{"key":"_cvv","value":"123"}',
        '{"id":1,"key":"cvn","value":"123"}',
        "<cvv>123</cvv>",
        "cvv=123&x=1",
        "CVV: 123",
        "cvv 123",
        "security code: 123",
        '"track2":";5413330089010012=2512"',
        '"track_data":"%B54"',
        '"card_number":"4111111111111112"',
        '"card":{"brand":"VISA","number":"4111111111111112"}',
        '"card": {"number": 4111111111111112}',
        "card[number]=4111111111111112",
        '"pan":"4111111111111112"',
    ],
)
def test_fields_by_their_names(text: str) -> None:
    assert find(text.encode())
    assert not find(mask(text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        '"number":"536365"',
        '"number":"4111111111111112"',  # an order's number, wrong by Luhn
        "1795424400500",  # a time in ms
        "4006381333924",  # a GTIN-13 of a German maker, right by Luhn as well
        "5012345678900",  # a GTIN-13 of a British maker
        "+44 20 7946 0958",
        "020 7946 0958 / 020 7946 0959",
        "+441111111111110",
        "5.4166666666666667",
        "356938035643809",  # an IMEI: right by Luhn, of no scheme
        "GB29NWBK60161331926819",
        "9e2eb38808d7cfe87dada1a10da3668d",
        "a4111111111111111c2",  # within a hash
        "4111111111111112",  # wrong by Luhn
        "9111111111111111",
        "0000000000000000",
        '"cvv_result":"MATCHED"',
        '"cvv_result":"123"',
        '"cvv":"***"',
        '"cvv":""',
        '"masked_number_last4":"XXXXXXXXXXXX5262"',
        '"card":{"brand":"VISA","masked_number_last4":"XXXXXXXXXXXX5262"}',
        '"tracking":"1Z9999W99999999999"',
        '"_tandem_tracking_number":"JD014600003RTE"',
        "CVC, 300 boxes",
        "b5862b7a-4b3e-4062-8706-46322315170c",
        "(34007144-4448-492D-AA9F-1DD0C20AF751)",
    ],
)
def test_what_is_no_card_data(text: str) -> None:
    assert find(text.encode()) == []


def test_refusing_names_nothing_of_it() -> None:
    with pytest.raises(CardData) as refused:
        refuse(f"pay with {CARD}".encode())

    assert not any(char.isdigit() for char in str(refused.value))
    refuse(b"pay with PMT_1")


def test_a_webhook_of_10_kb_is_looked_through_in_no_time() -> None:
    body = (WEBHOOK.read_bytes() * 5)[:10_240]

    def seconds() -> float:
        started = perf_counter()
        assert find(body) == []
        return perf_counter() - started

    # A tenth of a millisecond; a hundred times that would be an expression run wild.
    assert min(seconds() for _ in range(20)) < 0.01
