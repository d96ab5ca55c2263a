"""What a payer, an issuer or a scheme does with a dispute: said by the admin API."""

from dataclasses import replace

from connectors.heartland.sandbox import disputes, fields
from connectors.heartland.sandbox.disputes import Dispute
from connectors.heartland.sandbox.errors import GpApiError, unexpected
from connectors.heartland.sandbox.ids import new_id
from connectors.heartland.sandbox.ledger import Ledger
from connectors.heartland.sandbox.transactions import CAPTURED, FUNDED, SALE

_REASON = ("104", "Other Fraud-Card Absent Environment")
_LONGEST_DAYS = 365


def opened(body: fields.Body, ledger: Ledger, seconds: int, now_ms: int) -> Dispute:
    """A new dispute about a captured sale.

    Args:
        body: `{transaction_id, amount?, stage?, reason_code?, reason_description?,
            days_to_respond?}`; `amount` is a string of minor units, the whole sale by default,
            `stage` CHARGEBACK by default.
        ledger: where the sale is.
        seconds: how long the merchant may answer, if it is not said.
        now_ms: when.

    Raises:
        ValueError: a field is not as it must be, or nothing was captured; says why.
    """
    try:
        fields.require(body, "transaction_id")
        sale = ledger.get(str(body["transaction_id"]))
        amount = fields.amount(body) or sale.captured
        stage = fields.choice(body, "stage", disputes.STAGES, disputes.CHARGEBACK)
        code = fields.text(body, "reason_code") or _REASON[0]
        why = fields.text(body, "reason_description", longest=500) or _REASON[1]
        respond_by_ms = _respond_by(body, seconds, now_ms)
    except GpApiError as error:
        raise ValueError(error.description) from None
    if sale.order.type != SALE or sale.status not in (CAPTURED, FUNDED):
        raise ValueError(f"{sale.id} is {sale.status}, nothing was captured that can be disputed")
    if amount > sale.captured:
        raise ValueError(f"amount must be at most {sale.captured}")
    dispute = Dispute(
        id=new_id("DIS"),
        transaction_id=sale.id,
        amount=amount,
        stage=stage,
        created_ms=now_ms,
        stage_ms=now_ms,
        status_ms=now_ms,
        respond_by_ms=respond_by_ms,
        reason_code=code,
        reason_description=why,
    )
    return disputes.enter(dispute, stage, now_ms, respond_by_ms)


def moved(dispute: Dispute, body: fields.Body, seconds: int, now_ms: int) -> Dispute:
    """The dispute in another stage, with a result, or with another status.

    Args:
        dispute: as it stands.
        body: `{stage?, result?, status?, days_to_respond?}`. A stage makes it wait for the
            merchant, a result but PENDING closes it, a status is set last.
        seconds: how long the merchant may answer, if it is not said.
        now_ms: when.

    Raises:
        ValueError: a field is not as it must be, or none is there; says why.
    """
    try:
        stage = fields.choice(body, "stage", disputes.STAGES)
        result = fields.choice(body, "result", disputes.RESULTS)
        status = fields.choice(body, "status", disputes.STATUSES)
        respond_by_ms = _respond_by(body, seconds, now_ms)
    except GpApiError as error:
        raise ValueError(error.description) from None
    if not (stage or result or status):
        raise ValueError("say a stage, a result or a status")
    if stage:
        dispute = disputes.enter(dispute, stage, now_ms, respond_by_ms)
    if result and result != disputes.PENDING:
        dispute = disputes.decide(dispute, result, now_ms)
    if status:
        dispute = replace(dispute, status=status, status_ms=now_ms)
    return dispute


def _respond_by(body: fields.Body, seconds: int, now_ms: int) -> int:
    days = fields.find(body, "days_to_respond")
    if days is None:
        return now_ms + seconds * 1000
    if not isinstance(days, int) or isinstance(days, bool) or not 0 < days <= _LONGEST_DAYS:
        raise unexpected("days_to_respond")
    return now_ms + days * 86_400_000
