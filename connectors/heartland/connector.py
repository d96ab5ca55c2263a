"""Heartland, as the engine sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from connectors.auth import Authenticate
from connectors.heartland.bridge import payment_bridge
from connectors.heartland.changes import change_poller
from connectors.heartland.checks import Checks
from connectors.heartland.client import GpApi
from connectors.heartland.errors import judge
from connectors.heartland.increments import Increments
from connectors.heartland.payments import Payments
from connectors.heartland.poller import payment_poller
from connectors.heartland.refunds import Refunds
from connectors.heartland.settings import HeartlandSettings
from connectors.heartland.tokens import Anonymous, SignIn
from connectors.http import HttpClient
from connectors.mapping.folder import load_mappings
from streams.core.clock import Clock
from streams.core.connector import Connector, Opened, Sink
from streams.core.metrics import Metrics
from streams.messages.heartland import (
    Authorize,
    Capture,
    CheckPayment,
    Increment,
    Refund,
    Reverse,
)

SYSTEM = "heartland"

FENCE_SECONDS = 5.0
"""Short: of two calls of one command, also of two owners, the idempotency key lets one through."""


@asynccontextmanager
async def open_heartland(
    settings: HeartlandSettings, clock: Clock, metrics: Metrics
) -> AsyncIterator[Opened]:
    """The bridge for notifications, the sink for payments, the pollers for what was not told.

    Nobody is called before a command or a round.

    Raises:
        MappingError: a mapping file cannot be used.
    """
    mappings = load_mappings(Path(__file__).parent)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        def http(authenticate: Authenticate) -> HttpClient:
            return HttpClient(
                SYSTEM,
                settings.url,
                session,
                authenticate,
                judge,
                metrics,
                settings.calls_per_minute,
                settings.timeout_seconds,
            )

        sign_in = SignIn(http(Anonymous()), settings, clock)
        gp = GpApi(http(sign_in.bearer), settings.transactions_path)
        payments = Payments(gp, sign_in, mappings, settings, clock)
        sink = Sink(
            SYSTEM,
            {
                Authorize: payments.authorize,
                Increment: Increments(gp, mappings).increment,
                CheckPayment: Checks(gp).check,
                Capture: payments.capture,
                Reverse: payments.reverse,
                Refund: Refunds(gp, mappings).refund,
            },
            call_seconds=FENCE_SECONDS,
            repeatable=frozenset((CheckPayment,)),
        )
        pollers = (
            payment_poller(gp, sign_in, settings, clock),
            change_poller(gp, sign_in, settings, clock),
        )
        yield Opened((payment_bridge(settings.app_key, clock),), (sink,), pollers)


CONNECTOR = Connector(
    SYSTEM,
    HeartlandSettings,
    (Authorize, Increment, CheckPayment, Capture, Reverse, Refund),
    open_heartland,
)
