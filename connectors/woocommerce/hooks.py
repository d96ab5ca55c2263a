"""Whether the shop's webhooks to us are there and active (facts: 4.2).

WooCommerce switches a webhook off at the seventh failed delivery in a row, and is silent then.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.woocommerce.bridge import TOPICS, path, source
from connectors.woocommerce.client import WooCommerce
from connectors.woocommerce.settings import Shop
from streams.core.connector import Page, Poller
from streams.core.message import Message
from streams.core.metrics import Metrics

log = logging.getLogger(__name__)


class Hooks:
    """The webhooks of one shop that lead to us, by their address.

    Args:
        shop: the shop's client.
        settings: say which address is ours.
        metrics: where it is told what was wrong.
    """

    def __init__(self, shop: WooCommerce, settings: Shop, metrics: Metrics) -> None:
        self._shop, self._metrics = shop, metrics
        self._source, self._path = source(settings), path(settings)
        self._lacking: tuple[str, ...] = ()

    async def check(self, _cursor: str) -> Page:
        """Sets active what the shop has switched off; tells once what is missing or paused.

        What somebody has paused stays so.
        """
        ours = [each for each in await self._shop.webhooks() if self._is_ours(each)]
        for hook in ours:
            if hook["status"] == "disabled":
                await self._shop.activate_webhook(hook["id"])
                self._metrics.count("tandem_webhooks_revived_total", self._source)
                log.warning(
                    "%s had switched off webhook %s (%s) after failed deliveries; it is active "
                    "again, and what it missed is fetched",
                    *(self._source, hook["id"], hook["topic"]),
                )
        self._tell(tuple(_lacking(ours)))
        return Page()

    def _is_ours(self, hook: dict[str, Any]) -> bool:
        address = str(hook["delivery_url"]).partition("?")[0].rstrip("/")
        return hook["topic"] in TOPICS and address.endswith(self._path)

    def _tell(self, lacking: tuple[str, ...]) -> None:
        self._metrics.gauge("tandem_webhooks_missing", self._source, to=len(lacking))
        if lacking != self._lacking:
            self._lacking = lacking
            if lacking:
                log.error(
                    "%s does not tell us of all orders at once: %s. Make the webhook to %s, or set "
                    "it active; until then orders are fetched",
                    *(self._source, "; ".join(lacking), self._path),
                )
            else:
                log.warning("%s has all its webhooks again", self._source)


def hook_poller(hooks: Hooks, settings: Shop) -> Poller:
    """Looks after the webhooks; finds no messages."""

    def translate(_: bytes) -> tuple[Message, ...]:
        return ()

    every = settings.webhook_poll_seconds
    return Poller(f"{source(settings)}/webhooks", every, hooks.check, translate)


def _lacking(ours: Sequence[dict[str, Any]]) -> Iterator[str]:
    for topic in sorted(TOPICS):
        statuses = {hook["status"] for hook in ours if hook["topic"] == topic}
        if not statuses:
            yield f"there is no webhook {topic}"
        elif statuses == {"paused"}:
            yield f"webhook {topic} is paused"
