"""What a shop of the sandbox is: its keys, its money, its tax, its clock's zone."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.numbers import get_currency_symbol

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.vat import Vat
from streams.core.money import exponent


def _key(prefix: str) -> str:
    return prefix + secrets.token_hex(20)


@dataclass(frozen=True)
class SandboxSettings:
    """A simulated shop; every field has a default, keys are drawn anew unless given.

    Args:
        consumer_key: REST key, `ck_` and 40 characters; it may read and write.
        consumer_secret: its secret, `cs_` and 40 characters.
        webhook_secret: signs webhooks that are created without a secret of their own (a real shop
            would draw 50 characters that nobody sees).
        currency: ISO 4217.
        vat_percent: the one tax rate; prices are entered with it included.
        country: the shop's country, ISO 3166-1 alpha-2; names the tax rate.
        name: the shop's title.
        version: the WooCommerce version that it claims.
        timezone: IANA zone of the dates without `_gmt`.
        hold_stock_minutes: how long a pending order holds stock and may stay unpaid; 0 is for ever.
        url: address that links and webhook headers name; `serve` fills it in when it is empty.
        basic_on_http: take HTTP Basic without TLS; our extension, real shops refuse it.
        delivery_workers: webhooks on their way at the same time.
        keep_alive: send webhooks over kept connections, which spares the receiver most; our
            extension, real shops close the connection after each.
    """

    consumer_key: str = field(default_factory=lambda: _key("ck_"))
    consumer_secret: str = field(default_factory=lambda: _key("cs_"), repr=False)
    webhook_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    currency: str = "GBP"
    vat_percent: Decimal | int = 20
    country: str = "GB"
    name: str = "Tandem sandbox shop"
    version: str = "9.9.5"
    wordpress_version: str = "6.9"
    timezone: str = "UTC"
    hold_stock_minutes: int = 60
    url: str = ""
    basic_on_http: bool = True
    delivery_workers: int = 16
    keep_alive: bool = False

    @cached_property
    def decimals(self) -> int:
        """Digits after the point of the shop's money."""
        return exponent(self.currency)

    @cached_property
    def vat(self) -> Vat:
        """The shop's tax arithmetic."""
        return Vat(Decimal(self.vat_percent), self.decimals)

    @cached_property
    def zone(self) -> tzinfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def currency_symbol(self) -> str:
        """The currency's sign as the shop shows it: GBP is "£"."""
        return get_currency_symbol(self.currency, locale="en")

    @property
    def api(self) -> str:
        """Address of REST v3, without a slash at the end."""
        return f"{self.url}/wp-json/wc/v3"


CHANGEABLE = ("currency", "vat_percent", "country", "timezone", "hold_stock_minutes")


def facts(settings: SandboxSettings) -> dict[str, Any]:
    """What of a shop can be changed while it runs, as JSON."""
    return {name: getattr(settings, name) for name in CHANGEABLE}


KEYS = ("consumer_key", "consumer_secret", "webhook_secret")


def remembered(settings: SandboxSettings, kept: dict[str, Any]) -> SandboxSettings:
    """The shop with the keys, and with what can be changed, that it was stopped with.

    Args:
        settings: a new shop's.
        kept: what it was stopped with; a new shop puts its own there.
    """
    if not kept:
        kept.update({name: getattr(settings, name) for name in (*KEYS, *CHANGEABLE)})
    return replace(settings, **kept)


def reopened(settings: SandboxSettings, changes: dict[str, Any]) -> SandboxSettings:
    """The shop with other money, tax, country, zone or patience.

    Raises:
        RestError: 400, it is none of these or the value makes no sense.
    """
    unknown = sorted(set(changes) - set(CHANGEABLE))
    try:
        if unknown:
            raise ValueError(f"cannot change {', '.join(unknown)}")
        if "vat_percent" in changes:
            changes = changes | {"vat_percent": Decimal(str(changes["vat_percent"]))}
        if not isinstance(changes.get("hold_stock_minutes", 0), int):
            raise ValueError("hold_stock_minutes is not a whole number")
        changed = replace(settings, **changes)
        exponent(changed.currency)
        ZoneInfo(changed.timezone)
    except (ValueError, TypeError, InvalidOperation, ZoneInfoNotFoundError) as wrong:
        raise RestError(400, "tandem_sandbox_refused", str(wrong)) from None
    return changed
