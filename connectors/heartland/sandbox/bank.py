"""The way of captured money to the merchant's bank account: batches, deposits, fees, disputes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.heartland.sandbox import deposits, disputes, lifecycle
from connectors.heartland.sandbox.agenda import Agenda, Kind
from connectors.heartland.sandbox.batches import Batch, Batches
from connectors.heartland.sandbox.deposits import Adjustment, Deposit, MonthlyFees
from connectors.heartland.sandbox.disputes import Dispute
from connectors.heartland.sandbox.ids import new_id
from connectors.heartland.sandbox.ledger import Ledger
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.transactions import CAPTURED, REFUND, Transaction
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves
from streams.core.clock import to_ms, utc

Happened = Batch | Deposit | Transaction
"""What time brought about: a batch was closed, a deposit came, an authorization expired."""


class Bank:
    """Books what is captured, and settles it in time. All effects on money are dated by its clock.

    Each method that takes `now_ms` expects that `catch_up` was called with it before.
    """

    def __init__(
        self, settings: SandboxSettings, ledger: Ledger, shelves: Shelves = MEMORY
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self.agenda = Agenda(shelves)
        self.batches = Batches(shelves)
        self.deposits: dict[str, Deposit] = shelves.shelf("deposits", Deposit)
        self.disputes: dict[str, Dispute] = shelves.shelf("disputes", Dispute)
        self.monthly_fees: dict[tuple[str, str], MonthlyFees] = shelves.shelf(
            "monthly_fees", MonthlyFees
        )
        self.waiting: dict[int, Adjustment] = shelves.shelf("adjustments", Adjustment)
        """What disputes moved that is in no deposit yet, by number."""
        self._adjustments = Series(shelves, "adjustments")
        self._happened: list[Happened] = []
        self._keep: Mapping[Kind, Callable[[str, int], None]] = {
            "close_batch": self._close_batch,
            "deposit": self._deposit,
            "expire": self._expire,
            "respond_by": self._respond_by,
            "month_end": self._month_end,
        }

    def clear(self) -> None:
        """Forgets everything."""
        self.agenda.clear()
        self.batches.clear()
        for shelf in (self.deposits, self.disputes, self.monthly_fees, self.waiting):
            shelf.clear()

    def catch_up(self, now_ms: int) -> None:
        """Makes all that was due until now happen, each at its time."""
        for appointment in self.agenda.due(now_ms):
            self._keep[appointment.kind](appointment.key, appointment.at_ms)

    def happened(self) -> list[Happened]:
        """What happened since this was asked last."""
        happened, self._happened = self._happened, []
        return happened

    def hold(self, authorization: Transaction, now_ms: int) -> None:
        """Remembers when an authorization expires."""
        if authorization.held and self._settings.authorization_seconds:
            at_ms = now_ms + self._settings.authorization_seconds * 1000
            self.agenda.put(at_ms, "expire", authorization.id)

    def book(self, transaction: Transaction, amount: int, now_ms: int) -> Transaction:
        """Puts captured (or, negative, no longer captured) money into the open batch."""
        currency = transaction.order.currency
        batch = self.batches.open(currency)
        if batch is None:
            batch = self.batches.start(currency, now_ms)
            closes_ms = self._closing_time(now_ms)
            if closes_ms:
                self.agenda.put(closes_ms, "close_batch", batch.id)
        moved = -amount if transaction.order.type == REFUND else amount
        self.batches.add(batch, transaction.id, moved)
        return replace(transaction, batch_id=batch.id)

    def close(self, batch_id: str, now_ms: int) -> Batch:
        """Closes a batch; its deposit comes later.

        Raises:
            GpApiError: 404 40118; 502 500010 it is closed already.
        """
        batch = self.batches.close(batch_id, now_ms)
        self._happened.append(batch)
        self.agenda.put(now_ms + self._settings.deposit_seconds * 1000, "deposit", batch.currency)
        return batch

    def settle(self, now_ms: int) -> tuple[list[Batch], list[Deposit]]:
        """Closes every open batch and deposits everything at once, without waiting."""
        open_batches = [batch for batch in self.batches.all() if not batch.closed_ms]
        for batch in open_batches:
            self.close(batch.id, now_ms)
        unpaid = [batch.currency for batch in self._unpaid()]
        currencies = dict.fromkeys(
            unpaid + [adjustment.currency for adjustment in self.waiting.values()]
        )
        made = [self._pay(currency, now_ms, now_ms) for currency in currencies]
        return open_batches, [deposit for deposit in made if deposit]

    def put_dispute(self, dispute: Dispute, now_ms: int) -> Dispute:
        """Keeps a dispute, and moves the money that its stage and result ask for."""
        dispute, moved = disputes.settle(dispute, now_ms)
        self.disputes[dispute.id] = dispute
        if dispute.status == disputes.WITH_MERCHANT:
            self.agenda.put(dispute.respond_by_ms, "respond_by", dispute.id)
        if moved:
            currency = self._ledger.get(dispute.transaction_id).order.currency
            adjustment = Adjustment(dispute.id, currency, moved, now_ms)
            self.waiting[next(self._adjustments)] = adjustment
            self.agenda.put(now_ms + self._settings.deposit_seconds * 1000, "deposit", currency)
        return dispute

    def due(self, batch: Batch) -> tuple[int, int]:
        """When a batch closes (or did), and when its deposit comes; 0 for what nobody knows."""
        closes_ms = batch.closed_ms or self._closing_time(batch.opened_ms)
        return closes_ms, closes_ms + self._settings.deposit_seconds * 1000 if closes_ms else 0

    def mark(self, deposit_id: str, status: str) -> Deposit:
        """Gives a deposit another status; KeyError if there is none."""
        self.deposits[deposit_id] = replace(self.deposits[deposit_id], status=status)
        return self.deposits[deposit_id]

    def _close_batch(self, batch_id: str, at_ms: int) -> None:
        if not self.batches.get(batch_id).closed_ms:
            self.close(batch_id, at_ms)

    def _deposit(self, currency: str, at_ms: int) -> None:
        self._pay(currency, at_ms, at_ms - self._settings.deposit_seconds * 1000)

    def _expire(self, transaction_id: str, at_ms: int) -> None:
        sale = self._ledger.get(transaction_id)
        expired = lifecycle.expire(sale, at_ms)
        if expired is not sale:
            self._ledger.put(expired)
            self._happened.append(expired)

    def _respond_by(self, dispute_id: str, at_ms: int) -> None:
        dispute = self.disputes[dispute_id]
        if dispute.status == disputes.WITH_MERCHANT and dispute.respond_by_ms <= at_ms:
            self.put_dispute(disputes.decide(dispute, disputes.LOST, at_ms), at_ms)

    def _month_end(self, currency: str, at_ms: int) -> None:
        for month in list(self.monthly_fees):
            fees = self.monthly_fees[month]
            if fees.currency == currency and not fees.charged_ms:
                fees.charged_ms = at_ms
                if not fees.fees(self._settings).total:
                    continue
                debit = deposits.deposit_of(new_id("DEP"), currency, (), (), at_ms)
                self._pay_out(replace(debit, fees=fees.fees(self._settings)))

    def _unpaid(self) -> Iterable[Batch]:
        return (b for b in self.batches.all() if b.closed_ms and not b.deposit_id)

    def _pay(self, currency: str, now_ms: int, closed_until_ms: int) -> Deposit | None:
        """One deposit of all that is due in a currency, None if nothing is."""
        batches = [
            batch
            for batch in self._unpaid()
            if batch.currency == currency and batch.closed_ms <= closed_until_ms
        ]
        adjustments = {n: a for n, a in self.waiting.items() if a.currency == currency}
        if not adjustments and not any(batch.amounts for batch in batches):
            return None
        for number in adjustments:
            del self.waiting[number]
        moved = adjustments.values()
        deposit = deposits.deposit_of(new_id("DEP"), currency, batches, moved, now_ms)
        deposit = self._charged(deposit)
        for batch in batches:
            self.batches.get(batch.id).deposit_id = deposit.id
            self._fund(batch, now_ms)
        return self._pay_out(deposit)

    def _charged(self, deposit: Deposit) -> Deposit:
        """The deposit with the fees that are netted from it; monthly ones are put down instead."""
        if self._settings.fees == "DEPOSIT":
            counts = deposit.sales_count, deposit.chargebacks_count
            return replace(deposit, fees=deposits.price(self._settings, deposit.sales, *counts))
        if self._settings.fees == "MONTHLY":
            self._month(deposit).add(deposit)
        return deposit

    def _month(self, deposit: Deposit) -> MonthlyFees:
        at = utc(deposit.created_ms)
        key = f"{at:%Y-%m}", deposit.currency
        if key not in self.monthly_fees:
            self.monthly_fees[key] = MonthlyFees(*key, created_ms=deposit.created_ms)
            first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            following = (first + timedelta(days=32)).replace(day=1)
            self.agenda.put(to_ms(following), "month_end", deposit.currency)
        return self.monthly_fees[key]

    def _fund(self, batch: Batch, now_ms: int) -> None:
        """A batch's transactions are FUNDED, but one that has a newer capture waiting."""
        for id in batch.amounts:
            transaction = self._ledger.get(id)
            if transaction.status == CAPTURED and transaction.batch_id == batch.id:
                self._ledger.put(lifecycle.fund(transaction, now_ms))

    def _pay_out(self, deposit: Deposit) -> Deposit:
        self.deposits[deposit.id] = deposit
        self._happened.append(deposit)
        return deposit

    def _closing_time(self, now_ms: int) -> int:
        """When a batch that opens now closes by itself, 0 if it does not."""
        if not self._settings.batch_close_at:
            return (
                now_ms + self._settings.batch_seconds * 1000 if self._settings.batch_seconds else 0
            )
        hour, minute = (int(part) for part in self._settings.batch_close_at.split(":"))
        opened: datetime = utc(now_ms)
        closing = opened.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return to_ms(closing if closing > opened else closing + timedelta(days=1))
