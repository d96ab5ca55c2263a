"""All settings of a Tandem process, read once from the environment."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from streams.core.errors import Misconfigured
from streams.flows.policy import HOUR_MS, MINUTE_MS, Policy, ShopPolicy
from streams.kafka.settings import KafkaSettings


def _leaves_a_day(days: int) -> int:
    """An authorization of a day would be renewed as soon as it is there, for ever."""
    if days == 1:
        raise ValueError("must be 2 or more, or 0")
    return days


class Broker(BaseSettings):
    """Where Kafka and the registry are; empty where none is named."""

    model_config = SettingsConfigDict(
        env_prefix="TANDEM_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    bootstrap_servers: str = Field(
        "",
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        description="Kafka's addresses, `host:port`, several with commas.",
    )
    registry_url: str = Field(
        "",
        validation_alias="SCHEMA_REGISTRY_URL",
        description="The schema registry's Confluent API.",
    )
    kafka: dict[str, Any] = Field(
        default_factory=dict,
        repr=False,
        description="Any other setting of the engine by its name, as JSON or one by one "
        "(TANDEM_KAFKA__SESSION_SECONDS=10).",
    )

    def engine(self) -> KafkaSettings:
        """The engine's settings."""
        return KafkaSettings(
            bootstrap_servers=self.bootstrap_servers, registry_url=self.registry_url, **self.kafka
        )

    @model_validator(mode="after")
    def _engine_is_whole(self) -> Self:
        for name in self.kafka:
            if name not in engine_fields():
                raise Misconfigured(f"{engine_variable(name)}: there is no such setting")
        try:
            self.engine()
        except ValidationError as error:
            raise Misconfigured(
                "; ".join(f"{engine_variable(e['loc'][0])}: {e['msg']}" for e in error.errors())
            ) from None
        return self


class Settings(Broker):
    """What a process needs beside its connectors' settings; environment names in capitals."""

    bootstrap_servers: str = Field(
        min_length=1,
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        description="Kafka's addresses, `host:port`, several with commas.",
    )
    registry_url: str = Field(
        min_length=1,
        validation_alias="SCHEMA_REGISTRY_URL",
        description="The schema registry's Confluent API.",
    )
    namespace: str = Field(
        "tandem",
        pattern="^[a-z0-9-]+$",
        description="What the names of topics and consumer groups begin with.",
    )
    host: str = Field("127.0.0.1", description="The address that the bridges listen on.")
    port: int = Field(8080, ge=0, le=65_535, description="The bridges' port.")
    metrics_port: int = Field(
        9464, ge=0, le=65_535, description="The port of /metrics, /healthz and /readyz."
    )
    shops: dict[str, ShopPolicy] = Field(
        default_factory=lambda: {"uk": ShopPolicy()},
        description="What is agreed for each shop, as JSON by its code: capture (shipment or "
        "order), multiple_captures (true or false), partial_approval (reverse or complete), "
        "guest_customer, warehouse, country, oversell (backorder or refuse), safety_stock (pieces "
        "that it is not shown), safety_stock_by_item (by ITNO, JSON only).",
    )
    stock_pause_ms: int = Field(
        1_000, ge=0, description="Stock changes within it are one update, ms."
    )
    tell_pause_ms: int = Field(
        250,
        ge=0,
        description="What happens to an order within it is told to its shop together, ms.",
    )
    repair_hours: int = Field(
        24, ge=1, description="How long a refused order waits for its repair."
    )

    authorization_days: Annotated[int, AfterValidator(_leaves_a_day)] = Field(
        7,
        ge=0,
        description="After so many days (2 or more) an authorization is no longer good: a day "
        "before, it is renewed or reported. 0: never.",
    )
    unclaimed_minutes: int = Field(
        60,
        ge=1,
        description="How long a payment that a shop's checkout took waits for its order.",
    )
    claim_hours: int = Field(
        336,
        ge=1,
        description="How long an order may claim stock; longer than any order waits for delivery.",
    )
    drift_seconds: int = Field(
        300,
        ge=1,
        description="How long a shop's wrong figure of stock stays the same before it is drift, s; "
        "longer than it takes to hear of an order.",
    )

    def policy(self) -> Policy:
        """What the flows need to know."""
        return Policy(
            self.shops,
            self.stock_pause_ms,
            self.tell_pause_ms,
            self.repair_hours * HOUR_MS,
            self.authorization_days,
            self.unclaimed_minutes * MINUTE_MS,
            self.claim_hours * HOUR_MS,
            self.drift_seconds * 1_000,
        )


def read(settings: type[BaseSettings]) -> Any:
    """Reads a settings model from the environment.

    Raises:
        Misconfigured: names every variable that is missing or wrong, and what it should be.
    """
    try:
        return settings()
    except ValidationError as error:
        raise Misconfigured(
            "; ".join(f"{_variable(settings, e['loc'])}: {_said(e)}" for e in error.errors())
        ) from None  # its text repeats what was given, secrets as well
    except SettingsError as error:
        field = str(error).split('"')[1]
        raise Misconfigured(f"{variable(settings, field)}: it is not JSON") from None


def _said(error: ErrorDetails) -> str:
    return "must be set" if error["type"] == "missing" else error["msg"]


def variable(settings: type[BaseSettings], field: str) -> str:
    """The environment variable of a field."""
    alias = settings.model_fields[field].validation_alias
    return str(alias) if alias else f"{settings.model_config.get('env_prefix', '')}{field}".upper()


def engine_fields() -> dict[str, FieldInfo]:
    """The engine's settings beside the cluster's and the registry's address, by name."""
    fields = KafkaSettings.model_fields
    return {name: field for name, field in fields.items() if name not in Broker.model_fields}


def engine_variable(field: int | str) -> str:
    """The environment variable of an engine's setting."""
    return f"{variable(Broker, 'kafka')}__{field}".upper()


def _variable(settings: type[BaseSettings], location: tuple[int | str, ...]) -> str:
    first = str(location[0])
    name = variable(settings, first) if first in settings.model_fields else first
    return "__".join([name, *(str(part).upper() for part in location[1:])])
