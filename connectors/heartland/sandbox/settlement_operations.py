"""The operations on batches, deposits and what was settled."""

from collections.abc import Iterator
from typing import TypeVar

from connectors.heartland.sandbox.deposits import Deposit, MonthlyFees
from connectors.heartland.sandbox.endpoints import Call, Reply
from connectors.heartland.sandbox.errors import (
    BATCH_ID_MISSING,
    NOT_CONFIGURED,
    NOT_HERE,
    GpApiError,
)
from connectors.heartland.sandbox.listing import Listing
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.settlement_views import (
    Settled,
    batch_view,
    deposit_view,
    fees_view,
    settled_view,
)
from connectors.heartland.sandbox.tokens import find_account
from connectors.heartland.sandbox.views import Json

T = TypeVar("T")


class SettlementOperations:
    """Every call about how captured money reaches the merchant."""

    def __init__(self, state: Operations) -> None:
        self._state = state
        self._settings = settings = state.settings
        self._deposits = Listing[Deposit](
            "deposits",
            filters={
                "id": lambda d: d.id,
                "status": lambda d: d.status,
                "amount": lambda d: str(abs(d.amount)),
                "system.mid": lambda d: settings.merchant_number,
            },
            times={"time_created": lambda d: d.created_ms},
            orders={
                "TIME_CREATED": lambda d: d.created_ms,
                "DEPOSIT_ID": lambda d: d.id,
                "STATUS": lambda d: d.status,
                "TYPE": lambda d: d.funding_type,
            },
            view=lambda d: deposit_view(d, settings),
        )
        self._settled = Listing[Settled](
            "transactions",
            filters={
                "reference": lambda s: s.transaction.order.reference,
                "type": lambda s: s.transaction.order.type,
                "status": lambda s: "FUNDED",
                "arn": lambda s: s.transaction.arn,
                "brand": lambda s: s.transaction.payment.card.brand,
                "brand_reference": lambda s: s.transaction.brand_reference,
                "authcode": lambda s: s.transaction.authcode,
                "number_last4": lambda s: s.transaction.payment.card.last4,
                "deposit_id": lambda s: s.deposit.id,
                "deposit_status": lambda s: s.deposit.status,
                "system.mid": lambda s: settings.merchant_number,
            },
            times={
                "time_created": lambda s: s.transaction.created_ms,
                "deposit_time_created": lambda s: s.deposit.created_ms,
                "batch_time_created": lambda s: s.batch.closed_ms,
            },
            orders={
                "TIME_CREATED": lambda s: s.transaction.created_ms,
                "STATUS": lambda s: "FUNDED",
                "TYPE": lambda s: s.transaction.order.type,
                "DEPOSIT_ID": lambda s: s.deposit.id,
            },
            view=lambda s: settled_view(s, settings),
        )
        self._fees = Listing[MonthlyFees](
            "monthly_fees",
            filters={"system.mid": lambda f: settings.merchant_number},
            times={"time_created": lambda f: f.created_ms},
            orders={"TIME_CREATED": lambda f: f.created_ms},
            view=lambda f: fees_view(f, settings),
        )

    def close_batch(self, call: Call) -> Reply:
        """`POST /batches/{id}`: closes it; its deposit comes later."""
        if not self._settings.batch_close_by_api:
            text = (
                "Merchant configuration does not exist for the following combination: country -"
                f" {self._settings.country}, channel - CNP"
            )
            raise GpApiError(NOT_CONFIGURED, text)
        batch = self._state.bank.close(call.path["id"], call.now_ms)
        return Reply(self._batch(batch.id), batch.id, batch.status)

    def no_batch(self, call: Call) -> Reply:
        """`POST /batches`: the id is missing, as after a transaction without a batch."""
        raise GpApiError(BATCH_ID_MISSING, "Request expects the batch_id")

    def get_batch(self, call: Call) -> Reply:
        """`GET /batches/{id}`. There is no list of batches (facts: UCP)."""
        batch = self._state.bank.batches.get(call.path["id"])
        return Reply(self._batch(batch.id), batch.id, batch.status)

    def get_deposit(self, call: Call) -> Reply:
        """`GET /settlement/deposits/{id}`."""
        id = call.path["id"]
        deposit = self._state.bank.deposits.get(id)
        if deposit is None:
            text = f"Deposits {id} not found at this /ucp/settlement/deposits/{id}"
            raise GpApiError(NOT_HERE, text)
        return Reply(deposit_view(deposit, self._settings), deposit.id, deposit.status)

    def list_deposits(self, call: Call) -> Reply:
        """`GET /settlement/deposits`."""
        return self._list(self._deposits, call, iter(self._state.bank.deposits.values()))

    def list_settled(self, call: Call) -> Reply:
        """`GET /settlement/transactions`: what explains a deposit line by line."""
        return self._list(self._settled, call, self._all_settled(call.query.get("deposit_id", "")))

    def list_fees(self, call: Call) -> Reply:
        """`GET /settlement/reports/monthly-fees`."""
        return self._list(self._fees, call, iter(self._state.bank.monthly_fees.values()))

    def _batch(self, id: str) -> Json:
        batch, ledger = self._state.bank.batches.get(id), self._state.ledger
        return batch_view(batch, map(ledger.get, batch.amounts), self._settings)

    def _all_settled(self, deposit_id: str) -> Iterator[Settled]:
        bank, ledger = self._state.bank, self._state.ledger
        for deposit in bank.deposits.values():
            if deposit_id not in ("", deposit.id):
                continue
            for batch in map(bank.batches.get, deposit.batch_ids):
                for id, amount in batch.amounts.items():
                    yield Settled(ledger.get(id), amount, batch, deposit)

    def _list(self, listing: Listing[T], call: Call, rows: Iterator[T]) -> Reply:
        account = find_account(call.query, call.token, "DAA_")
        return Reply(
            {
                "merchant_id": self._settings.merchant_id,
                "merchant_name": self._settings.merchant_name,
                "account_id": account.id,
                "account_name": account.name,
                **listing.answer(rows, call.query),
            }
        )
