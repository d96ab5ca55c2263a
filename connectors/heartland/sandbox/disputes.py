"""Disputes: a payer or its bank questions a transaction, and what becomes of it (facts: UCP).

    WITH_MERCHANT ─challenge→ UNDER_REVIEW ─decided→ CLOSED, WON | LOST (a retrieval: FULFILLED)
          ├────────acceptance───────────────────────→ CLOSED, ACCEPTED
          └────────time_to_respond_by is over───────→ CLOSED, LOST

Money moves as the stages say (facts: UCP): a CHARGEBACK takes it from the merchant, a REVERSAL
gives it back, a RETRIEVAL moves nothing. That a SECOND_CHARGEBACK takes at once, and that the other
stages move nothing before they are decided, is by analogy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.heartland.sandbox.errors import (
    ACCEPTANCE_REFUSED,
    CHALLENGE_REFUSED,
    NO_DOCUMENT,
    ONE_DOCUMENT,
    GpApiError,
)
from connectors.heartland.sandbox.ids import new_id

WITH_MERCHANT, UNDER_REVIEW, CLOSED = "WITH_MERCHANT", "UNDER_REVIEW", "CLOSED"
STATUSES = (WITH_MERCHANT, UNDER_REVIEW, CLOSED)
RETRIEVAL, CHARGEBACK, REVERSAL = "RETRIEVAL", "CHARGEBACK", "REVERSAL"
STAGES = (
    RETRIEVAL,
    CHARGEBACK,
    REVERSAL,
    "SECOND_CHARGEBACK",
    "PRE_ARBITRATION",
    "ARBITRATION",
    "PRE_COMPLIANCE",
    "COMPLIANCE",
    "GOODFAITH",
)
PENDING, WON, LOST, ACCEPTED, FULFILLED = "PENDING", "WON", "LOST", "ACCEPTED", "FULFILLED"
RESULTS = (PENDING, WON, LOST, ACCEPTED, FULFILLED)
_TAKEN_AT_ONCE = (CHARGEBACK, "SECOND_CHARGEBACK")


@dataclass(frozen=True)
class Dispute:
    """A dispute as it stands; amounts in minor units of the transaction's currency, times ms UTC.

    Args:
        amount: what is disputed, at most the transaction.
        taken: what the merchant is without at the moment.
        moved: what moved last: positive to the merchant, negative from it, 0 nothing ever.
        moved_ms: when that was, 0 for never.
    """

    id: str
    transaction_id: str
    amount: int
    stage: str
    created_ms: int
    stage_ms: int
    status_ms: int
    respond_by_ms: int
    status: str = WITH_MERCHANT
    result: str = PENDING
    reason_code: str = ""
    reason_description: str = ""
    document_ids: tuple[str, ...] = ()
    taken: int = 0
    moved: int = 0
    moved_ms: int = 0


def settle(dispute: Dispute, now_ms: int) -> tuple[Dispute, int]:
    """The dispute with the money where its stage and result want it, and what moves for that."""
    taken = _taken(dispute)
    moved = dispute.taken - taken
    if not moved:
        return dispute, 0
    return replace(dispute, taken=taken, moved=moved, moved_ms=now_ms), moved


def accept(dispute: Dispute, now_ms: int) -> Dispute:
    """The merchant takes the liability.

    Raises:
        GpApiError: 40067 it does not wait for the merchant.
    """
    if dispute.status != WITH_MERCHANT:
        text = f"{dispute.id} cannot be accepted, its status is {dispute.status}"
        raise GpApiError(ACCEPTANCE_REFUSED, text)
    return _closed(dispute, ACCEPTED, now_ms)


def challenge(dispute: Dispute, documents: Sequence[object], now_ms: int) -> Dispute:
    """The merchant sends evidence, of which the sandbox keeps ids only; a retrieval is fulfilled.

    Raises:
        GpApiError: 40065 no document; 40072 a retrieval takes one only; 40060 it does not wait for
            the merchant.
    """
    if not documents:
        raise GpApiError(
            NO_DOCUMENT, "Unable to challenge as No document provided with the request"
        )
    if dispute.status != WITH_MERCHANT:
        text = f"{dispute.id} cannot be challenged, its status is {dispute.status}"
        raise GpApiError(CHALLENGE_REFUSED, text)
    retrieval = dispute.stage == RETRIEVAL
    if retrieval and len(documents) > 1:
        text = "131,The dispute stage, Retrieval, can be challenged with a single document only."
        raise GpApiError(ONE_DOCUMENT, text + " Please correct the request and resubmit")
    ids = tuple(new_id("DOC") for _ in documents)
    sent = replace(dispute, document_ids=dispute.document_ids + ids)
    if retrieval:
        return _closed(sent, FULFILLED, now_ms)
    return replace(sent, status=UNDER_REVIEW, status_ms=now_ms)


def decide(dispute: Dispute, result: str, now_ms: int) -> Dispute:
    """What the issuer, the scheme or the calendar decides: closed with a result."""
    return _closed(dispute, result, now_ms)


def enter(dispute: Dispute, stage: str, now_ms: int, respond_by_ms: int) -> Dispute:
    """The dispute in another stage. It waits for the merchant again, but a REVERSAL is won."""
    entered = replace(
        dispute,
        stage=stage,
        stage_ms=now_ms,
        status=WITH_MERCHANT,
        status_ms=now_ms,
        result=PENDING,
        respond_by_ms=respond_by_ms,
    )
    return _closed(entered, WON, now_ms) if stage == REVERSAL else entered


def _closed(dispute: Dispute, result: str, now_ms: int) -> Dispute:
    return replace(dispute, status=CLOSED, status_ms=now_ms, result=result)


def _taken(dispute: Dispute) -> int:
    if dispute.result in (LOST, ACCEPTED):
        return dispute.amount
    if dispute.result == WON:
        return 0
    return dispute.amount if dispute.stage in _TAKEN_AT_ONCE else dispute.taken
