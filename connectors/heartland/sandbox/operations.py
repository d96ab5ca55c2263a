"""One sandbox's state, and the operations on its transactions."""

from dataclasses import replace

from connectors.heartland.sandbox import fields, ledger, lifecycle
from connectors.heartland.sandbox.bank import Bank
from connectors.heartland.sandbox.batches import Batch
from connectors.heartland.sandbox.cards import APPROVED
from connectors.heartland.sandbox.deposits import Deposit
from connectors.heartland.sandbox.endpoints import Call, Desk, Reply, filters_of
from connectors.heartland.sandbox.errors import missing
from connectors.heartland.sandbox.ids import new_id
from connectors.heartland.sandbox.notifications import Notifier, status_notification
from connectors.heartland.sandbox.orders import (
    approval,
    read_capture,
    read_order,
    read_payment,
    read_reference,
)
from connectors.heartland.sandbox.payers import Payers
from connectors.heartland.sandbox.payment_methods import PaymentMethods
from connectors.heartland.sandbox.pushes import Pushes
from connectors.heartland.sandbox.settlement_views import batch_view, deposit_view
from connectors.heartland.sandbox.transactions import (
    CAPTURED,
    PREAUTHORIZED,
    REVERSED,
    SALE,
    Order,
    Payment,
    Transaction,
)
from connectors.heartland.sandbox.views import (
    Page,
    list_view,
    transaction_detail,
    transaction_view,
)
from connectors.sandbox.injector import Injector

_ADJUSTABLE = ("gratuity_amount", "payment_method.card.tag")


class Operations:
    """Every call about transactions; each changes all that it says, or is refused."""

    def __init__(self, desk: Desk, notifier: Notifier, injector: Injector | None = None) -> None:
        self.desk = desk
        self.settings = desk.settings
        self.notifier = notifier
        self._injector = injector
        self.pushes = Pushes(desk.settings, notifier, desk.shelves)
        self.ledger = ledger.Ledger(desk.shelves)
        self.payers = Payers(desk.shelves)
        self.payment_methods = PaymentMethods(desk.shelves)
        self.bank = Bank(self.settings, self.ledger, desk.shelves)
        desk.catch_up = self.catch_up

    def reset(self) -> None:
        """Forgets all transactions, payers, payment methods, batches, deposits and disputes."""
        self.ledger.clear()
        self.payers.clear()
        self.payment_methods.clear()
        self.bank.clear()

    def catch_up(self, now_ms: int) -> None:
        """Makes what was due until now happen, and tells it. Cheap if nothing is."""
        if now_ms < self.bank.agenda.next_ms:
            return
        self.bank.catch_up(now_ms)
        self.tell_what_happened(now_ms)

    def tell_what_happened(self, now_ms: int) -> None:
        """Tells what time, or who settled ahead of it, brought about."""
        for happened in self.bank.happened():
            if isinstance(happened, Transaction):
                self._tell(happened, now_ms)
            elif self.pushes.wants("settlement"):
                self._push(happened, now_ms)

    def _push(self, happened: Batch | Deposit, now_ms: int) -> None:
        if isinstance(happened, Batch):
            transactions = map(self.ledger.get, happened.amounts)
            view = batch_view(happened, transactions, self.settings)
            self.pushes.push("BATCH_NOTIFICATION", view, now_ms)
        else:
            view = deposit_view(happened, self.settings)
            self.pushes.push("DEPOSIT_NOTIFICATION", view, now_ms)

    def create_transaction(self, call: Call) -> Reply:
        """`POST /transactions`: a sale (captured now or later), or a refund without a sale."""
        order = read_order(call.body, call.token, self.settings)
        payment = read_payment(call.body, order, self.payment_methods, self.settings, call.now_ms)
        payment = self._issued(order, payment)
        reply = self.add(lifecycle.create(order, payment, new_id("TRN"), call.now_ms))
        return replace(reply, action="PREAUTHORIZE") if reply.status == PREAUTHORIZED else reply

    def capture(self, call: Call) -> Reply:
        """`POST /transactions/{id}/capture`; the answer's `amount` is this capture's."""
        sale = self.ledger.get(call.path["id"])
        ceiling = self.settings.capture_ceiling_percent
        asked = read_capture(call.body)
        captured, taken = lifecycle.capture(sale, asked, call.now_ms, ceiling)
        reply = self._keep(self.bank.book(captured, taken, call.now_ms), call.now_ms)
        reply.body["amount"] = str(taken)
        return reply

    def refund(self, call: Call) -> Reply:
        """`POST /transactions/{id}/refund`: a new transaction, told to the sale's `status_url`."""
        sale = self.ledger.get(call.path["id"])
        reference = read_reference(call.body) or new_id("REF")
        ceiling = self.settings.refund_ceiling_percent
        sale, paid_back = lifecycle.refund(sale, fields.amount(call.body), ceiling)
        self.ledger.put(sale)
        return self.add(lifecycle.refund_of(sale, paid_back, reference, new_id("TRN"), call.now_ms))

    def reverse(self, call: Call) -> Reply:
        """`POST /transactions/{id}/reversal`; or the merchant's reference in place of the id.

        The answer's `amount` is what was reversed.
        """
        sale = self.ledger.get_for_reversal(call.path["id"])
        reason = fields.text(call.body, "reversal_reason")
        amount = fields.amount(call.body)
        after = lifecycle.reverse(
            sale,
            amount,
            reason,
            call.now_ms,
            in_batch=self.bank.batches.in_open(sale.id, sale.batch_id),
            parts=self.settings.partial_reversals,
        )
        left = 0 if after.status == REVERSED else after.captured
        self._unbook(after, sale.captured - left, call.now_ms)
        reply = self._keep(after, call.now_ms)
        whole = sale.authorized if sale.held else sale.amount
        reply.body["amount"] = str(after.let_go - sale.let_go or whole)
        return reply

    def increment(self, call: Call) -> Reply:
        """`POST /transactions/{id}/incremental`: raises an authorization by `amount`.

        Declined, the answer has the issuer's result, and the sale stays as it was.
        """
        sale = self.ledger.get(call.path["id"])
        amount = fields.amount(call.body, zero=True)
        if amount is None:
            raise missing(["[amount]"])
        raised = lifecycle.increment(sale, amount, call.now_ms)
        result = self.payment_methods.increment(sale.payment.token, sale.authorized, amount)
        if result == APPROVED:
            return self._keep(raised, call.now_ms)
        asked = replace(sale, payment=replace(sale.payment, result=result))
        body = transaction_view(asked, self.settings)
        return Reply(body, sale.id, sale.status, declined=True)

    def adjust(self, call: Call) -> Reply:
        """`POST /transactions/{id}/adjustment`: another amount; gratuity and tag are not kept."""
        sale = self.ledger.get(call.path["id"])
        amount = fields.amount(call.body, zero=True)
        if amount is None:
            fields.amount(call.body, "gratuity_amount", zero=True)
            if not any(fields.find(call.body, path) for path in _ADJUSTABLE):
                raise missing(["[amount or tag or gratuityAmount]"])
            amount = sale.amount
        adjusted = lifecycle.adjust(
            sale,
            amount,
            call.now_ms,
            in_batch=self.bank.batches.in_open(sale.id, sale.batch_id),
            ceiling_percent=self.settings.capture_ceiling_percent,
        )
        self._unbook(adjusted, sale.captured - adjusted.captured, call.now_ms)
        return self._keep(adjusted, call.now_ms)

    def reauthorize(self, call: Call) -> Reply:
        """`POST /transactions/{id}/reauthorization`: a reversed sale again, under a new id."""
        gone = self.ledger.get(call.path["id"])
        reference = read_reference(call.body)
        order = lifecycle.renewal(gone, fields.amount(call.body), reference)
        payment = approval(gone.payment, order, self.payment_methods, self.settings)
        new = lifecycle.create(order, payment, new_id("TRN"), call.now_ms)
        return self.add(replace(new, parent_id=gone.id))

    def get_transaction(self, call: Call) -> Reply:
        """`GET /transactions/{id}`."""
        transaction = self.ledger.get(call.path["id"])
        body = transaction_detail(transaction, self.settings)
        return Reply(body, transaction.id, transaction.status)

    def list_transactions(self, call: Call) -> Reply:
        """`GET /transactions`."""
        page, filters = Page.read(call.query), filters_of(call.query, ledger.FILTERS)
        found = self.ledger.find(filters, ascending=page.ascending)
        rows = (transaction_detail(t, self.settings) for t in page.cut(found))
        return Reply(list_view("transactions", rows, len(found), page, filters))

    def add(self, new: Transaction) -> Reply:
        """Books a transaction that was just made, tells it, and answers it."""
        if new.status == CAPTURED:
            new = self.bank.book(new, new.captured, new.created_ms)
        else:
            self.bank.hold(new, new.created_ms)
        return self._keep(new, new.created_ms)

    def _unbook(self, transaction: Transaction, amount: int, now_ms: int) -> None:
        if amount:
            self.bank.book(transaction, -amount, now_ms)

    def _issued(self, order: Order, payment: Payment) -> Payment:
        """The payment as its issuer sees it, who may decline or shorten it for a fault."""
        if self._injector is None or order.type != SALE or payment.result != APPROVED:
            return payment
        issued = self._injector.issued(
            order.order_reference or order.reference,
            payment.approved,
            partial=order.authorization_mode == "PARTIAL",
        )
        if issued is None:
            return payment
        return replace(payment, result=issued.result or APPROVED, approved=issued.approved)

    def _keep(self, transaction: Transaction, now_ms: int) -> Reply:
        self.ledger.put(transaction)
        self._tell(transaction, now_ms)
        body = transaction_view(transaction, self.settings)
        return Reply(body, transaction.id, transaction.status)

    def _tell(self, transaction: Transaction, now_ms: int) -> None:
        if transaction.order.status_url:
            self.notifier.send(status_notification(transaction, self.settings, now_ms))
