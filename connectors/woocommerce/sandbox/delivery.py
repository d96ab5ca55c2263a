"""Delivers webhooks: bounded, unordered, once, never again (facts: 4.1, 4.2)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import aiohttp

from connectors.sandbox.injector import AS_IT_IS, Copy, Fate, Injector
from connectors.woocommerce.sandbox.hookshot import post
from connectors.woocommerce.sandbox.settings import SandboxSettings
from connectors.woocommerce.sandbox.webhooks import Pending, Subscriptions, Webhook
from streams.core.clock import Clock

TIMEOUT = 60
PING_TIMEOUT = aiohttp.ClientTimeout(total=5)


class Courier:
    """Takes deliveries off the queue and posts them.

    Args:
        settings: names the shop and says how many go out at the same time.
        clock: dates the delivery id.
        subscriptions: where the deliveries wait.
        body: renders the body of a topic and an id; called when the delivery leaves, so that a
            body shows the state of that moment and not of the event.
        injector: says what goes wrong with them; None for nothing.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        clock: Clock,
        subscriptions: Subscriptions,
        body: Callable[[str, int], bytes],
        injector: Injector | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._subscriptions = subscriptions
        self._body = body
        self._injector = injector
        self._aside: set[asyncio.Task[None]] = set()
        agent = f"WooCommerce/{settings.version} Hookshot (WordPress/{settings.wordpress_version})"
        self._transport = {
            "User-Agent": agent,
            "Accept": "*/*",
            "Accept-Encoding": "deflate, gzip, br, zstd",
        }

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Delivers in the background until the context ends; what still waits then stays."""
        connector = aiohttp.TCPConnector(limit=0, force_close=not self._settings.keep_alive)
        async with aiohttp.ClientSession(connector=connector, headers=self._transport) as session:
            self._session = session
            runners = [
                asyncio.create_task(self._run()) for _ in range(self._settings.delivery_workers)
            ]
            try:
                yield
            finally:
                carriers = [*runners, *self._aside]
                for carrier in carriers:
                    carrier.cancel()
                await asyncio.gather(*carriers, return_exceptions=True)

    async def ping(self, hook: Webhook) -> None:
        """Tells a new address its hook's id: a form, without signature; the answer is ignored."""
        with suppress(aiohttp.ClientError, TimeoutError):
            async with self._session.post(
                hook.delivery_url, data={"webhook_id": str(hook.id)}, timeout=PING_TIMEOUT
            ):
                pass

    async def _run(self) -> None:
        while True:
            pending = await self._subscriptions.take()
            fate = self._fate(pending)
            if fate is AS_IT_IS:
                await self._carry(pending, fate)
            else:
                carrier = asyncio.create_task(self._carry(pending, fate))
                self._aside.add(carrier)
                carrier.add_done_callback(self._aside.discard)

    def _fate(self, pending: Pending) -> Fate:
        hook = self._subscriptions.by_id.get(pending.webhook)
        if self._injector is None or hook is None:
            return AS_IT_IS
        return self._injector.message(hook.topic, str(pending.resource))

    async def _carry(self, pending: Pending, fate: Fate) -> None:
        for copy in fate.copies:
            if copy.wait_ms:
                await asyncio.sleep(copy.wait_ms / 1000)
            hook = self._subscriptions.by_id.get(pending.webhook)
            if hook is not None:
                delivered = await self._deliver(hook, pending.resource, copy)
                self._subscriptions.told(pending, delivered)
        self._subscriptions.settled(pending)

    async def _deliver(self, hook: Webhook, resource: int, copy: Copy) -> bool:
        body = self._body(hook.topic, resource)
        if copy.malformed:
            body = body[: len(body) // 2]
        send = self._on_kept_connection if self._settings.keep_alive else post
        try:
            async with asyncio.timeout(TIMEOUT):
                status = await send(hook.delivery_url, self._headers(hook, body), body)
        except (aiohttp.ClientError, OSError, ValueError):
            return False
        return 200 <= status <= 302

    async def _on_kept_connection(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        posting = self._session.post(url, data=body, headers=headers, allow_redirects=False)
        async with posting as answer:
            return answer.status

    def _headers(self, hook: Webhook, body: bytes) -> dict[str, str]:
        resource, _, event = hook.topic.partition(".")
        return self._transport | {
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{self._settings.url}/",
            "X-WC-Webhook-Topic": hook.topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": hook.sign(body),
            "X-WC-Webhook-ID": str(hook.id),
            "X-WC-Webhook-Delivery-ID": hook.delivery_id(self._clock.now_ms()),
        }
