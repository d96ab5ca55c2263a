"""The shapes of disputes (facts: UCP, PHP-Map), and of what they moved in a deposit (JAVA-T)."""

from dataclasses import dataclass

from connectors.heartland.sandbox.deposits import CREDIT, DEBIT, Adjustment, Deposit
from connectors.heartland.sandbox.disputes import Dispute
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.settlement_views import day, system_view
from connectors.heartland.sandbox.tokens import DISPUTES
from connectors.heartland.sandbox.transactions import Transaction
from connectors.heartland.sandbox.views import Json
from streams.core.clock import iso


@dataclass(frozen=True)
class Disputed:
    """A dispute and the sale it is about."""

    dispute: Dispute
    sale: Transaction


@dataclass(frozen=True)
class SettledDispute:
    """What a dispute moved in a deposit."""

    disputed: Disputed
    adjustment: Adjustment
    deposit: Deposit


def dispute_view(disputed: Disputed, settings: SandboxSettings) -> Json:
    """A dispute; what it has not moved is an empty string."""
    dispute, sale = disputed.dispute, disputed.sale
    amount, currency = str(dispute.amount), sale.order.currency
    return {
        "id": dispute.id,
        "time_created": iso(dispute.created_ms),
        "merchant_id": settings.merchant_id,
        "merchant_name": settings.merchant_name,
        "account_id": DISPUTES.id,
        "account_name": DISPUTES.name,
        "status": dispute.status,
        "status_time_created": iso(dispute.status_ms),
        "stage": dispute.stage,
        "stage_time_created": iso(dispute.stage_ms),
        "amount": amount,
        "currency": currency,
        "payer_amount": amount,
        "payer_currency": currency,
        "merchant_amount": amount,
        "merchant_currency": currency,
        "reason_code": dispute.reason_code,
        "reason_description": dispute.reason_description,
        "time_to_respond_by": iso(dispute.respond_by_ms),
        "result": dispute.result,
        "investigator_comment": "",
        "system": system_view(settings),
        **_money("last_adjustment", dispute.moved, currency),
        "last_adjustment_time_created": iso(dispute.moved_ms) if dispute.moved_ms else "",
        **_money("net_financial", -dispute.taken, currency),
        "payment_method_provider": [],
        "transaction": {
            "time_created": iso(sale.created_ms),
            "type": sale.order.type,
            "amount": str(sale.amount),
            "currency": currency,
            "reference": sale.order.reference,
            "remarks": sale.order.description,
            "order": {"reference": sale.order.order_reference},
            "provider": {"payment_method": {"card": {"number": _masked(sale), **_card(sale)}}},
        },
        "payment_method": {"card": {"number": _masked(sale), **_card(sale)}},
        "documents": [{"id": id} for id in dispute.document_ids],
    }


def settled_dispute_view(settled: SettledDispute, settings: SandboxSettings) -> Json:
    """What `/settlement/disputes` shows: the dispute, as far as a deposit was moved by it."""
    body = dispute_view(settled.disputed, settings)
    sale = settled.disputed.sale
    return {
        **body,
        "status": "FUNDED",
        "amount": str(abs(settled.adjustment.amount)),
        "funding_type": settled.adjustment.funding_type,
        "deposit_id": settled.deposit.id,
        "deposit_time_created": day(settled.deposit.created_ms),
        "transaction": {
            "time_created": iso(sale.created_ms),
            "type": sale.order.type,
            "amount": str(sale.amount),
            "currency": sale.order.currency,
            "reference": sale.order.reference,
            "order": {"reference": sale.order.order_reference},
            "payment_method": {"card": {"masked_number_last4": _masked(sale), **_card(sale)}},
        },
    }


def _money(name: str, amount: int, currency: str) -> Json:
    funding = (CREDIT if amount > 0 else DEBIT) if amount else ""
    return {
        f"{name}_amount": str(abs(amount)) if amount else "",
        f"{name}_currency": currency if amount else "",
        f"{name}_funding": funding,
    }


def _masked(sale: Transaction) -> str:
    return sale.payment.card.masked


def _card(sale: Transaction) -> Json:
    return {
        "arn": sale.arn,
        "brand": sale.payment.card.brand,
        "authcode": sale.authcode,
        "brand_reference": sale.brand_reference,
    }
