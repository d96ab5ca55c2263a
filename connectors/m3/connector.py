"""The M3 connector: its sink, its bridge and its pollers, built once."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import aiohttp

from connectors.http import HttpClient
from connectors.m3.bridge import bod_bridge
from connectors.m3.bulk import Bulk
from connectors.m3.changes import Changes, Ours
from connectors.m3.client import MiClient
from connectors.m3.customers import Customers
from connectors.m3.errors import judge
from connectors.m3.ionapi import IonApi, bearer, read_ionapi
from connectors.m3.orders import Orders
from connectors.m3.packing import Packing
from connectors.m3.payments import Payments
from connectors.m3.poller import change_pollers
from connectors.m3.settings import M3Settings
from connectors.mapping.folder import load_mappings, load_tables
from streams.core.clock import Clock
from streams.core.connector import Connector, Opened, Sink
from streams.core.metrics import Metrics
from streams.messages.m3 import CreateOrder, EnsureCustomer, RecordPayment


@asynccontextmanager
async def opened(settings: M3Settings, clock: Clock, metrics: Metrics) -> AsyncIterator[Opened]:
    """M3's sink, bridge and pollers; nothing is called before the first command or round.

    Raises:
        Misconfigured: the `.ionapi` file or a mapping cannot be used.
    """
    ionapi = read_ionapi(settings.ionapi)
    rules = load_mappings(Path(__file__).parent, settings.tables)
    tables = load_tables(Path(__file__).parent, settings.tables).lookups
    ours = Ours(
        settings.divi,
        frozenset(tables["order_type"].values()),
        frozenset(tables["warehouse"].values()),
    )
    async with aiohttp.ClientSession() as session:
        client = mi_client(settings, ionapi, session, clock, metrics)
        packing = Packing(settings.bulk_size, settings.company_ms, settings.calls_in_flight)
        bulk = Bulk(client.execute, packing, settings.command_seconds)
        sink = Sink(
            "m3",
            {
                CreateOrder: Orders(bulk, rules, settings.cono).create,
                EnsureCustomer: Customers(bulk, rules).ensure,
                RecordPayment: Payments(bulk, rules).record,
            },
            call_seconds=settings.call_seconds,
        )
        async with aclosing(bulk):
            yield Opened(
                bridges=(bod_bridge(settings, ionapi, clock),),
                sinks=(sink,),
                pollers=change_pollers(Changes(client, ours), settings, clock),
            )


def mi_client(
    settings: M3Settings,
    ionapi: IonApi,
    session: aiohttp.ClientSession,
    clock: Clock,
    metrics: Metrics,
) -> MiClient:
    """A client of M3's REST API with the account of an `.ionapi` file."""
    http = HttpClient(
        "m3",
        ionapi.iu,
        session,
        bearer(ionapi, session, clock, metrics),
        judge,
        metrics,
        per_minute=settings.calls_per_minute,
        timeout=settings.timeout_seconds,
    )
    seconds = 2 * settings.timeout_seconds
    return MiClient(http, ionapi.ti, settings.cono, settings.divi, seconds)


CONNECTOR = Connector("m3", M3Settings, (CreateOrder, EnsureCustomer, RecordPayment), opened)
