"""Webhooks as a real shop keeps them: topics, pending deliveries, failures in a row (facts: 4)."""

import asyncio
import base64
import hashlib
import hmac
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves
from connectors.woocommerce.sandbox.errors import RestError

TOPIC = re.compile(
    r"(order|product|coupon)\.(created|updated|deleted|restored)"
    r"|customer\.(created|updated|deleted)|action\.\w+"
)
URL = re.compile(r"https?://\S+")
STATUSES = ("active", "paused", "disabled")
FAILURES_KEPT = 6
HOOKS = {
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "product.created": [
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ],
    "product.updated": [
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ],
    "customer.created": ["user_register", "woocommerce_created_customer"],
}


@dataclass(slots=True)
class Webhook:
    """A subscription to one topic.

    Args:
        failures: deliveries failed in a row; stays at six once the hook is disabled, so that after
            it is set active again one more failure disables it.
    """

    id: int
    created_ms: int
    name: str
    topic: str
    delivery_url: str
    secret: str = field(repr=False)
    status: str = "active"
    modified_ms: int | None = None
    failures: int = 0
    delivered: int = 0

    def change(self, fields: dict[str, Any]) -> None:
        """Applies what a REST write names; an empty value leaves the field as it is.

        Raises:
            RestError: 400, topic, address or status is not valid.
        """
        topic = str(fields.get("topic") or self.topic).lower()
        if not TOPIC.fullmatch(topic):
            raise _invalid("topic", "Webhook topic must be valid.")
        url = str(fields.get("delivery_url") or self.delivery_url)
        if not URL.fullmatch(url):
            raise _invalid(
                "delivery_url",
                "Webhook delivery URL must be a valid URL starting with http:// or https://.",
            )
        status = str(fields.get("status") or self.status)
        if status not in STATUSES:
            raise _invalid("status", "Webhook status must be valid.")
        self.topic, self.delivery_url, self.status = topic, url, status
        self.name = str(fields.get("name") or self.name)
        self.secret = str(fields.get("secret") or self.secret)

    def settle(self, delivered: bool) -> None:
        """Counts a delivery: success clears the failures, the seventh in a row disables."""
        if delivered:
            self.delivered += 1
            self.failures = 0
        elif self.failures == FAILURES_KEPT:
            self.status = "disabled"
        else:
            self.failures += 1

    def sign(self, body: bytes) -> str:
        """`X-WC-Webhook-Signature`: base64 of HMAC-SHA256 over the exact bytes."""
        digest = hmac.digest(self.secret.encode(), body, "sha256")
        return base64.b64encode(digest).decode()

    def delivery_id(self, now_ms: int) -> str:
        """`X-WC-Webhook-Delivery-ID`: of hook and second only, so it identifies nothing."""
        seed = f"{self.id}{now_ms // 1000}".encode()
        return hashlib.md5(seed, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Pending:
    """A delivery that waits for its turn; the body is not yet built."""

    webhook: int
    resource: int
    number: int = field(default=0, compare=False)


class Subscriptions:
    """All webhooks and the queue of their deliveries.

    What waited or was on its way when a shop was stopped waits again when it starts.
    """

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self.by_id: dict[int, Webhook] = shelves.shelf("webhooks", Webhook)
        self._unsettled: dict[int, Pending] = shelves.shelf("deliveries", Pending)
        self._numbers = Series(shelves, "deliveries")
        self._held: dict[str, bool] = shelves.shelf("queue", bool)
        self._queue: asyncio.Queue[Pending] = asyncio.Queue()
        self._waiting: set[Pending] = set()
        self._open = asyncio.Event()
        self.hold(self._held.get("held", False))
        for pending in list(self._unsettled.values()):
            if pending in self._waiting:
                del self._unsettled[pending.number]
            else:
                self._enqueue(pending)

    def fire(self, topic: str, resource: int) -> None:
        """Queues a delivery for each active hook of the topic; one that already waits is enough."""
        for hook in self.by_id.values():
            pending = Pending(hook.id, resource)
            if hook.topic == topic and hook.status == "active" and pending not in self._waiting:
                number = next(self._numbers)
                self._unsettled[number] = Pending(hook.id, resource, number)
                self._enqueue(self._unsettled[number])

    async def take(self) -> Pending:
        """The next delivery; whoever takes it calls `settled` when it is over."""
        pending = await self._queue.get()
        await self._open.wait()
        self._waiting.discard(pending)
        return pending

    def hold(self, held: bool) -> None:
        """Stops or starts what `take` hands out, as a cron that does not run; `fire` goes on."""
        self._held["held"] = held
        if held:
            self._open.clear()
        else:
            self._open.set()

    def pending(self) -> Counter[int]:
        """How many deliveries wait, by hook."""
        return Counter(pending.webhook for pending in self._waiting)

    def told(self, pending: Pending, delivered: bool) -> None:
        """A taken delivery went out, well or badly."""
        hook = self.by_id.get(pending.webhook)
        if hook is not None:
            hook.settle(delivered)

    def settled(self, pending: Pending) -> None:
        """A taken delivery is over."""
        self._unsettled.pop(pending.number, None)
        self._queue.task_done()

    async def drained(self) -> None:
        """Returns when nothing waits and nothing is on its way."""
        await self._queue.join()

    def clear(self) -> None:
        """Forgets the hooks and what waits for them."""
        self.by_id.clear()
        self.hold(False)
        self._unsettled.clear()
        self._waiting.clear()
        while not self._queue.empty():
            self._queue.get_nowait()
            self._queue.task_done()

    def _enqueue(self, pending: Pending) -> None:
        self._waiting.add(pending)
        self._queue.put_nowait(pending)


def _invalid(what: str, message: str) -> RestError:
    return RestError(400, f"woocommerce_rest_shop_webhook_invalid_{what}", message)
