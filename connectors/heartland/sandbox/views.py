"""The shapes of responses (facts: PHP-Map). The `action` of each is added where it is sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from connectors.heartland.sandbox.actions import Action
from connectors.heartland.sandbox.cards import MESSAGES
from connectors.heartland.sandbox.errors import unexpected
from connectors.heartland.sandbox.payment_methods import PaymentMethod
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.transactions import DECLINED, Transaction
from streams.core.clock import iso

Json = dict[str, object]
T = TypeVar("T")

_LARGEST_PAGE = 1000


def transaction_view(transaction: Transaction, settings: SandboxSettings) -> Json:
    """A transaction as a POST answers it. Declined: `amount` and `currency` are empty strings."""
    order, declined = transaction.order, transaction.status == DECLINED
    return {
        "id": transaction.id,
        "time_created": iso(transaction.created_ms),
        "type": order.type,
        "status": transaction.status,
        "channel": order.channel,
        "capture_mode": order.capture_mode,
        "amount": "" if declined else str(transaction.amount),
        "currency": "" if declined else order.currency,
        "country": order.country,
        "merchant_id": settings.merchant_id,
        "merchant_name": settings.merchant_name,
        "account_id": order.account_id,
        "account_name": order.account_name,
        "reference": order.reference,
        "batch_id": transaction.batch_id,
        "payment_method": _payment_view(transaction),
        **({"authorization_mode": order.authorization_mode} if order.authorization_mode else {}),
    }


def transaction_detail(transaction: Transaction, settings: SandboxSettings) -> Json:
    """A transaction as a GET answers it, and as a notification tells it."""
    return {
        **transaction_view(transaction, settings),
        "time_last_updated": iso(transaction.updated_ms),
        "order_reference": transaction.order.order_reference,
        "description": transaction.order.description,
        "parent_resource_id": transaction.parent_id or transaction.id,
    }


def _payment_view(transaction: Transaction) -> Json:
    payment = transaction.payment
    cvv = "MATCHED" if payment.card.cvv_given else "NOT_CHECKED"
    return {
        "id": payment.token,
        "result": payment.result,
        "message": MESSAGES.get(payment.result, "DECLINED"),
        "entry_mode": payment.entry_mode,
        "name": payment.name,
        "card": {
            "brand": payment.card.brand,
            "masked_number_last4": payment.card.masked,
            "authcode": transaction.authcode,
            "brand_reference": transaction.brand_reference,
            "cvv_result": cvv,
            "avs_address_result": "NOT_CHECKED",
            "avs_postal_code_result": "NOT_CHECKED",
            "provider": {
                "result": payment.result,
                "cvv_result": "M" if payment.card.cvv_given else "U",
                "avs_address_result": "U",
                "avs_postal_code_result": "U",
            },
        },
    }


def payment_method_view(
    method: PaymentMethod, settings: SandboxSettings, status: str = "ACTIVE"
) -> Json:
    """A stored payment method: never more of a card than its brand and last four digits."""
    return {
        "id": method.id,
        "time_created": iso(method.created_ms),
        "status": status,
        "name": method.name,
        "usage_mode": method.usage_mode,
        "reference": method.reference,
        "merchant_id": settings.merchant_id,
        "merchant_name": settings.merchant_name,
        "card": {"brand": method.card.brand, "masked_number_last4": method.card.masked},
    }


def action_view(action: Action, settings: SandboxSettings) -> Json:
    """One API call of the past."""
    return {
        "id": action.id,
        "type": action.type,
        "time_created": iso(action.time_ms),
        "resource": action.resource,
        "resource_id": action.resource_id,
        "resource_status": action.resource_status,
        "http_response_code": str(action.http_status),
        "response_code": action.response_code,
        "app_id": settings.app_id,
        "app_name": settings.app_name,
        "merchant_name": settings.merchant_name,
        "version": action.version,
    }


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for."""

    number: int = 1
    size: int = 5
    ascending: bool = False
    order_by: str = "TIME_CREATED"

    @classmethod
    def read(cls, query: Mapping[str, str], orders: Sequence[str] = ("TIME_CREATED",)) -> "Page":
        """From `page`, `page_size` (1 to 1000, default 5), `order` (default DESC) and `order_by`.

        Args:
            query: the request's parameters.
            orders: what the list can be ordered by; the first is the default.

        Raises:
            GpApiError: 40213.
        """
        order = query.get("order", "DESC").upper()
        if order not in ("ASC", "DESC"):
            raise unexpected("order")
        order_by = query.get("order_by", orders[0]).upper()
        if order_by not in orders:
            raise unexpected("order_by")
        number = _whole(query, "page", 1, largest=None)
        size = _whole(query, "page_size", 5, largest=_LARGEST_PAGE)
        return cls(number, size, order == "ASC", order_by)

    def cut(self, found: Sequence[T]) -> Sequence[T]:
        """The page of what was found."""
        start = (self.number - 1) * self.size
        return found[start : start + self.size]


def list_view(
    name: str, rows: Iterable[Json], total: int, page: Page, filters: Mapping[str, str]
) -> Json:
    """The envelope of a list (facts: UCP), its rows under the resource's name."""
    shown = list(rows)
    return {
        "total_record_count": total,
        "current_page_size": len(shown),
        "filter": dict(filters),
        "paging": {
            "page": page.number,
            "page_size": page.size,
            "order": "ASC" if page.ascending else "DESC",
            "order_by": page.order_by,
        },
        name: shown,
    }


def _whole(query: Mapping[str, str], name: str, default: int, largest: int | None) -> int:
    value = query.get(name, str(default))
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
    if number < 1 or (largest is not None and number > largest):
        raise unexpected(name)
    return number
