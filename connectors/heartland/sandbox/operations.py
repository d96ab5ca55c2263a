"""The operations of the API over one sandbox's state: what each call reads, decides and keeps."""

from collections.abc import Mapping
from dataclasses import replace

from connectors.heartland.sandbox import fields, ledger, payers, transactions
from connectors.heartland.sandbox.actions import FILTERS as ACTION_FILTERS
from connectors.heartland.sandbox.cards import APPROVED, read_card
from connectors.heartland.sandbox.endpoints import Call, Desk, Reply
from connectors.heartland.sandbox.errors import DOWNSTREAM, GpApiError
from connectors.heartland.sandbox.ids import new_id
from connectors.heartland.sandbox.notifications import Notifier, status_notification
from connectors.heartland.sandbox.orders import read_order, read_payment, read_reference
from connectors.heartland.sandbox.payment_methods import USAGE_MODES, PaymentMethods
from connectors.heartland.sandbox.transactions import Order, Payment, Transaction
from connectors.heartland.sandbox.views import (
    Page,
    action_view,
    list_view,
    payment_method_view,
    transaction_detail,
    transaction_view,
)
from connectors.sandbox.injector import Injector


class Operations:
    """Every call that needs a bearer; each changes all that it says, or is refused."""

    def __init__(self, desk: Desk, notifier: Notifier, injector: Injector | None = None) -> None:
        self._desk = desk
        self._settings = desk.settings
        self._notifier = notifier
        self._injector = injector
        self.reset()

    def reset(self) -> None:
        """Forgets all transactions, payers and payment methods."""
        self.ledger = ledger.Ledger()
        self.payers = payers.Payers()
        self.payment_methods = PaymentMethods()

    def create_transaction(self, call: Call) -> Reply:
        """`POST /transactions`: a sale (captured now or later), or a refund without a sale."""
        order = read_order(call.body, call.token)
        payment = read_payment(call.body, order, self.payment_methods, self._settings, call.now_ms)
        payment = self._issued(order, payment)
        batch_id = self.ledger.open_batch_id
        return self._keep(
            transactions.create(order, payment, new_id("TRN"), call.now_ms, batch_id), call.now_ms
        )

    def capture(self, call: Call) -> Reply:
        """`POST /transactions/{id}/capture`; the answer's `amount` is this capture's."""
        sale = self.ledger.get(call.path["id"])
        amount = fields.amount(call.body)
        captured = transactions.capture(sale, amount, call.now_ms, self.ledger.open_batch_id)
        reply = self._keep(captured, call.now_ms)
        reply.body["amount"] = str(captured.captured - sale.captured)
        return reply

    def refund(self, call: Call) -> Reply:
        """`POST /transactions/{id}/refund`: a new transaction, told to the sale's `status_url`."""
        sale = self.ledger.get(call.path["id"])
        reference = read_reference(call.body) or new_id("REF")
        ceiling = self._settings.refund_ceiling_percent
        sale, paid_back = transactions.refund(sale, fields.amount(call.body), ceiling)
        order = replace(
            sale.order,
            type=transactions.REFUND,
            amount=paid_back,
            reference=reference,
            capture_mode="AUTO",
        )
        refund = Transaction(
            id=new_id("TRN"),
            order=order,
            payment=sale.payment,
            status=transactions.CAPTURED,
            created_ms=call.now_ms,
            updated_ms=call.now_ms,
            captured=paid_back,
            batch_id=self.ledger.open_batch_id,
            parent_id=sale.id,
        )
        self.ledger.put(sale)
        return self._keep(refund, call.now_ms)

    def reverse(self, call: Call) -> Reply:
        """`POST /transactions/{id}/reversal`; or the merchant's reference in place of the id."""
        sale = self.ledger.get_for_reversal(call.path["id"])
        reason = fields.text(call.body, "reversal_reason")
        amount = fields.amount(call.body)
        return self._keep(transactions.reverse(sale, amount, reason, call.now_ms), call.now_ms)

    def get_transaction(self, call: Call) -> Reply:
        """`GET /transactions/{id}`."""
        transaction = self.ledger.get(call.path["id"])
        body = transaction_detail(transaction, self._settings)
        return Reply(body, transaction.id, transaction.status)

    def list_transactions(self, call: Call) -> Reply:
        """`GET /transactions`."""
        page, filters = Page.read(call.query), _filters(call.query, ledger.FILTERS)
        found = self.ledger.find(filters, ascending=page.ascending)
        rows = (transaction_detail(t, self._settings) for t in page.cut(found))
        return Reply(list_view("transactions", rows, len(found), page, filters))

    def create_payment_method(self, call: Call) -> Reply:
        """`POST /payment-methods`: stores a test card under a new token."""
        reference = read_reference(call.body)
        usage_mode = fields.choice(call.body, "usage_mode", USAGE_MODES, "MULTIPLE")
        card = read_card(call.body, "card", call.now_ms)
        stored = self.payment_methods.store(
            card, call.now_ms, reference=reference, usage_mode=usage_mode
        )
        body = payment_method_view(stored, self._settings, "ACTIVE")
        return Reply(body, stored.id, "ACTIVE")

    def get_payment_method(self, call: Call) -> Reply:
        """`GET /payment-methods/{id}`."""
        stored = self.payment_methods.get(call.path["id"])
        body = payment_method_view(stored, self._settings, "ACTIVE")
        return Reply(body, stored.id, "ACTIVE")

    def delete_payment_method(self, call: Call) -> Reply:
        """`DELETE /payment-methods/{id}`."""
        deleted = self.payment_methods.delete(call.path["id"])
        body = payment_method_view(deleted, self._settings, "DELETED")
        return Reply(body, deleted.id, "DELETED")

    def create_payer(self, call: Call) -> Reply:
        """`POST /payers`."""
        payer = self.payers.create(call.body, call.now_ms)
        return Reply(payers.payer_view(payer, self._settings), payer.id)

    def edit_payer(self, call: Call) -> Reply:
        """`PATCH /payers/{id}`."""
        payer = self.payers.edit(call.path["id"], call.body, call.now_ms)
        return Reply(payers.payer_view(payer, self._settings), payer.id)

    def edit_no_payer(self, call: Call) -> Reply:
        """`PATCH /payers`: bad input that the real gateway answers with 502 (facts: JAVA-T)."""
        text = "Unable to process your request due to an error with a system down stream."
        raise GpApiError(DOWNSTREAM, text)

    def get_payer(self, call: Call) -> Reply:
        """`GET /payers/{id}`."""
        payer = self.payers.get(call.path["id"])
        return Reply(payers.payer_view(payer, self._settings), payer.id)

    def list_payers(self, call: Call) -> Reply:
        """`GET /payers`."""
        page, filters = Page.read(call.query), _filters(call.query, payers.FILTERS)
        found = self.payers.find(filters, ascending=page.ascending)
        rows = (payers.payer_view(payer, self._settings) for payer in page.cut(found))
        return Reply(list_view("payers", rows, len(found), page, filters))

    def list_actions(self, call: Call) -> Reply:
        """`GET /actions`."""
        page, filters = Page.read(call.query), _filters(call.query, ACTION_FILTERS)
        found = self._desk.actions.find(filters, ascending=page.ascending)
        rows = (action_view(action, self._settings) for action in page.cut(found))
        return Reply(list_view("actions", rows, len(found), page, filters))

    def _issued(self, order: Order, payment: Payment) -> Payment:
        """The payment as the issuer sees it, who may decline an approved one for a fault."""
        if self._injector is None or order.type != transactions.SALE or payment.result != APPROVED:
            return payment
        declined = self._injector.declined(order.order_reference or order.reference)
        return replace(payment, result=declined) if declined else payment

    def _keep(self, transaction: Transaction, now_ms: int) -> Reply:
        """Books a transaction that has a new status, tells it, and answers it."""
        self.ledger.put(transaction)
        if transaction.order.status_url:
            self._notifier.send(status_notification(transaction, self._settings, now_ms))
        body = transaction_view(transaction, self._settings)
        return Reply(body, transaction.id, transaction.status)


def _filters(query: Mapping[str, str], known: tuple[str, ...]) -> dict[str, str]:
    """The filters that are set; `order_reference` is read as `order.reference`."""
    named = {name.replace("order_reference", "order.reference"): v for name, v in query.items()}
    return {name: named[name] for name in known if named.get(name)}
