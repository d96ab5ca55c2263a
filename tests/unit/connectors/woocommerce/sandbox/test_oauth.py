"""Who may call: the order of the checks, the windows, the repeats, and our Basic extension."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY, Client
from yarl import URL

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.oauth import WINDOW_MS, Authenticator, Call
from streams.core.clock import SteppingClock

ADDRESS = "http://127.0.0.1:8095/wp-json/wc/v3/orders"


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def door(clock: SteppingClock) -> Authenticator:
    return Authenticator("ck_known", "cs_secret", clock)


Signed = Callable[..., Call]


@pytest.fixture
def signed(clock: SteppingClock) -> Signed:
    def sign(
        query: str = "",
        *,
        key: str = "ck_known",
        secret: str = "cs_secret",
        method: str = SIGNATURE_HMAC_SHA256,
        header: bool = False,
        nonce: str = "n1",
    ) -> Call:
        client = Client(
            key,
            client_secret=secret,
            signature_method=method,
            nonce=nonce,
            timestamp=str(clock.now_ms() // 1000),
            **({} if header else {"signature_type": SIGNATURE_TYPE_QUERY}),
        )
        uri, headers, _ = client.sign(ADDRESS + query)
        url = URL(uri)
        return Call("GET", ADDRESS, list(url.query.items()), headers.get("Authorization", ""))

    return sign


def refusal(door: Authenticator, call: Call) -> tuple[int, str, str]:
    with pytest.raises(RestError) as refused:
        door.authenticated(call)
    return refused.value.status, refused.value.code, refused.value.message


@pytest.mark.parametrize("method", [SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256])
@pytest.mark.parametrize("header", [True, False])
def test_a_signed_call_is_let_in(
    door: Authenticator, signed: Signed, method: str, header: bool
) -> None:
    assert door.authenticated(signed("?status=processing&page=2", method=method, header=header))


def test_a_repeated_parameter_counts_once_and_the_last_wins(
    door: Authenticator, signed: Signed
) -> None:
    call = signed("?page=2")
    assert door.authenticated(replace(call, query=[("page", "1"), *call.query, ("page", "2")]))


def test_who_names_no_key_is_anonymous(door: Authenticator) -> None:
    assert not door.authenticated(Call("GET", ADDRESS, []))
    assert not door.authenticated(Call("GET", ADDRESS, [("consumer_key", "ck_known")]))


def test_a_missing_parameter_is_named(door: Authenticator, signed: Signed) -> None:
    call = signed()
    rest = [pair for pair in call.query if pair[0] not in ("oauth_nonce", "oauth_timestamp")]
    assert refusal(door, replace(call, query=rest)) == (
        401,
        "woocommerce_rest_authentication_missing_parameter",
        "Missing OAuth parameters oauth_timestamp, oauth_nonce",
    )


def test_checks_come_in_the_real_order(
    door: Authenticator, signed: Signed, clock: SteppingClock
) -> None:
    unknown = signed(key="ck_other", secret="cs_other")
    forged = signed(secret="cs_other")
    good = signed()
    clock.advance(WINDOW_MS + 1000)
    code = "woocommerce_rest_authentication_error"
    assert refusal(door, unknown) == (401, code, "Consumer key is invalid.")
    assert refusal(door, forged) == (
        401,
        code,
        "Invalid signature - provided signature does not match.",
    )
    assert refusal(door, good) == (401, code, "Invalid timestamp.")


def test_a_nonce_counts_for_fifteen_minutes(
    door: Authenticator, signed: Signed, clock: SteppingClock
) -> None:
    first = signed()
    assert door.authenticated(first)
    assert refusal(door, first)[2] == "Invalid nonce - nonce has already been used."
    clock.advance(WINDOW_MS + 1000)
    assert door.authenticated(signed())


def test_another_address_was_signed(door: Authenticator, signed: Signed) -> None:
    call = replace(signed(), url=ADDRESS.replace("8095", "8096"))
    assert "does not match" in refusal(door, call)[2]


def test_an_unknown_method_is_refused(door: Authenticator, signed: Signed) -> None:
    call = signed()
    query = [(k, "PLAINTEXT" if k == "oauth_signature_method" else v) for k, v in call.query]
    assert "signature method is invalid" in refusal(door, replace(call, query=query))[2]


def test_basic_without_tls_is_our_extension_and_can_be_refused(door: Authenticator) -> None:
    def basic(pair: str) -> Call:
        header = "Basic " + base64.b64encode(pair.encode()).decode()
        return Call("GET", ADDRESS, [], header)

    assert door.authenticated(basic("ck_known:cs_secret"))
    assert refusal(door, basic("ck_known:cs_wrong"))[2] == "Consumer secret is invalid."
    assert not door.authenticated(basic("ck_other:cs_secret"))
    strict = replace(door, basic_on_http=False)
    assert not strict.authenticated(basic("ck_known:cs_secret"))
    assert strict.authenticated(replace(basic("ck_known:cs_secret"), secure=True))
