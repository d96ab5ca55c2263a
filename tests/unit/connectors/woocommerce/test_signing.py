from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY, Client
from pydantic import SecretStr

from connectors.auth import with_query
from connectors.woocommerce.sandbox.app import ShopSandbox
from connectors.woocommerce.settings import ShopSettings
from connectors.woocommerce.signing import OAuth1, authentication
from streams.core.clock import Clock, SteppingClock
from tests.unit.connectors.woocommerce.conftest import Owner, settings


async def get(sandbox: ShopSandbox, clock: Clock, **params: str) -> int:
    signer = authentication(settings(sandbox, sandbox.url), clock)
    signed = await signer.sign("GET", f"{sandbox.url}/wp-json/wc/v3/products", params)
    async with aiohttp.ClientSession() as http, http.get(signed.url) as answer:
        return answer.status


@pytest.mark.parametrize(
    "value", ["plain", "a/b", "a,b", "a b", "a+b", "50%", "~", "a&b=c", "Zoë", "'*()!"]
)
async def test_a_shop_on_plain_http_takes_whatever_is_signed(owner: Owner, value: str) -> None:
    assert await get(owner.sandbox, owner.sandbox.shop.clock, sku=value) == 200


PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


@given(
    st.sampled_from(["GET", "PUT"]),
    st.sampled_from(["http://Shop.example.com:80", "http://shop.test:8080/a%20b", "http://[::1]"]),
    st.dictionaries(PRINTABLE.filter(lambda name: not name.startswith("oauth_")), PRINTABLE),
    PRINTABLE,
)
async def test_another_implementation_signs_the_same(
    method: str, base: str, params: dict[str, str], secret: str
) -> None:
    url = f"{base}/wp-json/wc/v3/orders/1"
    ours = parse_qs(
        urlsplit(
            (await OAuth1("ck_1", secret, SteppingClock()).sign(method, url, params)).url
        ).query
    )
    theirs = Client(
        "ck_1",
        client_secret=secret,
        signature_method=SIGNATURE_HMAC_SHA256,
        signature_type=SIGNATURE_TYPE_QUERY,
        nonce=ours["oauth_nonce"][0],
        timestamp=ours["oauth_timestamp"][0],
    )
    signed, _, _ = theirs.sign(with_query(url, params), method)  # type: ignore[arg-type] # a Literal there

    assert parse_qs(urlsplit(signed).query) == ours


async def test_each_signature_is_good_for_one_request(owner: Owner) -> None:
    clock = owner.sandbox.shop.clock
    signer = authentication(settings(owner.sandbox, owner.sandbox.url), clock)
    signed = await signer.sign("GET", f"{owner.sandbox.url}/wp-json/wc/v3/products", {})

    statuses = []
    for _ in range(2):
        async with owner.http.get(signed.url) as answer:
            statuses.append(answer.status)

    assert statuses == [200, 401]
    assert not await signer.refused(signed)


async def test_a_clock_that_is_off_is_refused(owner: Owner) -> None:
    late = SteppingClock(owner.sandbox.shop.clock.now_ms() - 16 * 60_000)

    assert await get(owner.sandbox, late) == 401


async def test_over_tls_the_key_goes_into_a_header_and_not_into_the_address() -> None:
    secure = ShopSettings(
        url="https://shop.example.com",
        consumer_key=SecretStr("ck_1"),
        consumer_secret=SecretStr("cs_1"),
        webhook_secret=SecretStr("s"),
    )
    signed = await authentication(secure, SteppingClock()).sign(
        "GET", "https://shop.example.com/wp-json/wc/v3/orders", {"page": "1"}
    )

    assert signed.url == "https://shop.example.com/wp-json/wc/v3/orders?page=1"
    assert signed.headers == {"Authorization": "Basic Y2tfMTpjc18x"}
