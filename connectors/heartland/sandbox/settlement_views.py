"""The shapes of batches, deposits, fees and what is settled (facts: UCP, PHP-Map)."""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.heartland.sandbox.batches import Batch
from connectors.heartland.sandbox.deposits import Deposit, MonthlyFees
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.tokens import PROCESSING
from connectors.heartland.sandbox.transactions import Transaction
from connectors.heartland.sandbox.views import Json, transaction_detail
from streams.core.clock import iso


@dataclass(frozen=True)
class Settled:
    """One transaction's part of a deposit; `amount` in minor units, refunds negative."""

    transaction: Transaction
    amount: int
    batch: Batch
    deposit: Deposit


def day(ms: int) -> str:
    """A moment's date in UTC, `2026-11-23`."""
    return iso(ms)[:10]


def system_view(settings: SandboxSettings) -> Json:
    """Who the merchant is in the acquirer's own systems."""
    return {
        "mid": settings.merchant_number,
        "hierarchy": "000-00-000-000-001",
        "name": settings.merchant_name,
        "dba": settings.merchant_name,
    }


def batch_view(
    batch: Batch, transactions: Iterable[Transaction], settings: SandboxSettings
) -> Json:
    """A batch; every card counts as a credit card.

    Args:
        batch: the batch.
        transactions: those that are in it.
        settings: whose it is.
    """
    brands: dict[str, list[int]] = {}
    for transaction in transactions:
        brand = transaction.payment.card.brand
        brands.setdefault(brand, []).append(batch.amounts[transaction.id])
    return {
        "id": batch.id,
        "status": batch.status,
        "time_created": iso(batch.opened_ms),
        "time_closed": iso(batch.closed_ms) if batch.closed_ms else "",
        "merchant_id": settings.merchant_id,
        "merchant_name": settings.merchant_name,
        "account_id": PROCESSING.id,
        "account_name": PROCESSING.name,
        "batch_transaction_count": len(batch.amounts),
        "transaction_count": len(batch.amounts),
        "currency": batch.currency,
        **_totals(list(batch.amounts.values())),
        "brand_breakdown": [
            {"brand": brand, "count": len(amounts), **_totals(amounts)}
            for brand, amounts in brands.items()
        ],
    }


def _totals(amounts: list[int]) -> Json:
    sales = [amount for amount in amounts if amount > 0]
    refunds = [-amount for amount in amounts if amount < 0]
    return {
        "amount": str(sum(amounts)),
        "gratuity_amount": "",
        "sales": {"count": len(sales), "amount": str(sum(sales))},
        "refunds": {"count": len(refunds), "amount": str(sum(refunds))},
        "funding_debit": {"count": 0, "amount": "0"},
        "funding_credit": {"count": len(amounts), "amount": str(sum(amounts))},
    }


def deposit_view(deposit: Deposit, settings: SandboxSettings) -> Json:
    """A deposit: what was taken off is negative, what is not there is an empty string."""
    fees = deposit.fees
    reversals = len(deposit.adjustments) - deposit.chargebacks_count
    return {
        "id": deposit.id,
        "time_created": day(deposit.created_ms),
        "status": deposit.status,
        "funding_type": deposit.funding_type,
        "amount": str(abs(deposit.amount)),
        "currency": deposit.currency,
        "aggregation_model": "H-By Date",
        "bank_transfer": {
            "masked_account_number_last4": "XXXXXX9999",
            "bank": {"code": "XXXXX0001"},
        },
        "system": system_view(settings),
        "sales": _part(deposit.sales_count, deposit.sales),
        "refunds": _part(deposit.refunds_count, deposit.refunds),
        "discounts": _part(deposit.sales_count if fees.discount else 0, -fees.discount),
        "tax": _part(0, 0),
        "disputes": {
            "chargebacks": _part(deposit.chargebacks_count, deposit.chargebacks),
            "reversals": _part(reversals, deposit.reversals),
        },
        "fees": {"amount": _signed(-fees.items - fees.chargebacks)},
    }


def settled_view(settled: Settled, settings: SandboxSettings) -> Json:
    """A transaction as `/settlement/transactions` shows it: the part that a deposit paid."""
    body = transaction_detail(settled.transaction, settings)
    method = body["payment_method"]
    if isinstance(method, dict) and isinstance(method["card"], dict):
        method["card"]["arn"] = settled.transaction.arn
    return {
        **body,
        "status": "FUNDED",
        "amount": str(abs(settled.amount)),
        "batch_id": settled.batch.id,
        "batch_time_created": day(settled.batch.closed_ms),
        "deposit_id": settled.deposit.id,
        "deposit_time_created": day(settled.deposit.created_ms),
        "deposit_status": settled.deposit.status,
        "system": system_view(settings),
    }


def fees_view(fees: MonthlyFees, settings: SandboxSettings) -> Json:
    """A month's fees. Interchange and assessments are within the discount, so they are 0."""
    charged = fees.fees(settings)
    return {
        "time_created": day(fees.created_ms),
        "status": "FINALIZED" if fees.charged_ms else "ESTIMATED",
        "amount": str(charged.total),
        "currency": fees.currency,
        "interchange_amount": "0",
        "assessment_amount": "0",
        "authorization_amount": str(charged.items),
        "chargeback_amount": str(charged.chargebacks),
        "supplies_amount": "0",
        "device_amount": "0",
        "discount_amount": str(charged.discount),
        "other_amount": "0",
        "transaction_count": fees.sales_count + fees.refunds_count,
        "sales": {"count": fees.sales_count, "amount": str(fees.sales)},
        "refunds": {"count": fees.refunds_count, "amount": _signed(fees.refunds)},
        "system": system_view(settings),
    }


def _part(count: int, amount: int) -> Json:
    return {"count": count, "amount": _signed(amount)}


def _signed(amount: int) -> str:
    return str(amount) if amount else ""
