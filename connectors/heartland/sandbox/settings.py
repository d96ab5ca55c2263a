"""What a sandbox is started with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

API_VERSION = "2021-03-22"


@dataclass(frozen=True)
class SandboxSettings:
    """The merchant that the sandbox plays, and its account's configuration.

    Args:
        app_id: the application's id; with `app_key` it is what a client signs in with.
        app_key: the application's key; it signs sign-in requests and notifications.
        app_name: the application's name, as every `action` repeats it.
        merchant_id: `MER_…`.
        merchant_name: the merchant's name, as responses repeat it.
        country: the merchant's country, ISO 3166 alpha-2.
        token_seconds: how long an access token lives if the sign-in asks for nothing.
        refund_ceiling_percent: refunds of a sale may add up to this much of it; real accounts
            have 100, 105 or 115 (facts: hyperswitch PR #2204, java-sdk tests).
        decline_amounts: sales of exactly these amounts (minor units) are declined with this
            result, e.g. `{10100: "101"}`. Empty, so that real orders never meet one by chance.
        notify_concurrency: notifications that may be under way at once.
        notify_backoff_ms: milliseconds before each further try of a notification that was not
            answered 2xx; when they are used up it is given up. By analogy.
        drain_ms: milliseconds that closing waits for notifications that are still to be sent.
    """

    app_id: str = "TandemSandboxApplicationId000001"
    app_key: str = "TandemSandboxKey"
    app_name: str = "tandem_sandbox"
    merchant_id: str = "MER_7e3e2c7df34f42819b3edee31022ee3f"
    merchant_name: str = "Tandem Sandbox Merchant"
    country: str = "GB"
    token_seconds: int = 86_399
    refund_ceiling_percent: int = 100
    decline_amounts: Mapping[int, str] = field(default_factory=dict)
    notify_concurrency: int = 32
    notify_backoff_ms: tuple[int, ...] = (200, 1_000, 5_000)
    drain_ms: int = 10_000
