"""What the connector must be told of the shops."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.core.errors import Misconfigured


class Shop(BaseModel):
    """One WooCommerce shop: where it is, as whom to work there, and what its webhooks prove."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(
        "uk",
        pattern="^[a-z0-9]{1,8}$",
        description="The shop's code in all messages; an order's key is {code}-{order id}.",
    )
    url: str = Field(
        pattern="^https?://",
        description="The shop's home address, as WordPress has it (signatures are made for it).",
    )
    consumer_key: SecretStr = Field(description="REST key (ck_...) with read and write permission.")
    consumer_secret: SecretStr = Field(description="The REST key's secret (cs_...).")
    webhook_secret: SecretStr = Field(
        description="Secret of the shop's webhooks to /hooks/shop/{code}: letters and digits only, "
        "as WooCommerce decodes HTML entities in it before it signs."
    )
    currency: str = Field(
        "GBP",
        pattern="^[A-Z]{3}$",
        description="The shop's currency, ISO 4217; orders in another are refused.",
    )
    calls_per_minute: int | None = Field(
        None,
        ge=60,
        description="Most calls a minute; empty: no limit (WooCommerce has none, hosts may).",
    )
    timeout_seconds: float = Field(
        30.0, gt=0, description="After so long without a reply, a call's effect is unknown."
    )
    company_ms: int = Field(
        50, ge=0, description="How long a change of stock waits for others to share its call, ms."
    )
    manage_stock: bool = Field(
        False,
        description="Switches stock management on for products that have it off and whose item M3 "
        "keeps stock of; else they stay as they are.",
    )
    poll_seconds: float = Field(
        60.0,
        ge=0,
        description="Seconds between two looks for orders that no webhook told of; 0: never.",
    )
    overlap_seconds: int = Field(
        300,
        ge=1,
        description="How far each look goes back behind the newest order that is known, s.",
    )
    webhook_poll_seconds: float = Field(
        300.0,
        ge=0,
        description="Seconds between two looks whether the shop's webhooks to Tandem are there and "
        "active; those that the shop has switched off are set active again; 0: never.",
    )
    stock_poll_seconds: float = Field(
        3600.0,
        ge=0,
        description="Seconds between two looks at what the shop shows of its stock, to find and "
        "repair drift; 0: never.",
    )


class Agreed(BaseModel):
    """What the connector needs to know of what is agreed for a shop."""

    warehouse: str = "001"


class ShopSettings(BaseSettings, Shop):
    """The shops of a process: most have one, which needs nothing but its own variables."""

    model_config = SettingsConfigDict(
        env_prefix="TANDEM_SHOP_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    more: dict[str, Shop] = Field(
        default_factory=dict,
        description="Further shops by their code, each with the settings above, one by one "
        "(TANDEM_SHOP_MORE__DE__URL=https://...) or as JSON.",
    )

    agreed: dict[str, Agreed] = Field(
        default_factory=dict,
        validation_alias="TANDEM_SHOPS",
        description="As every process has it; here for the warehouse that a shop sells from.",
    )

    def warehouse(self, code: str) -> str:
        """M3's WHLO that a shop sells from."""
        return self.agreed.get(code, Agreed()).warehouse

    @property
    def shops(self) -> tuple[Shop, ...]:
        """All shops, each with a code of its own."""
        return (self, *self.more.values())

    @field_validator("more", mode="before")
    @classmethod
    def _named(cls, more: Any) -> Any:
        if not isinstance(more, dict) or not all(isinstance(each, dict) for each in more.values()):
            return more
        return {code: {**fields, "code": code} for code, fields in more.items()}

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.code in self.more:
            raise Misconfigured(f"TANDEM_SHOP_CODE: two shops have the code {self.code}")
        return self
