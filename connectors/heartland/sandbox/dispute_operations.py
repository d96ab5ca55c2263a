"""The operations on disputes."""

from collections.abc import Iterator

from connectors.heartland.sandbox import disputes, fields
from connectors.heartland.sandbox.dispute_views import (
    Disputed,
    SettledDispute,
    dispute_view,
    settled_dispute_view,
)
from connectors.heartland.sandbox.disputes import Dispute
from connectors.heartland.sandbox.endpoints import Call, Reply
from connectors.heartland.sandbox.errors import (
    ACCEPTANCE_REFUSED,
    CHALLENGE_REFUSED,
    NO_SUCH_DISPUTE,
    NOT_HERE,
    GpApiError,
    Refusal,
    unexpected,
)
from connectors.heartland.sandbox.listing import Listing
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.tokens import find_account


class DisputeOperations:
    """Every call about disputes, and about what they moved."""

    def __init__(self, state: Operations) -> None:
        self._state = state
        self._settings = settings = state.settings
        self._open = Listing[Disputed](
            "disputes",
            filters={
                "id": lambda d: d.dispute.id,
                "arn": lambda d: d.sale.arn,
                "brand": lambda d: d.sale.payment.card.brand,
                "status": lambda d: d.dispute.status,
                "stage": lambda d: d.dispute.stage,
                "order.reference": lambda d: d.sale.order.order_reference,
                "system.mid": lambda d: settings.merchant_number,
            },
            times={"stage_time_created": lambda d: d.dispute.stage_ms},
            orders={
                "TIME_CREATED": lambda d: d.dispute.created_ms,
                "ID": lambda d: d.dispute.id,
                "ARN": lambda d: d.sale.arn,
                "BRAND": lambda d: d.sale.payment.card.brand,
                "STATUS": lambda d: d.dispute.status,
                "STAGE": lambda d: d.dispute.stage,
                "TO_STAGE_TIME_CREATED": lambda d: d.dispute.stage_ms,
            },
            view=lambda d: dispute_view(d, settings),
        )
        self._settled = Listing[SettledDispute](
            "disputes",
            filters={
                "id": lambda s: s.adjustment.dispute_id,
                "arn": lambda s: s.disputed.sale.arn,
                "brand": lambda s: s.disputed.sale.payment.card.brand,
                "status": lambda s: "FUNDED",
                "stage": lambda s: s.disputed.dispute.stage,
                "deposit_id": lambda s: s.deposit.id,
                "system.mid": lambda s: settings.merchant_number,
            },
            times={
                "stage_time_created": lambda s: s.disputed.dispute.stage_ms,
                "deposit_time_created": lambda s: s.deposit.created_ms,
            },
            orders={
                "TIME_CREATED": lambda s: s.adjustment.made_ms,
                "ID": lambda s: s.adjustment.dispute_id,
                "STATUS": lambda s: "FUNDED",
                "DEPOSIT_ID": lambda s: s.deposit.id,
            },
            view=lambda s: settled_dispute_view(s, settings),
        )

    def get(self, call: Call) -> Reply:
        """`GET /disputes/{id}`."""
        return self._answer(self._dispute(call.path["id"], NO_SUCH_DISPUTE))

    def list(self, call: Call) -> Reply:
        """`GET /disputes`."""
        found = map(self._disputed, self._state.bank.disputes.values())
        return Reply(self._open.answer(found, call.query))

    def accept(self, call: Call) -> Reply:
        """`POST /disputes/{id}/acceptance`."""
        dispute = self._dispute(call.path["id"], ACCEPTANCE_REFUSED)
        accepted = disputes.accept(dispute, call.now_ms)
        return self._answer(self._state.bank.put_dispute(accepted, call.now_ms))

    def challenge(self, call: Call) -> Reply:
        """`POST /disputes/{id}/challenge`, with `documents: [{type?, b64_content}]`."""
        dispute = self._dispute(call.path["id"], CHALLENGE_REFUSED)
        given = fields.find(call.body, "documents") or []
        if not isinstance(given, list):
            raise unexpected("documents")
        documents = [document for document in given if fields.find(_map(document), "b64_content")]
        challenged = disputes.challenge(dispute, documents, call.now_ms)
        return self._answer(self._state.bank.put_dispute(challenged, call.now_ms))

    def get_settled(self, call: Call) -> Reply:
        """`GET /settlement/disputes/{id}`: what it moved last."""
        id = call.path["id"]
        moved = [s for s in self._all_settled() if s.adjustment.dispute_id == id]
        if not moved:
            text = f"Disputes {id} not found at this /ucp/settlement/disputes/{id}"
            raise GpApiError(NOT_HERE, text)
        return Reply(settled_dispute_view(moved[-1], self._settings), id, "FUNDED")

    def list_settled(self, call: Call) -> Reply:
        """`GET /settlement/disputes`."""
        find_account(call.query, call.token, "DAA_")
        return Reply(self._settled.answer(self._all_settled(), call.query))

    def _dispute(self, id: str, refusal: Refusal) -> Dispute:
        dispute = self._state.bank.disputes.get(id)
        if dispute is None:
            text = (
                "101,Unable to locate dispute record for that ID. Please recheck the ID provided."
            )
            raise GpApiError(refusal, text)
        return dispute

    def _disputed(self, dispute: Dispute) -> Disputed:
        return Disputed(dispute, self._state.ledger.get(dispute.transaction_id))

    def _answer(self, dispute: Dispute) -> Reply:
        body = dispute_view(self._disputed(dispute), self._settings)
        return Reply(body, dispute.id, dispute.status)

    def _all_settled(self) -> Iterator[SettledDispute]:
        bank = self._state.bank
        for deposit in bank.deposits.values():
            for adjustment in deposit.adjustments:
                disputed = self._disputed(bank.disputes[adjustment.dispute_id])
                yield SettledDispute(disputed, adjustment, deposit)


def _map(document: object) -> dict[str, object]:
    return document if isinstance(document, dict) else {}
