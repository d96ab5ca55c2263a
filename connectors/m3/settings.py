"""What the M3 connector must be told."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class M3Settings(BaseSettings):
    """Where M3 is, as whom to work there, and how much to ask of it at once."""

    model_config = SettingsConfigDict(env_prefix="TANDEM_M3_", extra="ignore", frozen=True)

    ionapi: Path = Field(
        description="The .ionapi file of Tandem's backend service, from ION API's Authorized Apps. "
        "It holds secrets: readable by Tandem only, never in git."
    )
    cono: int = Field(ge=1, le=999, description="M3's company.")
    divi: str = Field(min_length=1, max_length=3, description="M3's division.")
    tables: Path | None = Field(
        None,
        description="The tenant's own codes (warehouse, order type, customer prefix, ...): a YAML "
        "file that overrides the mappings' tables.yaml entry by entry.",
    )
    ims_user: str = Field(
        "ion",
        description="User of the HTTP Basic header that ION sends with each BOD "
        "(target endpoint security of the API suite).",
    )
    ims_secret: SecretStr = Field(description="Password of that header.")
    orders_by: Literal["mi", "bod"] = Field(
        "mi",
        description="How orders and customers are entered: mi by MI transactions, bod by "
        "Process.SalesOrder and Process.CustomerPartyMaster through ION.",
    )
    ims_version: Literal["v2", "v3"] = Field(
        "v3", description="Version of ION Messaging Service by which Tandem sends BODs."
    )
    logical_id: str = Field(
        "lid://infor.ims.tandem",
        pattern="^lid://",
        description="Logical id of Tandem's IMS connection point in ION, for sending BODs.",
    )
    acknowledge_seconds: float = Field(
        5.0,
        ge=0,
        description="How long M3 is asked for what was sent to it by BOD; what it has not done by "
        "then, its Acknowledge tells.",
    )
    calls_per_minute: int | None = Field(
        None, ge=1, description="Tandem's share of the API gateway's quota; empty: no limit."
    )
    bulk_size: int = Field(100, ge=1, le=100, description="Transactions in a bulk call at most.")
    company_ms: int = Field(
        50, ge=0, description="How long a transaction waits for others to share its call, ms."
    )
    calls_in_flight: int = Field(4, ge=1, description="Bulk calls under way at once.")
    timeout_seconds: float = Field(
        30.0, gt=0, description="After so long without a reply, a call's effect is unknown."
    )
    command_seconds: float = Field(
        60.0, gt=0, description="After so long a command is given up; what it did is unknown."
    )
    poll_seconds: float = Field(
        120.0,
        ge=0,
        description="Seconds between two looks for what no BOD told of: orders, deliveries, "
        "invoices, balances (eight calls at least each time); 0: never.",
    )
    overlap_seconds: int = Field(
        300,
        ge=1,
        description="How far each look goes back behind the last one, s: what was changed may be "
        "seen late.",
    )
    settle_seconds: int = Field(
        60,
        ge=0,
        description="Deliveries and invoices that are younger are left to their BODs, which tell "
        "more (the parcel's number), s.",
    )

    @property
    def accounting_entity(self) -> str:
        """Company and division as BODs name them, e.g. `100_AAA`."""
        return f"{self.cono}_{self.divi}"

    @property
    def call_seconds(self) -> float:
        """No call of a command can still have an effect so long after the command began."""
        return self.command_seconds + 2 * self.timeout_seconds
