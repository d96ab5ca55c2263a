"""What the Heartland connector must be told."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class HeartlandSettings(BaseSettings):
    """Where GP API is, as which application to call it, and where it tells us of payments."""

    model_config = SettingsConfigDict(env_prefix="TANDEM_HEARTLAND_", extra="ignore", frozen=True)

    url: str = Field(
        "https://apis.globalpay.com",
        pattern="^https?://",
        description="GP API's host without a path: https://apis.globalpay.com (production) or "
        "https://apis.sandbox.globalpay.com; in Europe apis.eu.globalpay.com.",
    )
    app_id: str = Field(min_length=1, description="The application's id at GP.")
    app_key: SecretStr = Field(
        description="The application's key: it signs our sign-in and GP API's notifications."
    )
    account_name: str = Field(
        "",
        max_length=50,
        description="The account for transactions; empty: the processing account (TRA_...) that "
        "the access token names.",
    )
    country: str = Field(
        "GB",
        pattern="^[A-Z]{2}$",
        description="The merchant's country, ISO 3166-1 alpha-2, where a command names none.",
    )
    status_url: str = Field(
        "",
        description="Public address of Tandem's bridge for notifications, e.g. "
        "https://tandem.example.com/hooks/heartland; empty: GP API is asked for none.",
    )
    token_path: str = Field("/ucp/accesstoken", description="Path of the sign-in.")
    transactions_path: str = Field(
        "/ucp/transactions",
        description="Path of transactions; the sandbox also has /v1/payments/transactions.",
    )
    calls_per_minute: int | None = Field(
        None, ge=60, description="Most calls a minute; empty: no limit (GP publishes none)."
    )
    timeout_seconds: float = Field(
        30.0, gt=0, description="After so long without a reply, a call's effect is unknown."
    )
    poll_seconds: float = Field(
        60.0,
        ge=0,
        description="Seconds between two looks for transactions that no notification told of; "
        "0: never.",
    )
    overlap_seconds: int = Field(
        900,
        ge=1,
        description="How far each look goes back behind the last one, s: GP API may list a "
        "transaction late.",
    )
    changes_poll_seconds: float = Field(
        3600.0,
        ge=0,
        description="Seconds between two looks for what others did to older payments, e.g. a clerk "
        "who captures in the shop; 0: never.",
    )
    authorization_days: int = Field(
        30,
        ge=1,
        description="How old a payment can be that others still capture or void, days.",
    )
