"""Settings: read once from the environment; what is wrong is named by its variable."""

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.core.errors import Misconfigured
from streams.flows.policy import ShopPolicy
from streams.settings import Broker, Settings, engine_fields, engine_variable, read, variable

NEEDED = {"KAFKA_BOOTSTRAP_SERVERS": "k1:9092,k2:9092", "SCHEMA_REGISTRY_URL": "http://r:8081"}


class Vendor(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TANDEM_VENDOR_", frozen=True)

    app_key: SecretStr = Field(min_length=30)
    shops: dict[str, str] = Field(default_factory=dict)


class Given:
    """The environment of one test."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def __call__(self, **variables: str) -> None:
        for name, value in variables.items():
            self._patch.setenv(name, value)

    def settings(self, **variables: str) -> Settings:
        self(**NEEDED, **variables)
        settings: Settings = read(Settings)
        return settings

    def why_not(self, **variables: str) -> str:
        with pytest.raises(Misconfigured) as caught:
            self.settings(**variables)
        return str(caught.value)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    for model in (Settings, Vendor):
        for name in model.model_fields:
            monkeypatch.delenv(variable(model, name), raising=False)
    return Given(monkeypatch)


def test_two_addresses_are_enough(given: Given) -> None:
    settings = given.settings()
    engine = settings.engine()
    assert (engine.bootstrap_servers, engine.registry_url) == tuple(NEEDED.values())
    assert settings.policy().shop("uk") == ShopPolicy()
    assert settings.policy().repair_ms == 24 * 3_600_000


def test_an_authorization_that_would_be_renewed_for_ever_is_refused(given: Given) -> None:
    why = given.why_not(TANDEM_AUTHORIZATION_DAYS="1")
    assert "TANDEM_AUTHORIZATION_DAYS" in why
    assert "must be 2 or more, or 0" in why
    assert given.settings(TANDEM_AUTHORIZATION_DAYS="2").policy().authorization_days == 2
    assert given.settings(TANDEM_AUTHORIZATION_DAYS="0").policy().authorization_days == 0


def test_all_that_is_missing_is_named_at_once(given: Given) -> None:
    with pytest.raises(Misconfigured) as caught:
        read(Settings)
    text = "KAFKA_BOOTSTRAP_SERVERS: must be set; SCHEMA_REGISTRY_URL: must be set"
    assert str(caught.value) == text


def test_without_a_broker_named_there_is_none(given: Given) -> None:
    given(TANDEM_HOST="0.0.0.0", TANDEM_VENDOR_APP_KEY="k")
    assert read(Broker).engine().bootstrap_servers == ""


@pytest.mark.parametrize("way", ["json", "one by one"])
def test_a_shop_says_when_money_is_taken(given: Given, way: str) -> None:
    spelt = (
        {"TANDEM_SHOPS": '{"de": {"capture": "order"}}'}
        if way == "json"
        else {"TANDEM_SHOPS__DE__CAPTURE": "order"}
    )
    policy = given.settings(**spelt).policy()
    assert policy.shop("de").capture == "order"
    assert policy.shop("uk").capture == "shipment"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TANDEM_PORT", "http", "TANDEM_PORT: Input should be a valid integer"),
        ("TANDEM_PORT", "70000", "TANDEM_PORT: Input should be less than or equal to 65535"),
        ("TANDEM_REPAIR_HOURS", "0", "TANDEM_REPAIR_HOURS: Input should be greater than"),
        ("TANDEM_STOCK_PAUSE_MS", "-1", "TANDEM_STOCK_PAUSE_MS: Input should be greater than"),
        ("TANDEM_SHOPS", "uk", "TANDEM_SHOPS: it is not JSON"),
        ("TANDEM_SHOPS", '{"uk": {"capure": "order"}}', "TANDEM_SHOPS__UK__CAPURE: Unexpected"),
        ("TANDEM_SHOPS__UK__CAPTURE", "later", "TANDEM_SHOPS__UK__CAPTURE: Input should be 'ship"),
        ("TANDEM_KAFKA", "[1]", "TANDEM_KAFKA: Input should be a valid dictionary"),
        ("TANDEM_KAFKA__SESSION_SECONDS", "x", "TANDEM_KAFKA__SESSION_SECONDS: Input should be a"),
        ("TANDEM_KAFKA__SESION_SECONDS", "9", "TANDEM_KAFKA__SESION_SECONDS: there is no such"),
        ("TANDEM_KAFKA__REGISTRY_URL", "x", "TANDEM_KAFKA__REGISTRY_URL: there is no such"),
    ],
)
def test_what_is_wrong_is_named_by_its_variable(
    given: Given, name: str, value: str, said: str
) -> None:
    assert given.why_not(**{name: value}).startswith(said)


def test_the_engine_is_tuned_by_its_own_names(given: Given) -> None:
    settings = given.settings(TANDEM_KAFKA__SESSION_SECONDS="10", TANDEM_KAFKA__BATCH_MAX="100")
    assert (settings.engine().session_seconds, settings.engine().batch_max) == (10, 100)


def test_every_setting_of_the_engine_has_its_variable() -> None:
    assert engine_variable("batch_max") == "TANDEM_KAFKA__BATCH_MAX"
    assert "batch_max" in engine_fields()
    assert "bootstrap_servers" not in engine_fields()


def test_no_secret_is_shown(given: Given) -> None:
    settings = given.settings(TANDEM_KAFKA__SASL_PASSWORD="geheim")
    assert settings.engine().sasl_password.get_secret_value() == "geheim"
    assert "geheim" not in f"{settings!r} {settings.engine()!r}"


def test_no_secret_is_in_an_error_or_behind_it(given: Given) -> None:
    given(TANDEM_VENDOR_APP_KEY="geheim", TANDEM_VENDOR_SHOPS='{"uk": geheim}')
    with pytest.raises(Misconfigured, match="TANDEM_VENDOR_SHOPS: it is not JSON") as caught:
        read(Vendor)
    assert caught.value.__suppress_context__
    given(TANDEM_VENDOR_SHOPS="{}")
    with pytest.raises(Misconfigured, match=r"TANDEM_VENDOR_APP_KEY: .*at least 30") as caught:
        read(Vendor)
    assert caught.value.__suppress_context__
    assert "geheim" not in str(caught.value)
