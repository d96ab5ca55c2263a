"""What a sandbox is started with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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
        merchant_number: `system.mid`, the merchant in the acquirer's own systems.
        country: the merchant's country, ISO 3166 alpha-2.
        token_seconds: how long an access token lives if the sign-in asks for nothing.
        refund_ceiling_percent: refunds of a sale may add up to this much of it; real accounts
            have 100, 105 or 115 (facts: hyperswitch PR #2204, java-sdk tests).
        capture_ceiling_percent: captures may add up to this much of what was authorized.
        multiple_captures: whether the account may ask for `capture_mode` MULTIPLE.
        partial_reversals: whether the account may reverse a part; real ones refuse it with 40214
            (facts: PHP), Portico's `CreditReversal` can.
        authorization_seconds: how long an issuer holds what is not captured, 0: for ever. By
            analogy: schemes hold about a week.
        batch_seconds: a batch closes by itself this long after it opened, 0: only when asked.
        batch_close_at: `HH:MM` UTC; if set, batches close then each day instead.
        batch_close_by_api: whether `POST /batches/{id}` is allowed; a real account for
            cards not present answers 40041 (facts: PHP `GpApiBatchTest`).
        deposit_seconds: a deposit comes this long after its batch closed.
        fees: DEPOSIT (netted from each), MONTHLY (debited once a month) or NONE.
        discount_basis_points: the acquirer's part of sales, in hundredths of a per cent.
        item_fee: what each sale costs, minor units.
        chargeback_fee: what each chargeback costs, minor units.
        dispute_seconds: how long the merchant may answer a dispute; then it is lost.
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
    merchant_number: str = "101000000001"
    country: str = "GB"
    token_seconds: int = 86_399
    refund_ceiling_percent: int = 100
    capture_ceiling_percent: int = 115
    multiple_captures: bool = True
    partial_reversals: bool = False
    authorization_seconds: int = 604_800
    batch_seconds: int = 86_400
    batch_close_at: str = ""
    batch_close_by_api: bool = True
    deposit_seconds: int = 86_400
    fees: Literal["DEPOSIT", "MONTHLY", "NONE"] = "DEPOSIT"
    discount_basis_points: int = 140
    item_fee: int = 20
    chargeback_fee: int = 1_500
    dispute_seconds: int = 1_209_600
    decline_amounts: Mapping[int, str] = field(default_factory=dict)
    notify_concurrency: int = 32
    notify_backoff_ms: tuple[int, ...] = (200, 1_000, 5_000)
    drain_ms: int = 10_000
