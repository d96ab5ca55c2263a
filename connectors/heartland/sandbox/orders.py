"""Reading `POST /transactions`: what is asked for, and how it is paid."""

from dataclasses import replace
from urllib.parse import urlsplit

from connectors.heartland.sandbox import fields
from connectors.heartland.sandbox.cards import APPROVED, read_card
from connectors.heartland.sandbox.errors import (
    NOT_CONFIGURED,
    GpApiError,
    missing,
    unexpected,
)
from connectors.heartland.sandbox.lifecycle import FIRST, LAST, SUBSEQUENT, CaptureRequest
from connectors.heartland.sandbox.payment_methods import PaymentMethods
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.tokens import AccessToken, find_account
from connectors.heartland.sandbox.transactions import MULTIPLE, REFUND, SALE, Order, Payment

CAPTURE_MODES = ("AUTO", "LATER", "MULTIPLE", "LATER_FINAL")
_AUTHORIZATION_MODES = ("PARTIAL", "DEFERRED")
_SEQUENCES = (FIRST, SUBSEQUENT, LAST)
_STORAGE_MODES = ("ALWAYS", "ON_SUCCESS", "PROMPT", "OFF")
_MANDATORY = ("channel", "country", "amount", "currency", "reference", "payment_method")


def read_order(body: fields.Body, token: AccessToken, settings: SandboxSettings) -> Order:
    """What a client asks for.

    Raises:
        GpApiError: 40005 naming the mandatory fields that are missing; 40007 no account; 403 40003
            it is no processing account of the token; 40213 or 50020 a field is not as it must be;
            40041 the account may not capture several times (by analogy).
    """
    fields.require(body, *_MANDATORY)
    account = find_account(body, token, "TRA_")
    amount = fields.amount(body)
    if amount is None:
        raise missing(["amount"])
    country = fields.text(body, "country", shortest=2, longest=2)
    if not country.isupper():
        raise unexpected("country")
    capture_mode = fields.choice(body, "capture_mode", CAPTURE_MODES, "AUTO")
    if capture_mode == MULTIPLE and not settings.multiple_captures:
        text = "Merchant configuration does not exist for the following combination: capture_mode"
        raise GpApiError(NOT_CONFIGURED, f"{text} - MULTIPLE")
    return Order(
        type=fields.choice(body, "type", (SALE, REFUND), SALE),
        capture_mode=capture_mode,
        channel=fields.choice(body, "channel", ("CP", "CNP")),
        country=country,
        amount=amount,
        currency=fields.currency(body),
        reference=read_reference(body),
        account_id=account.id,
        account_name=account.name,
        order_reference=fields.text(body, "order.reference"),
        description=fields.text(body, "description"),
        status_url=read_url(body, "notifications.status_url"),
        authorization_mode=fields.choice(body, "authorization_mode", _AUTHORIZATION_MODES),
        capture_count=fields.count(body, "total_capture_count"),
    )


def read_capture(body: fields.Body) -> CaptureRequest:
    """What a capture asks for.

    Raises:
        GpApiError: 40213 or 50020 a field is not as it must be.
    """
    return CaptureRequest(
        fields.amount(body),
        fields.choice(body, "capture_sequence", _SEQUENCES),
        fields.count(body, "total_capture_count"),
    )


def read_reference(body: fields.Body) -> str:
    """The merchant's `reference`, 8 to 50 characters, "" if it is absent.

    Raises:
        GpApiError: 40213.
    """
    return fields.text(body, "reference", shortest=8)


def read_payment(
    body: fields.Body,
    order: Order,
    stored: PaymentMethods,
    settings: SandboxSettings,
    now_ms: int,
) -> Payment:
    """How it is paid, and what the issuer says.

    By a stored `PMT_…`, or by a card, of which brand and last four digits are kept (and stored
    under a new token if `storage_mode` asks for it).

    Raises:
        GpApiError: 40005 neither an id nor a card; 40213 or 404 40116 for the id; 40085 or
            502 50018 for the card.
    """
    name = fields.text(body, "payment_method.name", longest=100)
    entry_mode = fields.text(body, "payment_method.entry_mode") or "ECOM"
    storage_mode = fields.choice(body, "payment_method.storage_mode", _STORAGE_MODES, "OFF")
    token = fields.find(body, "payment_method.id")
    if token:
        card = stored.get(str(token), "payment_method.id").card
    elif fields.find(body, "payment_method.card"):
        card = read_card(body, "payment_method.card", now_ms)
    else:
        raise missing(["payment_method.id"])
    given = Payment(card, card.result, 0, str(token or ""), entry_mode, name)
    payment = approval(given, order, stored, settings)
    approved = payment.result == APPROVED
    keep = storage_mode == "ALWAYS" or (storage_mode == "ON_SUCCESS" and approved)
    if keep and not token:
        return replace(payment, token=stored.store(card, now_ms).id)
    return payment


def approval(
    payment: Payment, order: Order, stored: PaymentMethods, settings: SandboxSettings
) -> Payment:
    """The payment with what its issuer says to an order.

    Raises:
        GpApiError: 404 40116 its token is stored no longer.
    """
    if order.amount in settings.decline_amounts:
        return replace(payment, result=settings.decline_amounts[order.amount], approved=0)
    if payment.token:
        partial = order.authorization_mode == "PARTIAL"
        result, approved = stored.attempt(payment.token, order.amount, partial=partial)
        return replace(payment, result=result, approved=approved)
    approved = order.amount if payment.card.result == APPROVED else 0
    return replace(payment, result=payment.card.result, approved=approved)


def read_url(body: fields.Body, path: str) -> str:
    """An http or https URL, "" if it is absent.

    Raises:
        GpApiError: 40213.
    """
    url = fields.text(body, path, longest=2048)
    if not url:
        return ""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        raise unexpected(path) from None
    if scheme not in ("http", "https"):
        raise unexpected(path)
    return url
