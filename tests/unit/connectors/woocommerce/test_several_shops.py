"""Several shops in one process: each its own door, pollers and commands."""

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from connectors.woocommerce.connector import CONNECTOR
from connectors.woocommerce.sandbox.app import SandboxSettings, ShopSandbox, serve
from connectors.woocommerce.settings import ShopSettings
from streams.core.clock import SteppingClock
from streams.core.errors import Misconfigured
from streams.core.metrics import Metrics
from streams.flows.policy import ShopPolicy
from streams.messages.shop import UpdateStock
from streams.settings import read
from tests.unit.connectors.woocommerce.conftest import seed

Environment = Callable[..., None]
UK = {
    "TANDEM_SHOP_URL": "https://shop.example.com",
    "TANDEM_SHOP_CONSUMER_KEY": "ck_uk",
    "TANDEM_SHOP_CONSUMER_SECRET": "cs_uk",
    "TANDEM_SHOP_WEBHOOK_SECRET": "uk",
}
DE = {
    "TANDEM_SHOP_MORE__DE__URL": "https://laden.example.de",
    "TANDEM_SHOP_MORE__DE__CURRENCY": "EUR",
    "TANDEM_SHOP_MORE__DE__CONSUMER_KEY": "ck_de",
    "TANDEM_SHOP_MORE__DE__CONSUMER_SECRET": "cs_de",
    "TANDEM_SHOP_MORE__DE__WEBHOOK_SECRET": "de",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    def given(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return given


def test_one_shop_needs_nothing_but_its_own_variables(environment: Environment) -> None:
    environment(**UK)
    (shop,) = read(ShopSettings).shops
    assert (shop.code, shop.currency) == ("uk", "GBP")


def test_a_further_shop_has_its_own_settings_below_its_code(environment: Environment) -> None:
    environment(**UK, **DE)
    uk, de = read(ShopSettings).shops
    assert (uk.code, uk.url, uk.currency) == ("uk", "https://shop.example.com", "GBP")
    assert (de.code, de.url, de.currency) == ("de", "https://laden.example.de", "EUR")
    assert de.consumer_key.get_secret_value() == "ck_de"
    assert "cs_de" not in repr(de)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"TANDEM_SHOP_MORE__DE__URL": ""}, "TANDEM_SHOP_MORE__DE__URL: String should match"),
        ({"TANDEM_SHOP_MORE__DE__ULR": "x"}, "TANDEM_SHOP_MORE__DE__ULR: Extra inputs"),
        ({"TANDEM_SHOP_CODE": "de"}, "two shops have the code de"),
        ({"TANDEM_SHOP_MORE__FR__URL": "https://x"}, "TANDEM_SHOP_MORE__FR__CONSUMER_KEY: must be"),
        ({"TANDEM_SHOP_MORE__TOO_LONG_A_CODE__URL": "https://x"}, "CODE: String should match"),
        ({"TANDEM_SHOP_MORE": "de"}, "TANDEM_SHOP_MORE: it is not JSON"),
    ],
)
def test_what_is_wrong_is_named(
    environment: Environment, variables: dict[str, str], said: str
) -> None:
    environment(**{**UK, **DE, **variables})
    with pytest.raises(Misconfigured) as wrong:
        read(ShopSettings)
    assert said in str(wrong.value)


@pytest.mark.parametrize(
    "agreed",
    [
        {"TANDEM_SHOPS": '{"uk": {"warehouse": "002", "capture": "order"}}'},
        {"TANDEM_SHOPS__UK__WAREHOUSE": "002"},
    ],
)
def test_the_warehouse_is_the_one_that_is_agreed_for_the_shop(
    environment: Environment, agreed: dict[str, str]
) -> None:
    environment(**UK, **agreed)
    settings = read(ShopSettings)
    assert settings.warehouse("uk") == "002"
    assert settings.warehouse("de") == ShopPolicy().warehouse


@pytest.fixture
async def two() -> AsyncIterator[tuple[ShopSandbox, ShopSandbox]]:
    sandboxes = [await serve(SandboxSettings(), clock=SteppingClock()) for _ in "12"]
    yield sandboxes[0], sandboxes[1]
    for each in sandboxes:
        await each.close()


def keys(sandbox: ShopSandbox) -> dict[str, str]:
    names = ("url", "consumer_key", "consumer_secret", "webhook_secret")
    return {name: getattr(sandbox, name) for name in names}


async def test_each_shop_has_its_door_its_pollers_and_its_own_commands(
    two: tuple[ShopSandbox, ShopSandbox],
) -> None:
    settings = ShopSettings.model_validate({**keys(two[0]), "more": {"de": keys(two[1])}})
    async with (
        aiohttp.ClientSession() as http,
        CONNECTOR.open(settings, SteppingClock(), Metrics()) as opened,
    ):
        for sandbox in two:
            await seed(http, sandbox, ["TEA"])
        for shop, pieces in (("uk", 3), ("de", 4)):
            command = UpdateStock(
                id=shop * 16,
                key="TEA@001",
                occurred_at=1,
                received_at=1,
                source="flow/stock",
                correlation_id="TEA@001",
                shop=shop,
                item="TEA",
                quantity=pieces,
            )
            await opened.sinks[0].handles[UpdateStock](command, unknown=False)

    assert [each.shop.product_by_sku["TEA"].stock_quantity for each in two] == [3, 4]
    assert [bridge.path for bridge in opened.bridges] == ["/hooks/shop/uk", "/hooks/shop/de"]
    assert {poller.source for poller in opened.pollers} == {
        f"shop/{code}/{what}" for code in ("uk", "de") for what in ("orders", "webhooks", "stock")
    }
